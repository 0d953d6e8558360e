"""Order and groups as words and as tables of the report: who waits for whom, with how much slack, and where groups run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optimizer import units
from optimizer.problem import Group, GroupKind, Precedence, Problem
from optimizer.report import words
from optimizer.report.svg import text
from optimizer.report.tables import MOST_ROWS, Column, not_shown, table
from optimizer.solution import Placement, Result

#: Heading and whether its cells are figures.
ORDER_HEADINGS = (
    ("Job", False),
    ("Starts", False),
    ("Waits for", False),
    ("Which ends", False),
    ("Lag, slots", True),
    ("Slack, slots", True),
)
GROUP_HEADINGS = (("Group", False), ("Rule", False), ("Runs at", False), ("Placed", True), ("Of", True))
_RULES = {
    GroupKind.SAME_SITE: "one site",
    GroupKind.SAME_HALL: "one hall",
    GroupKind.SAME_POOL: "one pool",
    GroupKind.SAME_DOMAIN: "one NVLink domain",
    GroupKind.DIFFERENT_SITES: "different sites",
}
LEFT_OUT = "left out"


def order_rows(problem: Problem, result: Result) -> list[tuple[str, ...]]:
    """One cell a heading; least slack first, then what is left out."""
    placed = {placement.job: placement for placement in result.placements}
    ranked = sorted(problem.precedences, key=lambda p: _rank(problem, placed, p))
    return [_order_row(problem, placed, precedence) for precedence in ranked]


def group_rows(problem: Problem, result: Result) -> list[tuple[str, ...]]:
    """One cell a heading."""
    placed = {placement.job: placement for placement in result.placements}
    return [_group_row(group, [placed[job] for job in group.jobs if job in placed]) for group in problem.groups]


def ties_section(problem: Problem, result: Result) -> str:
    """The tables of order and of groups, each where the problem has any."""
    parts = []
    for headings, rows, noun in (
        (ORDER_HEADINGS, order_rows(problem, result), "pairs of jobs"),
        (GROUP_HEADINGS, group_rows(problem, result), "groups"),
    ):
        if rows:
            cells = [[text(cell) for cell in row] for row in rows[:MOST_ROWS]]
            parts += [table([Column(*heading) for heading in headings], cells), not_shown(len(rows), noun)]
    return "".join(parts)


def slack_slots(problem: Problem, placed: Mapping[str, Placement], precedence: Precedence) -> int | None:
    """How many slots later than it had to the successor starts; None where one of the two is left out."""
    before, after = placed.get(precedence.predecessor), placed.get(precedence.successor)
    if before is None or after is None:
        return None
    return after.start_slot - before.end_slot - _lag_slots(problem, precedence)


def _lag_slots(problem: Problem, precedence: Precedence) -> int:
    return units.slots_up(precedence.lag, problem.time_grid.slot_duration)


def _rank(problem: Problem, placed: Mapping[str, Placement], precedence: Precedence) -> tuple[bool, int, str, str]:
    slack = slack_slots(problem, placed, precedence)
    return slack is None, slack or 0, precedence.successor, precedence.predecessor


def _order_row(problem: Problem, placed: Mapping[str, Placement], precedence: Precedence) -> tuple[str, ...]:
    before, after = placed.get(precedence.predecessor), placed.get(precedence.successor)
    slack = slack_slots(problem, placed, precedence)
    return (
        precedence.successor,
        LEFT_OUT if after is None else words.day_and_clock(after.start_time),
        precedence.predecessor,
        LEFT_OUT if before is None else words.day_and_clock(before.end_time),
        f"{_lag_slots(problem, precedence):,}",
        "" if slack is None else f"{slack:,}",
    )


def _group_row(group: Group, members: Sequence[Placement]) -> tuple[str, ...]:
    if group.kind in (GroupKind.SAME_SITE, GroupKind.DIFFERENT_SITES):
        places = [placement.site for placement in members]
    elif group.kind is GroupKind.SAME_HALL:
        places = [f"{placement.hall} at {placement.site}" for placement in members]
    else:
        places = [placement.pool for placement in members]
    where = words.names(sorted(set(places)), shown=6) if members else "nowhere"
    return group.name, _RULES[group.kind], where, f"{len(members):,}", f"{len(group.jobs):,}"
