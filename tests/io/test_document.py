from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from loadstone.v1 import problem_pb2, solution_pb2

from optimizer.errors import InvalidProblemError
from optimizer.io.document import (
    MAX_EXACT_JSON_INT,
    from_document,
    object_from_pairs,
    problem_from_document,
    problem_to_document,
    result_from_document,
    result_to_document,
    to_document,
)
from optimizer.problem import (
    AllocationGranularity,
    GpuPool,
    Group,
    GroupKind,
    Job,
    Mode,
    Problem,
    Quota,
    Resource,
    RunningPlacement,
    Site,
    TimeGrid,
)
from optimizer.solution import CostBreakdown, Result, Statistic, Termination, TerminationReason
from tests.io.strategies import domain, reached
from tests.profiles import examples

CLASSES = reached(Problem, Result)
GRID: dict[str, Any] = {"start_time": "2026-01-01T00:00:00Z", "slot_count": 24}
POOL: dict[str, Any] = {"name": "p", "gpu_model": "H100", "node_count": [4], "gpus_per_node": 8}


def _violations(document: object, cls: type = Problem) -> list[tuple[str, str]]:
    with pytest.raises(InvalidProblemError) as caught:
        from_document(cls, document)
    return [(violation.path, violation.reason) for violation in caught.value.violations]


def _message(document: object, cls: type = Problem) -> str:
    with pytest.raises(InvalidProblemError) as caught:
        from_document(cls, document)
    (violation,) = caught.value.violations
    return violation.message


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@examples(40)
@given(st.data())
def test_every_value_survives_its_document(cls: type, data: st.DataObject) -> None:
    value = data.draw(domain(cls))
    text = json.dumps(to_document(value), allow_nan=False)
    assert from_document(cls, json.loads(text, object_pairs_hook=object_from_pairs)) == value


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@examples(40)
@given(st.data())
def test_protobuf_reads_and_writes_the_same_value(cls: type, data: st.DataObject) -> None:
    value = data.draw(domain(cls))
    module = problem_pb2 if hasattr(problem_pb2, cls.__name__) else solution_pb2
    message = json_format.ParseDict(to_document(value), getattr(module, cls.__name__)())
    for snake_case in (False, True):
        theirs = json_format.MessageToJson(message, preserving_proto_field_name=snake_case)
        assert from_document(cls, json.loads(theirs)) == value


def test_a_result_is_written_and_read() -> None:
    result = Result(termination=Termination(reason=TerminationReason.INFEASIBLE), engine="greedy")
    document = {"termination": {"reason": "TERMINATION_REASON_INFEASIBLE"}, "engine": "greedy"}
    assert result_to_document(result) == document
    assert result_from_document(document) == result


def test_what_has_its_default_is_left_out() -> None:
    problem = problem_from_document({"time_grid": GRID, "jobs": [{"name": "a", "modes": [{"duration": "1s"}]}]})
    assert problem_to_document(problem) == {
        "time_grid": GRID,
        "jobs": [{"name": "a", "modes": [{"duration": "1s"}]}],
    }


