from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from loadstone.v1 import placement_service_pb2 as service_pb2
from loadstone.v1 import problem_pb2, solution_pb2

from optimizer import interrupt
from optimizer.certificates import Certificate, SlotPrices
from optimizer.engines.base import Capability, EngineInfo
from optimizer.errors import InvalidProblemError
from optimizer.features import Feature
from optimizer.interrupt import Interrupted, giving_way
from optimizer.limits import LimitKind
from optimizer.monitor import Progress
from optimizer.params import SolveParams
from optimizer.problem import GpuPool, Hall, Job, Mode, Problem, Site, TimeGrid
from optimizer.solution import CostBreakdown, Placement, Result, Termination, TerminationReason
from optimizer.verify.plan import Rule, RuleViolation, Verification
from server.convert import (
    certificate_from_proto,
    engine_from_proto,
    engine_to_proto,
    incumbent_to_proto,
    params_from_proto,
    params_to_proto,
    problem_from_proto,
    problem_to_proto,
    progress_to_proto,
    result_from_proto,
    result_to_proto,
    verification_to_proto,
)
from tests.profiles import examples

START = datetime(2026, 1, 1, tzinfo=UTC)
GRID = TimeGrid(start_time=START, slot_count=24)
PROBLEM = Problem(
    time_grid=GRID,
    sites=(
        Site(
            name="Loughton",
            region_code="GB",
            halls=(Hall(name="h", pools=(GpuPool(name="p", gpu_model="H100", node_count=(4,), gpus_per_node=8),)),),
        ),
    ),
    jobs=(Job(name="a", due_time=START, modes=(Mode(gpu_model="H100", gpu_count=8, duration=timedelta(hours=2)),)),),
)
PLACEMENT = Placement(
    job="a",
    mode="H100x8",
    pool="p",
    start_slot=0,
    site="Loughton",
    hall="h",
    end_slot=2,
    start_time=START,
    end_time=START + timedelta(hours=2),
    gpu_count=8,
    node_count=1,
    it_power_w=10_000,
    energy_wh=20_000,
    carbon_mg=0,
    terms=CostBreakdown(value_micros=5, energy_cost_micros=2),
)
RESULT = Result(
    termination=Termination(reason=TerminationReason.OPTIMAL, objective_micros=3, bound_micros=3),
    engine="greedy",
    placements=(PLACEMENT,),
    terms=PLACEMENT.terms,
    certificate=Certificate(3, 4, (SlotPrices(LimitKind.POOL_NODES, "p", (2**62, 0)),)),
    verified=True,
)


def _violations(error: pytest.ExceptionInfo[InvalidProblemError]) -> list[tuple[str, str]]:
    return sorted((violation.path, violation.reason) for violation in error.value.violations)


def test_a_problem_survives_the_way_there_and_back() -> None:
    assert problem_from_proto(problem_to_proto(PROBLEM)) == PROBLEM


def test_a_result_survives_the_way_there_and_back() -> None:
    message = result_to_proto(RESULT)
    assert message.terms.objective_micros == 3
    assert message.termination.relative_gap == 0.0
    assert message.placements[0].HasField("start_slot")
    assert result_from_proto(message) == RESULT
    assert certificate_from_proto(message.certificate) == RESULT.certificate


def test_everything_wrong_with_a_problem_is_said_at_once() -> None:
    message = problem_to_proto(PROBLEM)
    message.time_grid.ClearField("start_time")
    message.sites[0].ClearField("region_code")
    message.sites[0].halls[0].pools[0].allocation_granularity = 99  # type: ignore[assignment]
    message.jobs[0].due_time.seconds = 2**62
    message.jobs[0].modes[0].duration.nanos = -1
    message.groups.add(name="g", jobs=["a"])
    with pytest.raises(InvalidProblemError) as caught:
        problem_from_proto(message)
    assert _violations(caught) == [
        ("groups[0].kind", "MISSING_FIELD"),
        ("jobs[0].due_time", "OUT_OF_RANGE"),
        ("jobs[0].modes[0].duration", "OUT_OF_RANGE"),
        ("sites[0].halls[0].pools[0].allocation_granularity", "UNKNOWN_VALUE"),
        ("sites[0].region_code", "MISSING_FIELD"),
        ("time_grid.start_time", "MISSING_FIELD"),
    ]


def test_an_empty_problem_lacks_its_grid() -> None:
    with pytest.raises(InvalidProblemError) as caught:
        problem_from_proto(problem_pb2.Problem())
    assert _violations(caught) == [("time_grid", "MISSING_FIELD")]


def test_a_field_of_a_later_version_is_refused_where_it_stands() -> None:
    message = problem_to_proto(PROBLEM)
    later = b"\xf8\x3e\x01"  # field 1007, a varint
    message.jobs[0].modes[0].MergeFromString(later)
    message.sites[0].MergeFromString(later)
    with pytest.raises(InvalidProblemError) as caught:
        problem_from_proto(problem_pb2.Problem.FromString(message.SerializeToString()))
    assert _violations(caught) == [("jobs[0].modes[0].#1007", "UNKNOWN_FIELD"), ("sites[0].#1007", "UNKNOWN_FIELD")]


def test_params_unset_are_the_defaults() -> None:
    assert params_from_proto(service_pb2.SolveParameters()) == SolveParams()


