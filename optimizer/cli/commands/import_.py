"""``loadstone import``: a file of a public benchmark as an instance."""

from __future__ import annotations

import argparse
from pathlib import Path

from optimizer.cli.console import Console
from optimizer.cli.exit_codes import ExitCode
from optimizer.errors import InvalidProblemError, Violation
from optimizer.io.files import write_problem
from optimizer.io.importers import import_problem
from optimizer.report.words import count


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Reads the benchmark's file and writes the instance."""
    try:
        problem = import_problem(arguments.format, Path(arguments.file))
    except OSError as error:
        message = f"the file cannot be read: {error.strerror or error}"
        raise InvalidProblemError([Violation(arguments.file, "UNREADABLE_FILE", message)]) from None
    write_problem(problem, arguments.out)
    console.line(f"{count(len(problem.sites), 'site')} and {count(len(problem.jobs), 'job')} written to {arguments.out}")
    return ExitCode.SOLVED
