"""Rules of priority tiers: what a strict order of tiers cannot mean is refused."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.errors import Violation
from optimizer.modes import is_mandatory
from optimizer.problem import Problem
from optimizer.validate.ranges import show
from optimizer.validate.reasons import Reason


def check_tiers(problem: Problem) -> Iterator[Violation]:
    """A job that must run has no tier of its own (it is of the first), and none waits for a job of a later tier."""
    if all(job.priority_tier is None for job in problem.jobs):
        return
    first = min(job.priority_tier for job in problem.jobs if job.priority_tier is not None)
    place: dict[str, float] = {}
    for j, job in enumerate(problem.jobs):
        mandatory = is_mandatory(job)
        if mandatory and job.priority_tier is not None:
            message = (
                f"priority_tier is {show(job.priority_tier)}, but the job has no value, so it must run and is of the first "
                "tier anyway; unset one of the two"
            )
            yield Violation(f"jobs[{j}].priority_tier", Reason.TIER_OF_MANDATORY_JOB, message)
        place[job.name] = first if mandatory else float("inf") if job.priority_tier is None else job.priority_tier
    for p, tie in enumerate(problem.precedences):
        before, after = place.get(tie.predecessor), place.get(tie.successor)
        if before is not None and after is not None and before > after:
            message = (
                f"predecessor {show(tie.predecessor)} is of a later tier than {show(tie.successor)}; "
                "a job may wait only for jobs of its own tier or of earlier ones"
            )
            yield Violation(f"precedences[{p}].predecessor", Reason.PREDECESSOR_IN_LATER_TIER, message)