def test_values_are_written_as_proto_json() -> None:
    start = datetime(2026, 7, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    problem = Problem(
        time_grid=TimeGrid(start_time=start, slot_duration=timedelta(minutes=15), slot_count=4),
        groups=(Group(name="g", kind=GroupKind.DIFFERENT_SITES, jobs=("a", "b")),),
        resources=(Resource(name="r", capacity=(2**53 - 1, 2**53)),),
        jobs=(Job(name="a", value=math.nan, running=RunningPlacement(pool="p", mode="m", movable=False)),),
    )
    assert problem_to_document(problem) == {
        "time_grid": {"start_time": "2026-07-01T00:00:00Z", "slot_duration": "900s", "slot_count": 4},
        "groups": [{"name": "g", "kind": "GROUP_KIND_DIFFERENT_SITES", "jobs": ["a", "b"]}],
        "resources": [{"name": "r", "capacity": [MAX_EXACT_JSON_INT, "9007199254740992"]}],
        "jobs": [{"name": "a", "value": "NaN", "running": {"pool": "p", "mode": "m", "movable": False}}],
    }


def test_an_explicit_zero_is_not_an_unset_field() -> None:
    assert to_document(Quota(gpu_count=0)) == {"gpu_count": 0}
    assert to_document(Job(name="a", value=0.0)) == {"name": "a", "value": 0.0}
    assert from_document(Job, {"name": "a", "value": 0}).value == 0.0
    assert from_document(Job, {"name": "a"}).value is None


def test_names_in_camel_case_are_read() -> None:
    pool = from_document(GpuPool, {"name": "p", "gpuModel": "B200", "nodeCount": [1], "gpusPerNode": 4})
    assert pool == GpuPool(name="p", gpu_model="B200", node_count=(1,), gpus_per_node=4)


def test_a_field_in_both_spellings_is_given_twice() -> None:
    assert _violations({**POOL, "nodeCount": [4]}, GpuPool) == [("node_count", "DUPLICATE_FIELD")]


@pytest.mark.parametrize("name", ["DOMAIN", "ALLOCATION_GRANULARITY_DOMAIN"])
def test_enums_are_read_by_short_and_full_name(name: str) -> None:
    pool = from_document(GpuPool, {**POOL, "allocation_granularity": name})
    assert pool.allocation_granularity is AllocationGranularity.DOMAIN


def test_an_unspecified_enum_is_unset() -> None:
    pool = from_document(GpuPool, {**POOL, "allocation_granularity": "ALLOCATION_GRANULARITY_UNSPECIFIED"})
    assert pool.allocation_granularity is AllocationGranularity.NODE
    assert _violations({"name": "g", "kind": "GROUP_KIND_UNSPECIFIED"}, Group) == [("kind", "MISSING_FIELD")]


def test_an_unknown_enum_name_gets_the_nearest() -> None:
    assert "did you mean 'DOMAIN'?" in _message({**POOL, "allocation_granularity": "DOMIAN"}, GpuPool)
    assert _violations({**POOL, "allocation_granularity": "domain"}, GpuPool)[0][1] == "UNKNOWN_VALUE"
    assert _violations({**POOL, "allocation_granularity": 2}, GpuPool)[0][1] == "WRONG_TYPE"


def test_null_is_unset() -> None:
    assert from_document(Job, {"name": "a", "value": None, "modes": None}) == Job(name="a")
    assert _violations({"name": None}, Job) == [("name", "MISSING_FIELD")]
    assert _violations({"name": "a", "modes": [None]}, Job) == [("modes[0]", "WRONG_TYPE")]


@pytest.mark.parametrize(("raw", "number"), [(7, 7), ("7", 7), (7.0, 7), ("-9223372036854775808", -(2**63)), (0, 0)])
def test_whole_numbers_are_read(raw: object, number: int) -> None:
    amount = from_document(Resource, {"name": "r", "capacity": [raw]}).capacity[0]
    assert amount == number
    assert type(amount) is int


@pytest.mark.parametrize("raw", [True, 7.5, "7.0", "seven", "", " 7", "1_000", None, [], {}, math.nan, math.inf, "٣"])
def test_what_is_no_whole_number_is_refused(raw: object) -> None:
    assert _violations({"name": "r", "capacity": [raw]}, Resource) == [("capacity[0]", "WRONG_TYPE")]


def test_one_number_for_a_list_is_told_how_to_be_written() -> None:
    assert _message({"name": "r", "capacity": 500}, Resource).endswith("expected a list, such as [500], got the number 500")
    assert _message({"name": "r", "capacity": True}, Resource).endswith("expected a list, got true")
    assert _message({"name": "r", "capacity": 2**60}, Resource).endswith("expected a list, got a number")


@pytest.mark.parametrize("raw", ["5 MW", "90kW", "1,000 kW", "30%"])
def test_a_number_with_its_unit_is_told_to_be_written_alone(raw: str) -> None:
    message = _message({"name": "a", "value": raw}, Job)
    assert message.endswith(f"got the text {raw!r}; write the number alone, in the unit that the field is stated in")


@pytest.mark.parametrize("raw", [2**63, str(2**63), -(2**63) - 1, 1e300])
def test_a_whole_number_past_64_bits_is_refused(raw: object) -> None:
    assert _violations({"name": "r", "capacity": [raw]}, Resource) == [("capacity[0]", "OUT_OF_RANGE")]


@pytest.mark.parametrize(("raw", "number"), [(1, 1.0), (1.5, 1.5), ("1.5", 1.5), ("-1e3", -1000.0), ("Infinity", math.inf)])
def test_numbers_are_read_as_floats(raw: object, number: float) -> None:
    value = from_document(Job, {"name": "a", "value": raw}).value
    assert value == number
    assert type(value) is float


def test_nan_is_read_so_that_validation_can_name_the_field() -> None:
    value = from_document(Statistic, {"name": "s", "value": "NaN"}).value
    assert math.isnan(value)
    assert from_document(Statistic, {"name": "s", "value": "-Infinity"}).value == -math.inf


@pytest.mark.parametrize("raw", [True, "one", "", "nan", "inf", "1_0", [], {}])
def test_what_is_no_number_is_refused(raw: object) -> None:
    assert _violations({"name": "a", "value": raw}, Job) == [("value", "WRONG_TYPE")]


def test_an_integer_past_every_double_is_refused() -> None:
    assert _violations({"name": "a", "value": 10**400}, Job) == [("value", "OUT_OF_RANGE")]


def test_half_a_surrogate_pair_is_no_text() -> None:
    assert _violations(json.loads('{"name": "\\ud800"}'), Job) == [("name", "MALFORMED_TEXT")]
    assert from_document(Job, json.loads('{"name": "\\ud83d\\ude00"}')).name == "😀"


@pytest.mark.parametrize("document", [None, [], "x", 1, True])
def test_a_document_that_is_no_object_is_refused(document: object) -> None:
    assert _violations(document) == [("problem", "WRONG_TYPE")]


def test_everything_wrong_is_said_at_once_by_its_path() -> None:
    pools = [POOL, {**POOL, "node_count": [4, "many"], "gpus_per_node": True}]
    document = {
        "time_grid": {"start_time": "2026-01-01T00:00:00", "slot_duration": 3600},
        "sites": [{"name": "s", "region_code": "GB", "halls": [{"name": "g"}, {"name": "h", "pools": pools}]}],
        "jobs": [{"nmae": "a", "modes": [{"duration": "2h"}, {"duration": "1s", "it_power": 3}]}, 7],
        "groups": {"name": "g"},
        "links": [{"from_site": "s", "to_site": "t", "throughput_gb_per_hour": 1, "capacity_limited": "yes"}],
    }
    assert sorted(_violations(document)) == [
        ("groups", "WRONG_TYPE"),
        ("jobs[0].modes[0].duration", "MALFORMED_TEXT"),
        ("jobs[0].modes[1].it_power", "UNKNOWN_FIELD"),
        ("jobs[0].name", "MISSING_FIELD"),
        ("jobs[0].nmae", "UNKNOWN_FIELD"),
        ("jobs[1]", "WRONG_TYPE"),
        ("links[0].capacity_limited", "WRONG_TYPE"),
        ("sites[0].halls[1].pools[1].gpus_per_node", "WRONG_TYPE"),
        ("sites[0].halls[1].pools[1].node_count[1]", "WRONG_TYPE"),
        ("time_grid.slot_count", "MISSING_FIELD"),
        ("time_grid.slot_duration", "WRONG_TYPE"),
        ("time_grid.start_time", "NAIVE_DATETIME"),
    ]


def test_messages_say_what_was_expected_and_what_came() -> None:
    assert "did you mean 'it_power_kw'?" in _message({"duration": "1s", "it_power": 3}, Mode)
    assert _message({"name": 3}, Job) == "expected text, got the number 3"
    assert '"3600s"' in _message({"duration": 3600}, Mode)
    assert "needs region_code" in _message({"name": "s"}, Site)


def test_derived_figures_are_written_and_must_agree() -> None:
    terms = CostBreakdown(value_micros=10, energy_cost_micros=3)
    assert to_document(terms) == {"value_micros": 10, "energy_cost_micros": 3, "objective_micros": 7}
    assert from_document(CostBreakdown, {"value_micros": "10", "energy_cost_micros": 3}) == terms
    assert _violations({"value_micros": 10, "objective_micros": 9}, CostBreakdown) == [("objective_micros", "INCONSISTENT")]


def test_a_gap_that_does_not_follow_from_the_bounds_is_refused() -> None:
    termination = Termination(reason=TerminationReason.FEASIBLE, objective_micros=2, bound_micros=3)
    document = to_document(termination)
    assert document["relative_gap"] == pytest.approx(1 / 3)
    assert from_document(Termination, {**document, "relative_gap": 0.33333333333}) == termination
    assert _violations({**document, "relative_gap": 0.3}, Termination) == [("relative_gap", "INCONSISTENT")]


def test_values_of_the_wrong_type_are_not_written() -> None:
    broken = Job(name="a", value="ten", modes=(Mode(duration=timedelta.max, gpu_count=1.5),))  # type: ignore[arg-type]
    with pytest.raises(InvalidProblemError) as caught:
        to_document(broken)
    assert [(v.path, v.reason) for v in caught.value.violations] == [
        ("value", "WRONG_TYPE"),
        ("modes[0].gpu_count", "WRONG_TYPE"),
        ("modes[0].duration", "OUT_OF_RANGE"),
    ]


def test_what_is_required_is_not_left_out_where_it_is_none() -> None:
    broken = Problem(time_grid=None, jobs=(Job(name=None), None))  # type: ignore[arg-type]
    with pytest.raises(InvalidProblemError) as caught:
        to_document(broken)
    paths = [(violation.path, violation.reason) for violation in caught.value.violations]
    assert paths == [(path, "WRONG_TYPE") for path in ("time_grid", "jobs[0].name", "jobs[1]")]


def test_a_hundred_thousand_modes_are_read() -> None:
    modes = [{"gpu_model": "H100", "gpu_count": 8, "duration": f"{k + 1}s"} for k in range(3)]
    document = {"time_grid": GRID, "jobs": [{"name": f"j{i}", "modes": modes} for i in range(33_334)]}
    problem = problem_from_document(document)
    assert sum(len(job.modes) for job in problem.jobs) == 100_002
    # equal ones are one object, which a fleet is gone through much faster with
    assert len({id(mode) for job in problem.jobs for mode in job.modes}) == 3
    assert problem.jobs[-1].modes[2].duration == timedelta(seconds=3)
    assert problem.time_grid.start_time == datetime(2026, 1, 1, tzinfo=UTC)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.sampled_from(["1s", "NODE"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def _with_one_part_replaced(document: Any, data: st.DataObject) -> Any:
    if isinstance(document, dict | list) and document and data.draw(st.booleans()):
        keys = sorted(document) if isinstance(document, dict) else range(len(document))
        key = data.draw(st.sampled_from(keys))
        copy = document.copy()
        copy[key] = _with_one_part_replaced(document[key], data)
        return copy
    return data.draw(JSON_VALUES)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@examples(40)
@given(st.data())
def test_a_spoilt_document_is_read_or_refused_and_nothing_else(cls: type, data: st.DataObject) -> None:
    spoilt = _with_one_part_replaced(to_document(data.draw(domain(cls))), data)
    try:
        read, violations = from_document(cls, spoilt), ()
    except InvalidProblemError as error:
        read, violations = None, error.violations
    assert isinstance(read, cls) == (not violations)
    assert all(violation.path and violation.message for violation in violations)
