"""The shipped instance with pauses: what its plan in pieces is worth, and that pausing is what makes it so."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.pauses import CURTAILED_SLOTS, in_one_piece, pausing_problem
from optimizer.exact import exact
from optimizer.io.best_known import read_best_known
from optimizer.io.files import read_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.solution import Result, TerminationReason
from optimizer.verify import verify_result

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