def test_params_survive_the_way_there_and_back() -> None:
    params = SolveParams(engine="highs", time_limit_seconds=1.5, relative_gap=0.01, thread_count=2, seed=3, work_limit=4)
    assert params_from_proto(params_to_proto(params)) == params


def test_every_parameter_out_of_range_is_said_by_its_path() -> None:
    message = service_pb2.SolveParameters(time_limit_seconds=0, relative_gap=float("nan"), thread_count=0, seed=-1)
    with pytest.raises(InvalidProblemError) as caught:
        params_from_proto(message)
    names = ("relative_gap", "seed", "thread_count", "time_limit_seconds")
    assert _violations(caught) == [(f"parameters.{name}", "OUT_OF_RANGE") for name in names]


def test_a_result_without_what_is_always_set_is_refused() -> None:
    with pytest.raises(InvalidProblemError) as caught:
        result_from_proto(solution_pb2.Result())
    assert _violations(caught) == [("engine", "MISSING_FIELD"), ("termination", "MISSING_FIELD")]


def test_a_certificate_to_start_from_is_read_below_its_own_path() -> None:
    with pytest.raises(InvalidProblemError) as caught:
        certificate_from_proto(solution_pb2.Certificate(unit_bits=0), "initial_certificate")
    assert _violations(caught) == [("initial_certificate.bound_micros", "MISSING_FIELD")]


def test_a_certificate_is_read_below_its_own_path() -> None:
    with pytest.raises(InvalidProblemError) as caught:
        certificate_from_proto(solution_pb2.Certificate(unit_bits=0, slot_prices=[solution_pb2.SlotPrices(element="p")]))
    assert _violations(caught) == [
        ("certificate.bound_micros", "MISSING_FIELD"),
        ("certificate.slot_prices[0].kind", "MISSING_FIELD"),
    ]


def test_a_verification_says_what_is_wrong_and_what_it_costs() -> None:
    violation = RuleViolation(rule=Rule.LIMIT_EXCEEDED, message="2 W", element="h", slot=0, amount=2, unit="W")
    verification = Verification(violations=(violation,), placements=(PLACEMENT,), terms=PLACEMENT.terms, usages=())
    message = verification_to_proto(verification)
    assert message.HasField("feasible")
    assert not message.feasible
    assert message.objective_micros == 3
    assert message.violations[0].rule == service_pb2.RULE_LIMIT_EXCEEDED
    assert message.violations[0].HasField("slot")
    assert not message.HasField("bound_micros")


def test_progress_says_the_gap_where_there_is_one() -> None:
    message = progress_to_proto(Progress(phase="solve", elapsed_seconds=0.0, objective_micros=2, bound_micros=4))
    assert message.relative_gap == 0.5
    assert not progress_to_proto(Progress(phase="solve", elapsed_seconds=0.0, bound_micros=4)).HasField("relative_gap")


def test_an_incumbent_is_its_assignments_and_worth() -> None:
    message = incumbent_to_proto(RESULT)
    assert message.objective_micros == 3
    assert [(a.job, a.mode, a.pool, a.start_slot) for a in message.assignments] == [("a", "H100x8", "p", 0)]


def test_a_long_incumbent_is_given_up_between_its_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupt, "BATCH", 1)
    long = replace(RESULT, placements=RESULT.placements * 2)
    with pytest.raises(Interrupted):
        incumbent_to_proto(long, giving_way(lambda: True))


HIGHS = EngineInfo(
    name="highs",
    available=True,
    detail="1.14.0",
    capabilities=frozenset({Capability.WARM_START, Capability.MANDATORY_JOBS}),
    features=frozenset({Feature.TOPOLOGY, Feature.HALL_COMMITMENT}),
)


def test_an_available_engine_has_a_version_and_no_reason() -> None:
    message = engine_to_proto(HIGHS)
    assert (message.available, message.version, message.unavailable_reason) == (True, "1.14.0", "")
    assert list(message.capabilities) == [service_pb2.CAPABILITY_MANDATORY_JOBS, service_pb2.CAPABILITY_WARM_START]
    assert list(message.features) == [service_pb2.FEATURE_HALL_COMMITMENT, service_pb2.FEATURE_TOPOLOGY]


def test_an_unavailable_engine_has_a_reason_and_no_version() -> None:
    message = engine_to_proto(replace(HIGHS, available=False, detail="highspy is not installed"))
    assert message.HasField("available")
    assert (message.available, message.version, message.unavailable_reason) == (False, "", "highspy is not installed")


@pytest.mark.parametrize("engine", [HIGHS, replace(HIGHS, available=False, features=frozenset(Feature))])
def test_an_engine_comes_back_as_it_was(engine: EngineInfo) -> None:
    assert engine_from_proto(engine_to_proto(engine)) == engine


def test_what_a_newer_server_names_is_left_out() -> None:
    message = engine_to_proto(HIGHS)
    message.features.append(9_999)  # type: ignore[arg-type]
    assert engine_from_proto(message) == HIGHS


@given(st.data())
@examples(300)
def test_spoilt_bytes_are_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    content = bytearray(problem_to_proto(PROBLEM).SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        message = problem_pb2.Problem.FromString(bytes(content))
    except DecodeError:
        return
    try:
        read, violations = problem_from_proto(message), ()
    except InvalidProblemError as error:
        read, violations = None, error.violations
    assert isinstance(read, Problem) == (not violations)
    assert all(violation.path and violation.message for violation in violations)
