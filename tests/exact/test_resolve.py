"""Weather, timed series and currencies become plain series: exact values, clock changes, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from optimizer.exact.problem import exact
from optimizer.exact.resolve import aligned, cooling_kw_at, pue_at, resolved
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem, TimeGrid
from optimizer.validate import validate
from optimizer.weather import CoolingCurve, CoolingKind, CurvePoint, ExchangeRate, PueCurve, Quantity, TimedSeries
from tests.fleet import START, hall, job, mode, pool, problem, site

HOUR = timedelta(hours=1)
GRID = TimeGrid(start_time=START, slot_count=2)


def prices(values: tuple[float, ...], step: timedelta = HOUR, start: datetime = START, currency: str = "") -> TimedSeries:
    return TimedSeries(
        quantity=Quantity.ENERGY_PRICE_PER_MWH, start_time=start, step_duration=step, values=values, currency=currency
    )


def test_quarter_hours_are_averaged_and_longer_steps_are_held() -> None:
    assert aligned(prices((10.0, 20.0, 30.0, 41.0, 5.0, 5.0, 5.0, 5.0), HOUR / 4), GRID) == (25.25, 5.0)
    assert aligned(prices((7.0,), 3 * HOUR), GRID) == (7.0, 7.0)


def test_steps_that_straddle_slots_count_by_time() -> None:
    early = START - timedelta(minutes=15)
    assert aligned(prices((4.0, 8.0, 16.0), HOUR, early), GRID) == (4.0 * 0.75 + 8.0 * 0.25, 8.0 * 0.75 + 16.0 * 0.25)


def test_half_hours_on_quarter_hour_slots() -> None:
    grid = TimeGrid(start_time=START, slot_duration=HOUR / 4, slot_count=4)
    assert aligned(prices((1.0, 2.0), HOUR / 2), grid) == (1.0, 1.0, 2.0, 2.0)


def test_a_limit_takes_the_least_and_rounds_down() -> None:
    limit = replace(prices((900.0, 800.0000005, 700.0, 1_000.0), HOUR / 2), quantity=Quantity.IMPORT_LIMIT_KW)
    assert aligned(limit, GRID) == (800.0, 700.0)


def test_pue_rounds_up_and_prices_to_the_nearest() -> None:
    thirds = (1.0, 1.0, 1.1)
    assert aligned(replace(prices(thirds, HOUR / 3), quantity=Quantity.PUE), replace(GRID, slot_count=1)) == (1.033334,)
    assert aligned(prices(thirds, HOUR / 3), replace(GRID, slot_count=1)) == (1.033333,)


def test_the_day_on_which_clocks_go_back_has_25_hours() -> None:
    london = ZoneInfo("Europe/London")
    start = datetime(2026, 10, 25, tzinfo=london)
    assert start.utcoffset() == HOUR
    day = TimeGrid(start_time=start.astimezone(UTC), slot_count=25)
    values = tuple(float(k) for k in range(25))
    assert aligned(prices(values, HOUR, start), day) == values
    place = replace(site("s"), time_zone="Europe/London", timed_series=(prices(values[:24], HOUR, start),))
    short = replace(problem(job("a"), sites=(place,)), time_grid=day)
    (violation,) = validate(short)
    assert (violation.path, violation.reason) == ("sites[0].timed_series[0].values", "HORIZON_NOT_COVERED")
    assert "23 or 25 hours" in violation.message


def test_a_foreign_price_is_converted_and_said() -> None:
    foreign = problem(
        job("a", mode(8, 1, 100.0)),
        slot_count=2,
        sites=(replace(site("s"), timed_series=(prices((870.0, 435.0), currency="NOK"),)),),
        exchange_rates=(ExchangeRate(currency="NOK", rate=0.074),),
    )
    assert resolved(foreign).problem.sites[0].energy_price_per_mwh == (64.38, 32.19)
    result = solve(foreign, SolveParams(engine="greedy", time_limit_seconds=5))
    assert [conversion.path for conversion in result.conversions] == ["sites[0].timed_series[0]"]
    assert "1 NOK = 0.074 GBP" in result.conversions[0].message
    assert "2 values of 60 min" in result.conversions[0].message


@pytest.mark.parametrize(
    ("celsius", "expected"), [(35.0, 1_000), (25.0, 2_000), (45.0, 0), (50.0, 0), (15.0, 2_500), (40.0, 500)]
)
def test_a_dry_cooler_follows_the_difference_to_its_loop(celsius: float, expected: int) -> None:
    curve = CoolingCurve(kind=CoolingKind.DRY_COOLER, rated_kw=1_000.0, max_kw=2_500.0)
    assert cooling_kw_at(curve, celsius) == expected


def test_a_chiller_loses_a_share_for_each_degree() -> None:
    curve = CoolingCurve(kind=CoolingKind.CHILLER, rated_kw=400.0, rated_temperature_c=30.0, derating_per_c=0.02)
    assert [int(cooling_kw_at(curve, celsius)) for celsius in (-10.0, 30.0, 35.0, 85.0)] == [400, 400, 360, 0]


def test_free_cooling_rises_between_its_temperatures() -> None:
    curve = PueCurve(free_cooling_pue=1.08, free_cooling_temperature_c=10.0, chiller_pue=1.28, chiller_temperature_c=30.0)
    assert [float(pue_at(curve, celsius)) for celsius in (-20.0, 10.0, 20.0, 30.0, 40.0)] == [1.08, 1.08, 1.18, 1.28, 1.28]


def test_points_hold_their_ends() -> None:
    points = (CurvePoint(temperature_c=0.0, value=10.0), CurvePoint(temperature_c=10.0, value=30.0))
    curve = CoolingCurve(kind=CoolingKind.POINTS, points=points)
    assert [float(cooling_kw_at(curve, celsius)) for celsius in (-5.0, 2.5, 12.0)] == [10.0, 15.0, 30.0]


def hot_afternoon() -> Problem:
    """A hall whose dry cooler carries one of two jobs in the hot slot, both in the cool ones."""
    curve = CoolingCurve(kind=CoolingKind.DRY_COOLER, rated_kw=10.0, rated_temperature_c=35.0, loop_temperature_c=45.0)
    base = site("s", replace(hall("h", pool("p", liquid_heat_share=1.0)), liquid_cooling_curve=curve))
    return problem(
        *(job(name, mode(8, 1, 10.0)) for name in "ab"),
        slot_count=2,
        sites=(replace(base, outside_temperature_c=(35.0, 25.0)),),
    )


def test_weather_changes_the_plan() -> None:
    hot = hot_afternoon()
    assert exact(hot).halls[0].liquid_w == (10_000, 20_000)
    cool = replace(hot, sites=(replace(hot.sites[0], outside_temperature_c=(25.0,)),))
    one_slot = replace(hot, time_grid=replace(hot.time_grid, slot_count=1))
    one_slot = replace(one_slot, sites=(replace(hot.sites[0], outside_temperature_c=(35.0,)),))
    assert len(solve(one_slot, SolveParams(engine="highs")).placements) == 1
    assert len(solve(replace(cool, time_grid=one_slot.time_grid), SolveParams(engine="highs")).placements) == 2


def test_resolving_twice_changes_nothing() -> None:
    once = resolved(hot_afternoon())
    assert resolved(once.problem) == (once.problem, ())
    assert validate(once.problem) == ()


@pytest.mark.parametrize(
    ("changed", "path", "reason"),
    [
        ({"outside_temperature_c": ()}, "sites[0].halls[0].liquid_cooling_curve", "MISSING"),
        ({"outside_temperature_c": (99.0,)}, "sites[0].outside_temperature_c[0]", "OUT_OF_RANGE"),
        ({"timed_series": (prices((1.0,)),)}, "sites[0].timed_series[0].values", "HORIZON_NOT_COVERED"),
        ({"timed_series": (prices((1.0, 2.0), currency="NOK"),)}, "sites[0].timed_series[0].currency", "UNKNOWN_NAME"),
        (
            {"energy_price_per_mwh": (1.0,), "timed_series": (prices((1.0, 2.0)),)},
            "sites[0].timed_series[0].quantity",
            "GIVEN_TWICE",
        ),
        ({"pue": (1.2,), "pue_curve": PueCurve(chiller_temperature_c=20.0)}, "sites[0].pue_curve", "GIVEN_TWICE"),
        ({"pue_curve": PueCurve()}, "sites[0].pue_curve.chiller_temperature_c", "OUT_OF_RANGE"),
    ],
)
def test_what_cannot_be_is_refused_by_name(changed: dict[str, object], path: str, reason: str) -> None:
    hot = hot_afternoon()
    wrong = replace(hot, sites=(replace(hot.sites[0], **changed),))
    assert (path, reason) in [(violation.path, violation.reason) for violation in validate(wrong)]
