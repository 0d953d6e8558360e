"""Small building blocks for problems in tests: one hour slots, one H100 pool unless told otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from optimizer.problem import GpuPool, Hall, Job, Mode, Problem, Site, TimeGrid

START = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def at(hour: float) -> datetime:
    """A moment ``hour`` hours into the horizon."""
    return START + timedelta(hours=hour)


def pool(name: str = "pool", node_count: tuple[int, ...] = (2,), **fields: Any) -> GpuPool:
    return GpuPool(**{"name": name, "gpu_model": "H100", "node_count": node_count, "gpus_per_node": 8, **fields})


def hall(name: str = "hall", *pools: GpuPool, **fields: Any) -> Hall:
    return Hall(**{"name": name, "pools": pools or (pool(),), **fields})


def site(name: str = "site", *halls: Hall, **fields: Any) -> Site:
    return Site(**{"name": name, "region_code": "GB", "halls": halls or (hall(),), **fields})


def mode(gpu_count: int = 8, duration_hours: float = 1, it_power_kw: float = 10.0, **fields: Any) -> Mode:
    return Mode(
        **{
            "gpu_model": "H100",
            "gpu_count": gpu_count,
            "duration": hours(duration_hours),
            "it_power_kw": it_power_kw,
            **fields,
        }
    )


def job(name: str = "job", *modes: Mode, **fields: Any) -> Job:
    """Optional and worth 100 unless ``value`` says otherwise; ``value=None`` makes it mandatory."""
    return Job(**{"name": name, "value": 100.0, "modes": modes or (mode(),), **fields})


def problem(*jobs: Job, sites: tuple[Site, ...] | None = None, slot_count: int = 4, **fields: Any) -> Problem:
    return Problem(
        **{
            "time_grid": TimeGrid(start_time=START, slot_duration=HOUR, slot_count=slot_count),
            "sites": sites if sites is not None else (site(),),
            "jobs": jobs,
            **fields,
        }
    )
