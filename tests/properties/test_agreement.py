"""HiGHS, CP-SAT, Pyomo and trying all plans agree on random problems; heuristics stay below, bounds above."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given

from optimizer.engines import registry
from optimizer.exact.problem import exact
from optimizer.features import features
from optimizer.monitor import Progress, SilentMonitor
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem
from optimizer.solution import Result, TerminationReason
from optimizer.verify.plan import verify_result
from tests.conformance.brute_force import best_worths, optimum_micros
from tests.profiles import examples
from tests.properties.contracts import tiny_problems_with_contracts
from tests.properties.pieces import tiny_problems_in_pieces
from tests.properties.strategies import tiny_problems

MANY = examples(60)
SOME = examples(25)

EXACT = ("highs", "cp_sat")
HEURISTIC = ("greedy", "price")
#: Deterministic work for the heuristics: enough to go through every phase of a tiny problem.
WORK_LIMIT = 2_000


class BoundListener(SilentMonitor):
    """Keeps every bound as the engine stated it; the result's own is never below its plan."""

    def __init__(self) -> None:
        self.bounds: list[int] = []

    def progress(self, progress: Progress) -> None:
        if progress.bound_micros is not None:
            self.bounds.append(progress.bound_micros)


def declaring(problem: Problem, engines: Sequence[str]) -> list[str]:
    """Those that can place all that the problem asks for; an engine that cannot says so by name."""
    return [engine for engine in engines if registry.create(engine).features >= set(features(problem))]


def assert_exact_engines_agree(problem: Problem, engines: Sequence[str]) -> None:
    optimum = optimum_micros(problem)
    for engine in declaring(problem, engines):
        heard = BoundListener()
        result = solve(problem, SolveParams(engine=engine, time_limit_seconds=60, thread_count=1), monitor=heard)
        end = result.termination
        if optimum is None:
            assert end.reason is TerminationReason.INFEASIBLE, engine
            assert not result.placements
        else:
            assert end.reason is TerminationReason.OPTIMAL, engine
            assert end.objective_micros == optimum, engine
            assert worths(result) == best_worths(problem), engine
            assert end.bound_micros is not None
            assert min((end.bound_micros, *heard.bounds)) >= optimum, engine
        assert_verifies(problem, result)


def assert_heuristics_stay_within(problem: Problem, engines: Sequence[str]) -> None:
    optimum = optimum_micros(problem)
    for engine in declaring(problem, engines):
        params = SolveParams(engine=engine, time_limit_seconds=60, thread_count=1, work_limit=WORK_LIMIT)
        heard = BoundListener()
        result = solve(problem, params, monitor=heard)
        end = result.termination
        if optimum is None:
            assert end.reason in (TerminationReason.INFEASIBLE, TerminationReason.NO_PLAN_FOUND), engine
            assert end.objective_micros is None
            continue
        assert end.reason is not TerminationReason.INFEASIBLE, engine
        assert end.objective_micros is None or worths(result) <= (best_worths(problem) or ()), engine
        assert end.bound_micros is None or end.bound_micros >= optimum, engine
        assert all(bound >= optimum for bound in heard.bounds), engine
        if end.reason is TerminationReason.OPTIMAL:
            assert end.objective_micros == optimum, engine
        if all(job.value is not None for job in problem.jobs):
            assert end.objective_micros is not None, "without mandatory jobs there always is a plan"
        assert_verifies(problem, result)


def worths(result: Result) -> tuple[int, ...]:
    """What the plan is worth tier by tier: one number where there are no tiers."""
    return tuple(tier.objective_micros for tier in result.tiers) or (result.terms.objective_micros,)


def assert_verifies(problem: Problem, result: Result) -> None:
    """The plan keeps every rule and states no false figure; every job is placed or explained."""
    if result.termination.objective_micros is None:
        return
    assert result.verified
    assert verify_result(exact(problem), result).violations == ()
    told = [placement.job for placement in result.placements] + [entry.job for entry in result.unplaced]
    assert sorted(told) == sorted(job.name for job in problem.jobs)


@MANY
@given(problem=tiny_problems())
def test_array_engines_find_the_optimum(problem: Problem) -> None:
    assert_exact_engines_agree(problem, EXACT)


@SOME
@given(problem=tiny_problems())
def test_pyomo_finds_the_optimum(problem: Problem) -> None:
    assert_exact_engines_agree(problem, ("pyomo",))


@MANY
@given(problem=tiny_problems())
def test_heuristics_stay_below_and_bounds_above(problem: Problem) -> None:
    assert_heuristics_stay_within(problem, HEURISTIC)


@examples(30)
@given(problem=tiny_problems_in_pieces())
def test_runs_in_pieces_reach_the_optimum(problem: Problem) -> None:
    assert_exact_engines_agree(problem, EXACT)
    assert_heuristics_stay_within(problem, HEURISTIC)


@SOME
@given(problem=tiny_problems_with_contracts())
def test_contracts_together_reach_the_optimum(problem: Problem) -> None:
    assert_exact_engines_agree(problem, EXACT)
    assert_heuristics_stay_within(problem, (*HEURISTIC, "auto"))


@SOME
@given(problem=tiny_problems_with_contracts())
def test_pyomo_places_contracts_together(problem: Problem) -> None:
    assert_exact_engines_agree(problem, ("pyomo",))


@SOME
@given(problem=tiny_problems_in_pieces())
def test_pyomo_places_runs_in_pieces(problem: Problem) -> None:
    assert_exact_engines_agree(problem, ("pyomo",))
