"""The shipped instance with a battery: its optimum, proved by prices, and that the battery changes the plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.battery import CALLED, battery_problem, without_battery
from optimizer.exact.problem import exact
from optimizer.io.best_known import read_best_known
from optimizer.io.files import read_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem
from optimizer.solution import BoundSource, Result, TerminationReason
from optimizer.verify.bound import verify_with_bound
from optimizer.verify.plan import verify
from optimizer.verify.rules import Rule

FOLDER = Path(__file__).parents[1] / "instances" / "plant"
BATTERY = read_problem(FOLDER / "battery.json")
BEST_MICROS = read_best_known(FOLDER)["battery.json"].objective_micros


def best(problem: Problem, engine: str = "highs") -> Result:
    result = solve(problem, SolveParams(engine=engine, time_limit_seconds=60, thread_count=1))
    assert result.termination.reason is TerminationReason.OPTIMAL
    return result


@pytest.fixture(scope="module")
def plan() -> Result:
    return best(BATTERY)


def test_the_file_is_what_the_example_makes() -> None:
    assert battery_problem() == BATTERY


def test_the_known_optimum_is_proved_by_prices(plan: Result) -> None:
    assert plan.terms.objective_micros == BEST_MICROS
    assert plan.termination.bound_source is BoundSource.CERTIFICATE
    checked = verify_with_bound(exact(BATTERY), plan)
    assert checked.violations == ()
    assert checked.bound_micros == plan.termination.bound_micros
    # whole watts by the slot leave a gap of less than a tenth of a thousandth of money
    assert plan.termination.bound_micros is not None
    assert 0 <= plan.termination.bound_micros - BEST_MICROS < 100


def test_without_the_battery_another_plan_is_best_and_this_one_breaks_the_connection(plan: Result) -> None:
    without = best(without_battery(BATTERY))
    assert without.terms.objective_micros < BEST_MICROS
    placed = {placement.job for placement in plan.placements}
    assert placed - {placement.job for placement in without.placements} == {"pretrain"}
    run = [placement.assignment for placement in plan.placements]
    for problem in (without_battery(BATTERY), BATTERY):
        # a plan that states no operation leaves the battery at rest
        broken = [v for v in verify(exact(problem), run).violations if v.rule is Rule.LIMIT_EXCEEDED]
        assert [violation.slot for violation in broken] == list(CALLED)


def test_the_battery_is_as_full_at_the_end_as_it_was(plan: Result) -> None:
    (operation,) = plan.operations
    assert operation.battery is not None
    assert operation.battery.energy_wh[-1] >= 110_000
    assert all(operation.battery.discharge_w[slot] > 90_000 for slot in CALLED)
