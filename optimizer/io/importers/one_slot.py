"""The frame of a problem without time: one slot, one site without price or limit, money without a currency."""

from __future__ import annotations

from datetime import UTC, datetime

from optimizer.problem import ONE_HOUR, GpuPool, Hall, Job, Problem, Resource, Site, TimeGrid

#: Public formats count slots from zero and know no calendar; this is where their clock starts.
START_TIME = datetime(2026, 1, 1, tzinfo=UTC)
#: ISO 4217 for "no currency": costs and profits are plain numbers.
NO_CURRENCY = "XXX"
#: ISO 3166 leaves ZZ to its users: no country.
NO_REGION = "ZZ"


def one_slot_problem(
    name: str, pools: tuple[GpuPool, ...], jobs: tuple[Job, ...], resources: tuple[Resource, ...] = ()
) -> Problem:
    """``jobs`` (each one slot long) on ``pools`` in the only hall of the only site, sharing ``resources``."""
    return Problem(
        name=name,
        currency=NO_CURRENCY,
        time_grid=TimeGrid(start_time=START_TIME, slot_duration=ONE_HOUR, slot_count=1),
        sites=(Site(name="site", region_code=NO_REGION, halls=(Hall(name="hall", pools=pools),)),),
        jobs=jobs,
        resources=resources,
    )
