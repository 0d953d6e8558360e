"""Pricing in integers: profits of columns at whole prices, exact to the last unit.

The formulas are those of ``kernel`` without its liberties: energy and carbon cost are rounded half up once a column, and
metered use is rounded up. A profit is in units of ``2 ** -unit_bits`` micro-units; ``magnitude`` says beforehand whether
64 bits hold every intermediate sum.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from optimizer.arrays import no_ints
from optimizer.columns.table import RATE_SCALE, Columns, IndexArray, IntArray
from optimizer.engines.price.bound.kernel import FloatArray, PricingTable
from optimizer.engines.price.chunk_sizes import WINDOW_CHUNK
from optimizer.engines.price.jit import compiled
from optimizer.engines.price.pieces.lead_pricing import lead_chunks
from optimizer.engines.price.pieces.lead_table import LeadWindows, lead_toll
from optimizer.engines.price.threads import for_each
from optimizer.engines.price.ties.tied_table import Tolls
from optimizer.interrupt import GiveWay, chunks, never


@dataclass(frozen=True, slots=True)
class IntegerPrices:
    """Whole prices >= 0 in units of ``2 ** -unit_bits`` micro-units, per unit of ``limit[L, T]``, of ``budget[B]`` and,
    paid to runs, of ``floor[F]`` (empty: nothing).

    ``surcharge[E, T]`` is what slot rows add to the rate of the profiles that ``surcharge_of_profile[P]`` maps to it (-1:
    none).
    """

    unit_bits: int
    limit: IntArray
    budget: IntArray
    surcharge_of_profile: IndexArray
    surcharge: IntArray
    floor: IntArray = field(default_factory=no_ints)
    tolls: Tolls | None = None  # what order asks, and pays


def magnitude(table: PricingTable, prices: IntegerPrices) -> tuple[float, float]:
    """(no number met while pricing columns is larger, the most a profile pays for limits and rows over all slots).

    Below ``2 ** 62`` 64-bit integers are exact.
    """
    columns, largest = table.columns, 0.0
    power = float(columns.power_w.max(initial=0))
    rate = max(float(np.abs(np.diff(p, axis=1)).sum(axis=1).max(initial=0)) for p in _meters(columns))
    largest = 2.0 * power * rate + RATE_SCALE
    late = float(columns.tardiness_cost.max(initial=0)) * columns.slot_count
    worth = float(np.abs(columns.base).max(initial=0)) + 2.0 * power * rate / RATE_SCALE + 2.0 + late
    limit_total = prices.limit.sum(axis=1, dtype=np.float64)
    surcharge_total = prices.surcharge.sum(axis=1, dtype=np.float64)
    profiles = table.profiles
    # of recovered heat a run uses less than nothing
    own = _by_profile(profiles.use_first, limit_total[profiles.use_limit] * np.abs(profiles.use_amount))
    surcharged = np.flatnonzero(prices.surcharge_of_profile >= 0)
    own[surcharged] += surcharge_total[prices.surcharge_of_profile[surcharged]]
    if len(columns.budgets):
        swing = np.abs(np.diff(columns.budget_prefix, axis=1)).sum(axis=1).astype(np.float64)
        index, use = profiles.budget_use_index, profiles.budget_use_amount.astype(np.float64)
        divisor = columns.budget_divisor[index].astype(np.float64)
        metered = use * swing[index]
        largest = max(largest, float(np.where(divisor > 0, metered + divisor, 0.0).max(initial=0.0)))
        use = np.where(divisor > 0, metered / np.maximum(divisor, 1.0) + 1.0, use)
        own += _by_profile(profiles.budget_use_first, use * prices.budget[index])
    paid = float(own.max(initial=0.0))
    if len(columns.leads):
        leads = columns.leads
        transfers = np.where(leads.limit >= 0, limit_total[leads.limit] * leads.amount, 0.0)
        paid += float(transfers.max(initial=0.0))
    ordered = 0.0 if prices.tolls is None else sum(float(t.max(initial=0)) for t in (prices.tolls.start, prices.tolls.end))
    credit = float((prices.floor.max(initial=0) * columns.floors.use_amount.astype(np.float64)).max(initial=0.0))
    return max(largest, worth * 2.0**prices.unit_bits + paid + ordered + credit) * 1.001, paid


def _by_profile(first: IntArray, entries: FloatArray) -> FloatArray:
    """Sums of ``entries`` from ``first[p]`` to ``first[p + 1]``; ``[P]``."""
    total = np.concatenate([[0.0], np.cumsum(entries)])
    return np.maximum(0.0, np.diff(total[first]))


def best_profits(table: PricingTable, prices: IntegerPrices, give_way: GiveWay = never) -> IntArray:
    """The highest profit of each of ``columns``' windows; windows of jobs outside ``table`` are left at 0. Shape ``[W]``."""
    best = np.zeros(table.columns.window_count, dtype=np.int64)

    arguments = _arguments(table, prices)

    def price(part: tuple[int, int]) -> None:
        for first, last in chunks(part[1] - part[0], WINDOW_CHUNK, give_way):
            _best_of_windows(part[0] + first, part[0] + last, *arguments, best)

    layout = table.layout
    for_each(price, table.parts)
    if len(prices.floor):
        best[layout.window] += layout.floors.credit(prices.floor, len(layout))
    if table.leads is not None:
        _price_leads(table, table.leads, prices, best)
    return best


