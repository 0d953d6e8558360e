"""Files the commands write, other than instances and plans."""

from __future__ import annotations

from pathlib import Path

from optimizer.changes.change import Difference
from optimizer.comparison import compare
from optimizer.errors import InvalidProblemError, Violation
from optimizer.problem import Problem
from optimizer.report import render_report
from optimizer.solution import Result


def write_report(problem: Problem, result: Result, path: str, before: Result | None = None) -> None:
    """Renders and writes the HTML report, with what changes from ``before`` or, where jobs run already, from that.

    Raises:
        InvalidProblemError: the file cannot be written.
    """
    write_text(render_report(problem, result, _difference(problem, result, before)), path)


def _difference(problem: Problem, result: Result, before: Result | None) -> Difference | None:
    if not result.placements or (before is None and all(job.running is None for job in problem.jobs)):
        return None
    return compare(problem, result, before)


def write_text(content: str, path: str) -> None:
    """Writes a text file; raises InvalidProblemError where it cannot be written."""
    try:
        Path(path).write_text(content, encoding="utf-8")
    except OSError as error:
        message = f"the file cannot be written: {error.strerror}"
        raise InvalidProblemError([Violation(path, "UNWRITABLE_FILE", message)]) from None
