"""Builds the columns of a problem: every admissible (job, mode, pool, start), nothing that breaks a limit alone.

What a run uses is asked of ``accounting`` once per *template* (a claimant's mode shape on each pool that may take it); windows
are then cut with numpy, so 100,000 jobs take seconds. Whoever encodes decodes: ``assignments`` and ``selection`` go back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np

from optimizer.accounting import ledger, running
from optimizer.accounting.halls import committed_halls, implied, stated_form
from optimizer.accounting.operation import best_operations
from optimizer.accounting.runs import look_up
from optimizer.accounting.usage import usage
from optimizer.columns.churn import Churn
from optimizer.columns.floor_cutter import cut_floors
from optimizer.columns.hall_cutter import cut_halls
from optimizer.columns.lane_cutter import cut_lanes
from optimizer.columns.lanes import Lanes, Piece
from optimizer.columns.lead_cutter import comes_from, cut_leads, data_from
from optimizer.columns.leads import NO_LEADS, Leads
from optimizer.columns.plant_cutter import cut_plant
from optimizer.columns.table import Columns, IntArray, Selection
from optimizer.columns.templates import Budgets, Templates, as_array, prefix_sums
from optimizer.columns.tied_jobs import precedences, together
from optimizer.columns.transfers import Checkpoints, Staging
from optimizer.columns.way_tables import LinkTable
from optimizer.columns.windows import WindowRows, cut_windows, in_order, within_budgets, within_links
from optimizer.exact.problem import ExactJob, ExactPool, ExactProblem
from optimizer.interrupt import GiveWay, never
from optimizer.limits import LimitKind, LimitLabel
from optimizer.solution import Assignment, HallSchedule, Segment, SiteOperation
from optimizer.verify.plan import check_run


@dataclass(frozen=True, slots=True)
class Candidates:
    """The columns of ``problem`` and the way back to names.

    ``ignored`` limits were taken as unlimited when the columns were cut; ``own_capacity`` [L, T] and
    ``own_budget_capacity`` [B] hold what every limit really has, the standby of halls not taken off.
    """

    problem: ExactProblem
    columns: Columns
    ignored: frozenset[LimitLabel]
    own_capacity: IntArray
    own_budget_capacity: IntArray

    def assignments(self, selection: Selection) -> tuple[Assignment, ...]:
        """The plan a selection stands for, in the order of the jobs."""
        return tuple(
            self._in_pieces(job, selection.pieces[job.index])
            if job.index in selection.pieces
            else Assignment(
                job=job.name,
                mode=job.modes[self.columns.mode[window]].name,
                pool=self.problem.pools[self.columns.pool[window]].name,
                start_slot=int(start),
                data_from=data_from(self.problem, self.columns, job, int(window)),
            )
            for job, window, start in zip(self.problem.jobs, selection.window, selection.start, strict=True)
            if window >= 0 or job.index in selection.pieces
        )

    def hall_schedules(self, selection: Selection) -> tuple[HallSchedule, ...]:
        """When halls are on in ``selection``, by name; nothing where it leaves that to the runs."""
        if selection.on is None or not len(self.columns.halls):
            return ()
        committed = (hall.index for hall, _ in committed_halls(self.problem))
        return stated_form(self.problem, dict(zip(committed, map(tuple, selection.on.tolist()), strict=True)))

    def operations(self, selection: Selection) -> tuple[SiteOperation, ...] | None:
        """How the plant is run in ``selection``, by name; None without batteries, where all of it follows from the jobs."""
        batteries = self.columns.plant.batteries
        if not len(batteries):
            return None
        jobs = {job.name: job for job in self.problem.jobs}
        pools = {pool.name: pool for pool in self.problem.pools}
        runs = [look_up(jobs, pools, item) for item in self.assignments(selection)]
        net_w = batteries.at_rest() if selection.net_w is None else selection.net_w
        by_site = {self.problem.sites[site].name: net_w[index].tolist() for index, site in enumerate(batteries.site.tolist())}
        committed = (hall.index for hall, _ in committed_halls(self.problem))
        stated = {} if selection.on is None else dict(zip(committed, map(tuple, selection.on.tolist()), strict=True))
        schedules = implied(self.problem, runs, stated)
        return best_operations(self.problem, usage(self.problem, runs, schedules), schedules, by_site)

    def selection(self, assignments: Iterable[Assignment]) -> Selection:
        """The columns and pieces of a plan by name; what is no admissible run is left out (a hint may be stale)."""
        jobs = {job.name: job for job in self.problem.jobs}
        pools = {pool.name: pool for pool in self.problem.pools}
        columns = self.columns
        window = np.full(columns.job_count, -1, np.int32)
        start = np.zeros(columns.job_count, np.int32)
        pieces: dict[int, tuple[Piece, ...]] = {}
        for item in assignments:
            job = jobs.get(item.job)
            if job is None or item.pool not in pools:
                continue
            if item.segments:
                if found := self._pieces_of(item, jobs, pools):
                    pieces[job.index] = found
                continue
            for w in range(int(columns.job_first[job.index]), int(columns.job_first[job.index + 1])):
                if (
                    columns.pool[w] == pools[item.pool].index
                    and job.modes[columns.mode[w]].name == item.mode
                    and columns.start_first[w] <= item.start_slot <= columns.start_last[w]
                    and comes_from(self.problem, columns, job, w, item.data_from)
                ):
                    window[job.index], start[job.index] = w, item.start_slot
                    break
        return Selection(window, start, pieces=pieces)

    def _in_pieces(self, job: ExactJob, pieces: tuple[Piece, ...]) -> Assignment:
        lanes = self.columns.lanes
        segments = tuple(
            Segment(
                mode=job.modes[lanes.mode[piece.lane]].name,
                pool=self.problem.pools[lanes.pool[piece.lane]].name,
                start_slot=int(piece.start),
                end_slot=int(piece.end),
            )
            for piece in pieces
        )
        first = segments[0]
        return Assignment(job=job.name, mode=first.mode, pool=first.pool, start_slot=first.start_slot, segments=segments)

    def _pieces_of(
        self, item: Assignment, jobs: Mapping[str, ExactJob], pools: Mapping[str, ExactPool]
    ) -> tuple[Piece, ...] | None:
        """The pieces of ``item`` where they are an itinerary in open slots, else None."""
        try:
            run = look_up(jobs, pools, item)
        except KeyError:
            return None
        if check_run(self.problem, run):
            return None
        lanes = self.columns.lanes
        f = int(np.searchsorted(lanes.job, run.job.index))
        if f == len(lanes) or lanes.job[f] != run.job.index:
            return None
        lane_of = {
            (run.job.modes[lanes.mode[n]].name, int(lanes.pool[n])): n
            for n in range(lanes.lane_first[f], lanes.lane_first[f + 1])
        }
        found = []
        for piece in run.pieces:
            lane = lane_of.get((piece.mode.name, piece.pool.index))
            if lane is None or not lanes.open_slots[lanes.open_row[lane], piece.start : piece.end].all():
                return None
            found.append(Piece(int(lane), piece.start, piece.end))
        return tuple(found)


#: More than any use, little enough to add up.
UNLIMITED = 2**50


def candidates(problem: ExactProblem, ignored: frozenset[LimitLabel] = frozenset(), give_way: GiveWay = never) -> Candidates:
    """All columns of ``problem``, as if the ``ignored`` limits did not exist.

    Memory grows with windows (job x mode x pool), not with starts.
    """
    return ColumnCutter(problem, ignored).candidates(problem, give_way)


class ColumnCutter:
    """Cuts the columns of any jobs on the fleet of ``problem``: a job whose like came before takes well under a millisecond."""

    def __init__(self, problem: ExactProblem, ignored: frozenset[LimitLabel] = frozenset()) -> None:
        slot_limits, horizon_limits = ledger.slot_limits(problem), ledger.horizon_limits(problem)
        own = np.array(list(slot_limits.values()), dtype=np.int64).reshape(len(slot_limits), problem.slot_count)
        own_budget = np.array(list(horizon_limits.values()), dtype=np.int64)
        labels = {label: row for row, label in enumerate(slot_limits)}
        self.own_capacity, self.own_budget_capacity = np.maximum(0, own), np.maximum(0, own_budget)
        capacity, budget_capacity = self.own_capacity.copy(), self.own_budget_capacity.copy()
        capacity[[label in ignored for label in slot_limits]] = UNLIMITED
        budget_capacity[[label in ignored for label in horizon_limits]] = UNLIMITED
        self._capacity = capacity.copy()
        for hall, rules in committed_halls(problem):
            # where jobs run in a hall, it is on
            if hall.it_power_w is not None:
                self._capacity[labels[LimitLabel(LimitKind.HALL_POWER, hall.name, "W")]] -= rules.standby_w
        np.maximum(0, self._capacity, out=self._capacity)
        self._problem, self._labels, self._row_of = problem, tuple(slot_limits), labels
        self._untied = replace(problem, jobs=(), groups=(), precedences=(), tier_of_job=())
        self._ignored = ignored
        self._budgets = Budgets.of(problem, tuple(horizon_limits), budget_capacity)
        self._templates = Templates(problem, labels, capacity, self._budgets)
        self._energy_prefix = prefix_sums([site.energy_rate for site in problem.sites], problem.slot_count)
        self._carbon_prefix = prefix_sums([site.carbon_rate for site in problem.sites], problem.slot_count)
        self._links = LinkTable.of(problem, labels)
        self._halls, self._plant = cut_halls(problem, labels, ignored), cut_plant(problem, self._labels, self._capacity)

    def candidates(self, problem: ExactProblem, give_way: GiveWay = never) -> Candidates:
        """All columns of ``problem``, which has this fleet; capacities are shared and stay as they are."""
        columns = self.columns(problem.jobs, give_way)
        give_way()
        return Candidates(problem, columns, self._ignored, self.own_capacity, self.own_budget_capacity)

    def columns(self, jobs: tuple[ExactJob, ...], give_way: GiveWay = never) -> Columns:
        """All columns of ``jobs``, whose indices count from 0; limits, capacities and meters are the fleet's."""
        return self._cut(self._problem if jobs is self._problem.jobs else replace(self._problem, jobs=jobs), give_way)

    def columns_alone(self, job: ExactJob) -> Columns:
        """As `columns`, of a job that is in no group and waits for nobody: nothing is looked up among the fleet's ties."""
        return self._cut(replace(self._untied, jobs=(job,)))

    def _cut(self, problem: ExactProblem, give_way: GiveWay = never) -> Columns:
        give_way()
        staging, checkpoints = Staging.of(problem, self._links, give_way), Checkpoints.of(problem, self._row_of)
        churn = Churn.of(problem, self._budgets.labels)
        give_way()
        rows = cut_windows(problem, self._templates, staging, give_way)
        if self._links.some_limited:
            rows = within_links(rows, self._templates, staging, self._capacity)
        give_way()
        if len(churn.budget):
            rows = rows.where(churn.fits(rows.job, rows.changed, self._budgets.capacity))
        rows = in_order(problem, within_budgets(self._budgets, self._templates, rows))
        give_way()
        lanes = cut_lanes(problem, self._templates, staging, checkpoints, churn)
        site = self._templates.sites(rows.row)
        leads = NO_LEADS
        if self._links.some_limited:
            leads = cut_leads(staging, checkpoints, rows.job, site, rows.way, lanes)
        give_way()
        return self._assembled(problem, rows, site, lanes, leads, churn, give_way)

    @property
    def site_of_pool(self) -> IntArray:
        """``[pools]``"""
        return self._templates.site_of_pool

    def data_from(self, columns: Columns, job: ExactJob, window: int) -> str:
        """Where a run of ``window``, one of ``columns`` of ``job``, takes its data from, as an `Assignment` says it."""
        return data_from(self._problem, columns, job, window)

    def _assembled(
        self,
        problem: ExactProblem,
        rows: WindowRows,
        site: IntArray,
        lanes: Lanes,
        leads: Leads,
        churn: Churn,
        give_way: GiveWay,
    ) -> Columns:
        budgets = self._budgets
        use_first, use_limit, use_amount = self._templates.uses.gathered(rows.row)
        give_way()
        budget_first, budget_index, budget_amount = churn.added(
            rows.job, rows.changed, *self._templates.budget_uses.gathered(rows.row)
        )
        give_way()
        power = np.array([mode.it_power_w for job in problem.jobs for mode in job.modes], dtype=np.int64)
        first_mode = np.array([*accumulate([len(job.modes) for job in problem.jobs], initial=0)], dtype=np.int64)
        give_way()
        return Columns(
            slot_count=problem.slot_count,
            mandatory=np.array([job.mandatory for job in problem.jobs], dtype=np.bool_),
            job_first=rows.job.searchsorted(np.arange(len(problem.jobs) + 1)),
            job=rows.job,
            mode=rows.mode,
            pool=as_array(self._templates.pool)[rows.row].astype(np.int32),
            site=site.astype(np.int32),
            start_first=rows.start_first,
            start_last=rows.start_last,
            duration=rows.duration,
            limits=self._labels,
            capacity=self._capacity,
            use_first=use_first,
            use_limit=use_limit,
            use_amount=use_amount,
            budgets=budgets.labels,
            budget_capacity=budgets.capacity,
            budget_prefix=budgets.prefix,
            budget_divisor=budgets.divisor,
            budget_use_first=budget_first,
            budget_use_index=budget_index,
            budget_use_amount=budget_amount,
            base=rows.base,
            power_w=power[first_mode[rows.job] + rows.mode] if len(power) else np.zeros(0, np.int64),
            energy_prefix=self._energy_prefix,
            carbon_prefix=self._carbon_prefix,
            due_slot=np.array([job.due for job in problem.jobs], dtype=np.int32),
            tardiness_cost=np.array([job.tardiness_micros_per_slot for job in problem.jobs], dtype=np.int64),
            lanes=lanes,
            leads=leads,
            halls=self._halls,
            plant=self._plant,
            floors=cut_floors(problem, rows.job, rows.mode, rows.duration, lanes),
            precedences=precedences(problem),
            together=together(problem),
            constant=-sum(running.stop_micros(job) for job in problem.jobs),
        )
