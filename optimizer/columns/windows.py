"""Cuts the windows of jobs: each (job, mode, pool, way of the data) with the starts that break nothing alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.accounting import running
from optimizer.accounting.order import order_windows
from optimizer.accounting.running import Fate
from optimizer.arrays import BoolArray, IndexArray, IntArray
from optimizer.columns.lead_cutter import spans_within_links
from optimizer.columns.templates import Budgets, Templates, as_array, runs
from optimizer.columns.transfers import Staging
from optimizer.exact.problem import ExactJob, ExactProblem
from optimizer.interrupt import GiveWay, never, paced


@dataclass(frozen=True, slots=True)
class WindowRows:
    """One row a window, not yet in order; ``row`` points into the templates. ``changed``: it moves or resizes a running job;
    ``way``: of its job's data, -1 where it goes on in place.
    """

    job: IndexArray
    mode: IndexArray
    row: IndexArray
    start_first: IndexArray
    start_last: IndexArray
    duration: IndexArray
    base: IntArray
    changed: BoolArray
    way: IndexArray

    def select(self, index: NDArray[np.int64]) -> WindowRows:
        return WindowRows(*[getattr(self, name)[index] for name in self.__slots__])

    def where(self, keep: BoolArray) -> WindowRows:
        index = keep.nonzero()[0]
        return self if len(index) == len(keep) else self.select(index)


def cut_windows(problem: ExactProblem, templates: Templates, staging: Staging, give_way: GiveWay = never) -> WindowRows:
    """Cuts each (job, mode)'s time window against the free runs of its template."""
    jobs = problem.jobs
    modes = [mode for job in jobs for mode in job.modes]
    template = np.array([t for job in paced(jobs, give_way) for t in templates.of_modes(job, job.modes)], dtype=np.int64)
    first_row = as_array(templates.first_row)
    first = first_row[template]
    counts = first_row[template + 1] - first
    del first_row
    pair = np.arange(len(modes)).repeat(counts)
    row = np.arange(len(pair)) + (first - counts.cumsum() + counts)[pair]
    mode_count = np.array([len(job.modes) for job in jobs], dtype=np.int64)
    job = np.arange(len(jobs)).repeat(mode_count)[pair]
    mode = pair - (mode_count.cumsum() - mode_count)[job]

    def per_pair(values: list[int]) -> IntArray:
        give_way()
        return np.array(values, dtype=np.int64)[pair]

    def per_job(values: list[int]) -> IntArray:
        give_way()
        return np.array(values, dtype=np.int64)[job]

    duration = per_pair([mode.duration for mode in modes])
    base = per_pair([mode.value_micros - mode.cost_micros for mode in modes])
    runs_already = [job.running is not None for job in jobs]
    some_run = any(runs_already)
    changed = np.array(runs_already, dtype=np.bool_)[job]
    if some_run:
        base += per_job([0 if job.running is None else _moved_micros(job) for job in jobs])
        movable = per_job([job.running is None or running.is_allowed(job, Fate.MOVED) for job in jobs]) == 1
    release = per_job([job.release for job in jobs])
    deadline = per_job([job.deadline for job in jobs])

    site = templates.sites(row)
    data = staging.row_of_job[job]
    free_from, until = as_array(templates.free_from)[row], np.minimum(deadline, as_array(templates.free_until)[row])

    def by_way(way: int) -> WindowRows:
        give_way()
        slots = staging.slots[data, site, way]
        rows = WindowRows(
            job=job.astype(np.int32),
            mode=mode.astype(np.int32),
            row=row.astype(np.int32),
            start_first=np.maximum(release + slots, free_from).astype(np.int32),
            start_last=(until - duration).astype(np.int32),
            duration=duration.astype(np.int32),
            base=base - staging.cost[data, site, way],
            changed=changed,
            way=np.full(len(job), way, dtype=np.int32),
        )
        keep = (rows.start_first <= rows.start_last) & (slots >= 0)
        return rows.where(keep & movable if some_run else keep)

    by_ways = [by_way(way) for way in range(staging.way_count)]
    give_way()
    in_place = _windows_in_place(problem, templates, by_ways[0]) if some_run else None
    if in_place is None and len(by_ways) == 1:
        # by job, mode, pool and start, as templates are
        return by_ways[0]
    rows = _stacked(by_ways)
    give_way()
    return _in_order(rows if in_place is None else _stacked([_without_starts(rows, in_place), in_place]), templates)


def _moved_micros(job: ExactJob) -> int:
    """What a running job is worth more, moved, than a job that does not run: it is not stopped, and pays for the move."""
    return running.stop_micros(job) - running.change_micros(job, Fate.MOVED)


def _windows_in_place(problem: ExactProblem, templates: Templates, rows: WindowRows) -> WindowRows | None:
    """One window of one start for every mode in which a running job may go on where it is, in the types of ``rows``; None
    without any.
    """
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
                    in_place.append((job.index, index, row, 0, 0, mode.duration, base, found is Fate.RESIZED, -1))
    if not in_place:
        return None
    columns = np.array(in_place, dtype=np.int64).reshape(-1, len(rows.__slots__)).T
    return WindowRows(*(column.astype(getattr(rows, name).dtype) for name, column in zip(rows.__slots__, columns, strict=True)))


