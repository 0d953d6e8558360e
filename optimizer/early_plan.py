"""A first plan of the dearest jobs of a fleet, verified while the columns of the others are still to be cut.

A first plan places the dearest jobs first, so what it begins with can be told early: a fiftieth of 100,000 jobs makes three
quarters of the worth of the first plan of all of them, and is there in a quarter of the time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from heapq import nlargest

from optimizer.columns.candidates import ColumnCutter
from optimizer.engines.greedy import first_plan
from optimizer.exact.problem import ExactProblem, with_jobs
from optimizer.features import TIE_FEATURES, Feature
from optimizer.interrupt import GiveWay, never
from optimizer.modes import is_mandatory
from optimizer.problem import Job, Problem
from optimizer.relay import verified
from optimizer.verify.plan import Verification

#: Of how many jobs the dearest are placed early; of fewer, all are placed as soon.
LEAST_JOB_COUNT = 500
#: How many of them: this share, and at least so many.
SHARE = 0.02
LEAST_PLACED_COUNT = 100
#: What a plan of some of the jobs cannot be held to, or would not be one for.
OF_ALL_JOBS = TIE_FEATURES | {Feature.PRIORITY_TIERS, Feature.HALL_COMMITMENT}


def early_plan(
    problem: Problem, used: Collection[Feature], fleet: ExactProblem, cutter: ColumnCutter, give_way: GiveWay = never
) -> Verification | None:
    """A plan of some of the jobs of ``problem`` that keeps every rule of the whole; None where the whole is as soon planned.

    It leaves out no job that must run or runs already, and no job has ties: no rule or cost speaks of those it leaves out, so
    what is verified without them holds beside them. ``used`` are the features of ``problem``, ``fleet`` is the problem without
    jobs and ``cutter`` cuts columns on it.

    Raises:
        VerificationError: the plan breaks a rule.
    """
    if len(problem.jobs) < LEAST_JOB_COUNT or not OF_ALL_JOBS.isdisjoint(used):
        return None
    give_way()
    jobs = _dearest(problem.jobs)
    if 2 * len(jobs) > len(problem.jobs):
        return None
    give_way()
    found = cutter.candidates(with_jobs(fleet, replace(problem, jobs=jobs), give_way), give_way)
    plan = first_plan(found.columns, found.selection(()), give_way=give_way)
    return None if plan is None else verified(found, plan, give_way=give_way)


def _dearest(jobs: tuple[Job, ...]) -> tuple[Job, ...]:
    """The jobs that must run or do, and the dearest of the others."""
    needed: list[Job] = []
    others: list[Job] = []
    for job in jobs:
        (needed if job.running is not None or is_mandatory(job) else others).append(job)
    return (*needed, *nlargest(max(LEAST_PLACED_COUNT, round(SHARE * len(jobs))), others, key=_value))


def _value(job: Job) -> float:
    """Its own, or else that of its dearest mode."""
    if job.value is not None:
        return job.value
    return max(mode.value for mode in job.modes if mode.value is not None)
