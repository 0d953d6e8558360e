"""Runs in pieces in the report and in the terminal: a bar and a row a piece, gaps where a run pauses, loads that agree."""

from __future__ import annotations

import io
import re

import pytest

from optimizer.cli.console import Console
from optimizer.cli.plan_text import print_result
from optimizer.limits import LimitKind
from optimizer.problem import Elasticity, Preemption, Problem
from optimizer.report.figures import site_figures
from optimizer.report.parts import parts_of
from optimizer.report.tables import costs_table, placements_table
from optimizer.report.timeline import timeline
from optimizer.report.words import breaks
from optimizer.solution import Assignment, Result, Segment
from tests.fleet import hall, job, mode, pool, problem, site
from tests.report.samples import checked_result


def segments(*parts: tuple[int, str, int, int]) -> tuple[Segment, ...]:
    return tuple(
        Segment(mode=f"H100x{width}", pool=place, start_slot=first, end_slot=end) for width, place, first, end in parts
    )


PIECES = segments((8, "a", 0, 2), (16, "a", 2, 3), (16, "b", 8, 9))


@pytest.fixture(scope="module")
def plan() -> tuple[Problem, Result]:
    instance = problem(
        job(
            "cut",
            mode(8, 8, 10.0),
            mode(16, 4, 21.0),
            preemption=Preemption(max_pause_count=1, may_resume_elsewhere=True, resume_cost=3.0),
            elasticity=Elasticity(max_change_count=1, change_cost=1.0, work_step_count=8),
        ),
        job("whole", mode(8, 3)),
        sites=(site("south", hall("h", pool("a"))), site("north", hall("k", pool("b")), region_code="NO")),
        slot_count=12,
    )
    pieces = segments((8, "a", 0, 4), (16, "a", 4, 5), (16, "b", 8, 9))
    chosen = [
        Assignment(job="cut", mode="H100x8", pool="a", start_slot=0, segments=pieces),
        Assignment(job="whole", mode="H100x8", pool="a", start_slot=5),
    ]
    return instance, checked_result(instance, chosen)


def test_breaks_in_words() -> None:
    grid = problem().time_grid
    assert breaks(grid, PIECES) == "1 pause (5 h), 1 change of mode"
    assert breaks(grid, segments((8, "a", 0, 1), (8, "a", 3, 4), (8, "a", 6, 7))) == "2 pauses (4 h)"
    assert breaks(grid, segments((8, "a", 0, 1), (16, "a", 1, 2), (8, "a", 2, 3))) == "2 changes of mode"
    assert breaks(grid, ()) == ""


def test_parts_have_the_place_and_width_of_their_piece(plan: tuple[Problem, Result]) -> None:
    parts = [p for p in parts_of(plan[0], plan[1].placements) if p.job == "cut"]
    assert [(p.pool, p.site, p.hall) for p in parts] == [("a", "south", "h"), ("a", "south", "h"), ("b", "north", "k")]
    assert [(p.start_slot, p.end_slot, p.node_count, p.it_power_w) for p in parts] == [
        (0, 4, 1, 10_000),
        (4, 5, 2, 21_000),
        (8, 9, 2, 21_000),
    ]


def test_loads_by_pool_and_power_are_those_of_verification(plan: tuple[Problem, Result]) -> None:
    figures = site_figures(*plan)
    used = {u.element: u.used for u in plan[1].usages if u.kind == LimitKind.POOL_NODES}
    assert {pool.pool.name: pool.nodes_used for s in figures for pool in s.pools} == used
    assert figures[0].power.used_w == (10_000,) * 4 + (21_000,) + (10_000,) * 3 + (0,) * 4
    assert [s.gpu_hours for s in figures] == [8 * 4 + 16 + 8 * 3, 16]
    assert [len(s.placements) for s in figures] == [2, 0]  # a run counts where it begins


def test_the_timeline_has_a_bar_a_piece(plan: tuple[Problem, Result]) -> None:
    figures = site_figures(*plan)
    drawn = [timeline(plan[0], 2).draw(s) for s in figures]
    assert [text.count('class="bar') for text in drawn] == [3, 1]
    assert "piece 1 of 3; the run has 1 pause (3 h), 1 change of mode" in drawn[0]
    assert "piece 3 of 3" in drawn[1]


def test_tables_name_the_breaks_and_list_the_pieces(plan: tuple[Problem, Result]) -> None:
    rows = placements_table(plan[0], plan[1].placements).split("<tr>")[2:]
    assert len(rows) == 5
    assert "1 pause (3 h), 1 change of mode" in "".join(rows)
    costs = costs_table("GBP", [], plan[1].terms)
    assert "Pauses" in costs
    assert "Mode changes" in costs


def test_the_terminal_shows_the_pieces(plan: tuple[Problem, Result]) -> None:
    stream = io.StringIO()
    print_result(*plan, Console(stream, stream))
    text = stream.getvalue()
    assert len(re.findall(r"^  cut ", text, re.MULTILINE)) == 4
    assert "cut runs in 3 pieces: 1 pause (3 h), 1 change of mode" in text
    assert re.search(r"^  Pauses +-£3\.000000$", text, re.MULTILINE)
