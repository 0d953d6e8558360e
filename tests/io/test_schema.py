from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest

from optimizer.io.schema import Kind, did_you_mean, join_path, schema_of
from optimizer.params import SolveParams
from optimizer.problem import AllocationGranularity, Commitment, GpuPool, Hall, Job, TimeGrid
from optimizer.solution import CostBreakdown, LimitUsage, Placement, Result, Termination


def _field(cls: type, name: str):
    return next(field for field in schema_of(cls).fields if field.name == name)


@pytest.mark.parametrize(
    ("cls", "name", "kind", "element", "repeated", "optional", "required", "default"),
    [
        (Job, "name", Kind.STR, str, False, False, True, None),
        (Job, "tenant", Kind.STR, str, False, False, False, ""),
        (Job, "value", Kind.FLOAT, float, False, True, False, None),
        (Job, "due_time", Kind.DATETIME, datetime, False, True, False, None),
        (Job, "priority_tier", Kind.INT, int, False, True, False, None),
        (TimeGrid, "slot_duration", Kind.TIMEDELTA, timedelta, False, False, False, timedelta(hours=1)),
        (GpuPool, "node_count", Kind.INT, int, True, False, False, ()),
        (GpuPool, "nodes_per_domain", Kind.INT, int, False, False, False, 1),
        (Hall, "it_power_limit_kw", Kind.FLOAT, float, True, False, False, ()),
        (Hall, "commitment", Kind.MESSAGE, Commitment, False, True, False, None),
        (Commitment, "initially_on", Kind.BOOL, bool, False, False, False, False),
        (Placement, "terms", Kind.MESSAGE, CostBreakdown, False, False, True, None),
        (Result, "terms", Kind.MESSAGE, CostBreakdown, False, False, False, CostBreakdown()),
    ],
)
def test_a_field_is_what_the_dataclass_says(cls, name, kind, element, repeated, optional, required, default) -> None:
    field = _field(cls, name)
    assert (field.kind, field.type, field.repeated, field.optional) == (kind, element, repeated, optional)
    assert (field.required, field.default) == (required, default)


def test_an_enum_field_knows_its_members_and_default() -> None:
    field = _field(GpuPool, "allocation_granularity")
    assert (field.kind, field.type, field.default) == (Kind.ENUM, AllocationGranularity, AllocationGranularity.NODE)


def test_only_the_properties_of_the_wire_are_derived() -> None:
    assert schema_of(CostBreakdown).derived == {"objective_micros"}
    assert schema_of(Termination).derived == {"relative_gap"}
    assert schema_of(LimitUsage).derived == frozenset()
    assert schema_of(Placement).derived == frozenset()


def test_a_zero_is_unset_only_where_that_is_the_default() -> None:
    assert _field(SolveParams, "relative_gap").zero_means_unset
    assert not _field(SolveParams, "engine").zero_means_unset
    assert not _field(SolveParams, "thread_count").zero_means_unset
    assert not _field(GpuPool, "gpus_per_node").zero_means_unset
    assert not _field(GpuPool, "nodes_per_domain").zero_means_unset


def test_json_names_are_those_of_protobuf() -> None:
    assert _field(GpuPool, "node_count").json_name == "nodeCount"
    assert _field(GpuPool, "name").json_name == "name"


@pytest.mark.parametrize("hint", [dict[str, int], tuple[int, int], int | str | None, complex, list[int], object])
def test_a_type_the_table_does_not_know_is_an_error(hint: object) -> None:
    @dataclass
    class Odd:
        thing: int

    Odd.__annotations__["thing"] = hint
    with pytest.raises(TypeError, match=r"Odd\.thing"):
        schema_of(Odd)


def test_what_may_be_none_is_so_by_default() -> None:
    @dataclass
    class Odd:
        thing: int | None

    with pytest.raises(TypeError, match=r"Odd\.thing"):
        schema_of(Odd)


def test_a_named_tuple_has_a_table_as_a_dataclass_has() -> None:
    class Point(NamedTuple):
        x: int
        label: str = "here"

    x, label = schema_of(Point).fields
    assert (x.kind, x.required, label.kind, label.required, label.default) == (Kind.INT, True, Kind.STR, False, "here")


def test_only_dataclasses_have_a_table() -> None:
    with pytest.raises(TypeError, match="not a dataclass"):
        schema_of(int)


@pytest.mark.parametrize(
    ("prefix", "path", "joined"),
    [("sites", "[0]", "sites[0]"), ("sites[0]", "name", "sites[0].name"), ("", "name", "name"), ("job", "", "job")],
)
def test_paths_join(prefix: str, path: str, joined: str) -> None:
    assert join_path(prefix, path) == joined


def test_did_you_mean_names_the_nearest_and_only_a_near_one() -> None:
    assert did_you_mean("node_cout", ["node_count", "name"]) == "; did you mean 'node_count'?"
    assert did_you_mean("zebra", ["node_count", "name"]) == ""
