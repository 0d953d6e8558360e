"""Builds the columns of a problem: every admissible (job, mode, pool, start), nothing that breaks a limit alone.

What a run uses is asked of ``accounting`` once per *template* (a claimant's mode shape on each pool that may take it); windows
are then cut with numpy, so 100,000 jobs take seconds. Whoever encodes decodes: ``assignments`` and ``selection`` go back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer import accounting, running
from optimizer.churn import Churn
from optimizer.columns import BoolArray, Columns, IndexArray, IntArray, Selection
from optimizer.exact import ExactJob, ExactPool, ExactProblem
from optimizer.floor_cutter import cut_floors
from optimizer.hall_cutter import cut_halls
from optimizer.hall_schedules import committed_halls, stated_form
from optimizer.lane_cutter import cut_lanes
from optimizer.lanes import Lanes, Piece
from optimizer.limits import LimitKind, LimitLabel
from optimizer.order import order_windows
from optimizer.plant_cutter import cut_plant
from optimizer.running import Fate
from optimizer.runs import look_up
from optimizer.solution import Assignment, HallSchedule, Segment
from optimizer.templates import Budgets, Templates, as_array, meters, prefix_sums, runs
from optimizer.tied_jobs import precedences, together
from optimizer.transfers import Staging
from optimizer.verify import check_run


@dataclass(frozen=True, slots=True)
class Candidates:
    """The columns of ``problem`` and the way back to names.

    ``ignored`` limits were taken as unlimited when the columns were cut; ``own_capacity`` [L, T] and
    ``own_budget_capacity`` [B] hold what every limit really has.
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


def candidates(problem: ExactProblem, ignored: frozenset[LimitLabel] = frozenset()) -> Candidates:
    """All columns of ``problem``, as if the ``ignored`` limits did not exist.

    Memory grows with windows (job x mode x pool), not with starts.
    """
    cutter = ColumnCutter(problem, ignored)
    return Candidates(problem, cutter.columns(problem.jobs), ignored, cutter.own_capacity, cutter.own_budget_capacity)


class ColumnCutter:
    """Cuts the columns of any jobs on the fleet of ``problem``: a job whose like came before takes well under a millisecond."""

    def __init__(self, problem: ExactProblem, ignored: frozenset[LimitLabel] = frozenset()) -> None:
        slot_limits, horizon_limits = accounting.slot_limits(problem), accounting.horizon_limits(problem)
        own = np.array(list(slot_limits.values()), dtype=np.int64).reshape(len(slot_limits), problem.slot_count)
        own_budget = np.array(list(horizon_limits.values()), dtype=np.int64)
        labels = {label: row for row, label in enumerate(slot_limits)}
        for hall, rules in committed_halls(problem):
            # where jobs run in a hall, it is on
            if hall.it_power_w is not None:
                own[labels[LimitLabel(LimitKind.HALL_POWER, hall.name, "W")]] -= rules.standby_w
        self.own_capacity, self.own_budget_capacity = np.maximum(0, own), np.maximum(0, own_budget)
        self._capacity, budget_capacity = self.own_capacity.copy(), self.own_budget_capacity.copy()
        self._capacity[[label in ignored for label in slot_limits]] = UNLIMITED
        budget_capacity[[label in ignored for label in horizon_limits]] = UNLIMITED
        self._problem, self._labels = problem, tuple(slot_limits)
        self._budgets = Budgets(tuple(horizon_limits), budget_capacity, *meters(problem, tuple(horizon_limits)))
        self._templates = Templates(problem, labels, self._capacity, self._budgets)
        self._energy_prefix = prefix_sums([site.energy_rate for site in problem.sites], problem.slot_count)
        self._carbon_prefix = prefix_sums([site.carbon_rate for site in problem.sites], problem.slot_count)

    def columns(self, jobs: tuple[ExactJob, ...]) -> Columns:
        """All columns of ``jobs``, whose indices count from 0; limits, capacities and meters are the fleet's."""
        problem = self._problem if jobs is self._problem.jobs else replace(self._problem, jobs=jobs)
        staging, churn = Staging.of(problem), Churn.of(problem, self._budgets.labels)
        rows = _windows(problem, self._templates, staging)
        rows = rows.select(churn.fitting(rows.job, rows.changed, self._budgets.capacity))
        rows = _in_order(problem, _within_budgets(self._budgets, self._templates, rows))
        return self._assembled(problem, rows, cut_lanes(problem, self._templates, staging, churn), churn)

    def _assembled(self, problem: ExactProblem, rows: _WindowRows, lanes: Lanes, churn: Churn) -> Columns:
        budgets = self._budgets
        pool = as_array(self._templates.pool)[rows.row].astype(np.int32)
        use_first, use_limit, use_amount = self._templates.uses.gathered(rows.row)
        budget_first, budget_index, budget_amount = churn.added(
            rows.job, rows.changed, *self._templates.budget_uses.gathered(rows.row)
        )
        power = np.array([mode.it_power_w for job in problem.jobs for mode in job.modes], dtype=np.int64)
        first_mode = np.cumsum([0] + [len(job.modes) for job in problem.jobs])
        return Columns(
            slot_count=problem.slot_count,
            mandatory=np.array([job.mandatory for job in problem.jobs], dtype=np.bool_),
            job_first=np.searchsorted(rows.job, np.arange(len(problem.jobs) + 1)).astype(np.int64),
            job=rows.job,
            mode=rows.mode,
            pool=pool,
            site=_site_of_pool(problem)[pool].astype(np.int32),
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
            halls=cut_halls(problem, {label: row for row, label in enumerate(self._labels)}),
            plant=cut_plant(problem, self._labels, self._capacity),
            floors=cut_floors(problem, rows.job, rows.mode, rows.duration, lanes),
            precedences=precedences(problem),
            together=together(problem),
            constant=-sum(running.stop_micros(job) for job in problem.jobs),
        )


