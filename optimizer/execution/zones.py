"""The price engine on several machines: blocks of jobs are priced, and zones of sites searched, each by its own worker.

    bound   each pricing of all jobs is shared out, where it is long enough; prices, bound and certificate are to the bit
            those of one machine
    search  each zone of sites searches for its jobs at the common prices; the union is completed with what is left out

Sites are grouped into as many zones as there are workers, anew each round, so that a job may move between any two sites.
The driver keeps the columns, the certificate and the checks; what is spread is the time.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from optimizer.certificates import Certificate
from optimizer.columns.table import Columns, IndexArray, Selection
from optimizer.engines.base import Availability, Capability, EngineResult, Monitor, Outcome
from optimizer.engines.price.bound.dual import DualPoint
from optimizer.engines.price.bound.grants import MandatoryJobWithoutColumnsError
from optimizer.engines.price.bound.kernel import BestColumns, FloatArray, Prices, PricingTable, best_columns
from optimizer.engines.price.engine import PriceEngine, Timer
from optimizer.engines.price.plans.schedule import JobOrder, Plan, list_schedule, mark_jobs
from optimizer.engines.price.run import PriceRun
from optimizer.engines.price.tables import merge_prices
from optimizer.errors import WorkerError
from optimizer.execution.zone_parts import Part, homes, pricing_blocks, zone_parts, zones_of_sites
from optimizer.features import LIMIT_FEATURES, LINK_FEATURES, Feature
from optimizer.interrupt import Interrupted
from optimizer.params import SEED, SolveParams

#: Rounds of searching, by their share of the time that is left at their start. Each anneals from hot to cold, so few are best.
ROUND_SHARES = (0.6, 1.0)
#: Columns from which sharing out a pricing is faster than doing it here: the way there and back costs some 10 ms.
COLUMNS_WORTH_SHARING = 20_000_000
#: Of a round's time, what the way to the workers and back may take.
TRAVEL_SHARE = 0.05

Stopping = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class ZoneTask:
    """One zone's search: from ``start`` at the common prices, for ``seconds`` or (None) the work limit of ``params``."""

    columns: Columns
    params: SolveParams
    start: Selection
    limit_prices: FloatArray  # [L, T] micro-units per unit
    budget_prices: FloatArray  # [B]
    seconds: float | None
    dive: bool


class ZoneWorker:
    """What runs at a worker; bytes in and out, for it may be another machine."""

    def __init__(self) -> None:
        self._table: PricingTable | None = None

    def load(self, table: bytes) -> None:
        """Keep the jobs that this worker prices."""
        self._table = pickle.loads(table)

    def price(self, prices: bytes) -> bytes:
        """The best columns of its jobs. Raises WorkerError where it was started anew since ``load``."""
        if self._table is None:
            raise WorkerError("a zone's worker was lost and has no jobs to price")
        best = best_columns(self._table, pickle.loads(prices))
        return pickle.dumps(best, pickle.HIGHEST_PROTOCOL)

    def search(self, task: bytes) -> bytes:
        """The selection a ``ZoneTask`` ends with."""
        return pickle.dumps(_searched(pickle.loads(task)), pickle.HIGHEST_PROTOCOL)


class ZonePool(Protocol):
    """Workers on one machine each, or on several."""

    @property
    def count(self) -> int: ...

    def load(self, tables: Sequence[bytes]) -> None:
        """One table to each worker. Raises WorkerError."""
        ...

    def price(self, prices: bytes) -> list[bytes]:
        """Every worker's answer, in order. Raises WorkerError where one is lost."""
        ...

    def search(self, tasks: Sequence[bytes], stopping: Stopping) -> list[bytes | None]:
        """A task to each of as many workers; None for one that was lost, or had not answered when it was time to stop."""
        ...


class InlineZones:
    """Workers in this process, one after the other."""

    def __init__(self, count: int) -> None:
        self._workers = [ZoneWorker() for _ in range(count)]

    @property
    def count(self) -> int:
        return len(self._workers)

    def load(self, tables: Sequence[bytes]) -> None:
        for worker, table in zip(self._workers, tables, strict=True):
            worker.load(table)

    def price(self, prices: bytes) -> list[bytes]:
        return [worker.price(prices) for worker in self._workers]

    def search(self, tasks: Sequence[bytes], stopping: Stopping) -> list[bytes | None]:
        return [None if stopping() else worker.search(task) for worker, task in zip(self._workers, tasks, strict=False)]


