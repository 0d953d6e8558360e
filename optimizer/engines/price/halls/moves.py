"""The moves of the search over halls, compiled: ruin a part of the plan, put its jobs back, keep it or not by annealing.

Ruins: a string of runs near one time in a pool or two, a range of slots of one hall closed, or room made for a job that must
run and does not. Insertion takes the best start by worth, less the prices of what it takes and the standby of slots in which
the hall would otherwise be off; how much each of the two counts is drawn move by move, since prices hold that standby in part.
"""

from __future__ import annotations

import numpy as np

from optimizer.columns.table import IndexArray, IntArray
from optimizer.engines.price.halls.ejection import make_room, uproot
from optimizer.engines.price.halls.state import (
    ABSENT,
    HALLS_TOUCHED,
    MISSING,
    MOVES,
    OBJECTIVE,
    PENALTY,
    RUIN_LIMIT,
    TOUCH_LIMIT,
    TOUCHED,
    WORK,
    HallBook,
    HallState,
    keep_best,
    put_in,
    settle,
    take_out,
    touch,
    undo,
)
from optimizer.engines.price.plans.residual import (
    NEVER,
    ScoreArray,
    best_metered_start,
    best_start,
    heat_gain,
    heat_row,
    kernel,
    kernel_part,
)
from optimizer.engines.price.plans.search_state import below, sort_by_key, uniform
from optimizer.engines.price.tables import FloatArray, Tables

#: Windows of a job that an insertion looks at, on average; more only where it has fewer.
LOOKED_AT = 24.0
#: Absent jobs that a move tries besides those it took out.
SAMPLE = 8
#: Chances of the ruins: room for what is missing, room for any job; of the others, a range closed.
MISSING_SHARE = 0.5
EJECT_SHARE = 0.1
CLOSE_SHARE = 0.3
#: A job that must run and was made room for in vain counts more, by this share of what it counted at first.
GROWTH = 0.1


@kernel_part
def _score(tables: Tables, book: HallBook, state: HallState, window: int, price_weight: np.float32, idle_weight: float) -> None:
    """Worth less priced use and the standby of slots in which the hall is idle, of every start, into ``state.score``."""
    first, duration = tables.start_first[window], tables.duration[window]
    count, at = tables.start_last[window] + 1 - first, book.score_first[window]
    for i in range(count):
        state.score[i] = book.worth[at + i] - price_weight * book.toll[at + i]
    hall = book.hall_of_pool[tables.pool[window]]
    if hall < 0:
        return
    idle, total = state.idle, 0.0
    for i in range(count + duration - 1):
        idle[i] = total
        if state.busy[hall, first + i] == 0:
            total -= idle_weight * book.on_gain[hall, first + i]
    idle[count + duration - 1] = total
    if total != 0.0:
        for i in range(count):
            state.score[i] -= np.float32(idle[i + duration] - idle[i])


@kernel_part
def _insert(
    tables: Tables,
    book: HallBook,
    state: HallState,
    job: int,
    price_weight: np.float32,
    idle_weight: float,
    closed: tuple[int, int, int],
    barred: tuple[int, int],
) -> None:
    """Place ``job`` at its best fitting start among some of its windows, not in the ``closed`` slots of a hall (hall, first
    slot, end), nor at the ``barred`` column.
    """
    begin, end = tables.job_first[job], tables.job_first[job + 1]
    chance = min(0.95, LOOKED_AT / max(1, end - begin))
    # what does not pay is left out unless it must run
    best = NEVER if tables.bonus[job] > 0 else np.float32(0.0)
    chosen, chosen_start = -1, -1
    for window in range(begin, end):
        if uniform(state.random) > chance:
            continue
        state.counters[WORK] += 1
        first, last, duration = tables.start_first[window], tables.start_last[window], tables.duration[window]
        _score(tables, book, state, window, price_weight, idle_weight)
        if book.hall_of_pool[tables.pool[window]] == closed[0] >= 0:
            for start in range(max(first, closed[1] - duration + 1), min(last + 1, closed[2])):
                state.score[start - first] = NEVER
        if window == barred[0]:
            state.score[barred[1] - first] = NEVER
        if tables.budget_use_first[window] < tables.budget_use_first[window + 1]:
            found, best = best_metered_start(
                tables, state.residual, state.budget_left, window, first, last, state.score, 0, best
            )
        else:
            found, best = best_start(
                tables.use_limit, tables.use_amount, tables.use_first[window], tables.use_first[window + 1],
                state.residual, first, last, duration, state.score, 0, best,
            )  # fmt: skip
        if found >= 0:
            chosen, chosen_start = window, found
    if chosen >= 0:
        put_in(tables, book, state, job, chosen, chosen_start)


@kernel_part
def _remove_string(tables: Tables, book: HallBook, state: HallState, seed: int) -> None:
    """``seed``, and some of the runs near it in time, in its pool and in others where it may run."""
    random = state.random
    window, start = state.window[seed], state.start[seed]
    end, pool = start + tables.duration[window], tables.pool[window]
    touch(state, seed)
    take_out(tables, book, state, seed)
    most = 1 + below(random, 8)
    uproot(tables, book, state, pool, start, end, 0.5, most)
    if uniform(random) < 0.7:
        first = tables.job_first[seed]
        for _ in range(1 + below(random, 2)):
            other = tables.pool[first + below(random, tables.job_first[seed + 1] - first)]
            middle = start + below(random, end - start)
            uproot(tables, book, state, other, middle, middle + 1 + below(random, end - start), 0.5, most)


