"""Holds a plan to what ties its jobs to each other: groups that share a place, and order. By plain loops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer.accounting import grouping
from optimizer.accounting.runs import Run
from optimizer.exact.problem import ExactProblem
from optimizer.problem import GroupKind
from optimizer.verify.rules import Rule, RuleViolation

_SHARED = {
    GroupKind.SAME_SITE: "site",
    GroupKind.SAME_HALL: "hall",
    GroupKind.SAME_POOL: "pool",
    GroupKind.SAME_DOMAIN: "pool",
}


def check_ties(problem: ExactProblem, runs: Sequence[Run]) -> Iterator[RuleViolation]:
    """Every group that is split and every order that is broken among ``runs``, group by group, then pair by pair."""
    placed = {run.job.name: run for run in runs}
    yield from _check_groups(problem, placed)
    yield from _check_order(problem, placed)


def _check_groups(problem: ExactProblem, placed: dict[str, Run]) -> Iterator[RuleViolation]:
    for group in grouping.together(problem):
        members = [placed[name] for name in group.jobs if name in placed]
        for run in members[1:]:
            if grouping.key(group.kind, run.pool) != grouping.key(group.kind, members[0].pool):
                shared = _SHARED[group.kind]
                message = (
                    f"group {group.name!r} must run in one {shared}: job {run.job.name!r} is on {run.pool.name!r}, "
                    f"job {members[0].job.name!r} on {members[0].pool.name!r}"
                )
                yield RuleViolation(rule=Rule.GROUP_SPLIT, job=run.job.name, element=group.name, message=message)


def _check_order(problem: ExactProblem, placed: dict[str, Run]) -> Iterator[RuleViolation]:
    for precedence in problem.precedences:
        successor, predecessor = placed.get(precedence.successor), placed.get(precedence.predecessor)
        if successor is None:
            continue
        if predecessor is None:
            message = f"job {precedence.successor!r} runs, and job {precedence.predecessor!r}, which it waits for, does not"
            yield RuleViolation(
                rule=Rule.PREDECESSOR_NOT_PLACED, job=precedence.successor, element=precedence.predecessor, message=message
            )
        elif (first := predecessor.end + precedence.lag) > successor.start:
            message = (
                f"job {precedence.successor!r} starts in slot {successor.start}, allowed from slot {first}: "
                f"job {precedence.predecessor!r} ends at {predecessor.end} and the lag is {precedence.lag}"
            )
            yield RuleViolation(
                rule=Rule.STARTS_BEFORE_PREDECESSOR_ENDS,
                job=precedence.successor,
                element=precedence.predecessor,
                slot=successor.start,
                amount=first - successor.start,
                unit="slots",
                message=message,
            )
