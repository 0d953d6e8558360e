"""The state of a ruin and recreate search, compiled: current plan, best plan, journal, random numbers.

Residuals and objective are exact after every placement and removal; the journal undoes a refused move exactly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.columns.table import BoolArray, IndexArray, IntArray
from optimizer.engines.price.journal import MOVES as MOVES
from optimizer.engines.price.journal import TOUCHED as TOUCHED
from optimizer.engines.price.journal import touch as touch
from optimizer.engines.price.plans.plant_value import occupy_beside
from optimizer.engines.price.plans.residual import ScoreArray, column_worth, kernel, kernel_part, occupy
from optimizer.engines.price.plans.shares import count_share
from optimizer.engines.price.tables import FloatArray, Tables
from optimizer.engines.price.ties.tied import first_start, groups_of, is_tied

UInt64Array = NDArray[np.uint64]

#: Jobs one move may touch, and jobs it may look at in order to choose those.
TOUCH_LIMIT, OVERLAP_LIMIT = 256, 1024
#: Placed jobs one move may take out.
RUIN_LIMIT = 96

# After those of `journal`, places in SearchState.counters.
OBJECTIVE, MISSING, BEST_OBJECTIVE, BEST_MISSING, ABSENT, CHANGED, WORK, ACCEPTED = range(2, 10)


class SearchState(NamedTuple):
    """All that changes during a search, and scratch. Windows are those of the ranked tables."""

    residual: IntArray  # [M, T]
    budget_left: IntArray  # [B]
    window: IndexArray  # [J] -1: absent
    start: IndexArray  # [J]
    share_left: IntArray  # [F] what share floors lack; below 0 where there is more than asked
    worth: IntArray  # [J] micro-units of the placed column
    best_window: IndexArray  # [J] best plan so far
    best_start: IndexArray  # [J]
    changed: IndexArray  # [J] the jobs that may stand otherwise than in the best plan
    is_changed: BoolArray  # [J]
    absent: IndexArray  # [J] the jobs left out, in no order
    resident: IndexArray  # [S, J] the jobs placed at each site, in no order
    resident_count: IntArray  # [S]
    position: IndexArray  # [J] place of the job in ``absent`` or ``resident``
    value: FloatArray  # [J] worth of the job's best column, ignoring the others; mandatory jobs count their bonus
    cumulative: FloatArray  # [J] running sum of the chances to seed a move
    counters: IntArray  # see OBJECTIVE and following
    random: UInt64Array  # [1]
    touched: IndexArray  # [TOUCH_LIMIT] journal: jobs this move took out or tried ...
    old_window: IndexArray  # ... and where they stood
    old_start: IndexArray
    touched_at: IntArray  # [J] the move that last touched the job
    overlap: IndexArray  # [OVERLAP_LIMIT] scratch
    key: FloatArray  # [OVERLAP_LIMIT] scratch
    queue: IndexArray  # [TOUCH_LIMIT] scratch
    scores: ScoreArray  # [T + 1] scratch, scores of a window that are not held
    plant_taken: IntArray  # scratch, what loads take


@kernel
def uniform(random: UInt64Array) -> float:
    """The next number of splitmix64, in [0, 1)."""
    random[0] += np.uint64(0x9E3779B97F4A7C15)
    z = random[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(z >> np.uint64(11)) * 1.1102230246251565e-16


@kernel
def below(random: UInt64Array, count: int) -> int:
    """A random integer in [0, count)."""
    return int(uniform(random) * count)


@kernel
def sort_by_key(jobs: IndexArray, key: FloatArray, count: int) -> None:
    """Shell sort of the first ``count`` jobs by ascending key, in place."""
    gap = count // 2
    while gap > 0:
        for i in range(gap, count):
            job, k = jobs[i], key[i]
            at = i
            while at >= gap and key[at - gap] > k:
                jobs[at], key[at] = jobs[at - gap], key[at - gap]
                at -= gap
            jobs[at], key[at] = job, k
        gap //= 2


@kernel_part
def take_out(tables: Tables, state: SearchState, job: int) -> None:
    """Remove a placed job."""
    window, counters = state.window[job], state.counters
    if len(tables.plant.first) > 0:
        start, taken = state.start[job], state.plant_taken
        counters[OBJECTIVE] += occupy_beside(tables, state.residual, taken, state.budget_left, window, start, -1)
    else:
        occupy(tables, state.residual, state.budget_left, window, state.start[job], -1)
    site, position = tables.site[window], state.position[job]
    state.resident_count[site] -= 1
    last = state.resident[site, state.resident_count[site]]
    state.resident[site, position] = last
    state.position[last] = position
    state.window[job] = -1
    state.start[job] = -1
    counters[OBJECTIVE] += count_share(tables, state.share_left, window, -1) - state.worth[job]
    counters[MISSING] += tables.bonus[job] > 0
    state.position[job] = counters[ABSENT]
    state.absent[counters[ABSENT]] = job
    counters[ABSENT] += 1


@kernel_part
def put_in(tables: Tables, state: SearchState, job: int, window: int, start: int) -> None:
    """Place an absent job at a column that fits."""
    counters = state.counters
    if len(tables.plant.first) > 0:
        counters[OBJECTIVE] += occupy_beside(tables, state.residual, state.plant_taken, state.budget_left, window, start, 1)
    else:
        occupy(tables, state.residual, state.budget_left, window, start, 1)
    position = state.position[job]
    counters[ABSENT] -= 1
    last = state.absent[counters[ABSENT]]
    state.absent[position] = last
    state.position[last] = position
    state.window[job] = window
    state.start[job] = start
    state.worth[job] = column_worth(tables, window, start)
    counters[OBJECTIVE] += count_share(tables, state.share_left, window, 1) + state.worth[job]
    counters[MISSING] -= tables.bonus[job] > 0
    site = tables.site[window]
    state.position[job] = state.resident_count[site]
    state.resident[site, state.resident_count[site]] = job
    state.resident_count[site] += 1


@kernel_part
def uproot(tables: Tables, state: SearchState, job: int) -> bool:
    """Take out a placed job and all that waits for it, written down; False where that is more than one move may."""
    if state.counters[TOUCHED] >= RUIN_LIMIT:
        return False
    touch(state, job)
    take_out(tables, state, job)
    if not is_tied(tables, job):
        return True
    ties, queue, count, head = tables.ties, state.queue, 1, 0
    queue[0] = job
    while head < count:
        at = ties[queue[head]] + 1 + 2 * ties[ties[queue[head]]]
        head += 1
        for i in range(ties[at]):
            after = ties[at + 1 + 2 * i]
            if state.window[after] >= 0:
                if state.counters[TOUCHED] >= RUIN_LIMIT or count == TOUCH_LIMIT:
                    return False
                touch(state, after)
                take_out(tables, state, after)
                queue[count] = after
                count += 1
    return True


@kernel
def clear_ties(tables: Tables, state: SearchState, job: int, window: int, start: int) -> bool:
    """Take out what ties keep from standing beside absent ``job`` at a column; whether its predecessors allow the column."""
    if not is_tied(tables, job):
        return True
    ties = tables.ties
    at = groups_of(tables, job)
    for i in range(ties[at]):
        group = ties[at + 1 + i]
        keys = group + 1 + ties[group]
        for k in range(group + 1, keys):
            other = ties[k]
            if other != job and state.window[other] >= 0:
                same = ties[keys + tables.pool[state.window[other]]] == ties[keys + tables.pool[window]]
                if not same and not uproot(tables, state, other):
                    return False
    end = start + tables.duration[window]
    at = ties[job] + 1 + 2 * ties[ties[job]]
    for i in range(ties[at]):
        after = ties[at + 1 + 2 * i]
        if state.window[after] >= 0 and state.start[after] < end + ties[at + 2 + 2 * i] and not uproot(tables, state, after):
            return False
    return first_start(tables, state.window, state.start, job) <= start


@kernel_part
def undo(tables: Tables, state: SearchState) -> None:
    """Put every touched job back where it stood before the move."""
    count = state.counters[TOUCHED]
    for i in range(count):
        job = state.touched[i]
        if state.window[job] >= 0 and (state.window[job] != state.old_window[i] or state.start[job] != state.old_start[i]):
            take_out(tables, state, job)
    for i in range(count):
        job = state.touched[i]
        if state.old_window[i] >= 0 and state.window[job] < 0:
            put_in(tables, state, job, state.old_window[i], state.old_start[i])


@kernel_part
def keep(state: SearchState) -> None:
    """Write down what an accepted move changed, and the best plan when this is it."""
    counters = state.counters
    counters[ACCEPTED] += 1
    for i in range(counters[TOUCHED]):
        job = state.touched[i]
        moved = state.window[job] != state.old_window[i] or state.start[job] != state.old_start[i]
        if moved and not state.is_changed[job]:
            state.is_changed[job] = True
            state.changed[counters[CHANGED]] = job
            counters[CHANGED] += 1
    if (-counters[MISSING], counters[OBJECTIVE]) > (-counters[BEST_MISSING], counters[BEST_OBJECTIVE]):
        for i in range(counters[CHANGED]):
            job = state.changed[i]
            state.is_changed[job] = False
            state.best_window[job] = state.window[job]
            state.best_start[job] = state.start[job]
        counters[CHANGED] = 0
        counters[BEST_OBJECTIVE] = counters[OBJECTIVE]
        counters[BEST_MISSING] = counters[MISSING]


@kernel_part
def gain_of_move(tables: Tables, state: SearchState, objective: int, missing: int) -> float:
    """Micro-units won by the move since ``objective`` and ``missing``; mandatory jobs count their bonus."""
    gain = float(state.counters[OBJECTIVE] - objective)
    if state.counters[MISSING] != missing:
        for i in range(state.counters[TOUCHED]):
            job = state.touched[i]
            gain += tables.bonus[job] * (int(state.window[job] >= 0) - int(state.old_window[i] >= 0))
    return gain
