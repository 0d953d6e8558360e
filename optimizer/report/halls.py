"""When halls that may be switched off are on, by slot: a row a hall, darker where jobs run, and what switching costs in all."""

from __future__ import annotations

from optimizer.problem import Problem, Site
from optimizer.report.svg import (
    CHART_WIDTH,
    RIGHT_MARGIN,
    TimeAxis,
    chart,
    element,
    hover_area,
    label,
    name_label,
    number,
    text,
)
from optimizer.report.words import count, moment, money
from optimizer.solution import HallSchedule, Placement, Result, SlotInterval

ROW_HEIGHT, ROW_GAP, AXIS_ROOM = 18.0, 5.0, 20.0
MOST_HALLS_DRAWN = 60


def halls_section(problem: Problem, result: Result) -> str:
    """A drawing for every site that has such halls, and a sentence with the money."""
    schedules = {schedule.hall: schedule for schedule in result.hall_schedules}
    terms = result.terms
    starts = sum(len(schedule.on) for schedule in result.hall_schedules)
    said = (
        f"{count(starts, 'time')} on; standby costs {money(terms.hall_cost_micros, problem.currency)}, "
        f"switching {money(terms.switching_cost_micros, problem.currency)}."
    )
    return "".join(
        [element("p", text(said), class_="note"), *(_site(problem, site, schedules, result) for site in problem.sites)]
    )


def _site(problem: Problem, site: Site, schedules: dict[str, HallSchedule], result: Result) -> str:
    halls = [schedules[hall.name] for hall in site.halls if hall.name in schedules]
    if not halls:
        return ""
    shown = halls[:MOST_HALLS_DRAWN]
    axis = TimeAxis(problem.time_grid)
    bottom = len(shown) * (ROW_HEIGHT + ROW_GAP)
    parts = [axis.draw(0, bottom)]
    for row, schedule in enumerate(shown):
        y = row * (ROW_HEIGHT + ROW_GAP) + ROW_GAP / 2
        inside = [placement for placement in result.placements if schedule.hall in _halls_of(problem, placement)]
        parts.append(name_label(schedule.hall, y + 13))
        parts += [_bar(axis, interval, y, "load") for interval in schedule.on]
        parts += [_bar(axis, interval, y, "held") for interval in _busy(problem, inside, schedule.hall)]
        parts += [_hover(problem, axis, schedule.hall, interval, inside, y) for interval in schedule.on]
        hours = sum(i.end_slot - i.start_slot for i in schedule.on) * problem.time_grid.slot_duration.total_seconds() / 3600
        parts.append(label(f"{hours:,.0f} h", CHART_WIDTH - RIGHT_MARGIN + 6, y + 13, "axis"))
    key = "".join(
        element("span", element("i", class_=f"swatch {style}"), words, class_="key")
        for style, words in (("load", "on, nothing runs"), ("held", "jobs run"))
    )
    figure = element("figure", element("figcaption", element("strong", text(f"Halls of {site.name}")), " ", key),
                     chart(bottom + AXIS_ROOM, f"When the halls of {site.name} are on", parts))  # fmt: skip
    left_off = len(halls) - len(shown)
    return figure + (element("p", f"{count(left_off, 'more hall')} not drawn.", class_="note") if left_off else "")


def _halls_of(problem: Problem, placement: Placement) -> set[str]:
    """The halls that a run or one of its pieces stands in."""
    if not placement.segments:
        return {placement.hall}
    of_pool = {pool.name: hall.name for site in problem.sites for hall in site.halls for pool in hall.pools}
    return {of_pool[segment.pool] for segment in placement.segments}


def _busy(problem: Problem, placements: list[Placement], hall: str) -> list[SlotInterval]:
    """The stretches of slots in which something runs in ``hall``."""
    of_pool = {pool.name: each.name for site in problem.sites for each in site.halls for pool in each.pools}
    spans = [(p.start_slot, p.end_slot) for p in placements if not p.segments]
    spans += [(s.start_slot, s.end_slot) for p in placements for s in p.segments if of_pool[s.pool] == hall]
    merged: list[SlotInterval] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1].end_slot:
            merged[-1] = SlotInterval(start_slot=merged[-1].start_slot, end_slot=max(end, merged[-1].end_slot))
        else:
            merged.append(SlotInterval(start_slot=start, end_slot=end))
    return merged


def _bar(axis: TimeAxis, interval: SlotInterval, y: float, style: str) -> str:
    x, width = axis.x(interval.start_slot), axis.x(interval.end_slot) - axis.x(interval.start_slot)
    return element("rect", x=number(x), y=number(y), width=number(width), height=number(ROW_HEIGHT), class_=style)


def _hover(problem: Problem, axis: TimeAxis, hall: str, interval: SlotInterval, inside: list[Placement], y: float) -> str:
    grid = problem.time_grid
    runs = sum(p.start_slot < interval.end_slot and p.end_slot > interval.start_slot for p in inside)
    said = f"{hall} on from {moment(grid, interval.start_slot)} to {moment(grid, interval.end_slot)}\n{count(runs, 'run')}"
    x, width = axis.x(interval.start_slot), axis.x(interval.end_slot) - axis.x(interval.start_slot)
    return hover_area(said, x, y, width, ROW_HEIGHT)
