"""Chart of what draws on the connection of a site that runs flexible load beside its jobs."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.problem import Problem
from optimizer.report.figures import SiteFigures, load, spread
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
from optimizer.report.words import power
from optimizer.units import W_PER_KW


def layer_key(site: SiteFigures) -> str:
    overhead = "overhead, standby of halls" if any(site.standby_w) else "overhead"
    layers = key("overhead", overhead) + key("load", "jobs") + key("flexible", "flexible load") + key("limit", "limit")
    return layers + (key("net", "from the grid, battery counted") if site.site.battery is not None else "")


def key(kind: str, words: str) -> str:
    return element("span", element("i", "", class_=f"swatch {kind}"), words, class_="key")


def draw_chart(problem: Problem, site: SiteFigures) -> str:
    """Watts at the connection in layers: overhead, then jobs, then flexible load, PUE included. A battery makes what the grid
    gives less or more than all of them.
    """
    axis = TimeAxis(problem.time_grid)
    overhead, jobs, flexible = layers(problem, site)
    both = _sum(overhead, jobs)
    whole = _sum(both, flexible)
    limit = site.power.limit_w
    scale = Scale(0, rounded_up(max(*whole, *site.power.used_w, *(limit or (0,)), 1)), TOP, POWER_HEIGHT)
    parts = [axis.draw(TOP, POWER_HEIGHT), levels(scale)]
    parts += [
        element("path", d=step_area(axis, scale, values), class_=kind)
        for kind, values in (("flexible", whole), ("load layer", both), ("overhead", overhead))
    ]
    if limit:
        parts.append(element("path", d=step_path(axis, scale, limit, lowest=True), class_="limit"))
    if site.site.battery is not None:
        parts.append(element("path", d=step_path(axis, scale, site.power.used_w), class_="net"))

    def describe(slots: range) -> str:
        peak = max(slots, key=lambda t: whole[t])
        return f"jobs {power(jobs[peak])}\nflexible load {power(flexible[peak])}\noverhead {power(overhead[peak])}"

    parts.append(hover_columns(axis, TOP, POWER_HEIGHT, describe))
    return chart(POWER_HEIGHT + AXIS_ROOM, f"What draws on the connection of {site.site.name}", parts)


def layers(problem: Problem, site: SiteFigures) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Watts at the connection by slot: overhead and standby of halls, jobs, flexible load."""
    count = problem.time_grid.slot_count
    pue = spread(site.site.pue or (1.0,), count)
    overhead = spread(site.site.overhead_kw or (0.0,), count)
    standby = site.standby_w or (0,) * count
    drawn, flexible = it_watts(problem, site)
    return (
        tuple(round(kw * W_PER_KW + watts * factor) for kw, watts, factor in zip(overhead, standby, pue, strict=True)),
        tuple(round(watts * factor) for watts, factor in zip(drawn, pue, strict=True)),
        tuple(round(watts * factor) for watts, factor in zip(flexible, pue, strict=True)),
    )


def it_watts(problem: Problem, site: SiteFigures) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """IT watts by slot: of the jobs, or the pieces of jobs, that run here, and of flexible load."""
    count = problem.time_grid.slot_count
    jobs = load((part for pool in site.pools for part in pool.placements), count, lambda part: part.it_power_w)
    loads = site.operation.flexible_loads if site.operation else ()
    return jobs, tuple(sum(item.power_w[slot] for item in loads) for slot in range(count))


def _sum(one: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))
