"""Modes and running placements of whole nodes, as the written-out instances state them."""

from __future__ import annotations

from datetime import timedelta

from optimizer.generate.hardware import GPU_MODELS, PUBLIC_POWER_CAP
from optimizer.generate.jobs import DEFAULT_EFFICIENCY
from optimizer.modes import mode_name
from optimizer.problem import AllocationGranularity, Mode, ResourceUse, RunningPlacement

#: How much of the work a gang twice as wide does in an hour.
DOUBLE_WIDTH_GAIN = 2 * DEFAULT_EFFICIENCY


def node_mode(
    gpu_model: str,
    node_count: int,
    hours: float,
    *,
    capped: bool = False,
    granularity: AllocationGranularity | None = None,
    **uses: int,
) -> Mode:
    """``hours`` on ``node_count`` nodes, longer and at less power if ``capped``; ``uses`` are amounts of named resources."""
    model, cap = GPU_MODELS[gpu_model], PUBLIC_POWER_CAP
    gpu_count = node_count * model.gpus_per_node
    return Mode(
        gpu_model=gpu_model,
        gpu_count=gpu_count,
        duration=timedelta(hours=round(hours / (cap.speed_share if capped else 1.0), 2)),
        it_power_kw=round(gpu_count * model.it_power_kw * (cap.power_share if capped else 1.0), 3),
        power_cap_w=model.power_cap_w if capped else None,
        resource_uses=tuple(ResourceUse(name=name, amount=amount) for name, amount in uses.items()),
        allocation_granularity=granularity,
    )


def running_on(
    pool: str,
    gpu_model: str,
    node_count: int,
    *,
    movable: bool = True,
    move_cost: float = 0.0,
    resize_cost: float | None = None,
    stop_cost: float = 0.0,
    nodes: tuple[int, ...] = (),
) -> RunningPlacement:
    """A run on ``node_count`` nodes of ``pool``, in the uncapped mode of that width."""
    mode = mode_name(node_mode(gpu_model, node_count, 1))
    return RunningPlacement(
        pool=pool,
        mode=mode,
        movable=movable,
        move_cost=move_cost,
        resize_cost=resize_cost,
        stop_cost=stop_cost,
        nodes=nodes,
    )
