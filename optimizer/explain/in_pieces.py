"""What may be said of a job that pauses or changes: the most that pieces could add, and what one piece would be worth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.accounting.runs import Run
from optimizer.columns.candidates import Candidates
from optimizer.columns.itineraries import row_of, slot_costs
from optimizer.columns.table import Columns
from optimizer.explain.misses import Residual


def may_run_in_pieces(columns: Columns, job: int) -> bool:
    return row_of(columns.lanes, job) is not None


def most_in_pieces(columns: Columns, job: int) -> int | None:
    """No run in pieces of ``job`` is worth more, micro-units; None where its open slots do not hold its work.

    Its work in the cheapest open slots of any of its pools, without pauses, changes, lateness or a least run; slots with a
    negative cost are taken on top, as an overhead may lie in them.
    """
    lanes = columns.lanes
    row = row_of(lanes, job)
    if row is None:
        return None
    own = range(int(lanes.lane_first[row]), int(lanes.lane_first[row + 1]))
    work = int(lanes.work[row])
    modes = (
        [list(own)]
        if work
        else [[n for n in own if lanes.mode[n] == mode] for mode in sorted({int(lanes.mode[n]) for n in own})]
    )
    found = [_most_on(columns, group, work) for group in modes]
    return max((worth for worth in found if worth is not None), default=None)


def _most_on(columns: Columns, own: list[int], work: int) -> int | None:
    """``own``: the lanes the run may use. With ``work``, every slot does the most that any of them does."""
    lanes = columns.lanes
    needed = -(-work // max(int(lanes.rate[n]) for n in own)) if work else int(lanes.duration[own[0]])
    least = np.full(columns.slot_count, np.iinfo(np.int64).max)
    for lane in own:
        open_slots = lanes.open_slots[lanes.open_row[lane]].copy()
        open_slots[int(lanes.end_slot[lane]) :] = False
        least = np.where(open_slots, np.minimum(least, slot_costs(columns, lane)), least)
    costs = np.sort(least[least < np.iinfo(np.int64).max])
    if len(costs) < needed:
        return None
    cost = int(costs[:needed].sum()) + int(np.minimum(0, costs[needed:]).sum())
    return max(max(int(lanes.base[n]), int(lanes.base_at_zero[n])) for n in own) - cost


def best_in_one_piece(found: Candidates, runs: Sequence[Run], job: int) -> int | None:
    """The most that ``job`` is worth in one piece beside the other ``runs`` as they are, micro-units; None where none fits.

    Limits and budgets are looked at, order and groups are not.
    """
    columns = found.columns
    beside = Residual(found.problem, [run for run in runs if run.job.index != job])
    by_row = np.array([beside.by_slot[label] for label in columns.limits]).reshape(columns.capacity.shape)
    best: int | None = None
    for window in range(int(columns.job_first[job]), int(columns.job_first[job + 1])):
        length = int(columns.duration[window])
        limits, amounts = columns.uses(window)
        free = np.ones(columns.slot_count, dtype=np.int64)
        for limit, amount in zip(limits, amounts, strict=True):
            free &= beside.by_slot[columns.limits[limit]] >= amount
        free_until = np.concatenate(([0], np.cumsum(free)))
        for start, worth in enumerate(columns.worth(window).tolist(), start=int(columns.start_first[window])):
            fits = (
                columns.leads.fit(by_row, window, start)
                and free_until[start + length] - free_until[start] == length
                and all(
                    use <= beside.over_horizon[columns.budgets[budget]] for budget, use in columns.budget_uses(window, start)
                )
            )
            if fits and (best is None or worth > best):
                best = worth
    return best
