"""Files the commands write, other than instances and plans."""

from __future__ import annotations

from pathlib import Path

from optimizer.errors import InvalidProblemError, Violation
from optimizer.problem import Problem
from optimizer.report import render_report
from optimizer.solution import Result


def write_report(problem: Problem, result: Result, path: str) -> None:
    """Renders and writes the HTML report.

    Raises:
        InvalidProblemError: the file cannot be written.
    """
    write_text(render_report(problem, result), path)


def write_text(content: str, path: str) -> None:
    """Writes a text file; raises InvalidProblemError where it cannot be written."""
    try:
        Path(path).write_text(content, encoding="utf-8")
    except OSError as error:
        message = f"the file cannot be written: {error.strerror}"
        raise InvalidProblemError([Violation(path, "UNWRITABLE_FILE", message)]) from None
