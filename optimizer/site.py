"""Sites as their users state them: grid connection, halls, cooling, GPU pools and what is out of service in them.

The part of ``optimizer.problem`` that describes the fleet; import the names from there. A ``Series`` holds no value (unset),
one value (it holds in every slot), or ``slot_count`` values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from optimizer.weather import CoolingCurve, PueCurve, TimedSeries

Series = tuple[float, ...]
IntSeries = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A named whole-number resource; a mode's use of the name counts wherever the pool, its site or the fleet has it.

    ``consumable``: the capacity (one value) is for the whole horizon and each placement takes its use once. Otherwise the
    capacity holds in every slot and a placement uses it while it runs.
    """

    name: str
    capacity: IntSeries
    consumable: bool = False


class AllocationGranularity(StrEnum):
    NODE = "NODE"
    DOMAIN = "DOMAIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """A node or a whole domain of a pool, by number, that is out of service from one time to another.

    Numbers begin at 0; domain ``d`` of a pool with ``n`` nodes a domain holds the nodes ``d n`` to ``d n + n - 1``. One of
    ``node`` and ``domain`` is set. Slots that the window touches count whole.
    """

    node: int | None = None
    domain: int | None = None
    start_time: datetime
    end_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuPool:
    """Nodes of one GPU model in one hall. With DOMAIN granularity a placement takes whole NVLink domains (or racks).

    ``node_count``: nodes in service by slot; what maintenance and a buffer take is not taken off yet. The most of them are
    the pool's numbered nodes. ``whole_domain_count``: in a pool that grants nodes, so many of the first domains are for the
    modes that ask for whole domains, and for them only. ``failure_buffer_node_count``: nodes that stay free by slot.
    ``liquid_heat_share``: part of the IT power that the liquid loop carries off, in [0, 1]; the rest goes to the air.
    """

    name: str
    gpu_model: str
    node_count: IntSeries
    gpus_per_node: int
    nodes_per_domain: int = 1
    allocation_granularity: AllocationGranularity = AllocationGranularity.NODE
    liquid_heat_share: float = 0.0
    resources: tuple[Resource, ...] = ()
    whole_domain_count: int = 0
    maintenance: tuple[Maintenance, ...] = ()
    failure_buffer_node_count: IntSeries = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """A hall that may be switched off. Money is in the problem's currency.

    Changes count from ``initially_on``. ``finally_off``: a hall still on at the end of the horizon pays its shut-down there.
    """

    standby_power_kw: float = 0.0
    start_up_cost: float = 0.0
    shut_down_cost: float = 0.0
    min_up_duration: timedelta = timedelta(0)
    min_down_duration: timedelta = timedelta(0)
    initially_on: bool = False
    finally_off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """Pools behind one IT feed and one cooling plant. An unset limit is no limit; a curve gives it from the site's weather."""

    name: str
    it_power_limit_kw: Series = ()
    liquid_cooling_limit_kw: Series = ()
    air_cooling_limit_kw: Series = ()
    pools: tuple[GpuPool, ...] = ()
    commitment: Commitment | None = None
    liquid_cooling_curve: CoolingCurve | None = None
    air_cooling_curve: CoolingCurve | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlexibleLoad:
    """Load that may be curtailed at will (mining): up to ``power_kw`` by slot, earning ``value_per_mwh`` of IT energy."""

    name: str
    power_kw: Series
    value_per_mwh: Series
    hall: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatOfftake:
    """Heat sold to neighbours: up to ``limit_kw`` by slot of the recovered share of liquid heat, at ``price_per_mwh``."""

    limit_kw: Series
    price_per_mwh: Series
    recovered_share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """A battery behind the site's grid connection; power and energy are at the connection, and nothing is exported.

    ``least_final_energy_kwh``: what it must hold at the end of the horizon; None: what it held at the start.
    """

    energy_capacity_kwh: float
    charge_limit_kw: float
    discharge_limit_kw: float
    round_trip_efficiency: float = 1.0
    initial_energy_kwh: float = 0.0
    least_final_energy_kwh: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One grid connection. ``pue`` >= 1 multiplies IT power; ``overhead_kw`` is drawn whatever runs.

    ``region_code`` is ISO 3166-1 alpha-2 (GB, NO). Budgets are for the horizon and count what jobs take at the grid (PUE x
    their IT energy), not overhead, standby, flexible load or a battery's losses. ``pue_curve`` gives the PUE from
    ``outside_temperature_c``; ``timed_series`` stand for the series they name (``optimizer.exact.resolve``).
    """

    name: str
    region_code: str
    time_zone: str = ""
    import_limit_kw: Series = ()
    pue: Series = ()
    overhead_kw: Series = ()
    energy_price_per_mwh: Series = ()
    carbon_intensity_g_per_kwh: Series = ()
    energy_budget_mwh: float | None = None
    carbon_budget_kg: float | None = None
    halls: tuple[Hall, ...] = ()
    resources: tuple[Resource, ...] = ()
    flexible_loads: tuple[FlexibleLoad, ...] = ()
    heat_offtake: HeatOfftake | None = None
    battery: Battery | None = None
    demand_charge_per_kw: float | None = None
    outside_temperature_c: Series = ()
    pue_curve: PueCurve | None = None
    timed_series: tuple[TimedSeries, ...] = ()
