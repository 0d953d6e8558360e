"""Charts of what a site draws: grid power against its limit with the price behind it, heat against cooling limits."""

from __future__ import annotations

import math
from collections.abc import Callable

from optimizer.problem import TimeGrid
from optimizer.report.figures import SiteFigures
from optimizer.report.svg import (
    CHART_WIDTH,
    LEFT_MARGIN,
    RIGHT_MARGIN,
    Scale,
    TimeAxis,
    chart,
    element,
    hover_columns,
    label,
    name_label,
    number,
    step_area,
    step_path,
)
from optimizer.report.words import CURRENCY_SYMBOLS, limit_label, power
from optimizer.solution import LimitUsage

POWER_HEIGHT, COOLING_HEIGHT = 170.0, 64.0
TOP, AXIS_ROOM, COOLING_GAP = 10.0, 20.0, 6.0
#: Share of a chart's height that a label of its scale needs to itself.
LABEL_ROOM = 0.15


def power_chart(grid: TimeGrid, site: SiteFigures, currency: str) -> str:
    """Power at the grid connection; where the site has no limit, IT power."""
    axis = TimeAxis(grid)
    used, limit, prices = site.power.used_w, site.power.limit_w, site.price_per_mwh
    symbol = CURRENCY_SYMBOLS.get(currency, f"{currency} ")
    high = rounded_up(max(max(used), max(limit or (0,)), 1))
    scale = Scale(0, high, TOP, POWER_HEIGHT)
    parts = [axis.draw(TOP, POWER_HEIGHT), levels(scale)]
    if prices:
        parts.insert(0, _price_behind(axis, prices, symbol))
    parts.append(element("path", d=step_area(axis, scale, used), class_="load"))
    parts.append(element("path", d=step_path(axis, scale, used), class_="load-line"))
    if limit:
        parts.append(element("path", d=step_path(axis, scale, limit, lowest=True), class_="limit"))

    def describe(slots: range) -> str:
        peak = max(slots, key=lambda t: (site.power.share(t), used[t]))
        said = f"{power(used[peak])} of {power(limit[peak])}" if limit else f"{power(used[peak])} IT power"
        return f"{said}\n{symbol}{prices[peak]:,.2f} per MWh" if prices else said

    parts.append(hover_columns(axis, TOP, POWER_HEIGHT, describe))
    return chart(POWER_HEIGHT + AXIS_ROOM, f"Power at {site.site.name}", parts)


def _price_behind(axis: TimeAxis, prices: tuple[float, ...], symbol: str) -> str:
    low, high = min(0.0, *prices), max(0.0, *prices)
    scale = Scale(low, high, TOP, POWER_HEIGHT)
    x = CHART_WIDTH - RIGHT_MARGIN + 6
    marks = [high, low] if high > low else [0.0]
    if min(high, -low) > LABEL_ROOM * (high - low):
        marks.append(0.0)
    return (
        element("path", d=step_area(axis, scale, prices), class_="price")
        + "".join(
            label(_price_words(price, symbol), x, scale.y(price) + (4 if price > low else 0), "price-axis") for price in marks
        )
        + label("per MWh", x, TOP + 17, "price-axis")
    )


def _price_words(price: float, symbol: str) -> str:
    whole = round(price)
    return f"{'-' if whole < 0 else ''}{symbol}{abs(whole):,}"


def levels(scale: Scale, words: Callable[[float], str] = power) -> str:
    """The foot, zero, half the highest and the highest value, with their power, or what ``words`` make of them."""
    parts = []
    for value in sorted({scale.low, 0.0, scale.high / 2, scale.high}):
        y = scale.y(value)
        line = f"M{number(LEFT_MARGIN)} {number(y)}H{number(CHART_WIDTH - RIGHT_MARGIN)}"
        parts.append(element("path", d=line, class_="level"))
        parts.append(label(words(value) if value else "0", LEFT_MARGIN - 8, y + 4, "axis", "end"))
    return "".join(parts)


def rounded_up(value: float) -> float:
    """The least of 1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8 times a power of ten that is not less than ``value``."""
    power_of_ten = 10.0 ** math.floor(math.log10(value))
    return next(m * power_of_ten for m in (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10) if m * power_of_ten >= value)


def cooling_chart(grid: TimeGrid, usage: LimitUsage, labelled: bool) -> str:
    """Heat of one hall on one path against the limit, which follows the weather; ``labelled``: with times below."""
    axis = TimeAxis(grid)
    scale = Scale(0, max(max(usage.used), max(usage.capacity), 1), 4, COOLING_HEIGHT)

    def describe(slots: range) -> str:
        peak = max(slots, key=lambda t: usage.used[t] - usage.capacity[t])
        return f"{power(usage.used[peak])} of {power(usage.capacity[peak])}"

    name = limit_label(usage.kind)
    return chart(
        COOLING_HEIGHT + (AXIS_ROOM if labelled else COOLING_GAP),
        f"{name} of {usage.element}",
        [
            axis.draw(4, COOLING_HEIGHT, labelled),
            name_label(usage.element, 15),
            label(name, 0, 29, "axis"),
            element("path", d=step_area(axis, scale, usage.used), class_="heat"),
            element("path", d=step_path(axis, scale, usage.capacity, lowest=True), class_="limit"),
            label(power(max(usage.capacity)), CHART_WIDTH - RIGHT_MARGIN + 6, scale.y(max(usage.capacity)) + 4, "axis"),
            hover_columns(axis, 4, COOLING_HEIGHT, describe),
        ],
    )
