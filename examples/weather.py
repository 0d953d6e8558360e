"""Weather instead of limits: half-hourly prices in euros and kroner, temperatures, cooling and PUE by curves.

Writes ``weather.json`` and a colder copy, solves both and prints what was converted and what ten degrees are worth.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from optimizer.generate.uk_no import generate_uk_no
from optimizer.io.files import write_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Hall, Problem, Site
from optimizer.weather import CoolingCurve, CoolingKind, ExchangeRate, PueCurve, Quantity, TimedSeries

HALF_HOUR = timedelta(minutes=30)
RATES = (ExchangeRate(currency="EUR", rate=0.87), ExchangeRate(currency="NOK", rate=0.074))
PUE = PueCurve(free_cooling_pue=1.08, free_cooling_temperature_c=12.0, chiller_pue=1.25, chiller_temperature_c=28.0)
CURRENCIES = {"GB": "EUR", "NO": "NOK"}
#: A warm October day: the coolest hour first, the warmest after eight.
WARM_DAY_C = (11.0, 12.5, 15.0, 18.5, 22.0, 25.0, 27.0, 28.0, 28.0, 26.0, 22.0, 18.0)
#: The dry cooler's heat at 20 degrees outside, as a share of what the hall's pools can give off to the loop.
RATED_SHARE = 1.4


def main() -> None:
    warm = warm_day(WARM_DAY_C)
    write_problem(warm, Path("weather.json"))
    cold = warm_day(tuple(celsius - 10 for celsius in WARM_DAY_C))
    params = SolveParams(engine="cp_sat", time_limit_seconds=60)
    on_warm, on_cold = solve(warm, params), solve(cold, params)
    for conversion in on_warm.conversions:
        print(f"{conversion.path}: {conversion.message}")
    print(f"warm day: {len(on_warm.placements)} jobs, {on_warm.terms.objective_micros / 1e6:,.2f} {warm.currency}")
    print(f"ten degrees colder: {len(on_cold.placements)} jobs, {on_cold.terms.objective_micros / 1e6:,.2f} {cold.currency}")


def warm_day(celsius: tuple[float, ...]) -> Problem:
    """The tiny instance with weather in place of its cooling limits and PUE, and prices on another clock and in other money."""
    tiny = generate_uk_no(6, 4)
    rates = {rate.currency: rate.rate for rate in RATES}
    sites = tuple(_site(site, celsius, rates[CURRENCIES[site.region_code]], tiny) for site in tiny.sites)
    return replace(tiny, name="uk-no-weather", sites=sites, exchange_rates=RATES)


def _site(site: Site, celsius: tuple[float, ...], rate: float, problem: Problem) -> Site:
    grid = problem.time_grid
    hourly = site.energy_price_per_mwh
    halves = tuple(round(price / rate, 2) for price in hourly for _ in range(2))
    return replace(
        site,
        pue=(),
        pue_curve=PUE,
        energy_price_per_mwh=(),
        timed_series=(
            TimedSeries(
                quantity=Quantity.ENERGY_PRICE_PER_MWH,
                start_time=grid.start_time,
                step_duration=HALF_HOUR,
                values=halves,
                currency=CURRENCIES[site.region_code],
            ),
            TimedSeries(
                quantity=Quantity.OUTSIDE_TEMPERATURE_C,
                start_time=grid.start_time - grid.slot_duration,
                step_duration=grid.slot_duration,
                values=(celsius[0], *celsius),
            ),
        ),
        halls=tuple(_hall(hall) for hall in site.halls),
    )


def _hall(hall: Hall) -> Hall:
    if not hall.liquid_cooling_limit_kw:
        return hall
    curve = CoolingCurve(
        kind=CoolingKind.DRY_COOLER,
        rated_kw=round(RATED_SHARE * max(hall.liquid_cooling_limit_kw), 1),
        rated_temperature_c=20.0,
        loop_temperature_c=32.0,
    )
    return replace(hall, liquid_cooling_limit_kw=(), liquid_cooling_curve=curve)


if __name__ == "__main__":
    main()
