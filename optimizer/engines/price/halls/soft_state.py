"""The state of an annealing in which runs may break limits at a toll, compiled.

Every job that must run always stands somewhere. What a limit lacks in a slot counts in parts of its mean capacity, and a broken
slot at least a hundredth of it; what halls cost is exact, in the cheapest schedules that cover the runs.
"""

from __future__ import annotations

from typing import NamedTuple

from optimizer.columns.table import BoolArray, IndexArray, IntArray
from optimizer.engines.price.halls.agents import best_hall
from optimizer.engines.price.halls.state import HallBook
from optimizer.engines.price.plans.residual import column_worth, kernel, kernel_part
from optimizer.engines.price.plans.search_state import UInt64Array
from optimizer.engines.price.tables import FloatArray, Tables

#: Jobs that a move may take out (a range with more stays open), and windows that a draw may look at.
TOUCH_LIMIT, OFFER_LIMIT = 64, 32

# Places in SoftState.counters: windows scanned, (limit, slot) pairs broken, jobs taken out by this move, halls to settle.
WORK, BROKEN, TOUCHED, STALE = range(4)
# Places in SoftState.money: micro-units that runs and halls cost, parts of limits broken, and the least cost of a plan.
COST, TOLL, BEST_COST = range(3)


class SoftState(NamedTuple):
    """All that changes, and scratch. ``M`` limits, ``J`` jobs, ``K`` halls, ``T`` slots."""

    left: FloatArray  # [M, T] capacity less use, whole; below 0 where broken
    part: FloatArray  # [M] one over the mean capacity
    least: FloatArray  # [M] units that a broken slot counts beyond what it lacks
    window: IndexArray  # [J] -1: left out
    start: IndexArray  # [J]
    best_window: IndexArray  # [J] the best plan so far, if BEST_COST is finite
    best_start: IndexArray  # [J]
    busy: IndexArray  # [K, T] runs in the hall in the slot
    hall_cost: FloatArray  # [K]
    stale: BoolArray  # [K] whether the cost of the hall is to be worked out anew
    touched: IndexArray  # [TOUCH_LIMIT] jobs this move took out ...
    old_window: IndexArray  # ... and where they stood
    old_start: IndexArray
    key: FloatArray  # [TOUCH_LIMIT] scratch
    queue: IndexArray  # [TOUCH_LIMIT] scratch
    offered: IndexArray  # [OFFER_LIMIT] windows that a draw looks at ...
    value: FloatArray  # [OFFER_LIMIT, T + 1] ... and what their starts cost, then their chances
    rate: FloatArray  # [T + 1] scratch
    when: FloatArray  # [2, T + 1] scratch
    flags: BoolArray  # [3, T] scratch
    counters: IntArray
    money: FloatArray
    random: UInt64Array  # [1]


@kernel_part
def lacking(left: float, least: float) -> float:
    """What a slot with ``left`` counts as broken by."""
    return least - left if left < 0.0 else 0.0


@kernel_part
def occupy(tables: Tables, book: HallBook, state: SoftState, window: int, start: int, sign: int) -> None:
    """Place (``sign`` 1) or remove (-1) a column, whatever it breaks; what its hall costs is settled later."""
    end = start + tables.duration[window]
    counters, money = state.counters, state.money
    for k in range(tables.use_first[window], tables.use_first[window + 1]):
        limit = tables.use_limit[k]
        left, least, amount = state.left[limit, start:end], state.least[limit], float(sign * tables.use_amount[k])
        more, broken = 0.0, 0
        for i in range(len(left)):
            before = left[i]
            after = before - amount
            left[i] = after
            more += lacking(after, least) - lacking(before, least)
            broken += (after < 0.0) - (before < 0.0)
        money[TOLL] += more * state.part[limit]
        counters[BROKEN] += broken
    money[COST] -= sign * float(column_worth(tables, window, start))
    hall = book.hall_of_pool[tables.pool[window]]
    if hall >= 0:
        alone = 1 if sign > 0 else 0
        busy = state.busy[hall, start:end]
        for i in range(len(busy)):
            busy[i] += sign
            if busy[i] == alone and not state.stale[hall]:
                state.stale[hall] = True
                counters[STALE] += 1


