"""Priority tiers by their place: the first tier is 0."""

from __future__ import annotations

from optimizer.modes import is_mandatory
from optimizer.problem import Problem


def exact_tiers(problem: Problem) -> tuple[tuple[int, ...], tuple[int | None, ...]]:
    """The place of each job's tier, and the tiers' numbers by place; one tier (None) where the problem has none.

    A mandatory job belongs to the first tier; jobs without a tier come after all others.
    """
    numbers = sorted({job.priority_tier for job in problem.jobs if job.priority_tier is not None})
    if not numbers:
        return (0,) * len(problem.jobs), (None,)
    place = {number: index for index, number in enumerate(numbers)}
    last = any(job.priority_tier is None and not is_mandatory(job) for job in problem.jobs)
    tier_of_job = tuple(
        0 if is_mandatory(job) else len(numbers) if job.priority_tier is None else place[job.priority_tier]
        for job in problem.jobs
    )
    return tier_of_job, (*numbers, None) if last else tuple(numbers)
