"""Half a day that uses every feature of the model at once: what an integration tries first, and what every release must hold.

Three small sites from noon on. Slough states weather, half-hourly prices in euros and a hall that may be switched off; Oslo has
mining, a demand charge and heat sold to neighbours behind one connection; Loughton has a battery, and racks, one of them set
apart, one in maintenance, and spare nodes. Work runs already, waits for other work, pauses, changes its width, borrows reserved
nodes, stages data over links that carry so much at once, and is due to tenants by tier, quota and share.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from optimizer.generate.hardware import GPU_MODELS, PUBLIC_POWER_CAP
from optimizer.generate.node_modes import node_mode, running_on
from optimizer.generate.series import GBP_PER_EUR, START_TIME, Climate, climates
from optimizer.problem import (
    AllocationGranularity,
    Battery,
    ChurnBudget,
    Commitment,
    DataSet,
    Elasticity,
    FlexibleLoad,
    GpuPool,
    GpuThroughput,
    Group,
    GroupKind,
    Hall,
    HeatOfftake,
    Job,
    Link,
    Maintenance,
    PowerCap,
    Precedence,
    Preemption,
    Problem,
    Quota,
    Reservation,
    Resource,
    ShareFloor,
    Site,
    Tenant,
    TimeGrid,
    WidthEfficiency,
    WorkProfile,
)
from optimizer.weather import CoolingCurve, CoolingKind, ExchangeRate, PueCurve, Quantity, TimedSeries

#: The file in ``instances/uk-no`` that holds it.
FULL_FILE = "full.json"
FIRST_HOUR, SLOT_COUNT = 12, 12
HOUR = timedelta(hours=1)
NOON = START_TIME + FIRST_HOUR * HOUR
#: What Slough may draw, and in the hours in which the grid calls.
IMPORT_KW, CURTAILED_KW = 130.0, 38.0
CURTAILED_SLOTS = range(3, 6)
CARBON_PRICE_PER_TONNE = 45.0
GBP_PER_NOK = 0.074
CURVE = PueCurve(free_cooling_pue=1.1, free_cooling_temperature_c=10.0, chiller_pue=1.3, chiller_temperature_c=26.0)


def every_feature() -> Problem:
    """Always the same problem."""
    zones = climates()
    return Problem(
        name="uk-no-full",
        time_grid=TimeGrid(start_time=NOON, slot_count=SLOT_COUNT),
        carbon_price_per_tonne=CARBON_PRICE_PER_TONNE,
        sites=(_slough(zones["GB"]), _oslo(zones["NO1"]), _loughton(zones["GB"])),
        jobs=(*_government(), *_fintech(), *_start_ups(), *_research()),
        tenants=_tenants(),
        groups=(
            Group(name="pretrain-and-score", kind=GroupKind.SAME_SITE, jobs=("pretrain", "score")),
            Group(name="replicas", kind=GroupKind.DIFFERENT_SITES, jobs=("replica-a", "replica-b")),
        ),
        precedences=(Precedence(predecessor="pretrain", successor="score", lag=HOUR),),
        links=(
            Link(from_site="oslo", to_site="slough", throughput_gb_per_hour=900.0, cost_per_gb=0.002, capacity_limited=True),
            Link(
                from_site="slough", to_site="oslo", throughput_gb_per_hour=900.0, cost_per_gb=0.002,
                capacity_gb_per_hour=(600.0,) * 6 + (900.0,) * 6,
            ),
            Link(from_site="oslo", to_site="loughton", throughput_gb_per_hour=1_200.0, cost_per_gb=0.004),
        ),
        resources=(Resource(name="licences", capacity=(2,)),),
        churn_budget=ChurnBudget(max_change_count=2, max_gpu_hours=200.0),
        exchange_rates=(ExchangeRate(currency="EUR", rate=GBP_PER_EUR), ExchangeRate(currency="NOK", rate=GBP_PER_NOK)),
    )  # fmt: skip


def _slough(climate: Climate) -> Site:
    """Weather and prices on clocks of their own; the second hall may be switched off."""
    halves = tuple(round(price / GBP_PER_EUR, 2) for price in _from_noon(climate.price_per_mwh) for _ in range(2))
    first = Hall(
        name="slough-a",
        it_power_limit_kw=(90.0,),
        air_cooling_curve=CoolingCurve(kind=CoolingKind.CHILLER, rated_kw=95.0, rated_temperature_c=14.0, derating_per_c=0.015),
        pools=(_pool("slough-a-h100", "H100", 8, resources=(Resource(name="nvme", capacity=(6,)),)),),
    )
    second = Hall(
        name="slough-b",
        pools=(_pool("slough-b-a100", "A100", 5),),
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
    """What a site runs beside its jobs: mining, heat to neighbours; and a charge on its peak."""
    hall = Hall(
        name="oslo-a",
        liquid_cooling_curve=CoolingCurve(kind=CoolingKind.DRY_COOLER, rated_kw=20.0, max_kw=60.0),
        air_cooling_limit_kw=(70.0,),
        pools=(_pool("oslo-a-b200", "B200", 4),),
    )
    kroner = tuple(round(price / GBP_PER_NOK, 2) for price in _from_noon(climate.price_per_mwh))
    price = TimedSeries(
        quantity=Quantity.ENERGY_PRICE_PER_MWH, start_time=NOON, step_duration=HOUR, values=kroner, currency="NOK"
    )
    return Site(
        name="oslo",
        region_code="NO",
        time_zone="Europe/Oslo",
        import_limit_kw=(85.0,),
        pue=(1.1,),
        overhead_kw=(2.0,),
        carbon_intensity_g_per_kwh=_from_noon(climate.carbon_g_per_kwh),
        halls=(hall,),
        flexible_loads=(FlexibleLoad(name="mining", power_kw=(40.0,), value_per_mwh=(67.19,), hall="oslo-a"),),
        heat_offtake=HeatOfftake(limit_kw=(25.0,), price_per_mwh=(18.0,), recovered_share=0.8),
        demand_charge_per_kw=0.2,
        outside_temperature_c=_from_noon(climate.celsius),
        timed_series=(price,),
    )  # fmt: skip


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


def _tenants() -> tuple[Tenant, ...]:
    held = Reservation(pool="slough-a-h100", node_count=(3,), reclaim_duration=HOUR / 4, fee_per_node_hour=14.0)
    return (
        Tenant(name="uk-government", reservations=(held,)),
        Tenant(name="fintech", quotas=(Quota(gpu_count=32, pool="slough-a-h100"), Quota(gpu_count=32, gpu_model="A100"))),
        Tenant(name="start-ups", quotas=(Quota(gpu_count=48, site="slough"),)),
        Tenant(name="nordic-research", share_floor=ShareFloor(gpu_hours=96.0, shortfall_cost_per_gpu_hour=0.6)),
    )


def _government() -> tuple[Job, ...]:
    """Sovereign work, before all money: one job runs and must stay, one comes in the evening for its reserved nodes."""
    registry = Job(
        name="registry", tenant="uk-government", allowed_regions=("GB",), modes=(node_mode("H100", 1, 12),),
        running=running_on("slough-a-h100", "H100", 1, movable=False),
    )  # fmt: skip
    census = Job(
        name="census", tenant="uk-government", value=45.0, priority_tier=1, allowed_regions=("GB",),
        earliest_start_time=_at(8), modes=(node_mode("H100", 2, 4, licences=1),),
    )  # fmt: skip
    return registry, census


def _fintech() -> tuple[Job, ...]:
    """One run pauses through the curtailed hours, another is scored after it, one changes its width and its power cap."""
    pauses = Preemption(
        max_pause_count=1, min_run_duration=2 * HOUR, resume_duration=HOUR / 3, resume_cost=1.5, vacate_duration=HOUR / 2
    )
    pretrain = Job(
        name="pretrain", tenant="fintech", value=60.0, allowed_regions=("GB",), preemption=pauses,
        modes=(node_mode("H100", 3, 5),), running=running_on("slough-a-h100", "H100", 3, move_cost=20.0, stop_cost=15.0),
    )  # fmt: skip
    score = Job(
        name="score",
        tenant="fintech",
        value=12.0,
        due_time=_at(9),
        tardiness_cost_per_hour=1.0,
        modes=(node_mode("H100", 1, 1),),
    )
    tune = Job(
        name="tune", tenant="fintech", value=40.0, allowed_regions=("GB",), latest_end_time=_at(11),
        modes=(node_mode("A100", 2, 12), node_mode("A100", 2, 12, capped=True), node_mode("A100", 4, 12 / 1.86)),
        elasticity=Elasticity(max_change_count=2, change_duration=HOUR / 6, change_cost=0.5, work_step_count=84),
    )  # fmt: skip
    return pretrain, score, tune


def _start_ups() -> tuple[Job, ...]:
    """A borrower, two replicas apart, work in whole racks, work by its profile, a data set in Norway, a job that shrinks."""
    leaves = Preemption(
        max_pause_count=1, min_run_duration=HOUR, resume_duration=HOUR / 6, resume_cost=0.5, checkpoint_size_gb=400.0,
        may_resume_elsewhere=True, vacate_duration=HOUR / 12,
    )  # fmt: skip
    sweep = Job(name="sweep", tenant="start-ups", value=30.0, modes=(node_mode("H100", 3, 4),), preemption=leaves)
    ablation = Job(
        name="ablation", tenant="start-ups", value=9.0, modes=(node_mode("A100", 2, 4), node_mode("A100", 1, 7.44)),
        running=running_on("slough-b-a100", "A100", 2, move_cost=4.0, resize_cost=0.5, stop_cost=0.5),
    )  # fmt: skip
    replica_a = Job(name="replica-a", tenant="start-ups", value=20.0, modes=(node_mode("H100", 2, 3), node_mode("B200", 2, 2)))
    replica_b = Job(name="replica-b", tenant="start-ups", value=14.0, modes=(node_mode("H100", 1, 3), node_mode("B200", 1, 2)))
    experts = Job(
        name="experts",
        tenant="start-ups",
        value=50.0,
        modes=(node_mode("GB200", 4, 5, granularity=AllocationGranularity.DOMAIN),),
    )
    profile = WorkProfile(
        gpu_hours=80.0,
        throughputs=tuple(
            GpuThroughput(
                gpu_model=name,
                relative_speed=GPU_MODELS[name].speed,
                it_power_kw_per_gpu=round(GPU_MODELS[name].it_power_kw, 4),
            )
            for name in ("H100", "GB200")
        ),
        widths=(WidthEfficiency(gpu_count=8, efficiency=1.0), WidthEfficiency(gpu_count=16, efficiency=0.93)),
        power_caps=(PowerCap(power_share=1.0, speed_share=1.0), PUBLIC_POWER_CAP),
    )
    distil = Job(name="distil", tenant="start-ups", value=36.0, work_profile=profile)
    genome = Job(
        name="genome", tenant="start-ups", value=28.0,
        data_set=DataSet(sites=("oslo",), size_gb=1_600.0),
        modes=(replace(node_mode("H100", 2, 3, nvme=4), sites=("slough",)),),
    )  # fmt: skip
    return sweep, ablation, replica_a, replica_b, experts, distil, genome


def _research() -> tuple[Job, ...]:
    """What the floor on the tenant's share is for, with data in Britain."""
    climate = Job(
        name="climate", tenant="nordic-research", value=16.0,
        data_set=DataSet(sites=("slough",), size_gb=1_200.0), modes=(node_mode("B200", 3, 4),),
    )  # fmt: skip
    return (climate,)


def _at(hour: float) -> datetime:
    return NOON + hour * HOUR
