"""The shipped instances of runs in pieces: pauses, going on elsewhere and changes of width come where they pay, only there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from examples.pauses import CURTAILED_SLOTS, in_one_piece, pausing_problem
from examples.widths import widening_problem
from optimizer.exact.problem import exact
from optimizer.io.best_known import read_best_known
from optimizer.io.files import read_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem
from optimizer.solution import Result, TerminationReason
from optimizer.verify.plan import verify_result

FOLDER = Path(__file__).parents[1] / "instances" / "pieces"
PARAMS = SolveParams(engine="highs", time_limit_seconds=120)


@pytest.fixture(scope="module")
def pieces() -> Result:
    return solve(read_problem(FOLDER / "pauses.json"), PARAMS)


def test_the_file_is_what_the_example_makes() -> None:
    assert read_problem(FOLDER / "pauses.json") == pausing_problem()


def test_the_optimum_is_the_best_known(pieces: Result) -> None:
    assert pieces.termination.reason is TerminationReason.OPTIMAL
    assert pieces.terms.objective_micros == read_best_known(FOLDER)["pauses.json"].objective_micros
    assert verify_result(exact(pausing_problem()), pieces).feasible


def test_without_pauses_the_plan_is_worth_less_and_a_job_is_left_out(pieces: Result) -> None:
    whole = solve(in_one_piece(pausing_problem()), PARAMS)
    assert whole.termination.reason is TerminationReason.OPTIMAL
    assert whole.terms.objective_micros < pieces.terms.objective_micros
    assert len(whole.placements) < len(pieces.placements)


def test_jobs_pause_through_the_curtailed_evening_and_none_pauses_or_changes_for_nothing(pieces: Result) -> None:
    cut = {placement.job: placement for placement in pieces.placements if placement.segments}
    assert set(cut) <= {"pretrain", "finetune", "distil"}
    at_loughton = [p for p in cut.values() if all(s.pool == "loughton-h100" for s in p.segments)]
    assert at_loughton
    for placement in at_loughton:
        first, second = placement.segments
        assert set(range(first.end_slot, second.start_slot)) & set(CURTAILED_SLOTS)
    assert pieces.terms.change_cost_micros == 0


def with_preemption(problem: Problem, **fields: object) -> Problem:
    """The problem whose jobs that may pause do so under other terms."""
    jobs = tuple(
        job if job.preemption is None else replace(job, preemption=replace(job.preemption, **fields))  # type: ignore[arg-type]
        for job in problem.jobs
    )
    return replace(problem, jobs=jobs)


def test_no_job_pauses_where_resuming_costs_more_than_it_gains(pieces: Result) -> None:
    gain = pieces.terms.objective_micros - solve(in_one_piece(pausing_problem()), PARAMS).terms.objective_micros
    dear = solve(with_preemption(pausing_problem(), resume_cost=gain / 1e6 + 1.0), PARAMS)
    assert dear.termination.reason is TerminationReason.OPTIMAL
    assert not any(placement.segments for placement in dear.placements)


def test_a_job_goes_on_at_the_other_site_where_that_pays(pieces: Result) -> None:
    assert [job for job, used in pools_of_pieces(pieces).items() if len(used) == 2] == ["distil"]
    dear_ways = replace(pausing_problem(), links=tuple(replace(link, cost_per_gb=0.1) for link in pausing_problem().links))
    for problem in (with_preemption(pausing_problem(), may_resume_elsewhere=False), dear_ways):
        # its root bound is proof enough: no plan there is worth as much
        stays = solve(problem, replace(PARAMS, time_limit_seconds=None, work_limit=1))
        assert stays.termination.bound_micros is not None
        assert stays.termination.bound_micros < pieces.terms.objective_micros
        assert all(len(used) < 2 for used in pools_of_pieces(stays).values())


def pools_of_pieces(result: Result) -> dict[str, set[str]]:
    return {placement.job: {piece.pool for piece in placement.segments} for placement in result.placements}


def test_the_file_of_widths_is_what_the_example_makes() -> None:
    assert read_problem(FOLDER / "widths.json") == widening_problem()


@pytest.mark.parametrize("engine", ["highs", "auto"])
def test_the_job_narrows_while_curtailed_and_widens_after(engine: str) -> None:
    result = solve(widening_problem(), replace(PARAMS, engine=engine, thread_count=1))
    assert result.termination.objective_micros == read_best_known(FOLDER)["widths.json"].objective_micros
    train = next(placement for placement in result.placements if placement.job == "train")
    assert [(piece.mode, piece.start_slot, piece.end_slot) for piece in train.segments] == [
        ("H100x64", 0, 6),
        ("H100x32", 6, 16),
        ("H100x64", 16, 24),
    ]


@pytest.mark.parametrize(("change_cost", "modes"), [(8.0, ("H100x32", "H100x64")), (40.0, ())])
def test_it_changes_less_where_a_change_costs_more(change_cost: float, modes: tuple[str, ...]) -> None:
    result = solve(widening_problem(change_cost), PARAMS)
    train = next(placement for placement in result.placements if placement.job == "train")
    assert tuple(piece.mode for piece in train.segments) == modes
