"""How large a problem may be, counted before any work begins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields

from optimizer.errors import Violation
from optimizer.problem import Job, Mode, Problem
from optimizer.validate.directory import all_halls, all_pools
from optimizer.validate.ranges import show
from optimizer.validate.reasons import Reason
from optimizer.validate.tenants import MAX_RESERVING_TENANT_COUNT


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeLimits:
    """The largest problem that is accepted, every limit inclusive and >= 0.

    Attributes:
        max_job_count: jobs.
        max_mode_count: modes of all jobs, derived ones included.
        max_pool_count: pools of the fleet.
        max_slot_count: slots of the horizon.
        max_window_count: (job, mode, pool) that fit by GPU model, pools and sites.
        max_column_count: windows x slots, so an upper estimate of the binaries of the time-indexed model.
        max_limit_cell_count: limits x slots, an upper estimate of the numbers that state all capacities.
    """

    max_job_count: int = 100_000
    max_mode_count: int = 1_000_000
    max_pool_count: int = 10_000
    max_slot_count: int = 100_000
    max_window_count: int = 10_000_000
    max_column_count: int = 2_000_000_000
    max_limit_cell_count: int = 50_000_000


DEFAULT_SIZE_LIMITS = SizeLimits()

_COUNTED = {
    "max_job_count": ("jobs", "jobs"),
    "max_mode_count": ("jobs", "modes"),
    "max_pool_count": ("sites", "pools"),
    "max_slot_count": ("time_grid.slot_count", "slots"),
    "max_window_count": ("jobs", "job, mode and pool combinations"),
    "max_column_count": ("jobs", "job, mode, pool and start combinations"),
    "max_limit_cell_count": ("sites", "limits x slots"),
}


def check_size(problem: Problem, limits: SizeLimits = DEFAULT_SIZE_LIMITS) -> tuple[Violation, ...]:
    """Every limit that ``problem``, valid or not, exceeds; reason TOO_LARGE."""
    return tuple(_check_counts(problem, limits))


def _check_counts(problem: Problem, limits: SizeLimits) -> Iterator[Violation]:
    counts = _counts(problem)
    for field in fields(limits):
        path, what = _COUNTED[field.name]
        count, limit = getattr(counts, field.name), getattr(limits, field.name)
        if count > limit:
            message = f"the problem has {show(count)} {what}; this service takes at most {limit} ({field.name})"
            yield Violation(path, Reason.TOO_LARGE, message)


def _counts(problem: Problem) -> SizeLimits:
    """The problem's own counts, each in the place of the limit it is held against."""
    slot_count = max(0, problem.time_grid.slot_count)
    pools = [pool for _, pool in all_pools(problem)]
    pool_count_by_model = Counter(pool.gpu_model for pool in pools)
    window_count = sum(_window_count(job, pool_count_by_model, len(pools)) for job in problem.jobs)
    return SizeLimits(
        max_job_count=len(problem.jobs),
        max_mode_count=sum(_mode_count(job) for job in problem.jobs),
        max_pool_count=len(pools),
        max_slot_count=slot_count,
        max_window_count=window_count,
        max_column_count=window_count * slot_count,
        max_limit_cell_count=_limit_count(problem) * slot_count,
    )


def _mode_count(job: Job) -> int:
    profile = job.work_profile
    if profile is None:
        return len(job.modes)
    return len(job.modes) + len(profile.throughputs) * len(profile.widths) * max(1, len(profile.power_caps))


def _window_count(job: Job, pool_count_by_model: Counter[str], pool_count: int) -> int:
    windows = sum(_fitting_pool_count(mode, pool_count_by_model, pool_count) for mode in job.modes)
    if (profile := job.work_profile) is not None:
        fitting = sum(pool_count_by_model[throughput.gpu_model] for throughput in profile.throughputs)
        windows += fitting * len(profile.widths) * max(1, len(profile.power_caps))
    return windows


def _fitting_pool_count(mode: Mode, pool_count_by_model: Counter[str], pool_count: int) -> int:
    """By GPU model and the mode's own list of pools; its list of sites may leave fewer."""
    fitting = pool_count_by_model[mode.gpu_model] if mode.gpu_model else pool_count
    return min(fitting, len(mode.pools)) if mode.pools else fitting


def _limit_count(problem: Problem) -> int:
    """Rows of capacity: pools, their parts, halls (power, liquid, air), sites, quotas, sets of reserving tenants, resources."""
    reserving = Counter(reservation.pool for tenant in problem.tenants for reservation in tenant.reservations)
    return (
        sum(1 + 2 * bool(pool.whole_domain_count) + len(pool.resources) for _, pool in all_pools(problem))
        + 3 * sum(1 for _ in all_halls(problem))
        + sum(1 + len(site.resources) for site in problem.sites)
        + sum(len(tenant.quotas) for tenant in problem.tenants)
        + sum(1 << min(count, MAX_RESERVING_TENANT_COUNT) for count in reserving.values())
        + len(problem.resources)
    )
