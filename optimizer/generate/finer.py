"""A generated fleet of hourly slots on shorter ones: every value of a site, hall or pool holds in all slots of its hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from optimizer.problem import GpuPool, Hall, Problem, Site

HOUR = timedelta(hours=1)
Number = TypeVar("Number", int, float)


def on_shorter_slots(problem: Problem, slots_per_hour: int) -> Problem:
    """The same sites, jobs and times; runs may start at every ``slots_per_hour``-th part of an hour.

    Of series by slot, ``problem`` has those of a generated fleet only: what tenants hold is one number.
    """
    if slots_per_hour == 1:
        return problem
    grid = problem.time_grid
    return replace(
        problem,
        time_grid=replace(grid, slot_duration=HOUR / slots_per_hour, slot_count=grid.slot_count * slots_per_hour),
        sites=tuple(_site(site, slots_per_hour) for site in problem.sites),
    )


def _site(site: Site, times: int) -> Site:
    return replace(
        site,
        import_limit_kw=_series(site.import_limit_kw, times),
        pue=_series(site.pue, times),
        overhead_kw=_series(site.overhead_kw, times),
        energy_price_per_mwh=_series(site.energy_price_per_mwh, times),
        carbon_intensity_g_per_kwh=_series(site.carbon_intensity_g_per_kwh, times),
        halls=tuple(_hall(hall, times) for hall in site.halls),
    )


def _hall(hall: Hall, times: int) -> Hall:
    return replace(
        hall,
        it_power_limit_kw=_series(hall.it_power_limit_kw, times),
        liquid_cooling_limit_kw=_series(hall.liquid_cooling_limit_kw, times),
        air_cooling_limit_kw=_series(hall.air_cooling_limit_kw, times),
        pools=tuple(_pool(pool, times) for pool in hall.pools),
    )


def _pool(pool: GpuPool, times: int) -> GpuPool:
    return replace(pool, node_count=_series(pool.node_count, times))


def _series(values: tuple[Number, ...], times: int) -> tuple[Number, ...]:
    return values if len(values) <= 1 else tuple(value for value in values for _ in range(times))
