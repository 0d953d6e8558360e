"""The wire's messages and the domain's dataclasses agree field by field, and every value survives the way there and back."""

from __future__ import annotations

import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from hypothesis import given
from hypothesis import strategies as st
from loadstone.v1 import placement_service_pb2 as service_pb2
from loadstone.v1 import problem_pb2, solution_pb2

from optimizer import certificates, problem, solution
from optimizer.admission import Admission, AdmissionPolicy, BookOpened
from optimizer.changes.change import Difference
from optimizer.engines.base import Capability
from optimizer.errors import InvalidProblemError
from optimizer.explain.sensitivity import LimitEffects
from optimizer.io.document import enum_prefix
from optimizer.io.schema import Field, Kind, schema_of
from optimizer.monitor import Progress
from optimizer.params import SolveParams
from optimizer.problem import Problem
from optimizer.solution import Assignment, CostBreakdown, Result
from optimizer.verify.plan import Rule, RuleViolation, Verification
from server.mapping import from_proto, to_proto
from tests.io.strategies import domain, reached
from tests.profiles import examples

#: Where a dataclass and its message have different names.
MESSAGE_NAMES = {
    SolveParams: "SolveParameters",
    Verification: "CheckPlacementResponse",
    Difference: "DiffPlacementsResponse",
    LimitEffects: "EvaluateLimitChangeResponse",
}

INTEGERS = {FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_INT64}
SCALARS = {
    Kind.STR: {FieldDescriptor.TYPE_STRING},
    Kind.INT: INTEGERS,
    Kind.FLOAT: {FieldDescriptor.TYPE_DOUBLE},
    Kind.BOOL: {FieldDescriptor.TYPE_BOOL},
}
WELL_KNOWN = {Kind.DATETIME: "google.protobuf.Timestamp", Kind.TIMEDELTA: "google.protobuf.Duration"}


def _message(cls: type) -> Descriptor:
    name = MESSAGE_NAMES.get(cls, cls.__name__)
    found = [m.DESCRIPTOR.message_types_by_name.get(name) for m in (problem_pb2, solution_pb2, service_pb2)]
    (descriptor,) = [descriptor for descriptor in found if descriptor is not None]
    return descriptor


DATACLASSES = reached(Problem, Result, SolveParams, Verification, Progress, Difference, LimitEffects, Admission, BookOpened)
FIELDS = [
    pytest.param(field, _message(cls).fields_by_name.get(field.name), id=f"{cls.__name__}.{field.name}")
    for cls in DATACLASSES
    for field in schema_of(cls).fields
]
STATED = {f.type for cls in DATACLASSES for f in schema_of(cls).fields if f.kind is Kind.ENUM}
ENUMS = sorted(STATED | {Capability, AdmissionPolicy}, key=str)


@pytest.mark.parametrize("cls", DATACLASSES, ids=lambda cls: cls.__name__)
def test_a_message_has_the_fields_of_its_dataclass(cls: type) -> None:
    descriptor = _message(cls)
    assert {field.name for field in descriptor.fields} == {field.name for field in schema_of(cls).fields}


@pytest.mark.parametrize(("field", "wire"), FIELDS)
def test_a_field_has_the_type_of_its_dataclass(field: Field, wire: FieldDescriptor) -> None:
    assert wire.is_repeated == field.repeated
    assert wire.json_name == field.json_name
    match field.kind:
        case Kind.MESSAGE:
            assert wire.message_type is _message(field.type)
        case Kind.ENUM:
            assert wire.enum_type.name == field.type.__name__
        case Kind.DATETIME | Kind.TIMEDELTA:
            assert wire.message_type.full_name == WELL_KNOWN[field.kind]
        case _:
            assert wire.type in SCALARS[field.kind]


@pytest.mark.parametrize(("field", "wire"), FIELDS)
def test_a_scalar_has_presence_unless_its_zero_is_its_default(field: Field, wire: FieldDescriptor) -> None:
    if field.kind in SCALARS and not field.repeated:
        assert wire.has_presence == (not field.zero_means_unset)


@pytest.mark.parametrize("cls", ENUMS, ids=lambda cls: cls.__name__)
def test_an_enum_has_the_members_of_its_class_after_a_zero_that_never_acts(cls: type) -> None:
    enums = {**problem_pb2.DESCRIPTOR.enum_types_by_name, **solution_pb2.DESCRIPTOR.enum_types_by_name}
    descriptor: EnumDescriptor = {**enums, **service_pb2.DESCRIPTOR.enum_types_by_name}[cls.__name__]
    prefix = enum_prefix(cls)
    assert [value.name for value in descriptor.values] == [
        f"{prefix}UNSPECIFIED",
        *(f"{prefix}{member.name}" for member in cls),
    ]
    assert [value.number for value in descriptor.values] == list(range(len(cls) + 1))


def test_every_message_of_the_problem_and_the_solution_has_a_dataclass() -> None:
    names = {_message(cls).name for cls in DATACLASSES}
    for module in (problem_pb2, solution_pb2):
        assert set(module.DESCRIPTOR.message_types_by_name) <= names


