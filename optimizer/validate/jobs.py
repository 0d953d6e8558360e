"""Rules of jobs: window, value, where they may run, what they hold already. Their modes are ``work``'s."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.errors import Violation
from optimizer.exact.topology import has_whole_domains, takes_whole_domains
from optimizer.modes import derive_modes, mode_name
from optimizer.problem import Job, Problem
from optimizer.validate import ranges
from optimizer.validate.codes import check_regions, check_time
from optimizer.validate.directory import Directory
from optimizer.validate.names import Known, check_name
from optimizer.validate.pieces import check_ways_in_pieces
from optimizer.validate.ranges import Rules, check_numbers, show
from optimizer.validate.reasons import Reason
from optimizer.validate.work import check_modes, check_work_profile, nameable

JOB_NUMBERS: Rules = (
    ("value", ranges.MONEY),
    ("tardiness_cost_per_hour", ranges.COST),
    ("priority_tier", ranges.PRIORITY_TIER),
)
DATA_SET_NUMBERS: Rules = (("size_gb", ranges.DATA_GB),)
RUNNING_NUMBERS: Rules = (("move_cost", ranges.COST), ("resize_cost", ranges.COST), ("stop_cost", ranges.COST))
TIMES = ("earliest_start_time", "due_time", "latest_end_time")


def check_jobs(problem: Problem, names: Directory) -> Iterator[Violation]:
    for j, job in enumerate(problem.jobs):
        yield from check_job(f"jobs[{j}]", job, names)


def check_job(path: str, job: Job, names: Directory) -> Iterator[Violation]:
    yield from check_name(f"{path}.name", job.name)
    if job.tenant:
        yield from names.tenants.check(f"{path}.tenant", job.tenant)
    yield from check_numbers(path, job, JOB_NUMBERS)
    yield from check_window(path, job)
    yield from check_places(path, job, names)
    if job.data_set is not None:
        yield from check_data_set(path, job, names)
    yield from check_way_to_run(path, job)
    profile_violations = list(check_work_profile(f"{path}.work_profile", job.work_profile, names))
    yield from profile_violations
    yield from check_modes(path, job.modes, names)
    yield from check_mode_values(path, job)
    if job.running is not None:
        yield from check_running(path, job, names, profile_is_valid=not profile_violations)
    yield from check_ways_in_pieces(path, job)


def check_window(path: str, job: Job) -> Iterator[Violation]:
    """Each time is a moment, and the deadline is not before the release.

    A window too short for every mode is a good input: the job stays unplaced with the reason WINDOW_TOO_SHORT. So is a
    due time before the release: the job can only be late.
    """
    release, deadline = job.earliest_start_time, job.latest_end_time
    if release is None and deadline is None and job.due_time is None:
        return
    wrong = [
        violation
        for field, time in zip(TIMES, (release, job.due_time, deadline), strict=True)
        if time is not None
        for violation in check_time(f"{path}.{field}", time)
    ]
    yield from wrong
    if not wrong and release is not None and deadline is not None and deadline < release:
        message = (
            f"latest_end_time is {show(deadline)}, before earliest_start_time {show(release)}; a job must end after it starts"
        )
        yield Violation(f"{path}.latest_end_time", Reason.INVERTED_WINDOW, message)


def check_places(path: str, job: Job, names: Directory) -> Iterator[Violation]:
    """Region codes are codes, sites exist, and nothing is allowed and denied at once."""
    if job.allowed_regions:
        yield from check_regions(f"{path}.allowed_regions", job.allowed_regions)
    if job.denied_regions:
        yield from check_regions(f"{path}.denied_regions", job.denied_regions)
        yield from check_disjoint(f"{path}.denied_regions", job.denied_regions, job.allowed_regions)
    if job.allowed_sites:
        yield from names.sites.check_all(f"{path}.allowed_sites", job.allowed_sites)
    if job.denied_sites:
        yield from names.sites.check_all(f"{path}.denied_sites", job.denied_sites)
        yield from check_disjoint(f"{path}.denied_sites", job.denied_sites, job.allowed_sites)


def check_disjoint(path: str, denied: tuple[str, ...], allowed: tuple[str, ...]) -> Iterator[Violation]:
    """No entry of the denied list stands in the allowed list."""
    both = set(denied).intersection(allowed)
    for index, entry in enumerate(denied):
        if entry in both:
            message = f"{show(entry)} is both allowed and denied; it must stand in one of the two lists at most"
            yield Violation(f"{path}[{index}]", Reason.ALLOWED_AND_DENIED, message)


def check_data_set(path: str, job: Job, names: Directory) -> Iterator[Violation]:
    """Held at one site at least; every site exists."""
    if job.data_set is None:
        return
    if not job.data_set.sites:
        message = "sites is empty; a data set lies at one site or more"
        yield Violation(f"{path}.data_set.sites", Reason.MISSING, message)
    yield from names.sites.check_all(f"{path}.data_set.sites", job.data_set.sites)
    yield from check_numbers(f"{path}.data_set", job.data_set, DATA_SET_NUMBERS)


def check_way_to_run(path: str, job: Job) -> Iterator[Violation]:
    """Modes or a work profile: one of the two."""
    if job.modes and job.work_profile is not None:
        message = "modes and work_profile are both given; give one of the two"
        yield Violation(f"{path}.work_profile", Reason.MODES_AND_WORK_PROFILE, message)
    elif not job.modes and job.work_profile is None:
        message = "modes is empty and there is no work_profile; give at least one mode or a work_profile"
        yield Violation(f"{path}.modes", Reason.NO_MODES, message)


def check_mode_values(path: str, job: Job) -> Iterator[Violation]:
    """A job without a value has one on all of its modes (optional) or on none (mandatory)."""
    if job.value is not None:
        return
    without = [k for k, mode in enumerate(job.modes) if mode.value is None]
    if 0 < len(without) < len(job.modes):
        for k in without:
            message = (
                "value is unset though other modes of the job have one; give the job a value, "
                "or all of its modes, or none of them (mandatory)"
            )
            yield Violation(f"{path}.modes[{k}].value", Reason.MODE_VALUE_MISSING, message)


def check_running(path: str, job: Job, names: Directory, *, profile_is_valid: bool) -> Iterator[Violation]:
    """The pool exists, the mode is one of the job's, and the pool has the mode's GPU model."""
    if (running := job.running) is None:
        return
    yield from names.pools.check(f"{path}.running.pool", running.pool)
    yield from check_numbers(f"{path}.running", running, RUNNING_NUMBERS)
    if not profile_is_valid:
        return
    derived = () if job.work_profile is None else derive_modes(job.work_profile)
    modes = {mode_name(mode): mode for mode in (*job.modes, *derived) if nameable(mode)}
    yield from Known("mode of the job", modes).check(f"{path}.running.mode", running.mode)
    mode, pool = modes.get(running.mode), names.pool_by_name.get(running.pool)
    if mode is not None and pool is not None and mode.gpu_model not in ("", pool.gpu_model):
        message = (
            f"mode {show(running.mode)} asks for GPU model {show(mode.gpu_model)}, but pool {show(running.pool)} "
            f"has {show(pool.gpu_model)}; a running job holds a pool that its mode fits"
        )
        yield Violation(f"{path}.running.pool", Reason.INCOMPATIBLE_POOL, message)
    if mode is not None and pool is not None and takes_whole_domains(mode) and not has_whole_domains(pool):
        message = (
            f"mode {show(running.mode)} takes whole domains, but pool {show(running.pool)} grants nodes and has a "
            f"whole_domain_count of 0; a running job holds a pool that its mode fits"
        )
        yield Violation(f"{path}.running.pool", Reason.INCOMPATIBLE_POOL, message)
