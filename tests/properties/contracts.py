"""Random tiny problems that ask for everything at once: order, groups, tiers, lending, narrowed quotas and share floors."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from optimizer.errors import InvalidProblemError
from optimizer.problem import Group, GroupKind, Job, Precedence, Problem, Quota, Reservation, ShareFloor, Tenant
from optimizer.validate import check
from tests.properties.pieces import tiny_problems_in_pieces
from tests.properties.strategies import tiny_problems


@st.composite
def tiny_problems_with_contracts(draw: DrawFn) -> Problem:
    """A problem of ``tiny_problems`` or of ``tiny_problems_in_pieces`` with some of all that ties jobs and tenants."""
    problem = draw(st.one_of(tiny_problems(), tiny_problems_in_pieces()))
    slot = problem.time_grid.slot_duration
    tenants = tuple(_contract(draw, problem, tenant, slot) for tenant in problem.tenants)
    groups = _groups(draw, problem.jobs)
    grouped = {job for group in groups for job in group.jobs}
    jobs = tuple(_staying(job) if job.name in grouped else job for job in problem.jobs)
    if draw(st.booleans()):
        jobs = tuple(_ranked(draw, job, slot) for job in jobs)
    problem = replace(problem, tenants=tenants, jobs=jobs, groups=groups, precedences=_precedences(draw, jobs, slot))
    assume(_is_valid(problem))
    return problem


def _is_valid(problem: Problem) -> bool:
    """A later tier before an earlier one, or more held than there is, is refused."""
    try:
        check(problem)
    except InvalidProblemError:
        return False
    return True


def _staying(job: Job) -> Job:
    """Jobs of a group resume where they paused."""
    return job if job.preemption is None else replace(job, preemption=replace(job.preemption, may_resume_elsewhere=False))


def _ranked(draw: DrawFn, job: Job, slot: timedelta) -> Job:
    """In a tier, where the job need not run; one that may pause may vacate sooner or later."""
    if job.preemption is not None:
        job = replace(job, preemption=replace(job.preemption, vacate_duration=draw(st.sampled_from((0, 1, 2))) * slot))
    return job if job.value is None else replace(job, priority_tier=draw(st.sampled_from((1, 1, 2, 5, None))))


def _contract(draw: DrawFn, problem: Problem, tenant: Tenant, slot: timedelta) -> Tenant:
    """Reservations lent, quotas of a pool or a GPU model, a floor under the share; each by chance."""
    pools = [pool for site in problem.sites for hall in site.halls for pool in hall.pools]
    pool = draw(st.sampled_from(pools))
    reservations = tuple(_lent(draw, held, slot) for held in tenant.reservations)
    quotas = tenant.quotas
    if draw(st.booleans()):
        narrow = draw(st.sampled_from(({"pool": pool.name}, {"gpu_model": pool.gpu_model})))
        quotas = (*quotas, Quota(gpu_count=draw(st.sampled_from((8, 12, 16))), **narrow))
    floor = None
    if draw(st.booleans()):
        floor = ShareFloor(
            gpu_hours=draw(st.sampled_from((8.0, 16.0, 20.0, 48.0))),
            shortfall_cost_per_gpu_hour=draw(st.sampled_from((0.25, 1.0, 4.0))),
        )
    return replace(tenant, quotas=quotas, reservations=reservations, share_floor=floor)


def _lent(draw: DrawFn, held: Reservation, slot: timedelta) -> Reservation:
    reclaim = draw(st.sampled_from((None, 0, 1)))
    return held if reclaim is None else replace(held, reclaim_duration=reclaim * slot)


def _groups(draw: DrawFn, jobs: tuple[Job, ...]) -> tuple[Group, ...]:
    names = [job.name for job in jobs]
    groups = []
    for number in range(draw(st.sampled_from((0, 0, 1, 1, 2)))):
        members = draw(st.lists(st.sampled_from(names), unique=True, min_size=min(2, len(names)), max_size=3))
        groups.append(Group(name=f"group {number}", kind=draw(st.sampled_from(tuple(GroupKind))), jobs=tuple(members)))
    return tuple(groups)


def _precedences(draw: DrawFn, jobs: tuple[Job, ...], slot: timedelta) -> tuple[Precedence, ...]:
    """From a job to one further on in the list, so that there is no circle."""
    pairs = [(a.name, b.name) for a, b in pairwise(jobs)] + ([(jobs[0].name, jobs[-1].name)] if len(jobs) > 2 else [])
    if not pairs:
        return ()
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=2))
    return tuple(
        Precedence(predecessor=before, successor=after, lag=draw(st.sampled_from((0, 0, 0.5, 1))) * slot)
        for before, after in chosen
    )
