"""Tiny problems in which contracts meet: tiers, order, groups, pieces, running work, lending, quotas and floors."""

from __future__ import annotations

from datetime import timedelta

from optimizer.problem import (
    ChurnBudget,
    Elasticity,
    Group,
    GroupKind,
    Link,
    Precedence,
    Preemption,
    Problem,
    Quota,
    Reservation,
    RunningPlacement,
    ShareFloor,
    Tenant,
)
from tests.fleet import at, hall, hours, job, mode, pool, problem, site

PAUSE = Preemption(max_pause_count=1, resume_cost=1.0)
DIP = (2, 1, 2, 2)

TIERS_STOPS_AND_CHURN = problem(
    job("first", mode(16, 2), value=5.0, priority_tier=1,
        running=RunningPlacement(pool="p", mode="H100x16", move_cost=2.0, stop_cost=1.0)),
    job("second", mode(8, 2), value=100.0, priority_tier=2,
        running=RunningPlacement(pool="p", mode="H100x8", move_cost=1.0, stop_cost=70.0)),
    job("third", mode(8, 2), value=90.0, running=RunningPlacement(pool="p", mode="H100x8", move_cost=1.0, stop_cost=90.0)),
    sites=(site("s", hall("h", pool("p", (3, 2)), pool("q", (1,)))),),
    churn_budget=ChurnBudget(max_change_count=1),
    slot_count=2,
)  # fmt: skip
TIERS_AND_PIECES = problem(
    job("early", mode(16, 2, 10.0), value=20.0, priority_tier=1, preemption=PAUSE),
    job("late", mode(8, 2, 10.0), mode(16, 1, 10.0), value=90.0, priority_tier=2,
        preemption=Preemption(max_pause_count=1, resume_cost=0.5)),
    job("rest", mode(8, 1, 10.0), value=300.0),
    sites=(site("s", hall("h", pool("p", DIP)), energy_price_per_mwh=(10.0, 60.0, 90.0, 10.0)),),
)  # fmt: skip
#: The first tier has two best plans, one in pieces and one whole at another time; only one of them leaves the second its best.
TIERS_TIED_BY_PIECES = problem(
    job("early", mode(8, 2), value=20.0, priority_tier=1, preemption=Preemption(max_pause_count=1)),
    job("late", mode(16, 1), value=90.0, priority_tier=2, earliest_start_time=at(1), latest_end_time=at(2)),
    job("rest", mode(16, 1), value=30.0),
    sites=(site("s", hall("h", pool("p", (2,)))),),
)
TIERS_ORDER_AND_GROUPS = problem(
    job("prepare", mode(8, 1), value=0.0, priority_tier=1),
    job("train", mode(16, 1), value=30.0, priority_tier=1),
    job("report", mode(8, 1), value=10.0, priority_tier=2),
    job("rich", mode(16, 2), value=500.0),
    precedences=(
        Precedence(predecessor="prepare", successor="train", lag=hours(1)),
        Precedence(predecessor="train", successor="report"),
    ),
    groups=(Group(name="near", kind=GroupKind.SAME_SITE, jobs=("prepare", "train", "report")),),
    sites=(site("s", hall("h", pool("p", (2,)))), site("n", hall("k", pool("q", (1, 1, 2, 1))), region_code="NO")),
)
FLOORS_PIECES_AND_LENDING = problem(
    job("own", mode(8, 2), tenant="lab", value=5.0, preemption=PAUSE),
    job("own late", mode(16, 1), tenant="lab", value=3.0, earliest_start_time=at(2), latest_end_time=at(3)),
    job("guest", mode(8, 3), value=40.0, preemption=Preemption(
        max_pause_count=1, resume_cost=2.0, vacate_duration=timedelta(minutes=5))),
    tenants=(
        Tenant(
            name="lab",
            reservations=(Reservation(pool="p", node_count=(1, 1, 2, 1), reclaim_duration=timedelta(minutes=10)),),
            share_floor=ShareFloor(gpu_hours=30.0, shortfall_cost_per_gpu_hour=0.5),
        ),
    ),
    sites=(site("s", hall("h", pool("p", (2, 1, 2, 2)))),),
)  # fmt: skip
ELASTIC_QUOTA_AND_RESIZE = problem(
    job("runs", mode(8, 4, 10.0), mode(16, 2, 20.0), value=60.0, tenant="lab",
        elasticity=Elasticity(max_change_count=1, change_cost=0.5), due_time=at(2), tardiness_cost_per_hour=8.0,
        running=RunningPlacement(pool="p", mode="H100x8", move_cost=9.0, resize_cost=3.0, stop_cost=4.0)),
    job("other", mode(8, 2, 10.0), value=20.0, tenant="lab"),
    job("stays", mode(8, 2, 10.0), value=10.0,
        running=RunningPlacement(pool="p", mode="H100x8", movable=False, stop_cost=6.0)),
    tenants=(Tenant(name="lab", quotas=(Quota(gpu_count=16, pool="p"), Quota(gpu_count=24, gpu_model="H100"))),),
    sites=(site("s", hall("h", pool("p", (3,)), pool("q", (1,))), energy_price_per_mwh=(300.0, 100.0, 50.0, 50.0)),),
    churn_budget=ChurnBudget(max_gpu_hours=32.0),
)  # fmt: skip
ORDER_ACROSS_PIECES_AND_DOMAINS = problem(
    job("prepare", mode(8, 2, 10.0), value=8.0, preemption=PAUSE),
    job("train", mode(8, 1, 10.0), mode(16, 1, 30.0), value=60.0, due_time=at(3), tardiness_cost_per_hour=5.0),
    job("twin", mode(8, 2, 10.0), value=30.0, preemption=PAUSE),
    precedences=(Precedence(predecessor="prepare", successor="train"),),
    groups=(
        Group(name="rack", kind=GroupKind.SAME_DOMAIN, jobs=("prepare", "train")),
        Group(name="apart", kind=GroupKind.DIFFERENT_SITES, jobs=("train", "twin")),
    ),
    sites=(
        site("s", hall("h", pool("p", (2, 0, 2, 2), nodes_per_domain=2))),
        site("n", hall("k", pool("q", (0, 2, 0, 2), nodes_per_domain=2))),
    ),
)
ALL_CONTRACTS = problem(
    job("keeps", mode(8, 3, 20.0), value=30.0, priority_tier=1, tenant="lab", preemption=PAUSE,
        running=RunningPlacement(pool="p", mode="H100x8", move_cost=5.0, stop_cost=20.0)),
    job("widens", mode(8, 4, 20.0), mode(16, 2, 30.0), value=40.0, priority_tier=2, tenant="lab",
        elasticity=Elasticity(max_change_count=1, change_cost=0.5)),
    job("borrows", mode(8, 1, 20.0), value=25.0,
        preemption=Preemption(max_pause_count=1, vacate_duration=timedelta(minutes=5))),
    job("follows", mode(8, 1, 20.0), value=90.0),
    precedences=(Precedence(predecessor="keeps", successor="follows"),),
    groups=(Group(name="near", kind=GroupKind.SAME_POOL, jobs=("keeps", "widens")),
            Group(name="apart", kind=GroupKind.DIFFERENT_SITES, jobs=("borrows", "follows"))),
    tenants=(
        Tenant(
            name="lab",
            quotas=(Quota(gpu_count=24, pool="p"),),
            reservations=(Reservation(pool="p", node_count=(2, 1, 1, 1), reclaim_duration=timedelta(minutes=10)),),
            share_floor=ShareFloor(gpu_hours=60.0, shortfall_cost_per_gpu_hour=0.75),
        ),
    ),
    links=(Link(from_site="s", to_site="n", throughput_gb_per_hour=100.0),),
    sites=(
        site("s", hall("h", pool("p", (2, 1, 3, 3))), energy_price_per_mwh=(50.0, 400.0, 50.0, 90.0)),
        site("n", hall("k", pool("q", (1, 1, 0, 1))), region_code="NO", energy_price_per_mwh=(30.0,)),
    ),
    churn_budget=ChurnBudget(max_change_count=1, max_gpu_hours=24.0),
)  # fmt: skip

PROBLEMS: dict[str, Problem] = {
    name.lower(): value for name, value in globals().items() if name.isupper() and isinstance(value, Problem)
}
