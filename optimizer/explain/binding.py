"""Which limits keep work out, and when: a limit binds in a slot where some left-out job would break it and it alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from optimizer.accounting.operation import with_batteries
from optimizer.accounting.usage import usage
from optimizer.columns.candidates import Candidates
from optimizer.columns.table import Columns, IntArray
from optimizer.explain.held_back import held_back
from optimizer.explain.reasons import runs_of
from optimizer.interrupt import GiveWay, never, paced
from optimizer.limits import LimitKind, LimitLabel
from optimizer.solution import BindingLimit, HallSchedule, Placement, SiteOperation
from optimizer.verify.halls import check_halls

#: Left-out windows looked at, the most valuable first.
WINDOW_COUNT = 5_000


def binding_limits(
    found: Candidates,
    placements: Sequence[Placement],
    operations: Sequence[SiteOperation] = (),
    halls: Sequence[HallSchedule] = (),
    give_way: GiveWay = never,
) -> tuple[BindingLimit, ...]:
    """Limits whose head-room is less than what a left-out job needs in a slot where it could run, most blocked first.

    So do churn budgets bind that hold running jobs back; they have no slots. Batteries are run as in ``operations``,
    and ``halls`` are on as they say, others as the runs imply.
    """
    problem, columns = found.problem, found.columns
    give_way()
    runs = runs_of(problem, placements)
    give_way()
    used = with_batteries(problem, usage(problem, runs, check_halls(problem, halls, runs)[0]), operations)
    labels = columns.limits
    # the columns' capacity of a hall lacks its standby already
    of_runs = usage(problem, runs, {}).slot_used if len(columns.halls) else used.slot_used
    taken = [(of_runs if label.kind is LimitKind.HALL_POWER else used.slot_used)[label] for label in labels]
    free = columns.capacity - np.array(taken, dtype=np.int64).reshape(columns.capacity.shape)
    give_way()
    placed = {placement.job for placement in placements}
    absent = np.array([job.name not in placed for job in problem.jobs], dtype=np.bool_)
    waiting = np.flatnonzero(absent[columns.job])
    dearest = waiting[np.argsort(-columns.base[waiting], kind="stable")][:WINDOW_COUNT]
    blocked_slots: dict[LimitLabel, set[int]] = defaultdict(set)
    blocked_jobs: dict[LimitLabel, set[int]] = defaultdict(set)
    for window in paced(dearest.tolist(), give_way):
        if columns.base[window] <= 0 and not columns.mandatory[columns.job[window]]:
            continue
        for row, slots in _sole_obstacles(found, free, window):
            blocked_slots[labels[row]].update(slots)
            blocked_jobs[labels[row]].add(int(columns.job[window]))
    blocked_jobs |= held_back(found, placements, free, used)
    return tuple(
        BindingLimit(
            kind=label.kind.value,
            element=label.element,
            unit=label.unit,
            slots=tuple(sorted(blocked_slots[label])),
            blocked_job_count=len(jobs),
        )
        for label, jobs in sorted(blocked_jobs.items(), key=lambda item: (-len(item[1]), item[0].element))
    )


def _sole_obstacles(found: Candidates, free: IntArray, window: int) -> list[tuple[int, list[int]]]:
    """(limit, slots) where this limit and no other has too little for the window, or a link for what comes before it."""
    columns = found.columns
    lead = columns.leads.of_window(window)
    if lead is not None:
        slots = range(int(columns.start_first[window]) - lead.slots, int(columns.start_last[window]))
        full = [slot for slot in slots if free[lead.limit, slot] < lead.amount]
        return [*_in_runs(columns, free, window), *([(lead.limit, full)] if full else [])]
    return _in_runs(columns, free, window)


def _in_runs(columns: Columns, free: IntArray, window: int) -> list[tuple[int, list[int]]]:
    rows, amounts = columns.uses(window)
    begin, end = int(columns.start_first[window]), int(columns.start_last[window] + columns.duration[window])
    lacking = amounts[:, None] > free[rows, begin:end]
    alone = lacking & (lacking.sum(axis=0) == 1)
    return [(int(rows[k]), (np.flatnonzero(alone[k]) + begin).tolist()) for k in np.flatnonzero(alone.any(axis=1))]