@kernel_part
def _close_range(tables: Tables, book: HallBook, state: HallState) -> tuple[int, int, int]:
    """Take out all that runs in some slots of a hall that is on; (hall, first slot, end), or -1 where that is too much."""
    random = state.random
    hall, slot = below(random, len(state.busy)), below(random, state.busy.shape[1])
    if state.busy[hall, slot] == 0:
        return -1, 0, 0
    first, end = slot, slot + 1
    if uniform(random) < 0.5:
        while first > 0 and state.busy[hall, first - 1] > 0 and slot - first < 48:
            first -= 1
        while end < state.busy.shape[1] and state.busy[hall, end] > 0 and end - slot < 48:
            end += 1
    if uniform(random) < 0.7:
        first = max(first, slot - below(random, 12))
        end = min(end + below(random, 4), slot + 1 + below(random, 12))
    room = RUIN_LIMIT
    for pool in range(len(state.head)):
        if book.hall_of_pool[pool] == hall:
            room -= uproot(tables, book, state, pool, first, end, 1.0, room)
    return hall, first, end


@kernel_part
def _recreate(tables: Tables, book: HallBook, state: HallState, closed: tuple[int, int, int], barred: tuple[int, int]) -> None:
    """Insert what was taken out and a few absent jobs, in an order and at weights drawn for the move."""
    random, counters, count = state.random, state.counters, 0
    for i in range(counters[TOUCHED]):
        if state.window[state.touched[i]] < 0:
            state.queue[count] = state.touched[i]
            count += 1
    for _ in range(min(SAMPLE, counters[ABSENT])):
        job = state.absent[below(random, counters[ABSENT])]
        if state.touched_at[job] != counters[MOVES] and counters[TOUCHED] < TOUCH_LIMIT:
            touch(state, job)
            state.queue[count] = job
            count += 1
    order = uniform(random)
    for i in range(count):
        noise = 0.5 + uniform(random)
        state.key[i] = noise if order < 0.25 else -noise * book.size[state.queue[i]]
    sort_by_key(state.queue, state.key, count)
    # prices hold part of what standby costs: how much either counts is tried out
    price_weight, idle_weight = np.float32(0.5 * below(random, 3)), 0.25 + uniform(random)
    for i in range(count):
        if state.window[state.queue[i]] < 0:
            _insert(tables, book, state, state.queue[i], price_weight, idle_weight, closed, barred)


@kernel
def run_moves(tables: Tables, book: HallBook, state: HallState, temperature: float, work: int) -> None:
    """Moves at one temperature (micro-units) until ``work`` more windows have been scanned."""
    counters, money, random = state.counters, state.money, state.random
    goal = counters[WORK] + work
    while counters[WORK] < goal:
        counters[MOVES] += 1
        counters[WORK] += 1
        counters[TOUCHED] = 0
        counters[HALLS_TOUCHED] = 0
        before = money[OBJECTIVE] - money[PENALTY]
        closed, barred, sought = (-1, 0, 0), (-1, 0), -1
        if counters[MISSING] > 0 and uniform(random) < MISSING_SHARE:
            sought = state.absent[below(random, counters[ABSENT])]
            make_room(tables, book, state, sought)
        elif uniform(random) < EJECT_SHARE:
            make_room(tables, book, state, below(random, len(state.window)))
        elif len(state.busy) > 0 and uniform(random) < CLOSE_SHARE:
            closed = _close_range(tables, book, state)
            if uniform(random) < 0.3:
                closed = (-1, 0, 0)
        else:
            seed = below(random, len(state.window))
            if state.window[seed] >= 0:
                barred = (state.window[seed], state.start[seed])
                _remove_string(tables, book, state, seed)
        if counters[TOUCHED] == 0:
            continue
        _recreate(tables, book, state, closed, barred)
        settle(book, state)
        gain = money[OBJECTIVE] - money[PENALTY] - before
        if gain >= 0.0 or gain > temperature * np.log(1.0 - uniform(random)):
            keep_best(state)
        else:
            undo(tables, book, state)
            if sought >= 0:
                state.penalty[sought] += GROWTH * book.penalty[sought]
                money[PENALTY] += GROWTH * book.penalty[sought]


@kernel
def place_all(tables: Tables, book: HallBook, state: HallState, order: IndexArray, price_weight: float) -> None:
    """Insert the absent jobs of ``order`` one after another."""
    state.counters[MOVES] += 1
    state.counters[TOUCHED] = 0
    state.counters[HALLS_TOUCHED] = 0
    for job in order:
        if state.window[job] < 0:
            _insert(tables, book, state, job, np.float32(price_weight), 0.5, (-1, 0, 0), (-1, 0))
    settle(book, state)
    keep_best(state)


@kernel
def fill_scores(
    tables: Tables, price_prefix: FloatArray, window: IntArray, first: IntArray, worth: ScoreArray, toll: ScoreArray
) -> None:
    """Worth and toll of every start of each of ``window``, from ``first`` on; ``price_prefix[M, T + 1]``."""
    for c in range(len(window)):
        w = window[c]
        duration, cost = tables.duration[w], tables.cost_prefix[tables.pool[w]]
        power, base, job = float(tables.power_w[w]), float(tables.base[w]), tables.job[w]
        for i in range(tables.start_last[w] + 1 - tables.start_first[w]):
            start = tables.start_first[w] + i
            end = start + duration
            late = max(0, end - tables.due_slot[job])
            worth[first[c] + i] = base - power * (cost[end] - cost[start]) - float(tables.tardiness_cost[job]) * late
            worth[first[c] + i] += heat_gain(tables, w, start)
            paid, given = 0.0, heat_row(tables, w)
            for k in range(tables.use_first[w], tables.use_first[w + 1]):
                if tables.use_limit[k] != given:
                    prefix = price_prefix[tables.use_limit[k]]
                    paid += tables.use_amount[k] * (prefix[end] - prefix[start])
            toll[first[c] + i] = paid
