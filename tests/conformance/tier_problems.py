"""Tiny problems of priority tiers, alone and beside costs and limits."""

from __future__ import annotations

from optimizer.problem import Problem, Quota, Tenant
from tests.fleet import at, hall, job, mode, problem, site

TIERS = problem(
    job("batch", mode(16, 1), value=500.0, priority_tier=2),
    job("long", mode(16, 3), value=100.0, priority_tier=1),
    job("short", mode(8, 2), value=99.0, priority_tier=1),
    job("any", mode(8, 1), value=1_000.0),
)
TIERS_WITH_EQUAL_PLANS = problem(
    # the first tier is indifferent between the slots, the second is not
    job("first", mode(16, 2), value=100.0, priority_tier=0),
    job("second", mode(16, 2), value=10.0, priority_tier=1, due_time=at(2), tardiness_cost_per_hour=2.0),
    job("last", mode(8, 1), value=9.0),
)
TIERS_AND_COSTS = problem(
    job("a", mode(8, 2, 100.0), value=200.0, priority_tier=3),
    job("b", mode(8, 2, 100.0), mode(16, 1, 150.0), value=900.0, priority_tier=7),
    job("must", mode(8, 1, 50.0), value=None),
    job("c", mode(8, 3, 100.0), value=300.0, tenant="lab"),
    tenants=(Tenant(name="lab", quotas=(Quota(gpu_count=8),)),),
    sites=(
        site(
            "s",
            hall("h", it_power_limit_kw=(200.0,)),
            energy_price_per_mwh=(900.0, 100.0, 400.0, 700.0),
            energy_budget_mwh=0.6,
        ),
    ),
)

PROBLEMS: dict[str, Problem] = {
    name.lower(): value for name, value in globals().items() if name.isupper() and isinstance(value, Problem)
}
