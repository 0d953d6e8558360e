"""Exact integer residual capacity, and the compiled kernels that ask whether a column fits, place it and remove it.

``Tables`` is the part of ``Columns`` the kernels read, in the form they read it fastest: limits that every window uses
alike are merged into one row (their minimum is the same constraint), limits that cannot bind are dropped, and the uses
of a window are sorted by how scarce they are, so that a column that does not fit is refused early. Nothing is rounded:
a plan that fits here is feasible for the ``Columns``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from optimizer.columns import RATE_SCALE, Columns, IndexArray, IntArray
from optimizer.engines.price.jit import compiled

FloatArray = NDArray[np.float64]
ScoreArray = NDArray[np.float32]

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """``function`` compiled without reference counts, so it may not allocate; cached, free of the interpreter lock.

    Counting references to the arrays of a tuple costs more than most of these functions do (column_worth: 216 ns with,
    20 ns without), and they only borrow their arguments.
    """
    options = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"nnan", "nsz"}, "_nrt": False}
    return cast(F, njit(**options)(function))


#: Score of a column that must never be taken: it does not pay.
NEVER = np.float32(-np.inf)


class Tables(NamedTuple):
    """What kernels read. ``W`` windows, ``M`` merged limits, ``B`` budgets, ``S`` sites, ``T`` slots, ``J`` jobs."""

    job_first: IntArray  # [J + 1]
    job: IndexArray  # [W]
    site: IndexArray  # [W]
    start_first: IndexArray  # [W]
    start_last: IndexArray  # [W]
    duration: IndexArray  # [W]
    use_first: IntArray  # [W + 1]
    use_limit: IndexArray  # [uses] index of a merged limit
    use_amount: IntArray  # [uses]
    budget_use_first: IntArray  # [W + 1]
    budget_use_index: IndexArray
    budget_use_amount: IntArray
    budget_prefix: IntArray  # [B, T + 1]
    budget_divisor: IntArray  # [B]
    base: IntArray  # [W] micro-units
    power_w: IntArray  # [W]
    energy_prefix: IntArray  # [S, T + 1]
    carbon_prefix: IntArray  # [S, T + 1]
    cost_prefix: FloatArray  # [S, T + 1] micro-units per W: energy and carbon together, for scores
    due_slot: IndexArray  # [J]
    tardiness_cost: IntArray  # [J]
    bonus: IntArray  # [J] micro-units a placed mandatory job counts beyond its worth in any search; else 0
    capacity: IntArray  # [M, T]
    budget_capacity: IntArray  # [B]
    merged: IndexArray  # [L] the merged limit of each limit of the Columns, -1 where it cannot bind


def build_tables(columns: Columns) -> Tables:
    """The kernels' tables of ``columns``; about 10 ns a use."""
    merged, member = _merge_limits(columns)
    capacity = np.full((len(member), columns.slot_count), np.iinfo(np.int64).max, dtype=np.int64)
    for limit, row in enumerate(merged):
        if row >= 0:
            np.minimum(capacity[row], columns.capacity[limit], out=capacity[row])
    scarcity = 1.0 / np.maximum(1.0, capacity.mean(axis=1)) if len(member) else np.zeros(0)
    use_first, use_limit, use_amount = _merge_uses(
        columns.use_first, columns.use_limit, columns.use_amount, merged, np.asarray(member, np.int32), scarcity
    )
    contiguous = np.ascontiguousarray
    return Tables(
        job_first=contiguous(columns.job_first),
        job=contiguous(columns.job),
        site=contiguous(columns.site),
        start_first=contiguous(columns.start_first),
        start_last=contiguous(columns.start_last),
        duration=contiguous(columns.duration),
        use_first=use_first,
        use_limit=use_limit,
        use_amount=use_amount,
        budget_use_first=contiguous(columns.budget_use_first),
        budget_use_index=contiguous(columns.budget_use_index),
        budget_use_amount=contiguous(columns.budget_use_amount),
        budget_prefix=contiguous(columns.budget_prefix),
        budget_divisor=contiguous(columns.budget_divisor),
        base=contiguous(columns.base),
        power_w=contiguous(columns.power_w),
        energy_prefix=contiguous(columns.energy_prefix),
        carbon_prefix=contiguous(columns.carbon_prefix),
        cost_prefix=(columns.energy_prefix + columns.carbon_prefix) / RATE_SCALE,
        due_slot=contiguous(columns.due_slot),
        tardiness_cost=contiguous(columns.tardiness_cost),
        bonus=_mandatory_bonus(columns),
        capacity=capacity,
        budget_capacity=contiguous(columns.budget_capacity),
        merged=merged,
    )


