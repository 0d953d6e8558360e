"""The moves of the annealing in which runs may break limits at a toll, compiled.

One job is taken out and drawn anew among all its starts, each with the chance that it has at the temperature (a heat bath); or
two jobs are; or a range of slots of a hall is closed, and each job that ran there is drawn anew elsewhere; or a block of runs
is shifted as a whole. Draws guess what a hall costs by its idle slots, so a move is kept by what it really costs.
"""

from __future__ import annotations

import numpy as np

from optimizer.engines.price.bound.kernel import FloatArray
from optimizer.engines.price.halls.soft_state import (
    OFFER_LIMIT,
    TOUCH_LIMIT,
    TOUCHED,
    WORK,
    SoftState,
    keep_best,
    lacking,
    meets,
    put,
    settle,
    take,
    total,
    undo,
)
from optimizer.engines.price.halls.state import HallBook
from optimizer.engines.price.jit import exponential
from optimizer.engines.price.plans.residual import kernel, kernel_part
from optimizer.engines.price.plans.search_state import below, sort_by_key, uniform
from optimizer.engines.price.tables import Tables

#: Windows that a draw looks at on average; more only where a job has fewer.
OFFERED = 24.0
#: Chances of the moves: two jobs drawn anew, a range closed; else it is one job, or a block shifted.
PAIR_SHARE, CLOSE_SHARE = 0.4, 0.003
#: Slots that a block is shifted by, at most.
FARTHEST = 24
#: Jobs looked at for a second one that meets the first.
LOOKS = 20
#: Temperatures above the least cost beyond which a start has no chance.
FAR = 25.0
#: Micro-units that a start in a closed range counts more.
CLOSED = 1e15


@kernel_part
def _price_starts(
    tables: Tables, book: HallBook, state: SoftState, window: int, row: int, pressure: float, closed: tuple[int, int, int]
) -> float:
    """What each start of ``window`` costs, into ``state.value[row]``; the least. Slots in which its hall is idle count their
    standby, slots of the ``closed`` range (hall, first slot, end) more than anything.
    """
    state.counters[WORK] += 1
    first, duration, pool = tables.start_first[window], tables.duration[window], tables.pool[window]
    count = tables.start_last[window] + 1 - first
    # parts of rows, so that loops count from 0: a compiler then knows that no index is negative
    slots, value, power = count + duration - 1, state.value[row], float(tables.power_w[window])
    rate, cost = state.rate[:slots], tables.cost_prefix[pool, first : first + slots + 1]
    for i in range(slots):
        rate[i] = power * (cost[i + 1] - cost[i])
    for k in range(tables.use_first[window], tables.use_first[window + 1]):
        limit = tables.use_limit[k]
        left, least, amount = state.left[limit, first : first + slots], state.least[limit], float(tables.use_amount[k])
        toll = pressure * state.part[limit]
        for i in range(slots):
            before = left[i]
            rate[i] += toll * (lacking(before - amount, least) - lacking(before, least))
    hall = book.hall_of_pool[pool]
    if hall >= 0:
        busy, gain = state.busy[hall, first : first + slots], book.on_gain[hall, first : first + slots]
        for i in range(slots):
            rate[i] -= gain[i] if busy[i] == 0 else 0.0
        if hall == closed[0]:
            for slot in range(max(first, closed[1]), min(first + slots, closed[2])):
                rate[slot - first] += CLOSED
    running = -float(tables.base[window])
    for i in range(duration):
        running += rate[i]
    job = tables.job[window]
    due, late = tables.due_slot[job] - duration - first, float(tables.tardiness_cost[job])
    best = np.inf
    for i in range(count):
        value[i] = running + late * max(0, i - due)
        best = min(best, value[i])
        if i + 1 < count:
            running += rate[i + duration] - rate[i]
    return best


