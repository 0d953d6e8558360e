"""Solving at a server: the last plan that has been streamed is the answer where the server is lost."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
import pytest
from loadstone import client
from loadstone.service_errors import ServiceError

from optimizer.certificates import Certificate
from optimizer.cli import service
from optimizer.cli.failures import ServerUnavailableError
from optimizer.interrupt import never
from optimizer.monitor import Progress, SilentMonitor
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.solution import BoundSource, Result, StoppedBy
from server.placement_service import _event_message
from tests.conformance.battery_problems import RIDE_THROUGH

PARAMS = SolveParams(engine="highs", time_limit_seconds=30, thread_count=1)


@pytest.fixture(scope="module")
def plan() -> Result:
    """A long run that a battery carries over a cut of the connection."""
    found = solve(RIDE_THROUGH, PARAMS)
    assert any(max(operation.battery.discharge_w) for operation in found.operations if operation.battery)
    return found


def streaming(monkeypatch: pytest.MonkeyPatch, *told: Result | Certificate | Progress) -> None:
    """A server that tells what it has as it would, and is gone."""

    class Lost:
        def __init__(self, address: str) -> None:
            del address

        def __enter__(self) -> Lost:
            return self

        def __exit__(self, *ignored: object) -> None:
            pass

        def stream(self, *ignored: object, **too: object) -> Iterator[object]:
            for each in told:
                yield client._event(_event_message(each, never))
            raise ServiceError(grpc.StatusCode.UNAVAILABLE, "Socket closed")

    monkeypatch.setattr(service, "PlacementClient", Lost)


def test_a_plan_on_the_way_says_how_batteries_are_run(plan: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    streaming(monkeypatch, plan)
    last = service.solve_at("head:1", RIDE_THROUGH, PARAMS, (), None, SilentMonitor())  # type: ignore[arg-type]
    assert last.verified
    assert last.termination.objective_micros == plan.termination.objective_micros
    assert last.operations == plan.operations
    assert last.termination.stopped_by is StoppedBy.WORKER_LOST
    assert "server head:1: UNAVAILABLE: Socket closed" in last.termination.detail


def test_the_bound_and_its_proof_outlive_the_server(plan: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    assert plan.termination.objective_micros is not None
    bound = plan.termination.objective_micros + 3
    proof = Certificate(bound_micros=bound, unit_bits=0, slot_prices=())
    streaming(monkeypatch, plan, proof, Progress(phase="search", elapsed_seconds=0.0, bound_micros=bound))
    last = service.solve_at("head:1", RIDE_THROUGH, PARAMS, (), None, SilentMonitor())  # type: ignore[arg-type]
    assert (last.termination.bound_micros, last.termination.bound_source) == (bound, BoundSource.CERTIFICATE)
    assert last.certificate == proof


def test_a_server_that_is_lost_before_any_plan_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    streaming(monkeypatch)
    with pytest.raises(ServerUnavailableError, match="Socket closed"):
        service.solve_at("head:1", RIDE_THROUGH, PARAMS, (), None, SilentMonitor())  # type: ignore[arg-type]
