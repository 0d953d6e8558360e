"""The engines as ``ListEngines`` names them, looked up once: what is installed does not change while the server runs."""

from __future__ import annotations

from functools import cache

from loadstone.v1 import placement_service_pb2 as service_pb2

from optimizer.engines import registry
from server import convert


@cache
def engine_messages() -> tuple[service_pb2.Engine, ...]:
    """Every engine the registry knows, by name. Slow on its first call: solvers are imported to ask for their versions."""
    return tuple(convert.engine_to_proto(engine) for engine in sorted(registry.listing(), key=lambda engine: engine.name))
