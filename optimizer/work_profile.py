"""Work from which modes are derived, as the user states it. Frozen data in the units of the field names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuThroughput:
    """How fast the work goes on one GPU model, and what a GPU draws (all-in IT power per GPU, kW).

    ``relative_speed``: GPU-hours of the profile done by one GPU in one hour (1 = the model the work was measured on).
    """

    gpu_model: str
    relative_speed: float
    it_power_kw_per_gpu: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WidthEfficiency:
    """At ``gpu_count`` GPUs each one does ``efficiency`` (0, 1] of what it does alone."""

    gpu_count: int
    efficiency: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerCap:
    """A cap at ``power_share`` of uncapped power keeps ``speed_share`` of uncapped speed; both in (0, 1]."""

    power_share: float
    speed_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkProfile:
    """Work from which modes are derived: every GPU model x width x power cap (``optimizer.modes``)."""

    gpu_hours: float
    throughputs: tuple[GpuThroughput, ...]
    widths: tuple[WidthEfficiency, ...]
    power_caps: tuple[PowerCap, ...] = ()
