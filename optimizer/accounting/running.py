"""Work that runs already: what a plan may do with it, what that costs, and how much of the churn budget it takes.

A running job is *kept* where it begins in its pool in the first slot in its mode, *resized* where it does so in another
mode, *moved* where it begins anywhere else, later or both, and *stopped* where it is left out. A stop is no churn: it takes
nothing of the budget. What a run in pieces is, its first piece says; to begin later where it runs is then a pause and no churn.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from optimizer.exact.problem import ExactJob, ExactMode, ExactPool, ExactProblem
from optimizer.limits import LimitKind, LimitLabel

CHURN_JOBS = LimitLabel(LimitKind.CHURN_JOBS, "fleet", "jobs")
CHURN_GPU_SLOTS = LimitLabel(LimitKind.CHURN_GPU_SLOTS, "fleet", "GPU-slots")


class Fate(StrEnum):
    """What a placement does with its job."""

    STARTED = "started"  # it did not run before
    KEPT = "kept"
    RESIZED = "resized"
    MOVED = "moved"

    @property
    def in_place(self) -> bool:
        """Whether it goes on where it is: it then waits for no release and stages no data."""
        return self in (Fate.KEPT, Fate.RESIZED)


def fate(job: ExactJob, mode: ExactMode, pool: ExactPool, start: int) -> Fate:
    """What becomes of ``job`` that begins in ``mode`` on ``pool`` in slot ``start``."""
    if job.running is None:
        return Fate.STARTED
    if job.running.pool != pool.name or start != 0:
        return Fate.MOVED
    return Fate.KEPT if job.running.mode == mode.name else Fate.RESIZED


def is_allowed(job: ExactJob, found: Fate) -> bool:
    """Whether the job may be treated so: one that is not movable is kept, or resized at a cost of its own."""
    running = job.running
    if running is None or running.movable or found is Fate.KEPT:
        return True
    return found is Fate.RESIZED and running.resize_cost_micros is not None


def change_micros(job: ExactJob, found: Fate) -> int:
    """What a move or a resize costs."""
    running = job.running
    if running is None or found in (Fate.STARTED, Fate.KEPT):
        return 0
    if found is Fate.RESIZED and running.resize_cost_micros is not None:
        return running.resize_cost_micros
    return running.move_cost_micros


def stop_micros(job: ExactJob) -> int:
    """What it costs to leave the job out; 0 for one that must run and for one that does not run yet."""
    return 0 if job.running is None or job.mandatory else job.running.stop_cost_micros


def stopped_micros(problem: ExactProblem, placed: Collection[str]) -> int:
    """What a plan pays for the jobs it stops: those not named in ``placed``."""
    return sum(stop_micros(job) for job in problem.jobs if job.name not in placed)


def churn_limits(problem: ExactProblem) -> dict[LimitLabel, int]:
    """The churn budgets that the problem states, with their capacity."""
    stated = ((CHURN_JOBS, problem.churn.job_count), (CHURN_GPU_SLOTS, problem.churn.gpu_slots))
    return {label: capacity for label, capacity in stated if capacity is not None}


def churn_uses(problem: ExactProblem, job: ExactJob, found: Fate) -> list[tuple[LimitLabel, int]]:
    """What a move or a resize takes from each churn budget: one job, and the GPU-slots it would still take if kept."""
    if job.running is None or found in (Fate.STARTED, Fate.KEPT):
        return []
    name = job.running.mode
    kept = next(mode for mode in job.modes if mode.name == name)
    uses = ((CHURN_JOBS, 1), (CHURN_GPU_SLOTS, kept.gpu_count * kept.duration))
    limits = churn_limits(problem)
    return [(label, amount) for label, amount in uses if label in limits and amount > 0]
