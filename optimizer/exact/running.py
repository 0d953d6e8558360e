"""Where jobs run already and how much of that may change, in integers; part of ``optimizer.exact``."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.problem import ChurnBudget, RunningPlacement
from optimizer.units import SECONDS_PER_HOUR, round_down, to_micros


@dataclass(frozen=True, slots=True)
class ExactRunning:
    pool: str
    mode: str
    movable: bool
    move_cost_micros: int
    #: None: a resize is a move
    resize_cost_micros: int | None
    stop_cost_micros: int
    nodes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ExactChurn:
    """How many running jobs a plan may move or resize, and how many of their GPU-slots; None is no limit."""

    job_count: int | None
    gpu_slots: int | None


NO_CHURN_BUDGET = ExactChurn(None, None)


def exact_churn(budget: ChurnBudget | None, slot_seconds: int) -> ExactChurn:
    """GPU-hours as whole GPU-slots, rounded down."""
    if budget is None:
        return NO_CHURN_BUDGET
    hours = budget.max_gpu_hours
    gpu_slots = None if hours is None else round_down(hours, SECONDS_PER_HOUR) // slot_seconds
    return ExactChurn(budget.max_change_count, gpu_slots)


def exact_running(running: RunningPlacement) -> ExactRunning:
    """Costs to the nearest micro-unit."""
    return ExactRunning(
        pool=running.pool,
        mode=running.mode,
        movable=running.movable,
        move_cost_micros=to_micros(running.move_cost),
        resize_cost_micros=None if running.resize_cost is None else to_micros(running.resize_cost),
        stop_cost_micros=to_micros(running.stop_cost),
        nodes=tuple(sorted(running.nodes)),
    )
