"""One run of the price engine, phase by phase: ``bound``, ``dive``, ``search``; between phases the caller may do other things.

bound   prices -> certificate; each stage's prices also guide a list schedule
dive    batch by batch, largest gangs first, repricing what is left; pays on fleets of thousands of jobs
search  ruin and recreate from the best plan
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

import numpy as np

from optimizer.certificates import Certificate
from optimizer.columns.table import Columns, Selection
from optimizer.engines.base import EngineResult, Monitor, Outcome, WarmStart
from optimizer.engines.price.bound.bounding import BoundingParams, BoundStage, bound_stages
from optimizer.engines.price.bound.certificate import CertifiedPoint, Fixing, certify, fix_by_reduced_cost
from optimizer.engines.price.bound.dual import DualPoint
from optimizer.engines.price.bound.kernel import PricingTable, pricing_table
from optimizer.engines.price.bound.warm import FLEET_EVALUATIONS, NEAR_EVALUATIONS, guide_of, repaired, thinned, warm_stages
from optimizer.engines.price.pieces.refit import SHAKEN_JOB_COUNT, SHAKES, Refit, shaken
from optimizer.engines.price.plans import searches
from optimizer.engines.price.plans.best_plan import BestPlan
from optimizer.engines.price.plans.coarse import CoarseMonitor, coarse_grid
from optimizer.engines.price.plans.dive import dive, filled
from optimizer.engines.price.plans.eviction import make_room
from optimizer.engines.price.plans.plant_guide import guided_by
from optimizer.engines.price.plans.recreate import AnnealingParams, Search
from optimizer.engines.price.plans.schedule import NO_BUDGET_PRICES, NO_PRICES, JobOrder, Plan, mark_jobs, schedule
from optimizer.engines.price.tables import merge_prices
from optimizer.interrupt import Interrupted, giving_way
from optimizer.params import SolveParams

#: Jobs from which diving pays; below, it hurts.
DIVE_JOB_COUNT = 2_000
#: Evaluations after each batch of a dive that is not limited by time.
DIVE_EVALUATIONS = 4
#: Shares of the time that the bound may take, and of the rest of it that the dive may; a search gains little on large fleets.
BOUND_SHARE, DIVE_SHARE = 0.35, 0.65
LARGE_JOB_COUNT = 5_000
LARGE_BOUND_SHARE, LARGE_DIVE_SHARE = 0.3, 0.85
ORDERS = (JobOrder.VALUE, JobOrder.REDUCED_VALUE, JobOrder.DENSITY, JobOrder.SIZE)
#: Where a dive follows, one order will do until then: at 100,000 jobs the others would take a third of the bound's time.
FLEET_ORDERS = (JobOrder.REDUCED_VALUE,)
#: Limits are scarce where they earn this share of the bound.
SCARCE_SHARE = 0.25
#: Of what displaced load costs at the prices, how much keeps runs out of a search beside a plant, and of its polishes: the
#: prices of the relaxation may ask more of a run than the load it really displaces.
DISPLACED_PART = 0.75
POLISHED_PARTS = (0.4, 0.0)
#: Of the time, how much the bound may take where an ascent finds hardly more than the earlier prices prove.
SETTLED_BOUND_SHARE = 0.1
#: Windows that the search of a warm fleet for the jobs that would gain most scans before its dive: more find little.
MEND_WORK = 600_000
#: Passes that make room for absent jobs, at most; each ends with others absent.
ROOM_PASSES = 2
#: A dive beside an earlier plan takes out this share of it for each part of the gap, and at least that.
THINNED_PER_GAP, LEAST_THINNED = 10.0, 0.1

Stopping = Callable[[], bool]


class PriceRun:
    """The best plan, the best certificate and the prices behind it; better after each phase. To make one may be interrupted."""

    def __init__(
        self,
        columns: Columns,
        params: SolveParams,
        start: Selection | None,
        monitor: Monitor,
        prices: DualPoint | None = None,
    ) -> None:
        self.params, self.monitor = params, monitor
        self._give_way = giving_way(monitor.stopping)
        self.threads = params.thread_count or os.cpu_count() or 1
        self.table: PricingTable = pricing_table(columns, thread_count=self.threads)
        if columns.job_count >= LARGE_JOB_COUNT:
            # each of the two takes a twentieth of a second
            self._give_way()
        self.plans = BestPlan(columns, start, monitor)
        self.proof: CertifiedPoint | None = None
        self.evaluation_count = 0
        self._earlier = start.certificate if isinstance(start, WarmStart) else None
        self._point = guide_of(columns, self._earlier) if prices is None and self._earlier is not None else prices
        self._dived = self._settled = False
        self._coarse: PriceRun | None = None
        self._work = 0

    @property
    def incumbent(self) -> Selection | None:
        """The best plan; None while one that must run is missing."""
        return self.plans.incumbent

    @property
    def bound_micros(self) -> int | None:
        return None if self.proof is None else self.proof.certificate.bound_micros

    @property
    def closed(self) -> bool:
        """Whether the plan is proved optimal within the asked gap."""
        bound, objective = self.bound_micros, self.plans.objective
        if bound is None or self.plans.best.missing:
            return False
        constant = self.table.columns.constant
        return bound - objective <= self.params.relative_gap * max(abs(objective + constant), abs(bound + constant))

    @property
    def bound_share(self) -> float:
        """Of the time, how much the bound may take."""
        if self._settled:
            return SETTLED_BOUND_SHARE
        return LARGE_BOUND_SHARE if self.table.columns.job_count >= LARGE_JOB_COUNT else BOUND_SHARE

    @property
    def dive_share(self) -> float:
        """Of the time after the bound, how much the dive may take."""
        # beside an earlier plan, the search for the jobs that would gain most finds about as much
        return LARGE_DIVE_SHARE if self._earlier is None and self.table.columns.job_count >= LARGE_JOB_COUNT else DIVE_SHARE

    def bound(self, stopping: Stopping, params: BoundingParams | None = None, share: Callable[[], float] = lambda: 0.0) -> None:
        """Ascends and certifies until the stages end, the plan is proved, or ``stopping``, when ``share()`` reaches 1."""
        chosen = replace(BoundingParams() if params is None else params, seed=self.params.seed)
        with suppress(Interrupted):
            self._bound(stopping, chosen, share)

    def _bound(self, stopping: Stopping, chosen: BoundingParams, share: Callable[[], float]) -> None:
        if self._earlier is None:
            self._certify_free()
        listed = False
        for stage in self._stages(chosen, stopping, share):
            if stage.rows is None:
                # rows take over part of a limit's price, so only prices from before them say what a limit is worth
                self._point = stage.point
            self.evaluation_count += stage.evaluation_count
            # on a fleet a list schedule takes as long as many evaluations: one soon, and one before the dive
            due = not self._is_fleet or not listed or (stage.whole and stage.rows is None)
            if due and not stage.near and not self.monitor.stopping():
                listed = True
                for _ in self.plans.battery_ways(stage.net_w, stage.point):
                    self._list(stage.point)
            self._keep(stage.certify(self.table, self._give_way))
            if self.closed or (stopping() and not stage.near):
                return

    def _list(self, point: DualPoint) -> None:
        """A list schedule at the prices of a stage."""
        orders = FLEET_ORDERS if self._is_fleet else ORDERS
        tables, guide = guided_by(self.plans.columns, self.plans.tables, point)
        plan = schedule(self.plans.columns, guide.limit, guide.budget, orders, tables, self._give_way)
        self.plans.offer(plan)
        if not self._is_fleet:
            # a dive will give a better plan to refit
            self._refit(plan, point)

    def dive(self, share: Callable[[], float]) -> None:
        """A plan batch by batch until ``share()`` reaches 1, where the fleet is large enough for it to pay."""
        if self._is_fleet and not self._dived and share() < 1.0:
            with suppress(Interrupted):
                coarse = self._coarse_run()
                (coarse or self)._dive(DIVE_EVALUATIONS if self.params.work_limit else None, share)
                if coarse is not None and self._point is not None:  # coarse slots leave room on the others
                    self.plans.offer(filled(self.plans.best, self._leaving, self._point, self._give_way))
            self._dived = True

    def _dive(self, evaluation_count: int | None, share: Callable[[], float]) -> None:
        """A fresh plan; beside an earlier one, another around what stands best of it."""
        if self._point is None:
            return
        self.plans.settle(self._point)
        begin = Plan.empty(self.plans.tables) if self._earlier is None else self._best_standing(self._point)
        plan = dive(begin, self._leaving, self._point, evaluation_count, share, self._give_way, self.plans.least)
        self.plans.offer(plan)
        self._refit(plan, self._point)

    def _best_standing(self, point: DualPoint) -> Plan:
        """The best plan without what is worth least for what it takes: the poorer the plan, the more goes."""
        bound, plan, share = self.bound_micros, replace(self.plans.best, tables=self.plans.tables), 1.0
        if bound is not None and not plan.missing:
            gap = (bound - self.plans.objective) / max(1, abs(bound))
            share = max(LEAST_THINNED, THINNED_PER_GAP * gap)
        if share >= 1.0:
            return Plan.empty(self.plans.tables)
        return thinned(plan, merge_prices(self.plans.tables, point.limit), point.budget, share)

    def search(self, share: Callable[[], float]) -> None:
        """Ruin and recreate, guided by the prices, until ``share()`` reaches 1 or the work is done.

        From a dive, whose large gangs stand well, it goes on cool. From list schedules it anneals, in as many restarts as
        the time is good for, and polishes the best without prices at the end.
        """
        if self.table.columns.window_count or self._has_pieces:
            with suppress(Interrupted):
                self._search(share)

    def _search(self, share: Callable[[], float]) -> None:
        # an earlier plan stands as well as a dive's
        dived = self._dived or self._earlier is not None
        columns, seconds, scarce = self.table.columns, self._seconds_left(), self._is_scarce
        rounds = 1 if dived else searches.restart_count(columns, seconds, scarce=scarce)
        single = searches.single(columns, seconds, scarce=scarce, dived=self._dived, warm=self._earlier is not None)
        self._coarse = self._coarse or (None if dived else self._coarse_run())
        for number in range(rounds):
            first, last = number / rounds, (number + 1) / rounds
            polish = first + (1.0 - searches.POLISH_SHARE) * (last - first)
            hot = single if rounds == 1 else (searches.HOT, searches.WARM)[number % 2]
            cold = searches.SCARCE_POLISH if hot.by_worth else searches.POLISH
            self.plans.settle(self._point)
            self._anneal(searches.part(share, first, polish), hot, seed=number, priced=dived or rounds == 1 or number % 2 == 1)
            self._refit(self.plans.best, None)
            ends = (polish, last) if self.table.columns.plant.is_empty else (polish, (polish + last) / 2.0, last)
            for (begin, end), part in zip(pairwise(ends), POLISHED_PARTS):
                self.plans.settle(self._point)
                self._anneal(searches.part(share, begin, end), cold, seed=number, priced=False, displaced=part)
            self._refit(self.plans.best, None)
            self._shake(share, seed=number)
            self.plans.settle(self._point)
            if share() >= 1.0:
                return

    @property
    def _is_scarce(self) -> bool:
        return self._earned_share() >= SCARCE_SHARE

    def _earned_share(self) -> float:
        """How much of the bound the limits earn at the prices that guide; the rest is what jobs gain."""
        point, bound = self._point, self.bound_micros
        if point is None or not bound:
            return 0.0
        return float((point.limit * self.table.columns.capacity).sum()) / abs(bound)

    @property
    def _leaving(self) -> PricingTable:
        """The pricing table of all that batteries leave."""
        return replace(self.table, columns=self.plans.columns)

    @property
    def _has_pieces(self) -> bool:
        """Whether some job may run in pieces here; a tied one may not."""
        lanes, ties = self.table.lanes, self.plans.tables.ties
        return lanes is not None and (not len(ties) or bool((ties[lanes.paths.job[lanes.rows]] == 0).any()))

    def _refit(self, plan: Plan, point: DualPoint | None) -> None:
        """Jobs with lanes put in again, at prices and then by worth alone, beside a plant by worth less what they displace."""
        if not self._has_pieces:
            return
        for prices in (
            (self.plans.displacement(self._point),) if point is None else (point, self.plans.displacement(self._point))
        ):
            plan = replace(plan.copy(), tables=self.plans.levelled(plan))
            Refit(self._leaving, plan, prices).improve(plan, self._give_way)
            self.plans.offer(plan)

    def _shake(self, share: Callable[[], float], seed: int) -> None:
        """On few jobs: a few out, all that is out in again, kept where no worse."""
        if not self._has_pieces or self.table.columns.job_count > SHAKEN_JOB_COUNT:
            return
        random, plan = np.random.default_rng((self.params.seed, seed)), self.plans.best
        plan = replace(plan, tables=self.plans.levelled(plan))
        for _ in range(SHAKES):
            self._give_way()
            if share() >= 1.0:
                return
            changed = shaken(self._leaving, plan, random, self._point)
            if changed.rank >= plan.rank:
                plan = changed
                self.plans.offer(plan)

    def _anneal(
        self,
        share: Callable[[], float],
        params: AnnealingParams,
        seed: int,
        *,
        priced: bool,
        work: int | None = None,
        displaced: float = DISPLACED_PART,
    ) -> None:
        if not self.table.columns.window_count:
            return
        if params.coarse and self._coarse is not None:
            before = self._coarse._work
            self._coarse._anneal(share, params, seed, priced=priced, work=work)
            self._work += self._coarse._work - before
            return
        tables, point = self.plans.levelled(self.plans.best), self._point
        if point is not None:
            # what a floor pays, and displaced load costs, holds for a polish too: it is worth, not a price of something scarce
            tables, point = guided_by(self.plans.columns, tables, point, displaced)
        prices = NO_PRICES if point is None or not priced else merge_prices(tables, point.limit)
        budget_prices = NO_BUDGET_PRICES if point is None or not priced else point.budget
        seed += self.params.seed
        begin = replace(self.plans.best, tables=tables)
        search = Search(begin, prices, budget_prices, params, seed, self.threads, self._give_way)
        most = self.params.work_limit or searches.most_work(self.table.columns)
        search.run(most if work is None else min(work, most), share, lambda: self.plans.offer(search.best))
        self.plans.offer(search.best)
        self._work += search.work

    def _coarse_run(self) -> PriceRun | None:
        """A run on coarser slots, from the prices there are now, whose plans are offered here; None where slots are few."""
        if self._earlier is not None or self._point is None or (grid := coarse_grid(self.table.columns)) is None:
            return None
        guide = grid.guide(self._point)
        run = PriceRun(grid.columns, self.params, None, CoarseMonitor(grid, self.monitor, self.plans), guide)
        if not self._is_fleet or self.plans.columns.mandatory.any():
            run._list(guide)
        # where slots are coarse, what must run may find no room
        return None if run.plans.best.missing > self.plans.best.missing else run

    @property
    def _is_fleet(self) -> bool:
        return self.table.columns.job_count >= DIVE_JOB_COUNT

    def _seconds_left(self) -> float:
        """0 for a run limited by work, which must not ask the clock."""
        return 0.0 if self.params.work_limit else self.monitor.remaining_seconds()

    def _stages(self, params: BoundingParams, stopping: Stopping, share: Callable[[], float]) -> Iterator[BoundStage]:
        """The stages of the bound; from the prices of an earlier solve where there are any."""
        if self._earlier is not None and self._point is not None:
            yield from self._near_stages(self._earlier, self._point, stopping)
            if stopping():
                return
        start = None if self._point is None else replace(self._point, row=np.zeros(0))
        yield from bound_stages(self.table, params, start, stopping, self._give_way, share)

    def _near_stages(self, earlier: Certificate, point: DualPoint, stopping: Stopping) -> Iterator[BoundStage]:
        """The stages at and near the prices of an earlier solve; between them its plan is mended around what has changed."""
        # proved at once without the earlier rows, which take a moment to check
        self._keep(certify(self.table, point, give_way=self._give_way))
        if self._is_fleet:
            self._make_room(self.monitor.stopping)
            self._anneal(lambda: float(self.monitor.stopping()), searches.MEND, seed=0, priced=True, work=MEND_WORK)
        else:
            # one of them, as each that is offered may be checked
            lists = repaired(self.plans.columns, self.plans.best, point, self._give_way)
            self.plans.offer(max(lists, key=lambda plan: plan.rank))
        # short, and worth more than what else the time of the bound is good for
        near = FLEET_EVALUATIONS if self._is_fleet else NEAR_EVALUATIONS
        for stage in warm_stages(self.table, earlier, self.monitor.stopping, self._give_way, near):
            self._settled = stage.settled
            yield stage
        if self.proof is not None:
            self._point = guide_of(self.table.columns, self.proof.certificate)
        if not (self._is_fleet and self._settled):
            self._make_room(self.monitor.stopping)
        if not (self._is_fleet or self._settled):
            repair = searches.SCARCE_REPAIR if self._is_scarce else searches.REPAIR
            work = searches.repair_work(self.table.columns)
            self._anneal(lambda: float(stopping()), repair, seed=0, priced=True, work=work)

    def _make_room(self, stopping: Stopping) -> None:
        """Passes over the absent jobs that would pay at the prices: what gives way is worth less, or goes elsewhere."""
        if self._point is None or not self.table.columns.window_count:
            return
        tables, point = guided_by(self.plans.columns, self.plans.levelled(self.plans.best), self._point, DISPLACED_PART)
        prices = merge_prices(tables, point.limit)
        marks = mark_jobs(tables, prices, point.budget, self._give_way)
        for _ in range(ROOM_PASSES):
            before = self.plans.objective
            plan = replace(self.plans.best, tables=tables)
            self.plans.offer(make_room(plan, marks, prices, point.budget, stopping, self._give_way))
            if self.plans.objective == before or stopping():
                return

    def fixing(self) -> Fixing | None:
        """The columns that a better plan may still use; None before there are a plan and a proof."""
        if self.proof is None or self.plans.best.missing:
            return None
        return fix_by_reduced_cost(self.table, self.proof, self.plans.objective)

    def result(self) -> EngineResult:
        """The best plan with its certificate."""
        closed = self.closed
        outcome = Outcome.OPTIMAL if closed else Outcome.LIMIT if self.monitor.stopping() else Outcome.FINISHED
        return EngineResult(
            outcome,
            self.incumbent,
            self.bound_micros,
            certificate=None if self.proof is None else self.proof.certificate,
            detail=f"{self.evaluation_count:,} dual evaluations, {self._work:,} windows scanned",
            statistics={"evaluation_count": float(self.evaluation_count), "scanned_window_count": float(self._work)},
        )

    def _certify_free(self) -> None:
        """The bound at prices of zero, every job at its best column: weak, but there from the first moment."""
        columns = self.table.columns
        free = DualPoint(np.zeros(columns.capacity.shape), np.zeros(len(columns.budgets)), np.zeros(0))
        self._keep(certify(self.table, free, give_way=self._give_way))

    def _keep(self, proof: CertifiedPoint) -> None:
        if self.bound_micros is None or proof.certificate.bound_micros < self.bound_micros:
            self.proof = proof
            self.monitor.bound(proof.certificate.bound_micros, proof.certificate)