@dataclass(frozen=True, slots=True)
class _WindowRows:
    """One row a window, not yet in order; ``row`` points into the templates. ``changed``: it moves or resizes a running job."""

    job: IndexArray
    mode: IndexArray
    row: IndexArray
    start_first: IndexArray
    start_last: IndexArray
    duration: IndexArray
    base: IntArray
    changed: BoolArray

    def select(self, index: NDArray[np.int64]) -> _WindowRows:
        return _WindowRows(*(getattr(self, name)[index] for name in self.__slots__))


def _windows(problem: ExactProblem, templates: Templates, staging: Staging) -> _WindowRows:
    """Cuts each (job, mode)'s time window against the free runs of its template."""
    jobs = problem.jobs
    modes = [mode for job in jobs for mode in job.modes]
    template = np.array([t for job in jobs for t in templates.of_modes(job, job.modes)], dtype=np.int64)
    first_row = as_array(templates.first_row)
    counts = first_row[template + 1] - first_row[template] if len(modes) else np.zeros(0, np.int64)
    pair = np.repeat(np.arange(len(modes)), counts)
    row = np.arange(len(pair)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(first_row[template], counts)
    del first_row
    mode_count = np.array([len(job.modes) for job in jobs], dtype=np.int64)
    job = np.repeat(np.arange(len(jobs)), mode_count)[pair]
    mode = pair - (np.cumsum(mode_count) - mode_count)[job]

    def per_pair(values: list[int]) -> IntArray:
        return np.array(values, dtype=np.int64)[pair]

    def per_job(values: list[int]) -> IntArray:
        return np.array(values, dtype=np.int64)[job]

    duration = per_pair([mode.duration for mode in modes])
    base = per_pair([mode.value_micros - mode.cost_micros for mode in modes])
    base += per_job([running.stop_micros(job) - running.change_micros(job, Fate.MOVED) for job in jobs])
    movable = per_job([running.is_allowed(job, Fate.MOVED) for job in jobs])
    release = per_job([job.release for job in jobs])
    deadline = per_job([job.deadline for job in jobs])

    staging_slots, staging_cost = staging.slots, staging.cost
    site = _site_of_pool(problem)[as_array(templates.pool)[row]]
    data = per_job([staging.row(job) for job in jobs])
    release = np.maximum(release + staging_slots[data, site], as_array(templates.free_from)[row])
    until = np.minimum(deadline, as_array(templates.free_until)[row])
    rows = _WindowRows(
        job=job.astype(np.int32),
        mode=mode.astype(np.int32),
        row=row.astype(np.int32),
        start_first=release.astype(np.int32),
        start_last=(until - duration).astype(np.int32),
        duration=duration.astype(np.int32),
        base=base - staging_cost[data, site],
        changed=per_job([job.running is not None for job in jobs]).astype(np.bool_),
    )
    open_ = (rows.start_first <= rows.start_last) & (movable == 1) & (staging_slots[data, site] >= 0)
    in_place = _windows_in_place(problem, templates, rows)
    return _join(_without_starts(rows.select(np.flatnonzero(open_)), in_place), in_place, templates)


def _site_of_pool(problem: ExactProblem) -> IntArray:
    return np.array([pool.site for pool in problem.pools], dtype=np.int64)


def _windows_in_place(problem: ExactProblem, templates: Templates, rows: _WindowRows) -> _WindowRows:
    """One window of one start for every mode in which a running job may go on where it is."""
    in_place = []
    for job in problem.jobs:
        if job.running is None:
            continue
        for index, mode in enumerate(job.modes):
            found = Fate.KEPT if mode.name == job.running.mode else Fate.RESIZED
            if not running.is_allowed(job, found) or mode.duration > min(job.deadline, problem.slot_count):
                continue
            base = mode.value_micros - mode.cost_micros + running.stop_micros(job) - running.change_micros(job, found)
            shape = templates.of(job, mode)
            for row in range(templates.first_row[shape], templates.first_row[shape + 1]):
                pool = problem.pools[templates.pool[row]]
                if (
                    pool.name == job.running.pool
                    and templates.free_from[row] == 0
                    and templates.free_until[row] >= mode.duration
                ):
                    in_place.append((job.index, index, row, 0, 0, mode.duration, base, found is Fate.RESIZED))
    columns = np.array(in_place, dtype=np.int64).reshape(-1, len(rows.__slots__)).T
    return _WindowRows(
        *(column.astype(getattr(rows, name).dtype) for name, column in zip(rows.__slots__, columns, strict=True))
    )


def _without_starts(rows: _WindowRows, in_place: _WindowRows) -> _WindowRows:
    """Start 0 in place has a window of its own, so the general window begins a slot later."""
    apart = set(zip(in_place.job.tolist(), in_place.mode.tolist(), in_place.row.tolist(), strict=True))
    if not apart:
        return rows
    first = rows.start_first.copy()
    for index in np.flatnonzero((first == 0) & np.isin(rows.job, in_place.job)):
        if (int(rows.job[index]), int(rows.mode[index]), int(rows.row[index])) in apart:
            first[index] = 1
    rows = replace(rows, start_first=first)
    return rows.select(np.flatnonzero(rows.start_first <= rows.start_last))


def _join(rows: _WindowRows, in_place: _WindowRows, templates: Templates) -> _WindowRows:
    both = _WindowRows(*(np.concatenate([getattr(rows, n), getattr(in_place, n)]) for n in rows.__slots__))
    pool = as_array(templates.pool)[both.row]
    return both.select(np.lexsort((both.start_first, pool, both.mode, both.job)))


def _within_budgets(budgets: Budgets, templates: Templates, rows: _WindowRows) -> _WindowRows:
    """Cuts away the starts that alone use more than a budget over the horizon."""
    if not templates.budget_uses:
        return rows
    prefix, divisor, capacity = budgets.prefix, budgets.divisor, budgets.capacity
    pieces: list[tuple[int, int, int]] = []
    for w in range(len(rows.row)):
        first, last, length = int(rows.start_first[w]), int(rows.start_last[w]), int(rows.duration[w])
        starts = np.arange(first, last + 1)
        fits = np.ones(len(starts), dtype=bool)
        for budget, amount in templates.budget_uses.pairs(int(rows.row[w])):
            if divisor[budget]:
                metered = amount * (prefix[budget, starts + length] - prefix[budget, starts])
                fits &= -(-metered // divisor[budget]) <= capacity[budget]
            elif amount > capacity[budget]:
                fits[:] = False
        pieces += [(w, first + begin, first + end - 1) for begin, end in runs(fits)]
    index, start_first, start_last = np.array(pieces, dtype=np.int64).reshape(-1, 3).T
    return replace(rows.select(index), start_first=start_first.astype(np.int32), start_last=start_last.astype(np.int32))


def _in_order(problem: ExactProblem, rows: _WindowRows) -> _WindowRows:
    """Cuts away the starts that come too early for what goes before, or too late for what must follow."""
    windows = order_windows(problem)
    if not windows:
        return rows
    first = np.zeros(len(problem.jobs), dtype=np.int32)
    last = np.full(len(problem.jobs), problem.slot_count, dtype=np.int32)
    for job in problem.jobs:
        if (window := windows.get(job.name)) is not None:
            first[job.index], last[job.index] = window.first_start, window.last_end
    cut = replace(
        rows,
        start_first=np.maximum(rows.start_first, first[rows.job]),
        start_last=np.minimum(rows.start_last, last[rows.job] - rows.duration),
    )
    return cut.select(np.flatnonzero(cut.start_first <= cut.start_last))
