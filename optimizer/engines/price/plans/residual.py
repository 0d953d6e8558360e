"""Exact integer residual capacity: the compiled kernels that ask whether a column fits, place it, remove it, score it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from optimizer.columns.table import RATE_SCALE, IndexArray, IntArray
from optimizer.engines.price.jit import with_wide_integers
from optimizer.engines.price.tables import FloatArray, Tables

ScoreArray = NDArray[np.float32]

F = TypeVar("F", bound=Callable[..., object])


_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"nnan", "nsz"}, "_nrt": False}


def kernel(function: F) -> F:
    """``function`` compiled without reference counts, so it may not allocate; cached, free of the interpreter lock.

    Counting references to the arrays of a tuple costs more than most of these functions do (column_worth: 216 ns with,
    20 ns without), and they only borrow their arguments.
    """
    return cast(F, with_wide_integers(njit(**_OPTIONS)(function)))


def kernel_part(function: F) -> F:
    """A `kernel` that becomes part of its caller: to pass tuples of many arrays takes longer than a short loop."""
    return cast(F, with_wide_integers(njit(**_OPTIONS, forceinline=True)(function)))


#: Score of a column that must never be taken: it does not pay.
NEVER = np.float32(-np.inf)


@kernel_part
def column_worth(tables: Tables, window: int, start: int) -> int:
    """Objective micro-units of one column; exact."""
    end = start + tables.duration[window]
    site = tables.site[window]
    power = tables.power_w[window]
    energy = power * (tables.energy_prefix[site, end] - tables.energy_prefix[site, start])
    carbon = power * (tables.carbon_prefix[site, end] - tables.carbon_prefix[site, start])
    worth: int = tables.base[window] - (2 * energy + RATE_SCALE) // (2 * RATE_SCALE)
    worth -= (2 * carbon + RATE_SCALE) // (2 * RATE_SCALE)
    job = tables.job[window]
    late = end - tables.due_slot[job]
    if late > 0:
        worth -= tables.tardiness_cost[job] * late
    return worth


@kernel_part
def budget_use(tables: Tables, k: int, start: int, end: int) -> int:
    """What the ``k``-th budget use takes over the horizon when the run is ``[start, end)``."""
    b = tables.budget_use_index[k]
    use: int = tables.budget_use_amount[k]
    divisor = tables.budget_divisor[b]
    if divisor != 0:
        use = -((-use * (tables.budget_prefix[b, end] - tables.budget_prefix[b, start])) // divisor)
    return use


@kernel_part
def budgets_fit(tables: Tables, budget_left: IntArray, window: int, start: int) -> bool:
    end = start + tables.duration[window]
    for k in range(tables.budget_use_first[window], tables.budget_use_first[window + 1]):
        if budget_use(tables, k, start, end) > budget_left[tables.budget_use_index[k]]:
            return False
    return True


@kernel_part
def takes_link(tables: Tables, window: int) -> bool:
    """Whether a run of ``window`` takes a link before it starts."""
    return len(tables.lead_limit) > 0 and tables.lead_limit[window] >= 0


@kernel_part
def is_simple(tables: Tables, window: int) -> bool:
    """Whether nothing but its use of the limits while it runs says if a run of ``window`` fits."""
    return tables.budget_use_first[window] == tables.budget_use_first[window + 1] and not takes_link(tables, window)


@kernel_part
def column_fits(tables: Tables, residual: IntArray, budget_left: IntArray, window: int, start: int) -> bool:
    """Whether one column fits in what is left."""
    end = start + tables.duration[window]
    for k in range(tables.use_first[window], tables.use_first[window + 1]):
        amount = tables.use_amount[k]
        left = residual[tables.use_limit[k], start:end]
        for i in range(len(left)):
            if left[i] < amount:
                return False
    if takes_link(tables, window):
        for slot in range(start - tables.lead_slots[window], start):
            if residual[tables.lead_limit[window], slot] < tables.lead_amount[window]:
                return False
    return budgets_fit(tables, budget_left, window, start)


@kernel_part
def occupy(tables: Tables, residual: IntArray, budget_left: IntArray, window: int, start: int, sign: int) -> None:
    """Place (``sign`` 1) or remove (-1) a column; the caller knows that it fits, or that it is there."""
    end = start + tables.duration[window]
    for k in range(tables.use_first[window], tables.use_first[window + 1]):
        amount = sign * tables.use_amount[k]
        # a part of a row counts from 0: a compiler then knows that no index is negative
        left = residual[tables.use_limit[k], start:end]
        for i in range(len(left)):
            left[i] -= amount
    if takes_link(tables, window):
        for slot in range(start - tables.lead_slots[window], start):
            residual[tables.lead_limit[window], slot] -= sign * tables.lead_amount[window]
    for k in range(tables.budget_use_first[window], tables.budget_use_first[window + 1]):
        budget_left[tables.budget_use_index[k]] -= sign * budget_use(tables, k, start, end)


@kernel
def heat_row(tables: Tables, window: int) -> int:
    """The merged limit of the heat recovered where ``window`` runs; -1 where none may be sold."""
    plant, site = tables.plant, tables.site[window]
    if len(plant.first) == 0 or plant.heat[site] < 0:
        return -1
    return int(plant.heat_row[plant.heat[site]])


@kernel
def heat_of(tables: Tables, window: int) -> int:
    """The watts of heat that a run of ``window`` gives where they may be sold."""
    row = heat_row(tables, window)
    if row >= 0:
        for k in range(tables.use_first[window], tables.use_first[window + 1]):
            if tables.use_limit[k] == row:
                return -int(tables.use_amount[k])
    return 0


@kernel
def heat_gain(tables: Tables, window: int, start: int) -> float:
    """What the guide pays for the heat of one column."""
    earned = tables.heat_prefix[tables.site[window]]
    return heat_of(tables, window) * float(earned[start + tables.duration[window]] - earned[start])


@kernel
def score_window(
    tables: Tables,
    prices: FloatArray,
    budget_prices: FloatArray,
    window: int,
    gain: float,
    prefix: FloatArray,
    out: ScoreArray,
) -> np.float32:
    """Reduced value (worth and ``gain`` less priced use) of every start into ``out``; returns the best.

    ``prices`` is ``[M, T]`` or has no rows (free); ``gain`` is what the run brings beside its worth (``shares``), as is what
    its heat earns, whatever its row's price. A column that does not pay scores ``NEVER``: its worth, with gain, heat, the bonus
    of a mandatory job and what waits for it, is not positive. Scores guide and are not exact; ``column_worth`` is. ``prefix``
    is scratch, ``[T + 1]``.
    """
    first, duration = tables.start_first[window], tables.duration[window]
    count = tables.start_last[window] + 1 - first
    metered = len(budget_prices) > 0
    pays_link = prices.shape[0] > 0 and takes_link(tables, window)
    add_up_paid(tables, prices, window, first, first + count + duration - 1, prefix)
    best = score_starts(tables, window, gain, prefix, out)
    if pays_link:
        best = NEVER
        price, amount = prices[tables.lead_limit[window]], float(tables.lead_amount[window])
        for i in range(count):
            toll = 0.0
            for slot in range(first + i - tables.lead_slots[window], first + i):
                toll += amount * price[slot]
            out[i] -= np.float32(toll)
            best = max(best, out[i])
    if metered:
        best = NEVER
        for i in range(count):
            for k in range(tables.budget_use_first[window], tables.budget_use_first[window + 1]):
                use = budget_use(tables, k, first + i, first + i + duration)
                out[i] -= np.float32(budget_prices[tables.budget_use_index[k]] * use)
            best = max(best, out[i])
    return best


@kernel
def add_up_paid(tables: Tables, prices: FloatArray, window: int, begin: int, end: int, prefix: FloatArray) -> None:
    """What a run of ``window`` pays for limits in the slots ``[begin, end)``, added up, into ``prefix[begin : end + 1]``.

    Nothing for the heat it gives.
    """
    prefix[begin : end + 1] = 0.0
    if prices.shape[0] == 0:
        return
    given = heat_row(tables, window)
    for k in range(tables.use_first[window], tables.use_first[window + 1]):
        price, amount = prices[tables.use_limit[k]], float(tables.use_amount[k])
        if tables.use_limit[k] == given:
            continue
        for slot in range(begin, end):
            prefix[slot + 1] += amount * price[slot]
    for slot in range(begin, end):
        prefix[slot + 1] += prefix[slot]


@kernel
def score_starts(tables: Tables, window: int, gain: float, paid: FloatArray | ScoreArray, out: ScoreArray) -> np.float32:
    """`score_window` where nothing but limits has a price: ``paid[T + 1]`` is what a run pays for them, added up."""
    first, duration = tables.start_first[window], tables.duration[window]
    count = tables.start_last[window] + 1 - first
    job = tables.job[window]
    base, power, bonus = float(tables.base[window]) + gain, float(tables.power_w[window]), float(tables.bonus[job])
    lure, urgency = tables.lure[job], tables.urgency[job]
    grace = tables.due_slot[job] - duration
    tardiness = float(tables.tardiness_cost[job])
    cost = tables.cost_prefix[tables.pool[window]]
    heat, earned = float(heat_of(tables, window)), tables.heat_prefix[tables.site[window]]
    best = NEVER
    for i in range(count):
        start = first + i
        worth = base - power * (cost[start + duration] - cost[start]) - tardiness * max(0, start - grace)
        if heat > 0.0:
            worth += heat * (earned[start + duration] - earned[start])
        score = np.float32(worth - (paid[start + duration] - paid[start]) - urgency * (start + duration))
        if worth + bonus + lure <= 0.0:
            score = NEVER
        out[i] = score
        best = max(best, score)
    return best


@kernel
def best_start(
    use_limit: IndexArray,
    use_amount: IntArray,
    use_begin: int,
    use_end: int,
    residual: IntArray,
    first: int,
    last: int,
    duration: int,
    scores: ScoreArray,
    offset: int,
    floor: np.float32,
) -> tuple[int, np.float32]:
    """(start, score) of the best fitting start of a window that scores above ``floor``; (-1, floor) if there is none.

    The window's scores begin at ``scores[offset]``; budgets are not looked at. No slot is looked at twice: a run is
    tested from its end, and a slot that is too full moves the next start past it. Flat arguments, because this is the
    innermost loop of every search and a tuple of arrays costs more to pass than the loop takes.
    """
    found = -1
    start = first
    offset -= first
    free_to = start  # slots [start, free_to) are known to fit
    while start <= last:
        if not scores[offset + start] > floor:
            start += 1
            continue
        stop = max(start, free_to)
        end = start + duration
        slot = end - 1
        while slot >= stop:
            fits = True
            for k in range(use_begin, use_end):
                if residual[use_limit[k], slot] < use_amount[k]:
                    fits = False
                    break
            if not fits:
                break
            slot -= 1
        free_to = end
        if slot >= stop:
            start = slot + 1
            continue
        floor = scores[offset + start]
        found = start
        start += 1
    return found, floor


@kernel
def best_metered_start(
    tables: Tables,
    residual: IntArray,
    budget_left: IntArray,
    window: int,
    first: int,
    last: int,
    scores: ScoreArray,
    offset: int,
    floor: np.float32,
) -> tuple[int, np.float32]:
    """``best_start`` for a window that draws on budgets or takes a link."""
    found = -1
    for start in range(first, last + 1):
        score = scores[offset + start - first]
        if score > floor and column_fits(tables, residual, budget_left, window, start):
            found, floor = start, score
    return found, floor
