"""What users have instead of ready series: weather with curves, series on their own clock, money in other currencies.

Frozen data in the units of the field names; ``optimizer.exact.resolve`` turns them into the series of the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """``value`` at an outside temperature; straight lines between points, the end values beyond them."""

    temperature_c: float
    value: float


class CoolingKind(StrEnum):
    DRY_COOLER = "DRY_COOLER"
    CHILLER = "CHILLER"
    POINTS = "POINTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoolingCurve:
    """How much heat a plant carries off at an outside temperature ``T``, kW; never below 0.

    DRY_COOLER: ``rated_kw x (loop_temperature_c - T) / (loop_temperature_c - rated_temperature_c)``, at most ``max_kw`` where
    that is set: heat follows the difference to the loop's return. CHILLER: ``rated_kw`` up to ``rated_temperature_c``, then
    ``derating_per_c`` of it less for each degree. POINTS: as given.
    """

    kind: CoolingKind
    rated_kw: float = 0.0
    rated_temperature_c: float = 35.0
    loop_temperature_c: float = 45.0
    derating_per_c: float = 0.0
    max_kw: float | None = None
    points: tuple[CurvePoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PueCurve:
    """PUE at an outside temperature.

    ``points`` where given; else free cooling: ``free_cooling_pue`` up to ``free_cooling_temperature_c``, ``chiller_pue`` from
    ``chiller_temperature_c`` on, a straight line between.
    """

    free_cooling_pue: float = 1.0
    free_cooling_temperature_c: float = 0.0
    chiller_pue: float = 1.0
    chiller_temperature_c: float = 0.0
    points: tuple[CurvePoint, ...] = ()


class Quantity(StrEnum):
    """What a timed series of a site holds: the series it stands for."""

    IMPORT_LIMIT_KW = "IMPORT_LIMIT_KW"
    PUE = "PUE"
    OVERHEAD_KW = "OVERHEAD_KW"
    ENERGY_PRICE_PER_MWH = "ENERGY_PRICE_PER_MWH"
    CARBON_INTENSITY_G_PER_KWH = "CARBON_INTENSITY_G_PER_KWH"
    OUTSIDE_TEMPERATURE_C = "OUTSIDE_TEMPERATURE_C"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedSeries:
    """Values on their own clock: one for each ``step_duration`` from ``start_time`` (with a UTC offset).

    None is dropped or repeated at clock changes. It covers the horizon. A slot takes the mean of the steps it overlaps, by
    time; of a limit, the least of them. An energy price may be in another ``currency`` with an exchange rate.
    """

    quantity: Quantity
    start_time: datetime
    step_duration: timedelta
    values: tuple[float, ...]
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRate:
    """One unit of ``currency`` is ``rate`` of the problem's."""

    currency: str
    rate: float
