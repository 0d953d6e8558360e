"""``LOADSTONE_EXECUTOR``: the service solves where it says."""

from __future__ import annotations

import sys

import pytest

from optimizer.errors import EngineUnavailableError
from server.app import start
from server.config import ServerConfig
from tests.execution.fake_ray import FakeRay


async def test_a_service_on_ray_connects_before_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = FakeRay()
    monkeypatch.setitem(sys.modules, "ray", ray)  # type: ignore[arg-type]
    server = await start(ServerConfig.from_environment({"LOADSTONE_EXECUTOR": "ray:head:6379"}, port=0))
    assert ray.init_arguments is not None
    assert ray.init_arguments["address"] == "head:6379"
    await server.stop(0)


async def test_a_service_without_its_cluster_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", FakeRay())  # type: ignore[arg-type]
    with pytest.raises(EngineUnavailableError, match="nowhere:1"):
        await start(ServerConfig(executor="ray:nowhere:1", port=0))
