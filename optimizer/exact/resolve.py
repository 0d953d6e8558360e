"""Turns weather, timed series and foreign prices into the series of the model, and says what it did.

timed series -> one value a slot, in the problem's currency -> temperatures through curves -> PUE and cooling limits

A resolved problem holds plain series only, so resolving it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from optimizer.problem import Hall, Problem, Series, Site, TimeGrid
from optimizer.solution import Conversion
from optimizer.weather import CoolingCurve, CoolingKind, CurvePoint, PueCurve, Quantity, TimedSeries

#: Derived values are rounded to this step: PUE and load up, limits down, the rest to the nearest.
STEP = Decimal("0.000001")
ROUNDING = {
    Quantity.IMPORT_LIMIT_KW: ROUND_FLOOR,
    Quantity.PUE: ROUND_CEILING,
    Quantity.OVERHEAD_KW: ROUND_CEILING,
}
UNITS = {
    Quantity.IMPORT_LIMIT_KW: "kW",
    Quantity.PUE: "",
    Quantity.OVERHEAD_KW: "kW",
    Quantity.ENERGY_PRICE_PER_MWH: "per MWh",
    Quantity.CARBON_INTENSITY_G_PER_KWH: "g/kWh",
    Quantity.OUTSIDE_TEMPERATURE_C: "degrees Celsius",
}


class Resolved(NamedTuple):
    """A problem with plain series only, and what became of what."""

    problem: Problem
    conversions: tuple[Conversion, ...]


def resolved(problem: Problem) -> Resolved:
    """``problem`` (valid) with every series in slots and in its currency; itself where there is nothing to do."""
    if not any(_has_work(site) for site in problem.sites):
        return Resolved(problem, ())
    said: list[Conversion] = []
    sites = tuple(_site(f"sites[{s}]", site, problem, said) for s, site in enumerate(problem.sites))
    return Resolved(replace(problem, sites=sites), tuple(said))


def _has_work(site: Site) -> bool:
    curves = any(hall.liquid_cooling_curve or hall.air_cooling_curve for hall in site.halls)
    return bool(site.timed_series) or site.pue_curve is not None or curves


def _site(path: str, site: Site, problem: Problem, said: list[Conversion]) -> Site:
    rates = {rate.currency: rate.rate for rate in problem.exchange_rates}
    for k, timed in enumerate(site.timed_series):
        rate = rates[timed.currency] if timed.currency not in ("", problem.currency) else 1.0
        values = aligned(timed, problem.time_grid, rate)
        site = _with(site, timed.quantity, values)
        said.append(Conversion(path=f"{path}.timed_series[{k}]", message=_alignment(timed, problem, rate)))
    temperature = site.outside_temperature_c
    if site.pue_curve is not None:
        pue = tuple(_rounded(pue_at(site.pue_curve, celsius), ROUND_CEILING) for celsius in temperature)
        said.append(Conversion(path=f"{path}.pue", message=_curve_words("PUE", pue, temperature)))
        site = replace(site, pue=pue, pue_curve=None)
    halls = tuple(_hall(f"{path}.halls[{h}]", hall, temperature, said) for h, hall in enumerate(site.halls))
    return replace(site, timed_series=(), halls=halls)


def _hall(path: str, hall: Hall, temperature: Series, said: list[Conversion]) -> Hall:
    if hall.liquid_cooling_curve is not None:
        limit = _limit(f"{path}.liquid_cooling_limit_kw", hall.liquid_cooling_curve, temperature, said)
        hall = replace(hall, liquid_cooling_limit_kw=limit, liquid_cooling_curve=None)
    if hall.air_cooling_curve is not None:
        limit = _limit(f"{path}.air_cooling_limit_kw", hall.air_cooling_curve, temperature, said)
        hall = replace(hall, air_cooling_limit_kw=limit, air_cooling_curve=None)
    return hall


def _limit(path: str, curve: CoolingCurve, temperature: Series, said: list[Conversion]) -> Series:
    limit = tuple(_rounded(cooling_kw_at(curve, celsius), ROUND_FLOOR) for celsius in temperature)
    said.append(Conversion(path=path, message=_curve_words("cooling limit, kW,", limit, temperature)))
    return limit


def _with(site: Site, quantity: Quantity, values: Series) -> Site:
    match quantity:
        case Quantity.IMPORT_LIMIT_KW:
            return replace(site, import_limit_kw=values)
        case Quantity.PUE:
            return replace(site, pue=values)
        case Quantity.OVERHEAD_KW:
            return replace(site, overhead_kw=values)
        case Quantity.ENERGY_PRICE_PER_MWH:
            return replace(site, energy_price_per_mwh=values)
        case Quantity.CARBON_INTENSITY_G_PER_KWH:
            return replace(site, carbon_intensity_g_per_kwh=values)
        case Quantity.OUTSIDE_TEMPERATURE_C:
            return replace(site, outside_temperature_c=values)


def field_of(quantity: Quantity) -> str:
    """The site's plain series of a quantity."""
    return quantity.value.lower()


