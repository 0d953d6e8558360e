"""The week's series: whole, aligned, in pounds; and the curves derived from the temperature."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib.resources import files

import pytest

from optimizer.generate.series import START_TIME, WEEK_HOURS, Climate, climates, traced_jobs


@pytest.mark.parametrize("zone", ["GB", "NO1", "NO4"])
def test_every_zone_has_a_value_for_every_hour(zone):
    climate = climates()[zone]
    assert len(climate.price_per_mwh) == len(climate.carbon_g_per_kwh) == len(climate.celsius) == WEEK_HOURS


def test_norwegian_prices_are_converted_and_go_negative():
    # -1.00 EUR/MWh at 0.87 GBP/EUR
    assert climates()["NO1"].price_per_mwh[0] == -0.87
    assert min(climates()["NO4"].price_per_mwh) < 0
    assert climates()["GB"].price_per_mwh[0] == 31.725


def test_britain_emits_more_than_norway_in_every_hour_but_few():
    cleaner = [n < g for n, g in zip(climates()["NO4"].carbon_g_per_kwh, climates()["GB"].carbon_g_per_kwh, strict=True)]
    assert sum(cleaner) > 0.95 * WEEK_HOURS


def test_british_prices_keep_weekday_and_hour():
    lines = (files("optimizer.generate") / "data" / "price_gb_2019-10-08.csv").read_text().splitlines()[1:]
    for hour, line in enumerate(lines):
        moment = datetime.fromisoformat(line.split(",")[0].replace("Z", "+00:00"))
        assert START_TIME + timedelta(hours=hour) - moment == timedelta(weeks=208)


def test_tromso_stays_between_the_measured_extremes_of_the_day():
    first_day = climates()["NO4"].celsius[:24]
    assert min(first_day) == first_day[3] == 3.0
    assert max(first_day) == first_day[15] == 6.2


def test_cooling_is_full_in_the_cold_and_falls_in_the_heat():
    climate = Climate(price_per_mwh=(0.0,) * 3, carbon_g_per_kwh=(0.0,) * 3, celsius=(-5.0, 14.0, 24.0))
    assert climate.air_cooling_kw(1000.0) == (1000.0, 1000.0, 850.0)
    assert climate.liquid_cooling_kw(1000.0) == (1000.0, 1000.0, 920.0)
    assert climate.pue(1.1) == (1.1, 1.124, 1.164)


def test_the_trace_holds_jobs_of_an_hour_and_more():
    jobs = traced_jobs()
    assert len(jobs) == 2756
    assert min(job.hours for job in jobs) >= 1
    assert {1, 8, 64} <= {job.gpu_count for job in jobs}
