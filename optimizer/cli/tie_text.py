"""Order and groups as text: who waits for whom, and where each group runs."""

from __future__ import annotations

from optimizer.cli.console import BOLD, Column, Console
from optimizer.problem import Problem
from optimizer.report.ties import GROUP_HEADINGS, ORDER_HEADINGS, group_rows, order_rows
from optimizer.solution import Result


def print_ties(problem: Problem, result: Result, console: Console, row_count: int) -> None:
    """At most ``row_count`` rows of each; nothing where the problem has none."""
    for title, headings, rows in (
        ("Order", ORDER_HEADINGS, order_rows(problem, result)),
        ("Groups", GROUP_HEADINGS, group_rows(problem, result)),
    ):
        if rows:
            console.line()
            console.line(title, BOLD)
            console.table([Column(heading, figures) for heading, figures in headings], rows[:row_count])
            if len(rows) > row_count:
                console.line(f"  {len(rows) - row_count:,} more are not shown")
