"""The state of a search over halls that may be switched off, compiled: where jobs stand and what halls cost.

A hall is on in its cheapest schedule that covers its runs; what that costs is worked out anew, exactly, whenever a move has
touched the hall.
"""

from __future__ import annotations

from typing import NamedTuple

from optimizer.columns.table import BoolArray, IndexArray, IntArray
from optimizer.engines.price.halls.agents import best_hall
from optimizer.engines.price.journal import MOVES as MOVES
from optimizer.engines.price.journal import TOUCHED as TOUCHED
from optimizer.engines.price.journal import touch as touch
from optimizer.engines.price.plans.plant_value import occupy_beside
from optimizer.engines.price.plans.residual import ScoreArray, column_fits, column_worth, kernel, kernel_part, occupy
from optimizer.engines.price.plans.search_state import UInt64Array
from optimizer.engines.price.tables import FloatArray, Tables

#: Jobs one move may touch, and placed jobs it may take out.
TOUCH_LIMIT, RUIN_LIMIT = 192, 64

# After those of `journal`, places in HallState.counters.
HALLS_TOUCHED, WORK, ABSENT, MISSING, BEST_MISSING = range(2, 7)
# After those of `journal`, places in HallState.money: micro-units, whole, below 2 ** 53.
OBJECTIVE, BEST_OBJECTIVE, PENALTY = range(3)


class HallBook(NamedTuple):
    """What halls are, fixed during a search. ``K`` halls."""

    hall_of_pool: IndexArray  # [pools] -1: always on
    rules: IntArray  # [K, 6] as in ``HallAgents.rules``
    on_gain: FloatArray  # [K, T] minus what a slot of standby costs
    carries: BoolArray  # [K, T]
    penalty: FloatArray  # [J] what leaving out a job that must run counts in the search at first; 0 for others
    size: FloatArray  # [J] parts of a place's limits times slots
    score_first: IntArray  # [W] where the scores of a window's starts begin, shared by windows that differ in the hall alone
    worth: ScoreArray  # what each start is worth, micro-units
    toll: ScoreArray  # what it pays at the prices that guide


class HallState(NamedTuple):
    """All that changes, and scratch."""

    residual: IntArray  # [M, T]
    budget_left: IntArray  # [B]
    window: IndexArray  # [J] -1: absent
    start: IndexArray  # [J]
    best_window: IndexArray  # [J] best plan so far
    best_start: IndexArray  # [J]
    busy: IndexArray  # [K, T] runs in the hall in the slot
    hall_cost: FloatArray  # [K]
    head: IndexArray  # [pools] the first job of each pool, and ...
    after: IndexArray  # [J] ... the next one
    before: IndexArray  # [J]
    absent: IndexArray  # [J] the jobs left out, in no order
    position: IndexArray  # [J] place of an absent job in ``absent``
    touched: IndexArray  # [TOUCH_LIMIT] journal: jobs this move took out or tried ...
    old_window: IndexArray  # ... and where they stood
    old_start: IndexArray
    touched_at: IntArray  # [J] the move that last touched the job
    key: FloatArray  # [TOUCH_LIMIT] scratch
    queue: IndexArray  # [TOUCH_LIMIT] scratch
    hall_touched: IndexArray  # [K] the halls this move touched ...
    old_cost: FloatArray  # [K] ... and what each cost
    hall_touched_at: IntArray  # [K]
    penalty: FloatArray  # [J] as in the book, more for each attempt that found no room
    when: FloatArray  # [2, T + 1] scratch
    flags: BoolArray  # [3, T] scratch
    idle: FloatArray  # [T + 1] scratch
    score: ScoreArray  # [T + 1] scratch
    plant_taken: IntArray  # scratch, what loads take
    counters: IntArray
    money: FloatArray
    random: UInt64Array  # [1]


@kernel
def cheapest(book: HallBook, state: HallState, hall: int) -> float:
    """What ``hall`` costs in the cheapest schedule that covers its runs."""
    required, forbidden, on = state.flags[0], state.flags[1], state.flags[2]
    for t in range(len(required)):
        required[t] = state.busy[hall, t] > 0
        forbidden[t] = not required[t] and not book.carries[hall, t]
    return -best_hall(book.on_gain[hall], book.rules[hall], required, forbidden, state.when, on)


@kernel_part
def _touch_hall(state: HallState, hall: int) -> None:
    if state.hall_touched_at[hall] != state.counters[MOVES]:
        state.hall_touched_at[hall] = state.counters[MOVES]
        state.hall_touched[state.counters[HALLS_TOUCHED]] = hall
        state.old_cost[hall] = state.hall_cost[hall]
        state.counters[HALLS_TOUCHED] += 1


