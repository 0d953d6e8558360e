"""Proposed plans: slots or moments, in one piece or several; everything wrong with one is said at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from loadstone.v1 import placement_service_pb2 as service_pb2

from optimizer.errors import InvalidProblemError
from optimizer.problem import TimeGrid
from optimizer.solution import Assignment, Segment
from server.proposals import assignment_to_proto, assignments_from_proto, hints_from_proto

START = datetime(2026, 1, 1, tzinfo=UTC)
GRID = TimeGrid(start_time=START, slot_count=24)
IN_PIECES = Assignment(
    job="a",
    mode="m",
    pool="p",
    start_slot=2,
    segments=(
        Segment(mode="m", pool="p", start_slot=2, end_slot=4),
        Segment(mode="n", pool="p", start_slot=6, end_slot=9),
    ),
)


def _violations(error: pytest.ExceptionInfo[InvalidProblemError]) -> list[tuple[str, str]]:
    return sorted((violation.path, violation.reason) for violation in error.value.violations)


def _proposed(start: datetime | int | None, job: str = "a") -> service_pb2.ProposedAssignment:
    message = service_pb2.ProposedAssignment(job=job, mode="m", pool="p")
    if isinstance(start, int):
        message.start_slot = start
    elif start is not None:
        message.start_time.FromDatetime(start)
    return message


@pytest.mark.parametrize(
    ("start", "slot"), [(0, 0), (7, 7), (START, 0), (START + timedelta(hours=5), 5), (START - timedelta(hours=1), -1)]
)
def test_a_plan_names_a_slot_or_its_start(start: datetime | int, slot: int) -> None:
    expected = (Assignment(job="a", mode="m", pool="p", start_slot=slot),)
    assert assignments_from_proto([_proposed(start)], GRID) == expected
    assert hints_from_proto([_proposed(start)], GRID) == expected


def test_a_plan_to_check_starts_on_slots_and_a_hint_need_not() -> None:
    within = START + timedelta(minutes=61)
    with pytest.raises(InvalidProblemError) as caught:
        assignments_from_proto([_proposed(0), _proposed(within)], GRID)
    assert _violations(caught) == [("assignments[1].start_time", "INCONSISTENT")]
    assert hints_from_proto([_proposed(within)], GRID)[0].start_slot == 1


def test_everything_wrong_with_a_plan_is_said_at_once() -> None:
    out_of_range = service_pb2.ProposedAssignment(job="a", mode="m", pool="p", start_time=Timestamp(seconds=2**62))
    with pytest.raises(InvalidProblemError) as caught:
        hints_from_proto([_proposed(None), service_pb2.ProposedAssignment(job="b", start_slot=0), out_of_range], GRID)
    assert _violations(caught) == [
        ("initial_assignments[0].start_time", "MISSING_FIELD"),
        ("initial_assignments[1].mode", "MISSING_FIELD"),
        ("initial_assignments[1].pool", "MISSING_FIELD"),
        ("initial_assignments[2].start_time", "OUT_OF_RANGE"),
    ]


def test_a_run_in_pieces_comes_back_from_its_message() -> None:
    message = assignment_to_proto(IN_PIECES)
    assert assignments_from_proto([message], GRID) == hints_from_proto([message], GRID) == (IN_PIECES,)


def test_pieces_may_be_stated_by_moments_and_say_where_the_run_begins() -> None:
    message = service_pb2.ProposedAssignment(job="a")
    for mode, first, end in (("m", 2, 4), ("n", 6, 9)):
        segment = message.segments.add(mode=mode, pool="p")
        segment.start_time.FromDatetime(START + timedelta(hours=first))
        segment.end_time.FromDatetime(START + timedelta(hours=end))
    assert assignments_from_proto([message], GRID) == (IN_PIECES,)
    message.start_slot = 3  # what is stated is kept: verification refuses it
    assert assignments_from_proto([message], GRID)[0].start_slot == 3


def test_everything_wrong_with_pieces_is_said_at_once() -> None:
    message = service_pb2.ProposedAssignment()
    message.segments.add(pool="p", start_slot=1, end_slot=2)
    message.segments.add(mode="m", pool="p", start_slot=3).end_time.FromDatetime(START + timedelta(minutes=300, seconds=1))
    message.segments.add(mode="m", pool="p", start_slot=7)
    with pytest.raises(InvalidProblemError) as caught:
        assignments_from_proto([message], GRID)
    assert _violations(caught) == [
        ("assignments[0].job", "MISSING_FIELD"),
        ("assignments[0].segments[0].mode", "MISSING_FIELD"),
        ("assignments[0].segments[1].end_time", "INCONSISTENT"),
        ("assignments[0].segments[2].end_time", "MISSING_FIELD"),
    ]
