"""What it takes to switch a hall on and off, in watts, micro-units and slots; part of ``optimizer.exact``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from optimizer.problem import Commitment
from optimizer.units import W_PER_KW, round_up, slots_up, to_micros


@dataclass(frozen=True, slots=True)
class ExactCommitment:
    """``min_up`` and ``min_down`` are slots, at least one; they bind from each change on, up to the end of the horizon.

    ``free_standby``: standby draws power and costs nothing, as in priority tiers before the last.
    """

    standby_w: int
    start_up_micros: int
    shut_down_micros: int
    min_up: int
    min_down: int
    initially_on: bool
    finally_off: bool
    free_standby: bool = False


def at_no_cost(commitment: ExactCommitment) -> ExactCommitment:
    """The same rules; standby and changes cost nothing."""
    return replace(commitment, start_up_micros=0, shut_down_micros=0, free_standby=True)


def exact_commitment(commitment: Commitment | None, slot: timedelta) -> ExactCommitment | None:
    """Standby power and durations rounded up, costs to the nearest micro-unit; None for a hall that is always on."""
    if commitment is None:
        return None
    return ExactCommitment(
        standby_w=round_up(commitment.standby_power_kw, W_PER_KW),
        start_up_micros=to_micros(commitment.start_up_cost),
        shut_down_micros=to_micros(commitment.shut_down_cost),
        min_up=max(1, slots_up(commitment.min_up_duration, slot)),
        min_down=max(1, slots_up(commitment.min_down_duration, slot)),
        initially_on=commitment.initially_on,
        finally_off=commitment.finally_off,
    )
