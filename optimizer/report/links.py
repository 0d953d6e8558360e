"""Data on its way: what each link carries by hour against what it can, and every transfer of the plan."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from optimizer.data_transfer import Transfer
from optimizer.limits import LimitKind
from optimizer.problem import Problem, TimeGrid
from optimizer.report.power import AXIS_ROOM, COOLING_GAP, COOLING_HEIGHT
from optimizer.report.svg import (
    CHART_WIDTH,
    RIGHT_MARGIN,
    Scale,
    TimeAxis,
    chart,
    element,
    hover_columns,
    label,
    name_label,
    step_area,
    step_path,
    text,
)
from optimizer.report.tables import MOST_ROWS, Column, not_shown, table
from optimizer.report.words import moment, money, transfer_rate
from optimizer.solution import Result

Moved = tuple[str, Transfer]

MOST_LINKS_DRAWN = 24


def links_section(problem: Problem, result: Result) -> str:
    """A chart for every link that carries something, the busiest first, and a row for every transfer."""
    moved = [(placement.job, transfer) for placement in result.placements for transfer in placement.transfers]
    by_link: dict[str, list[Moved]] = {}
    for job, transfer in moved:
        by_link.setdefault(f"{transfer.from_site} -> {transfer.to_site}", []).append((job, transfer))
    capacities = {usage.element: usage.capacity for usage in result.usages if usage.kind == LimitKind.LINK}
    busiest = sorted(by_link, key=lambda name: -sum(transfer.size_gb for _, transfer in by_link[name]))[:MOST_LINKS_DRAWN]
    charts = [
        _chart(problem.time_grid, name, by_link[name], capacities.get(name), labelled=name == busiest[-1]) for name in busiest
    ]
    key = element("span", element("i", class_="swatch moving"), "in use", class_="key")
    if any(name in capacities for name in busiest):
        key += element("span", element("i", class_="swatch limit"), "capacity", class_="key")
    figure = element("figure", element("figcaption", element("strong", "Links by hour"), " ", key), "".join(charts))
    return figure + _table(problem, moved)


def _chart(grid: TimeGrid, name: str, moved: Sequence[Moved], capacity: Sequence[int] | None, labelled: bool) -> str:
    axis, used = TimeAxis(grid), _load(grid, moved)
    high = max(*used, *(capacity or (0,)), 1)
    scale = Scale(0, high, 4, COOLING_HEIGHT)

    def describe(slots: range) -> str:
        peak = max(slots, key=used.__getitem__)
        said = transfer_rate(used[peak]) + (f" of {transfer_rate(capacity[peak])}" if capacity else "")
        jobs = [job for job, transfer in moved if transfer.start_slot <= peak < transfer.end_slot]
        return "\n".join([said, *jobs[:6]])

    parts = [
        axis.draw(4, COOLING_HEIGHT, labelled),
        name_label(name, 15),
        element("path", d=step_area(axis, scale, used), class_="moving"),
        label(transfer_rate(high), CHART_WIDTH - RIGHT_MARGIN + 6, scale.y(high) + 4, "axis"),
    ]
    if capacity:
        parts.append(element("path", d=step_path(axis, scale, capacity, lowest=True), class_="limit"))
    parts.append(hover_columns(axis, 4, COOLING_HEIGHT, describe))
    return chart(COOLING_HEIGHT + (AXIS_ROOM if labelled else COOLING_GAP), f"Use of the link {name}", parts)


def _load(grid: TimeGrid, moved: Sequence[Moved]) -> tuple[int, ...]:
    steps = [0] * (grid.slot_count + 1)
    for _, transfer in moved:
        steps[transfer.start_slot] += transfer.mb_per_hour
        steps[transfer.end_slot] -= transfer.mb_per_hour
    return tuple(accumulate(steps))[: grid.slot_count]


def _table(problem: Problem, moved: Sequence[Moved]) -> str:
    grid = problem.time_grid
    ranked = sorted(moved, key=lambda item: (item[1].start_slot, item[0]))
    rows = [
        (
            text(job),
            text(f"{transfer.from_site} to {transfer.to_site}"),
            f"{transfer.size_gb:,.6g} GB",
            moment(grid, transfer.start_slot),
            moment(grid, transfer.end_slot),
            transfer_rate(transfer.mb_per_hour),
            text(money(transfer.cost_micros, problem.currency)),
        )
        for job, transfer in ranked[:MOST_ROWS]
    ]
    columns = [
        Column("Job"),
        Column("Way"),
        Column("Data", True),
        Column("From"),
        Column("Until"),
        Column("Rate", True),
        Column("Cost", True),
    ]
    return table(columns, rows) + not_shown(len(ranked), "transfers")
