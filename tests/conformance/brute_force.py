"""The true optimum of a tiny problem: every combination of placements, each judged by ``verify``. Knows no columns."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.exact import ExactJob, ExactProblem, exact
from optimizer.problem import Problem
from optimizer.solution import Assignment
from optimizer.verify import Rule, verify

#: Rules that adding more jobs can mend; all others condemn every larger plan too.
_MENDABLE = {Rule.MANDATORY_JOB_LEFT_OUT}


def optimum_micros(problem: Problem) -> int | None:
    """The best objective of any plan that ``verify`` passes; None where there is none."""
    inside = exact(problem)
    return max(_objectives(inside, 0, ()), default=None)


def _objectives(problem: ExactProblem, depth: int, plan: tuple[Assignment, ...]) -> Iterator[int]:
    checked = verify(problem, plan)
    if any(violation.rule not in _MENDABLE for violation in checked.violations):
        return
    if depth == len(problem.jobs):
        if checked.feasible:
            yield checked.objective_micros
        return
    job = problem.jobs[depth]
    yield from _objectives(problem, depth + 1, plan)
    for choice in _choices(problem, job):
        yield from _objectives(problem, depth + 1, (*plan, choice))


def _choices(problem: ExactProblem, job: ExactJob) -> Iterator[Assignment]:
    for mode in job.modes:
        for pool in problem.pools:
            for start in range(problem.slot_count):
                yield Assignment(job=job.name, mode=mode.name, pool=pool.name, start_slot=start)
