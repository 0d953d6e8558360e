"""``loadstone export``: the instance's integer program for another solver."""

from __future__ import annotations

import argparse
from pathlib import Path

from optimizer import validate
from optimizer.candidates import candidates
from optimizer.cli.console import Console
from optimizer.cli.exit_codes import ExitCode
from optimizer.errors import InvalidProblemError, Violation
from optimizer.exact import exact
from optimizer.features import require
from optimizer.formulation.export import export
from optimizer.io.files import read_problem
from optimizer.report.words import count


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Writes the model, to the working directory unless told where."""
    problem = read_problem(arguments.file)
    validate.check(problem)
    require(problem, frozenset(), "export")
    columns = candidates(exact(problem)).columns
    stem = Path(arguments.file).name.removesuffix(".gz").removesuffix(".json")
    path = Path(arguments.out or f"{stem}.{arguments.format}")
    try:
        export(columns, path, arguments.format)
    except OSError as error:
        message = f"the file cannot be written: {error.strerror or error}"
        raise InvalidProblemError([Violation(str(path), "UNWRITABLE_FILE", message)]) from None
    console.line(f"{count(columns.column_count, 'column')} for {count(len(problem.jobs), 'job')} written to {path}")
    return ExitCode.SOLVED
