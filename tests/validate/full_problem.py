"""One valid problem that uses every field of the schema, and a way to change one field of it by path."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

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
    Mode,
    PowerCap,
    Precedence,
    Preemption,
    Problem,
    Quota,
    Reservation,
    Resource,
    ResourceUse,
    RunningPlacement,
    ShareFloor,
    Site,
    Tenant,
    TimeGrid,
    WidthEfficiency,
    WorkProfile,
)
from optimizer.weather import CoolingCurve, CoolingKind, CurvePoint, ExchangeRate, PueCurve, Quantity, TimedSeries

START = datetime(2026, 10, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SLOT_COUNT = 24


def full_problem() -> Problem:
    """Two sites over the day on which British clocks go back: sites[0] has every part, jobs[0] and jobs[1] every field."""
    return Problem(
        name="every field",
        currency="GBP",
        time_grid=TimeGrid(start_time=START, slot_count=SLOT_COUNT),
        carbon_price_per_tonne=80.0,
        sites=(_loughton(), _kvandal()),
        jobs=(_training_job(), _profiled_job(), Job(name="mandatory", modes=(Mode(gpu_count=4, duration=HOUR),))),
        tenants=(
            Tenant(
                name="lab",
                quotas=(
                    Quota(gpu_count=64),
                    Quota(gpu_count=32, site="Loughton"),
                    Quota(gpu_count=48, pool="loughton-h100", gpu_model="H100"),
                ),
                reservations=(
                    Reservation(pool="loughton-h100", node_count=(2,), reclaim_duration=HOUR, fee_per_node_hour=20.0),
                ),
                share_floor=ShareFloor(gpu_hours=32.0, shortfall_cost_per_gpu_hour=3.0),
            ),
            Tenant(name="startup", reservations=(Reservation(pool="loughton-h100", node_count=(1,) * SLOT_COUNT),)),
        ),
        groups=(Group(name="pair", kind=GroupKind.SAME_SITE, jobs=("profiled", "mandatory")),),
        precedences=(
            Precedence(predecessor="train", successor="profiled", lag=HOUR),
            Precedence(predecessor="train", successor="mandatory"),
        ),
        links=(Link(from_site="Loughton", to_site="Kvandal", throughput_gb_per_hour=500.0, cost_per_gb=0.02),),
        resources=(Resource(name="licences", capacity=(3,), consumable=True),),
        exchange_rates=(ExchangeRate(currency="NOK", rate=0.074),),
        churn_budget=ChurnBudget(max_change_count=5, max_gpu_hours=100.0),
    )


def _loughton() -> Site:
    pool = GpuPool(
        name="loughton-h100",
        gpu_model="H100",
        node_count=(8,) * SLOT_COUNT,
        gpus_per_node=8,
        nodes_per_domain=4,
        allocation_granularity=AllocationGranularity.DOMAIN,
        liquid_heat_share=0.8,
        resources=(Resource(name="nvme", capacity=(100,)),),
    )
    hall = Hall(
        name="loughton-1",
        it_power_limit_kw=(900.0,),
        liquid_cooling_limit_kw=(800.0,),
        air_cooling_limit_kw=(300.0,) * SLOT_COUNT,
        pools=(pool,),
        commitment=Commitment(standby_power_kw=20.0, start_up_cost=50.0, min_up_duration=2 * HOUR),
    )
    return Site(
        name="Loughton",
        region_code="GB",
        time_zone="Europe/London",
        import_limit_kw=(1_500.0,) * SLOT_COUNT,
        pue=(1.2,),
        overhead_kw=(15.0,),
        energy_price_per_mwh=(-20.0, *(90.0,) * (SLOT_COUNT - 1)),
        carbon_intensity_g_per_kwh=(180.0,),
        energy_budget_mwh=20.0,
        carbon_budget_kg=4_000.0,
        halls=(hall,),
        resources=(Resource(name="uplink", capacity=(10,) * SLOT_COUNT),),
        flexible_loads=(FlexibleLoad(name="mining", power_kw=(100.0,), value_per_mwh=(60.0,), hall="loughton-1"),),
        heat_offtake=HeatOfftake(limit_kw=(200.0,), price_per_mwh=(15.0,), recovered_share=0.7),
        battery=Battery(energy_capacity_kwh=500.0, charge_limit_kw=250.0, discharge_limit_kw=250.0, initial_energy_kwh=100.0),
        demand_charge_per_kw=4.0,
    )


def _kvandal() -> Site:
    pool = GpuPool(
        name="kvandal-gb300",
        gpu_model="GB300",
        node_count=(18,),
        gpus_per_node=4,
        nodes_per_domain=6,
        whole_domain_count=1,
        maintenance=(
            Maintenance(node=7, start_time=START + HOUR, end_time=START + 3 * HOUR),
            Maintenance(domain=2, start_time=START + 5 * HOUR, end_time=START + 6 * HOUR),
        ),
        failure_buffer_node_count=(2,) * SLOT_COUNT,
    )
    curve = CoolingCurve(kind=CoolingKind.DRY_COOLER, rated_kw=4_000.0, max_kw=9_000.0)
    chiller = CoolingCurve(kind=CoolingKind.CHILLER, rated_kw=900.0, rated_temperature_c=20.0, derating_per_c=0.01)
    hall = Hall(name="kvandal-1", pools=(pool,), liquid_cooling_curve=curve, air_cooling_curve=chiller)
    prices = TimedSeries(
        quantity=Quantity.ENERGY_PRICE_PER_MWH,
        start_time=START - HOUR,
        step_duration=HOUR / 2,
        values=(420.0,) * (2 * SLOT_COUNT + 2),
        currency="NOK",
    )
    return Site(
        name="Kvandal",
        region_code="NO",
        halls=(hall,),
        outside_temperature_c=(4.0,),
        pue_curve=PueCurve(points=(CurvePoint(temperature_c=5.0, value=1.07), CurvePoint(temperature_c=25.0, value=1.2))),
        timed_series=(prices,),
    )


def _training_job() -> Job:
    return Job(
        name="train",
        tenant="lab",
        value=1_000.0,
        earliest_start_time=START,
        due_time=START + 10 * HOUR,
        tardiness_cost_per_hour=5.0,
        latest_end_time=START + 20 * HOUR,
        allowed_regions=("GB", "NO"),
        denied_regions=("FR",),
        allowed_sites=("Loughton",),
        denied_sites=("Kvandal",),
        data_set=DataSet(sites=("Loughton",), size_gb=200.0),
        running=RunningPlacement(pool="loughton-h100", mode="H100x8@500W", move_cost=10.0, resize_cost=4.0, stop_cost=20.0),
        modes=(
            Mode(gpu_model="H100", gpu_count=8, duration=4 * HOUR, it_power_kw=9.5),
            Mode(
                gpu_model="H100",
                gpu_count=8,
                power_cap_w=500.0,
                duration=5 * HOUR,
                it_power_kw=7.0,
                value=900.0,
                cost=-3.0,
                liquid_heat_kw=5.0,
                air_heat_kw=2.0,
                resource_uses=(ResourceUse(name="nvme", amount=4), ResourceUse(name="licences", amount=1)),
                pools=("loughton-h100",),
                sites=("Loughton",),
            ),
        ),
        preemption=Preemption(
            max_pause_count=2,
            min_run_duration=HOUR,
            resume_cost=1.0,
            checkpoint_size_gb=50.0,
            may_resume_elsewhere=True,
            vacate_duration=HOUR,
        ),
        elasticity=Elasticity(max_change_count=1, change_duration=HOUR, change_cost=2.0, work_step_count=20),
        priority_tier=1,
    )


def _profiled_job() -> Job:
    profile = WorkProfile(
        gpu_hours=100.0,
        throughputs=(
            GpuThroughput(gpu_model="H100", relative_speed=1.0, it_power_kw_per_gpu=1.2),
            GpuThroughput(gpu_model="GB300", relative_speed=2.5, it_power_kw_per_gpu=2.2),
        ),
        widths=(WidthEfficiency(gpu_count=8, efficiency=1.0), WidthEfficiency(gpu_count=16, efficiency=0.9)),
        power_caps=(PowerCap(power_share=1.0, speed_share=1.0), PowerCap(power_share=0.66, speed_share=0.84)),
    )
    running = RunningPlacement(pool="kvandal-gb300", mode="GB300x8@66%")
    return Job(name="profiled", value=500.0, work_profile=profile, running=running)


def edit(thing: Any, path: str, value: Any) -> Any:
    """``thing`` with the field at ``path`` (``jobs[0].modes[1].cost``) set to ``value``."""
    field, index, rest = re.fullmatch(r"(\w+)(?:\[(\d+)\])?(?:\.(.+))?", path).groups()  # type: ignore[union-attr]
    old = getattr(thing, field)
    if index is None:
        return replace(thing, **{field: edit(old, rest, value) if rest else value})
    k = int(index)
    item = edit(old[k], rest, value) if rest else value
    return replace(thing, **{field: (*old[:k], item, *old[k + 1 :])})
