"""Rules of sites, their halls and pools, and what else hangs on a grid connection."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from optimizer.errors import Violation
from optimizer.problem import Battery, FlexibleLoad, GpuPool, Hall, HeatOfftake, Problem, Resource, Site
from optimizer.units import SECONDS_PER_HOUR
from optimizer.validate import ranges
from optimizer.validate.codes import check_region, check_time_zone, zone_of
from optimizer.validate.names import Known, check_label, check_name, check_unique
from optimizer.validate.ranges import DurationRules, Rules, check_durations, check_number, check_numbers
from optimizer.validate.reasons import Reason
from optimizer.validate.series import Horizon, check_series, check_series_values
from optimizer.validate.topology import check_topology
from optimizer.weather import Quantity

SITE_SERIES: Rules = (
    ("import_limit_kw", ranges.POWER_KW),
    ("pue", ranges.PUE),
    ("overhead_kw", ranges.POWER_KW),
    ("energy_price_per_mwh", ranges.PRICE_PER_MWH),
    ("carbon_intensity_g_per_kwh", ranges.CARBON_G_PER_KWH),
    ("outside_temperature_c", ranges.TEMPERATURE_C),
)
SITE_NUMBERS: Rules = (
    ("energy_budget_mwh", ranges.ENERGY_BUDGET_MWH),
    ("carbon_budget_kg", ranges.CARBON_BUDGET_KG),
    ("demand_charge_per_kw", ranges.COST),
)
HALL_SERIES: Rules = (
    ("it_power_limit_kw", ranges.POWER_KW),
    ("liquid_cooling_limit_kw", ranges.POWER_KW),
    ("air_cooling_limit_kw", ranges.POWER_KW),
)
POOL_NUMBERS: Rules = (
    ("gpus_per_node", ranges.GPUS_PER_NODE),
    ("nodes_per_domain", ranges.NODES_PER_DOMAIN),
    ("liquid_heat_share", ranges.SHARE),
)
COMMITMENT_NUMBERS: Rules = (
    ("standby_power_kw", ranges.POWER_KW),
    ("start_up_cost", ranges.COST),
    ("shut_down_cost", ranges.COST),
)
COMMITMENT_DURATIONS: DurationRules = (("min_up_duration", ranges.SPAN), ("min_down_duration", ranges.SPAN))
LOAD_SERIES: Rules = (("power_kw", ranges.POWER_KW), ("value_per_mwh", ranges.PRICE_PER_MWH))
OFFTAKE_SERIES: Rules = (("limit_kw", ranges.POWER_KW), ("price_per_mwh", ranges.PRICE_PER_MWH))
BATTERY_NUMBERS: Rules = (
    ("energy_capacity_kwh", ranges.BATTERY_KWH),
    ("charge_limit_kw", ranges.POWER_KW),
    ("discharge_limit_kw", ranges.POWER_KW),
    ("round_trip_efficiency", ranges.POSITIVE_SHARE),
    ("initial_energy_kwh", ranges.BATTERY_KWH),
)


def check_sites(problem: Problem, horizon: Horizon | None) -> Iterator[Violation]:
    for s, site in enumerate(problem.sites):
        yield from check_site(f"sites[{s}]", site, horizon)


def check_site(path: str, site: Site, horizon: Horizon | None) -> Iterator[Violation]:
    zone = zone_of(site.time_zone) if site.time_zone else None
    yield from check_name(f"{path}.name", site.name)
    yield from check_region(f"{path}.region_code", site.region_code)
    yield from check_time_zone(f"{path}.time_zone", site.time_zone)
    yield from check_all_series(path, site, SITE_SERIES, horizon, zone)
    yield from check_numbers(path, site, SITE_NUMBERS)
    yield from check_connection(path, site)
    for h, hall in enumerate(site.halls):
        yield from check_hall(f"{path}.halls[{h}]", hall, horizon, zone)
    yield from check_resources(path, site.resources, horizon, zone)
    yield from check_flexible_loads(path, site, horizon, zone)
    if site.heat_offtake is not None:
        yield from check_heat_offtake(f"{path}.heat_offtake", site.heat_offtake, horizon, zone)
    if site.battery is not None:
        yield from check_battery(f"{path}.battery", site.battery, horizon)


def check_connection(path: str, site: Site) -> Iterator[Violation]:
    """A demand charge is on the highest import, and a battery carries what the connection does not: both need a limit."""
    asks = "a demand charge" if site.demand_charge_per_kw else "a battery" if site.battery is not None else ""
    limited = bool(site.import_limit_kw) or any(timed.quantity is Quantity.IMPORT_LIMIT_KW for timed in site.timed_series)
    if asks and not limited:
        message = f"import_limit_kw is empty; with {asks} it must have values in {ranges.POWER_KW}"
        yield Violation(f"{path}.import_limit_kw", Reason.MISSING, message)


def check_hall(path: str, hall: Hall, horizon: Horizon | None, zone: ZoneInfo | None) -> Iterator[Violation]:
    yield from check_name(f"{path}.name", hall.name)
    yield from check_all_series(path, hall, HALL_SERIES, horizon, zone)
    if hall.commitment is not None:
        yield from check_numbers(f"{path}.commitment", hall.commitment, COMMITMENT_NUMBERS)
        yield from check_durations(f"{path}.commitment", hall.commitment, COMMITMENT_DURATIONS)
    for p, pool in enumerate(hall.pools):
        yield from check_pool(f"{path}.pools[{p}]", pool, horizon, zone)


def check_pool(path: str, pool: GpuPool, horizon: Horizon | None, zone: ZoneInfo | None) -> Iterator[Violation]:
    """``gpu_model`` may be empty: such a pool serves the modes that ask for no model."""
    yield from check_name(f"{path}.name", pool.name)
    yield from check_label(f"{path}.gpu_model", pool.gpu_model)
    node_count = f"{path}.node_count"
    yield from check_series(node_count, pool.node_count, ranges.NODE_COUNT, horizon, required=True, zone=zone)
    yield from check_numbers(path, pool, POOL_NUMBERS)
    yield from check_resources(path, pool.resources, horizon, zone)
    yield from check_topology(path, pool, horizon, zone)


def check_resources(
    path: str, resources: tuple[Resource, ...], horizon: Horizon | None, zone: ZoneInfo | None = None
) -> Iterator[Violation]:
    """The named resources of a pool, a site or (with an empty ``path``) the fleet; names are unique among them."""
    prefix = f"{path}.resources" if path else "resources"
    yield from check_unique((f"{prefix}[{r}].name", resource.name) for r, resource in enumerate(resources))
    for r, resource in enumerate(resources):
        yield from check_name(f"{prefix}[{r}].name", resource.name)
        yield from check_capacity(f"{prefix}[{r}].capacity", resource, horizon, zone)


def check_capacity(path: str, resource: Resource, horizon: Horizon | None, zone: ZoneInfo | None) -> Iterator[Violation]:
    """By slot as any series; of a consumable resource one value, for the whole horizon."""
    if not resource.consumable:
        yield from check_series(path, resource.capacity, ranges.RESOURCE_AMOUNT, horizon, required=True, zone=zone)
        return
    if len(resource.capacity) != 1:
        message = (
            f"capacity has {len(resource.capacity)} values; that of a consumable resource is one value "
            f"in {ranges.RESOURCE_AMOUNT}, for the whole horizon"
        )
        yield Violation(path, Reason.WRONG_SERIES_LENGTH if resource.capacity else Reason.MISSING, message)
    yield from check_series_values(path, resource.capacity, ranges.RESOURCE_AMOUNT)


def check_flexible_loads(path: str, site: Site, horizon: Horizon | None, zone: ZoneInfo | None) -> Iterator[Violation]:
    """Names are unique at the site; ``hall`` is one of the site's halls where it is given, with a power limit, of which there
    is none while it is off, where it may be switched.
    """
    loads, halls = site.flexible_loads, Known("hall of the same site", (hall.name for hall in site.halls))
    yield from check_unique((f"{path}.flexible_loads[{k}].name", load.name) for k, load in enumerate(loads))
    for k, load in enumerate(loads):
        yield from check_flexible_load(f"{path}.flexible_loads[{k}]", load, halls, horizon, zone)
    for h, hall in enumerate(site.halls):
        inside = [load.name for load in loads if load.hall == hall.name]
        if inside and hall.commitment is not None and not hall.it_power_limit_kw:
            message = (
                f"it_power_limit_kw is empty; with flexible load {inside[0]!r} in a hall that may be switched off it must have "
                f"values in {ranges.POWER_KW}"
            )
            yield Violation(f"{path}.halls[{h}].it_power_limit_kw", Reason.MISSING, message)


def check_flexible_load(
    path: str, load: FlexibleLoad, halls: Known, horizon: Horizon | None, zone: ZoneInfo | None
) -> Iterator[Violation]:
    yield from check_name(f"{path}.name", load.name)
    yield from check_all_series(path, load, LOAD_SERIES, horizon, zone, required=True)
    if load.hall:
        yield from halls.check(f"{path}.hall", load.hall)


def check_heat_offtake(path: str, offtake: HeatOfftake, horizon: Horizon | None, zone: ZoneInfo | None) -> Iterator[Violation]:
    yield from check_all_series(path, offtake, OFFTAKE_SERIES, horizon, zone, required=True)
    yield from check_number(f"{path}.recovered_share", offtake.recovered_share, ranges.SHARE)


def check_battery(path: str, battery: Battery, horizon: Horizon | None) -> Iterator[Violation]:
    """What it holds at the start and must hold at the end is at most the capacity, and the end is within reach of the start."""
    yield from check_numbers(path, battery, BATTERY_NUMBERS)
    final = battery.least_final_energy_kwh
    if final is not None:
        yield from check_number(f"{path}.least_final_energy_kwh", final, ranges.BATTERY_KWH)
    within = ranges.Number(0, battery.energy_capacity_kwh, "kWh, the battery's energy_capacity_kwh")
    for field, energy in (("initial_energy_kwh", battery.initial_energy_kwh), ("least_final_energy_kwh", final or 0.0)):
        if battery.energy_capacity_kwh < energy <= ranges.BATTERY_KWH.high:
            yield Violation(f"{path}.{field}", Reason.OUT_OF_RANGE, f"{field} is {energy!r}; it must be in {within}")
    if horizon is not None and final is not None and battery.initial_energy_kwh < final <= battery.energy_capacity_kwh:
        hours = horizon.slot_count * horizon.slot_seconds / SECONDS_PER_HOUR
        reach = battery.initial_energy_kwh + battery.charge_limit_kw * battery.round_trip_efficiency * hours
        if final > reach:
            allowed = ranges.Number(0, reach, "kWh, what it holds if it is charged throughout")
            message = f"least_final_energy_kwh is {final!r}; it must be in {allowed}"
            yield Violation(f"{path}.least_final_energy_kwh", Reason.OUT_OF_RANGE, message)


def check_all_series(
    path: str, thing: object, rules: Rules, horizon: Horizon | None, zone: ZoneInfo | None, *, required: bool = False
) -> Iterator[Violation]:
    """Every series named in ``rules``."""
    for field, allowed in rules:
        series = getattr(thing, field)
        yield from check_series(f"{path}.{field}", series, allowed, horizon, required=required, zone=zone)
