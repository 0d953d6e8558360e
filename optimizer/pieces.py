"""What lets a job run in pieces, in slots and micro-units: how often, at what cost, and how its work is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import lcm

from optimizer.problem import Elasticity, Preemption
from optimizer.units import slots_up, to_micros

#: The most steps that a job's work is counted in where it does not say how many.
DEFAULT_WORK_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class ExactPreemption:
    """``max_pause_count`` >= 1; durations in slots, rounded up."""

    max_pause_count: int
    min_run_slots: int
    resume_slots: int
    resume_cost_micros: int
    checkpoint_size_gb: float
    may_resume_elsewhere: bool
    vacate_slots: int


@dataclass(frozen=True, slots=True)
class ExactElasticity:
    """``max_change_count`` >= 1; ``work`` is what the whole job does, in steps."""

    max_change_count: int
    min_run_slots: int
    change_slots: int
    change_cost_micros: int
    work: int


def exact_preemption(preemption: Preemption | None, slot: timedelta) -> ExactPreemption | None:
    """None where the job may not pause."""
    if preemption is None or not preemption.max_pause_count:
        return None
    return ExactPreemption(
        max_pause_count=preemption.max_pause_count,
        min_run_slots=slots_up(preemption.min_run_duration, slot),
        resume_slots=slots_up(preemption.resume_duration, slot),
        resume_cost_micros=to_micros(preemption.resume_cost),
        checkpoint_size_gb=preemption.checkpoint_size_gb,
        may_resume_elsewhere=preemption.may_resume_elsewhere,
        vacate_slots=slots_up(preemption.vacate_duration, slot),
    )


def exact_elasticity(elasticity: Elasticity | None, durations: Sequence[int], slot: timedelta) -> ExactElasticity | None:
    """None where the job may not change, or has no second mode to change to. ``durations``: its modes' slots."""
    if elasticity is None or not elasticity.max_change_count or len(durations) < 2:
        return None
    return ExactElasticity(
        max_change_count=elasticity.max_change_count,
        min_run_slots=slots_up(elasticity.min_run_duration, slot),
        change_slots=slots_up(elasticity.change_duration, slot),
        change_cost_micros=to_micros(elasticity.change_cost),
        work=elasticity.work_step_count or min(DEFAULT_WORK_LIMIT, lcm(*durations)),
    )
