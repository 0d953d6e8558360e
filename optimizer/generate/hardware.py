"""The GPU models of the UK/Norway fleet: power as rated, so that limits hold at the peak.

Figures marked P (primary), S (secondary), C (computed) in ``instances/uk-no/README.md`` are public; relative speeds are
assumptions of this instance (A), of the order that published training results show.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from optimizer.problem import AllocationGranularity, PowerCap

#: Zeus: a 250 W cap on a 400 W A100 keeps 84 % of the speed at 66 % of the power (mean of eight LLM workloads).
PUBLIC_POWER_CAP = PowerCap(power_share=0.66, speed_share=0.84)
CAP_SHARE_OF_RATED_W = 250 / 400


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuModel:
    """``speed`` is relative to one H100. ``it_power_kw`` is all-in (node or rack) per GPU at rating."""

    name: str
    speed: float
    rated_w: int
    it_power_kw: float
    gpus_per_node: int
    nodes_per_domain: int
    liquid_heat_share: float

    @property
    def power_cap_w(self) -> float:
        return float(round(self.rated_w * CAP_SHARE_OF_RATED_W))

    @property
    def granularity(self) -> AllocationGranularity:
        return AllocationGranularity.DOMAIN if self.nodes_per_domain > 1 else AllocationGranularity.NODE

    @property
    def gpus_per_grant(self) -> int:
        """GPUs in the least that a placement takes: a node, or a whole rack."""
        return self.gpus_per_node * self.nodes_per_domain


def _eight_gpu_node(name: str, speed: float, rated_w: int, node_kw: float, liquid: float = 0.0) -> GpuModel:
    return GpuModel(
        name=name,
        speed=speed,
        rated_w=rated_w,
        it_power_kw=node_kw / 8,
        gpus_per_node=8,
        nodes_per_domain=1,
        liquid_heat_share=liquid,
    )


def _nvl72_rack(name: str, speed: float, rated_w: int, rack_kw: float) -> GpuModel:
    return GpuModel(
        name=name,
        speed=speed,
        rated_w=rated_w,
        it_power_kw=rack_kw / 72,
        gpus_per_node=4,
        nodes_per_domain=18,
        liquid_heat_share=0.9,
    )


GPU_MODELS = MappingProxyType(
    {
        model.name: model
        for model in (
            _eight_gpu_node("A100", speed=0.4, rated_w=400, node_kw=6.5),
            _eight_gpu_node("H100", speed=1.0, rated_w=700, node_kw=10.2),
            _eight_gpu_node("H200", speed=1.15, rated_w=700, node_kw=10.2),
            _eight_gpu_node("B200", speed=2.0, rated_w=1000, node_kw=14.3, liquid=0.6),
            _nvl72_rack("GB200", speed=2.2, rated_w=1200, rack_kw=120.0),
            _nvl72_rack("GB300", speed=2.6, rated_w=1400, rack_kw=136.0),
        )
    }
)
#: Gangs of these run in whole racks of 72 GPUs; the others in nodes of eight.
RACK_MODELS = ("GB200", "GB300")
NODE_MODELS = ("A100", "H100", "H200", "B200")
