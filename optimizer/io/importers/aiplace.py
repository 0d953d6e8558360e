"""``aiplace/1``: AI jobs on sites, halls and pools with hourly power, cooling and prices, as JSON (plain or gzip).

    {"format": "aiplace/1", "horizon": 168, "slot_hours": 1,
     "sites": [{"name", "country", "pue", "power_kw": [by hour], "price": [by hour, millionths of a pound per IT kWh]}],
     "halls": [{"name", "site", "power_kw": [..], "liquid_kw": [..], "air_kw": [..]}],
     "pools": [{"name", "hall", "node_type", "nodes": [..]}],
     "jobs":  [{"name", "release", "deadline", "modes": [{"pool", "nodes", "hours", "kw", "liquid_kw", "air_kw", "value"}]}]}

Sites, halls and pools are referred to by position. Every number but ``pue`` is whole; ``value`` is in millionths of a pound. A
site's power caps IT power and its price is per IT kWh: the format's ``pue`` is contained in both already and is not read.
Every job is optional; one without modes can never run and is left out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from optimizer.errors import InvalidProblemError, Violation
from optimizer.io.files import read_document
from optimizer.io.importers.json_object import LARGEST_WHOLE, JsonObject
from optimizer.io.importers.one_slot import START_TIME
from optimizer.problem import ONE_HOUR, GpuPool, Hall, Job, Mode, Problem, Site, TimeGrid

FORMAT = "aiplace/1"
PRICE_PER_KWH_MICROS_IN_ONE_PER_MWH = 1_000
MICROS_PER_POUND = 1_000_000
#: The format says UK where ISO 3166 says GB.
REGION_CODES = {"UK": "GB"}


def read_aiplace(path: Path) -> Problem:
    """The file as a problem in pounds; its objective is the file's: value less kW x price over the hours run.

    Raises:
        InvalidProblemError: the file cannot be read, is not ``aiplace/1``, or a field is missing or of the wrong kind.
    """
    root = JsonObject(path, "", read_document(path))
    if (found := root.text("format")) != FORMAT:
        raise InvalidProblemError([Violation(f"{path}: format", "UNKNOWN_FORMAT", f"expected {FORMAT!r}; found {found!r}")])
    hours = root.whole("horizon", least=1)
    root.whole("slot_hours", least=1, most=1)
    sites, halls, pools = root.objects("sites"), root.objects("halls"), root.objects("pools")
    pools_by_hall: list[list[GpuPool]] = [[] for _ in halls]
    for pool in pools:
        pools_by_hall[pool.whole("hall", most=len(halls) - 1)].append(_pool(pool, hours))
    halls_by_site: list[list[Hall]] = [[] for _ in sites]
    for hall, its_pools in zip(halls, pools_by_hall, strict=True):
        halls_by_site[hall.whole("site", most=len(sites) - 1)].append(_hall(hall, tuple(its_pools), hours))
    pool_names = [pool.text("name") for pool in pools]
    return Problem(
        name=path.name,
        currency="GBP",
        time_grid=TimeGrid(start_time=START_TIME, slot_duration=ONE_HOUR, slot_count=hours),
        sites=tuple(_site(site, tuple(its_halls), hours) for site, its_halls in zip(sites, halls_by_site, strict=True)),
        jobs=tuple(job for item in root.objects("jobs") if (job := _job(item, pool_names, hours)).modes),
    )


def _site(site: JsonObject, halls: tuple[Hall, ...], hours: int) -> Site:
    country = site.text("country")
    return Site(
        name=site.text("name"),
        region_code=REGION_CODES.get(country, country),
        import_limit_kw=tuple(float(kw) for kw in site.wholes("power_kw", hours)),
        energy_price_per_mwh=tuple(
            micros / PRICE_PER_KWH_MICROS_IN_ONE_PER_MWH for micros in site.wholes("price", hours, least=-LARGEST_WHOLE)
        ),
        halls=halls,
    )


def _hall(hall: JsonObject, pools: tuple[GpuPool, ...], hours: int) -> Hall:
    return Hall(
        name=hall.text("name"),
        it_power_limit_kw=tuple(float(kw) for kw in hall.wholes("power_kw", hours)),
        liquid_cooling_limit_kw=tuple(float(kw) for kw in hall.wholes("liquid_kw", hours)),
        air_cooling_limit_kw=tuple(float(kw) for kw in hall.wholes("air_kw", hours)),
        pools=pools,
    )


def _pool(pool: JsonObject, hours: int) -> GpuPool:
    # The format counts nodes and no GPUs: a node is one unit here.
    return GpuPool(
        name=pool.text("name"),
        gpu_model=pool.text("node_type"),
        node_count=tuple(pool.wholes("nodes", hours)),
        gpus_per_node=1,
    )


def _job(job: JsonObject, pool_names: list[str], hours: int) -> Job:
    release = job.whole("release", most=hours)
    deadline = job.whole("deadline", least=release, most=hours)
    return Job(
        name=job.text("name"),
        earliest_start_time=_time(release),
        latest_end_time=_time(deadline),
        modes=tuple(_mode(number, mode, pool_names) for number, mode in enumerate(job.objects("modes"))),
    )


def _mode(number: int, mode: JsonObject, pool_names: list[str]) -> Mode:
    return Mode(
        name=f"mode-{number}",
        gpu_count=mode.whole("nodes"),
        duration=mode.whole("hours", least=1) * ONE_HOUR,
        it_power_kw=float(mode.whole("kw")),
        value=mode.whole("value", least=-LARGEST_WHOLE) / MICROS_PER_POUND,
        liquid_heat_kw=float(mode.whole("liquid_kw")),
        air_heat_kw=float(mode.whole("air_kw")),
        pools=(pool_names[mode.whole("pool", most=len(pool_names) - 1)],),
    )


def _time(hour: int) -> datetime:
    return START_TIME + timedelta(hours=hour)
