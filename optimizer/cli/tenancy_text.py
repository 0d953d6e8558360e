"""Reservations and share floors as text."""

from __future__ import annotations

from optimizer.cli.console import BOLD, Column, Console, printable
from optimizer.problem import Problem
from optimizer.report.tenancy import HEADINGS, share_sentence, tenancy_row
from optimizer.solution import Result


def print_tenancy(problem: Problem, result: Result, console: Console) -> None:
    """A row a reservation, a line a floor; nothing where the problem has neither."""
    if not result.tenancy and not result.shares:
        return
    console.line()
    console.line("Reservations and share floors", BOLD)
    if result.tenancy:
        columns = [Column(heading, figures) for heading, figures in HEADINGS]
        console.table(columns, [tenancy_row(problem, usage) for usage in result.tenancy])
    for share in result.shares:
        console.line(f"  {printable(share_sentence(problem, share))}")
