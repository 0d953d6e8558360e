"""Which jobs wait for another, and which belong together or apart: pipelines, sweeps and replicas of one tenant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from optimizer.generate.draws import Draws
from optimizer.modes import modes_of
from optimizer.problem import Group, GroupKind, Job, Precedence, TimeGrid

LAG_HOURS = (0, 0, 1, 2)
#: Earlier jobs of the tenant that are looked at before a job is left without a predecessor.
TRIES = 8
TOGETHER_SIZES = (2, 3, 4)
REPLICA_COUNT = 2
REPLICAS_CHANCE = 0.4


def order_some(jobs: Sequence[Job], share: float, grid: TimeGrid, draws: Draws) -> tuple[Precedence, ...]:
    """About ``share`` of ``jobs`` wait for an earlier one of their tenant, where there is one that leaves them time.

    Nothing that runs already waits. A share of 0 draws nothing.
    """
    if not share:
        return ()
    earlier: dict[str, list[Job]] = {}
    found = []
    for job in jobs:
        before = earlier.setdefault(job.tenant, [])
        if before and job.running is None and draws.chance(share):
            lag = timedelta(hours=draws.pick(LAG_HOURS))
            tries = (draws.pick(before) for _ in range(TRIES))
            predecessor = next((each for each in tries if _leaves_time(each, job, lag, grid)), None)
            if predecessor is not None:
                found.append(Precedence(predecessor=predecessor.name, successor=job.name, lag=lag))
        before.append(job)
    return tuple(found)


def _leaves_time(predecessor: Job, successor: Job, lag: timedelta, grid: TimeGrid) -> bool:
    """Whether the two fit one after the other, were they alone and the data in place."""
    start = max(_release(predecessor, grid) + _shortest(predecessor) + lag, _release(successor, grid))
    end = grid.start_time + grid.slot_count * grid.slot_duration
    return start + _shortest(successor) <= (successor.latest_end_time or end)


def _release(job: Job, grid: TimeGrid) -> datetime:
    return job.earliest_start_time or grid.start_time


def _shortest(job: Job) -> timedelta:
    return min(mode.duration for mode in modes_of(job))


def group_some(jobs: Sequence[Job], share: float, draws: Draws) -> tuple[Group, ...]:
    """About ``share`` of ``jobs`` in groups of one tenant: sweeps at one site, and replicas, free of borders, apart.

    A job that may resume elsewhere is in no group. A share of 0 draws nothing.
    """
    if not share:
        return ()
    waiting: dict[tuple[str, tuple[str, ...]], list[Job]] = {}
    for job in jobs:
        stays = job.preemption is None or not job.preemption.may_resume_elsewhere
        if stays and draws.chance(share):
            waiting.setdefault((job.tenant, job.allowed_regions), []).append(job)
    chunks = [chunk for (_, regions), members in waiting.items() for chunk in _chunks(members, not regions, draws)]
    return tuple(
        Group(name=f"group-{number}", kind=kind, jobs=tuple(job.name for job in members))
        for number, (kind, members) in enumerate(chunks, start=1)
    )


def _chunks(members: list[Job], may_part: bool, draws: Draws) -> Iterator[tuple[GroupKind, list[Job]]]:
    """``members`` in groups of two and more, in order; one that is left over stays alone."""
    rest = members
    while len(rest) > 1:
        apart = may_part and draws.chance(REPLICAS_CHANCE)
        size = REPLICA_COUNT if apart else draws.pick(TOGETHER_SIZES)
        chunk, rest = rest[:size], rest[size:]
        yield (GroupKind.DIFFERENT_SITES if apart else GroupKind.SAME_SITE), chunk
