"""Pricing: the best column of every job at given prices, without enumerating a column.

With prices ``p[l, t] >= 0`` on slot limits and ``q[b] >= 0`` on budgets, a column's profit is

    worth - sum of use x p over the slots of its run - sum of budget use x q.

All of it but base worth and tardiness is a sum over the run of a rate that depends only on the window's *profile*, so with
the rate's prefix sums ``F`` the profit of starting at ``s`` is ``base - tardiness(s) - (F[s + d] - F[s])``.

The half-up rounding of energy cost and the rounding up of metered uses are left out here: they move a profit by a few
micro-units, and only ``certificate`` needs them exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimizer.columns.table import RATE_SCALE, Columns, IndexArray, IntArray
from optimizer.engines.price.bound.layout import WindowLayout, window_layout
from optimizer.engines.price.bound.prices import BestColumns as BestColumns
from optimizer.engines.price.bound.prices import FloatArray as FloatArray
from optimizer.engines.price.bound.prices import Prices as Prices
from optimizer.engines.price.bound.prices import Surcharge as Surcharge
from optimizer.engines.price.bound.profiles import Profiles, profiles_of
from optimizer.engines.price.jit import compiled, lesser
from optimizer.engines.price.pieces.lane_table import LaneTable, lane_table
from optimizer.engines.price.pieces.lead_table import LeadWindows, lead_toll, lead_windows
from optimizer.engines.price.threads import for_each
from optimizer.engines.price.ties.tied_table import TiedTable, tied_table
from optimizer.interrupt import GiveWay, chunks, never

#: A thread costs about 0.1 ms a pricing, as much as some thousand windows.
WINDOWS_WORTH_A_THREAD = 5_000
#: Windows priced between two looks at whether to give way; they share the prefix sums of their profiles.
WINDOW_CHUNK = 200_000


@dataclass(frozen=True, slots=True)
class PricingTable:
    """The windows of some jobs as pricing reads them; those that take links before they start stand apart."""

    columns: Columns
    profiles: Profiles
    layout: WindowLayout
    threads: int  # at most so many price
    parts: tuple[tuple[int, int], ...]  # ``[first, last)`` of the layout, one a thread; few windows are not worth a thread
    rate: FloatArray  # [S, T] energy and carbon, micro-units per watt and slot
    budget_rate: FloatArray  # [B, T] metered use per unit of amount and slot; zero for a consumable
    lanes: LaneTable | None = None  # of those of these jobs that may run in pieces; None: none may
    tied: TiedTable | None = None  # of a table of all jobs, where some are tied; see `tied_pricing`
    leads: LeadWindows | None = None  # the windows that take links before they start; None: none do
    elsewhere: Callable[[Prices], BestColumns] | None = None  # prices these jobs on other machines, to the same bits

    @property
    def jobs(self) -> IntArray:
        """Those priced, ascending; ``[J']``."""
        return self.layout.jobs

    def restricted(self, jobs: IntArray) -> PricingTable:
        """The same for ``jobs`` (ascending) only, whatever ties them; profiles and rates are shared: it costs their windows."""
        layout = self.layout.restricted(self.columns, jobs)
        lanes = None if self.lanes is None else self.lanes.restricted(jobs)
        leads = lead_windows(self.columns, self.profiles, jobs)
        parts = _parts(layout, self.threads)
        return PricingTable(
            self.columns, self.profiles, layout, self.threads, parts, self.rate, self.budget_rate, lanes, leads=leads
        )


def _parts(layout: WindowLayout, threads: int) -> tuple[tuple[int, int], ...]:
    return layout.parts(max(1, min(threads, len(layout) // WINDOWS_WORTH_A_THREAD)))


def pricing_table(columns: Columns, jobs: IntArray | None = None, thread_count: int = 1) -> PricingTable:
    """Prepare ``columns`` for pricing by at most ``thread_count`` threads; ``jobs`` (ascending) limits it to some jobs."""
    profiles = profiles_of(columns)
    chosen = np.arange(columns.job_count, dtype=np.int64) if jobs is None else np.asarray(jobs, dtype=np.int64)
    rate = np.diff(columns.energy_prefix + columns.carbon_prefix, axis=1) / RATE_SCALE
    divisor = columns.budget_divisor[:, None]
    budget_rate = np.where(divisor > 0, np.diff(columns.budget_prefix, axis=1) / np.maximum(divisor, 1), 0.0)
    layout = window_layout(columns, profiles, chosen)
    lanes = lane_table(columns, chosen, thread_count)
    tied = tied_table(columns, profiles) if jobs is None else None
    leads = lead_windows(columns, profiles, chosen)
    parts = _parts(layout, thread_count)
    return PricingTable(columns, profiles, layout, thread_count, parts, rate, budget_rate, lanes, tied, leads)


def best_columns(
    table: PricingTable, prices: Prices, residual: IntArray | None = None, give_way: GiveWay = never
) -> BestColumns:
    """The best column of each of ``table.jobs`` at ``prices``.

    With ``residual[L, T]`` columns that use more than it in a slot of their run are passed over; a job that has no other
    gets a profit below minus every worth.
    """
    if table.elsewhere is not None and residual is None:
        return table.elsewhere(prices)
    parts = table.parts
    found = [_nothing_found(len(table.jobs)) for _ in range(max(1, len(parts)))]
    arguments = (*_layout_arguments(table.layout, prices), table.columns.slot_count, price_arguments(table, prices, residual))

    def price(part: int) -> None:
        (begin, end), best = parts[part], found[part]
        for first, last in chunks(end - begin, WINDOW_CHUNK, give_way):
            _price_windows(begin + first, begin + last, *arguments, best.profit, best.window, best.start)

    for_each(price, range(len(parts)))
    best = found[0]
    for other in found[1:]:
        _take_better(best.profit, best.window, best.start, other.profit, other.window, other.start)
    if table.leads is not None:
        from optimizer.engines.price.pieces.lead_pricing import price_leads

        price_leads(table, table.leads, prices, residual, best)
    return best


def profits_of_window(table: PricingTable, window: int, prices: Prices, residual: IntArray | None = None) -> FloatArray:
    """Profit of every start of ``window``, -inf where ``residual`` bars it; shape ``[start_last - start_first + 1]``."""
    columns = table.columns
    prefix = np.empty(columns.slot_count + 1)
    arguments = price_arguments(table, prices, residual)
    fixed = profile_rates(int(table.profiles.of_window[window]), *arguments, prefix[1:])
    add_up(prefix)
    starts = np.arange(columns.start_first[window], columns.start_last[window] + 1)
    ends = starts + int(columns.duration[window])
    job = columns.job[window]
    late = np.maximum(0, ends - columns.due_slot[job])
    profit: FloatArray = columns.base[window] - fixed - (prefix[ends] - prefix[starts])
    profit -= columns.tardiness_cost[job] * late
    profit -= lead_toll(columns, window, prices.limit, starts)
    if len(prices.floor):
        index, amount = columns.floors.uses(window)
        profit += float((prices.floor[index] * amount).sum())
    profit[profit < -_barrier(columns) / 2] = -np.inf
    return profit


def _nothing_found(job_count: int) -> BestColumns:
    return BestColumns(np.full(job_count, -np.inf), np.full(job_count, -1, dtype=np.int32), np.zeros(job_count, dtype=np.int32))


def _barrier(columns: Columns) -> float:
    """Above any difference of two worths, yet small enough to leave a float's precision to the prices."""
    credit = float(columns.floors.cost.max(initial=0)) * float(columns.floors.use_amount.max(initial=0))
    return 16.0 * (1.0 + float(np.abs(columns.base).max(initial=0)) + credit)


def _layout_arguments(layout: WindowLayout, prices: Prices) -> tuple[object, ...]:
    return (
        layout.window,
        layout.profile,
        layout.position,
        layout.start_first,
        layout.start_last,
        layout.duration,
        layout.base_at(prices.floor),
        layout.due_slot,
        layout.tardiness_cost,
    )


_NO_SURCHARGE = Surcharge(np.zeros(0, dtype=np.int32), np.zeros((0, 0)))
_NO_RESIDUAL = np.zeros((0, 0), dtype=np.int64)


def price_arguments(table: PricingTable, prices: Prices, residual: IntArray | None) -> tuple[object, ...]:
    """What `profile_rates` reads between the profile and its answer."""
    columns, profiles = table.columns, table.profiles
    surcharge = prices.surcharge or _NO_SURCHARGE
    return (
        profiles.site,
        profiles.power_w,
        table.rate,
        profiles.use_first,
        profiles.use_limit,
        profiles.use_amount,
        prices.limit,
        profiles.budget_use_first,
        profiles.budget_use_index,
        profiles.budget_use_amount,
        columns.budget_divisor,
        table.budget_rate,
        prices.budget,
        surcharge.of_profile,
        surcharge.rate,
        _NO_RESIDUAL if residual is None else residual,
        _barrier(columns),
    )


@compiled
def profile_rates(
    profile: int,
    site: IndexArray,
    power_w: IntArray,
    rate: FloatArray,
    use_first: IntArray,
    use_limit: IndexArray,
    use_amount: IntArray,
    limit_price: FloatArray,
    budget_use_first: IntArray,
    budget_use_index: IndexArray,
    budget_use_amount: IntArray,
    budget_divisor: IntArray,
    budget_rate: FloatArray,
    budget_price: FloatArray,
    surcharge_of_profile: IndexArray,
    surcharge_rate: FloatArray,
    residual: IntArray,
    barrier: float,
    paid: FloatArray,
) -> float:
    """Fill ``paid[T]`` with the profile's price per slot; return what a run pays whenever it starts."""
    slot_count = len(paid)
    power = float(power_w[profile])
    site_rate = rate[site[profile]]
    for t in range(slot_count):
        paid[t] = power * site_rate[t]
    for k in range(use_first[profile], use_first[profile + 1]):
        amount = float(use_amount[k])
        price = limit_price[use_limit[k]]
        for t in range(slot_count):
            paid[t] += amount * price[t]
        if len(residual) > 0:
            left = residual[use_limit[k]]
            for t in range(slot_count):
                if left[t] < use_amount[k]:
                    paid[t] += barrier
    fixed = 0.0
    for k in range(budget_use_first[profile], budget_use_first[profile + 1]):
        b = budget_use_index[k]
        price_of_amount = budget_use_amount[k] * budget_price[b]
        if budget_divisor[b] == 0:
            fixed += price_of_amount
        elif price_of_amount > 0.0:
            for t in range(slot_count):
                paid[t] += price_of_amount * budget_rate[b, t]
    if len(surcharge_of_profile) > 0 and surcharge_of_profile[profile] >= 0:
        extra = surcharge_rate[surcharge_of_profile[profile]]
        for t in range(slot_count):
            paid[t] += extra[t]
    return fixed


@compiled
def add_up(prefix: FloatArray) -> None:
    """Turn what stands from place 1 on into sums from the start: four parts side by side, since each sum waits for the last."""
    prefix[0] = 0.0
    part = (len(prefix) - 1) // 4
    one, two, three, four = 0.0, 0.0, 0.0, 0.0
    for t in range(1, part + 1):
        one += prefix[t]
        two += prefix[part + t]
        three += prefix[2 * part + t]
        four += prefix[3 * part + t]
        prefix[t], prefix[part + t], prefix[2 * part + t], prefix[3 * part + t] = one, two, three, four
    two += one
    three += two
    for t in range(1, part + 1):
        prefix[part + t] += one
        prefix[2 * part + t] += two
        prefix[3 * part + t] += three
    for t in range(4 * part + 1, len(prefix)):
        prefix[t] += prefix[t - 1]


@compiled
def _price_windows(
    first_window: int,
    last_window: int,
    window: IndexArray,
    profile: IndexArray,
    position: IndexArray,
    start_first: IndexArray,
    start_last: IndexArray,
    duration: IndexArray,
    base: FloatArray,
    due_slot: IndexArray,
    tardiness_cost: FloatArray,
    slot_count: int,
    arguments: tuple[object, ...],
    best_profit: FloatArray,
    best_window: IndexArray,
    best_start: IndexArray,
) -> None:
    prefix, slots = np.empty(slot_count + 1), np.arange(slot_count + 1).astype(np.float64)
    current, fixed = -1, 0.0
    for i in range(first_window, last_window):
        if profile[i] != current:
            current = profile[i]
            fixed = profile_rates(current, *arguments, prefix[1:])
            add_up(prefix)
        j = position[i]
        first, count, d = start_first[i], start_last[i] - start_first[i] + 1, duration[i]
        begin, end = prefix[first : first + count], prefix[first + d : first + d + count]
        # starts from `late` on finish after the due slot, the first of them by `overdue` slots: many where it is long past
        late = count if tardiness_cost[j] == 0.0 else min(count, max(0, due_slot[j] - d - first + 1))
        overdue = float(first + late + d - due_slot[j])
        cheapest = _least(begin[:late], end[:late])
        if late < count:
            cheapest = min(cheapest, _least_late(begin[late:], end[late:], overdue, slots, tardiness_cost[j]))
        profit = base[i] - fixed - cheapest
        if _is_better(profit, window[i], best_profit[j], best_window[j]):
            best_profit[j], best_window[j] = profit, window[i]
            for s in range(count):
                toll = 0.0 if s < late else tardiness_cost[j] * (overdue + slots[s - late])
                if end[s] - begin[s] + toll == cheapest:
                    best_start[j] = first + s
                    break


@compiled
def _least(begin: FloatArray, end: FloatArray) -> float:
    """The least of ``end - begin``."""
    least = np.inf
    for s in range(len(begin)):
        least = lesser(end[s] - begin[s], least)
    return least


@compiled
def _least_late(begin: FloatArray, end: FloatArray, overdue: float, slots: FloatArray, cost: float) -> float:
    """The least of ``end - begin`` where each slot overdue costs ``cost``: ``overdue`` at the first, one more at each next."""
    least = np.inf
    for s in range(len(begin)):
        least = lesser(end[s] - begin[s] + cost * (overdue + slots[s]), least)
    return least


@compiled
def _is_better(profit: float, window: int, than_profit: float, than_window: int) -> bool:
    """Of windows that give a job as much, the first is taken, whoever finds it."""
    return profit > than_profit or (profit == than_profit and window < than_window)


@compiled
def _take_better(
    profit: FloatArray,
    window: IndexArray,
    start: IndexArray,
    other_profit: FloatArray,
    other_window: IndexArray,
    other_start: IndexArray,
) -> None:
    """What another part of the windows gives, where it is better."""
    for j in range(len(profit)):
        if other_window[j] >= 0 and _is_better(other_profit[j], other_window[j], profit[j], window[j]):
            profit[j], window[j], start[j] = other_profit[j], other_window[j], other_start[j]
