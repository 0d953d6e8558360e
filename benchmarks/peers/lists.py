"""Greedy with restarts: list schedules in every good order, then in orders near the best one, until the time is up."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.peers.base import Answer, Deadline, Report
from optimizer.columns.table import BoolArray, Columns, IndexArray

if TYPE_CHECKING:
    from optimizer.engines.price.plans.schedule import Plan
    from optimizer.engines.price.tables import FloatArray, Tables

#: How far a job may move in the order, as shares of the number of jobs (standard deviations); drawn anew each time.
NOISE = (0.003, 0.01, 0.03, 0.1, 0.3)
#: Chance to start from the best order and guide so far; otherwise from one of the deterministic ones.
FROM_BEST = 0.7


@dataclass(frozen=True, slots=True)
class Guide:
    """Jobs in an order, and static prices that choose between a job's columns: scarcity, or none at all."""

    prices: FloatArray
    order: IndexArray


def guides(tables: Tables) -> Iterator[Guide]:
    """Every order of the list scheduler under scarcity prices and under none, the best of them first."""
    from optimizer.engines.price.plans.schedule import NO_BUDGET_PRICES, JobOrder, mark_jobs, static_prices

    scarce = static_prices(tables)
    for prices in (scarce, np.zeros_like(scarce)):
        marks = mark_jobs(tables, prices, NO_BUDGET_PRICES)
        for by in (JobOrder.DENSITY, JobOrder.REDUCED_VALUE, JobOrder.VALUE, JobOrder.SIZE):
            yield Guide(prices, marks.order(tables, by))


def scheduled(tables: Tables, guide: Guide) -> Plan:
    """The list schedule in the order of ``guide``."""
    from optimizer.engines.price.plans.schedule import NO_BUDGET_PRICES, Plan, list_schedule

    plan = Plan.empty(tables)
    list_schedule(plan, guide.order, guide.prices, NO_BUDGET_PRICES)
    return plan


def best_of_orders(tables: Tables, deadline: Deadline) -> Plan:
    """The best list schedule over ``guides``, or over as many as fit the time (at least one)."""
    best: Plan | None = None
    for guide in guides(tables):
        plan = scheduled(tables, guide)
        if best is None or plan.rank > best.rank:
            best = plan
        if deadline.passed():
            break
    assert best is not None
    return best


class GreedyWithRestarts:
    """One chain a thread over a shared best order; the list scheduler itself is compiled and leaves the interpreter lock."""

    name = "greedy-restarts"
    anytime = True

    def available(self) -> str | None:
        return None

    def prepare(self) -> None:
        from benchmarks.peers.warm_up import compile_kernels

        compile_kernels()

    def run(self, columns: Columns, seconds: float, seed: int, threads: int, report: Report) -> Answer:
        from optimizer.engines.price.tables import build_tables

        deadline = Deadline(seconds)
        restarts = _Restarts(build_tables(columns), columns.mandatory, deadline, report)
        with ThreadPoolExecutor(threads) as pool:
            chains = [pool.submit(restarts.chain, np.random.default_rng((seed, number))) for number in range(threads)]
        for chain in chains:
            chain.result()
        best = restarts.best
        return Answer(None if best is None or best.missing else best.selection())


class _Restarts:
    """What the chains share: the deterministic guides not yet tried, and the best guide and plan so far."""

    def __init__(self, tables: Tables, mandatory: BoolArray, deadline: Deadline, report: Report) -> None:
        self._tables, self._mandatory, self._deadline, self._report = tables, mandatory, deadline, report
        self._untried = guides(tables)
        self._tried: list[Guide] = []
        self._best_guide: Guide | None = None
        self._lock = Lock()
        self.best: Plan | None = None

    def chain(self, random: np.random.Generator) -> None:
        """One schedule after another, the deterministic orders first."""
        while True:
            guide = self._next(random)
            self._offer(guide, scheduled(self._tables, guide))
            if self._deadline.passed():
                return

    def _next(self, random: np.random.Generator) -> Guide:
        with self._lock:
            guide = next(self._untried, None)
            if guide is not None:
                self._tried.append(guide)
                return guide
            best = self._best_guide
            start = best if best is not None and random.random() < FROM_BEST else self._tried[random.integers(len(self._tried))]
        return self._near(start, random)

    def _near(self, guide: Guide, random: np.random.Generator) -> Guide:
        """Neighbours in the order change places; mandatory jobs stay first."""
        count = len(guide.order)
        moved = np.argsort(np.arange(count) + random.normal(0.0, max(1.0, random.choice(NOISE) * count), count))
        order = guide.order[moved]
        return Guide(guide.prices, order[np.argsort(~self._mandatory[order], kind="stable")])

    def _offer(self, guide: Guide, plan: Plan) -> None:
        with self._lock:
            if self.best is not None and plan.rank <= self.best.rank:
                return
            self.best, self._best_guide = plan, guide
            if not plan.missing:
                self._report.plan(plan.selection(), plan.objective)
