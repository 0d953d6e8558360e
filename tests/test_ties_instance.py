"""The shipped instance with order and groups: its optimum, and that its ties are what changes the plan of ``tiny``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.exact.problem import exact
from optimizer.io.best_known import read_best_known
from optimizer.io.files import read_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.solution import Result, TerminationReason, UnplacedReason
from optimizer.verify.plan import verify
from optimizer.verify.rules import Rule

INSTANCES = Path(__file__).parents[1] / "instances"
ORDERED = read_problem(INSTANCES / "ties" / "ordered.json")


def best(engine: str, **changes: object) -> Result:
    return solve(replace(ORDERED, **changes), SolveParams(engine=engine, time_limit_seconds=120, thread_count=1))  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ["cp_sat", "highs", "auto"])
def test_the_known_optimum_is_proved(engine: str) -> None:
    result = best(engine)
    assert result.termination.reason is TerminationReason.OPTIMAL
    assert result.termination.objective_micros == read_best_known(INSTANCES / "ties")["ordered.json"].objective_micros


def test_without_its_ties_it_is_tiny_and_that_plan_breaks_each_of_them() -> None:
    free = best("cp_sat", groups=(), precedences=())
    assert free.termination.objective_micros == read_best_known(INSTANCES / "uk-no")["tiny.json"].objective_micros
    found = verify(exact(ORDERED), [placement.assignment for placement in free.placements])
    assert {violation.rule for violation in found.violations} == {
        Rule.GROUP_SPLIT,
        Rule.GROUP_NOT_APART,
        Rule.STARTS_BEFORE_PREDECESSOR_ENDS,
    }


def test_what_is_left_out_says_so() -> None:
    told = {entry.job: entry.reason for entry in best("cp_sat").unplaced}
    assert told == {"job-3": UnplacedReason.GROUP_ELSEWHERE, "job-5": UnplacedReason.CAPACITY_TAKEN}
