"""Reservations and share floors as words and as a table of the report."""

from __future__ import annotations

from datetime import timedelta

from optimizer.problem import Problem
from optimizer.report import words
from optimizer.report.svg import element, text
from optimizer.report.tables import Column, table
from optimizer.solution import Result, ShareUsage, TenancyUsage

#: Heading and whether its cells are figures; nodes are in node-hours.
HEADINGS = (
    ("Tenant", False),
    ("Pool", False),
    ("Reserved, node-hours", True),
    ("Used", True),
    ("Lent", True),
    ("Idle", True),
    ("Fee, in no objective", True),
)


def tenancy_row(problem: Problem, usage: TenancyUsage) -> tuple[str, ...]:
    """One cell a heading."""
    amounts = (usage.reserved_node_slots, usage.used_node_slots, usage.lent_node_slots, usage.idle_node_slots)
    hours = tuple(f"{_hours(problem, amount):,.1f}" for amount in amounts)
    return usage.tenant, usage.pool, *hours, words.money(usage.fee_micros, problem.currency)


def share_sentence(problem: Problem, share: ShareUsage) -> str:
    """How a floor stands: met, or short by how much and at what cost."""
    placed, target = _hours(problem, share.placed_gpu_slots), _hours(problem, share.target_gpu_slots)
    gets = f"{share.tenant} gets {placed:,.1f} GPU-hours"
    if not share.shortfall_gpu_slots:
        return f"{gets}: its floor of {target:,.1f} is met."
    short, cost = _hours(problem, share.shortfall_gpu_slots), words.money(share.shortfall_cost_micros, problem.currency)
    return f"{gets} of a floor of {target:,.1f}: {short:,.1f} short, which costs {cost}."


def tenancy_section(problem: Problem, result: Result) -> str:
    """A row a reservation, a sentence a floor."""
    rows = [[text(cell) for cell in tenancy_row(problem, usage)] for usage in result.tenancy]
    written = table([Column(heading, figures) for heading, figures in HEADINGS], rows) if rows else ""
    return written + "".join(element("p", text(share_sentence(problem, share))) for share in result.shares)


def _hours(problem: Problem, slots: int) -> float:
    return slots * (problem.time_grid.slot_duration / timedelta(hours=1))
