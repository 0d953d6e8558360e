"""Tiny problems of tenancy: idle reservations lent, quotas of pools and models, floors on shares; alone and together."""

from __future__ import annotations

from datetime import timedelta

from optimizer.problem import Job, Preemption, Problem, Quota, Reservation, ShareFloor, Tenant
from tests.fleet import hall, hours, job, mode, pool, problem, site


def _yielding(name: str, minutes: int, gpus: int = 8, length: float = 2, **fields: object) -> Job:
    """A job that leaves within so many minutes when asked; it does all its work in one run, so no plan pauses it."""
    vacates = timedelta(minutes=minutes)
    preemption = Preemption(max_pause_count=1, min_run_duration=hours(length), vacate_duration=vacates)
    return job(name, mode(gpus, length), preemption=preemption, **fields)


def _holder(name: str, held: tuple[int, ...], reclaim_minutes: int | None, **fields: object) -> Tenant:
    reclaim = None if reclaim_minutes is None else timedelta(minutes=reclaim_minutes)
    return Tenant(name=name, reservations=(Reservation(pool="p", node_count=held, reclaim_duration=reclaim),), **fields)


def _floored(name: str, gpu_hours: float, cost: float, **fields: object) -> Tenant:
    return Tenant(name=name, share_floor=ShareFloor(gpu_hours=gpu_hours, shortfall_cost_per_gpu_hour=cost), **fields)


_THREE_NODES = (site("s", hall("h", pool("p", (3,)))),)

LENT_TO_WHOM_LEAVES_IN_TIME = problem(
    _yielding("quick", 10, value=30.0),
    _yielding("quick too", 30, value=25.0),
    _yielding("slow", 31, value=60.0),
    job("stays", mode(8, 2), value=50.0),
    job("own", mode(16, 1), tenant="lab", value=20.0),
    tenants=(_holder("lab", (2,), 30),),
    sites=_THREE_NODES,
    slot_count=3,
)
NOT_LENT = problem(
    _yielding("a", 0, value=30.0),
    _yielding("b", 0, value=29.0),
    tenants=(_holder("lab", (2,), None),),
    sites=_THREE_NODES,
    slot_count=2,
)
TWO_HOLDERS = problem(
    _yielding("quick", 10, value=20.0),
    _yielding("slow", 45, value=21.0),
    _yielding("slow too", 45, value=19.0),
    job("stays", mode(8, 2), value=18.0),
    job("of hasty", mode(8, 1), tenant="hasty", value=9.0),
    tenants=(_holder("hasty", (1, 1, 2), 15), _holder("patient", (1,), 60)),
    sites=_THREE_NODES,
    slot_count=3,
)
SHARE_FLOOR = problem(
    job("a", mode(8, 2), tenant="lab", value=10.0),
    job("b", mode(16, 1), tenant="lab", value=12.0),
    job("c", mode(16, 4), value=40.0),
    tenants=(_floored("lab", 20.0, 2.0),),
)
FLOOR_MET_AT_A_LOSS = problem(
    job("a", mode(8, 2, 1_000.0), mode(16, 2, 3_000.0), tenant="lab", value=10.0),
    job("b", mode(8, 2, 1_000.0), tenant="lab", value=20.0),
    tenants=(_floored("lab", 24.0, 5.0),),
    sites=(site("s", energy_price_per_mwh=(60.0, 50.0, 10.0, 40.0)),),
)
FLOOR_OUT_OF_REACH = problem(
    job("a", mode(16, 3), tenant="lab", value=10.0),
    job("b", mode(8, 4), value=90.0),
    job("c", mode(8, 4), value=30.0),
    tenants=(_floored("lab", 100_000.5, 2.5), _floored("nobody", 3.0, 1.0)),
)
FLOOR_TOO_CHEAP = problem(
    job("a", mode(16, 2), tenant="lab", value=10.0),
    job("b", mode(16, 2), value=30.0),
    tenants=(_floored("lab", 32.0, 0.5),),
    slot_count=2,
)
FLOOR_OF_MANDATORY_JOBS = problem(
    job("must", mode(8, 1), tenant="lab", value=None),
    job("may", mode(8, 3), mode(16, 1, name="wide"), tenant="lab", value=0.0),
    job("rich", mode(16, 2), value=20.0),
    tenants=(_floored("lab", 28.0, 1.0),),
    slot_count=3,
)
TENANCY_TOGETHER = problem(
    _yielding("borrower", 10, gpus=16, tenant="guest", value=15.0),
    job("guest stays", mode(8, 1), mode(8, 2, 500.0, gpu_model="GB300"), tenant="guest", value=12.0),
    job("own", mode(8, 2), tenant="lab", value=9.0),
    job("own too", mode(8, 1), tenant="lab", value=1.0),
    tenants=(
        _holder("lab", (1, 2, 2), 10, share_floor=ShareFloor(gpu_hours=20.0, shortfall_cost_per_gpu_hour=0.75)),
        _floored("guest", 40.0, 0.25, quotas=(Quota(gpu_count=16, pool="p"), Quota(gpu_count=16, gpu_model="H100"))),
    ),
    sites=(
        site("s", hall("h", pool("p", (3,)))),
        site("n", hall("k", pool("q", (1,), gpu_model="GB300")), energy_price_per_mwh=(9.0, 2.0, 4.0)),
    ),
    slot_count=3,
)

PROBLEMS: dict[str, Problem] = {
    name.lower(): value for name, value in globals().items() if name.isupper() and isinstance(value, Problem)
}
