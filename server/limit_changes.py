"""Changes of a limit as callers state them: an amount in the field of its unit, slots or moments; to the domain and back."""

from __future__ import annotations

from dataclasses import replace

from loadstone.v1 import placement_service_pb2 as service_pb2
from loadstone.v1 import solution_pb2

from optimizer.errors import InvalidProblemError, Violation
from optimizer.explain.limit_change import LimitChange
from optimizer.io.schema import Reason, prefix_paths
from optimizer.io.wire_time import TimeFormatError, timestamp_from_parts
from optimizer.limits import LimitKind
from optimizer.problem import TimeGrid
from server.mapping import enum_numbers
from server.proposals import exact_slot

#: The field that states an amount in each unit.
AMOUNT_FIELDS = {
    "W": "power_w",
    "Wh": "energy_wh",
    "mg": "carbon_mg",
    "nodes": "node_count",
    "GPUs": "gpu_count",
    "units": "unit_count",
    "jobs": "job_count",
    "GPU-slots": "gpu_slots",
    "MB/h": "mb_per_hour",
}
_NUMBERS = enum_numbers(LimitKind, solution_pb2.DESCRIPTOR.enum_types_by_name["LimitKind"])
_KINDS = {number: LimitKind(kind) for kind, number in _NUMBERS.items()}
#: What the fields of a change are called where a caller has a choice of them.
_CHOICES = {"change.amount": "amount", "change.first_slot": "start", "change.last_slot": "end"}


def change_from_proto(message: service_pb2.ProposedLimitChange, grid: TimeGrid) -> LimitChange:
    """The change that is asked for; slots left out are those of the whole horizon.

    Raises:
        InvalidProblemError: with every field of it that is missing, of another unit, or no slot's.
    """
    errors: list[Violation] = []
    kind = _KINDS.get(message.kind)
    if kind is None:
        reason = Reason.UNKNOWN_VALUE if message.kind else Reason.MISSING_FIELD
        errors.append(Violation("kind", reason, f"a change needs a kind of limit (one of {', '.join(LimitKind)})"))
    if not message.HasField("element"):
        errors.append(Violation("element", Reason.MISSING_FIELD, "a change needs the element that the limit belongs to"))
    amount = 0 if kind is None else _amount(message, kind, errors)
    first = _slot(message, "start", "first_slot", 0, grid, errors)
    end = _slot(message, "end", "last_slot", grid.slot_count - 1, grid, errors)
    if errors or kind is None:
        prefix_paths(errors, 0, "change")
        raise InvalidProblemError(errors)
    last = end - 1 if message.HasField("end_time") else end
    return LimitChange(kind=kind, element=message.element, amount=amount, first_slot=first, last_slot=last)


def change_to_proto(change: LimitChange) -> service_pb2.ProposedLimitChange:
    """By slots; what ``change_from_proto`` reads back."""
    message = service_pb2.ProposedLimitChange(
        kind=solution_pb2.LimitKind.Name(_NUMBERS[change.kind]),
        element=change.element,
        first_slot=change.first_slot,
        last_slot=change.last_slot,
    )
    setattr(message, AMOUNT_FIELDS[change.unit], change.amount)
    return message


def as_stated(violation: Violation, message: service_pb2.ProposedLimitChange) -> Violation:
    """``violation`` of a change at the field in which ``message`` states what is wrong."""
    choice = _CHOICES.get(violation.path)
    given = message.WhichOneof(choice) if choice else None
    return replace(violation, path=f"change.{given}") if given else violation


def _amount(message: service_pb2.ProposedLimitChange, kind: LimitKind, errors: list[Violation]) -> int:
    given, meant = message.WhichOneof("amount"), AMOUNT_FIELDS[kind.unit]
    if given == meant:
        return int(getattr(message, given))
    reason = Reason.INCONSISTENT if given else Reason.MISSING_FIELD
    errors.append(Violation(given or meant, reason, f"{kind} is counted in {kind.unit}; the change needs {meant}"))
    return 0


def _slot(
    message: service_pb2.ProposedLimitChange,
    choice: str,
    slot_field: str,
    default: int,
    grid: TimeGrid,
    errors: list[Violation],
) -> int:
    """The slot that ``choice`` (start or end) states as a slot or a time; where it is no slot's, ``errors`` grows."""
    given = message.WhichOneof(choice)
    if given is None:
        return default
    stated = getattr(message, given)
    if given == slot_field:
        return int(stated)
    try:
        return exact_slot(timestamp_from_parts(stated.seconds, stated.nanos), grid)
    except TimeFormatError as error:
        errors.append(Violation(given, error.reason, str(error)))
        return default
