"""Priority tiers as text: how each stands, the first tier first."""

from __future__ import annotations

from optimizer.cli.console import BOLD, Column, Console
from optimizer.problem import Problem
from optimizer.report.tiers import HEADINGS, tier_row
from optimizer.solution import Result


def print_tiers(problem: Problem, result: Result, console: Console) -> None:
    """A row a tier; nothing where the problem has none."""
    if not result.tiers:
        return
    console.line()
    console.line("Priority tiers, none giving way to a later one", BOLD)
    console.table(
        [Column(heading, figures) for heading, figures in HEADINGS], [tier_row(problem, tier) for tier in result.tiers]
    )
