"""What sites run beside their jobs gains at the prices of a certificate, by the letter: part of the checker for tests."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from math import ceil

from optimizer.certificates import Certificate
from optimizer.exact.problem import ExactFlexibleLoad, ExactProblem, ExactSite


def plant_profits(problem: ExactProblem, certificate: Certificate) -> Iterator[int]:
    """Of each flexible load in each slot, after it has paid for the limits of its hall and of the connection; of batteries."""
    for site in problem.sites:
        if site.battery is not None:
            yield _battery_profit(problem, certificate, site)
        for load in site.flexible_loads:
            if load.hall is None or problem.halls[load.hall].commitment is None:
                yield from load_profits(problem, certificate, site, load)
        if site.heat_offtake is not None:
            for t, (watts, rate) in enumerate(zip(site.heat_offtake.most_w, site.heat_offtake.rate, strict=True)):
                paid = sum(
                    s.price[t] for s in certificate.slot_prices if (s.kind.value, s.element) == ("recovered_heat", site.name)
                )
                yield watts * max(0, -(-rate * 2**certificate.unit_bits // 10_000) - paid)
        if site.demand_charge_micros_per_kw:
            price = _series(problem, certificate, "grid_import", site)
            yield _best_peak(problem, site, price, 2**certificate.unit_bits)


def load_profits(problem: ExactProblem, certificate: Certificate, site: ExactSite, load: ExactFlexibleLoad) -> Iterator[int]:
    """Of a flexible load in each slot."""
    export = _series(problem, certificate, "grid_export", site)
    elements = {("grid_import", site.name)}
    if load.hall is not None:
        hall = problem.halls[load.hall].name
        elements |= {("hall_power", hall), ("air_cooling", hall)}
    for t, watts in enumerate(load.power_w):
        rate = load.value_rate[t] - site.energy_rate[t] - site.carbon_rate[t]
        paid = sum(s.price[t] for s in certificate.slot_prices if (s.kind.value, s.element) in elements)
        yield watts * max(0, -(-rate * 2**certificate.unit_bits // 10_000) - paid + export[t])


def _series(problem: ExactProblem, certificate: Certificate, kind: str, site: ExactSite) -> list[int]:
    named = [s.price for s in certificate.slot_prices if (s.kind.value, s.element) == (kind, site.name)]
    return [sum(price[t] for price in named) for t in range(problem.slot_count)]


def _battery_profit(problem: ExactProblem, certificate: Certificate, site: ExactSite) -> int:
    """Slot by slot full in, idle or full out, and between slots empty or full, whichever gains most at the prices."""
    battery, slots = site.battery, range(problem.slot_count)
    assert battery is not None
    worth = [0] * problem.slot_count
    for stored in certificate.stored_energy_prices:
        if stored.site == site.name:
            worth = list(stored.price)
    connection, export = (_series(problem, certificate, kind, site) for kind in ("grid_import", "grid_export"))
    total = Fraction(worth[0] * battery.initial_uw, 10**6)
    for t in slots:
        rate = Fraction((battery.energy_rate[t] + battery.carbon_rate[t]) * 2**certificate.unit_bits, 10_000)
        toll = rate + connection[t] - export[t]
        total += max(
            Fraction(0),
            battery.charge_w[t] * (Fraction(worth[t] * battery.stored_uw[t], 10**6) - toll),
            battery.discharge_w[t] * (toll - Fraction(worth[t] * battery.given_uw[t], 10**6)),
        )
        total -= connection[t] * battery.discharge_w[t]
    for before, after in pairwise(worth):
        total += max(Fraction(0), Fraction((after - before) * battery.capacity_uw, 10**6))
    total += max(Fraction(-worth[-1] * held, 10**6) for held in (battery.final_uw, battery.capacity_uw))
    return ceil(total)


def _best_peak(problem: ExactProblem, site: ExactSite, price: list[int], unit: int) -> int:
    """Every corner of what a peak carries, at the prices of the connection, beyond the whole limit at those prices."""
    slots = range(problem.slot_count)
    limit = [max(0, site.it_limit_w(t) or 0) for t in slots]
    corners = [site.draw_uw(t, watts) for t in slots for watts in (0, limit[t])]

    def gain(peak: int) -> int:
        carried = 0
        for t in slots:
            above = min(site.draw_uw(t, limit[t]), peak) - site.draw_uw(t, 0)
            carried -= -price[t] * above // site.pue_ppm[t]
        return carried - site.demand_charge_micros_per_kw * unit * peak // 1_000_000_000

    possible = [peak for peak in (0, *corners) if peak >= max(0, *(site.draw_uw(t, 0) for t in slots))]
    return max(map(gain, possible)) - sum(price[t] * limit[t] for t in slots)
