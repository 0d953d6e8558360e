"""The hourly series of the UK/Norway week and what follows from them: prices in pounds, cooling capacity, PUE.

The week is 3 to 9 October 2023, UTC. GB prices are those of 8 to 14 October 2019, 208 weeks earlier to the hour, so that
weekday and hour agree. Origin and licence of every file: ``instances/ATTRIBUTION.md``.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

START_TIME = datetime(2023, 10, 3, tzinfo=UTC)
WEEK_HOURS = 168

#: Pounds for one euro, held through the week (the October 2023 level).
GBP_PER_EUR = 0.87
#: Oslo has no series of its own; early October is about this much warmer there than in Tromso.
OSLO_ABOVE_TROMSO_CELSIUS = 4.0

COOLING_FULL_UP_TO_CELSIUS = 14.0
AIR_COOLING_LOSS_PER_CELSIUS = 0.015
LIQUID_COOLING_LOSS_PER_CELSIUS = 0.008
PUE_RISES_ABOVE_CELSIUS = 8.0
PUE_RISE_PER_CELSIUS = 0.004

Hourly = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Climate:
    """What a place gives by hour: energy price (GBP/MWh), carbon intensity (g/kWh), outside temperature (Celsius)."""

    price_per_mwh: Hourly
    carbon_g_per_kwh: Hourly
    celsius: Hourly

    def over(self, hour_count: int) -> Climate:
        """The same for at least ``hour_count`` hours, the week again and again."""
        times = -(-hour_count // len(self.celsius))
        return Climate(self.price_per_mwh * times, self.carbon_g_per_kwh * times, self.celsius * times)

    def pue(self, base: float) -> Hourly:
        """``base`` in the cold, rising with the temperature above 8 Celsius."""
        return tuple(round(base + PUE_RISE_PER_CELSIUS * max(0.0, c - PUE_RISES_ABOVE_CELSIUS), 4) for c in self.celsius)

    def air_cooling_kw(self, design_kw: float) -> Hourly:
        return self._cooling_kw(design_kw, AIR_COOLING_LOSS_PER_CELSIUS)

    def liquid_cooling_kw(self, design_kw: float) -> Hourly:
        return self._cooling_kw(design_kw, LIQUID_COOLING_LOSS_PER_CELSIUS)

    def _cooling_kw(self, design_kw: float, loss_per_celsius: float) -> Hourly:
        """Full capacity up to 14 Celsius, then a straight line down."""
        return tuple(
            round(design_kw * (1.0 - loss_per_celsius * max(0.0, c - COOLING_FULL_UP_TO_CELSIUS)), 1) for c in self.celsius
        )


@cache
def climates() -> dict[str, Climate]:
    """By price zone (GB, NO1, NO4): the week's series, ``WEEK_HOURS`` values each."""
    carbon = _columns("carbon_2023-10-03.csv")
    norway = _columns("price_no_2023-10-03.csv")
    tromso = _tromso_celsius()
    return {
        "GB": Climate(
            price_per_mwh=_columns("price_gb_2019-10-08.csv")["gb_gbp_per_mwh"],
            carbon_g_per_kwh=carbon["gb_direct_g_per_kwh"],
            celsius=_columns("temperature_london_2023-10-03.csv")["celsius"],
        ),
        "NO1": Climate(
            price_per_mwh=_pounds(norway["no1_eur_per_mwh"]),
            carbon_g_per_kwh=carbon["no_direct_g_per_kwh"],
            celsius=tuple(round(c + OSLO_ABOVE_TROMSO_CELSIUS, 2) for c in tromso),
        ),
        "NO4": Climate(
            price_per_mwh=_pounds(norway["no4_eur_per_mwh"]),
            carbon_g_per_kwh=carbon["no_direct_g_per_kwh"],
            celsius=tromso,
        ),
    }


def _pounds(euros: Hourly) -> Hourly:
    return tuple(round(euro * GBP_PER_EUR, 3) for euro in euros)


def _tromso_celsius() -> Hourly:
    """Hourly values between the day's two measured extremes: a cosine, coldest at 03:00 and warmest at 15:00 UTC."""
    days = _columns("temperature_tromso_daily_2023-10-03.csv")
    return tuple(
        round((high + low) / 2 - (high - low) / 2 * math.cos(math.tau * (hour - 3) / 24), 2)
        for high, low in zip(days["max_celsius"], days["min_celsius"], strict=True)
        for hour in range(24)
    )


@dataclass(frozen=True, slots=True)
class TracedJob:
    """One job of the Microsoft ITP trace."""

    submission_hour: float
    gpu_count: int
    hours: float


@cache
def traced_jobs() -> tuple[TracedJob, ...]:
    """Every job of an hour or longer of the trace's clusters 1 and 6."""
    columns = _columns("itp_jobs.csv")
    return tuple(
        TracedJob(submission_hour=submission / 3600, gpu_count=int(gpus), hours=duration / 3600)
        for submission, gpus, duration in zip(columns["submission_s"], columns["gpu_count"], columns["duration_s"], strict=True)
    )


@cache
def _columns(name: str) -> dict[str, Hourly]:
    """The number columns of a data file, by heading."""
    text = (files("optimizer.generate") / "data" / name).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return {heading: tuple(float(row[heading]) for row in rows) for heading in rows[0] if heading not in ("utc_start", "date")}