@kernel_part
def put(tables: Tables, book: HallBook, state: SoftState, job: int, window: int, start: int) -> None:
    """``job`` at a column, or left out where ``window`` is -1."""
    if window >= 0:
        occupy(tables, book, state, window, start, 1)
    state.window[job], state.start[job] = window, start


@kernel_part
def take(tables: Tables, book: HallBook, state: SoftState, job: int) -> None:
    """Take ``job`` out and write down where it stood; there must be room among the touched."""
    count = state.counters[TOUCHED]
    state.touched[count] = job
    state.old_window[count], state.old_start[count] = state.window[job], state.start[job]
    state.counters[TOUCHED] += 1
    if state.window[job] >= 0:
        occupy(tables, book, state, state.window[job], state.start[job], -1)
    state.window[job] = -1


@kernel_part
def undo(tables: Tables, book: HallBook, state: SoftState) -> None:
    """Put every touched job back where it stood before the move."""
    count = state.counters[TOUCHED]
    for i in range(count):
        job = state.touched[i]
        if state.window[job] >= 0:
            occupy(tables, book, state, state.window[job], state.start[job], -1)
    for i in range(count):
        put(tables, book, state, state.touched[i], state.old_window[i], state.old_start[i])
    settle(book, state)


@kernel_part
def settle(book: HallBook, state: SoftState) -> None:
    """Bring what stale halls cost up to date."""
    if state.counters[STALE] == 0:
        return
    state.counters[STALE] = 0
    required, forbidden, on = state.flags[0], state.flags[1], state.flags[2]
    for hall in range(len(state.stale)):
        if state.stale[hall]:
            for slot in range(len(required)):
                required[slot] = state.busy[hall, slot] > 0
                forbidden[slot] = not required[slot] and not book.carries[hall, slot]
            cost = -best_hall(book.on_gain[hall], book.rules[hall], required, forbidden, state.when, on)
            state.money[COST] += cost - state.hall_cost[hall]
            state.hall_cost[hall] = cost
            state.stale[hall] = False


@kernel_part
def keep_best(state: SoftState) -> None:
    """Write the plan down if it breaks nothing and costs least so far."""
    if state.counters[BROKEN] > 0:
        return
    # nothing of what adding up in floats leaves
    state.money[TOLL] = 0.0
    if state.money[COST] < state.money[BEST_COST] - 0.5:
        state.money[BEST_COST] = state.money[COST]
        for job in range(len(state.window)):
            state.best_window[job], state.best_start[job] = state.window[job], state.start[job]


@kernel_part
def total(state: SoftState, pressure: float) -> float:
    """Micro-units that the plan counts, ``pressure`` for each part of a limit that it breaks in a slot."""
    return float(state.money[COST] + pressure * state.money[TOLL])


@kernel_part
def meets(tables: Tables, state: SoftState, job: int, first: int, end: int) -> bool:
    """Whether ``job`` is placed and runs in ``[first, end)``."""
    window, start = state.window[job], state.start[job]
    return bool(window >= 0 and start < end and start + tables.duration[window] > first)


@kernel
def settle_anew(book: HallBook, state: SoftState) -> None:
    """Bring what every hall costs up to date, as after a change of ``book``."""
    state.stale[:] = True
    state.counters[STALE] = len(state.stale)
    settle(book, state)


@kernel
def stand(tables: Tables, book: HallBook, state: SoftState, window: IndexArray, start: IndexArray) -> None:
    """Put every job where ``window`` and ``start`` have it; none may be placed yet."""
    for job in range(len(window)):
        put(tables, book, state, job, window[job], start[job])
    settle(book, state)
    keep_best(state)
