"""The fleet in integers: sites, halls, pools and what tenants hold of them. Part of ``optimizer.exact``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from optimizer import units
from optimizer.exact.battery import ExactBattery, exact_battery
from optimizer.exact.halls import ExactCommitment, exact_commitment
from optimizer.exact.topology import ExactPart, grants_domains, has_whole_domains, net_node_count, pool_parts, spread
from optimizer.problem import FlexibleLoad, Hall, HeatOfftake, Problem, Reservation, Resource, Site
from optimizer.units import PPM, W_PER_KW, round_down, round_nearest, round_up, to_micros

Ints = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ExactResource:
    """``capacity`` by slot, or one number for the horizon where ``consumable``."""

    name: str
    capacity: Ints
    consumable: bool


class Claimant(NamedTuple):
    """Who asks for nodes: a tenant, and how soon its run would leave them; ``vacate_seconds`` is None where it never would.

    ``apart_groups`` and ``domain_groups`` name the job's groups of DIFFERENT_SITES and of SAME_DOMAIN.
    """

    tenant: str
    vacate_seconds: int | None = None
    apart_groups: tuple[str, ...] = ()
    domain_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExactReservation:
    """``node_count`` by slot. Lent to runs that leave within ``reclaim_seconds``; None: to nobody."""

    tenant: str
    node_count: Ints
    reclaim_seconds: int | None
    fee_micros_per_node_hour: int

    def admits(self, claimant: Claimant) -> bool:
        """Whether the claimant may run on the reserved nodes, as their holder or for as long as they are idle."""
        if claimant.tenant == self.tenant:
            return True
        vacate, reclaim = claimant.vacate_seconds, self.reclaim_seconds
        return vacate is not None and reclaim is not None and vacate <= reclaim


@dataclass(frozen=True, slots=True)
class ExactPool:
    """``node_count``: what runs may hold by slot, maintenance and failure buffer taken off. ``parts``: what is numbered."""

    index: int
    name: str
    hall: int
    site: int
    gpu_model: str
    node_count: Ints
    gpus_per_node: int
    nodes_per_domain: int
    nodes_per_grant: int
    liquid_share_ppm: int
    resources: tuple[ExactResource, ...]
    reservations: tuple[ExactReservation, ...]
    parts: tuple[ExactPart, ...]
    has_whole_domains: bool

    @property
    def is_split(self) -> bool:
        """Whether whole domains are set apart in a pool that grants nodes."""
        return len(self.parts) > 1


@dataclass(frozen=True, slots=True)
class ExactHall:
    """Limits in watts by slot; None is no limit."""

    index: int
    name: str
    site: int
    it_power_w: Ints | None
    liquid_w: Ints | None
    air_w: Ints | None
    commitment: ExactCommitment | None = None


@dataclass(frozen=True, slots=True)
class ExactFlexibleLoad:
    """``power_w`` IT watts at most, by slot; ``value_rate`` is earned per IT watt and slot, in 1e-4 micro-units.

    ``hall`` is None for a load that hangs on the grid connection alone.
    """

    name: str
    hall: int | None
    power_w: Ints
    value_rate: Ints


@dataclass(frozen=True, slots=True)
class ExactHeatOfftake:
    """``most_w`` watts of liquid heat at most, by slot; ``rate`` is earned per such watt and slot, in 1e-4 micro-units."""

    most_w: Ints
    rate: Ints
    recovered_ppm: int


@dataclass(frozen=True, slots=True)
class ExactSite:
    """Rates are per watt of IT power and slot: money in 1e-4 micro-units, emissions in micrograms."""

    index: int
    name: str
    region_code: str
    import_limit_w: Ints | None
    overhead_w: Ints
    pue_ppm: Ints
    energy_rate: Ints
    carbon_rate: Ints
    emission_ug: Ints
    energy_budget_wh: int | None
    carbon_budget_mg: int | None
    resources: tuple[ExactResource, ...]
    flexible_loads: tuple[ExactFlexibleLoad, ...] = ()
    demand_charge_micros_per_kw: int = 0
    heat_offtake: ExactHeatOfftake | None = None
    battery: ExactBattery | None = None

    @property
    def has_plant(self) -> bool:
        """Whether the site runs or pays for anything beside its jobs: what ``optimizer.accounting.operation`` decides."""
        charged = self.demand_charge_micros_per_kw > 0
        return bool(self.flexible_loads) or charged or self.heat_offtake is not None or self.battery is not None

    def resting_w(self, slot: int) -> int:
        """What a battery at rest takes of ``it_limit_w``: all that it could give."""
        return 0 if self.battery is None else self.battery.discharge_w[slot]

    def draw_uw(self, slot: int, it_w: int) -> int:
        """Microwatts at the connection, PUE and overhead included, where ``it_w`` of ``it_limit_w`` are taken.

        What a demand charge is on.
        """
        return self.overhead_w[slot] * PPM + self.pue_ppm[slot] * (it_w - self.resting_w(slot))

    def it_limit_w(self, slot: int) -> int | None:
        """The most IT watts the grid connection carries: ``PUE x IT + overhead <= import limit``, solved for IT.

        A battery adds all that it can give, and takes what it does not give.
        """
        if self.import_limit_w is None:
            return None
        carried = (self.import_limit_w[slot] - self.overhead_w[slot]) * PPM // self.pue_ppm[slot]
        return carried if self.battery is None else max(0, carried) + self.resting_w(slot)

    def own_draw_w(self, slot: int) -> int:
        """The IT watts whose draw at the connection the overhead comes to, rounded down: a battery may give as much."""
        return self.overhead_w[slot] * PPM // self.pue_ppm[slot]


def exact_fleet(
    problem: Problem, slot_seconds: int
) -> tuple[tuple[ExactSite, ...], tuple[ExactHall, ...], tuple[ExactPool, ...]]:
    """The sites, halls and pools of ``problem`` in its order."""
    grid = problem.time_grid
    sites: list[ExactSite] = []
    halls: list[ExactHall] = []
    pools: list[ExactPool] = []
    for site in problem.sites:
        hall_index = {hall.name: len(halls) + number for number, hall in enumerate(site.halls)}
        sites.append(_site(len(sites), site, problem, slot_seconds, hall_index))
        for hall in site.halls:
            halls.append(_hall(len(halls), len(sites) - 1, hall, grid.slot_count, grid.slot_duration))
            for pool in hall.pools:
                pools.append(
                    ExactPool(
                        index=len(pools),
                        name=pool.name,
                        hall=len(halls) - 1,
                        site=len(sites) - 1,
                        gpu_model=pool.gpu_model,
                        node_count=net_node_count(pool, grid),
                        gpus_per_node=pool.gpus_per_node,
                        nodes_per_domain=pool.nodes_per_domain,
                        nodes_per_grant=pool.nodes_per_domain if grants_domains(pool) else 1,
                        liquid_share_ppm=round_up(pool.liquid_heat_share, PPM),
                        resources=exact_resources(pool.resources, grid.slot_count),
                        reservations=tuple(
                            _reservation(tenant.name, reservation, grid.slot_count)
                            for tenant in problem.tenants
                            for reservation in tenant.reservations
                            if reservation.pool == pool.name
                        ),
                        parts=pool_parts(pool, grid),
                        has_whole_domains=has_whole_domains(pool),
                    )
                )
    return tuple(sites), tuple(halls), tuple(pools)


def exact_resources(resources: tuple[Resource, ...], slot_count: int) -> tuple[ExactResource, ...]:
    return tuple(
        ExactResource(r.name, r.capacity if r.consumable else spread(r.capacity, slot_count), r.consumable) for r in resources
    )


def _reservation(tenant: str, reservation: Reservation, slot_count: int) -> ExactReservation:
    reclaim = reservation.reclaim_duration
    return ExactReservation(
        tenant=tenant,
        node_count=spread(reservation.node_count, slot_count),
        reclaim_seconds=None if reclaim is None else units.seconds(reclaim),
        fee_micros_per_node_hour=to_micros(reservation.fee_per_node_hour),
    )


def _limit_w(series: tuple[float, ...], slot_count: int) -> Ints | None:
    return spread(tuple(round_down(kw, W_PER_KW) for kw in series), slot_count) if series else None


def _flexible_load(load: FlexibleLoad, hall_index: Mapping[str, int], slot_count: int, slot_seconds: int) -> ExactFlexibleLoad:
    value = spread(tuple(to_micros(value) for value in load.value_per_mwh), slot_count)
    return ExactFlexibleLoad(
        name=load.name,
        hall=hall_index[load.hall] if load.hall else None,
        power_w=_limit_w(load.power_kw, slot_count) or (0,) * slot_count,
        value_rate=tuple(
            units.divide_half_up(micros * slot_seconds * units.RATE_SCALE, units.SECONDS_PER_HOUR * units.WH_PER_MWH)
            for micros in value
        ),
    )


def _heat_offtake(offtake: HeatOfftake, slot_count: int, slot_seconds: int) -> ExactHeatOfftake:
    """In watts of liquid heat, of which a share is recovered; what is earned is rounded down, and nothing is sold at a loss."""
    share_ppm = round_down(offtake.recovered_share, PPM)
    most_w = _limit_w(offtake.limit_kw, slot_count) or (0,) * slot_count
    price = spread(tuple(to_micros(price) for price in offtake.price_per_mwh), slot_count)
    return ExactHeatOfftake(
        most_w=tuple(watts * PPM // share_ppm if share_ppm else 0 for watts in most_w),
        rate=tuple(
            max(0, micros) * slot_seconds * share_ppm * units.RATE_SCALE // (units.SECONDS_PER_HOUR * units.WH_PER_MWH * PPM)
            for micros in price
        ),
        recovered_ppm=share_ppm,
    )


def _site(index: int, site: Site, problem: Problem, slot_seconds: int, hall_index: Mapping[str, int]) -> ExactSite:
    count = problem.time_grid.slot_count
    pue_ppm = spread(tuple(round_up(pue, PPM) for pue in site.pue or (1.0,)), count)
    price = spread(tuple(to_micros(p) for p in site.energy_price_per_mwh or (0.0,)), count)
    intensity_mg = spread(tuple(round_nearest(g, 1_000) for g in site.carbon_intensity_g_per_kwh or (0.0,)), count)
    # mg/kWh is ug/Wh; ppm and seconds an hour are divided out once
    per_slot = PPM * units.SECONDS_PER_HOUR
    emission_ug = tuple(
        units.divide_half_up(mg * pue * slot_seconds, per_slot) for mg, pue in zip(intensity_mg, pue_ppm, strict=True)
    )
    carbon_price = to_micros(problem.carbon_price_per_tonne)
    energy_rate = tuple(
        units.divide_half_up(p * pue * slot_seconds * units.RATE_SCALE, per_slot * units.WH_PER_MWH)
        for p, pue in zip(price, pue_ppm, strict=True)
    )
    carbon_rate = tuple(
        units.divide_half_up(ug * carbon_price * units.RATE_SCALE, units.MG_PER_TONNE * 1_000) for ug in emission_ug
    )
    return ExactSite(
        index=index,
        name=site.name,
        region_code=site.region_code,
        import_limit_w=_limit_w(site.import_limit_kw, count),
        overhead_w=spread(tuple(round_up(kw, W_PER_KW) for kw in site.overhead_kw or (0.0,)), count),
        pue_ppm=pue_ppm,
        energy_rate=energy_rate,
        carbon_rate=carbon_rate,
        emission_ug=emission_ug,
        energy_budget_wh=_optional_down(site.energy_budget_mwh, units.WH_PER_MWH),
        carbon_budget_mg=_optional_down(site.carbon_budget_kg, units.MG_PER_KG),
        resources=exact_resources(site.resources, count),
        flexible_loads=tuple(_flexible_load(load, hall_index, count, slot_seconds) for load in site.flexible_loads),
        demand_charge_micros_per_kw=to_micros(site.demand_charge_per_kw or 0.0),
        heat_offtake=None if site.heat_offtake is None else _heat_offtake(site.heat_offtake, count, slot_seconds),
        battery=None if site.battery is None else exact_battery(site.battery, pue_ppm, slot_seconds, energy_rate, carbon_rate),
    )


def _optional_down(value: float | None, scale: int) -> int | None:
    return None if value is None else round_down(value, scale)


def _hall(index: int, site: int, hall: Hall, count: int, slot: timedelta) -> ExactHall:
    return ExactHall(
        index=index,
        name=hall.name,
        site=site,
        it_power_w=_limit_w(hall.it_power_limit_kw, count),
        liquid_w=_limit_w(hall.liquid_cooling_limit_kw, count),
        air_w=_limit_w(hall.air_cooling_limit_kw, count),
        commitment=exact_commitment(hall.commitment, slot),
    )
