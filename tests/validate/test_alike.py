"""Many jobs are looked at by kind: what is wrong with one of many alike is found, and told as if each were looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from optimizer.errors import Violation
from optimizer.problem import DataSet, Job, Mode, Preemption, Problem, RunningPlacement
from optimizer.validate import validate
from optimizer.validate.alike import WaysToRun
from optimizer.validate.alike import are_sound as are_sound_with
from optimizer.validate.dearest import dearest_job as dearest_with
from optimizer.validate.directory import Directory
from optimizer.validate.jobs import check_jobs
from tests.validate.full_problem import START, edit, full_problem

FULL = full_problem()
COPY_COUNT = 4
#: A field of one of many like jobs, and a value that breaks a rule.
WRONG: list[tuple[str, Any]] = [
    ("jobs[{last}].name", ""),
    ("jobs[{last}].name", "a\nb"),
    ("jobs[{last}].tenant", "nobody"),
    ("jobs[{last}].value", float("nan")),
    ("jobs[{last}].value", -1e12),
    ("jobs[{last}].tardiness_cost_per_hour", float("inf")),
    ("jobs[{last}].priority_tier", 5_000),
    ("jobs[{last}].due_time", START.replace(tzinfo=None)),
    ("jobs[{last}].latest_end_time", START - timedelta(hours=20)),
    ("jobs[{last}].allowed_regions", ("UK",)),
    ("jobs[{last}].denied_sites", ("Nowhere",)),
    ("jobs[{last}].data_set", DataSet(sites=(), size_gb=1.0)),
    ("jobs[{last}].data_set.size_gb", -1.0),
    ("jobs[{last}].modes", ()),
    ("jobs[{last}].modes[0].gpu_count", -1),
    ("jobs[{last}].modes[1].duration", timedelta(seconds=1.5)),
    ("jobs[{last}].modes[0].it_power_kw", float("nan")),
    ("jobs[{last}].modes[0].gpu_model", "H1OO"),
    ("jobs[{last}].modes[0].pools", ("nowhere",)),
    ("jobs[{last}].modes[0].name", "H100x8@500W"),
    ("jobs[{last}].running.stop_cost", -1.0),
    ("jobs[{last}].preemption.resume_cost", -1.0),
    ("jobs[{last}].elasticity.change_duration", timedelta(days=-1)),
    ("jobs[{before}].work_profile.gpu_hours", 0.0),
    ("jobs[{before}].work_profile.gpu_hours", 1e12),
    ("jobs[{before}].work_profile.widths", ()),
]


def many() -> Problem:
    """The two full jobs of the full problem again and again, under new names: job 2k trains, job 2k + 1 has a work profile."""
    train, profiled, _ = FULL.jobs
    copies = tuple(replace(job, name=f"{job.name}-{k}") for k in range(COPY_COUNT) for job in (profiled, train))
    return replace(FULL, jobs=copies, groups=(), precedences=())


def are_sound(jobs: tuple[Job, ...], names: Directory) -> bool:
    return are_sound_with(jobs, WaysToRun.of(jobs), names)


def dearest_job(jobs: tuple[Job, ...]) -> Job:
    return dearest_with(jobs, WaysToRun.of(jobs))


def told_one_by_one(problem: Problem) -> list[Violation]:
    return list(check_jobs(problem, Directory(problem)))


def test_nothing_is_wrong() -> None:
    assert are_sound(many().jobs, Directory(many()))
    assert validate(many()) == ()


@pytest.mark.parametrize(("path", "value"), WRONG)
def test_one_wrong_among_many_alike(path: str, value: object) -> None:
    last = 2 * COPY_COUNT - 1
    problem = edit(many(), path.format(last=last, before=last - 1), value)
    expected = told_one_by_one(problem)
    assert expected
    assert not are_sound(problem.jobs, Directory(problem))
    assert validate(problem) == tuple(expected)


def test_one_moment_in_two_years() -> None:
    """Equal times, of which one is written in a year out of range."""
    good = datetime(2199, 12, 31, 23, 30, tzinfo=UTC)
    bad = good.astimezone(timezone(timedelta(hours=1)))
    times = (bad, good, good)
    jobs = tuple(replace(FULL.jobs[2], name=f"j{k}", latest_end_time=time) for k, time in enumerate(times))
    problem = replace(FULL, jobs=jobs, groups=(), precedences=())
    assert [violation.path for violation in validate(problem)] == ["jobs[0].latest_end_time"]


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_of_profiles_alike_the_longest_is_looked_at(order: slice) -> None:
    """Only the one with most work takes longer than a run may, wherever it stands."""
    profile = FULL.jobs[1].work_profile
    assert profile is not None
    hours = (1.0, 1e12, 2.0)[order]
    jobs = tuple(Job(name=f"j{k}", value=1.0, work_profile=replace(profile, gpu_hours=each)) for k, each in enumerate(hours))
    ways = WaysToRun.of(jobs)
    assert [each.gpu_hours for each in ways.profiles] == [1e12]
    problem = replace(FULL, jobs=jobs, groups=(), precedences=())
    assert [violation.path for violation in validate(problem)] == ["jobs[1].work_profile.gpu_hours"]


def test_a_late_due_time_hides_no_wrong_window() -> None:
    """Due times and windows are looked at apart: a job alike in one may differ in the other."""
    hour = timedelta(hours=1)
    windows = ((START, START + hour, START + 2 * hour), (START + 3 * hour, START + hour, START + 2 * hour))
    jobs = tuple(
        replace(FULL.jobs[2], name=f"j{k}", earliest_start_time=release, due_time=due, latest_end_time=deadline)
        for k, (release, due, deadline) in enumerate(windows)
    )
    problem = replace(FULL, jobs=jobs, groups=(), precedences=())
    assert [violation.path for violation in validate(problem)] == ["jobs[1].latest_end_time"]


def test_a_wrong_mode_value_among_jobs_without_a_value() -> None:
    priced = tuple(replace(mode, value=1.0) for mode in FULL.jobs[0].modes)
    half_priced = (priced[0], replace(priced[1], value=None))
    jobs = tuple(Job(name=f"j{k}", modes=half_priced if k == 3 else priced) for k in range(5))
    problem = replace(FULL, jobs=jobs, groups=(), precedences=())
    assert [violation.path for violation in validate(problem)] == ["jobs[3].modes[1].value"]


def test_an_accented_name_is_good_and_one_with_a_soft_hyphen_too() -> None:
    """A soft hyphen is not printable and not forbidden: the quick look says no, the slow one nothing."""
    jobs = tuple(replace(job, name=name) for job, name in zip(many().jobs, ("Tromsø", "soft\u00adhyphen"), strict=False))
    problem = replace(many(), jobs=jobs)
    assert not are_sound(problem.jobs, Directory(problem))
    assert validate(problem) == ()


def test_suggestions_are_as_many_as_ever() -> None:
    """The quick look uses up none of the twenty names that are suggested."""
    jobs = tuple(replace(job, tenant=f"lab{k}") for k, job in enumerate(many().jobs * 5))
    problem = replace(many(), jobs=tuple(replace(job, name=f"j{k}") for k, job in enumerate(jobs)))
    messages = [violation.message for violation in validate(problem)]
    assert len(messages) == 40
    assert sum("did you mean 'lab'" in message for message in messages) == 20


def test_the_dearest_of_no_jobs_is_free() -> None:
    dearest = dearest_job(())
    assert (dearest.value, dearest.tardiness_cost_per_hour, dearest.due_time) == (0.0, 0.0, None)
    assert dearest.modes[0].it_power_kw == 0.0


def test_the_dearest_has_the_largest_of_each() -> None:
    hour = timedelta(hours=1)
    one = Job(
        name="one",
        value=-7.0,
        due_time=START + 2 * hour,
        modes=(Mode(duration=hour, it_power_kw=3.0, cost=-2.0), Mode(duration=hour, value=4.0)),
        running=RunningPlacement(pool="p", mode="m", move_cost=5.0, resize_cost=None),
    )
    other = Job(
        name="other",
        value=6.0,
        due_time=START + hour,
        tardiness_cost_per_hour=9.0,
        modes=(Mode(duration=hour, it_power_kw=1.0),),
        data_set=DataSet(sites=("s",), size_gb=8.0),
        preemption=Preemption(max_pause_count=3, resume_cost=1.5, checkpoint_size_gb=2.5),
    )
    dearest = dearest_job((one, other))
    assert (dearest.value, dearest.due_time, dearest.tardiness_cost_per_hour) == (7.0, START + hour, 9.0)
    assert dearest.modes == (Mode(duration=timedelta(0), it_power_kw=3.0, value=4.0, cost=2.0),)
    assert dearest.running == RunningPlacement(pool="", mode="", move_cost=5.0, resize_cost=0.0)
    assert dearest.data_set == DataSet(sites=(), size_gb=8.0)
    assert dearest.preemption == Preemption(max_pause_count=3, resume_cost=1.5, checkpoint_size_gb=2.5)


def test_the_dearest_is_as_strong_as_any_derived_mode() -> None:
    profiled = FULL.jobs[1]
    assert profiled.work_profile is not None
    strongest = max(
        part.it_power_kw_per_gpu * width.gpu_count
        for part in profiled.work_profile.throughputs
        for width in profiled.work_profile.widths
    )
    assert dearest_job((profiled,)).modes[0].it_power_kw >= strongest
