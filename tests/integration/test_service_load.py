"""The service under load and loss: cancelled calls, deadlines, full queues, killed workers, mutated requests, stopping."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import grpc
import pytest
from loadstone.client import PlacementClient, ServiceError

from benchmarks.fuzz_requests import seeds, send_mutated
from benchmarks.stress import kill_at_random
from optimizer.errors import WorkerError
from optimizer.solution import Result
from tests.execution import fakes
from tests.execution.support import is_running
from tests.integration.service_harness import SOLVE, call_with_bytes, details_of, request_bytes, scripted_service

SERVER_PROGRAM = """
from server.app import serve
from server.config import ServerConfig
serve(ServerConfig.from_environment(port=0))
"""


async def noted_worker(note: Path) -> int:
    while not (note.exists() and note.read_text(encoding="ascii").endswith("\n")):
        await asyncio.sleep(0.01)
    return int(note.read_text(encoding="ascii"))


async def until_gone(process_id: int) -> None:
    while is_running(process_id):
        await asyncio.sleep(0.01)


async def test_cancelling_a_call_ends_its_worker(tmp_path: Path) -> None:
    async with scripted_service(worker_count=1) as service:
        call = asyncio.ensure_future(service.client.solve(fakes.problem(f"note={tmp_path / 'w'}+hang")))
        worker = await noted_worker(tmp_path / "w")
        call.cancel()
        await until_gone(worker)
        assert (await service.client.solve(fakes.problem("echo"))).verified


async def test_leaving_a_stream_ends_its_worker(tmp_path: Path) -> None:
    async with scripted_service(worker_count=1) as service:
        stream = service.client.stream(fakes.problem(f"note={tmp_path / 'w'}+plan=1+hang"))
        await anext(stream)
        worker = await noted_worker(tmp_path / "w")
        await stream.aclose()
        await until_gone(worker)


async def test_the_plan_is_back_before_the_calls_deadline() -> None:
    async with scripted_service() as service:
        result = await service.client.solve(fakes.problem("plan=5+until_stopped+hang"), timeout_seconds=8.0)
        assert result.termination.objective_micros == 5


async def test_a_deadline_ends_the_call_in_the_queue_and_its_place(tmp_path: Path) -> None:
    async with scripted_service(worker_count=1, queue_length=1) as service:
        first = asyncio.ensure_future(service.client.solve(fakes.problem(f"note={tmp_path / 'w'}+hang")))
        await noted_worker(tmp_path / "w")
        with pytest.raises(ServiceError) as caught:
            await service.client.solve(fakes.problem(f"note={tmp_path / 'never'}"), timeout_seconds=0.3)
        assert caught.value.code is grpc.StatusCode.DEADLINE_EXCEEDED
        first.cancel()
        assert (await service.client.solve(fakes.problem("echo"))).verified
        assert not (tmp_path / "never").exists()


async def test_a_full_queue_says_when_to_come_back(tmp_path: Path) -> None:
    async with scripted_service(worker_count=1, queue_length=0, retry_after_seconds=2.5) as service:
        first = asyncio.ensure_future(service.client.solve(fakes.problem(f"note={tmp_path / 'w'}+hang")))
        await noted_worker(tmp_path / "w")
        with pytest.raises(ServiceError) as caught:
            await service.client.solve(fakes.problem("echo"))
        assert (caught.value.reason, caught.value.retry_after_seconds) == ("QUEUE_FULL", 2.5)
        with pytest.raises(grpc.aio.AioRpcError) as raw:
            await call_with_bytes(service.channel, SOLVE, request_bytes())
        assert raw.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "RetryInfo" in details_of(raw.value)
        first.cancel()


async def test_calls_beyond_the_workers_wait_their_turn() -> None:
    async with scripted_service(worker_count=2, queue_length=20) as service:
        calls = [service.client.solve(fakes.problem("sleep=0.02+echo")) for _ in range(20)]
        assert all(result.verified for result in await asyncio.gather(*calls))


async def test_killing_workers_at_random_harms_no_other_call() -> None:
    """Every call is answered: with its plan, or, where its worker died twice before one, with WorkerError."""
    async with scripted_service(worker_count=4, queue_length=100) as service:
        killer = asyncio.ensure_future(kill_at_random(seed=1, pause_seconds=0.05, kill_count=8))
        calls = [service.client.solve(fakes.problem("plan=1+sleep=0.1+plan=2+echo")) for _ in range(24)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        killer.cancel()
        with suppress(asyncio.CancelledError):
            await killer
        assert all(isinstance(answer, Result | WorkerError) for answer in answers)
        # who is left without a plan lost both its workers
        assert sum(isinstance(answer, WorkerError) for answer in answers) <= 4
        assert (await service.client.solve(fakes.problem("echo"))).verified


async def test_mutated_requests_get_only_clean_statuses() -> None:
    async with scripted_service(worker_count=2, queue_length=100) as service:
        codes = await send_mutated(service.channel, seeds(fakes.problem("echo")), count=400, seed=7, at_once=8)
        assert (await service.client.solve(fakes.problem("echo"))).verified
    assert sum(codes.values()) == 400
    assert codes.keys() <= {"OK", "INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"}
    assert codes["INVALID_ARGUMENT"] > 100


async def test_stopping_returns_the_plans_found_so_far(tmp_path: Path) -> None:
    async with scripted_service(grace_seconds=20.0, drain_seconds=20.0) as service:
        call = asyncio.ensure_future(service.client.solve(fakes.problem(f"note={tmp_path / 'w'}+until_stopped")))
        await noted_worker(tmp_path / "w")
        await service.server.stop(drain_seconds=40.2)
        assert (await call).engine_detail == "stopped when asked"
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call_with_bytes(service.channel, SOLVE, request_bytes())
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_stopping_does_not_wait_for_the_hung_past_the_drain(tmp_path: Path) -> None:
    async with scripted_service() as service:
        call = asyncio.ensure_future(service.client.solve(fakes.problem(f"note={tmp_path / 'w'}+hang")))
        worker = await noted_worker(tmp_path / "w")
        await service.server.stop(drain_seconds=0.2)
        await until_gone(worker)
        with pytest.raises(ServiceError):
            await call


def test_the_server_process_drains_and_leaves_at_sigterm() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "LOADSTONE_PRELOAD_ENGINES": "0"}
    server = subprocess.Popen([sys.executable, "-c", SERVER_PROGRAM], env=environment, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    line = server.stderr.readline()
    assert "serving address=127.0.0.1:" in line
    address = line.split("address=")[1].split()[0]
    with PlacementClient(address) as client:
        client.validate(fakes.problem("x"))
    server.send_signal(signal.SIGTERM)
    rest = server.stderr.read()
    assert server.wait() == 0
    assert "method=/loadstone.v1.PlacementService/SolvePlacement code=OK" in rest
    assert "draining" in rest
