"""Small helpers that write HTML and SVG: escaped elements, a shared time axis, and stepped lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from optimizer.problem import TimeGrid
from optimizer.report.words import slot_time, span

#: One drawing unit is about one CSS pixel on a laptop.
CHART_WIDTH = 1060.0
LEFT_MARGIN = 148.0
RIGHT_MARGIN = 54.0
#: Average width of a character of a small label, and of a bold name.
CHARACTER_WIDTH, NAME_WIDTH = 6.1, 6.9
#: Where names stand, how large their letters are in page.css, and to what part of that they shrink before they are cut.
NAME_ROOM, NAME_SIZE, SMALLEST_NAME_SHARE = LEFT_MARGIN - 10, 12.0, 0.75
#: Charts of longer horizons show the extreme of a few slots at a time, so that a page stays small.
MOST_BINS = 720
#: Hover areas are the bulk of a chart's bytes.
MOST_HOVER_AREAS = 168


def element(tag: str, *children: str, **attributes: str | float | None) -> str:
    """``children`` are markup; text goes through ``text`` first. ``class_`` is ``class``, other ``_`` are ``-``."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(number(value) if isinstance(value, int | float) else value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{written}>{''.join(children)}</{tag}>"


def text(words: str) -> str:
    """Escapes a name or sentence; control characters, which XML forbids, become a visible mark."""
    return escape("".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in words))


def number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def label(words: str, x: float, y: float, style: str, anchor: str | None = None) -> str:
    return element("text", text(words), x=x, y=y, class_=style, text_anchor=anchor)


def name_label(words: str, y: float) -> str:
    """A name in the left margin: in smaller letters where it is long, cut where that does not do; the whole is its title."""
    share = min(1.0, NAME_ROOM / (NAME_WIDTH * max(1, len(words))))
    shown = words
    if share < SMALLEST_NAME_SHARE:
        share = SMALLEST_NAME_SHARE
        shown = fitted(words, NAME_ROOM, NAME_WIDTH * share)
    size = f"font-size: {number(NAME_SIZE * share)}px" if share < 1 else None
    title = element("title", text(words)) if shown != words else ""
    return element("text", title, text(shown), x=0, y=y, class_="name", style=size)


def fitted(words: str, width: float, character_width: float = CHARACTER_WIDTH) -> str:
    """``words`` cut to ``width``; empty where fewer than three characters would be left."""
    room = int(width / character_width)
    if len(words) <= room:
        return words
    return f"{words[: room - 1]}…" if room >= 4 else ""


def hover_area(words: str, x: float, y: float, width: float, height: float, style: str = "hover") -> str:
    return element("rect", element("title", text(words)), x=x, y=y, width=width, height=height, class_=style)


def is_midnight(time: datetime) -> bool:
    return time.hour == time.minute == 0


def day(time: datetime) -> str:
    return f"{time:%a} {time.day} {time:%b}"


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Slots along the width of a chart."""

    grid: TimeGrid

    @property
    def slot_width(self) -> float:
        return (CHART_WIDTH - LEFT_MARGIN - RIGHT_MARGIN) / self.grid.slot_count

    def x(self, slot: float) -> float:
        return LEFT_MARGIN + slot * self.slot_width

    def bins(self, most: int = MOST_BINS) -> list[range]:
        """Slots in equal runs, one a slot where they are few."""
        size = math.ceil(self.grid.slot_count / most)
        return [range(t, min(t + size, self.grid.slot_count)) for t in range(0, self.grid.slot_count, size)]

    def ticks(self) -> list[tuple[int, str]]:
        """Round times of day, a dozen at most; midnights are labelled with the date."""
        slot = self.grid.slot_duration
        whole = slot * self.grid.slot_count
        steps = [timedelta(hours=h) for h in (1, 2, 3, 6, 12, 24, 48, 168, 336, 672)]
        step = next((s for s in steps if whole / s <= 12 and s >= slot), max(whole / 12, slot))
        midnight = self.grid.start_time.replace(hour=0, minute=0, second=0, microsecond=0)
        first = math.ceil((self.grid.start_time - midnight) / step)
        marks = (midnight + k * step for k in range(first, first + 14))
        slots = ((mark - self.grid.start_time) / slot for mark in marks)
        return [(int(t), self._tick_words(int(t))) for t in slots if 0 <= t < self.grid.slot_count and t == int(t)]

    def _tick_words(self, slot: int) -> str:
        time = slot_time(self.grid, slot)
        return day(time) if is_midnight(time) else f"{time:%H:%M}"

    def draw(self, top: float, bottom: float, labelled: bool = True) -> str:
        """Hairlines at the ticks from ``top`` to ``bottom``, and their labels below.

        Where none tells the day, it stands before them.
        """
        parts = []
        if labelled and not any(is_midnight(slot_time(self.grid, slot)) for slot, _ in self.ticks()):
            parts.append(label(day(slot_time(self.grid, 0)), LEFT_MARGIN - 18, bottom + 13, "axis", "end"))
        for slot, words in self.ticks():
            parts.append(element("path", d=f"M{number(self.x(slot))} {number(top)}V{number(bottom)}", class_="tick"))
            if labelled:
                parts.append(label(words, self.x(slot) + 3, bottom + 13, "axis"))
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from ``low`` to ``high`` between the heights ``bottom`` and ``top`` (y grows downwards)."""

    low: float
    high: float
    top: float
    bottom: float

    def y(self, value: float) -> float:
        return self.bottom - (value - self.low) / ((self.high - self.low) or 1.0) * (self.bottom - self.top)


def step_path(axis: TimeAxis, scale: Scale, values: Sequence[float], lowest: bool = False) -> str:
    """The path of a stepped line; a bin of several slots shows its highest value, or its lowest."""
    pick = min if lowest else max
    path, level = "", None
    for slots in axis.bins():
        y = number(scale.y(pick(values[t] for t in slots)))
        if y != level:
            x = number(axis.x(slots.start))
            path += f"M{x} {y}" if level is None else f"H{x}V{y}"
            level = y
    return f"{path}H{number(axis.x(axis.grid.slot_count))}"


def step_area(axis: TimeAxis, scale: Scale, values: Sequence[float]) -> str:
    """The path of the area under a stepped line, down to the foot of the chart."""
    foot = number(scale.bottom)
    return f"{step_path(axis, scale, values)}V{foot}H{number(axis.x(0))}Z"


def hover_columns(axis: TimeAxis, top: float, bottom: float, describe: Callable[[range], str]) -> str:
    """Invisible columns that say the time and what ``describe`` has to say about a run of slots."""
    return "".join(
        hover_area(
            f"{span(axis.grid, slots.start, slots.stop - 1)}\n{describe(slots)}",
            axis.x(slots.start),
            top,
            len(slots) * axis.slot_width,
            bottom - top,
        )
        for slots in axis.bins(MOST_HOVER_AREAS)
    )


def chart(height: float, title: str, parts: Iterable[str]) -> str:
    """One drawing with its accessible name."""
    return element(
        "svg",
        *parts,
        viewBox=f"0 0 {number(CHART_WIDTH)} {number(height)}",
        role="img",
        aria_label=title,
    )
