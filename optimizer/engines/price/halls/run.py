"""One run of the price engine where halls may be switched off: ``bound``, then ``search``.

bound    prices of alike halls as one -> prices of every hall -> rows, where gangs are few; a certificate after each.
         With a second thread rows are left to the search's time, in a thread of their own
search   from some eighty jobs on, an annealing that may break limits; ruin and recreate at exact hall costs, guided by the
         prices; where jobs are tied or tenants have floors, list schedules instead, and halls closed one by one
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial

import numpy as np

from optimizer.columns.table import BoolArray, Columns, Selection
from optimizer.engines.base import EngineResult, Monitor, Outcome, WarmStart
from optimizer.engines.hall_lists import closed_one_by_one, first_selection
from optimizer.engines.price.bound.bound_beside import BoundBeside
from optimizer.engines.price.bound.bounding import BoundStage
from optimizer.engines.price.bound.certificate import CertifiedPoint, Fixing, certify, fix_by_reduced_cost
from optimizer.engines.price.bound.dual import DualPoint
from optimizer.engines.price.bound.kernel import FloatArray, PricingTable, pricing_table
from optimizer.engines.price.bound.warm import guide_of
from optimizer.engines.price.halls.race import Leg, legs_of
from optimizer.engines.price.halls.schedules import shares_sites, switched_as, ways_to_switch
from optimizer.engines.price.halls.search import HOT, HallSearch, searches
from optimizer.engines.price.halls.soft import SETTLING, WARM, SoftSearch, anneals, mean_part
from optimizer.engines.price.halls.stages import MOST_GANGS, hall_stages
from optimizer.engines.price.plans.battery_plan import BatteryPlans
from optimizer.formulation.selections import empty_selection, standing, value_of
from optimizer.interrupt import Interrupted, giving_way
from optimizer.params import SolveParams

#: Shares of the time that the bound may take, with a plan in hand and without.
BOUND_SHARE, SEEKING_BOUND_SHARE = 0.35, 0.12
#: Columns from which on rows are found beside the search: below, they take moments.
BESIDE_COLUMNS = 3_000
#: Windows scanned at most by a chain, for each column there is, and at least: small problems end before their limit.
WORK_PER_COLUMN = 1_000
LEAST_WORK = 50_000
#: Where jobs and windows are few, half of the time goes to searches from nothing: plans of few large jobs differ by how they
#: began. So it does beside batteries, a search for each way to run them that is worth planning beside.
RESTART_JOBS, RESTART_WINDOWS, RESTARTS, RESTART_SHARE = 500, 2_500, 4, 0.5
#: Where there are so many jobs, and runs take no more than ``LARGE_PART`` of a limit on average, a search that may break
#: limits on the way has most of the time, and ruin and recreate begins cool from where it ends.
SOFT_JOBS, LARGE_PART, SOFT_SHARE, COOL = 80, 0.3, 0.8, 0.01
#: With more jobs than so many that search keeps every limit late, so one that always does finds a plan first, in this share.
SEEKING_JOBS, SEEKING_SHARE = 500, 0.08
#: Larger runs, of so many jobs at least in few windows, begin anew in rounds: that search ends warm, ruin and recreate begins
#: ``LUKEWARM``, and after the last round, at ``ROUNDS_END`` of the time, goes on cool from the best plan.
LARGE_JOBS, ROUNDS, ROUNDS_END = 40, 4, 0.92
WARM_SHARE, LUKEWARM = 0.65, 0.06
#: Beside a plant of the same site, from this share of the search on halls stay as the best plan has them.
POLISH_SHARE = 0.7
#: Turns of fitting batteries to a plan and halls to both, at most.
MOST_SETTLINGS = 3
#: A better plan is told once so many times what telling one takes has passed.
TELL_SHARE = 10.0

Stopping = Callable[[], bool]


class HallRun:
    """The best plan, the best certificate and the prices behind it; better after each phase."""

    def __init__(self, columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> None:
        self.columns, self.params, self.monitor = columns, params, monitor
        self.threads = params.thread_count or os.cpu_count() or 1
        self._give_way = giving_way(monitor.stopping)
        self.table: PricingTable = pricing_table(columns, thread_count=self.threads)
        self.incumbent: Selection | None = None
        self.objective: int | None = None
        self.proof: CertifiedPoint | None = None
        self.evaluation_count, self.work, self._anneal_count = 0, 0, 0
        self._guide: DualPoint | None = None
        # with a thread to spare and no other end than time, rows are found while plans are searched, if there are any
        self._rows_beside = (
            self.threads > 1
            and params.work_limit is None
            and columns.column_count > BESIDE_COLUMNS
            and self.table.profiles.count <= MOST_GANGS
            and searches(columns)
        )
        self._rows: Iterator[BoundStage] | None = None
        self._beside: BoundBeside | None = None
        self._bound_ended = monitor.stopping
        self._bound_clock: Callable[[], float] = lambda: 0.0
        self._batteries = BatteryPlans(columns, start)
        self._mean_net_w: FloatArray | None = None
        self._shares_sites = shares_sites(columns)
        self._earlier = start.certificate if isinstance(start, WarmStart) else None
        if start is not None:
            self.offer(Selection(start.window, start.start, pieces=start.pieces, on=start.on, net_w=start.net_w))

    @property
    def bound_micros(self) -> int | None:
        return None if self.proof is None else self.proof.certificate.bound_micros

    @property
    def bound_share(self) -> float:
        """Share of the time that the bound may take: little while no plan holds all jobs that must run."""
        return BOUND_SHARE if self.incumbent is not None else SEEKING_BOUND_SHARE

    @property
    def closed(self) -> bool:
        """Whether the plan is proved optimal within the asked gap."""
        bound, objective = self.bound_micros, self.objective
        if bound is None or objective is None:
            return False
        constant = self.columns.constant
        return bound - objective <= self.params.relative_gap * max(abs(objective + constant), abs(bound + constant))

    def bound(self, stopping: Stopping, share: Callable[[], float] = lambda: 0.0) -> None:
        """Ascends and certifies until the stages end, the plan is proved, or ``stopping``, when ``share()`` reaches 1."""
        self._bound_ended, self._bound_clock = stopping, share
        with suppress(Interrupted):
            free = np.zeros(self.columns.capacity.shape)
            self._keep(certify(self.table, DualPoint(free, np.zeros(len(self.columns.budgets)), np.zeros(0))))
            stages = self._stages(lambda: self._bound_ended(), lambda: self._bound_clock())
            for stage in stages:
                if stage.rows is None:
                    # rows take over part of a limit's price, so only prices from before them say what a limit is worth
                    self._guide = stage.point
                if stage.net_w is not None:
                    self._batteries.follow(stage.net_w)
                    self._mean_net_w = stage.net_w
                self.evaluation_count += stage.evaluation_count
                self._keep(stage.certify(self.table, self._give_way))
                if self._rows_beside and stage.whole:
                    self._rows = stages
                    return
                if self.closed or stopping():
                    return

    def end_bound(self) -> None:
        """Ends the ascent beside the search, if one is there; the bound is what it has proved by now."""
        if self._beside is not None:
            self._keep(self._beside.stop())
            self._beside = None

    def _begin_beside(self) -> None:
        stages, self._rows = self._rows, None
        if stages is None or self.closed:
            return
        ended = False

        def end() -> None:
            nonlocal ended
            ended = True

        def proofs() -> Iterator[CertifiedPoint]:
            for stage in stages:
                self.evaluation_count += stage.evaluation_count
                yield stage.certify(self.table, self._give_way)

        self._bound_ended = lambda: ended or self.monitor.stopping()
        self._bound_clock = lambda: 0.0  # the bound's own time is over, but rows have all that the search has
        self._beside = BoundBeside(proofs(), end)

    def _stages(self, stopping: Stopping, share: Callable[[], float]) -> Iterator[BoundStage]:
        start = None if self._earlier is None else guide_of(self.columns, self._earlier)
        yield from hall_stages(self.table, self.params, start, stopping, self._give_way, share)

    def search(self, share: Callable[[], float]) -> None:
        """Plans until ``share()`` reaches 1 or the work is done; batteries stay as they are, and are fitted to the best after
        each search.
        """
        if self._shares_sites and not self.columns.mandatory.any():
            self.offer(empty_selection(self.columns))
        self._settle()
        if not self.columns.window_count:
            return
        self._search(share)
        self._settle()

    def _settle(self) -> None:
        """Batteries as pays best beside the best plan and halls beside them, in turn while that gains; then the search goes
        on beside them.
        """
        for _ in range(MOST_SETTLINGS):
            if not self._batteries or self.incumbent is None or self.objective is None:
                return
            before = self.objective
            self.offer(self._batteries.fitted(self.incumbent, self._price)[0])
            self.offer(self._batteries.joined(self.incumbent, self.objective)[0])
            self._batteries.take(self.incumbent)
            if self.objective == before:
                return

    def _search(self, share: Callable[[], float]) -> None:
        if not searches(self.columns):
            self._close_halls(share)
            return
        self._begin_beside()
        few = self.columns.job_count <= RESTART_JOBS and self.columns.window_count <= RESTART_WINDOWS
        if self._anneals(few):
            if mean_part(self.columns) > LARGE_PART:
                self._anneal_in_rounds(share)
            else:
                begin = SEEKING_SHARE if self.incumbent is None and self.columns.job_count > SEEKING_JOBS else 0.0
                spent = partial(self._spent, share, self.work)
                if begin:
                    self._anneal(share, 0.0, begin, None)
                legs = legs_of(self.columns, spent, begin, SOFT_SHARE) if few else [Leg(begin, SOFT_SHARE, SETTLING)]
                found = [self._anneal_softly(share, leg) for leg in legs][-1]
                broken = value_of(self.columns, found) is None
                self._anneal(share, SOFT_SHARE, 1.0, found if broken else self.incumbent, hot=COOL)
            return
        guide = self._guide if self._batteries else None
        ways = [] if guide is None else [way for way in self._batteries.ways(self._mean_net_w, guide.limit) if way is not None]
        restarts = max(RESTARTS if self.params.work_limit is None and few else 0, len(ways))
        for number in range(restarts):
            if ways:
                self._batteries.follow(ways[number % len(ways)])
            part = RESTART_SHARE * (POLISH_SHARE if self._shares_sites else 1.0) / restarts
            begin, end = part * number, part * (number + 1)
            self._anneal(share, begin, end, None)
            self._settle()
        last = POLISH_SHARE if self._shares_sites else 1.0
        self._anneal(share, RESTART_SHARE * last if restarts else 0.0, last, self.incumbent)
        if self._shares_sites and self.incumbent is not None:
            self._settle()
            # what the plant gains is guessed as long as halls are switched with the runs
            self._anneal(share, last, 1.0, self.incumbent, standing(self.columns, self.incumbent))

    def _anneal(
        self,
        share: Callable[[], float],
        begin: float,
        end: float,
        start: Selection | None,
        on: BoolArray | None = None,
        hot: float = HOT,
    ) -> None:
        """One search, from ``start``, while ``share()`` is between ``begin`` and ``end``; halls stay ``on[K, T]`` if given."""
        beside = self._batteries.beside if on is None else switched_as(self._batteries.beside, on)
        search = HallSearch(beside, self._price, self.params.seed + self._anneal_count, self.threads)
        self._anneal_count += 1
        search.begin(start)

        def tell() -> None:
            if not search.missing:
                self.offer(replace(search.best, on=on))

        tell()
        self._run(search, partial(search.run, hot=hot), share, begin, end, tell)

    def _anneals(self, few: bool) -> bool:
        """Whether limits may be broken on the way to a plan; with large runs, where these are ``few`` and may move in time."""
        columns, jobs = self.columns, self.columns.job_count
        if mean_part(columns) <= LARGE_PART:
            return anneals(columns) and jobs >= SOFT_JOBS
        return anneals(columns) and few and jobs >= LARGE_JOBS and columns.column_count > columns.window_count

    def _anneal_in_rounds(self, share: Callable[[], float]) -> None:
        """Searches that may break limits, each from nothing and with one that keeps them after it; then one from the best."""
        length = ROUNDS_END / ROUNDS
        for number in range(ROUNDS):
            begin, end = number * length, (number + 1) * length
            warm = begin + WARM_SHARE * length
            found = self._anneal_softly(share, Leg(begin, warm, WARM))
            self._anneal(share, warm, end, found, hot=LUKEWARM)
        self._anneal(share, ROUNDS_END, 1.0, self.incumbent, hot=COOL)

    def _anneal_softly(self, share: Callable[[], float], leg: Leg) -> Selection:
        """One search that may break limits on the way: its best plan, or what came near one."""
        start = self.incumbent if leg.late and self.incumbent is not None and not self.incumbent.pieces else None
        seed = self.params.seed + self._anneal_count
        search = SoftSearch(self.columns, seed, self.threads, leg.cooling, start, leg.late if start is not None else 0.0)
        self._anneal_count += 1

        def tell() -> None:
            if search.found:
                self.offer(search.plan)

        self._run(search, partial(search.run, work=leg.work), share, leg.begin, leg.end, tell)
        return search.plan

    def _run(
        self,
        search: HallSearch | SoftSearch,
        run: Callable[..., None],
        share: Callable[[], float],
        begin: float,
        end: float,
        tell: Callable[[], None],
    ) -> None:
        """``run`` of ``search`` while ``share()`` is between ``begin`` and ``end``; ``tell`` offers what it has found."""
        untold = time.monotonic()

        def improved() -> None:
            nonlocal untold
            now = time.monotonic()
            if now >= untold:
                tell()
                told = time.monotonic()
                untold = told + TELL_SHARE * (told - now)

        def passed() -> float:
            if self._beside is not None:
                self._keep(self._beside.collect())
            of_time = (share() - begin) / (end - begin)
            return self._of_work(of_time, search.work / (end - begin))

        run(passed, improved, chain_count=self._chain_count)
        self.work += search.work
        tell()

    def _spent(self, share: Callable[[], float], before: int) -> float:
        """The part of the search's time, or of its work, that is done; ``before`` windows were scanned before it."""
        return self._of_work(share(), self.work - before)

    def _of_work(self, of_time: float, scanned: float) -> float:
        """``of_time``, or ``scanned`` as a part of all windows once nothing more is to be had from the bound; 1 at the end."""
        if self.monitor.stopping() or self.closed:
            return 1.0
        if self._beside is not None and self._beside.going_on:
            return of_time
        return max(of_time, scanned / (self.params.work_limit or max(LEAST_WORK, WORK_PER_COLUMN * self.columns.column_count)))

    def _chain_count(self) -> int:
        """Chains that move now: a thread each, but for one while rows are found beside them."""
        bounding = self._beside is not None and self._beside.going_on
        return max(1, self.threads - 1) if bounding else self.threads

    def _close_halls(self, share: Callable[[], float]) -> None:
        if self.incumbent is None:
            nothing = np.full(self.columns.job_count, -1, dtype=np.int32)
            found = first_selection(self._batteries.beside, Selection(nothing, nothing.copy()))
            if found is None:
                return
            self.offer(found)
        if self.incumbent is not None and not self.incumbent.pieces:
            for better in closed_one_by_one(self.columns, self.incumbent, lambda: share() >= 1.0):
                self.offer(better)

    def offer(self, selection: Selection) -> None:
        """Keeps and reports ``selection`` if it keeps every rule and is worth more than the best, as it is or beside a plant
        with halls switched as pays best.
        """
        tried = self._offer(selection)
        if self._shares_sites:
            for way in ways_to_switch(self.columns, tried, self._price):
                self._offer(way)

    def _offer(self, selection: Selection) -> Selection:
        """As it is, or with batteries as plans are searched beside where it does not say or they do not fit."""
        stated = selection.net_w is not None or not self._batteries
        objective = value_of(self.columns, selection) if stated else None
        if objective is None and self._batteries:
            selection, objective = self._batteries.kept(selection)
        if objective is not None and (self.objective is None or objective > self.objective):
            self.incumbent, self.objective = selection, objective
            self.monitor.incumbent(selection, objective)
        return selection

    @property
    def _price(self) -> FloatArray | None:
        """``[L, T]``: the prices that guide, where there are any."""
        return None if self._guide is None else self._guide.limit

    def fixing(self) -> Fixing | None:
        """The columns that a better plan may still use; None before there are a plan and a proof."""
        if self.proof is None or self.objective is None:
            return None
        return fix_by_reduced_cost(self.table, self.proof, self.objective)

    def columns_left(self, gap: float) -> int:
        """Columns that the prices would leave beside a plan within ``gap``, a share of the bound; all without a proof."""
        if self.proof is None:
            return self.columns.column_count
        bound = self.proof.certificate.bound_micros
        near = bound - int(gap * abs(bound + self.columns.constant))
        return fix_by_reduced_cost(self.table, self.proof, near).columns.column_count

    def result(self) -> EngineResult:
        """The best plan with its certificate; ends the ascent beside."""
        self.end_bound()
        outcome = Outcome.OPTIMAL if self.closed else Outcome.LIMIT if self.monitor.stopping() else Outcome.FINISHED
        return EngineResult(
            outcome,
            self.incumbent,
            self.bound_micros,
            certificate=None if self.proof is None else self.proof.certificate,
            detail=f"{self.evaluation_count:,} dual evaluations, {self.work:,} windows scanned",
            statistics={"evaluation_count": float(self.evaluation_count), "scanned_window_count": float(self.work)},
        )

    def _keep(self, proof: CertifiedPoint | None) -> None:
        if proof is None:
            return
        if self.bound_micros is None or proof.certificate.bound_micros < self.bound_micros:
            self.proof = proof
            self.monitor.bound(proof.certificate.bound_micros, proof.certificate)
