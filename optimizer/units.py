"""The only conversions: user units to integers and back. Demand is rounded up, a limit down, a price to the nearest.

A float means the shortest decimal that reads back as it (``repr``), so 1.1 kW is 1,100 W exactly and not 1,100.0000000000002.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import lru_cache

W_PER_KW = 1_000
WH_PER_MWH = 1_000_000
MG_PER_KG = 1_000_000
MG_PER_TONNE = 1_000_000_000
MICROS_PER_UNIT = 1_000_000
PPM = 1_000_000
SECONDS_PER_HOUR = 3_600
#: Energy and carbon rates are whole 1e-4 micro-units of money per watt and slot.
RATE_SCALE = 10_000


#: Decimals of up to 15 digits all differ as floats, so the one found below is the shortest that reads back as the float.
MOST_PLAIN = 10**15
POWERS_OF_TEN = frozenset(10**n for n in range(13))


def _scaled(value: float, scale: int, rounding: str) -> int:
    scaled = value * scale
    if -MOST_PLAIN < scaled < MOST_PLAIN and scale in POWERS_OF_TEN and (whole := round(scaled)) / scale == value:
        return whole
    return _by_decimal(value, scale, rounding)


@lru_cache(maxsize=65_536)
def _by_decimal(value: float, scale: int, rounding: str) -> int:
    return int((Decimal(repr(value)) * scale).to_integral_value(rounding))


def round_up(value: float, scale: int) -> int:
    """The least integer >= ``value * scale``; for demands."""
    return _scaled(float(value), scale, ROUND_CEILING)


def round_down(value: float, scale: int) -> int:
    """The greatest integer <= ``value * scale``; for limits."""
    return _scaled(float(value), scale, ROUND_FLOOR)


def round_nearest(value: float, scale: int) -> int:
    """The nearest integer to ``value * scale``, halves away from zero; for money and intensities."""
    return _scaled(float(value), scale, ROUND_HALF_UP)


def to_micros(money: float) -> int:
    """Money in the problem's currency to micro-units."""
    return round_nearest(money, MICROS_PER_UNIT)


def divide_half_up(numerator: int, divisor: int) -> int:
    """``numerator / divisor`` to the nearest integer, halves up."""
    return (2 * numerator + divisor) // (2 * divisor)


def divide_up(numerator: int, divisor: int) -> int:
    """The least integer >= ``numerator / divisor``."""
    return -(-numerator // divisor)


@lru_cache(maxsize=65_536)
def seconds(duration: timedelta) -> int:
    """Whole seconds, rounded up."""
    return divide_up(duration // timedelta(microseconds=1), 1_000_000)


def slots_up(duration: timedelta, slot: timedelta) -> int:
    """How many slots ``duration`` takes, a started slot counted whole."""
    return divide_up(seconds(duration), seconds(slot))


def slot_at_or_after(time: datetime, start: datetime, slot: timedelta) -> int:
    """The first slot boundary not before ``time``; negative before the horizon."""
    return -((start - time) // slot)


def slot_at_or_before(time: datetime, start: datetime, slot: timedelta) -> int:
    """The last slot boundary not after ``time``; negative before the horizon."""
    return (time - start) // slot
