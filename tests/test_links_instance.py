"""The shipped instance with links: its optimum, that each link changes the plan, and what is said of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from examples.links import WORKED_ON, links_problem, with_wide_links, without_archive, without_work_on_the_line
from optimizer.changes.difference import difference, side_of_file
from optimizer.cli.console import Console
from optimizer.cli.main import main
from optimizer.cli.plan_text import print_result
from optimizer.exact.problem import exact
from optimizer.explain.limit_change import LimitChange, changed
from optimizer.io.best_known import read_best_known
from optimizer.io.files import read_problem, write_plan
from optimizer.limits import LimitKind
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem
from optimizer.report import render_report
from optimizer.solution import Assignment, Result, Termination, TerminationReason, UnplacedReason
from optimizer.verify.bound import verify_with_bound
from optimizer.verify.plan import verify
from optimizer.verify.rules import Rule
from tests.conformance.link_problems import LINK_BY_SLOT

FOLDER = Path(__file__).parents[1] / "instances" / "links"
NORTH = read_problem(FOLDER / "north.json")
BEST_MICROS = read_best_known(FOLDER)["north.json"].objective_micros
LINK = "loughton -> kvandal"


def best(problem: Problem, engine: str = "highs") -> Result:
    result = solve(problem, SolveParams(engine=engine, time_limit_seconds=120, thread_count=1))
    assert result.termination.reason is TerminationReason.OPTIMAL
    return result


@pytest.fixture(scope="module")
def north() -> Result:
    return best(NORTH)


def test_the_file_is_what_the_example_makes() -> None:
    assert links_problem() == NORTH


@pytest.mark.parametrize("engine", ["cp_sat", "auto"])
def test_the_known_optimum_is_proved(engine: str, north: Result) -> None:
    assert north.terms.objective_micros == best(NORTH, engine).terms.objective_micros == BEST_MICROS


@pytest.mark.parametrize("freed", [without_work_on_the_line, with_wide_links])
def test_with_more_of_the_link_more_is_placed_and_that_plan_breaks_it(
    freed: Callable[[Problem], Problem], north: Result
) -> None:
    free = best(freed(NORTH))
    assert len(free.placements) > len(north.placements)
    checked = verify(exact(NORTH), [placement.assignment for placement in free.placements])
    assert {violation.rule for violation in checked.violations} == {Rule.LIMIT_EXCEEDED}
    assert {violation.element for violation in checked.violations} == {LINK}


def test_the_dearer_link_places_a_job_more(north: Result) -> None:
    assert len(best(without_archive(NORTH)).placements) == len(north.placements) - 1
    assert {p.job: p.data_from for p in north.placements if p.data_from} == {"speech": "archive"}


def test_nothing_moves_while_the_line_is_worked_on(north: Result) -> None:
    (usage,) = (usage for usage in north.usages if usage.element == LINK)
    assert {usage.used[slot] for slot in WORKED_ON} == {0}
    assert max(usage.used) == max(usage.capacity) == 9_000_000


def test_what_keeps_a_job_out_is_the_link_and_who_takes_it(north: Result) -> None:
    genomes = next(entry for entry in north.unplaced if entry.job == "genomes")
    assert genomes.reason is UnplacedReason.CAPACITY_TAKEN
    assert genomes.shortfall is not None
    assert (genomes.shortfall.limit, genomes.shortfall.element) == (LimitKind.LINK, LINK)
    assert genomes.blocking_jobs == ("climate",)
    assert LINK in {limit.element for limit in north.binding_limits}


def test_more_of_the_link_is_worth_something_and_its_price_holds() -> None:
    priced = solve(NORTH, SolveParams(engine="price", work_limit=2_000, thread_count=1))
    assert verify_with_bound(exact(NORTH), priced).violations == ()
    (price,) = (price for price in priced.shadow_prices if price.element == LINK)
    assert price.unit == "GB/h"
    assert max(price.price_micros) > 0
    more = LimitChange(kind=LimitKind.LINK, element=LINK, amount=9_000_000, first_slot=8, last_slot=10)
    moved = changed(NORTH, more)
    assert moved.links[1:] == NORTH.links[1:]
    assert set(moved.links[0].capacity_gb_per_hour) == {9_000.0}
    assert best(moved).terms.objective_micros > BEST_MICROS


def test_report_and_terminal_show_the_links(north: Result) -> None:
    page = render_report(NORTH, north)
    assert "Data on its way" in page
    assert "Use of the link loughton -&gt; kvandal" in page
    assert "45,000 GB from archive in 10 slots before" in page
    stream = io.StringIO()
    print_result(NORTH, north, Console(stream))
    said = stream.getvalue()
    assert "Data on its way" in said
    assert "link loughton -> kvandal: 9 TB/h of 9 TB/h at most" in said


def test_explain_says_what_data_comes_before_a_run(north: Result, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_plan(north, tmp_path / "plan.json")
    assert main(["explain", str(FOLDER / "north.json"), str(tmp_path / "plan.json"), "speech"]) == 0
    assert "45,000 GB from archive to kvandal, Tue 3 Oct 04:00 to 14:00" in capsys.readouterr().out


def test_another_way_of_the_same_run_is_told() -> None:
    instance = LINK_BY_SLOT
    before, after = (
        Result(
            engine="test",
            placements=verify(exact(instance), [plan]).placements,
            termination=Termination(reason=TerminationReason.FEASIBLE),
        )
        for plan in (
            Assignment(job="d", mode="H100x8", pool="q", start_slot=1),
            Assignment(job="d", mode="H100x8", pool="q", start_slot=1, data_from="u"),
        )
    )
    (change,) = difference(side_of_file(before), side_of_file(after), "GBP").changes
    assert change.message.startswith("d runs as before on q with its data from u: pays 1.60")
