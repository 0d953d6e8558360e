"""The range of every number, and the check that a number keeps to it.

All ranges are closed. They are wide enough for any real fleet and narrow enough to catch a wrong unit (watts for
kilowatts, percent for a share). Together with ``overflow`` they keep the integers of ``optimizer.exact`` inside 64 bits.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from optimizer.errors import Violation
from optimizer.validate.reasons import Reason

SHOWN_CHARACTERS = 80
SHOWN_BITS = 64


@dataclass(frozen=True, slots=True)
class Number:
    """``[low, high]`` in ``unit``; both ends are allowed."""

    low: float
    high: float
    unit: str = ""

    def __str__(self) -> str:
        return f"[{show(self.low)}, {show(self.high)}]{' ' if self.unit else ''}{self.unit}"


@dataclass(frozen=True, slots=True)
class Duration:
    """``[low, high]``; both ends are allowed."""

    low: timedelta
    high: timedelta

    def __str__(self) -> str:
        return f"[{show(self.low)}, {show(self.high)}]"


Rules = tuple[tuple[str, Number], ...]
DurationRules = tuple[tuple[str, Duration], ...]

MAX_DURATION = timedelta(days=3_660)

SHARE = Number(0, 1)
POSITIVE_SHARE = Number(1e-6, 1)
POWER_KW = Number(0, 10_000_000, "kW")
PUE = Number(1, 10)
PRICE_PER_MWH = Number(-100_000, 100_000, "of money per MWh")
CARBON_PRICE_PER_TONNE = Number(0, 100_000, "of money per tonne")
CARBON_G_PER_KWH = Number(0, 5_000, "g/kWh")
TEMPERATURE_C = Number(-90, 70, "degrees Celsius")
LOOP_TEMPERATURE_C = Number(-90, 120, "degrees Celsius")
EXCHANGE_RATE = Number(1e-6, 1_000_000)
ENERGY_BUDGET_MWH = Number(0, 1_000_000_000, "MWh")
CARBON_BUDGET_KG = Number(0, 1_000_000_000_000, "kg")
BATTERY_KWH = Number(0, 1_000_000_000, "kWh")
MONEY = Number(-1_000_000_000, 1_000_000_000, "of money")
COST = Number(0, 1_000_000_000, "of money")
NODE_COUNT = Number(0, 10_000_000, "nodes")
GPUS_PER_NODE = Number(1, 1_024, "GPUs")
NODES_PER_DOMAIN = Number(1, 100_000, "nodes")
GPU_COUNT = Number(0, 10_000_000_000, "GPUs")
WIDTH = Number(1, 10_000_000_000, "GPUs")
POWER_CAP_W = Number(1, 100_000, "W")
GPU_POWER_KW = Number(0, 1_000, "kW")
FLOOR_GPU_HOURS = Number(0, 1_000_000_000_000, "GPU-hours")
JOB_COUNT = Number(0, 1_000_000_000, "jobs")
GPU_HOURS = Number(1e-6, 1_000_000_000_000, "GPU-hours")
RELATIVE_SPEED = Number(1e-6, 1_000_000)
RESOURCE_AMOUNT = Number(0, 1_000_000_000_000)
DATA_GB = Number(0, 1_000_000_000_000, "GB")
THROUGHPUT_GB_PER_HOUR = Number(1e-6, 1_000_000_000_000, "GB/h")
CAPACITY_GB_PER_HOUR = Number(0, 1_000_000_000, "GB/h")
SLOT_COUNT = Number(1, 100_000, "slots")
PAUSE_COUNT = Number(0, 10_000, "pauses")
CHANGE_COUNT = Number(0, 10_000, "changes")
WORK_STEP_COUNT = Number(0, 100_000, "steps")
PRIORITY_TIER = Number(0, 1_000)
YEAR = Number(1970, 2199)

SLOT_DURATION = Duration(timedelta(seconds=1), timedelta(days=31))
RUN_DURATION = Duration(timedelta(seconds=1), MAX_DURATION)
SPAN = Duration(timedelta(0), MAX_DURATION)


def check_number(path: str, value: float, allowed: Number) -> Iterator[Violation]:
    """``value`` is a finite number in ``allowed``."""
    if not allowed.low <= value <= allowed.high:
        reason = Reason.NOT_FINITE if isinstance(value, float) and not math.isfinite(value) else Reason.OUT_OF_RANGE
        yield Violation(path, reason, f"{field_of(path)} is {show(value)}; it must be in {allowed}")


def check_numbers(path: str, thing: object, rules: Rules) -> Iterator[Violation]:
    """Every set field named in ``rules`` keeps to its range."""
    for field, allowed in rules:
        value = getattr(thing, field)
        if value is not None and not allowed.low <= value <= allowed.high:
            yield from check_number(f"{path}.{field}", value, allowed)


def keep_to(things: Collection[object], rules: Rules) -> bool:
    """Whether `check_numbers` finds nothing in any of ``things``, field by field: for what a problem has many of."""
    for field, allowed in rules:
        low, high = allowed.low, allowed.high
        if any(True for value in map(attrgetter(field), things) if value is not None and not low <= value <= high):
            return False
    return True


def check_duration(path: str, value: timedelta, allowed: Duration) -> Iterator[Violation]:
    """``value`` is in ``allowed`` and a whole number of seconds."""
    if not allowed.low <= value <= allowed.high:
        yield Violation(path, Reason.OUT_OF_RANGE, f"{field_of(path)} is {show(value)}; it must be in {allowed}")
    elif value.microseconds:
        message = f"{field_of(path)} is {show(value)}; it must be a whole number of seconds in {allowed}"
        yield Violation(path, Reason.NOT_WHOLE_SECONDS, message)


def check_durations(path: str, thing: object, rules: DurationRules) -> Iterator[Violation]:
    """Every duration named in ``rules`` keeps to its range, in whole seconds."""
    for field, allowed in rules:
        yield from check_duration(f"{path}.{field}", getattr(thing, field), allowed)


def field_of(path: str) -> str:
    """The last field of a path: ``sites[0].pue[3]`` gives ``pue``."""
    return path.rpartition(".")[2].partition("[")[0]


def show(value: object) -> str:
    """``value`` for a message: short and printable whatever it is."""
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.15g} s"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int) and value.bit_length() > SHOWN_BITS:
        return f"{'a negative' if value < 0 else 'an'} integer of {value.bit_length()} bits"
    text = repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."