class ZoneEngine:
    """``Engine`` over a pool of workers. One that is lost costs its share of a round, or the time to price here instead."""

    name = PriceEngine.name
    capabilities: frozenset[Capability] = PriceEngine.capabilities
    features: frozenset[Feature] = LIMIT_FEATURES | LINK_FEATURES

    def __init__(self, pool: ZonePool, columns_worth_sharing: int = COLUMNS_WORTH_SHARING) -> None:
        self._pool, self._columns_worth_sharing = pool, columns_worth_sharing

    def availability(self) -> Availability:
        return Availability(True, f"{self._pool.count} zone workers")

    def solve(self, columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        timer = Timer(monitor, deterministic=params.work_limit is not None)
        try:
            run = PriceRun(columns, params, start, monitor)
            lost = self._bound(run, lambda: timer.share() >= run.bound_share)
        except MandatoryJobWithoutColumnsError as error:
            return EngineResult(Outcome.INFEASIBLE, None, None, detail=str(error))
        except Interrupted:
            return EngineResult(Outcome.LIMIT, start, None)
        if run.proof is not None and not run.closed:
            self._search(run, monitor)
        result = run.result()
        return replace(result, detail=f"{result.detail}, {self._pool.count} zones{lost}")

    def _bound(self, run: PriceRun, stopping: Stopping) -> str:
        """Bounds at the workers; here from where one is lost, and then says so."""
        lost = ""
        if run.table.columns.column_count >= self._columns_worth_sharing:
            try:
                self._spread_pricing(run)
                run.bound(stopping)
                return lost
            except WorkerError as error:
                lost = f"; {error}"
                run.table = replace(run.table, elsewhere=None)
        run.bound(stopping)
        return lost

    def _spread_pricing(self, run: PriceRun) -> None:
        dumped = [pickle.dumps(block, pickle.HIGHEST_PROTOCOL) for block in pricing_blocks(run.table, self._pool.count)]
        self._pool.load(dumped)

        def elsewhere(prices: Prices) -> BestColumns:
            answers = self._pool.price(pickle.dumps(prices, pickle.HIGHEST_PROTOCOL))
            return _joined([pickle.loads(answer) for answer in answers])

        run.table = replace(run.table, elsewhere=elsewhere)

    def _search(self, run: PriceRun, monitor: Monitor) -> None:
        point = _priced_point(run)
        favourite = best_columns(replace(run.table, elsewhere=None), Prices(point.limit, point.budget)).window
        random = np.random.default_rng(run.params.seed)
        for number, share in enumerate(ROUND_SHARES):
            if monitor.stopping() or run.closed:
                return
            seconds = None if run.params.work_limit else share * (1.0 - TRAVEL_SHARE) * monitor.remaining_seconds()
            plan = run.plans.best.selection()
            parts = self._parts(run.table.columns, plan, favourite, random, number)
            tasks = [
                ZoneTask(
                    part.columns, _zone_params(run.params, number), part.inwards(plan), point.limit, point.budget,
                    seconds, dive=number == 0,
                )
                for part in parts
            ]  # fmt: skip
            dumped = [pickle.dumps(task, pickle.HIGHEST_PROTOCOL) for task in tasks]
            for part, answer in zip(parts, self._pool.search(dumped, monitor.stopping), strict=True):
                if answer is not None:
                    part.outwards(pickle.loads(answer), plan)
            run.plans.offer(_completed(Plan.of(run.plans.tables, plan), point))

    def _parts(
        self, columns: Columns, plan: Selection, favourite: IndexArray, random: np.random.Generator, number: int
    ) -> list[Part]:
        """First by where the prices send each job; later in other groups, and jobs left out try any of their sites."""
        home = homes(columns, plan, favourite if number == 0 else _any_windows(columns, random))
        weight = np.bincount(home, minlength=len(columns.energy_prefix))
        order = np.argsort(-weight, kind="stable") if number == 0 else random.permutation(len(weight))
        zone_of_site = zones_of_sites(weight, self._pool.count, order)
        parts = zone_parts(columns, zone_of_site, zone_of_site[home], plan)
        return [part for part in parts if part.columns.window_count]


def _searched(task: ZoneTask) -> Selection:
    monitor = _ZoneMonitor(task.seconds)
    prices = DualPoint(task.limit_prices, task.budget_prices, np.zeros(0))
    try:
        run = PriceRun(task.columns, task.params, task.start, monitor, prices)
    except Interrupted:
        return task.start
    timer = Timer(monitor, deterministic=task.seconds is None)
    if task.dive:
        run.dive(lambda: timer.share() / run.dive_share)
    run.search(timer.share_of_rest())
    return run.plans.best.selection()


class _ZoneMonitor:
    """An engine's monitor that only keeps the time."""

    def __init__(self, seconds: float | None) -> None:
        self._deadline = float("inf") if seconds is None else time.monotonic() + seconds

    def stopping(self) -> bool:
        return time.monotonic() >= self._deadline

    def remaining_seconds(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def incumbent(self, selection: Selection, objective: int) -> None:
        del selection, objective

    def bound(self, objective_bound: int, certificate: Certificate | None = None) -> None:
        del objective_bound, certificate


def _zone_params(params: SolveParams, number: int) -> SolveParams:
    work_limit = params.work_limit and max(1, params.work_limit // len(ROUND_SHARES))
    seed = (params.seed + number) % (SEED[1] + 1)
    return replace(params, work_limit=work_limit, seed=seed, thread_count=params.thread_count or 1)


def _priced_point(run: PriceRun) -> DualPoint:
    """The prices of the certificate, without those of rows over whole gangs."""
    if run.proof is None:
        raise ValueError("there are no prices without a proof")
    prices = run.proof.prices
    units = 2.0**prices.unit_bits
    return DualPoint((prices.limit / units).astype(np.float64), (prices.budget / units).astype(np.float64), np.zeros(0))


def _completed(plan: Plan, point: DualPoint) -> Plan:
    """``plan`` with whatever still fits anywhere."""
    merged = merge_prices(plan.tables, point.limit)
    order = mark_jobs(plan.tables, merged, point.budget).order(plan.tables, JobOrder.REDUCED_VALUE)
    list_schedule(plan, order, merged, point.budget)
    return plan


def _any_windows(columns: Columns, random: np.random.Generator) -> IndexArray:
    """A random window of each job, -1 where it has none."""
    counts = np.diff(columns.job_first)
    window = columns.job_first[:-1] + (random.random(len(counts)) * counts).astype(np.int64)
    return np.where(counts > 0, window, -1).astype(np.int32)


def _joined(answers: Sequence[BestColumns]) -> BestColumns:
    return BestColumns(
        np.concatenate([answer.profit for answer in answers]),
        np.concatenate([answer.window for answer in answers]),
        np.concatenate([answer.start for answer in answers]),
    )
