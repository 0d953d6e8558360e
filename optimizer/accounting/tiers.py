"""What a plan is worth to each priority tier, by plain loops."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from optimizer.accounting.running import stop_micros
from optimizer.exact.halls import at_no_cost
from optimizer.exact.problem import ExactHall, ExactProblem, ExactSite
from optimizer.solution import CostBreakdown, Placement


def tier_worths(problem: ExactProblem, placements: Sequence[Placement], terms: CostBreakdown) -> tuple[int, ...]:
    """Micro-units by tier, first to last; they add up to the objective of ``terms``.

    A tier's worth is that of its jobs' placements, less what its stopped jobs cost; what belongs to no job counts in the last.
    """
    place = {job.name: problem.tier_of_job[job.index] for job in problem.jobs}
    worths = [0] * len(problem.tiers)
    for placement in placements:
        worths[place[placement.job]] += placement.terms.objective_micros
    placed = {placement.job for placement in placements}
    for job in problem.jobs:
        if job.name not in placed:
            worths[place[job.name]] -= stop_micros(job)
    worths[-1] += terms.objective_micros - sum(worths)
    return tuple(worths)


def tier_standings(problem: ExactProblem, placed: Collection[str]) -> tuple[tuple[int | None, int, int], ...]:
    """By tier, first to last: its number (None: jobs without one), how many jobs it has and how many of them are ``placed``."""
    jobs = [[job.name for job in problem.jobs if problem.tier_of_job[job.index] == tier] for tier in range(len(problem.tiers))]
    return tuple(
        (number, len(names), sum(name in placed for name in names)) for number, names in zip(problem.tiers, jobs, strict=True)
    )


def jobs_up_to(problem: ExactProblem, tier: int) -> ExactProblem:
    """The problem with the jobs of the tiers up to ``tier`` (0 is the first) alone.

    Floors, what halls cost and what sites run beside their jobs count with the last tier; until then batteries cost nothing.
    """
    kept = [job for job in problem.jobs if problem.tier_of_job[job.index] <= tier]
    names = {job.name for job in kept}
    is_last = tier == len(problem.tiers) - 1
    return replace(
        problem,
        halls=problem.halls if is_last else tuple(_at_no_cost(hall) for hall in problem.halls),
        jobs=tuple(replace(job, index=index) for index, job in enumerate(kept)),
        tier_of_job=tuple(problem.tier_of_job[job.index] for job in kept),
        floors=problem.floors if is_last else (),
        sites=problem.sites if is_last else tuple(_without_plant(site) for site in problem.sites),
        groups=tuple(replace(group, jobs=tuple(job for job in group.jobs if job in names)) for group in problem.groups),
        precedences=tuple(tie for tie in problem.precedences if tie.predecessor in names and tie.successor in names),
    )


def _at_no_cost(hall: ExactHall) -> ExactHall:
    return hall if hall.commitment is None else replace(hall, commitment=at_no_cost(hall.commitment))


def _without_plant(site: ExactSite) -> ExactSite:
    battery = None if site.battery is None else site.battery.at_no_cost()
    return replace(site, flexible_loads=(), demand_charge_micros_per_kw=0, heat_offtake=None, battery=battery)
