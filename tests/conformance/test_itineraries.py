"""What each problem of ``itinerary_problems`` is for: the best plan runs in pieces where that pays, and only there."""

from __future__ import annotations

import pytest

from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.solution import Segment
from tests.conformance.itinerary_problems import PROBLEMS


def pieces_of(name: str) -> dict[str, tuple[Segment, ...]]:
    result = solve(PROBLEMS[name], SolveParams(engine="highs", thread_count=1))
    return {placement.job: placement.segments for placement in result.placements}


def spans_of(name: str, job: str) -> list[tuple[int, int]]:
    return [(segment.start_slot, segment.end_slot) for segment in pieces_of(name)[job]]


@pytest.mark.parametrize(
    ("name", "job", "spans"),
    [
        ("pause_at_a_peak", "a", [(0, 1), (2, 4)]),
        ("pause_costs_more_than_it_saves", "a", []),
        ("pause_while_curtailed", "a", [(0, 1), (2, 3)]),
        ("one_pause_of_the_two_that_would_pay", "b", [(0, 1), (2, 3), (4, 5)]),
        ("mandatory_in_pieces_only", "must", [(0, 1), (2, 3)]),
        ("goes_on_and_pauses", "runs", [(0, 1), (3, 4)]),
        ("change_costs_too_much", "a", []),
    ],
)
def test_pieces_lie_where_they_pay(name: str, job: str, spans: list[tuple[int, int]]) -> None:
    assert spans_of(name, job) == spans


def test_fewer_pauses_make_the_dearer_plan() -> None:
    assert len(spans_of("one_pause_of_the_two_that_would_pay", "a")) in (0, 2)


def test_a_job_goes_on_at_the_other_site() -> None:
    pieces = pieces_of("resume_elsewhere")
    assert [(piece.pool, piece.start_slot) for piece in pieces["a"]] == [("p", 0), ("q", 2)]
    assert {piece.pool for piece in pieces["stays"]} == {"p"}
    assert "too big to come in time" not in pieces


def test_a_job_widens_once_nodes_are_free() -> None:
    pieces = pieces_of("wider_when_nodes_free_up")["a"]
    assert [piece.mode for piece in pieces] == ["H100x8", "H100x16"]
    assert pieces[1].start_slot == pieces[0].end_slot == 2


def test_the_power_is_capped_while_the_hour_is_dear() -> None:
    pieces = pieces_of("power_cap_in_the_dear_hour")["a"]
    assert any("400W" in piece.mode and piece.start_slot <= 1 < piece.end_slot for piece in pieces)


def test_a_job_pauses_and_changes_at_once() -> None:
    pieces = pieces_of("pause_and_change")["a"]
    assert len(pieces) == 2
    assert pieces[0].mode != pieces[1].mode