@kernel_part
def _weigh(value: FloatArray, least: float, temperature: float) -> float:
    """The chance of each start beside that of the ``least`` cost, in place of what it costs; their sum."""
    for i in range(len(value)):
        cold = (least - value[i]) / temperature
        value[i] = exponential(cold) if cold > -FAR else 0.0
    # four sums at a time, as each waits for the one before
    whole = len(value) // 4 * 4
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for i in range(0, whole, 4):
        a += value[i]
        b += value[i + 1]
        c += value[i + 2]
        d += value[i + 3]
    for i in range(whole, len(value)):
        a += value[i]
    return (a + b) + (c + d)


@kernel_part
def _draw(
    tables: Tables,
    book: HallBook,
    state: SoftState,
    job: int,
    stood: tuple[int, int],
    temperature: float,
    pressure: float,
    closed: tuple[int, int, int],
) -> float:
    """Place ``job`` at a start drawn; what that seemed to cost more than where it ``stood`` (window, start)."""
    begin, end = tables.job_first[job], tables.job_first[job + 1]
    chance = 1.0 if end - begin <= OFFER_LIMIT else OFFERED / (end - begin)
    # a job that need not run may be left out at no cost
    optional = tables.bonus[job] == 0
    count, least, before = 0, 0.0 if optional else np.inf, 0.0
    for window in range(begin, end):
        if window == stood[0] or (count < OFFER_LIMIT - 1 and (chance == 1.0 or uniform(state.random) < chance)):
            least = min(least, _price_starts(tables, book, state, window, count, pressure, closed))
            if window == stood[0]:
                before = state.value[count, stood[1] - tables.start_first[window]]
            state.offered[count] = window
            count += 1
    if least >= CLOSED:
        count = 0
    out = np.exp(least / temperature) if optional and least > -FAR * temperature else 0.0
    chances = out
    for row in range(count):
        window = state.offered[row]
        starts = tables.start_last[window] + 1 - tables.start_first[window]
        chances += _weigh(state.value[row, :starts], least, temperature)
    drawn = uniform(state.random) * chances - out
    if count == 0 or drawn < 0.0:
        return -before
    for row in range(count):
        window, value = state.offered[row], state.value[row]
        for i in range(tables.start_last[window] + 1 - tables.start_first[window]):
            drawn -= value[i]
            if drawn < 0.0 and value[i] > 0.0:
                put(tables, book, state, job, window, tables.start_first[window] + i)
                return float(least - temperature * np.log(value[i]) - before)
    return -before


@kernel_part
def _take_one(tables: Tables, book: HallBook, state: SoftState) -> None:
    state.queue[0] = below(state.random, len(state.window))
    take(tables, book, state, state.queue[0])


@kernel_part
def _take_two(tables: Tables, book: HallBook, state: SoftState) -> None:
    """Take out two jobs, mostly such that run at the same time."""
    random, jobs = state.random, len(state.window)
    one, other = below(random, jobs), below(random, jobs)
    if uniform(random) < 0.5 and state.window[one] >= 0:
        end = state.start[one] + tables.duration[state.window[one]]
        for _ in range(LOOKS):
            if other != one and meets(tables, state, other, state.start[one], end):
                break
            other = below(random, jobs)
    if one != other:
        state.queue[0], state.queue[1] = one, other
        take(tables, book, state, one)
        take(tables, book, state, other)


@kernel_part
def _range_to_close(state: SoftState) -> tuple[int, int, int]:
    """Some slots in which a hall is busy: (hall, first slot, end); hall -1 where it is not."""
    random, halls, slots = state.random, state.busy.shape[0], state.busy.shape[1]
    hall, slot = below(random, halls), below(random, slots)
    if state.busy[hall, slot] == 0:
        return -1, 0, 0
    first, end = slot, slot + 1
    if uniform(random) < 0.5:
        while first > 0 and state.busy[hall, first - 1] > 0 and slot - first < 48:
            first -= 1
        while end < slots and state.busy[hall, end] > 0 and end - slot < 48:
            end += 1
    if uniform(random) < 0.7:
        first = max(first, slot - below(random, 12))
        end = min(slots, end + below(random, 4), slot + 1 + below(random, 12))
    return hall, first, end


