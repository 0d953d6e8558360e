"""Money by the hour at a site that runs something beside its jobs: what each earns, what is paid for energy and the rest."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from optimizer.accounting.operation import flexible_value_micros, heat_micros
from optimizer.exact.problem import ExactSite, exact
from optimizer.problem import Problem, Site
from optimizer.report.figures import SiteFigures
from optimizer.report.plant import it_watts, key
from optimizer.report.power import AXIS_ROOM, POWER_HEIGHT, TOP, levels, rounded_up
from optimizer.report.svg import Scale, TimeAxis, chart, element, hover_columns, step_path, text
from optimizer.report.tables import Column, table
from optimizer.report.words import energy, money, money_short
from optimizer.solution import BatteryOperation, SiteOperation
from optimizer.units import MICROS_PER_UNIT, PPM, RATE_SCALE


class Money(NamedTuple):
    """Micro-units by slot: three that are earned, and what is paid; a demand charge is of no slot."""

    jobs: tuple[float, ...]
    flexible: tuple[float, ...]
    heat: tuple[float, ...]
    paid: tuple[float, ...]

    @property
    def net(self) -> tuple[float, ...]:
        return tuple(a + b + c - paid for a, b, c, paid in zip(*self, strict=True))


def money_by_slot(problem: Problem, site: SiteFigures) -> Money:
    """A placement's value, and what it pays but for energy and carbon, are spread evenly over its slots."""
    inside = _inside(problem, site)
    operation = site.operation or SiteOperation(site=site.site.name)
    slot_count = problem.time_grid.slot_count
    value, other = [0.0] * (slot_count + 1), [0.0] * (slot_count + 1)
    for placement in site.placements:
        terms, slots = placement.terms, placement.end_slot - placement.start_slot
        rest = terms.paid_micros - terms.energy_cost_micros - terms.carbon_cost_micros
        for steps, micros in ((value, terms.earned_micros / slots), (other, rest / slots)):
            steps[placement.start_slot] += micros
            steps[placement.end_slot] -= micros
    stored = operation.battery.net_w if operation.battery is not None else (0,) * slot_count
    watts = (jobs + flexible + net for jobs, flexible, net in zip(*it_watts(problem, site), stored, strict=True))
    rates = (power + carbon for power, carbon in zip(inside.energy_rate, inside.carbon_rate, strict=True))
    paid = (w * rate / RATE_SCALE + rest for w, rate, rest in zip(watts, rates, accumulate(other[:-1]), strict=True))
    flexible, heat = (tuple(map(float, micros(inside, operation))) for micros in (flexible_value_micros, heat_micros))
    return Money(tuple(accumulate(value[:-1])), flexible, heat, tuple(paid))


def money_key(site: Site) -> str:
    """What the colours of its chart say, of those that may occur."""
    names = (
        ("load", "jobs", True),
        ("flexible", "flexible load", bool(site.flexible_loads)),
        ("heat", "heat sold", site.heat_offtake is not None),
        ("spent", "energy, carbon and other costs", True),
        ("net", "net", True),
    )
    return "".join(key(kind, words) for kind, words, occurs in names if occurs)


def money_chart(problem: Problem, site: SiteFigures) -> str:
    """Money in each slot: earned above zero, jobs below, then flexible load, heat on top; paid under zero; net as a line."""
    axis, by_slot = TimeAxis(problem.time_grid), money_by_slot(problem, site)
    jobs = by_slot.jobs
    both = tuple(a + b for a, b in zip(jobs, by_slot.flexible, strict=True))
    whole = tuple(a + b for a, b in zip(both, by_slot.heat, strict=True))
    # where prices are negative nothing is drawn under zero; the line rises above what is earned
    paid = tuple(max(0.0, micros) for micros in by_slot.paid)
    high = rounded_up(max(*whole, *by_slot.net, MICROS_PER_UNIT))
    low = -rounded_up(max(*paid, *(-net for net in by_slot.net), high / 10))
    scale = Scale(low, high, TOP, POWER_HEIGHT)
    parts = [axis.draw(TOP, POWER_HEIGHT), levels(scale, lambda value: money_short(round(value), problem.currency))]
    parts += [
        element("path", d=_from_zero(axis, scale, micros), class_=kind)
        for kind, micros in (
            ("heat", whole),
            ("flexible", both),
            ("load layer", jobs),
            ("spent", tuple(-each for each in paid)),
        )
    ]
    parts.append(element("path", d=step_path(axis, scale, by_slot.net), class_="net"))

    def describe(slots: range) -> str:
        named = zip(("jobs", "flexible load", "heat sold", "costs", "net"), (*by_slot, by_slot.net), strict=True)
        sums = ((name, round(sum(micros[t] for t in slots))) for name, micros in named)
        return "\n".join(f"{name} {money_short(micros, problem.currency)}" for name, micros in sums)

    parts.append(hover_columns(axis, TOP, POWER_HEIGHT, describe))
    return chart(POWER_HEIGHT + AXIS_ROOM, f"Money by slot at {site.site.name}", parts)


