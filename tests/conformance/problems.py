"""Tiny problems, one a rule and all together: every engine must reach the brute-forced optimum of each."""

from __future__ import annotations

from dataclasses import replace

from optimizer.problem import (
    AllocationGranularity,
    DataSet,
    Link,
    Problem,
    Quota,
    Reservation,
    Resource,
    ResourceUse,
    RunningPlacement,
    Tenant,
    WidthEfficiency,
    WorkProfile,
)
from optimizer.problem import GpuThroughput as Throughput
from tests.conformance import (
    battery_problems,
    contract_problems,
    hall_problems,
    itinerary_problems,
    link_problems,
    plant_problems,
    running_problems,
    switched_plant_problems,
    tenancy_problems,
    tie_problems,
    tier_problems,
    topology_problems,
)
from tests.fleet import at, hall, hours, job, mode, pool, problem, site

NO_JOBS = problem()
NO_SITES = problem(job("a"), sites=())
ONE_SLOT = problem(job("a"), job("b", value=60.0), job("c", value=50.0), slot_count=1)
NODES = problem(job("a", mode(16, 2)), job("b", mode(16, 2), value=90.0), job("c", mode(16, 2), value=80.0))
MAINTENANCE = problem(
    job("a", mode(16, 2)), job("b", mode(8, 4), value=70.0), sites=(site("s", hall("h", pool("p", (2, 1, 2, 2)))),)
)
DOMAINS = problem(
    *(job(name, mode(8, 2)) for name in "abc"),
    sites=(
        site(
            "s",
            hall(
                "h",
                pool("p", (4,), nodes_per_domain=2, allocation_granularity=AllocationGranularity.DOMAIN),
            ),
        ),
    ),
    slot_count=3,
)
HALL_POWER = problem(
    *(job(name, mode(8, 2, 10.0), value=value) for name, value in (("a", 50.0), ("b", 49.0), ("c", 48.0))),
    sites=(site("s", hall("h", pool("p", (3,)), it_power_limit_kw=(20.0, 19.999, 20.0, 20.0))),),
)
TWO_MODELS_ONE_HALL = problem(
    job("a", mode(8, 2, 12.0), mode(4, 3, 6.0, gpu_model="GB300")),
    job("b", mode(8, 2, 12.0), mode(4, 3, 6.0, gpu_model="GB300"), value=90.0),
    sites=(
        site(
            "s",
            hall("h", pool("p", (1,)), pool("q", (2,), gpu_model="GB300", gpus_per_node=4), it_power_limit_kw=(18.0,)),
        ),
    ),
    slot_count=3,
)
LIQUID = problem(
    *(job(name, mode(8, 2, 10.0)) for name in "ab"),
    sites=(site("s", hall("h", pool("p", (2,), liquid_heat_share=0.85), liquid_cooling_limit_kw=(17.0, 16.999, 17.0))),),
    slot_count=3,
)
AIR = problem(
    *(job(name, mode(8, 1, 10.0)) for name in "abcd"),
    sites=(site("s", hall("h", pool("p", (3,), liquid_heat_share=0.85), air_cooling_limit_kw=(2.999, 3.0))),),
    slot_count=2,
)
OWN_HEAT = problem(
    job("a", mode(8, 1, 10.0, liquid_heat_kw=9.0, air_heat_kw=0.0)),
    job("b", mode(8, 1, 10.0), value=10.0),
    sites=(site("s", hall("h", liquid_cooling_limit_kw=(9.0,), air_cooling_limit_kw=(10.0,))),),
    slot_count=1,
)
GRID_TWO_HALLS = problem(
    *(job(name, mode(8, 2, 10.0), value=value) for name, value in (("a", 30.0), ("b", 29.0), ("c", 28.0))),
    sites=(
        site(
            "s",
            hall("h", pool("p", (1,))),
            hall("k", pool("q", (1,))),
            import_limit_kw=(26.0, 26.0, 13.0, 26.0),
            pue=(1.2,),
            overhead_kw=(2.0,),
        ),
    ),
)
CURTAILED_NOW = problem(
    job("a", mode(16, 2, 20.0)), job("b", mode(8, 2, 10.0)), sites=(site("s", import_limit_kw=(20.0, 0.0, 20.0, 20.0)),)
)
PRICES = problem(
    job("a", mode(16, 2, 1_000.0), value=200.0),
    job("b", mode(8, 3, 500.0), value=120.0),
    sites=(site("s", energy_price_per_mwh=(100.0, 40.0, 10.0, 250.0), pue=(1.1, 1.15, 1.2, 1.2)),),
)
NEGATIVE_PRICES = problem(
    job("paid to run", mode(8, 2, 2_000.0), value=0.0),
    job("loses", mode(8, 2, 2_000.0), value=0.0, latest_end_time=at(2)),
    sites=(site("s", energy_price_per_mwh=(30.0, 20.0, -40.0, -15.0)),),
)
CARBON = problem(
    job("a", mode(8, 2, 3_000.0), value=250.0),
    carbon_price_per_tonne=80.0,
    sites=(
        site("gb", hall("h", pool("p")), carbon_intensity_g_per_kwh=(250.0, 200.0, 90.0, 300.0)),
        site("no", hall("k", pool("q")), region_code="NO", carbon_intensity_g_per_kwh=(8.0,), energy_price_per_mwh=(35.0,)),
    ),
)
BUDGETS = problem(
    job("a", mode(8, 2, 10.0), value=50.0),
    job("b", mode(8, 1, 10.0), value=30.0),
    job("c", mode(8, 1, 10.0), value=28.0),
    sites=(
        site(
            "s",
            energy_budget_mwh=0.022,
            carbon_budget_kg=3.0,
            pue=(1.1,),
            carbon_intensity_g_per_kwh=(200.0, 100.0, 50.0, 100.0),
        ),
    ),
)
TARDINESS = problem(
    job("a", mode(16, 2), due_time=at(2), tardiness_cost_per_hour=30.0),
    job("b", mode(16, 1), due_time=at(1), tardiness_cost_per_hour=10.0, value=90.0),
    job("c", mode(16, 1), due_time=at(-1), tardiness_cost_per_hour=20.0, value=45.0),
)
WINDOWS = problem(
    job("a", mode(16, 2), earliest_start_time=at(0.5), latest_end_time=at(3.5)),
    job("b", mode(16, 1), latest_end_time=at(1)),
    job("c", mode(16, 3), earliest_start_time=at(2), latest_end_time=at(4)),
)
RESIDENCY = problem(
    job("gb only", mode(16, 4), allowed_regions=("GB",)),
    job("not no", mode(16, 4), denied_regions=("NO",), value=90.0),
    job("either", mode(16, 4), value=50.0),
    job("not s", mode(16, 4), denied_sites=("s",), value=40.0),
    job("only n", mode(16, 2), allowed_sites=("n",), value=45.0),
    sites=(site("s", hall("h", pool("p"))), site("n", hall("k", pool("q")), region_code="NO")),
)
MODES = problem(
    job("a", mode(8, 4, 8.0), mode(16, 2, 16.0), mode(16, 3, 10.0, power_cap_w=400.0), value=60.0),
    job("b", mode(8, 4, 8.0), mode(16, 2, 16.0, value=75.0, cost=5.0), value=60.0),
    sites=(site("s", energy_price_per_mwh=(500.0, 400.0, 300.0, 200.0)),),
)
MODES_BOUND_TO_PLACES = problem(
    job("a", mode(8, 1, pools=("p",)), mode(8, 2, name="slow", pools=("q",), cost=1.0)),
    job("b", mode(8, 1, sites=("s",)), value=70.0),
    sites=(site("s", hall("h", pool("p", (1,)))), site("n", hall("k", pool("q", (1,))), region_code="NO")),
    slot_count=1,
)
RESOURCES = problem(
    *(job(name, mode(8, 1, resource_uses=(ResourceUse(name="licence", amount=2),))) for name in "ab"),
    job("c", mode(8, 1, resource_uses=(ResourceUse(name="tape", amount=3),)), value=40.0),
    job("d", mode(8, 1, resource_uses=(ResourceUse(name="tape", amount=3),)), value=41.0),
    job("e", mode(8, 1, resource_uses=(ResourceUse(name="none", amount=1),))),
    resources=(Resource(name="licence", capacity=(3,)), Resource(name="none", capacity=(0,))),
    sites=(site("s", hall("h", pool("p", (4,), resources=(Resource(name="tape", capacity=(5,), consumable=True),)))),),
    slot_count=2,
)
TENANCY = problem(
    job("a", mode(16, 2), tenant="lab"),
    job("b", mode(8, 2), tenant="lab", value=90.0),
    job("c", mode(16, 2), tenant="other", value=120.0),
    job("d", mode(8, 2), value=20.0),
    tenants=(
        Tenant(name="lab", quotas=(Quota(gpu_count=24), Quota(gpu_count=16, site="s")), reservations=(
            Reservation(pool="p", node_count=(1,)),)),
        Tenant(name="other", reservations=(Reservation(pool="p", node_count=(1, 1, 0, 0)),)),
    ),
    sites=(site("s", hall("h", pool("p", (3,)))), site("n", hall("k", pool("q", (1,))))),
)  # fmt: skip
QUOTA_OF_POOL = problem(
    job("a", mode(8, 2), tenant="lab"),
    job("b", mode(8, 2, pools=("p",)), mode(8, 3, name="slow", pools=("q",), cost=5.0), tenant="lab", value=90.0),
    job("c", mode(8, 2), value=20.0),
    tenants=(Tenant(name="lab", quotas=(Quota(gpu_count=8, pool="p"),)),),
    sites=(site("s", hall("h", pool("p", (3,)))), site("n", hall("k", pool("q", (1,))))),
    slot_count=3,
)
QUOTA_OF_MODEL = problem(
    *(job(name, mode(8, 1), mode(4, 2, gpu_model="GB300"), tenant="lab", value=v) for name, v in (("a", 30.0), ("b", 29.0))),
    job("c", mode(8, 1, gpu_model=""), tenant="lab", value=50.0),
    tenants=(
        Tenant(name="lab", quotas=(
            Quota(gpu_count=8, gpu_model="H100"), Quota(gpu_count=4, site="s", gpu_model="GB300"), Quota(gpu_count=12))),
    ),
    sites=(
        site("s", hall("h", pool("p", (3,)), pool("q", (2,), gpu_model="GB300", gpus_per_node=4))),
        site("n", hall("k", pool("r", (1,), gpu_model="GB300", gpus_per_node=8))),
    ),
    slot_count=2,
)  # fmt: skip
STAGING = problem(
    job("a", mode(16, 2), data_set=DataSet(sites=("s",), size_gb=150.0)),
    job("b", mode(16, 2), data_set=DataSet(sites=("n",), size_gb=500.0), value=80.0),
    job("c", mode(16, 2), data_set=DataSet(sites=("n", "s"), size_gb=1.0), value=60.0),
    links=(
        Link(from_site="s", to_site="n", throughput_gb_per_hour=100.0, cost_per_gb=0.05),
        Link(from_site="n", to_site="s", throughput_gb_per_hour=1_000.0, cost_per_gb=0.1),
    ),
    sites=(site("s", hall("h", pool("p"))), site("n", hall("k", pool("q")), region_code="NO")),
)
RUNNING = problem(
    job("kept", mode(8, 2), running=RunningPlacement(pool="p", mode="H100x8", move_cost=30.0), value=50.0),
    job("moved", mode(8, 3), running=RunningPlacement(pool="p", mode="H100x8", move_cost=5.0), value=50.0),
    job("fixed", mode(8, 4), running=RunningPlacement(pool="q", mode="H100x8", movable=False), value=60.0),
    job("wide", mode(16, 2, pools=("p",)), value=100.0),
    sites=(site("s", hall("h", pool("p", (2,)))), site("n", hall("k", pool("q", (2,))))),
    slot_count=4,
)
MANDATORY = problem(
    job("must", mode(16, 2, 1_000.0), value=None),
    job("rich", mode(16, 3), value=1_000.0),
    job("must too", mode(8, 1), value=None, latest_end_time=at(3)),
    sites=(site("s", energy_price_per_mwh=(10.0, 90.0, 90.0, 90.0, 80.0)),),
    slot_count=5,
)
INFEASIBLE_TOGETHER = problem(job("a", mode(16, 3), value=None), job("b", mode(8, 2), value=None), job("c"), slot_count=4)
INFEASIBLE_ALONE = problem(job("a", mode(24, 1), value=None), job("b"))
PROFILE = problem(
    job(
        "a",
        work_profile=WorkProfile(
            gpu_hours=24.0,
            throughputs=(Throughput(gpu_model="H100", relative_speed=1.0, it_power_kw_per_gpu=1.25),),
            widths=(WidthEfficiency(gpu_count=8, efficiency=1.0), WidthEfficiency(gpu_count=16, efficiency=0.75)),
        ),
        latest_end_time=at(3),
    ),
    job("b", mode(8, 4), value=60.0),
)
PROFILE = replace(PROFILE, jobs=(replace(PROFILE.jobs[0], modes=()), PROFILE.jobs[1]))
TIES = problem(*(job(name, mode(8, 2), value=10.0) for name in "abcdef"), slot_count=3)
QUARTER_HOURS = problem(
    job("a", mode(8, 0.6, 100.0)),
    job("b", mode(16, 0.25, 300.0), due_time=at(0.3), tardiness_cost_per_hour=100.0),
    sites=(site("s", energy_price_per_mwh=(900.0, 100.0, 100.0, 700.0)),),
)
QUARTER_HOURS = replace(QUARTER_HOURS, time_grid=replace(QUARTER_HOURS.time_grid, slot_duration=hours(0.25)))
ALL_RULES = problem(
    job("anchor", mode(16, 2, 20.0), mode(8, 3, 10.0), tenant="lab", value=120.0, due_time=at(2),
        tardiness_cost_per_hour=15.0, data_set=DataSet(sites=("s",), size_gb=90.0)),
    job("sovereign", mode(8, 2, 12.0, resource_uses=(ResourceUse(name="licence", amount=1),)), allowed_regions=("GB",),
        value=80.0),
    job("running", mode(8, 2, 9.0), running=RunningPlacement(pool="p", mode="H100x8", move_cost=8.0), value=40.0),
    job("must", mode(8, 1, 11.0, liquid_heat_kw=2.0, air_heat_kw=9.0), value=None, latest_end_time=at(3)),
    carbon_price_per_tonne=60.0,
    tenants=(Tenant(name="lab", quotas=(Quota(gpu_count=16),),
                    reservations=(Reservation(pool="q", node_count=(1, 1, 0, 0)),)),),
    links=(Link(from_site="s", to_site="n", throughput_gb_per_hour=100.0, cost_per_gb=0.02),),
    resources=(Resource(name="licence", capacity=(1,)),),
    sites=(
        site("s", hall("h", pool("p", (2, 2, 1, 2), liquid_heat_share=0.5), it_power_limit_kw=(30.0, 25.0, 30.0, 30.0),
                       air_cooling_limit_kw=(16.0,)),
             import_limit_kw=(32.0, 32.0, 20.0, 32.0), pue=(1.2,), energy_price_per_mwh=(90.0, 1_200.0, 80.0, -20.0),
             carbon_intensity_g_per_kwh=(200.0,), energy_budget_mwh=0.09),
        site("n", hall("k", pool("q", (2,)), liquid_cooling_limit_kw=(40.0,)), region_code="NO",
             energy_price_per_mwh=(30.0,), carbon_budget_kg=2.0, carbon_intensity_g_per_kwh=(30.0,)),
    ),
)  # fmt: skip

PROBLEMS: dict[str, Problem] = (
    {name.lower(): value for name, value in globals().items() if name.isupper() and isinstance(value, Problem)}
    | running_problems.PROBLEMS
    | tier_problems.PROBLEMS
    | tie_problems.PROBLEMS
    | itinerary_problems.PROBLEMS
    | tenancy_problems.PROBLEMS
    | topology_problems.PROBLEMS
    | hall_problems.PROBLEMS
    | contract_problems.PROBLEMS
    | plant_problems.PROBLEMS
    | switched_plant_problems.PROBLEMS
    | battery_problems.PROBLEMS
    | link_problems.PROBLEMS
)
