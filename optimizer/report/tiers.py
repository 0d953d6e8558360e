"""Priority tiers as words and as a table of the report."""

from __future__ import annotations

from optimizer.problem import Problem
from optimizer.report import words
from optimizer.report.svg import text
from optimizer.report.tables import Column, table
from optimizer.solution import BoundSource, Result, TierOutcome

#: Heading and whether its cells are figures.
HEADINGS = (
    ("Tier", False),
    ("Placed", True),
    ("Of", True),
    ("Worth", True),
    ("At most", True),
    ("Gap", True),
    ("Bound by", False),
)
_SOURCES = {BoundSource.NONE: "", BoundSource.CERTIFICATE: "certificate", BoundSource.ENGINE: "the engine's word"}


def tier_row(problem: Problem, tier: TierOutcome) -> tuple[str, ...]:
    """One cell a heading."""
    gap = tier.relative_gap
    return (
        "no tier" if tier.priority_tier is None else str(tier.priority_tier),
        f"{tier.placed_count:,}",
        f"{tier.job_count:,}",
        words.money(tier.objective_micros, problem.currency),
        "" if tier.bound_micros is None else words.money(tier.bound_micros, problem.currency),
        "" if gap is None else "none" if gap == 0 else words.gap_percent(gap),
        _SOURCES[tier.bound_source],
    )


def tiers_table(problem: Problem, result: Result) -> str:
    """A row a tier, the first tier first."""
    rows = [[text(cell) for cell in tier_row(problem, tier)] for tier in result.tiers]
    return table([Column(heading, figures) for heading, figures in HEADINGS], rows)
