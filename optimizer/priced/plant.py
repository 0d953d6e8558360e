"""What the plant of every site is worth at the prices of a certificate, by plain loops over loads and slots."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.accounting.operation import flexible_limits, flexible_rate
from optimizer.exact.problem import ExactFlexibleLoad, ExactProblem, ExactSite
from optimizer.limits import LimitKind
from optimizer.peaks import UW_PER_KW
from optimizer.priced.battery import battery_best
from optimizer.priced.columns import Limits, Prices
from optimizer.units import RATE_SCALE, divide_up


def plant_best(problem: ExactProblem, limits: Limits, prices: Prices) -> int:
    """No operation gains more after it has paid, in ``2 ** -unit_bits`` micro-units.

    A watt of a flexible load gains its rate, rounded up, less the slot prices of the limits that it takes a watt of; a watt
    of heat what it is sold for, less what the runs that give it are paid. What runs beside a battery, which may give as much,
    is paid for that.
    """
    unit = 1 << prices.unit_bits
    total = 0
    nothing = [0] * problem.slot_count
    for site in problem.sites:
        connection = prices.slot.get((LimitKind.GRID_IMPORT, site.name), nothing)
        export = prices.slot.get((LimitKind.GRID_EXPORT, site.name), nothing)
        if site.battery is not None:
            stored = prices.stored.get(site.name, nothing)
            total += battery_best(site, connection, export, stored, prices.unit_bits)
        for load in site.flexible_loads:
            # what draws in a hall that may be switched off gains there only while it is on (`optimizer.priced.halls`)
            if load.hall is None or problem.halls[load.hall].commitment is None:
                total += sum(load_best(problem, site, load, prices))
        if site.heat_offtake is not None:
            price = prices.slot.get((LimitKind.RECOVERED_HEAT, site.name), nothing)
            for watts, rate, paid_back in zip(site.heat_offtake.most_w, site.heat_offtake.rate, price, strict=True):
                total += watts * max(0, divide_up(rate * unit, RATE_SCALE) - paid_back)
        if site.demand_charge_micros_per_kw:
            capacity = limits.slot[LimitKind.GRID_IMPORT, site.name]
            gained, _ = best_peak(site, capacity, connection, unit)
            total += gained - sum(p * most for p, most in zip(connection, capacity, strict=True))
    return total


def load_best(problem: ExactProblem, site: ExactSite, load: ExactFlexibleLoad, prices: Prices) -> list[int]:
    """By slot, the most that a flexible load gains after it has paid, in ``2 ** -unit_bits`` micro-units."""
    names = [(label.kind, label.element) for label in flexible_limits(problem, site, load)]
    paid = [prices.slot[name] for name in names if name in prices.slot]
    export = prices.slot.get((LimitKind.GRID_EXPORT, site.name), [0] * problem.slot_count)
    best = []
    for slot, watts in enumerate(load.power_w):
        gain = divide_up(flexible_rate(site, load, slot) << prices.unit_bits, RATE_SCALE) - sum(series[slot] for series in paid)
        best.append(watts * max(0, gain + export[slot]))
    return best


def best_peak(site: ExactSite, capacity: Sequence[int], price: Sequence[int], unit: int) -> tuple[int, int]:
    """What the best peak gains and, in microwatts, the least that gains as much but for rounding.

    With a peak of ``P`` a slot carries ``min(capacity, (P - overhead) / PUE)`` IT watts; what a battery could give is off the
    overhead. That is concave in ``P``, so that one of its corners is best: the least peak there can be, or one at which a
    slot's whole capacity is carried.
    """
    overhead = [site.draw_uw(slot, 0) for slot in range(len(capacity))]
    full = [site.draw_uw(slot, most) for slot, most in enumerate(capacity)]
    least = max(0, *overhead)
    priced = [slot for slot, p in enumerate(price) if p]

    def worth(peak: int) -> int:
        carried = sum(divide_up(price[t] * (min(full[t], peak) - overhead[t]), site.pue_ppm[t]) for t in priced)
        return carried - site.demand_charge_micros_per_kw * unit * peak // UW_PER_KW

    gained = {peak: worth(peak) for peak in {least, *(peak for peak in full if peak > least)}}
    most = max(gained.values())
    return most, min(peak for peak, gain in gained.items() if gain >= most - 2 * len(full))
