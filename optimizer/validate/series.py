"""Series: their length against the horizon, and the range of their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from optimizer.errors import Violation
from optimizer.problem import TimeGrid
from optimizer.units import SECONDS_PER_HOUR
from optimizer.validate.ranges import Number, check_number, field_of
from optimizer.validate.reasons import Reason

ONE_DAY = timedelta(days=1)
CLOCK_CHANGE_DAY_SECONDS = (23 * SECONDS_PER_HOUR, 25 * SECONDS_PER_HOUR)


@dataclass(frozen=True, slots=True)
class Horizon:
    """The time grid, known to be valid."""

    start_time: datetime
    slot_seconds: int
    slot_count: int

    @classmethod
    def of(cls, grid: TimeGrid) -> Horizon:
        return cls(grid.start_time, grid.slot_duration // timedelta(seconds=1), grid.slot_count)

    def hours(self, slot_count: int) -> str:
        return f"{slot_count * self.slot_seconds / SECONDS_PER_HOUR:.6g} h"


def check_series(
    path: str,
    series: Sequence[float],
    allowed: Number,
    horizon: Horizon | None,
    *,
    required: bool = False,
    zone: ZoneInfo | None = None,
) -> Iterator[Violation]:
    """None (unless ``required``), one or ``slot_count`` values, each in ``allowed``.

    Wrong values of one series are one violation, at the first of them. Without a valid ``horizon`` any length passes.
    """
    if not series:
        if required:
            yield Violation(path, Reason.MISSING, f"{field_of(path)} is empty; give one value in {allowed} or one a slot")
        return
    if horizon is not None:
        yield from check_series_length(path, len(series), horizon, zone)
    yield from check_series_values(path, series, allowed)


def check_series_length(path: str, length: int, horizon: Horizon, zone: ZoneInfo | None) -> Iterator[Violation]:
    """One value, or one a slot. A length that fits a clock-change day is explained."""
    if length in (1, horizon.slot_count):
        return
    numbers = "1" if horizon.slot_count == 1 else f"1 or {horizon.slot_count}"
    expected = f"{numbers} ({horizon.hours(horizon.slot_count)} in slots of {horizon.slot_seconds} s)"
    message = (
        f"{field_of(path)} has {length} values ({horizon.hours(length)}); it must have {expected}"
        f"{_clock_hint(length, horizon, zone)}"
    )
    yield Violation(path, Reason.WRONG_SERIES_LENGTH, message)


def check_series_values(path: str, series: Sequence[float], allowed: Number) -> Iterator[Violation]:
    """Every value is a finite number in ``allowed``."""
    low, high = allowed.low, allowed.high
    if all(low <= value <= high for value in series):
        return
    wrong = [index for index, value in enumerate(series) if not low <= value <= high]
    for violation in check_number(f"{path}[{wrong[0]}]", series[wrong[0]], allowed):
        more = f" ({len(wrong)} of {len(series)} values are outside)" if len(wrong) > 1 else ""
        yield Violation(violation.path, violation.reason, violation.message + more)


def _clock_hint(length: int, horizon: Horizon, zone: ZoneInfo | None) -> str:
    off_by_an_hour = abs(length - horizon.slot_count) * horizon.slot_seconds == SECONDS_PER_HOUR
    if not off_by_an_hour and length * horizon.slot_seconds not in CLOCK_CHANGE_DAY_SECONDS:
        return ""
    if zone is not None and clock_changes(horizon, zone):
        cause = f"the site's local clock ({zone.key}) changes in the period"
    else:
        cause = "a day on which the local clock changes has 23 or 25 hours"
    return f"; {cause}, and series follow UTC slots, none dropped or repeated"


def clock_changes(horizon: Horizon, zone: ZoneInfo) -> bool:
    """Whether the UTC offset of ``zone`` changes between the ends of the horizon (looked at daily, for a year)."""
    duration = timedelta(seconds=horizon.slot_seconds) * horizon.slot_count
    moments = [min(k * ONE_DAY, duration) for k in range(min(duration // ONE_DAY, 366) + 2)]
    return len({(horizon.start_time + moment).astimezone(zone).utcoffset() for moment in moments}) > 1
