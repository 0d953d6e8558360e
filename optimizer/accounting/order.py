"""When a job may start and end for the sake of those before and after it: what precedence alone implies.

A successor runs only after its predecessors, so it starts no earlier than they can end. A predecessor of a job that must run
ends no later than that job can still start. Columns outside these windows are in no plan, so nobody counts them: neither
candidates nor the check of a bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.exact.problem import ExactJob, ExactProblem
from optimizer.exact.ties import ExactPrecedence


@dataclass(frozen=True, slots=True)
class OrderWindow:
    """A run starts at or after ``first_start`` and ends at or before ``last_end``."""

    first_start: int
    last_end: int


def order_windows(problem: ExactProblem) -> dict[str, OrderWindow]:
    """The window of each job that stands in some precedence; release, deadline and shortest mode of all are counted in."""
    if not problem.precedences:
        return {}
    jobs = {job.name: job for job in problem.jobs}
    precedences = [p for p in problem.precedences if p.predecessor in jobs and p.successor in jobs]
    if not precedences:
        return {}
    order = topological(precedences)
    shortest = {name: min((mode.duration for mode in jobs[name].modes), default=0) for name in order}
    first_start = {name: _release(jobs[name]) for name in order}
    last_end = {name: min(jobs[name].deadline, problem.slot_count) for name in order}
    after: dict[str, list[ExactPrecedence]] = {name: [] for name in order}
    for precedence in precedences:
        after[precedence.predecessor].append(precedence)
    for name in order:
        for p in after[name]:
            first_start[p.successor] = max(first_start[p.successor], first_start[name] + shortest[name] + p.lag)
    for name in reversed(order):
        for p in after[name]:
            if jobs[p.successor].mandatory:
                last_end[name] = min(last_end[name], last_end[p.successor] - shortest[p.successor] - p.lag)
    return {name: OrderWindow(first_start[name], last_end[name]) for name in order}


def topological(precedences: Sequence[ExactPrecedence]) -> list[str]:
    """The jobs of ``precedences``, each after all it waits for; there is no cycle."""
    waiting: dict[str, int] = {}
    after: dict[str, list[str]] = {}
    for p in precedences:
        waiting.setdefault(p.predecessor, 0)
        waiting[p.successor] = waiting.get(p.successor, 0) + 1
        after.setdefault(p.predecessor, []).append(p.successor)
    order = [name for name, count in waiting.items() if count == 0]
    for name in order:
        for successor in after.get(name, ()):
            waiting[successor] -= 1
            if waiting[successor] == 0:
                order.append(successor)
    return order


def _release(job: ExactJob) -> int:
    """Going on in place needs no release."""
    return 0 if job.running is not None else job.release