def _without_starts(rows: WindowRows, in_place: WindowRows) -> WindowRows:
    """Start 0 in place has a window of its own, so the general window begins a slot later."""
    apart = set(zip(in_place.job.tolist(), in_place.mode.tolist(), in_place.row.tolist(), strict=True))
    first = rows.start_first.copy()
    for index in np.flatnonzero((first == 0) & np.isin(rows.job, in_place.job)):
        if (int(rows.job[index]), int(rows.mode[index]), int(rows.row[index])) in apart:
            first[index] = 1
    rows = replace(rows, start_first=first)
    return rows.where(rows.start_first <= rows.start_last)


def _in_order(rows: WindowRows, templates: Templates) -> WindowRows:
    pool = as_array(templates.pool)[rows.row]
    return rows.select(np.lexsort((rows.way, rows.start_first, pool, rows.mode, rows.job)))


def _stacked(parts: list[WindowRows]) -> WindowRows:
    parts = [part for part in parts if len(part.job)] or parts[:1]
    if len(parts) == 1:
        return parts[0]
    return WindowRows(*(np.concatenate([getattr(part, name) for part in parts]) for name in WindowRows.__slots__))


def within_links(rows: WindowRows, templates: Templates, staging: Staging, capacity: IntArray) -> WindowRows:
    """Cuts away the starts before which a link alone does not carry the transfer."""
    data = staging.row_of_job[rows.job]
    at = data, templates.sites(rows.row), np.maximum(rows.way, 0)
    limit = np.where(rows.way >= 0, staging.limit[at], -1)
    spans = spans_within_links(limit, staging.slots[at], staging.rate[at], rows.start_first, rows.start_last, capacity)
    return rows if spans is None else _cut(rows, spans)


def _cut(rows: WindowRows, spans: list[tuple[int, int, int]]) -> WindowRows:
    """The windows with the (index, first start, last start) of ``spans``."""
    index, start_first, start_last = np.array(spans, dtype=np.int64).reshape(-1, 3).T
    return replace(rows.select(index), start_first=start_first.astype(np.int32), start_last=start_last.astype(np.int32))


def within_budgets(budgets: Budgets, templates: Templates, rows: WindowRows) -> WindowRows:
    """Cuts away the starts that alone use more than a budget over the horizon."""
    if not templates.budget_uses:
        return rows
    prefix, divisor, capacity = budgets.prefix, budgets.divisor, budgets.capacity
    tight = _may_exceed(budgets, templates, rows)
    if not tight.any():
        return rows
    pieces: list[tuple[int, int, int]] = []
    for w in range(len(rows.row)):
        first, last, length = int(rows.start_first[w]), int(rows.start_last[w]), int(rows.duration[w])
        if not tight[w]:
            pieces.append((w, first, last))
            continue
        starts = np.arange(first, last + 1)
        fits = np.ones(len(starts), dtype=bool)
        for budget, amount in templates.budget_uses.pairs(int(rows.row[w])):
            if divisor[budget]:
                metered = amount * (prefix[budget, starts + length] - prefix[budget, starts])
                fits &= -(-metered // divisor[budget]) <= capacity[budget]
            elif amount > capacity[budget]:
                fits[:] = False
        pieces += [(w, first + begin, first + end - 1) for begin, end in runs(fits)]
    return _cut(rows, pieces)


def _may_exceed(budgets: Budgets, templates: Templates, rows: WindowRows) -> BoolArray:
    """Whether a run of each window in the dearest slots of the horizon could use more than a budget; ``[W]``."""
    first, budget, amount = templates.budget_uses.gathered(rows.row)
    window = np.arange(len(rows.row)).repeat(np.diff(first))
    a_unit = np.minimum(budgets.total[budget], budgets.peak[budget] * rows.duration[window])
    return np.bincount(window, amount * a_unit > budgets.room[budget], len(rows.row)) > 0


def in_order(problem: ExactProblem, rows: WindowRows) -> WindowRows:
    """Cuts away the starts that come too early for what goes before, or too late for what must follow."""
    windows = order_windows(problem)
    if not windows:
        return rows
    first = np.zeros(len(problem.jobs), dtype=np.int32)
    last = np.full(len(problem.jobs), problem.slot_count, dtype=np.int32)
    for job in problem.jobs:
        if (window := windows.get(job.name)) is not None:
            first[job.index] = min(window.first_start, problem.slot_count)
            last[job.index] = max(window.last_end, 0)
    cut = replace(
        rows,
        start_first=np.maximum(rows.start_first, first[rows.job]),
        start_last=np.minimum(rows.start_last, last[rows.job] - rows.duration),
    )
    return cut.where(cut.start_first <= cut.start_last)