def aligned(timed: TimedSeries, grid: TimeGrid, rate: float = 1.0) -> Series:
    """One value a slot, times ``rate``: the mean over the slot by time, or the least for a limit."""
    second = timedelta(seconds=1)
    step, slot = timed.step_duration // second, grid.slot_duration // second
    # in UTC: arithmetic on local times skips clock changes
    offset = (grid.start_time.astimezone(UTC) - timed.start_time.astimezone(UTC)) // second
    rounding = ROUNDING.get(timed.quantity, ROUND_HALF_EVEN)
    combine = _least if timed.quantity is Quantity.IMPORT_LIMIT_KW else _mean
    return tuple(
        _rounded(combine(timed.values, offset + t * slot, slot, step) * _exact(rate), rounding) for t in range(grid.slot_count)
    )


def _mean(values: Sequence[float], begin: int, length: int, step: int) -> Fraction:
    end = begin + length
    parts = range(begin // step, -(-end // step))
    return sum((_exact(values[k]) * (min(end, (k + 1) * step) - max(begin, k * step)) for k in parts), Fraction(0)) / length


def _least(values: Sequence[float], begin: int, length: int, step: int) -> Fraction:
    return min(_exact(values[k]) for k in range(begin // step, -(-(begin + length) // step)))


def pue_at(curve: PueCurve, temperature_c: float) -> Fraction:
    """PUE by ``curve`` outside at ``temperature_c``."""
    points = curve.points or (
        CurvePoint(temperature_c=curve.free_cooling_temperature_c, value=curve.free_cooling_pue),
        CurvePoint(temperature_c=curve.chiller_temperature_c, value=curve.chiller_pue),
    )
    return _on_line(points, temperature_c)


def cooling_kw_at(curve: CoolingCurve, temperature_c: float) -> Fraction:
    """Heat carried off, kW, by ``curve`` outside at ``temperature_c``; at least 0."""
    outside, rated = _exact(temperature_c), _exact(curve.rated_kw)
    if curve.kind is CoolingKind.POINTS:
        found = _on_line(curve.points, temperature_c)
    elif curve.kind is CoolingKind.CHILLER:
        above = max(Fraction(0), outside - _exact(curve.rated_temperature_c))
        found = rated * (1 - _exact(curve.derating_per_c) * above)
    else:
        loop = _exact(curve.loop_temperature_c)
        found = rated * (loop - outside) / (loop - _exact(curve.rated_temperature_c))
    if curve.max_kw is not None:
        found = min(found, _exact(curve.max_kw))
    return max(Fraction(0), found)


def _on_line(points: Sequence[CurvePoint], temperature_c: float) -> Fraction:
    if temperature_c <= points[0].temperature_c:
        return _exact(points[0].value)
    for low, high in pairwise(points):
        if temperature_c <= high.temperature_c:
            width = _exact(high.temperature_c) - _exact(low.temperature_c)
            share = (_exact(temperature_c) - _exact(low.temperature_c)) / width
            return _exact(low.value) + share * (_exact(high.value) - _exact(low.value))
    return _exact(points[-1].value)


def _exact(value: float) -> Fraction:
    """The shortest decimal that reads back as ``value``, as everywhere in the model."""
    return Fraction(repr(value))


def _rounded(value: Fraction, rounding: str) -> float:
    scaled = Decimal(value.numerator) / Decimal(value.denominator)
    return float(scaled.quantize(STEP, rounding))


def _alignment(timed: TimedSeries, problem: Problem, rate: float) -> str:
    grid = problem.time_grid
    how = "the least of" if timed.quantity is Quantity.IMPORT_LIMIT_KW else "the mean of"
    if timed.step_duration == grid.slot_duration:
        what = f"values of {_minutes(timed.step_duration)} taken for {_count(grid)} of the same length"
    elif timed.step_duration < grid.slot_duration:
        what = f"values of {_minutes(timed.step_duration)}, {how} those in each of {_count(grid)}"
    else:
        what = f"values of {_minutes(timed.step_duration)} held over {_count(grid)}"
    name = field_of(timed.quantity)
    money = "" if rate == 1.0 else f"; 1 {timed.currency} = {rate!r} {problem.currency}"
    return f"{name}: {len(timed.values)} {what}{money}"


def _count(grid: TimeGrid) -> str:
    return f"{grid.slot_count} slots of {_minutes(grid.slot_duration)}"


def _minutes(duration: timedelta) -> str:
    minutes = duration / timedelta(minutes=1)
    return f"{minutes:g} min"


def _curve_words(what: str, values: Series, temperature: Series) -> str:
    outside = f"{min(temperature):g} to {max(temperature):g} degrees Celsius outside"
    return f"{what} {min(values):g} to {max(values):g}, by its curve from {outside}"
