"""Prices on rows to an exact integer bound, to what each column falls short of it, and to a certificate."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.certificates import (
    BudgetPrice,
    Certificate,
    DualFeasiblePrice,
    FloorPrice,
    PrecedencePrice,
    SlotPrice,
    SlotPrices,
    StoredEnergyPrices,
)
from optimizer.columns.table import Columns, IntArray
from optimizer.formulation.itinerary_pricing import PRICED_FAMILIES, ItineraryPricing, Values
from optimizer.formulation.milp import Milp
from optimizer.formulation.rows import RowFamily, Rows
from optimizer.units import PPM

#: Sums of priced uses stay below 2^60, so that no int64 overflows.
_SUM_BITS = 60
_MOST_UNIT_BITS = 40


@dataclass(frozen=True, slots=True)
class PricedOut:
    """Weak duality in units of ``2 ** -unit_bits`` micro-units.

    ``total``: no selection is worth more. ``loss[N]``: no selection that takes column ``c`` is worth more than
    ``total - loss[c]``.
    """

    unit_bits: int
    price: IntArray  # [M]
    floor_price: IntArray  # [F] within [0, cost x 2 ** unit_bits]
    total: int
    loss: IntArray  # [N]
    best: IntArray  # [J] what each job is worth at best
    stored_price: IntArray  # [B, T] of a watt-slot that a battery holds
    besides: tuple[Values, ...] = ()  # of the itineraries that are no columns

    @property
    def bound(self) -> int:
        """No selection is worth more micro-units."""
        return self.total >> self.unit_bits

    def may_beat(self, objective: int) -> NDArray[np.bool_]:
        """``[N]``: whether a selection with this column may be worth more than ``objective`` micro-units."""
        least = (objective + 1) << self.unit_bits
        return self.loss <= self.total - least

    def bound_with_any(self, columns: IntArray) -> int:
        """No selection that takes one of ``columns`` (at least one index) is worth more micro-units."""
        return (self.total - int(self.loss[columns].min())) >> self.unit_bits


def price_out(
    milp: Milp,
    rows: Rows,
    price: NDArray[np.float64],
    mandatory: NDArray[np.bool_],
    floor_price: NDArray[np.float64] | None = None,
    besides: ItineraryPricing | None = None,
    stored_price: NDArray[np.float64] | None = None,
) -> PricedOut | None:
    """Round ``price[M]`` (micro-units per unit of the row; what is negative or not finite counts as 0) and add up.

    ``rows`` are those of ``milp`` or stronger; the price of an assign row is ignored: each job pays its best column.
    ``floor_price[F]`` is cut to what lies between 0 and the floors' costs; without one the floors are free.
    ``stored_price[B, T]`` is what a watt-slot is worth that a battery holds: any proves a bound, without one it is nothing.
    ``besides`` prices the itineraries that are no columns of ``milp``: then the bound holds for them too, and only rows that
    they can be priced in count.
    None where the numbers are too large for 64 bits.
    """
    families = [family for family in RowFamily if family != RowFamily.ASSIGN] if besides is None else PRICED_FAMILIES
    usable = np.where(np.isin(rows.family, families) & np.isfinite(price) & (price > 0), price, 0.0)
    floors = milp.floors
    asked = np.zeros(floors.count) if floor_price is None else np.nan_to_num(floor_price)
    credit = np.clip(asked, 0.0, floors.cost)
    stored = np.zeros(milp.plant.stores.batteries.charge_w.shape) if stored_price is None else np.nan_to_num(stored_price)
    held = float(np.abs(stored).sum(axis=1) @ milp.plant.stores.batteries.capacity_uw) / PPM
    largest_besides = 0.0 if besides is None else besides.largest(rows, usable, credit)
    unit_bits = _unit_bits(milp, rows, usable, credit, largest_besides + 2.0 * held)
    if unit_bits < 0:
        return None
    floor_whole = np.minimum(np.rint(credit * 2.0**unit_bits).astype(np.int64), floors.cost << unit_bits)
    whole = milp.plant.capped(rows, np.rint(usable * 2.0**unit_bits).astype(np.int64), unit_bits)
    priced = rows.take(np.flatnonzero(whole))
    paid = np.zeros(milp.column_count, dtype=np.int64)
    np.add.at(paid, priced.column, priced.coefficient * np.repeat(whole[whole > 0], np.diff(priced.first)))
    gain = (milp.worth << unit_bits) - paid + floors.credit(floor_whole, milp.column_count)
    # a variable of a hall stands for itself, as a job that may be left out
    best = np.concatenate([np.where(mandatory, np.iinfo(np.int64).min, 0), np.zeros(milp.hall_column_count, dtype=np.int64)])
    np.maximum.at(best, milp.job, gain)
    values = [] if besides is None else besides.values(rows, whole, floor_whole, unit_bits)
    for value in values:
        if not value.is_empty:
            best[value.job] = max(best[value.job], value.best)
    total = int((rows.capacity * whole).sum()) + int(best.sum()) - int((floors.target * floor_whole).sum())
    stored_whole = np.rint(stored * 2.0**unit_bits).astype(np.int64)
    total += milp.plant.best(rows, whole, stored_whole, unit_bits)
    return PricedOut(
        unit_bits=unit_bits,
        price=whole,
        floor_price=floor_whole,
        total=total,
        loss=best[milp.job] - gain,
        besides=tuple(values),
        best=best,
        stored_price=stored_whole,
    )


def _unit_bits(milp: Milp, rows: Rows, price: NDArray[np.float64], credit: NDArray[np.float64], largest_besides: float) -> int:
    """The finest unit in which no sum overflows; negative where there is none."""
    used = np.bincount(
        rows.column, weights=np.abs(rows.coefficient) * np.repeat(price, np.diff(rows.first)), minlength=milp.column_count
    )
    paid = used + milp.floors.credit(credit, milp.column_count)
    per_column = float(np.abs(milp.worth).max(initial=0)) + float(paid.max(initial=0.0))
    shortfall = float((milp.floors.target * milp.floors.cost.astype(np.float64)).sum())
    largest_besides += milp.plant.largest()
    largest = largest_besides + shortfall + float((rows.capacity * price).sum()) + per_column * (1 + len(np.unique(milp.job)))
    return min(_MOST_UNIT_BITS, _SUM_BITS - math.ceil(math.log2(largest + float(rows.capacity.max(initial=1)) + 2)))


def certificate(columns: Columns, rows: Rows, priced: PricedOut) -> Certificate | None:
    """``priced`` as a certificate in the names of the problem; None where it prices rows that no certificate has."""
    families = rows.family[priced.price > 0]
    if len(columns.halls) or (families == RowFamily.TOGETHER).any():
        return None
    if columns.leads.are_in_pieces and not priced.besides and (families == RowFamily.LINK).any():
        # whoever checks a certificate lets runs in pieces take links for nothing
        return None
    slot_prices: dict[int, list[int]] = {}
    budget_prices: list[BudgetPrice] = []
    dual_feasible_prices: list[DualFeasiblePrice] = []
    precedence_prices: dict[int, list[SlotPrice]] = {}
    for row in np.flatnonzero(priced.price).tolist():
        family, element, slot = int(rows.family[row]), int(rows.element[row]), int(rows.slot[row])
        price = int(priced.price[row])
        if family in (RowFamily.LIMIT, RowFamily.LINK):
            slot_prices.setdefault(element, [0] * columns.slot_count)[slot] = price
        elif family == RowFamily.BUDGET:
            label = columns.budgets[element]
            budget_prices.append(BudgetPrice(label.kind, label.element, price))
        elif family == RowFamily.PRECEDENCE:
            precedence_prices.setdefault(element, []).append(SlotPrice(slot, price))
        else:
            label = columns.limits[element]
            order = int(rows.order[row])
            dual_feasible_prices.append(DualFeasiblePrice(label.kind, label.element, slot, order, price))
    return Certificate(
        bound_micros=priced.bound,
        unit_bits=priced.unit_bits,
        slot_prices=tuple(
            SlotPrices(columns.limits[limit].kind, columns.limits[limit].element, tuple(series))
            for limit, series in sorted(slot_prices.items())
        ),
        budget_prices=tuple(budget_prices),
        dual_feasible_prices=tuple(dual_feasible_prices),
        floor_prices=tuple(
            FloorPrice(tenant, int(price))
            for tenant, price in zip(columns.floors.tenant, priced.floor_price, strict=True)
            if price
        ),
        precedence_prices=tuple(
            PrecedencePrice(*columns.precedences.names[index], tuple(sorted(series)))
            for index, series in sorted(precedence_prices.items())
        ),
        stored_energy_prices=tuple(
            StoredEnergyPrices(columns.limits[limit].element, tuple(series))
            for limit, series in zip(columns.plant.batteries.limit.tolist(), priced.stored_price.tolist(), strict=True)
        ),
    )
