"""Tiny problems with floors on shares, scoped quotas and lent reservations: engines against trying all plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from optimizer.exact.problem import exact
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Job, Preemption, Problem, Quota, ShareFloor, Tenant
from optimizer.verify.bound import verify_with_bound
from tests.profiles import examples
from tests.properties.strategies import tiny_problems
from tests.properties.test_agreement import (
    EXACT,
    MANY,
    assert_exact_engines_agree,
    assert_heuristics_stay_within,
)

FLOORED = "floored"


@st.composite
def floored_problems(draw: DrawFn) -> Problem:
    """Some jobs are those of a tenant with a floor on its share and a quota of one pool or GPU model."""
    problem = draw(tiny_problems())
    floor = ShareFloor(
        gpu_hours=draw(st.sampled_from((4.0, 10.25, 24.0, 1_000.0))),
        shortfall_cost_per_gpu_hour=draw(st.sampled_from((0.1, 0.333333, 1.5, 8.0))),
    )
    pools = [pool for site in problem.sites for hall in site.halls for pool in hall.pools]
    pool = draw(st.sampled_from(pools))
    scope = draw(st.sampled_from(({"pool": pool.name}, {"gpu_model": pool.gpu_model}, {"site": problem.sites[0].name})))
    quotas = draw(st.sampled_from(((), (Quota(gpu_count=draw(st.sampled_from((8, 12, 16))), **scope),))))
    jobs = tuple(replace(job, tenant=FLOORED) if draw(st.booleans()) else job for job in problem.jobs)
    return replace(problem, jobs=jobs, tenants=(*problem.tenants, Tenant(name=FLOORED, quotas=quotas, share_floor=floor)))


@st.composite
def lent_problems(draw: DrawFn) -> Problem:
    """Reservations are lent, and jobs may borrow; none pauses, since each does all its work in one run."""
    problem = draw(floored_problems())
    minutes = st.sampled_from((None, 0, 10, 20))

    def lent(tenant: Tenant) -> Tenant:
        held = tuple(replace(item, reclaim_duration=_of(draw(minutes))) for item in tenant.reservations)
        return replace(tenant, reservations=held)

    def borrower(job: Job) -> Job:
        vacate = _of(draw(minutes))
        if vacate is None or job.running is not None:
            return job
        whole = max(mode.duration for mode in job.modes)
        return replace(job, preemption=Preemption(max_pause_count=1, min_run_duration=whole, vacate_duration=vacate))

    return replace(problem, tenants=tuple(map(lent, problem.tenants)), jobs=tuple(map(borrower, problem.jobs)))


def _of(minutes: int | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)


def assert_certificates_hold(problem: Problem) -> None:
    """What the price engine proves is proved again, its floor prices included."""
    result = solve(problem, SolveParams(engine="price", work_limit=500, thread_count=1))
    if result.termination.objective_micros is not None:
        assert verify_with_bound(exact(problem), result).violations == ()


@MANY
@given(problem=floored_problems())
def test_engines_agree_on_floors_and_scopes(problem: Problem) -> None:
    assert_exact_engines_agree(problem, EXACT)


@MANY
@given(problem=floored_problems())
def test_heuristics_stay_below_and_certificates_hold_with_floors(problem: Problem) -> None:
    assert_heuristics_stay_within(problem, ("greedy", "price"))
    assert_certificates_hold(problem)


@MANY
@given(problem=lent_problems())
def test_engines_agree_on_lent_nodes(problem: Problem) -> None:
    assert_exact_engines_agree(problem, EXACT)
    assert_heuristics_stay_within(problem, ("greedy",))


@examples(10)
@given(problem=lent_problems())
def test_pyomo_lends_nodes(problem: Problem) -> None:
    assert_exact_engines_agree(problem, ("pyomo",))
