"""The sites of the half day that uses every feature (``optimizer.generate.every_feature``): four, of a few nodes each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from optimizer.generate.hardware import GPU_MODELS
from optimizer.generate.series import GBP_PER_EUR, START_TIME, Climate
from optimizer.problem import (
    AllocationGranularity,
    Battery,
    Commitment,
    FlexibleLoad,
    GpuPool,
    Hall,
    HeatOfftake,
    Maintenance,
    Resource,
    Site,
)
from optimizer.weather import CoolingCurve, CoolingKind, CurvePoint, PueCurve, Quantity, TimedSeries

FIRST_HOUR, SLOT_COUNT = 12, 12
HOUR = timedelta(hours=1)
NOON = START_TIME + FIRST_HOUR * HOUR
GBP_PER_NOK = 0.074
#: What Slough may draw, and in the hours in which the grid calls.
IMPORT_KW, CURTAILED_KW = 130.0, 38.0
CURTAILED_SLOTS = range(3, 6)
CURVE = PueCurve(free_cooling_pue=1.1, free_cooling_temperature_c=10.0, chiller_pue=1.3, chiller_temperature_c=26.0)
#: Oslo's rigs outside its switched hall, and those in it, which draw only while it is on.
MINING_KW, HALL_RIGS_KW = 72.0, 6.0


def sites(zones: dict[str, Climate]) -> tuple[Site, ...]:
    """By the climates of ``optimizer.generate.series.climates``."""
    return _slough(zones["GB"]), _oslo(zones["NO1"]), _loughton(zones["GB"]), _glomfjord(zones["NO4"])


def _slough(climate: Climate) -> Site:
    """Weather and prices on clocks of their own; the second hall may be switched off, and a node of it waits for a part."""
    halves = tuple(round(price / GBP_PER_EUR, 2) for price in _from_noon(climate.price_per_mwh) for _ in range(2))
    first = Hall(
        name="slough-a",
        it_power_limit_kw=(90.0,),
        air_cooling_curve=CoolingCurve(kind=CoolingKind.CHILLER, rated_kw=95.0, rated_temperature_c=14.0, derating_per_c=0.015),
        pools=(_pool("slough-a-h100", "H100", 8, resources=(Resource(name="nvme", capacity=(6,)),)),),
    )
    broken = Maintenance(node=5, start_time=NOON, end_time=NOON + SLOT_COUNT * HOUR)
    second = Hall(
        name="slough-b",
        pools=(replace(_pool("slough-b-a100", "A100", 6), maintenance=(broken,)),),
        commitment=Commitment(
            standby_power_kw=3.0, start_up_cost=2.0, shut_down_cost=1.0, min_up_duration=3 * HOUR, min_down_duration=2 * HOUR,
            initially_on=True, finally_off=True,
        ),
    )  # fmt: skip
    return Site(
        name="slough",
        region_code="GB",
        time_zone="Europe/London",
        import_limit_kw=tuple(CURTAILED_KW if t in CURTAILED_SLOTS else IMPORT_KW for t in range(SLOT_COUNT)),
        overhead_kw=(2.0,),
        carbon_intensity_g_per_kwh=_from_noon(climate.carbon_g_per_kwh),
        energy_budget_mwh=1.2,
        carbon_budget_kg=400.0,
        halls=(first, second),
        resources=(Resource(name="uplink", capacity=(4,)),),
        pue_curve=CURVE,
        timed_series=(
            TimedSeries(
                quantity=Quantity.ENERGY_PRICE_PER_MWH, start_time=NOON, step_duration=HOUR / 2, values=halves, currency="EUR"
            ),
            TimedSeries(
                quantity=Quantity.OUTSIDE_TEMPERATURE_C, start_time=NOON, step_duration=HOUR, values=_from_noon(climate.celsius)
            ),
        ),
    )  # fmt: skip


def _oslo(climate: Climate) -> Site:
    """What a site runs beside its jobs: mining, heat to neighbours, a battery, behind one connection whose peak is charged; and
    a hall that is switched on for jobs, on whose standby the rigs outside could draw.
    """
    nodes = Hall(
        name="oslo-a",
        it_power_limit_kw=(70.0,),
        liquid_cooling_curve=CoolingCurve(kind=CoolingKind.DRY_COOLER, rated_kw=20.0, loop_temperature_c=40.0, max_kw=60.0),
        air_cooling_curve=CoolingCurve(
            kind=CoolingKind.POINTS,
            points=(CurvePoint(temperature_c=8.0, value=40.0), CurvePoint(temperature_c=20.0, value=28.0)),
        ),
        pools=(_pool("oslo-a-b200", "B200", 4),),
        commitment=Commitment(
            standby_power_kw=5.0, start_up_cost=0.2, shut_down_cost=0.1, min_up_duration=2 * HOUR, min_down_duration=2 * HOUR
        ),
    )
    rigs = Hall(name="oslo-b", air_cooling_limit_kw=(74.0,))
    kroner = tuple(round(price / GBP_PER_NOK, 2) for price in _from_noon(climate.price_per_mwh))
    price = TimedSeries(
        quantity=Quantity.ENERGY_PRICE_PER_MWH, start_time=NOON, step_duration=HOUR, values=kroner, currency="NOK"
    )
    return Site(
        name="oslo",
        region_code="NO",
        time_zone="Europe/Oslo",
        import_limit_kw=(85.0,),
        pue_curve=PueCurve(points=(CurvePoint(temperature_c=9.0, value=1.08), CurvePoint(temperature_c=20.0, value=1.2))),
        overhead_kw=(2.0,),
        carbon_intensity_g_per_kwh=_from_noon(climate.carbon_g_per_kwh),
        halls=(nodes, rigs),
        flexible_loads=(
            FlexibleLoad(name="mining", power_kw=(MINING_KW,), value_per_mwh=(67.19,), hall="oslo-b"),
            FlexibleLoad(name="new-rigs", power_kw=(HALL_RIGS_KW,), value_per_mwh=(82.0,), hall="oslo-a"),
        ),
        heat_offtake=HeatOfftake(limit_kw=(25.0,), price_per_mwh=(18.0,), recovered_share=0.8),
        battery=Battery(
            energy_capacity_kwh=30.0,
            charge_limit_kw=8.0,
            discharge_limit_kw=8.0,
            round_trip_efficiency=0.9,
            initial_energy_kwh=15.0,
            least_final_energy_kwh=5.0,
        ),
        demand_charge_per_kw=0.2,
        outside_temperature_c=_from_noon(climate.celsius),
        timed_series=(price,),
    )


def _loughton(climate: Climate) -> Site:
    """Three racks of four nodes: the first set apart for whole domains, the last in maintenance for a while. And a battery, of
    20 kW of IT power at the PUE there.
    """
    model = GPU_MODELS["GB200"]
    pool = GpuPool(
        name="loughton-a-gb200",
        gpu_model=model.name,
        node_count=(12,),
        gpus_per_node=model.gpus_per_node,
        nodes_per_domain=4,
        liquid_heat_share=model.liquid_heat_share,
        whole_domain_count=1,
        maintenance=(Maintenance(domain=2, start_time=NOON + 3 * HOUR, end_time=NOON + 6 * HOUR),),
        failure_buffer_node_count=(1,),
    )
    return Site(
        name="loughton",
        region_code="GB",
        time_zone="Europe/London",
        import_limit_kw=(100.0,),
        pue=(1.12,),
        energy_price_per_mwh=_from_noon(climate.price_per_mwh),
        carbon_intensity_g_per_kwh=_from_noon(climate.carbon_g_per_kwh),
        halls=(Hall(name="loughton-a", it_power_limit_kw=(85.0,), liquid_cooling_limit_kw=(80.0,), pools=(pool,)),),
        battery=Battery(
            energy_capacity_kwh=44.8,
            charge_limit_kw=22.4,
            discharge_limit_kw=22.4,
            round_trip_efficiency=0.8,
            initial_energy_kwh=22.4,
        ),
    )


def _glomfjord(climate: Climate) -> Site:
    """Every series on a clock of its own, and a pool that grants whole racks, two of four nodes."""
    model = GPU_MODELS["GB300"]
    pool = GpuPool(
        name="glomfjord-a-gb300",
        gpu_model=model.name,
        node_count=(8,),
        gpus_per_node=model.gpus_per_node,
        nodes_per_domain=4,
        allocation_granularity=AllocationGranularity.DOMAIN,
        liquid_heat_share=model.liquid_heat_share,
    )
    hours, quarters = SLOT_COUNT, 4 * SLOT_COUNT
    own_clocks = (
        (Quantity.IMPORT_LIMIT_KW, (70.0,) * (quarters - 9) + (40.0,) * 5 + (70.0,) * 4),
        (Quantity.PUE, (1.04,) * (hours // 2) + (1.05,) * (hours // 2)),
        (Quantity.OVERHEAD_KW, (1.0, 1.5) * (hours // 2)),
        (Quantity.ENERGY_PRICE_PER_MWH, _from_noon(climate.price_per_mwh)),
        (Quantity.CARBON_INTENSITY_G_PER_KWH, _from_noon(climate.carbon_g_per_kwh)),
    )
    return Site(
        name="glomfjord",
        region_code="NO",
        time_zone="Europe/Oslo",
        halls=(Hall(name="glomfjord-a", liquid_cooling_limit_kw=(60.0,), air_cooling_limit_kw=(12.0,), pools=(pool,)),),
        timed_series=tuple(
            TimedSeries(quantity=quantity, start_time=NOON, step_duration=hours * HOUR / len(values), values=values)
            for quantity, values in own_clocks
        ),
    )


def _from_noon(series: tuple[float, ...]) -> tuple[float, ...]:
    return series[FIRST_HOUR : FIRST_HOUR + SLOT_COUNT]


def _pool(name: str, gpu_model: str, node_count: int, resources: tuple[Resource, ...] = ()) -> GpuPool:
    model = GPU_MODELS[gpu_model]
    return GpuPool(
        name=name,
        gpu_model=gpu_model,
        node_count=(node_count,),
        gpus_per_node=model.gpus_per_node,
        liquid_heat_share=model.liquid_heat_share,
        resources=resources,
    )
