"""What the plant of every site is worth at the prices of a certificate, by plain loops over loads and slots."""

from __future__ import annotations

from optimizer.exact import ExactProblem
from optimizer.operation import flexible_limits, flexible_rate
from optimizer.priced_columns import Prices
from optimizer.units import RATE_SCALE, divide_up


def plant_best(problem: ExactProblem, prices: Prices) -> int:
    """No operation gains more after it has paid, in ``2 ** -unit_bits`` micro-units.

    A watt of a flexible load gains its rate, rounded up, less the slot prices of the limits that it takes a watt of.
    """
    unit = 1 << prices.unit_bits
    total = 0
    for site in problem.sites:
        for load in site.flexible_loads:
            names = [(label.kind, label.element) for label in flexible_limits(problem, site, load)]
            paid = [prices.slot[name] for name in names if name in prices.slot]
            for slot, watts in enumerate(load.power_w):
                gain = divide_up(flexible_rate(site, load, slot) * unit, RATE_SCALE) - sum(series[slot] for series in paid)
                total += watts * max(0, gain)
    return total
