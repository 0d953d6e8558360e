"""Every feature beyond the core model is found, with the path of its first use, and refused by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from optimizer.errors import UnsupportedFeatureError
from optimizer.features import JOB_FEATURES, Feature, features, require
from optimizer.problem import AllocationGranularity, ChurnBudget, GpuPool, Problem, RunningPlacement
from tests.validate.full_problem import edit, full_problem

FULL = edit(full_problem(), "links[0].capacity_limited", True)
POOL = "sites[1].halls[0].pools[0]"
#: feature, path of its first use in the full problem, what to change so that it is not used, to what
USES: list[tuple[Feature, str, str, Any]] = [
    (Feature.HALL_COMMITMENT, "sites[0].halls[0].commitment", "sites[0].halls[0].commitment", None),
    (Feature.FLEXIBLE_LOAD, "sites[0].flexible_loads[0]", "sites[0].flexible_loads", ()),
    (Feature.HEAT_OFFTAKE, "sites[0].heat_offtake", "sites[0].heat_offtake", None),
    (Feature.BATTERY, "sites[0].battery", "sites[0].battery", None),
    (Feature.DEMAND_CHARGE, "sites[0].demand_charge_per_kw", "sites[0].demand_charge_per_kw", 0.0),
    (Feature.PREEMPTION, "jobs[0].preemption", "jobs[0].preemption.max_pause_count", 0),
    (Feature.PRIORITY_TIERS, "jobs[0].priority_tier", "jobs[0].priority_tier", None),
    (Feature.GROUPS, "groups[0]", "groups", ()),
    (Feature.PRECEDENCE, "precedences[0]", "precedences", ()),
    (Feature.LINK_CAPACITY, "links[0].capacity_limited", "links[0].capacity_limited", False),
    (Feature.ELASTICITY, "jobs[0].elasticity", "jobs[0].elasticity.max_change_count", 0),
    (
        Feature.RUNNING_CHANGES,
        "jobs[0].running.resize_cost",
        "jobs[0].running",
        RunningPlacement(pool="loughton-h100", mode="H100x8@500W"),
    ),
    (Feature.CHURN_BUDGET, "churn_budget", "churn_budget", ChurnBudget()),
    (
        Feature.RESERVATION_LENDING,
        "tenants[0].reservations[0].reclaim_duration",
        "tenants[0].reservations[0].reclaim_duration",
        None,
    ),
    (Feature.QUOTA_SCOPES, "tenants[0].quotas[2].pool", "tenants[0].quotas", ()),
    (
        Feature.SHARE_FLOORS,
        "tenants[0].share_floor",
        "tenants[0].share_floor.shortfall_cost_per_gpu_hour",
        0.0,
    ),
    (Feature.TOPOLOGY, "sites[1].halls[0].pools[0].whole_domain_count", "sites[1].halls[0].pools", ()),
]


def _core() -> Problem:
    problem = FULL
    for _, _, field, unused in USES:
        problem = edit(problem, field, unused)
    return problem


def test_every_feature_is_in_the_table() -> None:
    assert [feature for feature, *_ in USES] == list(Feature)
    assert features(FULL) == {feature: path for feature, path, *_ in USES}


@pytest.mark.parametrize(("feature", "path", "field", "unused"), USES)
def test_each_alone(feature: Feature, path: str, field: str, unused: Any) -> None:
    """Without its use a feature is gone and the others stay; with only its use it is the only one."""
    without = edit(FULL, field, unused)
    assert set(features(without)) == set(Feature) - {feature}
    alone = FULL
    for other, _, other_field, other_unused in USES:
        if other is not feature:
            alone = edit(alone, other_field, other_unused)
    assert features(alone) == {feature: path}


def test_the_path_is_that_of_the_first_use() -> None:
    later = replace(_core(), jobs=(_core().jobs[1], FULL.jobs[0]))
    assert features(later) == {
        Feature.PREEMPTION: "jobs[1].preemption",
        Feature.PRIORITY_TIERS: "jobs[1].priority_tier",
        Feature.ELASTICITY: "jobs[1].elasticity",
        Feature.RUNNING_CHANGES: "jobs[1].running.resize_cost",
    }


def test_a_priority_tier_of_zero_is_a_use() -> None:
    assert features(edit(_core(), "jobs[0].priority_tier", 0)) == {Feature.PRIORITY_TIERS: "jobs[0].priority_tier"}


@pytest.mark.parametrize("field", ["whole_domain_count", "maintenance", "failure_buffer_node_count"])
def test_each_part_of_the_topology_is_a_use(field: str) -> None:
    pool = GpuPool(name="p", gpu_model="H100", node_count=(8,), gpus_per_node=8)
    uses = {"whole_domain_count": 1, "maintenance": FULL.sites[1].halls[0].pools[0].maintenance}
    fleet = edit(FULL, "sites[1].halls[0].pools", (replace(pool, **{field: uses.get(field, (0, 1))}),))
    assert features(fleet)[Feature.TOPOLOGY] == f"{POOL}.{field}"
    assert Feature.TOPOLOGY not in features(edit(fleet, f"{POOL}.{field}", () if field != "whole_domain_count" else 0))


def test_a_mode_of_whole_domains_is_a_use_of_topology() -> None:
    mode = "jobs[0].modes[0].allocation_granularity"
    assert features(edit(_core(), mode, AllocationGranularity.DOMAIN)) == {Feature.TOPOLOGY: mode}
    assert features(edit(_core(), mode, AllocationGranularity.NODE)) == {}


def test_a_buffer_of_zero_is_no_use() -> None:
    fleet = edit(FULL, f"{POOL}.whole_domain_count", 0)
    fleet = edit(edit(fleet, f"{POOL}.maintenance", ()), f"{POOL}.failure_buffer_node_count", (0, 0))
    assert Feature.TOPOLOGY not in features(fleet)


def test_what_a_job_alone_may_ask_for() -> None:
    """All that is found in a job, on a fleet that asks for nothing."""
    by_path = {feature for feature, path, *_ in USES if path.startswith("jobs[")}
    asking = edit(FULL.jobs[0], "modes[0].allocation_granularity", AllocationGranularity.DOMAIN)
    assert features(replace(_core(), jobs=(asking,))).keys() == JOB_FEATURES == by_path | {Feature.TOPOLOGY}


def test_the_core_model_is_accepted() -> None:
    require(_core(), frozenset(), "nobody")


def test_what_is_refused_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedFeatureError) as raised:
        require(FULL, frozenset(), "nobody")
    assert [(v.path, v.reason) for v in raised.value.violations] == [(path, "FEATURE_NOT_SUPPORTED") for _, path, *_ in USES]
    assert "BATTERY is not supported by nobody" in str(raised.value)


def test_halls_that_switch_may_stand_beside_a_plant() -> None:
    both = replace(_core(), sites=FULL.sites)
    assert Feature.HALL_COMMITMENT in features(both)
    assert Feature.FLEXIBLE_LOAD in features(both)
