"""``solve --json``: the outcome as one JSON object with stable names."""

from __future__ import annotations

from optimizer.problem import Problem
from optimizer.solution import BatteryOperation, Result, SiteOperation
from optimizer.units import MICROS_PER_UNIT


def outcome(problem: Problem, result: Result) -> dict[str, object]:
    """Money in the problem's currency and, exactly, in micro-units; None where there is no plan or no bound."""
    termination = result.termination
    return {
        "problem": problem.name,
        "currency": problem.currency,
        "termination": termination.reason,
        "stopped_by": termination.stopped_by,
        "detail": termination.detail,
        "objective": _money(termination.objective_micros),
        "objective_micros": termination.objective_micros,
        "bound": _money(termination.bound_micros),
        "bound_micros": termination.bound_micros,
        "bound_source": termination.bound_source,
        "relative_gap": termination.relative_gap,
        "placed_count": len(result.placements),
        "unplaced_count": len(problem.jobs) - len(result.placements),
        "wall_seconds": round(result.wall_seconds, 3),
        "engine": result.engine,
        "verified": result.verified,
        "operations": [_operation(operation) for operation in result.operations],
    }


def _operation(operation: SiteOperation) -> dict[str, object]:
    return {
        "site": operation.site,
        "objective": _money(operation.terms.objective_micros),
        "peak_w": operation.peak_w,
        "heat_w": list(operation.heat_w),
        "flexible_loads": [{"name": item.name, "power_w": list(item.power_w)} for item in operation.flexible_loads],
        "battery": None if operation.battery is None else _battery(operation.battery),
    }


def _battery(battery: BatteryOperation) -> dict[str, object]:
    return {
        "charge_w": list(battery.charge_w),
        "discharge_w": list(battery.discharge_w),
        "energy_wh": list(battery.energy_wh),
    }


def _money(micros: int | None) -> float | None:
    return None if micros is None else micros / MICROS_PER_UNIT
