"""Each reason for a job left out, with the element, the shortfall and its unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from optimizer.columns.candidates import candidates
from optimizer.exact.problem import exact
from optimizer.explain import binding_limits, reasons, unplaced
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import (
    DataSet,
    Group,
    GroupKind,
    Job,
    Link,
    Precedence,
    Preemption,
    Problem,
    Quota,
    Reservation,
    Resource,
    ResourceUse,
    ShareFloor,
    Tenant,
    TimeGrid,
)
from optimizer.solution import Assignment, Unplaced, UnplacedReason
from optimizer.verify.plan import verify
from tests.fleet import START, at, hall, job, mode, pool, problem, site


def explained(instance: Problem, *plan: Assignment) -> Sequence[Unplaced]:
    found = candidates(exact(instance))
    checked = verify(found.problem, plan)
    assert checked.feasible, checked.violations
    return unplaced(found, checked.placements)


def shortfall(entry: Unplaced) -> tuple[str, str, int, str, int, int]:
    lack = entry.shortfall
    assert lack is not None
    return lack.limit, lack.element, lack.amount, lack.unit, lack.first_slot, lack.last_slot


TAPE = (ResourceUse(name="tape", amount=3),)


#: A pool of another model, with tape, at a site of its own.
OTHER_MODEL = (
    site("s"),
    site("n", hall("k", pool("q", gpu_model="GB300", resources=(Resource(name="tape", capacity=(9,)),)))),
)
#: (problem, reason, what is lacking) of one job that cannot run even alone.
NEVER: list[tuple[Problem, UnplacedReason, tuple[str, str, int, str, int, int] | None]] = [
    (problem(job("x", mode(sites=("n",))), sites=OTHER_MODEL), UnplacedReason.NO_COMPATIBLE_POOL, None),
    (problem(job("x", mode(resource_uses=TAPE)), sites=OTHER_MODEL), UnplacedReason.NO_COMPATIBLE_POOL, None),
    (problem(job("x"), sites=()), UnplacedReason.NO_COMPATIBLE_POOL, None),
    (problem(job("x", denied_regions=("GB",))), UnplacedReason.REGION_NOT_ALLOWED, None),
    (problem(job("x", denied_sites=("site",))), UnplacedReason.SITE_NOT_ALLOWED, None),
    (
        problem(
            job("x", data_set=DataSet(sites=("n",), size_gb=1.0), allowed_sites=("s",)),
            sites=(site("s"), site("n", hall("k", pool("q")))),
        ),
        UnplacedReason.DATA_NOT_REACHABLE,
        None,
    ),
    (problem(job("x", mode(24))), UnplacedReason.GANG_EXCEEDS_POOL, ("pool_nodes", "pool", 1, "nodes", 0, 0)),
    (
        problem(job("x", mode(8, 1, 10.0)), sites=(site("s", hall("h", it_power_limit_kw=(9.999, 9.5, 9.0, 9.0))),)),
        UnplacedReason.POWER_EXCEEDS_LIMIT,
        ("hall_power", "h", 1, "W", 0, 0),
    ),
    (
        problem(job("x", mode(8, 4, 10.0)), sites=(site("s", import_limit_kw=(11.9,), pue=(1.2,)),)),
        UnplacedReason.POWER_EXCEEDS_LIMIT,
        # 11.9 kW carry 9,916 W of IT; 84 W more at PUE 1.2
        ("grid_import", "s", 101, "W", 0, 3),
    ),
    (
        problem(job("x"), sites=(site("s", hall("h", pool(liquid_heat_share=0.9), liquid_cooling_limit_kw=(8.0,))),)),
        UnplacedReason.HEAT_EXCEEDS_COOLING,
        ("liquid_cooling", "h", 1_000, "W", 0, 0),
    ),
    (
        problem(job("x", mode(8, 3), earliest_start_time=at(1), latest_end_time=at(3))),
        UnplacedReason.WINDOW_TOO_SHORT,
        ("time_window", "x", 1, "slots", 1, 2),
    ),
    (
        problem(job("x", tenant="lab"), tenants=(Tenant(name="lab", quotas=(Quota(gpu_count=7),)),)),
        UnplacedReason.QUOTA_EXCEEDED,
        ("tenant_quota", "lab", 1, "GPUs", 0, 0),
    ),
    (
        problem(job("x", mode(16)), tenants=(Tenant(name="lab", reservations=(Reservation(pool="pool", node_count=(1,)),)),)),
        UnplacedReason.RESERVED_FOR_OTHERS,
        ("reservation", "pool held for lab", 1, "nodes", 0, 0),
    ),
    (
        problem(job("x", mode(resource_uses=TAPE)), resources=(Resource(name="tape", capacity=(2,)),)),
        UnplacedReason.RESOURCE_EXCEEDED,
        ("resource", "tape", 1, "units", 0, 0),
    ),
    (
        problem(job("x", mode(8, 2, 10.0)), sites=(site("s", energy_budget_mwh=0.0195),)),
        UnplacedReason.BUDGET_EXCEEDED,
        ("energy_budget", "s", 500, "Wh", 0, 3),
    ),
    (
        problem(job("x", mode(8, 2, 1_000.0), value=10.0), sites=(site("s", energy_price_per_mwh=(50.0,)),)),
        UnplacedReason.WORTH_LESS_THAN_COST,
        None,
    ),
]

#: One job, 'x', that cannot run beside the others.
NOT_BESIDE_OTHERS = [
    (problem(job("big", mode(16, 4), value=900.0), job("x")), UnplacedReason.CAPACITY_TAKEN),
    (
        problem(job("a", mode(16, 1), value=-200.0), job("x"), precedences=(Precedence(predecessor="a", successor="x"),)),
        UnplacedReason.PREDECESSOR_NOT_PLACED,
    ),
    (
        problem(
            job("a", value=200.0, allowed_sites=("s",)),
            job("x", allowed_sites=("n",)),
            groups=(Group(name="g", kind=GroupKind.SAME_SITE, jobs=("a", "x")),),
            sites=(site("s"), site("n", hall("k", pool("q")))),
        ),
        UnplacedReason.GROUP_ELSEWHERE,
    ),
]


@pytest.mark.parametrize(("instance", "reason", "lacking"), NEVER)
def test_why_a_job_cannot_run_at_all(
    instance: Problem, reason: UnplacedReason, lacking: tuple[str, str, int, str, int, int] | None
) -> None:
    (entry,) = explained(instance)
    assert entry.reason is reason
    assert entry.message
    if lacking is None:
        assert entry.shortfall is None
    else:
        assert shortfall(entry) == lacking


REACHED = [*((instance, reason) for instance, reason, _ in NEVER), *NOT_BESIDE_OTHERS]


def test_a_solve_reaches_every_reason() -> None:
    assert {reason for _, reason in REACHED} == set(UnplacedReason)
    for instance, reason in REACHED:
        told = {entry.job: entry.reason for entry in solve(instance, SolveParams(engine="highs", thread_count=1)).unplaced}
        assert told["x"] is reason


def test_taken_capacity_names_who_has_it_and_what_is_missing() -> None:
    instance = problem(job("big", mode(16, 4)), job("x", mode(8, 2)))
    (entry,) = explained(instance, Assignment(job="big", mode="H100x16", pool="pool", start_slot=0))
    assert entry.reason is UnplacedReason.CAPACITY_TAKEN
    assert shortfall(entry) == ("pool_nodes", "pool", 1, "nodes", 0, 1)
    assert entry.blocking_jobs == ("big",)
    assert entry.nearest_miss == Assignment(job="x", mode="H100x8", pool="pool", start_slot=0)


def test_the_nearest_miss_is_the_one_that_lacks_least() -> None:
    instance = problem(
        job("a", mode(8, 2, 10.0)),
        job("x", mode(8, 1, 10.0, pools=("p",)), mode(8, 1, 10.0, name="n", pools=("q",))),
        job("b", mode(8, 2, 10.0)),
        sites=(
            site("s", hall("h", pool("p", (1,)))),
            site("n", hall("k", pool("q", (2,)), it_power_limit_kw=(19.0,))),
        ),
        slot_count=2,
    )
    (entry,) = explained(
        instance,
        Assignment(job="a", mode="H100x8", pool="p", start_slot=0),
        Assignment(job="b", mode="H100x8", pool="q", start_slot=0),
    )
    assert shortfall(entry) == ("hall_power", "k", 1_000, "W", 0, 0)


def test_a_quota_used_up_by_one_s_own_jobs() -> None:
    tenants = (Tenant(name="lab", quotas=(Quota(gpu_count=8),)),)
    instance = problem(job("a", mode(8, 4), tenant="lab"), job("x", tenant="lab"), tenants=tenants)
    (entry,) = explained(instance, Assignment(job="a", mode="H100x8", pool="pool", start_slot=0))
    assert entry.reason is UnplacedReason.QUOTA_EXCEEDED
    assert entry.blocking_jobs == ("a",)


def test_a_job_that_would_fit_is_said_to_fit() -> None:
    (entry,) = explained(problem(job("x")))
    assert entry.reason is UnplacedReason.CAPACITY_TAKEN
    assert "it fits beside this plan" in entry.message


def test_beyond_the_detailed_count_the_reason_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reasons, "DETAILED_COUNT", 1)
    instance = problem(
        job("big", mode(16, 4)), job("x", value=9.0), job("y"), job("dear", mode(8, 1, 10.0), value=0.0), job("wide", mode(99))
    )
    plan = Assignment(job="big", mode="H100x16", pool="pool", start_slot=0)
    found = {entry.job: entry for entry in explained(instance, plan)}
    assert found["y"].shortfall is not None
    assert found["x"].shortfall is None
    assert found["x"].reason is UnplacedReason.CAPACITY_TAKEN
    assert found["dear"].reason is UnplacedReason.WORTH_LESS_THAN_COST
    assert found["wide"].reason is UnplacedReason.GANG_EXCEEDS_POOL


def test_binding_limits_are_those_that_alone_keep_a_job_out() -> None:
    instance = problem(
        job("a", mode(8, 2, 10.0)),
        job("x", mode(8, 1, 10.0)),
        job("y", mode(8, 1, 10.0)),
        sites=(
            site(
                "s",
                hall("h", pool(node_count=(3,)), it_power_limit_kw=(12.0, 12.0, 30.0, 30.0)),
            ),
        ),
    )
    found = candidates(exact(instance))
    placements = verify(found.problem, [Assignment(job="a", mode="H100x8", pool="pool", start_slot=0)]).placements
    (binding,) = binding_limits(found, placements)
    assert (binding.kind, binding.element, binding.unit) == ("hall_power", "h", "W")
    assert binding.slots == (0, 1)
    assert binding.blocked_job_count == 2


def test_a_job_that_only_a_floor_makes_worth_while_is_not_called_worthless() -> None:
    """At a loss by itself; beside a plan that leaves its tenant short it would pay, and only the full pool keeps it out."""
    floor = ShareFloor(gpu_hours=8.0, shortfall_cost_per_gpu_hour=1.0)
    instance = problem(
        job("big", mode(16, 4)), job("x", tenant="lab", value=-5.0), tenants=(Tenant(name="lab", share_floor=floor),)
    )
    big = Assignment(job="big", mode="H100x16", pool="pool", start_slot=0)
    (entry,) = explained(instance, big)
    assert entry.reason is UnplacedReason.CAPACITY_TAKEN
    assert entry.blocking_jobs == ("big",)
    met = replace(instance, tenants=(Tenant(name="lab", share_floor=replace(floor, gpu_hours=4.0)),))
    (entry,) = explained(met, big)
    assert entry.reason is UnplacedReason.WORTH_LESS_THAN_COST


def test_nodes_that_are_lent_to_others_only_are_reserved_for_others() -> None:
    """The holder lends to whom leaves in ten minutes; a job that needs an hour is told so, one that leaves in five is not."""
    lab = Tenant(name="lab", reservations=(Reservation(pool="pool", node_count=(2,), reclaim_duration=timedelta(minutes=10)),))
    slow, quick = (
        job(name, mode(8, 1), preemption=Preemption(max_pause_count=1, vacate_duration=timedelta(minutes=minutes)))
        for name, minutes in (("slow", 60), ("quick", 5))
    )
    told = {entry.job: entry for entry in explained(problem(slow, quick, tenants=(lab,)))}
    assert told["slow"].reason is UnplacedReason.RESERVED_FOR_OTHERS
    assert "held for lab" in told["slow"].message
    assert "it fits beside this plan" in told["quick"].message


@pytest.mark.parametrize(
    ("late", "missing"),
    [
        (job("x", mode(8), data_set=DataSet(sites=("n",), size_gb=1e12), allowed_sites=("s",)), 2**63 - 1),
        (job("x", mode(8), earliest_start_time=datetime(2199, 1, 1, tzinfo=UTC)), None),
    ],
)
def test_a_start_later_than_answers_hold_is_told_as_the_last_they_do(late: Job, missing: int | None) -> None:
    slow = Link(from_site="n", to_site="s", throughput_gb_per_hour=1e-6)
    seconds = TimeGrid(start_time=START, slot_duration=timedelta(seconds=1), slot_count=4)
    sites = (site("s"), site("n", hall("k", pool("q"))))
    (entry,) = explained(problem(late, sites=sites, links=(slow,), time_grid=seconds))
    assert entry.reason is UnplacedReason.WINDOW_TOO_SHORT
    assert entry.shortfall is not None
    assert entry.nearest_miss is not None
    assert entry.shortfall.first_slot == entry.shortfall.last_slot == entry.nearest_miss.start_slot == 2**31 - 1
    assert missing is None or entry.shortfall.amount == missing


def test_order_may_push_a_start_past_32_bits() -> None:
    first = job("first", mode(8), earliest_start_time=datetime(2199, 1, 1, tzinfo=UTC))
    seconds = TimeGrid(start_time=START, slot_duration=timedelta(seconds=1), slot_count=4)
    waits = Precedence(predecessor="first", successor="second")
    entries = explained(problem(first, job("second", mode(8)), precedences=(waits,), time_grid=seconds))
    assert [entry.reason for entry in entries] == [UnplacedReason.WINDOW_TOO_SHORT] * 2
    assert all(entry.shortfall is not None and entry.shortfall.first_slot == 2**31 - 1 for entry in entries)
