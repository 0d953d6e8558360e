"""One run of the price engine, phase by phase: ``bound``, ``dive``, ``search``; between phases the caller may do other things.

    bound   prices -> certificate; each stage's prices also guide a list schedule
    dive    size class by size class, repricing what is left; pays on fleets of thousands of jobs
    search  ruin and recreate from the best plan
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from optimizer.columns import Columns, Selection
from optimizer.engines.base import EngineResult, Monitor, Outcome
from optimizer.engines.price.bounding import BoundingParams, BoundStage, bound_stages
from optimizer.engines.price.certificate import CertifiedPoint, Fixing, fix_by_reduced_cost
from optimizer.engines.price.dive import dive
from optimizer.engines.price.dual import DualPoint
from optimizer.engines.price.kernel import PricingTable, pricing_table
from optimizer.engines.price.recreate import Search
from optimizer.engines.price.schedule import JobOrder, Plan, schedule
from optimizer.engines.price.tables import build_tables, merge_prices
from optimizer.params import SolveParams

#: Jobs from which diving pays; below, it hurts.
DIVE_JOB_COUNT = 2_000
#: Evaluations of each repricing of a dive.
DIVE_EVALUATIONS = 60
#: Windows the search scans at most, for each window there is, and at least: small problems end before their limit.
WORK_PER_WINDOW = 20_000
LEAST_WORK = 1_000_000
ORDERS = (JobOrder.REDUCED_VALUE, JobOrder.DENSITY, JobOrder.SIZE)

Stopping = Callable[[], bool]


class PriceRun:
    """The best plan, the best certificate and the prices behind it; better after each phase."""

    def __init__(
        self,
        columns: Columns,
        params: SolveParams,
        start: Selection | None,
        monitor: Monitor,
        prices: DualPoint | None = None,
    ) -> None:
        self.params, self.monitor = params, monitor
        self.threads = params.thread_count or 1
        self.tables = build_tables(columns)
        self.table: PricingTable = pricing_table(columns, thread_count=self.threads)
        self.best = Plan.of(self.tables, start) if start is not None else Plan.empty(self.tables)
        self.proof: CertifiedPoint | None = None
        self.evaluation_count = 0
        self._point = prices
        self._work = 0

    @property
    def bound_micros(self) -> int | None:
        return None if self.proof is None else self.proof.certificate.bound_micros

    @property
    def closed(self) -> bool:
        """Whether the plan is proved optimal within the asked gap."""
        bound, objective = self.bound_micros, self.best.objective
        if bound is None or self.best.missing:
            return False
        return bound - objective <= self.params.relative_gap * max(abs(objective), abs(bound))

    def bound(self, stopping: Stopping, params: BoundingParams | None = None) -> None:
        """Ascends and certifies until the stages end, the plan is proved, or ``stopping``."""
        chosen = replace(BoundingParams() if params is None else params, seed=self.params.seed)
        for stage in bound_stages(self.table, chosen, start=self._point, stopping=stopping):
            self._point = stage.point
            self.evaluation_count += stage.evaluation_count
            self.offer(schedule(self.table.columns, stage.point.limit, stage.point.budget, ORDERS, self.tables))
            self._certify(stage)
            if self.closed or stopping():
                return

    def dive(self, stopping: Stopping) -> None:
        """A fresh plan by size classes, where the fleet is large enough for it to pay."""
        if self._point is not None and self.table.columns.job_count >= DIVE_JOB_COUNT and not stopping():
            self.offer(dive(Plan.empty(self.tables), self.table, self._point, DIVE_EVALUATIONS, stopping))

    def search(self, share: Callable[[], float]) -> None:
        """Ruin and recreate until ``share()`` reaches 1 or the work is done: the asked limit, or what the size deserves."""
        if not self.best.tables.job_first[-1]:
            return
        point = self._point
        guide = {} if point is None else {"prices": merge_prices(self.tables, point.limit), "budget_prices": point.budget}
        search = Search(self.best, **guide, seed=self.params.seed, thread_count=self.threads)
        work = self.params.work_limit or max(LEAST_WORK, WORK_PER_WINDOW * self.table.columns.window_count)
        search.run(work, share, lambda: self.offer(search.best))
        self.offer(search.best)
        self._work += search.work

    def fixing(self) -> Fixing | None:
        """The columns that a better plan may still use; None before there are a plan and a proof."""
        if self.proof is None or self.best.missing:
            return None
        return fix_by_reduced_cost(self.table, self.proof, self.best.objective)

    def offer(self, plan: Plan) -> None:
        """Keeps ``plan`` if it is better, and reports it if it is one."""
        if plan.rank > self.best.rank:
            self.best = plan
            if not plan.missing:
                self.monitor.incumbent(plan.selection(), plan.objective)

    def result(self) -> EngineResult:
        """The best plan with its certificate."""
        closed = self.closed
        outcome = Outcome.OPTIMAL if closed else Outcome.LIMIT if self.monitor.stopping() else Outcome.FINISHED
        return EngineResult(
            outcome,
            None if self.best.missing else self.best.selection(),
            self.bound_micros,
            certificate=None if self.proof is None else self.proof.certificate,
            detail=f"{self.evaluation_count:,} dual evaluations, {self._work:,} windows scanned",
            statistics={"evaluation_count": float(self.evaluation_count), "scanned_window_count": float(self._work)},
        )

    def _certify(self, stage: BoundStage) -> None:
        proof = stage.certify(self.table)
        if self.bound_micros is None or proof.certificate.bound_micros < self.bound_micros:
            self.proof = proof
            self.monitor.bound(proof.certificate.bound_micros)
