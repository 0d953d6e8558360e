"""What keeps the service from listening is told before engines are loaded and kernels compiled."""

from __future__ import annotations

import socket

import pytest

from server import app
from server.app import BindError, start
from server.config import ServerConfig


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[ServerConfig]:
    """The settings for which an executor was made, which stands for minutes of compiling."""
    calls: list[ServerConfig] = []
    monkeypatch.setattr(app, "_executor", calls.append)
    return calls


async def test_a_port_that_is_taken_is_told_first(loaded: list[ServerConfig]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BindError, match=f"cannot listen on 127.0.0.1:{port}: the port is taken"):
            await start(ServerConfig(port=port))
    assert loaded == []


async def test_a_host_that_has_no_address_is_told_first(loaded: list[ServerConfig], monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*ignored: object, **also: object) -> None:
        raise socket.gaierror("no such host")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(BindError, match=r"cannot listen on nowhere:0: .* not this machine's"):
        await start(ServerConfig(host="nowhere", port=0))
    assert loaded == []
