"""Selections in Python integers: what one is worth, whether it keeps every rule, and where it stands in a program."""

from __future__ import annotations

from itertools import chain

import numpy as np

from optimizer.columns import Columns, IntArray, Selection
from optimizer.formulation.milp import Milp
from optimizer.formulation.ties import keeps_ties

#: Above any slot index.
_STRIDE = 1 << 31


def empty_selection(columns: Columns) -> Selection:
    """Every job left out."""
    nothing = np.full(columns.job_count, -1, dtype=np.int32)
    return Selection(window=nothing, start=nothing.copy())


def selection_of(columns: Columns, window: IntArray, start: IntArray) -> Selection:
    """The selection that takes column ``(window[i], start[i])`` for each ``i``; at most one a job."""
    selection = empty_selection(columns)
    jobs = columns.job[window]
    selection.window[jobs] = window
    selection.start[jobs] = start
    return selection


def value_of(columns: Columns, selection: Selection) -> int | None:
    """The objective in micro-units, or None where the selection breaks a rule. Exact integers throughout."""
    objective = 0
    used = np.zeros((len(columns.limits), columns.slot_count), dtype=np.int64)
    spent = [0] * len(columns.budgets)
    for job, (window, start) in enumerate(zip(selection.window.tolist(), selection.start.tolist())):
        if window < 0:
            if columns.mandatory[job]:
                return None
            continue
        first, last = int(columns.start_first[window]), int(columns.start_last[window])
        if columns.job[window] != job or not first <= start <= last:
            return None
        objective += int(columns.worth(window)[start - first])
        limits, amounts = columns.uses(window)
        used[limits, start : start + int(columns.duration[window])] += amounts[:, None]
        for budget, use in columns.budget_uses(window, start):
            spent[budget] += use
    within = bool((used <= columns.capacity).all()) and all(
        use <= capacity for use, capacity in zip(spent, columns.budget_capacity.tolist())
    )
    if not within or not keeps_ties(columns, selection):
        return None
    pieces = chain.from_iterable(selection.pieces.values())
    return objective - columns.floors.shortfall_micros(selection.window[selection.window >= 0], pieces)


def positions(milp: Milp, selection: Selection) -> IntArray:
    """Indices of the columns a selection takes; those the program does not have are left out."""
    jobs = np.flatnonzero(selection.window >= 0)
    key = milp.window * _STRIDE + milp.start
    wanted = np.sort(selection.window[jobs].astype(np.int64) * _STRIDE + selection.start[jobs])
    at = np.searchsorted(key, wanted)
    at_most = np.minimum(at, max(0, milp.column_count - 1))
    found: IntArray = at[(at < milp.column_count) & (key[at_most] == wanted)] if milp.column_count else at[:0]
    return found
