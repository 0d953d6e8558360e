"""Rules of weather, curves, timed series and exchange rates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from optimizer.errors import Violation
from optimizer.problem import Problem, Site
from optimizer.validate import ranges
from optimizer.validate.codes import check_currency, check_time, zone_of
from optimizer.validate.names import check_no_repeats
from optimizer.validate.ranges import Number, Rules, check_duration, check_number, check_numbers, field_of, show
from optimizer.validate.reasons import Reason
from optimizer.validate.series import Horizon, check_series_values, clock_changes
from optimizer.weather import CoolingCurve, CoolingKind, CurvePoint, PueCurve, Quantity, TimedSeries

QUANTITY_RANGES: dict[Quantity, Number] = {
    Quantity.IMPORT_LIMIT_KW: ranges.POWER_KW,
    Quantity.PUE: ranges.PUE,
    Quantity.OVERHEAD_KW: ranges.POWER_KW,
    Quantity.ENERGY_PRICE_PER_MWH: ranges.PRICE_PER_MWH,
    Quantity.CARBON_INTENSITY_G_PER_KWH: ranges.CARBON_G_PER_KWH,
    Quantity.OUTSIDE_TEMPERATURE_C: ranges.TEMPERATURE_C,
}
COOLING_NUMBERS: Rules = (
    ("rated_kw", ranges.POWER_KW),
    ("rated_temperature_c", ranges.TEMPERATURE_C),
    ("loop_temperature_c", ranges.LOOP_TEMPERATURE_C),
    ("derating_per_c", ranges.SHARE),
    ("max_kw", ranges.POWER_KW),
)
PUE_NUMBERS: Rules = (
    ("free_cooling_pue", ranges.PUE),
    ("free_cooling_temperature_c", ranges.TEMPERATURE_C),
    ("chiller_pue", ranges.PUE),
    ("chiller_temperature_c", ranges.TEMPERATURE_C),
)
SECOND = timedelta(seconds=1)


def check_exchange_rates(problem: Problem) -> Iterator[Violation]:
    """One rate a currency, none for the problem's own."""
    yield from check_no_repeats("exchange_rates", [rate.currency for rate in problem.exchange_rates])
    for k, rate in enumerate(problem.exchange_rates):
        yield from check_currency(f"exchange_rates[{k}].currency", rate.currency)
        yield from check_number(f"exchange_rates[{k}].rate", rate.rate, ranges.EXCHANGE_RATE)
        if rate.currency == problem.currency and rate.rate != 1.0:
            message = (
                f"rate is {show(rate.rate)} for {show(rate.currency)}, the problem's own currency; it must be 1, or left out"
            )
            yield Violation(f"exchange_rates[{k}].rate", Reason.OUT_OF_RANGE, message)


def check_weather(problem: Problem, horizon: Horizon | None) -> Iterator[Violation]:
    """Every site's curves and timed series."""
    currencies = {problem.currency, "", *(rate.currency for rate in problem.exchange_rates)}
    for s, site in enumerate(problem.sites):
        yield from _check_timed(f"sites[{s}]", site, horizon, currencies)
        yield from _check_curves(f"sites[{s}]", site)


def _check_timed(path: str, site: Site, horizon: Horizon | None, currencies: set[str]) -> Iterator[Violation]:
    zone = zone_of(site.time_zone) if site.time_zone else None
    times = Counter(timed.quantity for timed in site.timed_series)
    for k, timed in enumerate(site.timed_series):
        here, field = f"{path}.timed_series[{k}]", timed.quantity.value.lower()
        if getattr(site, field) or times[timed.quantity] > 1:
            message = f"quantity {timed.quantity} is given more than once at this site; give {field} or one timed series"
            yield Violation(f"{here}.quantity", Reason.GIVEN_TWICE, message)
        if timed.currency not in currencies or (timed.currency and timed.quantity is not Quantity.ENERGY_PRICE_PER_MWH):
            what = "has no exchange rate" if timed.currency not in currencies else "is given for what is no money"
            message = f"currency {show(timed.currency)} {what}; leave it out, or give one of exchange_rates for an energy price"
            yield Violation(f"{here}.currency", Reason.UNKNOWN_NAME, message)
        wrong = [
            *check_time(f"{here}.start_time", timed.start_time),
            *check_duration(f"{here}.step_duration", timed.step_duration, ranges.SLOT_DURATION),
        ]
        yield from wrong
        if not timed.values:
            yield Violation(f"{here}.values", Reason.MISSING, "values is empty; give one for each step")
        yield from check_series_values(f"{here}.values", timed.values, QUANTITY_RANGES[timed.quantity])
        if horizon is not None and not wrong and timed.values:
            yield from _check_cover(here, timed, horizon, zone)


