"""Random small problems with halls that may be switched: no price bound below the optimum, no plan above it, all verified."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from optimizer.exact.problem import exact
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Commitment, Hall, Job, Problem
from optimizer.solution import TerminationReason
from optimizer.verify.bound import verify_with_bound
from tests.fleet import at, hall, job, mode, pool, problem, site
from tests.profiles import examples

SLOT_COUNT = 6


@st.composite
def switched_halls(draw: st.DrawFn) -> Problem:
    """Two halls, one of which may have limits of its own, up to five jobs, a connection that may be short."""
    halls = tuple(draw(_halls(name)) for name in ("h", "k"))
    jobs = tuple(draw(_jobs(f"j{index}")) for index in range(draw(st.integers(1, 5))))
    prices = tuple(draw(st.lists(st.integers(-80, 600), min_size=SLOT_COUNT, max_size=SLOT_COUNT)))
    limit = draw(st.sampled_from([(), (45.0,), (70.0, 70.0, 30.0, 70.0, 55.0, 70.0)]))
    place = site("s", *halls, energy_price_per_mwh=tuple(map(float, prices)), import_limit_kw=limit)
    return problem(*jobs, sites=(place,), slot_count=SLOT_COUNT)


@st.composite
def _halls(draw: st.DrawFn, name: str) -> Hall:
    rules = Commitment(
        standby_power_kw=float(draw(st.integers(0, 12))),
        start_up_cost=float(draw(st.integers(0, 9))),
        shut_down_cost=float(draw(st.integers(0, 4))),
        min_up_duration=timedelta(hours=draw(st.integers(0, 3))),
        min_down_duration=timedelta(hours=draw(st.integers(0, 3))),
        initially_on=draw(st.booleans()),
        finally_off=draw(st.booleans()),
    )
    limit = draw(st.sampled_from([(), (32.0,), (11.0, 32.0, 32.0, 32.0, 5.0, 32.0)]))
    return hall(name, pool(f"{name}-p", (draw(st.integers(1, 3)),)), it_power_limit_kw=limit, commitment=rules)


@st.composite
def _jobs(draw: st.DrawFn, name: str) -> Job:
    first = draw(st.integers(0, 2))
    runs = mode(8 * draw(st.integers(1, 2)), draw(st.integers(1, 3)), float(draw(st.integers(5, 18))))
    return job(name, runs, value=float(draw(st.integers(1, 40))), earliest_start_time=at(first))


@given(switched_halls())
@examples(4)
def test_bounds_lie_above_and_plans_below_the_optimum(meant: Problem) -> None:
    best = solve(meant, SolveParams(engine="highs", time_limit_seconds=60))
    assert best.termination.reason is TerminationReason.OPTIMAL
    result = solve(meant, SolveParams(engine="price", work_limit=2_000, thread_count=1))
    assert result.terms.objective_micros <= best.terms.objective_micros
    checked = verify_with_bound(exact(meant), result)
    assert checked.violations == ()
    assert checked.bound_micros is not None
    assert checked.bound_micros >= best.terms.objective_micros
