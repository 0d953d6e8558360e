"""Charts of the battery of a site: what goes in and comes out at the connection by slot, and what it holds."""

from __future__ import annotations

from optimizer.problem import Problem
from optimizer.report.figures import SiteFigures, spread
from optimizer.report.power import AXIS_ROOM, COOLING_GAP, COOLING_HEIGHT, levels, rounded_up
from optimizer.report.svg import Scale, TimeAxis, chart, element, hover_columns, step_area, step_path
from optimizer.report.words import energy, power
from optimizer.units import W_PER_KW

HELD_HEIGHT = 90.0
TOP = 10.0


def battery_key() -> str:
    names = (("load", "goes in"), ("spent", "comes out"), ("heat", "held"), ("limit", "capacity"))
    return "".join(element("span", element("i", "", class_=f"swatch {kind}"), words, class_="key") for kind, words in names)


def battery_chart(problem: Problem, site: SiteFigures) -> str:
    """Watts at the connection, out below zero, and under them the energy held against the capacity."""
    return _moved_chart(problem, site) + _held_chart(problem, site)


def moved_w(problem: Problem, site: SiteFigures) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Watts at the connection by slot that go in, and that come out."""
    assert site.operation is not None
    battery = site.operation.battery
    assert battery is not None
    pue = spread(site.site.pue or (1.0,), problem.time_grid.slot_count)
    into, out = (
        tuple(round(watts * factor) for watts, factor in zip(series, pue, strict=True))
        for series in (battery.charge_w, battery.discharge_w)
    )
    return into, out


def _moved_chart(problem: Problem, site: SiteFigures) -> str:
    axis = TimeAxis(problem.time_grid)
    into, out = moved_w(problem, site)
    scale = Scale(-rounded_up(max(*out, 1)), rounded_up(max(*into, 1)), TOP, COOLING_HEIGHT + TOP)
    parts = [axis.draw(TOP, COOLING_HEIGHT + TOP, labelled=False), levels(scale)]
    for values, kind in ((into, "load"), (tuple(-watts for watts in out), "spent")):
        zero = f"{scale.y(0):.1f}"
        line = step_path(axis, scale, values, lowest=min(values) < 0)
        parts.append(element("path", d=f"{line}V{zero}H{axis.x(0):.1f}Z", class_=kind))

    def describe(slots: range) -> str:
        return f"in {power(max(into[t] for t in slots))}\nout {power(max(out[t] for t in slots))}"

    parts.append(hover_columns(axis, TOP, COOLING_HEIGHT + TOP, describe))
    return chart(COOLING_HEIGHT + TOP + COOLING_GAP, f"What the battery of {site.site.name} takes and gives", parts)


def _held_chart(problem: Problem, site: SiteFigures) -> str:
    axis = TimeAxis(problem.time_grid)
    assert site.operation is not None
    battery, stated = site.operation.battery, site.site.battery
    assert battery is not None
    assert stated is not None
    capacity = round(stated.energy_capacity_kwh * W_PER_KW)
    scale = Scale(0, max(capacity, 1), TOP, HELD_HEIGHT)
    held = battery.energy_wh
    parts = [axis.draw(TOP, HELD_HEIGHT), levels(scale, lambda value: energy(round(value)))]
    parts.append(element("path", d=step_area(axis, scale, held), class_="heat"))
    parts.append(element("path", d=step_path(axis, scale, (capacity,) * len(held)), class_="limit"))

    def describe(slots: range) -> str:
        last = held[slots[-1]]
        return f"{energy(last)} held at the end" + (f"\n{last / capacity:.0%} full" if capacity else "")

    parts.append(hover_columns(axis, TOP, HELD_HEIGHT, describe))
    return chart(HELD_HEIGHT + AXIS_ROOM, f"Energy held by the battery of {site.site.name}", parts)