@kernel_part
def _take_range(tables: Tables, book: HallBook, state: SoftState) -> tuple[int, int, int]:
    """Take out all that runs in some slots of a hall, mostly to be drawn anew largest first; those slots, or hall -1."""
    closed = _range_to_close(state)
    if closed[0] < 0:
        return closed
    count, by_size = 0, uniform(state.random) < 0.75
    for job in range(len(state.window)):
        if meets(tables, state, job, closed[1], closed[2]):
            if book.hall_of_pool[tables.pool[state.window[job]]] != closed[0]:
                continue
            if count == TOUCH_LIMIT:
                return -1, 0, 0
            state.queue[count] = job
            state.key[count] = -book.size[job] if by_size else uniform(state.random)
            count += 1
    sort_by_key(state.queue, state.key, count)
    for i in range(count):
        take(tables, book, state, state.queue[i])
    return closed


@kernel_part
def _shift(tables: Tables, book: HallBook, state: SoftState) -> None:
    """Move what begins in some slots of a hall as many slots earlier or later, as far as each may."""
    random, slots = state.random, state.busy.shape[1]
    hall, first = below(random, state.busy.shape[0]), below(random, slots)
    end = first + 1 + below(random, max(1, slots // 2))
    by = 1 + below(random, 1 + below(random, FARTHEST))
    if uniform(random) < 0.5:
        by = -by
    for job in range(len(state.window)):
        window, start = state.window[job], state.start[job]
        if window < 0 or start < first or start >= end or book.hall_of_pool[tables.pool[window]] != hall:
            continue
        to = min(max(start + by, tables.start_first[window]), tables.start_last[window])
        if to != start and state.counters[TOUCHED] < TOUCH_LIMIT:
            take(tables, book, state, job)
            put(tables, book, state, job, window, to)


@kernel
def run_soft_moves(
    tables: Tables, book: HallBook, state: SoftState, temperature: float, pressure: float, shift_share: float, work: int
) -> None:
    """Moves at one temperature (micro-units) until ``work`` more windows have been scanned; ``pressure``: micro-units for each
    part of a limit that is broken in a slot; ``shift_share``: the chance that a move shifts a block.
    """
    counters = state.counters
    goal = counters[WORK] + work
    while counters[WORK] < goal:
        counters[TOUCHED] = 0
        before, closed, kind = total(state, pressure), (-1, 0, 0), uniform(state.random)
        shifted = False
        if kind < CLOSE_SHARE and len(state.busy) > 0:
            closed = _take_range(tables, book, state)
        elif kind > 1.0 - shift_share and len(state.busy) > 0:
            _shift(tables, book, state)
            shifted = True
        elif kind < CLOSE_SHARE + PAIR_SHARE:
            _take_two(tables, book, state)
        else:
            _take_one(tables, book, state)
        count = counters[TOUCHED]
        if count == 0:
            counters[WORK] += 1
            continue
        # one job alone may stay where it stood: the draw weighs that, so what it seemed to cost counts already
        alone = count == 1 and closed[0] < 0 and not shifted
        stood = (state.old_window[0], state.old_start[0]) if alone else (-1, 0)
        seemed, placed = 0.0, True
        if shifted:
            counters[WORK] += count
        redrawn = 0 if shifted else count
        for i in range(redrawn):
            job = state.queue[i]
            seemed = _draw(tables, book, state, job, stood, temperature, pressure, closed)
            placed = placed and (state.window[job] >= 0 or tables.bonus[job] == 0)
        settle(book, state)
        excess = total(state, pressure) - before - (seemed if alone else 0.0)
        if placed and (excess <= 0.0 or excess < -temperature * np.log(1.0 - uniform(state.random))):
            keep_best(state)
        else:
            undo(tables, book, state)


@kernel
def scatter(tables: Tables, book: HallBook, state: SoftState) -> None:
    """Put every job that must run somewhere."""
    for job in range(len(state.window)):
        first = tables.job_first[job]
        count = tables.job_first[job + 1] - first
        if tables.bonus[job] > 0 and count > 0:
            window = first + below(state.random, count)
            start = tables.start_first[window]
            put(tables, book, state, job, window, start + below(state.random, tables.start_last[window] + 1 - start))
    settle(book, state)
    keep_best(state)
