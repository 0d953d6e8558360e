"""``loadstone engines``: every engine, here or at a server, what it can do and which features it carries."""

from __future__ import annotations

import argparse
import json

from optimizer.cli.console import BOLD, Column, Console
from optimizer.cli.exit_codes import ExitCode
from optimizer.engines import registry
from optimizer.engines.base import EngineInfo
from optimizer.features import Feature

LIST_TIMEOUT_SECONDS = 30.0


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Prints the engines of this installation, or those of a server."""
    engines = _at(arguments.server) if arguments.server else registry.listing()
    if arguments.json:
        console.line(json.dumps([_as_json(engine) for engine in engines]))
        return ExitCode.SOLVED
    console.line("Engines", BOLD)
    console.table(
        (Column("Name"), Column("Is"), Column("Version or why not"), Column("Can")),
        [
            (engine.name, "available" if engine.available else "NOT AVAILABLE", engine.detail, ", ".join(_capabilities(engine)))
            for engine in engines
        ],
    )
    console.line()
    console.line("What each carries beyond the core model; a problem that uses more is refused by name", BOLD)
    console.table(
        (Column("Feature"), *(Column(engine.name) for engine in engines)),
        [(feature, *("yes" if feature in engine.features else "-" for engine in engines)) for feature in Feature],
    )
    return ExitCode.SOLVED


def _at(server: str) -> tuple[EngineInfo, ...]:
    from loadstone.client import PlacementClient, ServiceError

    from optimizer.cli.service import in_words_of_the_command

    try:
        with PlacementClient(server) as client:
            return client.engines(timeout_seconds=LIST_TIMEOUT_SECONDS)
    except ServiceError as error:
        raise in_words_of_the_command(error, server) from error


def _capabilities(engine: EngineInfo) -> list[str]:
    return sorted(engine.capabilities)


def _as_json(engine: EngineInfo) -> dict[str, object]:
    return {
        "name": engine.name,
        "available": engine.available,
        "detail": engine.detail,
        "capabilities": _capabilities(engine),
        "features": [feature for feature in Feature if feature in engine.features],
    }
