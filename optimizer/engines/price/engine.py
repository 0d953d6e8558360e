"""The price engine: prices from the dual, plans guided by the prices, a bound that anyone can check.

    bound stages: prices -> certificate; each stage's prices also guide a list schedule
    search: ruin and recreate from the best plan, for the rest of the time
"""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.certificates import Certificate
from optimizer.columns import Columns, Selection
from optimizer.engines.base import Availability, Capability, EngineResult, Monitor, Outcome
from optimizer.engines.price.bounding import BoundingParams, BoundStage, bound_stages
from optimizer.engines.price.certificate import MandatoryJobWithoutColumnsError
from optimizer.engines.price.kernel import pricing_table
from optimizer.engines.price.recreate import Search
from optimizer.engines.price.schedule import JobOrder, Plan, schedule
from optimizer.engines.price.tables import build_tables, merge_prices
from optimizer.params import SolveParams

#: Share of the time limit that the bound may take before the search begins.
BOUND_SHARE = 0.4
#: Windows the search scans at most, for each window there is, and at least: small problems end before their limit.
WORK_PER_WINDOW = 20_000
LEAST_WORK = 1_000_000
ORDERS = (JobOrder.REDUCED_VALUE, JobOrder.DENSITY, JobOrder.SIZE)


class PriceEngine:
    """Certified plans at fleet scale. It proves optimality only where its bound meets its plan."""

    name = "price"
    capabilities = frozenset({Capability.MANDATORY_JOBS, Capability.BUDGETS, Capability.WARM_START})

    def availability(self) -> Availability:
        import numba

        return Availability(True, f"prices and certificates, numba {numba.__version__}")

    def solve(self, columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        run = _Run(columns, params, start, monitor)
        try:
            run.bound()
        except MandatoryJobWithoutColumnsError as error:
            return EngineResult(Outcome.INFEASIBLE, None, None, detail=str(error))
        if not run.closed:
            run.search()
        return run.result()


class _Run:
    def __init__(self, columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> None:
        self._params, self._monitor = params, monitor
        self._threads = params.thread_count or 1
        self._tables = build_tables(columns)
        self._table = pricing_table(columns, thread_count=self._threads)
        self._limit_seconds = monitor.remaining_seconds()
        self._best = Plan.of(self._tables, start) if start is not None else Plan.empty(self._tables)
        self._stage: BoundStage | None = None
        self._certificate: Certificate | None = None
        self._evaluations = 0
        self._work = 0

    @property
    def closed(self) -> bool:
        """Whether the plan is proved optimal within the asked gap."""
        if self._certificate is None or self._best.missing:
            return False
        gap = self._certificate.bound_micros - self._best.objective
        return gap <= self._params.relative_gap * max(abs(self._best.objective), abs(self._certificate.bound_micros))

    def bound(self) -> None:
        """Ascends, certifies each better point, and lets its prices guide a list schedule."""
        for stage in self._stages():
            self._stage = stage
            self._evaluations += stage.evaluation_count
            self._offer(schedule(self._table.columns, stage.point.limit, stage.point.budget, ORDERS, self._tables))
            proof = stage.certify(self._table).certificate
            if self._certificate is None or proof.bound_micros < self._certificate.bound_micros:
                self._certificate = proof
                self._monitor.bound(proof.bound_micros)
            if self.closed:
                return

    def search(self) -> None:
        """Ruin and recreate from the best plan until the time, or the work for a problem of this size, is up."""
        stage = self._stage
        prices = {} if stage is None else {"prices": merge_prices(self._tables, stage.point.limit)}
        search = Search(self._best, **prices, seed=self._params.seed, thread_count=self._threads)
        begun = self._monitor.remaining_seconds()
        work = self._params.work_limit or max(LEAST_WORK, WORK_PER_WINDOW * self._table.columns.window_count)

        def passed() -> float:
            if self._monitor.stopping():
                return 1.0
            return 0.0 if self._params.work_limit else 1.0 - self._monitor.remaining_seconds() / max(begun, 1e-9)

        search.run(work, passed, lambda: self._offer(search.best))
        self._offer(search.best)
        self._work = search.work

    def result(self) -> EngineResult:
        closed = self.closed
        stopped = self._monitor.stopping() and not closed
        proof = self._certificate
        return EngineResult(
            Outcome.OPTIMAL if closed else Outcome.LIMIT if stopped else Outcome.FINISHED,
            None if self._best.missing else self._best.selection(),
            None if proof is None else proof.bound_micros,
            certificate=proof,
            detail=f"{self._evaluations} dual evaluations, {self._work} windows scanned",
            statistics={"evaluation_count": float(self._evaluations), "scanned_window_count": float(self._work)},
        )

    def _stages(self) -> Iterator[BoundStage]:
        until = self._limit_seconds * (1.0 - BOUND_SHARE)

        def stopping() -> bool:
            out_of_share = not self._params.work_limit and self._monitor.remaining_seconds() < until
            return out_of_share or self._monitor.stopping()

        return bound_stages(self._table, BoundingParams(seed=self._params.seed), stopping=stopping)

    def _offer(self, plan: Plan) -> None:
        if plan.rank > self._best.rank:
            self._best = plan
            if not plan.missing:
                self._monitor.incumbent(plan.selection(), plan.objective)
