"""The shipped instance of halls that are switched: the plan packs one hall, and every engine agrees on what it is worth."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.halls import always_on, standby_all_day_micros, switching_problem
from optimizer.exact.problem import exact
from optimizer.io.files import read_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.report.page import render_report
from optimizer.solution import Result, TerminationReason
from optimizer.verify.bound import verify_with_bound

FILE = Path(__file__).parents[1] / "instances" / "halls" / "loughton.json"
OPTIMUM_MICROS = 162_167_000


@pytest.fixture(scope="module")
def switched() -> Result:
    return solve(read_problem(FILE), SolveParams(engine="highs", time_limit_seconds=300))


def test_the_file_is_what_the_example_makes() -> None:
    assert read_problem(FILE) == switching_problem()


def test_one_hall_carries_the_day(switched: Result) -> None:
    assert switched.termination.reason is TerminationReason.OPTIMAL
    assert switched.terms.objective_micros == OPTIMUM_MICROS
    assert sum(bool(schedule.on) for schedule in switched.hall_schedules) == 1
    assert len({placement.hall for placement in switched.placements}) == 1


def test_halls_that_are_always_on_change_the_plan_and_cost_more(switched: Result) -> None:
    unswitched = solve(always_on(switching_problem()), SolveParams(engine="highs", time_limit_seconds=300))
    assert len({placement.hall for placement in unswitched.placements}) > 1
    worth = unswitched.terms.objective_micros - standby_all_day_micros(switching_problem())
    assert worth < switched.terms.objective_micros


def test_the_price_engine_finds_the_plan_and_certifies_its_bound() -> None:
    result = solve(switching_problem(), SolveParams(engine="price", work_limit=250_000, thread_count=1))
    assert result.terms.objective_micros == OPTIMUM_MICROS
    checked = verify_with_bound(exact(switching_problem()), result)
    assert checked.violations == ()
    assert checked.bound_micros is not None
    assert OPTIMUM_MICROS <= checked.bound_micros <= 1.2 * OPTIMUM_MICROS


def test_the_report_draws_when_halls_are_on(switched: Result) -> None:
    page = render_report(switching_problem(), switched)
    assert "Halls on and off" in page
    assert "When the halls of loughton are on" in page
    assert "south on from " in page
    assert "1 time on; standby costs £" in page
    assert "Halls on and off" not in render_report(always_on(switching_problem()), solve(always_on(switching_problem())))
