"""Room for one job where there is none, compiled: at a start drawn, as little as possible of what is in its way is taken out.

As in the guided ejection search of Nagata and Bräysy (2009) for vehicle routes, a job that must run and finds no room counts
more with each attempt that failed, and what counts least is taken out first: the jobs that are hard to place get their place.
"""

from __future__ import annotations

import numpy as np

from optimizer.engines.price.halls.state import RUIN_LIMIT, HallBook, HallState, put_in, take_out, touch
from optimizer.engines.price.plans.residual import NEVER, column_fits, kernel_part
from optimizer.engines.price.plans.search_state import below, uniform
from optimizer.engines.price.tables import Tables

#: Starts drawn at most, of which the best is made room at.
DRAWN = 24


@kernel_part
def uproot(tables: Tables, book: HallBook, state: HallState, pool: int, start: int, end: int, chance: float, most: int) -> int:
    """Take out runs of ``pool`` that meet ``[start, end)``, each with ``chance``, ``most`` at most; how many."""
    job, count = state.head[pool], 0
    while job >= 0 and count < most:
        following = state.after[job]
        at = state.start[job]
        meets = at < end and at + tables.duration[state.window[job]] > start
        if meets and (chance >= 1.0 or uniform(state.random) < chance):
            touch(state, job)
            take_out(tables, book, state, job)
            count += 1
        job = following
    return count


@kernel_part
def make_room(tables: Tables, book: HallBook, state: HallState, job: int) -> None:
    """Put ``job`` at one of a few starts drawn at random, whatever is in its way: the best in money, or, if it must run and
    does not, where it lacks the least room.
    """
    random = state.random
    begin, end = tables.job_first[job], tables.job_first[job + 1]
    if begin == end:
        return
    missing = state.window[job] < 0 and tables.bonus[job] > 0
    touch(state, job)
    if state.window[job] >= 0:
        take_out(tables, book, state, job)
    price_weight, best = np.float32(1.2 * uniform(random)), NEVER
    window, start = -1, -1
    for _ in range(1 + below(random, DRAWN)):
        drawn = begin + below(random, end - begin)
        i = below(random, tables.start_last[drawn] + 1 - tables.start_first[drawn])
        if missing:
            score = np.float32(-_lack(tables, state, drawn, tables.start_first[drawn] + i))
        else:
            at = book.score_first[drawn] + i
            score = book.worth[at] - price_weight * book.toll[at]
        if window < 0 or score > best:
            window, start, best = drawn, tables.start_first[drawn] + i, score
    left = RUIN_LIMIT
    left -= _take_out_in_the_way(tables, book, state, window, start, left)
    until, pool = start + tables.duration[window], tables.pool[window]
    # what else may be in the way is no limit of one slot
    for attempt in range(5):
        if column_fits(tables, state.residual, state.budget_left, window, start):
            put_in(tables, book, state, job, window, start)
            return
        left -= uproot(tables, book, state, pool, start, until, 1.0 if attempt == 3 else 0.2, left)


@kernel_part
def _lack(tables: Tables, state: HallState, window: int, start: int) -> float:
    """What a column lacks of room, in parts of the limits, added up over slots."""
    lack, end = 0.0, start + tables.duration[window]
    for k in range(tables.use_first[window], tables.use_first[window + 1]):
        amount = tables.use_amount[k]
        left, capacity = state.residual[tables.use_limit[k]], tables.capacity[tables.use_limit[k]]
        for slot in range(start, end):
            if left[slot] < amount:
                lack += (amount - left[slot]) / max(1, capacity[slot])
    return lack


@kernel_part
def _take_out_in_the_way(tables: Tables, book: HallBook, state: HallState, window: int, start: int, most: int) -> int:
    """Take out runs of the pool, ``most`` at most, till a column has room under the limits of its slots; how many.

    Always of those in the slot that lacks most, one that counts little for the room it gives, with some chance.
    """
    pool, end = tables.pool[window], start + tables.duration[window]
    for count in range(most):
        worst, limit, slot, lack = 0.0, -1, -1, 0
        for k in range(tables.use_first[window], tables.use_first[window + 1]):
            amount = tables.use_amount[k]
            left, capacity = state.residual[tables.use_limit[k]], tables.capacity[tables.use_limit[k]]
            for t in range(start, end):
                if left[t] < amount and (amount - left[t]) > worst * max(1, capacity[t]):
                    worst = (amount - left[t]) / max(1, capacity[t])
                    limit, slot, lack = tables.use_limit[k], t, amount - left[t]
        if limit < 0:
            return count
        chosen, least = -1, np.inf
        other = state.head[pool]
        while other >= 0:
            taken, at = state.window[other], state.start[other]
            if at <= slot < at + tables.duration[taken]:
                for k in range(tables.use_first[taken], tables.use_first[taken + 1]):
                    if tables.use_limit[k] == limit and tables.use_amount[k] > 0:
                        gives = min(tables.use_amount[k], lack)
                        key = (1.0 + state.penalty[other]) * (0.25 + uniform(state.random)) / gives
                        if key < least:
                            chosen, least = other, key
            other = state.after[other]
        if chosen < 0:
            return count
        touch(state, chosen)
        take_out(tables, book, state, chosen)
    return most
