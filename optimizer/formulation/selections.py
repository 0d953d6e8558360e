"""Selections in Python integers: what one is worth, whether it keeps every rule, and where it stands in a program."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.columns.hall_plans import cheapest_schedules, hall_cost, keeps_halls, required_slots, with_standby
from optimizer.columns.itineraries import is_itinerary, itinerary_use, itinerary_worth
from optimizer.columns.plant import Plant
from optimizer.columns.table import BoolArray, Columns, IntArray, Selection
from optimizer.formulation.hall_rows import HallVariable
from optimizer.formulation.milp import HALL_WINDOW, Milp
from optimizer.formulation.plant_rows import PlantRows
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
            if columns.mandatory[job] and job not in selection.pieces:
                return None
            continue
        first, last = int(columns.start_first[window]), int(columns.start_last[window])
        if columns.job[window] != job or not first <= start <= last:
            return None
        objective += int(columns.worth(window)[start - first])
        limits, amounts = columns.uses(window)
        used[limits, start : start + int(columns.duration[window])] += amounts[:, None]
        if (lead := columns.leads.of_window(window)) is not None:
            used[lead.limit, start - lead.slots : start] += lead.amount
        for budget, use in columns.budget_uses(window, start):
            spent[budget] += use
    for job, pieces in selection.pieces.items():
        if selection.window[job] >= 0 or not is_itinerary(columns, job, pieces):
            return None
        objective += itinerary_worth(columns, job, pieces)
        taken = itinerary_use(columns, pieces)
        used[taken.limit, taken.slot] += taken.amount
        for budget, use in taken.budgets:
            spent[budget] += use
    plant = columns.plant
    if len(columns.halls):
        required = required_slots(columns, selection)
        on = cheapest_schedules(columns, required, used) if selection.on is None else selection.on
        if on is None or not keeps_halls(columns, on, required, used):
            return None
        objective -= hall_cost(columns, on)
        used, plant = with_standby(columns, used, on), plant.under(on)
    within = bool((used <= columns.capacity).all()) and all(
        use <= capacity for use, capacity in zip(spent, columns.budget_capacity.tolist())
    )
    if not within or not keeps_ties(columns, selection):
        return None
    if not plant.keeps_batteries(columns.capacity - used, selection.net_w):
        return None
    in_pieces = chain.from_iterable(selection.pieces.values())
    objective += plant.micros(columns.capacity - used, selection.net_w)
    return objective - columns.floors.shortfall_micros(selection.window[selection.window >= 0], in_pieces)


def used_by(columns: Columns, selection: Selection) -> IntArray:
    """What the runs of a selection use of each slot limit; shape ``[L, T]``."""
    used = np.zeros((len(columns.limits), columns.slot_count), dtype=np.int64)
    for window, start in zip(selection.window.tolist(), selection.start.tolist()):
        if window >= 0:
            limits, amounts = columns.uses(window)
            used[limits, start : start + int(columns.duration[window])] += amounts[:, None]
    for pieces in selection.pieces.values():
        taken = itinerary_use(columns, pieces)
        np.add.at(used, (taken.limit, taken.slot), taken.amount)
    return used


class Beside(NamedTuple):
    """Beside the runs and halls of a selection: what is ``free[L, T]`` of each slot limit, and the plant that may run."""

    free: IntArray
    plant: Plant


def beside(columns: Columns, selection: Selection) -> Beside:
    """What ``selection`` leaves to the plant; where the schedules that it leaves open do not fit, as if halls were off."""
    used, on = used_by(columns, selection), standing(columns, selection)
    if on is not None:
        used = with_standby(columns, used, on)
    return Beside(columns.capacity - used, columns.plant.under(on))


def plant_beside(columns: Columns, plant: PlantRows, selection: Selection) -> IntArray:
    """Each variable of ``plant`` as pays best beside a selection; shape ``[V]``."""
    if not plant.count:
        return np.zeros(0, dtype=np.int64)
    left = beside(columns, selection)
    return plant.amounts(left.plant, left.free, selection.net_w)


def with_batteries(columns: Columns, selection: Selection, wanted_w: NDArray[np.float64]) -> Selection:
    """``selection`` with batteries in whole watts as near to ``wanted_w[B, T]`` as its jobs let them; else at rest."""
    if not len(columns.plant.batteries):
        return selection
    left = beside(columns, selection)
    return replace(selection, net_w=left.plant.batteries.whole(left.free, left.plant.sinks_w(), wanted_w))


def selection_at(columns: Columns, milp: Milp, at: IntArray) -> Selection | None:
    """The selection that takes the columns ``at`` of ``milp``; None where two are of one job."""
    if len(np.unique(milp.job[at])) < len(at):
        return None
    whole, pieced, switched = (at[milp.window[at] >= 0], at[milp.window[at] == -1], at[milp.window[at] == HALL_WINDOW])
    chosen = selection_of(columns, milp.window[whole], milp.start[whole])
    pieces = {int(milp.job[c]): milp.itineraries.pieces[milp.start[c]] for c in pieced.tolist()}
    on = np.isin(milp.halls.at(HallVariable.ON), switched) if milp.hall_column_count else None
    return replace(chosen, pieces=pieces, on=on)


def positions(columns: Columns, milp: Milp, selection: Selection) -> IntArray:
    """Indices of the columns a selection takes, ascending; those the program does not have are left out."""
    found = _run_positions(milp, selection)
    if not milp.hall_column_count:
        return found
    on = standing(columns, selection)
    return found if on is None else np.concatenate([found, milp.halls.taken(columns, on)])


def standing(columns: Columns, selection: Selection) -> BoolArray | None:
    """``[K, T]``: when halls are on in ``selection``; None where the schedules that it leaves open do not fit, and without
    halls that may be switched off.
    """
    if not len(columns.halls):
        return None
    if selection.on is not None:
        return selection.on
    return cheapest_schedules(columns, required_slots(columns, selection), used_by(columns, selection))


def _run_positions(milp: Milp, selection: Selection) -> IntArray:
    jobs = np.flatnonzero(selection.window >= 0)
    whole, pieced_end = milp.window_column_count, milp.column_count - milp.hall_column_count
    key = milp.window[:whole] * _STRIDE + milp.start[:whole]
    wanted = np.sort(selection.window[jobs].astype(np.int64) * _STRIDE + selection.start[jobs])
    at = np.searchsorted(key, wanted)
    at_most = np.minimum(at, max(0, whole - 1))
    found: IntArray = at[(at < whole) & (key[at_most] == wanted)] if whole else at[:0]
    if not selection.pieces:
        return found
    pieced = [
        column
        for column in range(whole, pieced_end)
        if selection.pieces.get(int(milp.job[column])) == milp.itineraries.pieces[milp.start[column]]
    ]
    return np.concatenate([found, np.array(pieced, dtype=np.int64)])
