"""Proves that no job of a fleet breaks a rule, without going through all of them one by one.

Jobs and modes that are alike in all that a rule reads break it or keep it together, so each rule of ``jobs`` and ``work`` is
asked once of each kind. A fleet of 100,000 jobs is looked at in a fifth of the time; where anything is wrong, `check_jobs`
says what, job by job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from optimizer.errors import Violation
from optimizer.interrupt import GiveWay, never, paced
from optimizer.modes import kinds_of, mode_name
from optimizer.problem import Job, Mode, WorkProfile
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
from optimizer.validate.names import are_plain
from optimizer.validate.pieces import check_ways_in_pieces
from optimizer.validate.ranges import keep_to
from optimizer.validate.work import PROFILE_NUMBERS, check_mode, check_work_profile, nameable


class WaysToRun(NamedTuple):
    """The ways that jobs state to run them.

    Attributes:
        modes: one of each kind.
        kind_of_mode: the kind of each mode, job after job, by its place in ``modes``.
        profiles: of those alike in all but their work, the one with the most, which takes longest.
    """

    modes: list[Mode]
    kind_of_mode: list[int]
    profiles: list[WorkProfile]

    @classmethod
    def of(cls, jobs: Sequence[Job], give_way: GiveWay = never) -> WaysToRun:
        most: dict[tuple[object, ...], WorkProfile] = {}
        for job in jobs:
            if (profile := job.work_profile) is not None:
                kind = profile.throughputs, profile.widths, profile.power_caps
                known = most.setdefault(kind, profile)
                if profile.gpu_hours > known.gpu_hours:
                    most[kind] = profile
        give_way()
        return cls(*kinds_of([mode for job in jobs for mode in job.modes]), list(most.values()))


def are_sound(jobs: Sequence[Job], ways: WaysToRun, names: Directory, give_way: GiveWay = never) -> bool:
    """Whether `check_jobs` finds nothing. False says only that it has to look: a name may be good that is not plain.

    ``ways`` are those of ``jobs``.
    """
    rules: tuple[Callable[[], bool], ...] = (
        lambda: are_plain([job.name for job in jobs]),
        lambda: keep_to(jobs, JOB_NUMBERS),
        lambda: keep_to([job.data_set for job in jobs if job.data_set is not None], DATA_SET_NUMBERS),
        lambda: keep_to([job.work_profile for job in jobs if job.work_profile is not None], PROFILE_NUMBERS),
        lambda: _modes_are_sound(jobs, ways, names),
        # profiles first: a running job's mode is looked for among those that a sound one gives
        lambda: not any(True for profile in ways.profiles for _ in check_work_profile("", profile, names)),
        lambda: not any(True for _ in _of_jobs(jobs, names, give_way)),
    )
    for keeps in rules:
        give_way()
        if not keeps():
            return False
    return True


def _of_jobs(jobs: Sequence[Job], names: Directory, give_way: GiveWay) -> Iterator[Violation]:
    """What one job of each kind breaks of the rules on more than a number."""
    yield from names.tenants.check_all("", tuple(set(map(attrgetter("tenant"), jobs)) - {""}))
    for job in _of_each_window(jobs):
        yield from check_window("", job)
    give_way()
    for job in {(job.allowed_regions, job.denied_regions, job.allowed_sites, job.denied_sites): job for job in jobs}.values():
        yield from check_places("", job, names)
    give_way()
    for job in {job.data_set.sites: job for job in jobs if job.data_set is not None}.values():
        yield from check_data_set("", job, names)
    for job in {(not job.modes, job.work_profile is None): job for job in jobs}.values():
        yield from check_way_to_run("", job)
    give_way()
    for job in {(job.preemption, job.elasticity): job for job in jobs if job.preemption or job.elasticity}.values():
        yield from check_ways_in_pieces("", job)
    for job in paced(jobs, give_way):
        if job.value is None:
            yield from check_mode_values("", job)
        if job.running is not None:
            yield from check_running("", job, names, profile_is_valid=True)


def _of_each_window(jobs: Sequence[Job]) -> Iterable[Job]:
    """One job of each window and one of each due time, which no rule holds against the window.

    Of times that are not all in UTC every job, as equal moments may lie in two years.
    """
    zones = {time.tzinfo for job in jobs for time in (job.earliest_start_time, job.due_time, job.latest_end_time) if time}
    if not zones <= {UTC}:
        return jobs
    of_window = {(job.earliest_start_time, job.latest_end_time): job for job in jobs}
    return chain(of_window.values(), {job.due_time: job for job in jobs}.values())


def _modes_are_sound(jobs: Sequence[Job], ways: WaysToRun, names: Directory) -> bool:
    """Every kind of mode by itself, and no two modes of a job by one name."""
    if any(True for mode in ways.modes for _ in check_mode("", mode, names)) or not all(map(nameable, ways.modes)):
        return False
    name_of_kind = [mode_name(mode) for mode in ways.modes]
    name_of_mode = [name_of_kind[kind] for kind in ways.kind_of_mode]
    first = 0
    for job in jobs:
        last = first + len(job.modes)
        if len(set(name_of_mode[first:last])) < last - first:
            return False
        first = last
    return True
