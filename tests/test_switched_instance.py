"""The shipped instance of a mine beside a hall that switches: the hall is off where the mine earns more with its watts."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.switched import MINE_KW, always_on, switched_problem, without_mine
from optimizer.exact.problem import exact
from optimizer.io.best_known import read_best_known
from optimizer.io.files import read_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem
from optimizer.report.figures import site_figures
from optimizer.report.page import render_report
from optimizer.report.plant import layers
from optimizer.solution import Result, TerminationReason, UnplacedReason
from optimizer.verify.bound import verify_with_bound

FOLDER = Path(__file__).parents[1] / "instances" / "plant"
SWITCHED = read_problem(FOLDER / "switched.json")
BEST_MICROS = read_best_known(FOLDER)["switched.json"].objective_micros


def best(problem: Problem) -> Result:
    result = solve(problem, SolveParams(engine="highs", time_limit_seconds=60, thread_count=1))
    assert result.termination.reason is TerminationReason.OPTIMAL
    return result


@pytest.fixture(scope="module")
def plan() -> Result:
    return best(SWITCHED)


def test_the_file_is_what_the_example_makes() -> None:
    assert switched_problem() == SWITCHED


def test_while_the_hall_is_off_the_mine_draws_all_it_can(plan: Result) -> None:
    assert plan.terms.objective_micros == BEST_MICROS
    (schedule,) = plan.hall_schedules
    is_on = [any(span.start_slot <= slot < span.end_slot for span in schedule.on) for slot in range(12)]
    (load,) = plan.operations[0].flexible_loads
    assert is_on.count(False) == 5
    assert {watts for watts, on in zip(load.power_w, is_on, strict=True) if not on} == {MINE_KW * 1_000}
    assert max(watts for watts, on in zip(load.power_w, is_on, strict=True) if on) == 63_000


def test_without_the_mine_the_hall_is_on_for_a_job_more(plan: Result) -> None:
    without = best(without_mine(SWITCHED))
    placed = {placement.job for placement in without.placements} - {placement.job for placement in plan.placements}
    assert placed == {"probe"}
    (told,) = plan.unplaced
    assert (told.job, told.reason) == ("probe", UnplacedReason.WORTH_LESS_THAN_COST)


def test_the_layers_of_the_connection_are_all_that_draws_on_it(plan: Result) -> None:
    (figures,) = site_figures(SWITCHED, plan)
    drawn = [sum(watts) for watts in zip(*layers(SWITCHED, figures), strict=True)]
    assert drawn == list(figures.power.used_w)
    assert "overhead, standby of halls" in render_report(SWITCHED, plan)


def test_a_hall_that_stays_on_earns_less(plan: Result) -> None:
    held = best(always_on(SWITCHED))
    assert sum(span.end_slot - span.start_slot for span in held.hall_schedules[0].on) == 12
    assert held.terms.objective_micros < plan.terms.objective_micros


def test_the_price_engine_comes_close_and_certifies_its_bound() -> None:
    result = solve(SWITCHED, SolveParams(engine="price", work_limit=40_000, thread_count=1))
    assert 0.995 * BEST_MICROS <= result.terms.objective_micros <= BEST_MICROS
    checked = verify_with_bound(exact(SWITCHED), result)
    assert checked.violations == ()
    assert checked.bound_micros is not None
    assert BEST_MICROS <= checked.bound_micros <= 1.15 * BEST_MICROS


def test_the_report_draws_the_hall_and_what_the_site_earns(plan: Result) -> None:
    page = render_report(SWITCHED, plan)
    assert "When the halls of loughton are on" in page
    assert "mining" in page
