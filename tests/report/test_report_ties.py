"""Order and groups in the report and in the terminal."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pytest

from optimizer.cli.console import Console
from optimizer.cli.plan_text import print_result
from optimizer.problem import Group, GroupKind, Precedence, Problem
from optimizer.report import render_report
from optimizer.report.ties import group_rows, order_rows
from optimizer.solution import Assignment, Result
from tests.fleet import hall, job, mode, pool, problem, site
from tests.report.samples import checked_result


@pytest.fixture(scope="module")
def plan() -> tuple[Problem, Result]:
    instance = replace(
        problem(
            *(job(name, mode(8, 1), value=50.0) for name in ("first", "second", "third <out>")),
            sites=(site("s", hall("h", pool("p", node_count=(2,)))),),
            slot_count=6,
        ),
        precedences=(
            Precedence(predecessor="second", successor="third <out>"),
            Precedence(predecessor="first", successor="second", lag=timedelta(minutes=90)),
        ),
        groups=(
            Group(name="pair", kind=GroupKind.SAME_HALL, jobs=("first", "second")),
            Group(name="gone", kind=GroupKind.SAME_SITE, jobs=("third <out>",)),
        ),
    )
    chosen = [Assignment(job=name, mode="H100x8", pool="p", start_slot=start) for name, start in (("first", 0), ("second", 4))]
    return instance, checked_result(instance, chosen)


def test_slack_counts_from_the_end_and_its_lag_in_whole_slots(plan: tuple[Problem, Result]) -> None:
    waits, out = order_rows(*plan)
    assert (waits[0], waits[2], waits[4:]) == ("second", "first", ("2", "1"))
    assert out[0] == "third <out>"
    assert (out[1], out[5]) == ("left out", "")


def test_groups_name_where_they_run(plan: tuple[Problem, Result]) -> None:
    assert group_rows(*plan) == [("pair", "one hall", "h at s", "2", "2"), ("gone", "one site", "nowhere", "0", "1")]


def test_the_page_and_the_terminal_have_both(plan: tuple[Problem, Result]) -> None:
    page = render_report(*plan)
    assert "Order and groups" in page
    assert "third &lt;out&gt;" in page
    assert "third <out>" not in page
    stream = io.StringIO()
    print_result(*plan, Console(stream, stream))
    assert "Waits for" in stream.getvalue()
    assert "one hall" in stream.getvalue()


def test_a_problem_without_ties_has_no_such_section(plan: tuple[Problem, Result]) -> None:
    free = replace(plan[0], precedences=(), groups=())
    assert "Order and groups" not in render_report(free, plan[1])
