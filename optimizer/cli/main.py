"""Entry point of ``loadstone``: reads the command line, runs one command, turns every error into words and an exit code."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from importlib import import_module

from optimizer.cli.console import Console
from optimizer.cli.destination import require_apart, require_writable
from optimizer.cli.exit_codes import ExitCode
from optimizer.cli.failures import ServerUnavailableError
from optimizer.cli.parser import build_parser
from optimizer.cli.server_address import require_address
from optimizer.errors import EngineUnavailableError, InvalidProblemError, LoadstoneError, VerificationError

#: Set to anything, an unexpected error shows its traceback instead of one line.
TRACEBACK_VARIABLE = "LOADSTONE_TRACEBACK"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command of ``argv`` (default: the process's); returns its exit code."""
    arguments = build_parser().parse_args(argv)
    console = Console()
    try:
        _look_ahead(arguments)
        code: ExitCode = import_module(arguments.module).run(arguments, console)
        console.finish()
        return code
    except InvalidProblemError as error:
        for violation in error.violations:
            console.error(f"error: {violation}")
        return ExitCode.INVALID_INPUT
    except (EngineUnavailableError, ServerUnavailableError) as error:
        console.error(f"error: {error}")
        return ExitCode.UNAVAILABLE
    except VerificationError as error:
        console.error("error: an engine's plan failed the independent check; this is a fault of Loadstone's")
        for violation in error.violations:
            console.error(f"error: {violation}")
        return ExitCode.OUR_FAULT
    except LoadstoneError as error:
        console.error(f"error: {error}")
        return ExitCode.OUR_FAULT
    except KeyboardInterrupt:
        console.error("interrupted")
        return ExitCode.INTERRUPTED
    except Exception as error:
        if os.environ.get(TRACEBACK_VARIABLE):
            raise
        console.error(f"error: {type(error).__name__}: {error}")
        console.error(f"This is a fault of Loadstone's. Set {TRACEBACK_VARIABLE}=1 to see where.")
        return ExitCode.OUR_FAULT


def _look_ahead(arguments: argparse.Namespace) -> None:
    """A path that cannot be written and an address that is none are told before the work, not after it."""
    given = vars(arguments)
    options = ("out", "report", "instance_out")
    outputs = {f"--{option.replace('_', '-')}": given[option] for option in options if given.get(option) is not None}
    for path in outputs.values():
        require_writable(path)
    require_apart(outputs, {name: given[field] for name, field in arguments.kept.items() if given.get(field) is not None})
    if given.get("server") is not None:
        require_address(given["server"])