def _price_leads(table: PricingTable, leads: LeadWindows, prices: IntegerPrices, best: IntArray) -> None:
    """The windows that take a link before they start, each priced as a job of its own with the link's toll."""
    for chunk in lead_chunks(table.columns, leads, prices.limit, prices.tolls):
        given = chunk.window, chunk.profile, chunk.job, chunk.due_slot, chunk.tardiness_cost
        _best_of_windows(0, len(chunk.window), *_all_arguments(table.columns, *given, prices, chunk.tolls), best)
    if len(prices.floor):
        best[leads.window] += leads.floors.credit(prices.floor, len(leads.window))


def profits_of_window(table: PricingTable, prices: IntegerPrices, window: int) -> IntArray:
    """Profit of every start of ``window``; shape ``[start_last - start_first + 1]``."""
    columns = table.columns
    starts = np.arange(columns.start_first[window], columns.start_last[window] + 1)
    ends = starts + int(columns.duration[window])
    limit, amount = columns.uses(window)
    rate = amount @ prices.limit[limit]
    entry = int(prices.surcharge_of_profile[table.profiles.of_window[window]])
    if entry >= 0:
        rate = rate + prices.surcharge[entry]
    paid = np.concatenate([[0], np.cumsum(rate)])
    profit: IntArray = (columns.worth(window) << prices.unit_bits) - (paid[ends] - paid[starts])
    for k in range(int(columns.budget_use_first[window]), int(columns.budget_use_first[window + 1])):
        b, use = int(columns.budget_use_index[k]), columns.budget_use_amount[k]
        if divisor := columns.budget_divisor[b]:
            use = -(-use * (columns.budget_prefix[b, ends] - columns.budget_prefix[b, starts]) // divisor)
        profit -= prices.budget[b] * use
    if len(prices.floor):
        index, count = columns.floors.uses(window)
        profit += (prices.floor[index] * count).sum()
    profit -= lead_toll(columns, window, prices.limit, starts)
    if prices.tolls is not None and (row := int(prices.tolls.row_of_job[columns.job[window]])) >= 0:
        profit += prices.tolls.end[row, ends] - prices.tolls.start[row, starts]
    return profit


def _meters(columns: Columns) -> tuple[IntArray, ...]:
    return columns.energy_prefix, columns.carbon_prefix


def _arguments(table: PricingTable, prices: IntegerPrices) -> tuple[object, ...]:
    columns = table.columns
    tolls = _no_tolls(columns) if prices.tolls is None else prices.tolls
    given = table.layout.window, table.layout.profile, columns.job, columns.due_slot, columns.tardiness_cost
    return _all_arguments(columns, *given, prices, tolls)


def _all_arguments(
    columns: Columns,
    window: IndexArray,
    profile: IndexArray,
    job: IndexArray,
    due_slot: IndexArray,
    tardiness_cost: IntArray,
    prices: IntegerPrices,
    tolls: Tolls,
) -> tuple[object, ...]:
    return (
        window, profile, job, columns.site, columns.power_w, columns.base,
        columns.start_first, columns.start_last, columns.duration, due_slot, tardiness_cost,
        columns.energy_prefix, columns.carbon_prefix,
        columns.use_first, columns.use_limit, columns.use_amount, prices.limit,
        columns.budget_use_first, columns.budget_use_index, columns.budget_use_amount,
        columns.budget_prefix, columns.budget_divisor, prices.budget,
        prices.surcharge_of_profile, prices.surcharge, prices.unit_bits,
        tolls.row_of_job, tolls.start, tolls.end,
    )  # fmt: skip


def _no_tolls(columns: Columns) -> Tolls:
    nothing = np.zeros((0, columns.slot_count + 1), dtype=np.int64)
    return Tolls(np.full(columns.job_count, -1, dtype=np.int32), nothing, nothing)


@compiled
def _best_of_windows(
    first: int,
    last: int,
    window: IndexArray,
    profile: IndexArray,
    job: IndexArray,
    site: IndexArray,
    power_w: IntArray,
    base: IntArray,
    start_first: IndexArray,
    start_last: IndexArray,
    duration: IndexArray,
    due_slot: IndexArray,
    tardiness_cost: IntArray,
    energy_prefix: IntArray,
    carbon_prefix: IntArray,
    use_first: IntArray,
    use_limit: IndexArray,
    use_amount: IntArray,
    limit_price: IntArray,
    budget_use_first: IntArray,
    budget_use_index: IndexArray,
    budget_use_amount: IntArray,
    budget_prefix: IntArray,
    budget_divisor: IntArray,
    budget_price: IntArray,
    surcharge_of_profile: IndexArray,
    surcharge: IntArray,
    unit_bits: int,
    toll_row: IndexArray,
    start_toll: IntArray,
    end_toll: IntArray,
    best: IntArray,
) -> None:
    slot_count = energy_prefix.shape[1] - 1
    paid = np.zeros(slot_count + 1, dtype=np.int64)
    current = -1
    for i in range(first, last):
        w, j = window[i], job[window[i]]
        if profile[i] != current:
            current = profile[i]
            paid[:] = 0
            for k in range(use_first[w], use_first[w + 1]):
                for t in range(slot_count):
                    paid[t + 1] += use_amount[k] * limit_price[use_limit[k], t]
            if surcharge_of_profile[current] >= 0:
                for t in range(slot_count):
                    paid[t + 1] += surcharge[surcharge_of_profile[current], t]
            for t in range(slot_count):
                paid[t + 1] += paid[t]
        energy, carbon = energy_prefix[site[w]], carbon_prefix[site[w]]
        highest = np.int64(-(1 << 62))
        for s in range(start_first[w], start_last[w] + 1):
            e = s + duration[w]
            worth = base[w] - tardiness_cost[j] * max(0, e - due_slot[j])
            worth -= (2 * power_w[w] * (energy[e] - energy[s]) + RATE_SCALE) // (2 * RATE_SCALE)
            worth -= (2 * power_w[w] * (carbon[e] - carbon[s]) + RATE_SCALE) // (2 * RATE_SCALE)
            profit = (worth << unit_bits) - (paid[e] - paid[s])
            for k in range(budget_use_first[w], budget_use_first[w + 1]):
                b, use = budget_use_index[k], budget_use_amount[k]
                if budget_divisor[b] > 0:
                    use = -((-use * (budget_prefix[b, e] - budget_prefix[b, s])) // budget_divisor[b])
                profit -= budget_price[b] * use
            if toll_row[j] >= 0:
                profit += end_toll[toll_row[j], e] - start_toll[toll_row[j], s]
            highest = max(highest, profit)
        best[w] = highest
