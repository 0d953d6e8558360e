"""Order and groups on random problems: what the price engine proves, and what more order must do to the optimum."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given

from optimizer.engines import registry
from optimizer.exact.problem import exact
from optimizer.features import features
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem
from optimizer.verify.bound import verify_with_bound
from tests.conformance.brute_force import optimum_micros
from tests.profiles import examples
from tests.properties.contracts import tiny_problems_with_contracts

EXAMPLES = examples(16)


@EXAMPLES
@given(problem=tiny_problems_with_contracts())
def test_what_the_price_engine_proves_of_tied_jobs_holds(problem: Problem) -> None:
    problem = replace(problem, jobs=tuple(replace(job, priority_tier=None) for job in problem.jobs))
    assume(problem.precedences or problem.groups)
    assume(registry.create("price").features >= set(features(problem)))
    best = optimum_micros(problem)
    result = solve(problem, SolveParams(engine="price", time_limit_seconds=60, thread_count=1, work_limit=2_000))
    if best is None:
        assert not result.placements
        return
    checked = verify_with_bound(exact(problem), result)
    assert not checked.violations
    assert checked.bound_micros is not None
    assert checked.bound_micros >= best


@EXAMPLES
@given(problem=tiny_problems_with_contracts())
def test_a_precedence_more_never_raises_the_optimum(problem: Problem) -> None:
    problem = replace(problem, jobs=tuple(replace(job, priority_tier=None) for job in problem.jobs))
    assume(problem.precedences)
    more, less = optimum_micros(problem), optimum_micros(replace(problem, precedences=problem.precedences[:-1]))
    assert more is None or (less is not None and more <= less)
    params = SolveParams(engine="highs", time_limit_seconds=60, thread_count=1)
    assert solve(problem, params).termination.objective_micros == more
