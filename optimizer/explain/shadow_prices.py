"""What more of each limit is worth, read from the prices of a certificate; docs/certificates.md says what the numbers mean."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.accounting import ledger
from optimizer.accounting.operation import grid_label
from optimizer.certificates import Certificate
from optimizer.exact.links import MB_PER_GB
from optimizer.exact.problem import ExactProblem
from optimizer.limits import GIVEN_KINDS, LimitKind, LimitLabel
from optimizer.priced.columns import Prices, prices_of
from optimizer.priced.plant import best_peak
from optimizer.solution import ShadowPrice
from optimizer.units import MG_PER_TONNE, PPM, WH_PER_MWH, divide_up

W_PER_MW = 1_000_000
#: The unit people price a limit in, and how many of the limit's own make one.
STATED_UNITS = {"W": ("MW", W_PER_MW), "Wh": ("MWh", WH_PER_MWH), "mg": ("t", MG_PER_TONNE), "MB/h": ("GB/h", MB_PER_GB)}
#: How many of a limit's own units make one that its price is stated in.
OWN_UNITS = dict(STATED_UNITS.values())
#: The most that a plan file holds; a price this high says no more than "at any price".
MOST_MICROS = 2**63 - 1


def shadow_prices(problem: ExactProblem, certificate: Certificate) -> tuple[ShadowPrice, ...]:
    """The price of every limit that has one, in the order of the problem's limits. The certificate is taken at its word."""
    prices = prices_of(problem, certificate)
    slots = _row_slots(certificate)
    by_slot = [
        _slot_limit(problem, label, capacity, prices, slots.get((label.kind, label.element), set()))
        for label, capacity in ledger.slot_limits(problem).items()
        if label.kind not in GIVEN_KINDS
    ]
    budgets = [
        ShadowPrice(
            kind=label.kind.value,
            element=label.element,
            unit=unit,
            price_micros=(_stated(price, size, 1 << prices.unit_bits),),
        )
        for label in ledger.horizon_limits(problem)
        for unit, size in [STATED_UNITS.get(label.unit, (label.unit, 1))]
        if (price := prices.budget.get((label.kind, label.element), 0))
    ]
    return (*(found for found in by_slot if any(found.worth_micros) or found.row_slots), *budgets)


def _slot_limit(
    problem: ExactProblem, label: LimitLabel, capacity: Sequence[int], prices: Prices, row_slots: set[int]
) -> ShadowPrice:
    name = (label.kind, label.element)
    unit, size = STATED_UNITS.get(label.unit, (label.unit, 1))
    divisors = [d << prices.unit_bits for d in _own_units_ppm(problem, label)]
    price = _of_limit(problem, label, capacity, prices)
    row_price = [0] * problem.slot_count
    for row in prices.dual_feasible.get(name, ()):
        if capacity[row.slot] > 0:
            paid = row.price * row.order * (row.order + 1)
            row_price[row.slot] += _stated(paid, size * PPM, divisors[row.slot] * capacity[row.slot])
    return ShadowPrice(
        kind=label.kind.value,
        element=label.element,
        unit=unit,
        price_micros=tuple(_stated(p, size * PPM, divisor) for p, divisor in zip(price, divisors, strict=True)),
        row_price_micros=tuple(row_price) if any(row_price) else (),
        row_slots=tuple(sorted(row_slots)),
    )


def _of_limit(problem: ExactProblem, label: LimitLabel, capacity: Sequence[int], prices: Prices) -> Sequence[int]:
    """The limit's price by slot; at a connection with a demand charge, only where its limit ends below the best peak.

    Elsewhere what the price pays for is the peak, and more of the limit is worth nothing.
    """
    price = prices.slot.get((label.kind, label.element), [0] * problem.slot_count)
    site = next((site for site in problem.sites if label == grid_label(site)), None)
    if site is None or not site.demand_charge_micros_per_kw:
        return price
    there = [max(0, most) for most in capacity]
    _, peak = best_peak(site, there, price, 1 << prices.unit_bits)
    return [p if site.draw_uw(slot, there[slot]) <= peak else 0 for slot, p in enumerate(price)]


def _own_units_ppm(problem: ExactProblem, label: LimitLabel) -> Sequence[int]:
    """By slot, how many units people count make a million of the limit's own: at the connection, a watt of IT is PUE watts."""
    if label.kind is LimitKind.GRID_IMPORT:
        return next(site.pue_ppm for site in problem.sites if site.name == label.element)
    return (PPM,) * problem.slot_count


def _stated(price: int, size: int, divisor: int) -> int:
    return min(MOST_MICROS, divide_up(price * size, divisor))


def _row_slots(certificate: Certificate) -> dict[tuple[LimitKind, str], set[int]]:
    """Where each limit stands in a row over whole gangs that has a price."""
    slots: dict[tuple[LimitKind, str], set[int]] = {}
    for row in certificate.dual_feasible_prices:
        if row.price:
            slots.setdefault((row.kind, row.element), set()).add(row.slot)
    for pattern in certificate.pattern_rows:
        priced = {slot for slot, price in pattern.price if price}
        for kind, element in {(use.kind, use.element) for item in pattern.items for use in item.uses}:
            slots.setdefault((kind, element), set()).update(priced)
    return slots
