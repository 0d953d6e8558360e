"""Which numbered nodes the runs of a plan hold, as text."""

from __future__ import annotations

from optimizer.cli.console import BOLD, Column, Console, printable
from optimizer.problem import Problem
from optimizer.report.racks import RUN_HEADINGS, binding_words, run_rows
from optimizer.solution import Result


def print_nodes(problem: Problem, result: Result, console: Console, row_count: int) -> None:
    """At most ``row_count`` rows, then what the binding could not do; nothing where the plan is not bound."""
    if result.binding is None:
        return
    rows = run_rows(problem, result.binding)
    console.line()
    console.line("Nodes", BOLD)
    console.table([Column(heading, figures) for heading, figures in RUN_HEADINGS], rows[:row_count])
    if len(rows) > row_count:
        console.line(f"  {len(rows) - row_count:,} more are not shown")
    for issue in result.binding.issues:
        console.line(printable(f"{issue.message}."))
    console.line(f"{binding_words(result.binding)}.")