def _mandatory_bonus(columns: Columns) -> IntArray:
    """More than any few jobs together are worth, and small enough that the sum over all jobs stays in 64 bits."""
    if not columns.mandatory.any() or not columns.window_count:
        return np.zeros(columns.job_count, dtype=np.int64)
    largest = max(worth_span(columns))
    bonus = min(16 * largest + 1, 2**61 // columns.job_count)
    return np.where(columns.mandatory, bonus, 0).astype(np.int64)


def worth_span(columns: Columns) -> tuple[int, int]:
    """(most a column can be worth, most it can cost), micro-units, both >= 1: cheap bounds, not attained."""
    swing = 1
    for prefix in (columns.energy_prefix, columns.carbon_prefix):
        if prefix.size:
            rate = int(np.abs(np.diff(prefix, axis=1)).max())
            swing += int((columns.power_w * columns.duration).max()) * rate // RATE_SCALE + 1
    swing += int((columns.tardiness_cost.max() if columns.job_count else 0) * columns.slot_count)
    return max(1, int(columns.base.max()) + swing), max(1, swing - int(columns.base.min()))


def merge_prices(tables: Tables, prices: FloatArray) -> FloatArray:
    """Prices ``[L, T]`` of the limits as prices ``[M, T]`` of the merged limits."""
    out = np.zeros(tables.capacity.shape)
    for limit, row in enumerate(tables.merged):
        if row >= 0:
            out[row] += prices[limit]
    return out


def _merge_limits(columns: Columns) -> tuple[IndexArray, list[int]]:
    """(merged limit of each limit, one limit of each merged limit).

    Two limits merge when every window uses the same amount of both; a limit goes when all jobs at once fit under it.
    """
    window = np.repeat(np.arange(columns.window_count), np.diff(columns.use_first))
    peak = _peak_demand(columns.job[window], columns.use_limit, columns.use_amount, len(columns.limits))
    by_limit = np.argsort(columns.use_limit, kind="stable")
    first = np.searchsorted(columns.use_limit[by_limit], np.arange(len(columns.limits) + 1))
    merged = np.full(len(columns.limits), -1, dtype=np.int32)
    member: list[int] = []
    seen: dict[tuple[bytes, bytes], int] = {}
    for limit in range(len(columns.limits)):
        uses = by_limit[first[limit] : first[limit + 1]]
        if not len(uses) or peak[limit] <= columns.capacity[limit].min():
            continue
        key = (window[uses].tobytes(), columns.use_amount[uses].tobytes())
        if key not in seen:
            seen[key] = len(member)
            member.append(limit)
        merged[limit] = seen[key]
    return merged, member


@compiled
def _peak_demand(job: IndexArray, use_limit: IndexArray, use_amount: IntArray, limit_count: int) -> FloatArray:
    """Sum over jobs of the most any window of the job uses of each limit; ``[L]``. Uses come sorted by job."""
    total = np.zeros(limit_count)
    most = np.zeros(limit_count, dtype=np.int64)
    last = np.full(limit_count, -1, dtype=np.int64)
    for k in range(len(use_limit)):
        limit = use_limit[k]
        if last[limit] != job[k]:
            last[limit] = job[k]
            most[limit] = 0
        if use_amount[k] > most[limit]:
            total[limit] += use_amount[k] - most[limit]
            most[limit] = use_amount[k]
    return total


@compiled
def _merge_uses(
    use_first: IntArray,
    use_limit: IndexArray,
    use_amount: IntArray,
    merged: IndexArray,
    member: IndexArray,
    scarcity: FloatArray,
) -> tuple[IntArray, IndexArray, IntArray]:
    """Uses of merged limits only, those of a window sorted by the share of the limit they take, largest first."""
    out_first = np.zeros(len(use_first), dtype=np.int64)
    out_limit = np.empty(len(use_limit), dtype=np.int32)
    out_amount = np.empty(len(use_limit), dtype=np.int64)
    n = 0
    for w in range(len(use_first) - 1):
        begin = n
        for k in range(use_first[w], use_first[w + 1]):
            row = merged[use_limit[k]]
            if row < 0 or member[row] != use_limit[k]:
                continue
            i = n
            share = use_amount[k] * scarcity[row]
            while i > begin and out_amount[i - 1] * scarcity[out_limit[i - 1]] < share:
                out_amount[i] = out_amount[i - 1]
                out_limit[i] = out_limit[i - 1]
                i -= 1
            out_amount[i] = use_amount[k]
            out_limit[i] = row
            n += 1
        out_first[w + 1] = n
    return out_first, out_limit[:n].copy(), out_amount[:n].copy()


@kernel
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


@kernel
def budget_use(tables: Tables, k: int, start: int, end: int) -> int:
    """What the ``k``-th budget use takes over the horizon when the run is ``[start, end)``."""
    b = tables.budget_use_index[k]
    use: int = tables.budget_use_amount[k]
    divisor = tables.budget_divisor[b]
    if divisor != 0:
        use = -((-use * (tables.budget_prefix[b, end] - tables.budget_prefix[b, start])) // divisor)
    return use


@kernel
def budgets_fit(tables: Tables, budget_left: IntArray, window: int, start: int) -> bool:
    end = start + tables.duration[window]
    for k in range(tables.budget_use_first[window], tables.budget_use_first[window + 1]):
        if budget_use(tables, k, start, end) > budget_left[tables.budget_use_index[k]]:
            return False
    return True


@kernel
def column_fits(tables: Tables, residual: IntArray, budget_left: IntArray, window: int, start: int) -> bool:
    """Whether one column fits in what is left."""
    end = start + tables.duration[window]
    for k in range(tables.use_first[window], tables.use_first[window + 1]):
        amount = tables.use_amount[k]
        left = residual[tables.use_limit[k]]
        for slot in range(start, end):
            if left[slot] < amount:
                return False
    return budgets_fit(tables, budget_left, window, start)


@kernel
def occupy(tables: Tables, residual: IntArray, budget_left: IntArray, window: int, start: int, sign: int) -> None:
    """Place (``sign`` 1) or remove (-1) a column; the caller knows that it fits, or that it is there."""
    end = start + tables.duration[window]
    for k in range(tables.use_first[window], tables.use_first[window + 1]):
        amount = sign * tables.use_amount[k]
        row = residual[tables.use_limit[k]]
        for slot in range(start, end):
            row[slot] -= amount
    for k in range(tables.budget_use_first[window], tables.budget_use_first[window + 1]):
        budget_left[tables.budget_use_index[k]] -= sign * budget_use(tables, k, start, end)


@kernel
def score_window(
    tables: Tables, prices: FloatArray, budget_prices: FloatArray, window: int, prefix: FloatArray, out: ScoreArray
) -> np.float32:
    """Reduced value (worth less priced use) of every start into ``out``; returns the best.

    ``prices`` is ``[M, T]`` or has no rows (free). A column that does not pay scores ``NEVER``: its worth, with the
    bonus of a mandatory job, is not positive. Scores guide and are not exact; ``column_worth`` is. ``prefix`` is
    scratch, ``[T + 1]``.
    """
    first, duration = tables.start_first[window], tables.duration[window]
    count = tables.start_last[window] + 1 - first
    job = tables.job[window]
    base, power, bonus = float(tables.base[window]), float(tables.power_w[window]), float(tables.bonus[job])
    grace = tables.due_slot[job] - duration
    tardiness = float(tables.tardiness_cost[job])
    cost = tables.cost_prefix[tables.site[window]]
    metered = len(budget_prices) > 0
    best = NEVER
    if prices.shape[0] > 0:
        slots = count + duration - 1
        prefix[1 : slots + 1] = 0.0
        for k in range(tables.use_first[window], tables.use_first[window + 1]):
            price, amount = prices[tables.use_limit[k]], float(tables.use_amount[k])
            for i in range(slots):
                prefix[i + 1] += amount * price[first + i]
        prefix[0] = 0.0
        for i in range(slots):
            prefix[i + 1] += prefix[i]
    else:
        prefix[: count + duration] = 0.0
    for i in range(count):
        start = first + i
        worth = base - power * (cost[start + duration] - cost[start]) - tardiness * max(0, start - grace)
        score = np.float32(worth - (prefix[i + duration] - prefix[i]))
        if worth + bonus <= 0.0:
            score = NEVER
        out[i] = score
        best = max(best, score)
    if metered:
        best = NEVER
        for i in range(count):
            for k in range(tables.budget_use_first[window], tables.budget_use_first[window + 1]):
                use = budget_use(tables, k, first + i, first + i + duration)
                out[i] -= np.float32(budget_prices[tables.budget_use_index[k]] * use)
            best = max(best, out[i])
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
    scores: ScoreArray,
    offset: int,
    floor: np.float32,
) -> tuple[int, np.float32]:
    """``best_start`` for a window that draws on budgets."""
    found = -1
    first = tables.start_first[window]
    for start in range(first, tables.start_last[window] + 1):
        score = scores[offset + start - first]
        if score > floor and column_fits(tables, residual, budget_left, window, start):
            found, floor = start, score
    return found, floor
