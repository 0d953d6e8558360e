"""Running jobs that a churn budget alone holds back: another place is worth more to the plan, and there is room for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.accounting.usage import Usage
from optimizer.columns.candidates import Candidates
from optimizer.columns.table import IntArray
from optimizer.limits import CHURN_KINDS, LimitLabel
from optimizer.solution import Placement


def held_back(found: Candidates, placements: Sequence[Placement], free: IntArray, used: Usage) -> dict[LimitLabel, set[int]]:
    """By churn budget, the indices of jobs it holds back; ``free[L, T]`` and ``used`` are what the plan leaves and takes.

    A job is one that the plan keeps or stops. Jobs are looked at one by one: not all of them need have room together.
    """
    columns = found.columns
    left = {
        row: capacity - used.horizon_used[label]
        for row, (label, capacity) in enumerate(zip(columns.budgets, found.own_budget_capacity.tolist(), strict=True))
    }
    churn = {row for row, label in enumerate(columns.budgets) if label.kind in CHURN_KINDS}
    blocked: dict[LimitLabel, set[int]] = {}
    if not churn:
        return blocked
    plan = found.selection([placement.assignment for placement in placements])
    for job in found.problem.jobs:
        own, start = int(plan.window[job.index]), int(plan.start[job.index])
        if job.running is None or job.index in plan.pieces or (own >= 0 and churn & set(_budgets(found, own, start))):
            continue
        worth = int(columns.worth(own)[start - columns.start_first[own]]) if own >= 0 else 0
        room = _room(found, free, own, start)
        for window in range(int(columns.job_first[job.index]), int(columns.job_first[job.index + 1])):
            better = np.flatnonzero(columns.worth(window) > worth) + int(columns.start_first[window])
            fitting = [s for s in better.tolist() if _fits(found, room, window, s)]
            lacking = [{b for b, use in _budgets(found, window, s).items() if use > left[b]} for s in fitting]
            for rows in lacking:
                if rows and rows <= churn:
                    for row in rows:
                        blocked.setdefault(columns.budgets[row], set()).add(job.index)
    return blocked


def _budgets(found: Candidates, window: int, start: int) -> dict[int, int]:
    return dict(found.columns.budget_uses(window, start))


def _room(found: Candidates, free: IntArray, window: int, start: int) -> IntArray:
    """``free`` with what the job itself takes; its meters are left as they are, which finds too few rather than too many."""
    if window < 0:
        return free
    columns, room = found.columns, free.copy()
    rows, amounts = columns.uses(window)
    room[rows, start : start + int(columns.duration[window])] += amounts[:, None]
    if (lead := columns.leads.of_window(window)) is not None:
        room[lead.limit, start - lead.slots : start] += lead.amount
    return room


def _fits(found: Candidates, room: IntArray, window: int, start: int) -> bool:
    rows, amounts = found.columns.uses(window)
    return found.columns.leads.fit(room, window, start) and bool(
        (amounts[:, None] <= room[rows, start : start + int(found.columns.duration[window])]).all()
    )
