"""The composition root: chooses the executor, puts the service together, runs it until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from dataclasses import dataclass

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection
from loadstone.v1 import placement_service_pb2 as service_pb2
from loadstone.v1 import placement_service_pb2_grpc as service_grpc

from optimizer.execution.base import Executor
from optimizer.execution.choice import ExecutorChoice
from optimizer.execution.local import SERVICE_PRELOAD, LocalExecutor, LocalOptions
from optimizer.warm import ensure_warm
from server.admission import AdmissionDesk
from server.config import ServerConfig
from server.engine_list import engine_messages
from server.interceptors import Border
from server.placement_service import Engines, PlacementServicer
from server.runner import SolveRunner
from server.telemetry import set_up_logging

SERVICE_NAME = service_pb2.DESCRIPTOR.services_by_name["PlacementService"].full_name

_log = logging.getLogger(__name__)


class BindError(OSError):
    """The address cannot be listened on."""


@dataclass(slots=True)
class RunningServer:
    """A service that answers at ``address`` until ``stop``."""

    address: str
    _server: grpc.aio.Server
    _health: HealthServicer
    _runner: SolveRunner
    _desk: AdmissionDesk
    _config: ServerConfig

    async def stop(self, drain_seconds: float | None = None) -> None:
        """Take no more calls and let those under way end; near the end of the drain, with the best plans they have."""
        drain_seconds = self._config.drain_seconds if drain_seconds is None else drain_seconds
        await self._health.enter_graceful_shutdown()
        reserve_seconds = min(2 * self._config.grace_seconds, drain_seconds)
        hurry = asyncio.get_running_loop().call_later(drain_seconds - reserve_seconds, self._runner.stop_all)
        self._desk.stop()
        await self._server.stop(drain_seconds)
        hurry.cancel()
        await asyncio.to_thread(self._runner.close)
        await asyncio.to_thread(self._desk.close)

    async def wait(self) -> None:
        await self._server.wait_for_termination()


async def start(config: ServerConfig, *, executor: Executor | None = None, engines: Engines = engine_messages) -> RunningServer:
    """Listen, load the engines, serve.

    Args:
        config: the settings; port 0 binds any free port.
        executor: what solves; unset: what ``config`` names.
        engines: what ``ListEngines`` answers.

    Raises:
        BindError: the address is taken or not this machine's.
    """
    await asyncio.to_thread(_require_free, config)
    if executor is None:
        executor = await asyncio.to_thread(_executor, config)
    server = grpc.aio.server(interceptors=[Border()], options=_options(config))
    health = HealthServicer()
    runner = SolveRunner(executor, config)
    desk = AdmissionDesk(config)
    servicer = PlacementServicer(runner, desk, config, engines)
    service_grpc.add_PlacementServiceServicer_to_server(servicer, server)  # type: ignore[no-untyped-call]
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    reflection.enable_server_reflection((SERVICE_NAME, "grpc.health.v1.Health", reflection.SERVICE_NAME), server)
    try:
        port = server.add_insecure_port(f"{_bracketed(config.host)}:{config.port}")
    except RuntimeError as error:
        raise _bind_error(config) from error
    await server.start()
    for name in ("", SERVICE_NAME):
        await health.set(name, health_pb2.HealthCheckResponse.SERVING)
    return RunningServer(f"{_bracketed(config.host)}:{port}", server, health, runner, desk, config)


def serve(config: ServerConfig) -> None:
    """The server's main program: logs to stderr, runs until SIGTERM or SIGINT, then drains; a second signal ends it."""
    set_up_logging(config.log_level)
    asyncio.run(_serve(config))


async def _serve(config: ServerConfig) -> None:
    server = await start(config)
    _log.info("serving address=%s workers=%d queue=%d", server.address, config.worker_count, config.queue_length)
    told_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_stop.set)
    await told_to_stop.wait()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(number)
    _log.info("draining seconds=%g", config.drain_seconds)
    await server.stop()
    _log.info("stopped")


def _require_free(config: ServerConfig) -> None:
    """Told before engines are loaded, for which a fresh installation compiles for minutes; the port is opened after it."""
    try:
        places = socket.getaddrinfo(config.host.strip("[]"), config.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise _bind_error(config) from error
    if not any(_can_bind(family, address) for family, _, _, _, address in places):
        raise _bind_error(config)


def _can_bind(family: int, address: tuple[object, ...]) -> bool:
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        return True
    return False


def _bind_error(config: ServerConfig) -> BindError:
    return BindError(f"cannot listen on {config.host}:{config.port}: the port is taken, or the address is not this machine's")


def _executor(config: ServerConfig) -> Executor:
    choice = ExecutorChoice.read(config.executor)
    if not choice.on_ray:
        return _local_executor(config)
    # Ray is no part of a plain installation.
    from optimizer.execution.ray_executor import RayExecutor, RayOptions

    return RayExecutor(
        RayOptions(address=choice.address, grace_seconds=config.grace_seconds, stop_seconds=config.grace_seconds)
    )


def _local_executor(config: ServerConfig) -> LocalExecutor:
    executor = LocalExecutor(
        LocalOptions(
            grace_seconds=config.grace_seconds,
            # who asks a solve of the service to stop is the service itself, before it ends: its callers want all there is
            stop_seconds=config.grace_seconds,
            memory_limit_bytes=config.worker_memory_limit_bytes,
            preload=SERVICE_PRELOAD if config.preload_engines else (),
        )
    )
    if config.preload_engines:
        ensure_warm(_log.info)
        executor.warm_up()
    return executor


def _options(config: ServerConfig) -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", config.max_message_bytes),
        ("grpc.max_send_message_length", config.max_message_bytes),
        ("grpc.server.max_pending_requests", config.pending_request_limit),
        ("grpc.server.max_pending_requests_hard_limit", config.pending_request_limit * 3 // 2),
        ("grpc.server_handshake_timeout_ms", round(config.handshake_timeout_seconds * 1000)),
        ("grpc.so_reuseport", 0),
    ]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
