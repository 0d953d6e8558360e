"""``loadstone engines``: what can be asked of each engine, here and at a server."""

from __future__ import annotations

import asyncio
import json

from optimizer.engines import registry
from optimizer.features import PLACED_FEATURES
from tests.cli.calls import in_own_process, in_this_process
from tests.integration.service_harness import scripted_service


def test_every_engine_with_what_it_can_and_carries() -> None:
    done = in_own_process("engines", "--json")
    assert done.returncode == 0, done.stderr
    engines = {engine["name"]: engine for engine in json.loads(done.stdout)}
    assert tuple(engines) == registry.names()
    assert set(engines["auto"]["features"]) >= PLACED_FEATURES
    assert "proves_optimality" in engines["highs"]["capabilities"]
    assert "proves_optimality" not in engines["greedy"]["capabilities"]


def test_a_table_has_a_row_for_each_feature() -> None:
    rows = {row.split()[0]: row.split()[1:] for row in in_this_process("engines").stdout.splitlines() if row}
    assert rows["Feature"] == list(registry.names())
    carried = dict(zip(rows["Feature"], rows["FLEXIBLE_LOAD"], strict=True))
    assert (carried["auto"], carried["greedy"]) == ("yes", "-")
    assert rows.keys() >= PLACED_FEATURES


async def test_a_server_is_asked_for_its_own() -> None:
    async with scripted_service() as service:
        done = await asyncio.to_thread(in_own_process, "engines", "--server", service.server.address, "--json")
    assert done.returncode == 0, done.stderr
    assert {engine["name"] for engine in json.loads(done.stdout)} == set(registry.names())


def test_a_server_that_is_not_there() -> None:
    done = in_this_process("engines", "--server", "127.0.0.1:1")
    assert (done.returncode, done.stdout) == (69, "")
    assert "Traceback" not in done.stderr
