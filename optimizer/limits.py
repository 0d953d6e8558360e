"""The names of the rules that limit what can run together; equation numbers are those of docs/model.md."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class LimitKind(StrEnum):
    """Which rule a row of capacity states. ``HORIZON_KINDS`` hold over the horizon, the others in every slot."""

    POOL_NODES = "pool_nodes"  # (2)
    HALL_POWER = "hall_power"  # (3)
    LIQUID_COOLING = "liquid_cooling"  # (4)
    AIR_COOLING = "air_cooling"  # (4)
    GRID_IMPORT = "grid_import"  # (5), stated in IT watts: floor((import - overhead) / PUE)
    TENANT_QUOTA = "tenant_quota"  # (6)
    RESERVATION = "reservation"  # (6)
    RESOURCE = "resource"  # (7)
    ENERGY_BUDGET = "energy_budget"  # (8)
    CARBON_BUDGET = "carbon_budget"  # (8)
    CONSUMABLE = "consumable"  # (8)
    GROUP_DOMAIN = "group_domain"  # nodes of a pool that a group of SAME_DOMAIN uses
    GROUP_APART = "group_apart"  # jobs of a group of DIFFERENT_SITES at a site
    CHURN_JOBS = "churn_jobs"  # (31) running jobs that are moved or resized
    CHURN_GPU_SLOTS = "churn_gpu_slots"  # (31) what they would still take if kept
    POOL_PART = "pool_part"  # (60) the whole domains of a pool that sets some apart, and its other nodes
    LINK = "link"  # (90) transfers over a link, in the slots before the runs that need them
    RECOVERED_HEAT = "recovered_heat"  # (81) liquid heat sold by a site, which runs give: their use is negative
    GRID_EXPORT = "grid_export"  # (87) what a battery gives beyond what its site draws: the use of what runs there is negative

    # labels are looked up millions of times, and an enum's own hash is a Python call
    __hash__ = str.__hash__

    @property
    def unit(self) -> str:
        """The limit's own unit: what labels, usages and changes of the limit count in."""
        return _UNITS[self]


_UNITS = {
    LimitKind.POOL_NODES: "nodes",
    LimitKind.HALL_POWER: "W",
    LimitKind.LIQUID_COOLING: "W",
    LimitKind.AIR_COOLING: "W",
    LimitKind.GRID_IMPORT: "W",
    LimitKind.TENANT_QUOTA: "GPUs",
    LimitKind.RESERVATION: "nodes",
    LimitKind.RESOURCE: "units",
    LimitKind.ENERGY_BUDGET: "Wh",
    LimitKind.CARBON_BUDGET: "mg",
    LimitKind.CONSUMABLE: "units",
    LimitKind.GROUP_DOMAIN: "nodes",
    LimitKind.GROUP_APART: "jobs",
    LimitKind.CHURN_JOBS: "jobs",
    LimitKind.CHURN_GPU_SLOTS: "GPU-slots",
    LimitKind.POOL_PART: "nodes",
    LimitKind.LINK: "MB/h",
    LimitKind.RECOVERED_HEAT: "W",
    LimitKind.GRID_EXPORT: "W",
}

#: Budgets of energy and carbon, whose use is metered along a run; the others are taken once by a placement.
METERED_KINDS = frozenset({LimitKind.ENERGY_BUDGET, LimitKind.CARBON_BUDGET})
#: Of these runs use a negative amount; no row over gangs is on them.
GIVEN_KINDS = frozenset({LimitKind.RECOVERED_HEAT, LimitKind.GRID_EXPORT})
CHURN_KINDS = frozenset({LimitKind.CHURN_JOBS, LimitKind.CHURN_GPU_SLOTS})
HORIZON_KINDS = METERED_KINDS | CHURN_KINDS | {LimitKind.CONSUMABLE, LimitKind.GROUP_APART}


class LimitLabel(NamedTuple):
    """Names one limit: its kind, the element it belongs to (pool, hall, site, tenant or resource), its unit."""

    kind: LimitKind
    element: str
    unit: str


_SINGULAR = {"nodes": "node", "slots": "slot", "GPUs": "GPU", "jobs": "job", "units": "unit", "GPU-slots": "GPU-slot"}


def counted(amount: int, unit: str) -> str:
    """``1 node``, ``2,000 nodes``."""
    return f"{amount:,} {_SINGULAR.get(unit, unit) if amount == 1 else unit}".rstrip()