@kernel_part
def _occupy(tables: Tables, state: HallState, window: int, start: int, sign: int) -> None:
    """Place (``sign`` 1) or remove (-1) a column, and count what that changes beside the jobs."""
    if len(tables.plant.first) > 0:
        state.money[OBJECTIVE] += occupy_beside(
            tables, state.residual, state.plant_taken, state.budget_left, window, start, sign
        )
    else:
        occupy(tables, state.residual, state.budget_left, window, start, sign)


@kernel_part
def take_out(tables: Tables, book: HallBook, state: HallState, job: int) -> None:
    """Remove a placed job; what its hall costs is settled later."""
    window, start = state.window[job], state.start[job]
    _occupy(tables, state, window, start, -1)
    pool = tables.pool[window]
    hall = book.hall_of_pool[pool]
    if hall >= 0:
        _touch_hall(state, hall)
        for t in range(start, start + tables.duration[window]):
            state.busy[hall, t] -= 1
    before, after = state.before[job], state.after[job]
    if before >= 0:
        state.after[before] = after
    else:
        state.head[pool] = after
    if after >= 0:
        state.before[after] = before
    state.money[OBJECTIVE] -= column_worth(tables, window, start)
    state.money[PENALTY] += state.penalty[job]
    state.counters[MISSING] += tables.bonus[job] > 0
    state.window[job] = -1
    state.position[job] = state.counters[ABSENT]
    state.absent[state.counters[ABSENT]] = job
    state.counters[ABSENT] += 1


@kernel_part
def put_in(tables: Tables, book: HallBook, state: HallState, job: int, window: int, start: int) -> None:
    """Place an absent job at a column that fits; what its hall costs is settled later."""
    _occupy(tables, state, window, start, 1)
    pool = tables.pool[window]
    hall = book.hall_of_pool[pool]
    if hall >= 0:
        _touch_hall(state, hall)
        for t in range(start, start + tables.duration[window]):
            state.busy[hall, t] += 1
    first = state.head[pool]
    state.after[job], state.before[job] = first, -1
    if first >= 0:
        state.before[first] = job
    state.head[pool] = job
    state.window[job], state.start[job] = window, start
    state.money[OBJECTIVE] += column_worth(tables, window, start)
    state.money[PENALTY] -= state.penalty[job]
    state.counters[MISSING] -= tables.bonus[job] > 0
    state.counters[ABSENT] -= 1
    last = state.absent[state.counters[ABSENT]]
    position = state.position[job]
    state.absent[position] = last
    state.position[last] = position


@kernel
def put_in_fitting(tables: Tables, book: HallBook, state: HallState, window: IndexArray, start: IndexArray) -> None:
    """Place every absent job that has a window and fits there."""
    for job in range(len(window)):
        if state.window[job] < 0 <= window[job] and column_fits(
            tables, state.residual, state.budget_left, window[job], start[job]
        ):
            put_in(tables, book, state, job, window[job], start[job])


@kernel
def clear(tables: Tables, book: HallBook, state: HallState) -> None:
    """Take out every placed job."""
    for job in range(len(state.window)):
        if state.window[job] >= 0:
            take_out(tables, book, state, job)


@kernel_part
def settle(book: HallBook, state: HallState) -> None:
    """Bring the cost of every hall that this move touched up to date."""
    for i in range(state.counters[HALLS_TOUCHED]):
        hall = state.hall_touched[i]
        cost = cheapest(book, state, hall)
        state.money[OBJECTIVE] -= cost - state.hall_cost[hall]
        state.hall_cost[hall] = cost


@kernel_part
def undo(tables: Tables, book: HallBook, state: HallState) -> None:
    """Put every touched job back where it stood before the move, and what halls cost with it."""
    count = state.counters[TOUCHED]
    for i in range(count):
        job = state.touched[i]
        if state.window[job] >= 0 and (state.window[job] != state.old_window[i] or state.start[job] != state.old_start[i]):
            take_out(tables, book, state, job)
    for i in range(count):
        job = state.touched[i]
        if state.old_window[i] >= 0 and state.window[job] < 0:
            put_in(tables, book, state, job, state.old_window[i], state.old_start[i])
    for i in range(state.counters[HALLS_TOUCHED]):
        hall = state.hall_touched[i]
        state.money[OBJECTIVE] += state.hall_cost[hall] - state.old_cost[hall]
        state.hall_cost[hall] = state.old_cost[hall]


@kernel_part
def keep_best(state: HallState) -> None:
    """Write the plan down if it is the best so far."""
    counters, money = state.counters, state.money
    if (counters[MISSING], -money[OBJECTIVE]) < (counters[BEST_MISSING], -money[BEST_OBJECTIVE]):
        counters[BEST_MISSING], money[BEST_OBJECTIVE] = counters[MISSING], money[OBJECTIVE]
        for job in range(len(state.window)):
            state.best_window[job], state.best_start[job] = state.window[job], state.start[job]
