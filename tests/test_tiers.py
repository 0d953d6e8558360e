"""Priority tiers: held to brute force, to the certificates of each tier, and to the instance in which they decide."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.switched import switched_problem
from optimizer.accounting.tiers import jobs_up_to, tier_worths
from optimizer.columns.candidates import candidates
from optimizer.columns.itineraries import itineraries, itinerary_worth
from optimizer.columns.table import Selection
from optimizer.columns.tiers import bound_turn, fixed_turn
from optimizer.exact.problem import exact
from optimizer.formulation.selections import empty_selection, value_of
from optimizer.generate.uk_no import generate_uk_no
from optimizer.io.files import read_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem
from optimizer.solution import BoundSource, Result, TerminationReason
from optimizer.verify.bound import verify_with_bound
from optimizer.verify.plan import Rule
from tests.conformance.brute_force import best_worths
from tests.conformance.contract_problems import ORDER_ACROSS_PIECES_AND_DOMAINS, TIERS_AND_PIECES
from tests.conformance.tier_problems import TIERS, TIERS_WITH_EQUAL_PLANS
from tests.fleet import job, mode, problem
from tests.profiles import examples
from tests.properties.strategies import tiny_problems

INSTANCE = Path(__file__).parents[1] / "instances" / "uk-no" / "tiers.json"
PARAMS = SolveParams(time_limit_seconds=60, thread_count=1)
WORK = SolveParams(engine="price", work_limit=5_000, thread_count=1)


def with_tiers(core: Problem, numbers: list[int | None]) -> Problem:
    jobs = tuple(
        each if each.value is None else replace(each, priority_tier=number)
        for each, number in zip(core.jobs, numbers, strict=False)
    )
    return replace(core, jobs=jobs + core.jobs[len(jobs) :])


@pytest.mark.parametrize("engine", ["auto", "cp_sat", "highs"])
@examples(25)
@given(tiny_problems(), st.lists(st.sampled_from([0, 3, None]), min_size=4, max_size=4))
def test_random_problems_in_tiers_equal_brute_force(engine: str, core: Problem, numbers: list[int | None]) -> None:
    tiered = with_tiers(core, numbers)
    result = solve(tiered, replace(PARAMS, engine=engine))
    best = best_worths(tiered)
    if best is None:
        assert result.termination.reason is TerminationReason.INFEASIBLE
    elif len(best) > 1:
        assert tuple(tier.objective_micros for tier in result.tiers) == best
        assert result.termination.reason is TerminationReason.OPTIMAL


def test_without_the_jobs_that_must_run_no_later_tier_is_placed() -> None:
    crowded = problem(job("must", mode(8, 2), value=None), job("too", mode(16, 3), value=None), job("may", priority_tier=1))
    result = solve(crowded, replace(PARAMS, engine="greedy"))
    assert result.termination.reason is not TerminationReason.OPTIMAL
    assert result.placements == ()


def test_the_last_tier_keeps_when_its_halls_are_on() -> None:
    """Beside a plant the cheapest hours for the runs are not the best ones for the site."""
    problem = switched_problem()
    tiered = replace(problem, jobs=tuple(replace(job, priority_tier=1) for job in problem.jobs))
    params = SolveParams(engine="highs", work_limit=10_000, thread_count=1)
    plain, result = solve(problem, params), solve(tiered, params)
    assert result.termination.reason is TerminationReason.OPTIMAL
    assert result.terms == plain.terms
    assert result.hall_schedules == plain.hall_schedules


def test_no_gain_of_a_later_tier_displaces_an_earlier_one() -> None:
    rich = problem(job("poor", mode(16, 4), value=1.0, priority_tier=1), job("rich", mode(16, 4), value=1e6, priority_tier=2))
    assert [placement.job for placement in solve(rich, PARAMS).placements] == ["poor"]
    without = replace(rich, jobs=tuple(replace(each, priority_tier=None) for each in rich.jobs))
    assert [placement.job for placement in solve(without, PARAMS).placements] == ["rich"]


def solved_instance() -> tuple[Problem, Result]:
    tiered = read_problem(INSTANCE)
    return tiered, solve(tiered, WORK)


def test_the_instance_is_the_generator_s_with_tiers_by_tenant() -> None:
    tier_of = {"uk-government": 1, "microsoft": 2, "openai": 2}
    base = generate_uk_no(24, 1)
    jobs = tuple(replace(each, priority_tier=tier_of.get(each.tenant)) for each in base.jobs)
    assert read_problem(INSTANCE) == replace(base, name="uk-no-tiers", jobs=jobs)


def test_tiers_change_the_plan_of_the_instance_and_its_certificates_hold() -> None:
    tiered, result = solved_instance()
    checked = verify_with_bound(exact(tiered), result)
    assert checked.feasible
    assert [tier.priority_tier for tier in result.tiers] == [1, 2, None]
    assert [tier.bound_source for tier in result.tiers] == [BoundSource.CERTIFICATE] * 3
    untiered = replace(tiered, jobs=tuple(replace(each, priority_tier=None) for each in tiered.jobs))
    free = solve(untiered, WORK)
    worths = tier_worths(exact(tiered), free.placements, free.terms)
    assert worths[:2] < tuple(tier.objective_micros for tier in result.tiers)[:2]
    assert free.terms.objective_micros > result.terms.objective_micros

    first, *others = result.tiers
    assert first.certificate is not None
    told = replace(result, tiers=(replace(first, objective_micros=first.objective_micros + 1), *others))
    assert {violation.rule for violation in verify_with_bound(exact(tiered), told).violations} == {Rule.CLAIM_DIFFERS}
    lowered = replace(first.certificate, bound_micros=first.certificate.bound_micros - 1)
    told = replace(result, tiers=(replace(first, certificate=lowered), *others))
    assert Rule.BOUND_NOT_PROVED in {violation.rule for violation in verify_with_bound(exact(tiered), told).violations}
    last = result.tiers[-1]
    assert last.bound_micros is not None
    told = replace(result, tiers=(*result.tiers[:-1], replace(last, bound_micros=last.bound_micros - 1)))
    assert Rule.BOUND_NOT_PROVED in {violation.rule for violation in verify_with_bound(exact(tiered), told).violations}


def test_a_bound_turn_counts_only_its_tier_and_holds_the_earlier_ones() -> None:
    found = candidates(exact(TIERS_WITH_EQUAL_PLANS))
    rank = np.array(found.problem.tier_of_job)
    columns = found.columns
    first = int(columns.job_first[0])
    plan = Selection(np.array([first, -1, -1], np.int32), np.array([1, 0, 0], np.int32))
    stage = bound_turn(columns, rank, 1, plan)
    inside = stage.inwards(plan)
    assert stage.origin[inside.window[0]] == first
    assert value_of(stage.columns, inside) == 0
    assert value_of(stage.columns, empty_selection(stage.columns)) is None, "the first tier may not lose its job"
    assert np.array_equal(stage.outwards(inside).window, plan.window)


def test_a_bound_turn_counts_pieces_of_the_earlier_tiers_towards_their_tier() -> None:
    columns = candidates(exact(TIERS_AND_PIECES)).columns
    early = empty_selection(columns)
    early.pieces[0] = next(itineraries(columns, 0))
    worth = itinerary_worth(columns, 0, early.pieces[0])
    stage = bound_turn(columns, np.array([0, 1, 2]), 1, early)
    assert int(stage.columns.budget_capacity[-1]) == -worth
    assert value_of(stage.columns, stage.inwards(early)) == 0
    assert value_of(stage.columns, empty_selection(stage.columns)) is None


def test_a_fixed_turn_keeps_order_with_a_job_held_in_pieces() -> None:
    columns = candidates(exact(ORDER_ACROSS_PIECES_AND_DOMAINS)).columns
    held = empty_selection(columns)
    held.pieces[0] = next(pieces for pieces in itineraries(columns, 0) if pieces[-1].end == 3)
    own = fixed_turn(columns, np.array([0, 1, 1]), 1, held).columns
    train = own.job == 1
    assert train.any()
    assert own.start_first[train].min() == 3
    assert set(own.pool[train].tolist()) == {0}, "one domain is one pool"
    assert not len(own.precedences)


def test_a_fixed_turn_keeps_earlier_jobs_in_place_and_later_ones_out() -> None:
    found = candidates(exact(TIERS))
    rank = np.array(found.problem.tier_of_job)
    long = int(found.columns.job_first[1])
    plan = Selection(np.array([-1, long, -1, -1], np.int32), np.array([0, 1, 0, 0], np.int32))
    columns = fixed_turn(found.columns, rank, 1, plan).columns
    assert np.diff(columns.job_first).tolist() == [1, 1, 0, 0]
    assert (columns.start_first[columns.job == 1], columns.start_last[columns.job == 1]) == (1, 1)
    assert columns.mandatory.tolist() == [False, True, False, False]


def test_the_problem_of_the_first_tiers_has_their_jobs_alone() -> None:
    inside = jobs_up_to(exact(TIERS), 1)
    assert [each.name for each in inside.jobs] == ["batch", "long", "short"]
    assert [each.index for each in inside.jobs] == [0, 1, 2]
