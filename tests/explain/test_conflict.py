"""What keeps mandatory jobs from running together: minimal, in the domain's words, with the least raise that helps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.exact.problem import exact
from optimizer.explain import conflict
from optimizer.io.document import from_document, to_document
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Battery, Job, Preemption, Problem, Quota, Tenant
from optimizer.solution import Conflict, Result, TerminationReason
from server import convert
from tests.fleet import at, hall, job, mode, pool, problem, site


def found(instance: Problem) -> Conflict:
    return conflict(exact(instance), lambda: False)


def test_only_the_jobs_and_limits_that_conflict_are_named() -> None:
    instance = problem(
        job("a", mode(8, 3, 10.0), value=None, allowed_sites=("s",)),
        job("b", mode(8, 2, 10.0), value=None, allowed_regions=("GB",)),
        job("innocent", mode(8, 1, 1.0), value=None, allowed_sites=("n",)),
        sites=(
            site("s", hall("h", pool("p", (3,)), it_power_limit_kw=(19.0,))),
            site("n", hall("k", pool("q")), region_code="NO", import_limit_kw=(5.0,)),
        ),
    )
    told = found(instance)
    assert told.minimal
    assert told.jobs == ("a", "b")
    assert told.limits == ("IT power of hall h",)
    (raised,) = told.relaxations
    assert (raised.kind, raised.element, raised.amount, raised.unit) == ("hall_power", "h", 1_000, "W")
    assert raised.message.startswith("+1 kW IT power of hall h, 2026-11-02 0")


def test_a_limit_that_is_counted_in_what_it_is_called_says_so_once() -> None:
    jobs = (job(name, mode(8, 4), value=None) for name in "ab")
    (raised,) = found(problem(*jobs, sites=(site("s", hall("h", pool("p", (1,)))),))).relaxations
    assert raised.message.startswith("+1 node of pool p, 2026-11-02 0")


def test_a_grid_relaxation_is_said_at_the_connection() -> None:
    instance = problem(
        job("a", mode(8, 1, 100.0), value=None, latest_end_time=at(1)),
        sites=(site("Loughton", import_limit_kw=(60.0, 200.0, 200.0, 200.0), pue=(1.25,)),),
    )
    told = found(instance)
    assert told.jobs == ("a",)
    (raised,) = told.relaxations
    assert raised.kind == "grid_import"
    assert raised.amount == 65_000  # 125 kW at the connection, 60 there
    assert raised.message == "+65 kW grid import at Loughton, 2026-11-02 00:00 to 2026-11-02 01:00"
    assert (raised.first_slot, raised.last_slot) == (0, 0)


def test_where_no_limit_is_to_blame() -> None:
    told = found(problem(job("late", mode(8, 3), value=None, earliest_start_time=at(2))))
    assert told.limits == ()
    assert told.relaxations == ()
    assert "whatever the limits" in told.message


def test_two_limits_of_which_each_must_give_way() -> None:
    tenants = (Tenant(name="lab", quotas=(Quota(gpu_count=15),)),)
    instance = problem(
        job("a", mode(8, 4), value=None, tenant="lab"),
        job("b", mode(8, 4), value=None, tenant="lab"),
        sites=(site("s", hall("h", pool("p", (1,)))),),
        tenants=tenants,
    )
    told = found(instance)
    # either limit alone already forbids the pair, so one of them is a minimal conflict by itself
    assert len(told.limits) == 1
    assert told.minimal
    assert [raised.amount for raised in told.relaxations] == [None]


def test_what_would_not_help_is_written_and_sent_as_it_is() -> None:
    empty = hall("h", pool("p", (1,)), it_power_limit_kw=(0.0,))
    result = solve(problem(job("wide", mode(16, 1), value=None), sites=(site("s", empty),)), SolveParams(engine="highs"))
    assert result.conflict is not None
    assert [raised.amount for raised in result.conflict.relaxations] == [None]
    assert from_document(Result, to_document(result)) == result
    assert convert.result_from_proto(convert.result_to_proto(result)) == result


def test_a_search_that_is_stopped_says_so() -> None:
    instance = problem(job("a", mode(16, 3), value=None), job("b", mode(8, 2), value=None))
    told = conflict(exact(instance), lambda: True)
    assert not told.minimal
    assert set(told.jobs) == {"a", "b"}


def test_a_job_that_may_pause_is_not_blamed_where_a_pause_makes_room() -> None:
    """``a`` pauses while ``b`` runs; ``c`` and ``d`` want the same last slot."""
    pausing = job("a", mode(8, 3), value=None, preemption=Preemption(max_pause_count=1))
    fixed = job("b", mode(8, 1), value=None, earliest_start_time=at(1), latest_end_time=at(2))
    last = [job(name, mode(8, 1), value=None, earliest_start_time=at(4)) for name in ("c", "d")]
    sites = (site("s", hall("h", pool("p", (1,)))),)
    told = found(problem(pausing, fixed, *last, sites=sites, slot_count=5))
    assert told.jobs == ("c", "d")
    rigid = found(problem(replace(pausing, preemption=None), fixed, sites=sites, slot_count=4))
    assert rigid.jobs == ("a", "b")
    alone = found(problem(pausing, job("e", mode(8, 2), value=None), sites=sites, slot_count=4))
    assert (alone.jobs, [r.amount for r in alone.relaxations]) == (("a", "e"), [1])


@pytest.mark.parametrize("jobs", [(), (job("may"),)])
def test_a_battery_alone_that_cannot_end_as_full_as_it_must(jobs: tuple[Job, ...]) -> None:
    battery = Battery(energy_capacity_kwh=20.0, charge_limit_kw=5.0, discharge_limit_kw=5.0, round_trip_efficiency=1.0,
                      least_final_energy_kwh=10.0)  # fmt: skip
    # the connection leaves a kilowatt beside the overhead
    short = problem(*jobs, sites=(site("s", import_limit_kw=(3.0,), overhead_kw=(2.0,), battery=battery),))
    result = solve(short, SolveParams(engine="highs", thread_count=1))
    assert result.termination.reason is TerminationReason.INFEASIBLE
    assert result.conflict is not None
    assert result.conflict.jobs == ()
    assert result.conflict.limits == ("grid import at s",)
    assert "must hold 10 kWh at the end" in result.conflict.message
    assert result.conflict.message.endswith("it holds 4 kWh")
