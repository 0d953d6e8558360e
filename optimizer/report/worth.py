"""A map of site by hour: what one more megawatt at the grid connection would be worth, at the certificate's prices."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.limits import LimitKind
from optimizer.problem import Problem
from optimizer.report.svg import (
    CHART_WIDTH,
    MOST_HOVER_AREAS,
    RIGHT_MARGIN,
    TimeAxis,
    chart,
    element,
    hover_area,
    label,
    name_label,
    text,
)
from optimizer.report.words import count, money, money_short, names, span
from optimizer.solution import ShadowPrice

ROW_HEIGHT, ROW_GAP, TOP = 22.0, 4.0, 4.0
MOST_SITES = 40
#: Shades, from a hint to full colour; a chart states opacities in tenths.
LEAST_SHADE = 0.1


def grid_worth_map(problem: Problem, prices: Sequence[ShadowPrice]) -> str:
    """The map with a note on how to read it, sites with most at stake first; empty where no grid connection has a price."""
    rows = [price for price in prices if price.kind == LimitKind.GRID_IMPORT and any(price.worth_micros)]
    if not rows:
        return ""
    rows.sort(key=lambda price: (-sum(price.worth_micros), price.element))
    shown = rows[:MOST_SITES]
    axis = TimeAxis(problem.time_grid)
    dearest = max(max(price.worth_micros) for price in shown)
    bottom = TOP + len(shown) * (ROW_HEIGHT + ROW_GAP)
    parts = [axis.draw(0, bottom)]
    for number, price in enumerate(shown):
        parts.append(_row(problem, axis, price, dearest, TOP + number * (ROW_HEIGHT + ROW_GAP)))
    drawing = chart(bottom + 20, "What one more megawatt at each grid connection would be worth, by slot", parts)
    return drawing + _notes(problem, rows, dearest)


def _row(problem: Problem, axis: TimeAxis, price: ShadowPrice, dearest: int, top: float) -> str:
    worth, currency = price.worth_micros, problem.currency
    width = axis.x(axis.grid.slot_count) - axis.x(0)
    parts = [
        name_label(price.element, top + 15),
        element("rect", x=axis.x(0), y=top, width=width, height=ROW_HEIGHT, class_="band"),
        label(money_short(sum(worth), currency), CHART_WIDTH - RIGHT_MARGIN + 6, top + 15, "axis"),
    ]
    for slots in axis.bins(MOST_HOVER_AREAS):
        micros = max(worth[t] for t in slots)
        if micros == 0:
            continue
        x, cell_width = axis.x(slots.start), len(slots) * axis.slot_width
        shade = max(LEAST_SHADE, micros / dearest)
        parts.append(element("rect", x=x, y=top, width=cell_width, height=ROW_HEIGHT, class_="worth", fill_opacity=shade))
        up_to = "up to " if len(slots) > 1 else ""
        said = f"{span(axis.grid, slots.start, slots.stop - 1)}\n{up_to}{money(micros, currency)} per MW"
        parts.append(hover_area(said, x, top, cell_width, ROW_HEIGHT))
    return "".join(parts)


def _notes(problem: Problem, rows: Sequence[ShadowPrice], dearest: int) -> str:
    notes = [
        f"Full colour is {money(dearest, problem.currency)} per MW and slot; on the right, one more MW over the whole horizon.",
        "These are prices of the certificate: the bound rises by at most so much, and by less where another limit binds beside "
        "the grid. loadstone whatif solves again for the true effect.",
    ]
    if any(price.row_slots for price in rows):
        notes.append("Where whole gangs fill the connection, a part of the price is an average over the megawatts there are.")
    if len(rows) > MOST_SITES:
        left_off = [price.element for price in rows[MOST_SITES:]]
        notes.append(f"{count(len(left_off), 'more site')} not drawn: {names(left_off)}.")
    return element("p", text(" ".join(notes)), class_="note")
