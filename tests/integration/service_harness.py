"""A real server on a free port, whose workers run scripted solves; and calls with raw bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import grpc
from google.rpc import error_details_pb2, status_pb2
from loadstone.client import AsyncPlacementClient
from loadstone.v1 import placement_service_pb2 as service_pb2

from optimizer.execution.local import LocalExecutor, LocalOptions
from server import convert
from server.app import RunningServer, start
from server.config import ServerConfig
from tests.execution import fakes

SOLVE = "/loadstone.v1.PlacementService/SolvePlacement"
CHECK = "/loadstone.v1.PlacementService/CheckPlacement"


@dataclass
class Service:
    server: RunningServer
    client: AsyncPlacementClient
    channel: grpc.aio.Channel


@asynccontextmanager
async def scripted_service(
    *, memory_limit_bytes: int | None = None, function: str = fakes.SCRIPTED, **settings: object
) -> AsyncIterator[Service]:
    """A service with two workers and short graces, unless ``settings`` of ServerConfig say otherwise."""
    defaults = {"port": 0, "worker_count": 2, "grace_seconds": 0.2, "drain_seconds": 0.0}
    config = ServerConfig(**{**defaults, **settings})  # type: ignore[arg-type]
    executor = LocalExecutor(
        LocalOptions(
            function=function,
            grace_seconds=config.grace_seconds,
            stop_seconds=config.grace_seconds,
            memory_limit_bytes=memory_limit_bytes,
        )
    )
    server = await start(config, executor=executor)
    try:
        async with (
            AsyncPlacementClient(server.address) as client,
            grpc.aio.insecure_channel(server.address) as channel,
        ):
            yield Service(server, client, channel)
    finally:
        await server.stop()


def request_bytes(name: str = "echo", **fields: object) -> bytes:
    """A request for the scripted problem ``name``."""
    message = service_pb2.SolvePlacementRequest(problem=convert.problem_to_proto(fakes.problem(name)), **fields)
    return message.SerializeToString()


async def call_with_bytes(channel: grpc.aio.Channel, method: str, data: bytes, timeout_seconds: float = 60.0) -> bytes:
    """The raw answer to raw bytes; raises AioRpcError."""
    answer: bytes = await channel.unary_unary(method)(data, timeout=timeout_seconds)
    return answer


def details_of(error: grpc.aio.AioRpcError) -> dict[str, object]:
    """The status details by the names of their messages."""
    trailers = dict(error.trailing_metadata())
    status = status_pb2.Status.FromString(trailers.get("grpc-status-details-bin", b""))
    assert not status.details or status.code == error.code().value[0]
    found: dict[str, object] = {}
    for packed in status.details:
        message = getattr(error_details_pb2, packed.TypeName().rpartition(".")[2])()
        packed.Unpack(message)
        found[type(message).__name__] = message
    return found
