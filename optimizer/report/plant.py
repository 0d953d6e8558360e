"""Charts of a site that runs flexible load beside its jobs: what draws on the connection, and what each earns by slot."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from optimizer.exact import exact
from optimizer.operation import gained_micros, heat_micros
from optimizer.problem import Problem
from optimizer.report.figures import SiteFigures, spread
from optimizer.report.parts import parts_of
from optimizer.report.power import AXIS_ROOM, POWER_HEIGHT, TOP, levels, rounded_up
from optimizer.report.svg import (
    Scale,
    TimeAxis,
    chart,
    element,
    hover_columns,
    step_area,
    step_path,
)
from optimizer.report.words import money_short, power
from optimizer.solution import SiteOperation
from optimizer.units import MICROS_PER_UNIT, W_PER_KW


def layer_key() -> str:
    return _key("overhead", "overhead") + _key("load", "jobs") + _key("flexible", "flexible load") + _key("limit", "limit")


def money_key() -> str:
    return _key("load", "jobs") + _key("flexible", "flexible load") + _key("heat", "heat sold")


def _key(kind: str, words: str) -> str:
    return element("span", element("i", "", class_=f"swatch {kind}"), words, class_="key")


def draw_chart(problem: Problem, site: SiteFigures) -> str:
    """Watts at the connection in layers: overhead, then jobs, then flexible load, PUE included."""
    axis = TimeAxis(problem.time_grid)
    overhead, jobs, flexible = layers(problem, site)
    both = _sum(overhead, jobs)
    whole = _sum(both, flexible)
    limit = site.power.limit_w
    scale = Scale(0, rounded_up(max(*whole, *(limit or (0,)), 1)), TOP, POWER_HEIGHT)
    parts = [axis.draw(TOP, POWER_HEIGHT), levels(scale)]
    parts += [
        element("path", d=step_area(axis, scale, values), class_=kind)
        for kind, values in (("flexible", whole), ("load", both), ("overhead", overhead))
    ]
    if limit:
        parts.append(element("path", d=step_path(axis, scale, limit, lowest=True), class_="limit"))

    def describe(slots: range) -> str:
        peak = max(slots, key=lambda t: whole[t])
        return f"jobs {power(jobs[peak])}\nflexible load {power(flexible[peak])}\noverhead {power(overhead[peak])}"

    parts.append(hover_columns(axis, TOP, POWER_HEIGHT, describe))
    return chart(POWER_HEIGHT + AXIS_ROOM, f"What draws on the connection of {site.site.name}", parts)


def layers(problem: Problem, site: SiteFigures) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Watts at the connection by slot: overhead, jobs, flexible load."""
    count = problem.time_grid.slot_count
    pue = spread(site.site.pue or (1.0,), count)
    overhead = tuple(round(kw * W_PER_KW) for kw in spread(site.site.overhead_kw or (0.0,), count))
    drawn = [0] * count
    for part in parts_of(problem, site.placements):
        for slot in range(part.start_slot, part.end_slot):
            drawn[slot] += part.it_power_w
    flexible = [sum(item.power_w[t] for item in site.operation.flexible_loads) if site.operation else 0 for t in range(count)]
    return (
        overhead,
        tuple(round(watts * factor) for watts, factor in zip(drawn, pue, strict=True)),
        tuple(round(watts * factor) for watts, factor in zip(flexible, pue, strict=True)),
    )


class Money(NamedTuple):
    """Micro-units by slot."""

    jobs: tuple[float, ...]
    flexible: tuple[float, ...]
    heat: tuple[float, ...]


def money_by_slot(problem: Problem, site: SiteFigures) -> Money:
    """What each earns in each slot: a placement's worth is spread evenly over its slots; a demand charge is of no slot."""
    inside = next(each for each in exact(problem).sites if each.name == site.site.name)
    operation = site.operation or SiteOperation(site=site.site.name)
    steps = [0.0] * (problem.time_grid.slot_count + 1)
    for placement in site.placements:
        a_slot = placement.terms.objective_micros / (placement.end_slot - placement.start_slot)
        steps[placement.start_slot] += a_slot
        steps[placement.end_slot] -= a_slot
    gained, sold = (tuple(map(float, micros(inside, operation))) for micros in (gained_micros, heat_micros))
    return Money(tuple(accumulate(steps[:-1])), gained, sold)


def money_chart(problem: Problem, site: SiteFigures) -> str:
    """Money earned in each slot, jobs below, then flexible load, and heat on top."""
    axis = TimeAxis(problem.time_grid)
    money = money_by_slot(problem, site)
    below = tuple(max(0.0, micros) for micros in money.jobs)
    both = tuple(a + max(0.0, b) for a, b in zip(below, money.flexible, strict=True))
    whole = tuple(a + b for a, b in zip(both, money.heat, strict=True))
    scale = Scale(0, rounded_up(max(*whole, MICROS_PER_UNIT)), TOP, POWER_HEIGHT)
    parts = [
        axis.draw(TOP, POWER_HEIGHT),
        levels(scale, lambda value: money_short(round(value), problem.currency)),
        element("path", d=step_area(axis, scale, whole), class_="heat"),
        element("path", d=step_area(axis, scale, both), class_="flexible"),
        element("path", d=step_area(axis, scale, below), class_="load"),
    ]

    def describe(slots: range) -> str:
        named = zip(("jobs", "flexible load", "heat sold"), money, strict=True)
        sums = ((name, round(sum(micros[t] for t in slots))) for name, micros in named)
        return "\n".join(f"{name} {money_short(micros, problem.currency)}" for name, micros in sums)

    parts.append(hover_columns(axis, TOP, POWER_HEIGHT, describe))
    return chart(POWER_HEIGHT + AXIS_ROOM, f"Money earned by slot at {site.site.name}", parts)


def _sum(one: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))
