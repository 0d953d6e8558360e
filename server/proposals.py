"""Plans that callers propose, to check or to start from: names and moments to assignments, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from loadstone.v1 import placement_service_pb2 as service_pb2

from optimizer.errors import InvalidProblemError, Violation
from optimizer.io.schema import Reason, decode_repeated, prefix_paths
from optimizer.io.wire_time import TimeFormatError, timestamp_from_parts
from optimizer.problem import TimeGrid
from optimizer.solution import Assignment, Segment
from optimizer.units import slot_at_or_before

SlotOf = Callable[[datetime], int]


def assignments_from_proto(
    messages: Sequence[service_pb2.ProposedAssignment], grid: TimeGrid, path: str = "assignments"
) -> tuple[Assignment, ...]:
    """A plan to check. A moment is the start of a slot exactly; the slot may lie outside the horizon.

    Raises:
        InvalidProblemError: with every missing field and every moment that is no slot's.
    """
    return _assignments(messages, path, lambda time: exact_slot(time, grid))


def hints_from_proto(
    messages: Sequence[service_pb2.ProposedAssignment], grid: TimeGrid, path: str = "initial_assignments"
) -> tuple[Assignment, ...]:
    """A plan to start from. A moment within a slot is that slot's start: plans made on another grid still help.

    Raises:
        InvalidProblemError: with every missing field.
    """
    return _assignments(messages, path, lambda time: slot_at_or_before(time, grid.start_time, grid.slot_duration))


def assignment_to_proto(item: Assignment) -> service_pb2.ProposedAssignment:
    """By slots; what `assignments_from_proto` reads back."""
    return service_pb2.ProposedAssignment(
        job=item.job,
        mode=item.mode,
        pool=item.pool,
        start_slot=item.start_slot,
        segments=[
            service_pb2.ProposedSegment(mode=s.mode, pool=s.pool, start_slot=s.start_slot, end_slot=s.end_slot)
            for s in item.segments
        ],
        data_from=item.data_from,
    )


def _assignments(messages: Sequence[service_pb2.ProposedAssignment], path: str, slot_of: SlotOf) -> tuple[Assignment, ...]:
    def decode(message: service_pb2.ProposedAssignment, errors: list[Violation]) -> Assignment | None:
        return _assignment(message, slot_of, errors)

    errors: list[Violation] = []
    assignments: tuple[Assignment, ...] = decode_repeated(decode)(messages, errors)
    if errors:
        prefix_paths(errors, 0, path)
        raise InvalidProblemError(errors)
    return assignments


def _assignment(message: service_pb2.ProposedAssignment, slot_of: SlotOf, errors: list[Violation]) -> Assignment | None:
    """With segments, mode, pool and start may be left out; what is given must be theirs, which verification looks at."""
    first = len(errors)
    segments = _segments(message.segments, slot_of, errors)
    inferred = ("mode", "pool") if message.segments else ()
    names = _names(message, ("job", "mode", "pool"), "an assignment", errors, inferred)
    starts_with_first = bool(message.segments) and message.WhichOneof("start") is None
    start_slot = 0 if starts_with_first else _slot(message, "start", slot_of, "an assignment", errors)
    if len(errors) > first:
        return None
    if segments:
        names = {"mode": segments[0].mode, "pool": segments[0].pool, **names}
        start_slot = segments[0].start_slot if starts_with_first else start_slot
    return Assignment(**names, start_slot=start_slot, segments=segments, data_from=message.data_from)


def _segments(messages: Iterable[service_pb2.ProposedSegment], slot_of: SlotOf, errors: list[Violation]) -> tuple[Segment, ...]:
    def decode(message: service_pb2.ProposedSegment, errors: list[Violation]) -> Segment | None:
        before = len(errors)
        names = _names(message, ("mode", "pool"), "a segment", errors)
        start = _slot(message, "start", slot_of, "a segment", errors)
        end = _slot(message, "end", slot_of, "a segment", errors)
        return Segment(**names, start_slot=start, end_slot=end) if len(errors) == before else None

    first = len(errors)
    segments: tuple[Segment, ...] = decode_repeated(decode)(messages, errors)
    prefix_paths(errors, first, "segments")
    return segments


def _names(
    message: Any, names: Sequence[str], what: str, errors: list[Violation], optional: Sequence[str] = ()
) -> dict[str, str]:
    """The names that are given; one violation for each that is missing and not ``optional``."""
    errors.extend(
        Violation(name, Reason.MISSING_FIELD, f"{what} needs {name}")
        for name in names
        if name not in optional and not message.HasField(name)
    )
    return {name: getattr(message, name) for name in names if message.HasField(name)}


def _slot(message: Any, moment: str, slot_of: SlotOf, what: str, errors: list[Violation]) -> int:
    """The slot of the ``moment`` (start or end), stated as a slot or a time; where missing or wrong, ``errors`` grows."""
    given = message.WhichOneof(moment)
    if given == f"{moment}_slot":
        return int(getattr(message, given))
    if given is not None:
        time = getattr(message, given)
        try:
            return slot_of(timestamp_from_parts(time.seconds, time.nanos))
        except TimeFormatError as error:
            errors.append(Violation(given, error.reason, str(error)))
    else:
        errors.append(Violation(f"{moment}_time", Reason.MISSING_FIELD, f"{what} needs {moment}_time or {moment}_slot"))
    return 0


def exact_slot(time: datetime, grid: TimeGrid) -> int:
    """The slot that starts at ``time``, which may lie outside the horizon; raises TimeFormatError where none does."""
    slot = slot_at_or_before(time, grid.start_time, grid.slot_duration)
    if grid.start_time + slot * grid.slot_duration != time:
        raise TimeFormatError(Reason.INCONSISTENT, f"the time {time.isoformat()} is not the start of a slot")
    return slot
