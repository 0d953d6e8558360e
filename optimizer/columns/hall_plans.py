"""When halls are on in a selection: the slots its runs need, the cheapest schedule that covers them, and what one costs."""

from __future__ import annotations

from itertools import chain

import numpy as np

from optimizer.accounting.switching import best_schedule, switching_micros, too_short
from optimizer.columns.table import BoolArray, Columns, IntArray, Selection


def required_slots(columns: Columns, selection: Selection) -> BoolArray:
    """``[K, T]``: whether something runs in the hall in the slot."""
    halls, lanes = columns.halls, columns.lanes
    required = np.zeros((len(halls), columns.slot_count), dtype=np.bool_)
    taken = np.flatnonzero(selection.window >= 0)
    for window, start in zip(selection.window[taken].tolist(), selection.start[taken].tolist()):
        hall = halls.hall_of_pool[columns.pool[window]]
        if hall >= 0:
            required[hall, start : start + int(columns.duration[window])] = True
    for piece in chain.from_iterable(selection.pieces.values()):
        hall = halls.hall_of_pool[lanes.pool[piece.lane]]
        if hall >= 0:
            required[hall, piece.start : piece.end] = True
    return required


def cheapest_schedules(columns: Columns, required: BoolArray, used: IntArray) -> BoolArray | None:
    """``[K, T]``: the cheapest schedules, hall by hall in order, beside the runs' use ``used[L, T]``; None where none fits.

    Batteries rest, and what else a site runs gives way.
    """
    halls, batteries = columns.halls, columns.plant.batteries
    left = batteries.taken_from(columns.capacity - used, batteries.at_rest())
    standby = halls.standby_w
    for hall, grid in enumerate(halls.grid_limit.tolist()):
        if grid >= 0:
            left[grid] -= standby[hall] * required[hall]
    on = np.zeros_like(required)
    for hall, (rules, grid) in enumerate(zip(halls.rules, halls.grid_limit.tolist(), strict=True)):
        forbidden = ~halls.carries[hall]
        if grid >= 0:
            forbidden = forbidden | (left[grid] < standby[hall])
        forbidden &= ~required[hall]
        schedule = best_schedule(rules, (-halls.on_cost[hall]).tolist(), required[hall].tolist(), forbidden.tolist())
        if schedule is None:
            return None
        on[hall] = schedule
        if grid >= 0:
            left[grid] -= standby[hall] * (on[hall] & ~required[hall])
    return on


def keeps_halls(columns: Columns, on: BoolArray, required: BoolArray, used: IntArray) -> bool:
    """Whether ``on[K, T]`` covers the runs, lasts long enough at each change, and fits the grid beside the runs' ``used``."""
    halls = columns.halls
    if (required & ~on).any() or (on & ~halls.carries).any():
        return False
    if any(too_short(rules, on[hall].tolist()) for hall, rules in enumerate(halls.rules)):
        return False
    return bool((with_standby(columns, used, on) <= columns.capacity).all())


def with_standby(columns: Columns, used: IntArray, on: BoolArray) -> IntArray:
    """``used[L, T]`` with what standby takes and gives where halls are ``on[K, T]``."""
    in_all = used.copy()
    for hall, limit, watts in columns.halls.drawn_on():
        in_all[limit] += watts * on[hall]
    return in_all


def hall_cost(columns: Columns, on: BoolArray) -> int:
    """Micro-units of standby and switching."""
    halls = columns.halls
    switching = sum(switching_micros(rules, on[hall].tolist()) for hall, rules in enumerate(halls.rules))
    return int(halls.on_cost[on].sum()) + switching