def _check_cover(path: str, timed: TimedSeries, horizon: Horizon, zone: ZoneInfo | None) -> Iterator[Violation]:
    """The steps begin at or before the horizon and end at or after it, on whole seconds."""
    # instants are compared in UTC: arithmetic on local times skips clock changes
    start, first = timed.start_time.astimezone(UTC), horizon.start_time.astimezone(UTC)
    if (first - start) % SECOND:
        message = f"start_time is {show(timed.start_time)}; it must lie whole seconds before the horizon's start"
        yield Violation(f"{path}.start_time", Reason.NOT_WHOLE_SECONDS, message)
        return
    end = start + timed.step_duration * len(timed.values)
    last = first + timedelta(seconds=horizon.slot_seconds) * horizon.slot_count
    if start <= first and end >= last:
        return
    hint = ""
    if zone is not None and clock_changes(horizon, zone):
        hint = f"; the local clock ({zone.key}) changes: a day of 23 or 25 hours has as many values, none dropped or repeated"
    message = f"values cover {show(start)} to {show(end)}; they must cover the horizon, {show(first)} to {show(last)}{hint}"
    yield Violation(f"{path}.values", Reason.HORIZON_NOT_COVERED, message)


def _check_curves(path: str, site: Site) -> Iterator[Violation]:
    """A curve needs temperatures and stands in place of its series, not beside it."""
    known = bool(site.outside_temperature_c) or any(
        timed.quantity is Quantity.OUTSIDE_TEMPERATURE_C for timed in site.timed_series
    )
    if site.pue_curve is not None:
        pue_given = bool(site.pue) or any(timed.quantity is Quantity.PUE for timed in site.timed_series)
        yield from _check_place(f"{path}.pue_curve", "pue", given=pue_given, known=known)
        yield from check_pue_curve(f"{path}.pue_curve", site.pue_curve)
    for h, hall in enumerate(site.halls):
        for medium in ("liquid", "air"):
            curve: CoolingCurve | None = getattr(hall, f"{medium}_cooling_curve")
            if curve is not None:
                here, limit = f"{path}.halls[{h}].{medium}_cooling_curve", f"{medium}_cooling_limit_kw"
                yield from _check_place(here, limit, given=bool(getattr(hall, limit)), known=known)
                yield from check_cooling_curve(here, curve)


def _check_place(path: str, series: str, *, given: bool, known: bool) -> Iterator[Violation]:
    if given:
        yield Violation(path, Reason.GIVEN_TWICE, f"{field_of(path)} stands beside {series}; give one of the two")
    if not known:
        message = "a curve needs the site's outside_temperature_c, as a series or a timed series"
        yield Violation(path, Reason.MISSING, message)


def check_cooling_curve(path: str, curve: CoolingCurve) -> Iterator[Violation]:
    """Numbers in range; the loop warmer than the rated temperature; points where the kind asks for them."""
    yield from check_numbers(path, curve, COOLING_NUMBERS)
    if curve.kind is CoolingKind.POINTS:
        yield from check_points(f"{path}.points", curve.points, ranges.POWER_KW)
    elif curve.kind is CoolingKind.DRY_COOLER and not curve.loop_temperature_c > curve.rated_temperature_c:
        message = (
            f"loop_temperature_c is {show(curve.loop_temperature_c)}; it must be above rated_temperature_c, "
            f"{show(curve.rated_temperature_c)} degrees Celsius, or a dry cooler carries nothing off"
        )
        yield Violation(f"{path}.loop_temperature_c", Reason.OUT_OF_RANGE, message)


def check_pue_curve(path: str, curve: PueCurve) -> Iterator[Violation]:
    """Numbers in range; without points, free cooling ends below the chiller's temperature."""
    yield from check_numbers(path, curve, PUE_NUMBERS)
    if curve.points:
        yield from check_points(f"{path}.points", curve.points, ranges.PUE)
    elif not curve.free_cooling_temperature_c < curve.chiller_temperature_c:
        message = (
            f"chiller_temperature_c is {show(curve.chiller_temperature_c)}; it must be above free_cooling_temperature_c, "
            f"{show(curve.free_cooling_temperature_c)} degrees Celsius"
        )
        yield Violation(f"{path}.chiller_temperature_c", Reason.OUT_OF_RANGE, message)


def check_points(path: str, points: tuple[CurvePoint, ...], allowed: Number) -> Iterator[Violation]:
    """At least one, by rising temperature, values in ``allowed``."""
    if not points:
        yield Violation(path, Reason.MISSING, f"points is empty; give at least one value in {allowed} with its temperature")
    for k, point in enumerate(points):
        yield from check_number(f"{path}[{k}].temperature_c", point.temperature_c, ranges.TEMPERATURE_C)
        yield from check_number(f"{path}[{k}].value", point.value, allowed)
    for k, (low, high) in enumerate(pairwise(points), start=1):
        if not low.temperature_c < high.temperature_c:
            message = f"temperature_c is {show(high.temperature_c)}, not above the point before; points rise in temperature"
            yield Violation(f"{path}[{k}].temperature_c", Reason.OUT_OF_RANGE, message)
