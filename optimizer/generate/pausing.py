"""Which jobs may pause: how often, how long a run between pauses is, and what it takes to go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from optimizer.generate.draws import Draws
from optimizer.problem import Job, Preemption

MAX_PAUSE_COUNTS = (1, 2, 4)
MIN_RUN_HOURS = (1, 2, 4)
#: A restart from a checkpoint takes some of a slot: fetch, compile, warm up.
RESUME_MINUTES = (0, 10, 30)
#: Pounds for the engineer's look and the storage, whatever the width.
RESUME_COST = (1.0, 20.0)
CHECKPOINT_GB = (50.0, 5_000.0)
ELSEWHERE_CHANCE = 0.3


def let_some_pause(jobs: Sequence[Job], share: float, draws: Draws) -> tuple[Job, ...]:
    """About ``share`` of ``jobs`` become preemptible; a share of 0 draws nothing."""
    if not share:
        return tuple(jobs)
    return tuple(replace(job, preemption=_preemption(draws)) if draws.chance(share) else job for job in jobs)


def _preemption(draws: Draws) -> Preemption:
    return Preemption(
        max_pause_count=draws.pick(MAX_PAUSE_COUNTS),
        min_run_duration=timedelta(hours=draws.pick(MIN_RUN_HOURS)),
        resume_duration=timedelta(minutes=draws.pick(RESUME_MINUTES)),
        resume_cost=round(draws.log_between(*RESUME_COST), 2),
        checkpoint_size_gb=float(round(draws.log_between(*CHECKPOINT_GB))),
        may_resume_elsewhere=draws.chance(ELSEWHERE_CHANCE),
        vacate_duration=timedelta(minutes=5),
    )