def test_every_dataclass_of_the_problem_and_the_solution_is_on_the_wire() -> None:
    for module in (problem, solution, certificates):
        defined = {cls for cls in vars(module).values() if isinstance(cls, type) and cls.__module__ == module.__name__}
        records = {cls for cls in defined if hasattr(cls, "__dataclass_fields__") or hasattr(cls, "_fields")}
        assert records <= set(DATACLASSES)


@pytest.mark.parametrize("cls", [cls for cls in DATACLASSES if cls is not SolveParams], ids=lambda cls: cls.__name__)
@examples(40)
@given(st.data())
def test_every_value_survives_the_wire(cls: type, data: st.DataObject) -> None:
    value = data.draw(domain(cls))
    new_message = message_factory.GetMessageClass(_message(cls))
    message = new_message.FromString(to_proto(value, new_message()).SerializeToString())
    assert from_proto(cls, message) == value
    assert to_proto(from_proto(cls, message), new_message()) == message


def test_a_check_answers_with_what_follows_from_its_parts() -> None:
    verification = Verification(violations=(), placements=(), terms=CostBreakdown(value_micros=7), usages=())
    message = to_proto(verification, service_pb2.CheckPlacementResponse())
    assert (message.feasible, message.objective_micros) == (True, 7)


def test_what_has_its_default_is_not_sent() -> None:
    message = to_proto(problem.Job(name="a", modes=(problem.Mode(duration=problem.ONE_HOUR),)), problem_pb2.Job())
    assert [wire.name for wire, _ in message.ListFields()] == ["name", "modes"]
    assert [wire.name for wire, _ in message.modes[0].ListFields()] == ["duration"]


def test_an_explicit_zero_is_sent_where_unset_means_something_else() -> None:
    message = to_proto(problem.Quota(gpu_count=0), problem_pb2.Quota())
    assert message.HasField("gpu_count")
    job = to_proto(problem.Job(name="a", value=0.0), problem_pb2.Job())
    assert job.HasField("value")
    assert from_proto(problem.Job, job).value == 0.0
    zero_domain = problem_pb2.GpuPool(name="p", gpu_model="m", gpus_per_node=0, nodes_per_domain=0)
    assert from_proto(problem.GpuPool, zero_domain).nodes_per_domain == 0


def test_a_message_that_is_set_but_empty_is_not_unset() -> None:
    hall = to_proto(problem.Hall(name="h", commitment=problem.Commitment()), problem_pb2.Hall())
    assert hall.HasField("commitment")
    assert from_proto(problem.Hall, hall).commitment == problem.Commitment()


def test_the_start_of_1970_is_a_time_and_not_unset() -> None:
    job = problem.Job(name="a", due_time=from_proto(problem.TimeGrid, _grid(0)).start_time)
    assert to_proto(job, problem_pb2.Job()).HasField("due_time")


def _grid(seconds: int) -> problem_pb2.TimeGrid:
    grid = problem_pb2.TimeGrid(slot_count=1)
    grid.start_time.seconds = seconds
    grid.start_time.SetInParent()
    return grid


@pytest.mark.parametrize(
    ("value", "path", "reason"),
    [
        (problem.Quota(gpu_count=2**31), "gpu_count", "WRONG_TYPE"),
        (problem.Resource(name="r", capacity=(2**63,)), "capacity", "WRONG_TYPE"),
        (problem.Job(name="\ud800"), "name", "WRONG_TYPE"),
        (problem.Job(name=None), "name", "WRONG_TYPE"),  # type: ignore[arg-type]
        (problem.Problem(time_grid=None), "time_grid", "WRONG_TYPE"),  # type: ignore[arg-type]
        (problem.Job(name="a", value="ten"), "value", "WRONG_TYPE"),  # type: ignore[arg-type]
        (problem.Group(name="g", kind="OTHER", jobs=()), "kind", "WRONG_TYPE"),  # type: ignore[arg-type]
        (problem.Precedence(predecessor="a", successor="b", lag=problem.timedelta.max), "lag", "OUT_OF_RANGE"),
        (problem.TimeGrid(start_time=problem.datetime(2026, 1, 1), slot_count=1), "start_time", "NAIVE_DATETIME"),
    ],
)
def test_what_has_no_wire_form_is_a_violation(value: object, path: str, reason: str) -> None:
    message = getattr(problem_pb2, type(value).__name__)()
    with pytest.raises(InvalidProblemError) as caught:
        to_proto(value, message)
    assert [(v.path, v.reason) for v in caught.value.violations] == [(path, reason)]


def test_an_assignment_keeps_slot_zero() -> None:
    message = to_proto(Assignment(job="a", mode="m", pool="p", start_slot=0), solution_pb2.Assignment())
    assert from_proto(Assignment, message).start_slot == 0


def test_a_rule_violation_keeps_slot_zero_and_no_slot_apart() -> None:
    for slot in (0, None):
        violation = RuleViolation(rule=Rule.LIMIT_EXCEEDED, message="too much", slot=slot)
        assert from_proto(RuleViolation, to_proto(violation, service_pb2.RuleViolation())) == violation
