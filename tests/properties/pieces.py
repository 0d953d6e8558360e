"""Random tiny problems whose jobs may pause and change their mode, still small enough to try all plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from optimizer.problem import Elasticity, Job, Preemption, Problem, Site
from tests.properties.strategies import tiny_problems

#: Lists of segments of all jobs together that trying all plans may have to look at.
SEGMENT_LIST_COUNT = 3_000
#: Lists of two and three disjoint runs in so many slots.
PAIRS = {2: 1, 3: 5, 4: 15, 5: 35}
TRIPLES = {2: 0, 3: 1, 4: 7, 5: 28}


@st.composite
def tiny_problems_in_pieces(draw: DrawFn) -> Problem:
    """``tiny_problems`` of one to three jobs, at least one of which may run in pieces."""
    problem = draw(tiny_problems())
    slot = problem.time_grid.slot_duration
    jobs = tuple(_freed(draw, job, slot) for job in problem.jobs[:3])
    problem = replace(
        problem, jobs=jobs, sites=tuple(_curtailed(draw, site, problem.time_grid.slot_count) for site in problem.sites)
    )
    assume(any(job.preemption or job.elasticity for job in jobs))
    assume(sum(_list_count(problem, job) for job in jobs) <= SEGMENT_LIST_COUNT)
    return problem


def _curtailed(draw: DrawFn, site: Site, slot_count: int) -> Site:
    """Most sites have an hour in the middle in which nothing may run or power is dear: what pauses are for."""
    hour = draw(st.integers(1, max(1, slot_count - 2)))
    what = draw(st.sampled_from(("closed", "closed", "dear", "as drawn")))
    if what == "closed":
        limit = tuple(0.0 if slot == hour else 60.0 for slot in range(slot_count))
        return replace(site, import_limit_kw=limit, overhead_kw=())
    if what == "dear":
        price = tuple(3_000.0 if slot == hour else 50.0 for slot in range(slot_count))
        return replace(site, energy_price_per_mwh=price)
    return site


def _freed(draw: DrawFn, job: Job, slot: timedelta) -> Job:
    pauses, changes = draw(st.sampled_from(((1, 0), (1, 0), (2, 0), (0, 1), (1, 1), (0, 2), (0, 0))))
    if len(job.modes) < 2:
        changes = 0
    modes = tuple(replace(mode, duration=draw(st.sampled_from((2, 2, 3, 2.6))) * slot) for mode in job.modes)
    value = None if job.value is None else draw(st.sampled_from((job.value, 60.0, 80.0)))
    late = draw(st.sampled_from((None, None, job.latest_end_time)))
    least_run = draw(st.sampled_from((0, 0, 2))) * slot
    preemption = Preemption(
        max_pause_count=pauses,
        min_run_duration=least_run,
        resume_duration=draw(st.sampled_from((0, 0, 1))) * slot,
        resume_cost=draw(st.sampled_from((0.0, 0.5, 3.0))),
        checkpoint_size_gb=draw(st.sampled_from((0.0, 30.0))),
        may_resume_elsewhere=draw(st.booleans()),
    )
    elasticity = Elasticity(
        max_change_count=changes,
        change_duration=draw(st.sampled_from((0, 0, 1))) * slot,
        change_cost=draw(st.sampled_from((0.0, 1.0))),
        work_step_count=draw(st.sampled_from((0, 0, 7))),
    )
    job = replace(job, modes=modes, value=value, latest_end_time=late)
    return replace(job, preemption=preemption if pauses else None, elasticity=elasticity if changes else None)


def _list_count(problem: Problem, job: Job) -> int:
    places = len(job.modes) * sum(len(hall.pools) for site in problem.sites for hall in site.halls)
    most = (job.preemption.max_pause_count if job.preemption else 0) + (
        job.elasticity.max_change_count if job.elasticity else 0
    )
    slots = problem.time_grid.slot_count
    pairs = places**2 * PAIRS[slots] if most else 0
    return pairs + (places**3 * TRIPLES[slots] if most > 1 else 0)
