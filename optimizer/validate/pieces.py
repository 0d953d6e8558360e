"""Rules of jobs that may pause or change their mode: ranges, and the steps in which a changing job counts its work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from optimizer.errors import Violation
from optimizer.modes import mode_name, modes_of
from optimizer.problem import Job
from optimizer.units import slots_up
from optimizer.validate import ranges
from optimizer.validate.ranges import DurationRules, Rules, check_durations, check_numbers
from optimizer.validate.reasons import Reason
from optimizer.validate.series import Horizon

PREEMPTION_NUMBERS: Rules = (
    ("max_pause_count", ranges.PAUSE_COUNT),
    ("resume_cost", ranges.COST),
    ("checkpoint_size_gb", ranges.DATA_GB),
)
PREEMPTION_DURATIONS: DurationRules = (
    ("min_run_duration", ranges.SPAN),
    ("resume_duration", ranges.SPAN),
    ("vacate_duration", ranges.SPAN),
)
ELASTICITY_NUMBERS: Rules = (
    ("max_change_count", ranges.CHANGE_COUNT),
    ("change_cost", ranges.COST),
    ("work_step_count", ranges.WORK_STEP_COUNT),
)
ELASTICITY_DURATIONS: DurationRules = (("change_duration", ranges.SPAN), ("min_run_duration", ranges.SPAN))


def check_ways_in_pieces(path: str, job: Job) -> Iterator[Violation]:
    """The numbers and durations of pauses and changes."""
    if job.preemption is not None:
        yield from check_numbers(f"{path}.preemption", job.preemption, PREEMPTION_NUMBERS)
        yield from check_durations(f"{path}.preemption", job.preemption, PREEMPTION_DURATIONS)
    if job.elasticity is not None:
        yield from check_numbers(f"{path}.elasticity", job.elasticity, ELASTICITY_NUMBERS)
        yield from check_durations(f"{path}.elasticity", job.elasticity, ELASTICITY_DURATIONS)


def check_work_steps(path: str, job: Job, horizon: Horizon) -> Iterator[Violation]:
    """A stated number of steps is at least the slots of every mode: fewer, and a mode does no whole step in a slot.

    Steps that are not stated are good as they are: a mode too slow for them runs in one piece only.
    """
    if job.elasticity is None or not job.elasticity.work_step_count:
        return
    slot = timedelta(seconds=horizon.slot_seconds)
    longest = max(modes_of(job), key=lambda mode: mode.duration)
    needed = slots_up(longest.duration, slot)
    if job.elasticity.work_step_count < needed:
        message = (
            f"work_step_count is {job.elasticity.work_step_count}, but mode {mode_name(longest)!r} takes {needed} slots, so "
            f"it does no whole step in a slot; it must be at least {needed}, or 0 for the default"
        )
        yield Violation(f"{path}.elasticity.work_step_count", Reason.WORK_STEPS_TOO_FEW, message)
