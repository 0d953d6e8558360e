"""The moves of ruin and recreate, compiled: ejection, string removal, insertion, acceptance.

After Schrimpf et al. (2000) and the string removals and blinks of Christiaens and Vanden Berghe (SISR, 2020). A move
either *makes room* for one job at one of its columns, ejecting what is in its way, or takes out a string of placements
that run at one site near one time. Then the jobs it took out and a sample of those left out are inserted, each at its
best fitting column by reduced value; the result is kept or undone by simulated annealing. Nothing here allocates, looks
at a clock or rounds: residuals and objective are exact after every move.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimizer.engines.price.plans.ranking import ScoreTable, find_scores, score_of
from optimizer.engines.price.plans.residual import (
    NEVER,
    best_metered_start,
    best_start,
    column_fits,
    is_simple,
    kernel,
    kernel_part,
    takes_link,
)
from optimizer.engines.price.plans.search_state import (
    ABSENT,
    MISSING,
    MOVES,
    OBJECTIVE,
    OVERLAP_LIMIT,
    RUIN_LIMIT,
    TOUCHED,
    WORK,
    SearchState,
    below,
    clear_ties,
    gain_of_move,
    keep,
    put_in,
    sort_by_key,
    take_out,
    touch,
    undo,
    uniform,
    uproot,
)
from optimizer.engines.price.tables import Tables
from optimizer.engines.price.ties.tied import first_start, in_order_and_group, is_tied, key_fits, last_end

ANY_SITE = -1
#: Key of a job that this move has tried to insert.
TRIED = np.inf

#: Placed jobs of a site that one move looks at: more cost more than they find.
SCAN_LIMIT = 256


class MoveWeights(NamedTuple):
    """How moves are drawn; fixed during a run."""

    eject_share: float  # in [0, 1]: moves that make room for a job; the others remove a string
    mean_string: float  # placements a string removal takes out, on average; >= 1
    sample: int  # absent jobs tried after each ruin; >= 0
    blink: float  # in [0, 1): chance to pass over a window when inserting


@kernel_part
def insert(tables: Tables, table: ScoreTable, state: SearchState, job: int, site: int, blink: float) -> None:
    """Place ``job`` at its best fitting column, at ``site`` only unless that is ANY_SITE."""
    best, chosen_window, chosen_start = NEVER, -1, -1
    work = 0
    tied = is_tied(tables, job)
    earliest, latest = 0, 0
    if tied:
        earliest, latest = first_start(tables, state.window, state.start, job), last_end(tables, state.window, state.start, job)
    for window in range(tables.job_first[job], tables.job_first[job + 1]):
        if table.window_best[window] <= best:
            break
        if (site != ANY_SITE and tables.site[window] != site) or uniform(state.random) < blink:
            continue
        work += 1
        first, last = tables.start_first[window], tables.start_last[window]
        if tied:
            if not key_fits(tables, state.window, job, window):
                continue
            first, last = max(first, earliest), min(last, latest - tables.duration[window])
        scores, offset = table.score, table.first[window] + first - tables.start_first[window]
        if len(table.score) == 0:
            find_scores(tables, table, window, state.scores)
            scores, offset = state.scores, np.int64(first - tables.start_first[window])
        if not is_simple(tables, window):
            start, best = best_metered_start(
                tables, state.residual, state.budget_left, window, first, last, scores, offset, best
            )
        else:
            start, best = best_start(
                tables.use_limit,
                tables.use_amount,
                tables.use_first[window],
                tables.use_first[window + 1],
                state.residual,
                first,
                last,
                tables.duration[window],
                scores,
                offset,
                best,
            )
        if start >= 0:
            chosen_window, chosen_start = window, start
    state.counters[WORK] += work
    if chosen_window >= 0:
        put_in(tables, state, job, chosen_window, chosen_start)


@kernel_part
def _find_overlapping(tables: Tables, state: SearchState, site: int, begin: int, end: int) -> int:
    """Placed jobs at ``site`` that run in ``[begin, end)``, from a random one on, into ``overlap``; returns how many."""
    count, found = state.resident_count[site], 0
    if count == 0:
        return 0
    i = below(state.random, count)
    for _ in range(min(count, SCAN_LIMIT)):
        job = state.resident[site, i]
        i = i + 1 if i + 1 < count else 0
        start = state.start[job]
        if start < end and start + tables.duration[state.window[job]] > begin:
            state.overlap[found] = job
            found += 1
            if found == OVERLAP_LIMIT:
                break
    return found


@kernel
def _takes_same_link(tables: Tables, other: int, other_start: int, window: int, start: int) -> bool:
    """Whether both columns take a link in some slot."""
    if not takes_link(tables, window) or not takes_link(tables, other):
        return False
    if tables.lead_limit[other] != tables.lead_limit[window]:
        return False
    first, other_first = start - tables.lead_slots[window], other_start - tables.lead_slots[other]
    return bool(other_first < start and first < other_start)


@kernel_part
def _is_in_the_way(tables: Tables, state: SearchState, job: int, window: int, start: int) -> bool:
    """Whether placed ``job`` draws on a limit, at a slot, or on a budget where column (window, start) does not fit."""
    other, other_start = state.window[job], state.start[job]
    begin = max(start, other_start)
    end = min(start + tables.duration[window], other_start + tables.duration[other])
    for k in range(tables.use_first[window], tables.use_first[window + 1]):
        limit = tables.use_limit[k]
        for i in range(tables.use_first[other], tables.use_first[other + 1]):
            if tables.use_limit[i] == limit:
                left = state.residual[limit, begin:end]
                for slot in range(len(left)):
                    if left[slot] < tables.use_amount[k]:
                        return True
    if _takes_same_link(tables, other, other_start, window, start):
        return True
    for k in range(tables.budget_use_first[window], tables.budget_use_first[window + 1]):
        for i in range(tables.budget_use_first[other], tables.budget_use_first[other + 1]):
            if tables.budget_use_index[i] == tables.budget_use_index[k]:
                return True
    return False


@kernel_part
def _eject_from(tables: Tables, state: SearchState, site: int, window: int, start: int) -> bool:
    """Take out jobs at ``site`` that are in the way, cheap ones with more chance first; whether the column then fits."""
    begin, end = start, start + tables.duration[window]
    if takes_link(tables, window):
        begin -= tables.lead_slots[window]
    if tables.budget_use_first[window] < tables.budget_use_first[window + 1]:
        begin, end = 0, tables.energy_prefix.shape[1]
    found = _find_overlapping(tables, state, site, begin, end)
    for i in range(found):
        state.key[i] = state.value[state.overlap[i]] * uniform(state.random)
    sort_by_key(state.overlap, state.key, found)
    for i in range(found):
        job = state.overlap[i]
        if state.window[job] >= 0 and _is_in_the_way(tables, state, job, window, start):
            if not uproot(tables, state, job):
                return False
            if column_fits(tables, state.residual, state.budget_left, window, start):
                return True
    return False


@kernel_part
def _make_room(tables: Tables, table: ScoreTable, state: SearchState, job: int) -> int:
    """Place ``job`` at one of its columns, ejecting what is in its way; the site, or -1 if the move came to nothing."""
    first, count = tables.job_first[job], tables.job_first[job + 1] - tables.job_first[job]
    window = first + min(below(state.random, count), below(state.random, count))
    width = tables.start_last[window] - tables.start_first[window] + 1
    start = tables.start_first[window] + below(state.random, width)
    other = tables.start_first[window] + below(state.random, width)
    score = score_of(tables, table, window, start, state.scores)
    other_score = score_of(tables, table, window, other, state.scores)
    if score < other_score:
        start, score = other, other_score
    if score == NEVER:
        return -1
    site: int = tables.site[window]
    touch(state, job)
    if state.window[job] >= 0:
        take_out(tables, state, job)
    if not clear_ties(tables, state, job, window, start):
        return -1
    fits = column_fits(tables, state.residual, state.budget_left, window, start)
    fits = fits or _eject_from(tables, state, site, window, start)
    if not fits:  # a limit or budget that other sites share
        fits = _eject_from(tables, state, below(state.random, len(state.resident_count)), window, start)
    if not fits or not in_order_and_group(tables, state.window, state.start, job, window, start):
        return -1
    put_in(tables, state, job, window, start)
    return site


@kernel_part
def _remove_string(tables: Tables, state: SearchState, job: int, mean: float) -> int:
    """Take out a random number of jobs that run at one site while ``job`` does, or could; the site."""
    first, count = tables.job_first[job], tables.job_first[job + 1] - tables.job_first[job]
    window, start = state.window[job], state.start[job]
    if window < 0:
        window = first + min(below(state.random, count), below(state.random, count))
        width = tables.start_last[window] - tables.start_first[window] + 1
        start = tables.start_first[window] + below(state.random, width)
    found = _find_overlapping(tables, state, tables.site[window], start, start + tables.duration[window])
    length = min(found, RUIN_LIMIT, 1 + int(-np.log(1.0 - uniform(state.random)) * mean))
    for i in range(length):
        k = i + below(state.random, found - i)
        state.overlap[i], state.overlap[k] = state.overlap[k], state.overlap[i]
        if state.window[state.overlap[i]] >= 0 and not uproot(tables, state, state.overlap[i]):
            break
    site: int = tables.site[window]
    return site


@kernel_part
def _insertion_keys(tables: Tables, state: SearchState, count: int) -> None:
    """Keys of the jobs in ``overlap`` for one of four insertion orders: value, noisy value, density, none."""
    kind = uniform(state.random)
    for i in range(count):
        job = state.overlap[i]
        if kind < 0.4:
            state.key[i] = -state.value[job]
        elif kind < 0.7:
            state.key[i] = -state.value[job] * uniform(state.random)
        elif kind < 0.85:
            window = tables.job_first[job]
            state.key[i] = -state.value[job] / (tables.power_w[window] * tables.duration[window] + 1.0)
        else:
            state.key[i] = uniform(state.random)


@kernel_part
def _recreate(tables: Tables, table: ScoreTable, state: SearchState, site: int, weights: MoveWeights) -> None:
    """Insert the jobs taken out anywhere, and a sample of the absent at ``site``, where there is new room."""
    counters, count = state.counters, 0
    for i in range(counters[TOUCHED]):
        if state.window[state.touched[i]] < 0:
            state.overlap[count] = state.touched[i]
            count += 1
    ruined = counters[TOUCHED]
    absent = counters[ABSENT]
    i = below(state.random, absent) if absent else 0
    for _ in range(min(weights.sample, absent)):
        job = state.absent[i]
        i = i + 1 if i + 1 < absent else 0
        if state.touched_at[job] != counters[MOVES]:
            touch(state, job)
            state.overlap[count] = job
            count += 1
    _insertion_keys(tables, state, count)
    sort_by_key(state.overlap, state.key, count)
    i = 0
    while i < count:
        job = state.overlap[i]
        i += 1
        if len(tables.ties) > 0:
            if state.key[i - 1] == TRIED:
                continue
            if is_tied(tables, job) and first_start(tables, state.window, state.start, job) >= tables.energy_prefix.shape[1]:
                continue  # one it waits for is absent: it comes again when another has been placed
            state.key[i - 1] = TRIED
        was_placed = False
        for k in range(ruined):
            if state.touched[k] == job:
                was_placed = True
                break
        insert(tables, table, state, job, ANY_SITE if was_placed else site, weights.blink)
        if state.window[job] >= 0 and is_tied(tables, job):
            i = 0


@kernel
def run_moves(
    tables: Tables, table: ScoreTable, state: SearchState, weights: MoveWeights, temperature: float, work: int
) -> None:
    """Moves at one temperature (micro-units) until ``work`` more windows have been scanned."""
    counters, job_count = state.counters, len(state.window)
    goal = counters[WORK] + work
    while counters[WORK] < goal:
        counters[MOVES] += 1
        counters[WORK] += 1
        counters[TOUCHED] = 0
        objective, missing = counters[OBJECTIVE], counters[MISSING]
        pick = uniform(state.random) * state.cumulative[job_count - 1]
        seed = min(np.searchsorted(state.cumulative, pick, side="right"), job_count - 1)
        has_chance = state.cumulative[seed] > (state.cumulative[seed - 1] if seed > 0 else 0.0)
        if tables.job_first[seed] == tables.job_first[seed + 1] or not has_chance:
            continue
        if uniform(state.random) < weights.eject_share:
            site = _make_room(tables, table, state, seed)
        else:
            site = _remove_string(tables, state, seed, weights.mean_string)
        accepted = site >= 0
        if accepted:
            _recreate(tables, table, state, site, weights)
            gain = gain_of_move(tables, state, objective, missing)
            accepted = gain >= 0.0 or gain > temperature * np.log(1.0 - uniform(state.random))
        if accepted:
            keep(state)
        else:
            undo(tables, state)
