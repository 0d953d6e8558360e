"""What a change of the problem must do to the optimum, whatever the problem."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem
from optimizer.solution import Result, TerminationReason
from optimizer.units import MICROS_PER_UNIT, to_micros
from tests.fleet import HOUR
from tests.profiles import examples
from tests.properties.strategies import tiny_problems
from tests.properties.transforms import (
    loosened,
    permuted,
    pools_of,
    renamed,
    shifted,
    with_job,
    with_modes,
    with_money_times,
    with_single_nodes,
    with_split_pool,
)

EXAMPLES = examples(25)


def solved(problem: Problem, engine: str = "highs") -> Result:
    """Solved to the end: OPTIMAL or INFEASIBLE."""
    result = solve(problem, SolveParams(engine=engine, time_limit_seconds=60, thread_count=1))
    assert result.termination.reason in (TerminationReason.OPTIMAL, TerminationReason.INFEASIBLE)
    return result


def optimum(problem: Problem, engine: str = "highs") -> int | None:
    """Micro-units; None where the mandatory jobs cannot all run."""
    return solved(problem, engine).termination.objective_micros


def at_least(more: int | None, less: int | None) -> bool:
    """Whether an optimum is no lower than another; infeasible is lower than any."""
    return less is None or (more is not None and more >= less)


def an_optional_job(problem: Problem, data: st.DataObject) -> int:
    """Index of one; a problem without any does not count."""
    optional = [k for k, job in enumerate(problem.jobs) if job.value is not None]
    assume(optional)
    index: int = data.draw(st.sampled_from(optional))
    return index


@pytest.mark.parametrize("engine", ["highs", "cp_sat"])
@EXAMPLES
@given(problem=tiny_problems())
def test_new_names_change_names_only(engine: str, problem: Problem) -> None:
    before, after = solved(problem, engine), solved(renamed(problem, lambda name: f"new {name}"), engine)
    assert after.termination.objective_micros == before.termination.objective_micros
    expected = [
        replace(p, job=f"new {p.job}", pool=f"new {p.pool}", site=f"new {p.site}", hall=f"new {p.hall}")
        for p in before.placements
    ]
    assert list(after.placements) == expected
    assert [(u.job, u.reason) for u in after.unplaced] == [(f"new {u.job}", u.reason) for u in before.unplaced]


@pytest.mark.parametrize("engine", ["highs", "cp_sat"])
@EXAMPLES
@given(problem=tiny_problems(), seed=st.integers(0, 2**32))
def test_order_does_not_matter(engine: str, problem: Problem, seed: int) -> None:
    assert optimum(permuted(problem, Random(seed)), engine) == optimum(problem, engine)


@EXAMPLES
@given(problem=tiny_problems(), part=st.integers(0, 2), data=st.data())
def test_splitting_a_pool_never_helps(problem: Problem, part: int, data: st.DataObject) -> None:
    """Every plan for the two parts is a plan for the whole; a gang wider than each part is lost."""
    name = data.draw(st.sampled_from([pool.name for pool in pools_of(problem)]))
    assert at_least(optimum(problem), optimum(with_split_pool(problem, name, part)))


@EXAMPLES
@given(problem=tiny_problems(), part=st.integers(0, 2), data=st.data())
def test_splitting_a_steady_pool_does_not_harm_single_nodes(problem: Problem, part: int, data: st.DataObject) -> None:
    """Runs that never overlap more than ``n`` times can each keep one of ``n`` nodes: intervals colour perfectly."""
    problem = with_single_nodes(problem)
    name = data.draw(st.sampled_from([pool.name for pool in pools_of(problem)]))
    assert optimum(with_split_pool(problem, name, part)) == optimum(problem)


@EXAMPLES
@given(problem=tiny_problems(), data=st.data())
def test_a_looser_limit_never_harms(problem: Problem, data: st.DataObject) -> None:
    kinds = [(kind, looser) for kind, looser in loosened(problem) if looser != problem]
    kind, looser = data.draw(st.sampled_from(kinds))
    assert at_least(optimum(looser), optimum(problem)), kind


@pytest.mark.parametrize("field", ["latest_end_time", "due_time"])
@EXAMPLES
@given(problem=tiny_problems())
def test_an_hour_more_never_harms(field: str, problem: Problem) -> None:
    def later(moment: object) -> object:
        return None if moment is None else moment + HOUR  # type: ignore[operator]

    jobs = tuple(replace(job, **{field: later(getattr(job, field))}) for job in problem.jobs)
    assume(jobs != problem.jobs)
    assert at_least(optimum(replace(problem, jobs=jobs)), optimum(problem))


@EXAMPLES
@given(problem=tiny_problems(), data=st.data())
def test_an_hour_earlier_release_never_harms(problem: Problem, data: st.DataObject) -> None:
    released = [k for k, job in enumerate(problem.jobs) if job.earliest_start_time is not None]
    assume(released)
    k = data.draw(st.sampled_from(released))
    start = problem.jobs[k].earliest_start_time
    assert start is not None
    earlier = replace(problem.jobs[k], earliest_start_time=start - HOUR)
    assert at_least(optimum(with_job(problem, k, earlier)), optimum(problem))


@EXAMPLES
@given(problem=tiny_problems(), data=st.data())
def test_without_an_optional_job_there_is_no_more_to_gain(problem: Problem, data: st.DataObject) -> None:
    k = an_optional_job(problem, data)
    assert at_least(optimum(problem), optimum(replace(problem, jobs=problem.jobs[:k] + problem.jobs[k + 1 :])))


@EXAMPLES
@given(problem=tiny_problems(), data=st.data())
def test_a_job_of_great_value_runs_whenever_it_can(problem: Problem, data: st.DataObject) -> None:
    """It is then as good as mandatory, and earns its value on top."""
    k = an_optional_job(problem, data)

    def with_value(value: float | None) -> Problem:
        job = with_modes(replace(problem.jobs[k], value=value), lambda mode: replace(mode, value=None))
        return with_job(problem, k, job)

    great = 1_000_000.0
    forced = optimum(with_value(None))
    if forced is None:
        result = solved(with_value(great))
        assert problem.jobs[k].name not in [placement.job for placement in result.placements]
    else:
        assert optimum(with_value(great)) == forced + to_micros(great)


@EXAMPLES
@given(problem=tiny_problems(), bonus=st.integers(1, 30), data=st.data())
def test_more_value_raises_the_optimum_by_no_more(problem: Problem, bonus: int, data: st.DataObject) -> None:
    k = an_optional_job(problem, data)
    job = replace(problem.jobs[k], value=(problem.jobs[k].value or 0.0) + bonus)
    before, after = optimum(problem), optimum(with_job(problem, k, job))
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        # the sum of two floats is rounded to a micro-unit once
        assert before <= after <= before + bonus * MICROS_PER_UNIT + 1


@EXAMPLES
@given(problem=tiny_problems(rough=False))
def test_ten_times_the_money_is_ten_times_the_optimum(problem: Problem) -> None:
    before = optimum(problem)
    assert optimum(with_money_times(problem, 10)) == (None if before is None else 10 * before)


@EXAMPLES
@given(problem=tiny_problems(), days=st.integers(-400, 400))
def test_another_start_of_the_horizon_moves_times_only(problem: Problem, days: int) -> None:
    by = timedelta(days=days, minutes=7)
    before, after = solved(problem), solved(shifted(problem, by))
    assert after.termination.objective_micros == before.termination.objective_micros
    moved = [replace(p, start_time=p.start_time + by, end_time=p.end_time + by) for p in before.placements]
    assert list(after.placements) == moved


@EXAMPLES
@given(problem=tiny_problems(), seed=st.integers(0, 2**32))
def test_a_hint_changes_no_optimum(problem: Problem, seed: int) -> None:
    """Whether it is the best plan, part of one, or nonsense."""
    before = solved(problem)
    plan = [p.assignment for p in before.placements]
    random = Random(seed)
    hint = [a if random.random() < 0.5 else replace(a, start_slot=random.randint(-1, 6)) for a in plan]
    params = SolveParams(engine="highs", time_limit_seconds=60, thread_count=1)
    after = solve(problem, params, initial=hint)
    assert after.termination.objective_micros == before.termination.objective_micros
