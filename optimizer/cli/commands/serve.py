"""``loadstone serve``: the gRPC service, until it is told to stop."""

from __future__ import annotations

import argparse

from optimizer.cli.console import Console
from optimizer.cli.exit_codes import ExitCode
from optimizer.errors import InvalidProblemError, Violation
from server.app import BindError, serve
from server.config import ConfigError, ServerConfig


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Serves; returns when SIGINT or SIGTERM has ended it. Flags go before LOADSTONE_* variables."""
    try:
        config = ServerConfig.from_environment(
            host=arguments.host,
            port=arguments.port,
            worker_count=arguments.workers,
            queue_length=arguments.queue_length,
            log_level=arguments.log_level,
        )
    except ConfigError as error:
        raise InvalidProblemError([Violation("serve", "OUT_OF_RANGE", str(error))]) from None
    try:
        serve(config)
    except BindError as error:
        console.error(f"error: {error}")
        return ExitCode.UNAVAILABLE
    return ExitCode.SOLVED
