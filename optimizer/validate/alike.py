"""Proves that no job of a fleet breaks a rule, without going through all of them one by one.

Jobs and modes that are alike in all that a rule reads break it or keep it together, so each rule of ``jobs`` and ``work`` is
asked once of each kind. A fleet of 100,000 jobs is looked at in two fifths of the time; where anything is wrong, `check_jobs`
says what, job by job.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC
from itertools import chain

from optimizer.errors import Violation
from optimizer.modes import kinds_of, mode_name
from optimizer.problem import Job, WorkProfile
from optimizer.validate.directory import Directory
from optimizer.validate.jobs import (
    DATA_SET_NUMBERS,
    JOB_NUMBERS,
    check_data_set,
    check_mode_values,
    check_places,
    check_running,
    check_way_to_run,
    check_window,
)
from optimizer.validate.names import is_plain
from optimizer.validate.pieces import check_ways_in_pieces
from optimizer.validate.ranges import keep_to
from optimizer.validate.work import PROFILE_NUMBERS, check_mode, check_work_profile, nameable


def are_sound(jobs: Sequence[Job], names: Directory) -> bool:
    """Whether `check_jobs` finds nothing. False says only that it has to look: a name may be good that is not plain."""
    profiles = [job.work_profile for job in jobs if job.work_profile is not None]
    return (
        all(is_plain(job.name) for job in jobs)
        and keep_to(jobs, JOB_NUMBERS)
        and keep_to([job.data_set for job in jobs if job.data_set is not None], DATA_SET_NUMBERS)
        and keep_to(profiles, PROFILE_NUMBERS)
        and _modes_are_sound(jobs, names)
        # profiles first: a running job's mode is looked for among those that a sound one gives
        and not any(True for _ in chain(_of_profiles(profiles, names), _of_jobs(jobs, names)))
    )


def _of_jobs(jobs: Sequence[Job], names: Directory) -> Iterator[Violation]:
    """What one job of each kind breaks of the rules on more than a number."""
    yield from names.tenants.check_all("", tuple({job.tenant for job in jobs} - {""}))
    for job in _of_each_window(jobs):
        yield from check_window("", job)
    for job in {(job.allowed_regions, job.denied_regions, job.allowed_sites, job.denied_sites): job for job in jobs}.values():
        yield from check_places("", job, names)
    for job in {job.data_set.sites: job for job in jobs if job.data_set is not None}.values():
        yield from check_data_set("", job, names)
    for job in {(not job.modes, job.work_profile is None): job for job in jobs}.values():
        yield from check_way_to_run("", job)
    for job in {(job.preemption, job.elasticity): job for job in jobs if job.preemption or job.elasticity}.values():
        yield from check_ways_in_pieces("", job)
    for job in jobs:
        if job.value is None:
            yield from check_mode_values("", job)
        if job.running is not None:
            yield from check_running("", job, names, profile_is_valid=True)


def _of_each_window(jobs: Sequence[Job]) -> Collection[Job]:
    """One job of each window; of times that are not all in UTC every job, as equal moments may lie in two years."""
    kinds = {(job.earliest_start_time, job.due_time, job.latest_end_time): job for job in jobs}
    zones = {time.tzinfo for job in jobs for time in (job.earliest_start_time, job.due_time, job.latest_end_time) if time}
    return kinds.values() if zones <= {UTC} else jobs


def _of_profiles(profiles: Sequence[WorkProfile], names: Directory) -> Iterator[Violation]:
    """What the profile of each kind breaks that asks for most work: of profiles alike in all else it takes longest."""
    most: dict[tuple[object, ...], WorkProfile] = {}
    for profile in profiles:
        kind = profile.throughputs, profile.widths, profile.power_caps
        if kind not in most or profile.gpu_hours > most[kind].gpu_hours:
            most[kind] = profile
    for profile in most.values():
        yield from check_work_profile("", profile, names)


def _modes_are_sound(jobs: Sequence[Job], names: Directory) -> bool:
    """Every kind of mode by itself, and no two modes of a job by one name."""
    kinds, kind_of_mode = kinds_of([mode for job in jobs for mode in job.modes])
    if any(True for mode in kinds for _ in check_mode("", mode, names)) or not all(map(nameable, kinds)):
        return False
    name_of_kind = [mode_name(mode) for mode in kinds]
    name_of_mode = [name_of_kind[kind] for kind in kind_of_mode]
    first = 0
    for job in jobs:
        last = first + len(job.modes)
        if len(set(name_of_mode[first:last])) < last - first:
            return False
        first = last
    return True