def _from_zero(axis: TimeAxis, scale: Scale, values: tuple[float, ...]) -> str:
    """The area between zero and a stepped line."""
    zero = f"{scale.y(0):.1f}"
    return f"{step_path(axis, scale, values, lowest=min(values) < 0)}V{zero}H{axis.x(0):.1f}Z"


def earnings_table(problem: Problem, site: SiteFigures) -> str:
    """What jobs, each flexible load and a battery draw, earn and pay over the horizon, and what a megawatt-hour nets."""
    rows = [_row(problem, earner) for earner in _earners(problem, site)]
    charge = -site.terms.demand_charge_micros
    if charge:
        rows.append(("Demand charge", "", "", money(charge, problem.currency), money(charge, problem.currency), ""))
    columns = [Column("What"), *(Column(name, figures=True) for name in ("Energy", "Earned", "Paid", "Net", "Net per MWh"))]
    total = money(site.terms.objective_micros, problem.currency)
    return table(columns, rows, total=(text(site.site.name), "", "", "", total, ""))


class _Earner(NamedTuple):
    name: str
    energy_wh: int
    earned_micros: int
    paid_micros: int


def _earners(problem: Problem, site: SiteFigures) -> Iterator[_Earner]:
    inside = _inside(problem, site)
    if site.placements:
        terms = [placement.terms for placement in site.placements]
        yield _Earner(
            "Jobs", site.energy_wh, sum(each.earned_micros for each in terms), sum(each.paid_micros for each in terms)
        )
    operation = site.operation or SiteOperation(site=site.site.name)
    loads = {load.name: load for load in inside.flexible_loads}
    hours = problem.time_grid.slot_duration.total_seconds() / 3600
    for item in operation.flexible_loads:
        used = list(enumerate(item.power_w))
        yield _Earner(
            item.name,
            round(sum(watts * inside.pue_ppm[t] for t, watts in used) * hours / PPM),
            sum(watts * loads[item.name].value_rate[t] for t, watts in used) // RATE_SCALE,
            -(-sum(watts * (inside.energy_rate[t] + inside.carbon_rate[t]) for t, watts in used) // RATE_SCALE),
        )
    if operation.battery is not None:
        yield _battery(inside, operation.battery)
    if operation.heat_w:
        yield _Earner("Heat sold", 0, operation.terms.heat_value_micros, 0)


def _battery(inside: ExactSite, battery: BatteryOperation) -> _Earner:
    """What comes out saves what it would have cost; no energy is stated, for it is that of what runs."""
    rates = [power + carbon for power, carbon in zip(inside.energy_rate, inside.carbon_rate, strict=True)]
    saved = sum(watts * rate for watts, rate in zip(battery.discharge_w, rates, strict=True)) // RATE_SCALE
    paid = -(-sum(watts * rate for watts, rate in zip(battery.charge_w, rates, strict=True)) // RATE_SCALE)
    return _Earner("Battery", 0, saved, paid)


def _row(problem: Problem, earner: _Earner) -> tuple[str, ...]:
    net = earner.earned_micros - earner.paid_micros
    per_mwh = money(round(net * 1_000_000 / earner.energy_wh), problem.currency) if earner.energy_wh else ""
    drawn = energy(earner.energy_wh) if earner.energy_wh else ""
    amounts = (money(micros, problem.currency) for micros in (earner.earned_micros, -earner.paid_micros, net))
    return (text(earner.name), drawn, *amounts, per_mwh)


def _inside(problem: Problem, site: SiteFigures) -> ExactSite:
    return next(each for each in exact(problem).sites if each.name == site.site.name)
