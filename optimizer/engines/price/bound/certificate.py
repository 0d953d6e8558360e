"""From float multipliers to integers that prove a bound, and what the bound excludes.

Multipliers are rounded to whole multiples of ``2 ** -unit_bits`` micro-units and everything is recomputed exactly: rounding
can only loosen the bound, never make it wrong. `optimizer.certificates` says how a stranger checks the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.certificates import (
    BudgetPrice,
    Certificate,
    DualFeasiblePrice,
    FloorPrice,
    PatternItem,
    PatternRow,
    PrecedencePrice,
    SlotPrice,
    SlotPrices,
    StoredEnergyPrices,
)
from optimizer.columns.table import BoolArray, Columns, IndexArray, IntArray
from optimizer.engines.price.bound.batteries import whole_stored_prices
from optimizer.engines.price.bound.dual import DualPoint
from optimizer.engines.price.bound.exact import IntegerPrices, best_profits, magnitude, profits_of_window
from optimizer.engines.price.bound.grants import IMPOSSIBLE, NEVER, Grants, grants
from optimizer.engines.price.bound.kernel import FloatArray, PricingTable
from optimizer.engines.price.bound.plant import exact_hall_gain, exact_plant_value, plant_magnitude
from optimizer.engines.price.bound.profiles import gather
from optimizer.engines.price.halls.agents import exact_values, hall_agents
from optimizer.engines.price.pieces.itineraries import LARGEST_INTEGER, best_itineraries_exact, itinerary_magnitude
from optimizer.engines.price.rows.slot_rows import SlotRows, no_slot_rows
from optimizer.engines.price.rows.strengthen import DualFeasibleRow, PatternSlot, Strengthening, gang_uses
from optimizer.interrupt import GiveWay, never

#: Twenty bits lose less than 1e-7 of a fleet's worth to rounding.
MOST_UNIT_BITS = 20


@dataclass(frozen=True, slots=True)
class CertifiedPoint:
    """A certificate with what `fix_by_reduced_cost` needs of its making."""

    certificate: Certificate
    prices: IntegerPrices
    window_profit: IntArray  # [W] units of 2 ** -unit_bits micro-units
    grants: Grants  # what the bound grants the jobs, in the same units
    total: int  # the bound before it is rounded down, in the same units


@dataclass(frozen=True, slots=True)
class Fixing:
    """The columns that a plan worth more than the objective may use; jobs it must place are mandatory.

    ``window_before[W']`` is the window of the full columns each came from; starts are unchanged.
    """

    columns: Columns
    window_before: IndexArray


def certify(
    table: PricingTable,
    point: DualPoint,
    rows: SlotRows | None = None,
    strengthening: Strengthening | None = None,
    give_way: GiveWay = never,
) -> CertifiedPoint:
    """The exact bound at ``point``, whose row multipliers are those of the first of ``strengthening``'s ``rows``.

    ``table`` must hold every job. Raises `MandatoryJobWithoutColumnsError`; `OverflowError` where not even whole
    micro-units fit 64 bits.
    """
    columns = table.columns
    rows = no_slot_rows(table.profiles.count, columns.slot_count) if rows is None else rows
    bits, row_price, order_price = MOST_UNIT_BITS, np.zeros(0, dtype=np.int64), np.zeros((0, 0), dtype=np.int64)
    # the sums of a block, and their differences
    terms = 1 if table.tied is None else 2 * table.tied.most_jobs
    while True:
        row_price = _whole(point.row, bits)
        floor_price = _whole_floors(columns, point, bits)
        order_price = _whole_order(table, point, bits)
        tolls = None if table.tied is None else table.tied.tolls(order_price)
        prices = IntegerPrices(
            bits,
            _whole(point.limit, bits),
            _whole(point.budget, bits),
            rows.of_profile,
            rows.rates(row_price),
            floor_price,
            tolls,
        )
        largest, paid = magnitude(table, prices)
        largest = max(largest, plant_magnitude(columns, prices.limit))
        if largest * terms < 2.0**62 and itinerary_magnitude(table, prices, paid) < LARGEST_INTEGER:
            break
        if bits == 0:
            raise OverflowError("worths or prices of this problem do not fit 64-bit integers")
        bits -= 1
    batteries = columns.plant.batteries
    stored_price = whole_stored_prices(batteries, prices.limit, bits) if len(batteries) else batteries.charge_w
    give_way()
    window_profit = best_profits(table, prices, give_way)
    give_way()
    job_profit = _job_profits(columns, window_profit)
    itineraries = best_itineraries_exact(table, prices, job_profit, give_way)
    job_profit[itineraries.position] = itineraries.profit
    granted = grants(columns, table.tied, window_profit, job_profit)
    agents = hall_agents(columns)
    capacity = np.maximum(columns.capacity, 0)
    capacity[agents.limit] = 0
    total = (
        _exact_dot(capacity, prices.limit)
        + _exact_dot(np.maximum(columns.budget_capacity, 0), prices.budget)
        + _exact_dot(np.where(rows.hall >= 0, 0, rows.rhs), row_price)
        + sum(exact_values(agents, bits, prices.limit, rows, row_price, exact_hall_gain(columns, bits, prices.limit)))
        - _exact_dot(columns.floors.target, prices.floor)
        + exact_plant_value(columns, bits, prices.limit, stored_price)
        + granted.total
    )
    certificate = Certificate(
        bound_micros=total >> bits,
        unit_bits=bits,
        slot_prices=tuple(
            SlotPrices(label.kind, label.element, tuple(price.tolist()))
            for label, price in zip(columns.limits, prices.limit, strict=True)
            if price.any()
        ),
        budget_prices=tuple(
            BudgetPrice(label.kind, label.element, int(price))
            for label, price in zip(columns.budgets, prices.budget, strict=True)
            if price
        ),
        dual_feasible_prices=_dual_feasible_prices(columns, strengthening, row_price),
        pattern_rows=_pattern_rows(columns, strengthening, row_price),
        floor_prices=tuple(
            FloorPrice(tenant, int(price)) for tenant, price in zip(columns.floors.tenant, prices.floor, strict=True) if price
        ),
        precedence_prices=_precedence_prices(table, order_price),
        stored_energy_prices=tuple(
            StoredEnergyPrices(columns.limits[limit].element, tuple(series))
            for limit, series in zip(batteries.limit.tolist(), stored_price.tolist(), strict=True)
        ),
    )
    return CertifiedPoint(certificate, prices, window_profit, granted, total)


def fix_by_reduced_cost(table: PricingTable, proof: CertifiedPoint, objective_micros: int) -> Fixing:
    """Drop every column, and every option to leave a job out, that no plan worth more than ``objective_micros`` takes.

    A plan that takes a column is worth at most the bound less what the column falls short of the best of its job, or, with
    the best that its key leaves the others of its block, of the best of the block.
    """
    columns, bits = table.columns, proof.prices.unit_bits
    # How far a plan may fall short of the total and still be better by one micro-unit; past 2 ** 62 nothing is too far.
    spare = min(NEVER, proof.total - ((objective_micros + 1) << bits))
    granted = proof.grants
    if spare < 0:
        # not even the best columns are enough; a sum of two numbers up to 2 ** 62 would not fit
        least = np.full(columns.window_count, NEVER, dtype=np.int64)
    else:
        least = np.where(granted.window == NEVER, NEVER, granted.window - spare)
    runs: list[tuple[int, int, int]] = []
    for window in np.flatnonzero(proof.window_profit >= least):
        profit = profits_of_window(table, proof.prices, int(window))
        first = int(columns.start_first[window])
        for low, high in _runs(profit >= least[window]):
            runs.append((int(window), first + low, first + high))
    mandatory = columns.mandatory | (granted.left_out > spare)
    window_before = np.array([run[0] for run in runs], dtype=np.int32)
    start_first = np.array([run[1] for run in runs], dtype=np.int32)
    start_last = np.array([run[2] for run in runs], dtype=np.int32)
    return Fixing(_selected(columns, window_before, start_first, start_last, mandatory), window_before)


def _dual_feasible_prices(
    columns: Columns, strengthening: Strengthening | None, row_price: IntArray
) -> tuple[DualFeasiblePrice, ...]:
    labels = strengthening.labels[: len(row_price)] if strengthening else []
    return tuple(
        DualFeasiblePrice(columns.limits[row.limit].kind, columns.limits[row.limit].element, row.slot, row.order, int(price))
        for row, price in zip(labels, row_price, strict=True)
        if price and isinstance(row, DualFeasibleRow)
    )


def _precedence_prices(table: PricingTable, order_price: IntArray) -> tuple[PrecedencePrice, ...]:
    if table.tied is None:
        return ()
    prices = []
    for index, price in zip(table.tied.precedence.tolist(), order_price, strict=True):
        if price.any():
            predecessor, successor = table.columns.precedences.names[index]
            series = tuple(SlotPrice(int(slot), int(price[slot])) for slot in np.flatnonzero(price))
            prices.append(PrecedencePrice(predecessor, successor, series))
    return tuple(prices)


def _pattern_rows(columns: Columns, strengthening: Strengthening | None, row_price: IntArray) -> tuple[PatternRow, ...]:
    if strengthening is None:
        return ()
    priced: dict[int, list[SlotPrice]] = {}
    for label, price in zip(strengthening.labels[: len(row_price)], row_price, strict=True):
        if price and isinstance(label, PatternSlot):
            priced.setdefault(label.cut, []).append(SlotPrice(label.slot, int(price)))
    rows = []
    for index, prices in priced.items():
        cut = strengthening.cuts[index]
        items = tuple(
            PatternItem(gang_uses(columns, strengthening.gangs.use[gang]), int(coefficient))
            for gang, coefficient in zip(cut.gang, cut.coefficient, strict=True)
        )
        rows.append(PatternRow(items, cut.rhs, tuple(sorted(prices))))
    return tuple(rows)


def _whole(multiplier: FloatArray, bits: int) -> IntArray:
    """Nearest whole units, capped where a float would not fit (a price can only be too low to help, never wrong)."""
    return np.minimum(np.rint(multiplier * 2.0**bits), 2.0**60).astype(np.int64)


def _whole_order(table: PricingTable, point: DualPoint, bits: int) -> IntArray:
    """As `_whole`, and so low that a job's tolls add up in 64 bits."""
    columns = table.columns
    price = point.orders(0 if table.tied is None else len(table.tied.precedence), columns.slot_count)
    return np.minimum(_whole(price, bits), 2**60 // max(1, price.size))


def _whole_floors(columns: Columns, point: DualPoint, bits: int) -> IntArray:
    """As `_whole`, and none above its floor's cost."""
    floors = columns.floors
    most = np.array([min(cost << bits, 2**62) for cost in floors.cost.tolist()], dtype=np.int64)
    return np.minimum(_whole(point.floors(len(floors)), bits), most)


def _job_profits(columns: Columns, window_profit: IntArray) -> IntArray:
    best = np.full(columns.job_count, IMPOSSIBLE, dtype=np.int64)
    some = np.flatnonzero(np.diff(columns.job_first))
    if len(some):
        best[some] = np.maximum.reduceat(window_profit, columns.job_first[some])
    return np.where(columns.mandatory, best, np.maximum(best, 0))


def _exact_dot(a: IntArray, b: IntArray) -> int:
    """Their inner product in Python integers, which have no largest."""
    some = np.flatnonzero(b)
    return sum(x * y for x, y in zip(a.ravel()[some].tolist(), b.ravel()[some].tolist(), strict=True))


def _runs(keep: BoolArray) -> list[tuple[int, int]]:
    """First and last index of every run of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], keep, [False]]).astype(np.int8)))
    return [(int(low), int(high) - 1) for low, high in edges.reshape(-1, 2)]


def _selected(
    columns: Columns, window: IndexArray, start_first: IndexArray, start_last: IndexArray, mandatory: BoolArray
) -> Columns:
    use, use_first = gather(columns.use_first, window)
    budget_use, budget_use_first = gather(columns.budget_use_first, window)
    job = columns.job[window]
    return replace(
        columns,
        mandatory=mandatory,
        job_first=np.searchsorted(job, np.arange(columns.job_count + 1)).astype(np.int64),
        job=job,
        mode=columns.mode[window],
        pool=columns.pool[window],
        site=columns.site[window],
        start_first=start_first,
        start_last=start_last,
        duration=columns.duration[window],
        use_first=use_first,
        use_limit=columns.use_limit[use],
        use_amount=columns.use_amount[use],
        budget_use_first=budget_use_first,
        budget_use_index=columns.budget_use_index[budget_use],
        budget_use_amount=columns.budget_use_amount[budget_use],
        base=columns.base[window],
        power_w=columns.power_w[window],
        floors=columns.floors.of_windows(window),
        leads=columns.leads.of_windows(window),
    )
