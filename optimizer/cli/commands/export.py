"""``loadstone export``: the instance's integer program for another solver, or a plan as a benchmark's solution file."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from optimizer import validate
from optimizer.cli.console import Console
from optimizer.cli.exit_codes import ExitCode
from optimizer.columns.candidates import candidates
from optimizer.errors import InvalidProblemError, Violation
from optimizer.exact.problem import exact
from optimizer.features import PLACED_FEATURES, PLANT_FEATURES, require
from optimizer.formulation.export import export
from optimizer.io.exporters.icon import icon_solution
from optimizer.io.files import read_plan, read_problem
from optimizer.problem import Problem
from optimizer.report.words import count
from optimizer.verify.plan import verify_result

#: From so many on the reader is told that it takes a while.
MANY_COLUMNS = 20_000
#: All that one integer program says.
STATED = PLACED_FEATURES | PLANT_FEATURES


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Writes the model or the solution, to the working directory unless told where."""
    problem = read_problem(arguments.file)
    validate.check(problem)
    if arguments.format == "icon":
        return _write_solution(problem, arguments, console)
    if arguments.plan:
        message = f"only the icon format writes a plan; {arguments.format} is the model of the instance alone"
        raise InvalidProblemError([Violation("--plan", "NOT_OF_FORMAT", message)])
    require(problem, STATED, "export", "or export the jobs of each tier: a model has one objective")
    columns = candidates(exact(problem)).columns
    path = Path(arguments.out or f"{_stem(arguments)}.{arguments.format}")
    if columns.column_count > MANY_COLUMNS:
        console.status(f"Stating {columns.column_count:,} columns one by one; 50,000 take about a minute.\n")
    with _writing(path):
        export(columns, path, arguments.format)
    console.line(f"{count(columns.column_count, 'column')} for {count(len(problem.jobs), 'job')} written to {path}")
    return ExitCode.SOLVED


def _write_solution(problem: Problem, arguments: argparse.Namespace, console: Console) -> ExitCode:
    if not arguments.plan:
        raise InvalidProblemError([Violation("--plan", "REQUIRED", "the icon format writes a plan; name its file")])
    result = read_plan(arguments.plan)
    checked = verify_result(exact(problem), result)
    for violation in checked.violations:
        console.error(f"error: {violation}")
    if not checked.feasible:
        console.error("error: the plan does not hold for this instance; nothing is written")
        return ExitCode.REFUSED
    # halls that the plan does not state are switched as pays best for its runs
    text = icon_solution(problem, replace(result, hall_schedules=checked.hall_schedules))
    path = Path(arguments.out or f"{_stem(arguments)}.solution.txt")
    with _writing(path):
        path.write_text(text, encoding="utf-8")
    console.line(f"{count(len(problem.jobs), 'task')} written to {path}")
    return ExitCode.SOLVED


def _stem(arguments: argparse.Namespace) -> str:
    return Path(arguments.file).name.removesuffix(".gz").removesuffix(".json")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"the file cannot be written: {error.strerror or error}"
        raise InvalidProblemError([Violation(str(path), "UNWRITABLE_FILE", message)]) from None
