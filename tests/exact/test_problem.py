"""Rounding and look-ups, once and for all: demand up, limits down, money and intensities to the nearest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from optimizer.exact.problem import ExactProblem, ExactReservation, exact
from optimizer.problem import (
    AllocationGranularity,
    DataSet,
    GpuPool,
    Hall,
    Job,
    Link,
    Mode,
    Problem,
    Quota,
    Reservation,
    Resource,
    ResourceUse,
    RunningPlacement,
    Site,
    Tenant,
)
from optimizer.units import RATE_SCALE
from tests.fleet import at, hall, hours, job, mode, pool, problem, site

QUARTER = timedelta(minutes=15)


def exact_site(**fields: object) -> ExactProblem:
    return exact(problem(sites=(site("s", **fields),)))


def in_quarters(instance: Problem) -> Problem:
    return replace(instance, time_grid=replace(instance.time_grid, slot_duration=QUARTER))


# ----------------------------------------------------------------------------------------------------------------------
# sites, halls, pools


def test_limits_go_down_and_demands_up() -> None:
    inside = exact(
        problem(
            job("a", mode(8, 1, 10.00049, liquid_heat_kw=1.0001, air_heat_kw=0.0)),
            sites=(
                site(
                    "s",
                    hall(
                        "h",
                        pool(liquid_heat_share=0.3333333),
                        it_power_limit_kw=(10.9999,),
                        liquid_cooling_limit_kw=(1.0009, 2.0, 3.0, 4.0),
                        air_cooling_limit_kw=(0.0,),
                    ),
                    import_limit_kw=(99.9999,),
                    overhead_kw=(0.0001,),
                    pue=(1.0000001,),
                    energy_budget_mwh=0.0000019,
                    carbon_budget_kg=0.0000019,
                ),
            ),
        )
    )
    (hall_in,), (site_in,), (pool_in,) = inside.halls, inside.sites, inside.pools
    assert hall_in.it_power_w == (10_999,) * 4
    assert hall_in.liquid_w == (1_000, 2_000, 3_000, 4_000)
    assert hall_in.air_w == (0,) * 4
    assert site_in.import_limit_w == (99_999,) * 4
    assert site_in.overhead_w == (1,) * 4
    assert site_in.pue_ppm == (1_000_001,) * 4
    assert (site_in.energy_budget_wh, site_in.carbon_budget_mg) == (1, 1)
    assert pool_in.liquid_share_ppm == 333_334
    (chosen,) = inside.jobs[0].modes
    assert (chosen.it_power_w, chosen.liquid_w, chosen.air_w) == (10_001, 1_001, 0)


def test_a_float_is_the_decimal_it_is_written_as() -> None:
    """1.1 kW is 1,100 W and 0.29 kW is 290 W, not a watt more or less."""
    inside = exact(problem(job("a", mode(8, 1, 1.1)), sites=(site("s", hall("h", it_power_limit_kw=(0.29,))),)))
    assert inside.jobs[0].modes[0].it_power_w == 1_100
    assert inside.halls[0].it_power_w == (290,) * 4


def test_unset_is_no_limit_and_no_cost() -> None:
    inside = exact(problem())
    assert (inside.halls[0].it_power_w, inside.halls[0].liquid_w, inside.halls[0].air_w) == (None, None, None)
    (site_in,) = inside.sites
    assert site_in.import_limit_w is None
    assert site_in.it_limit_w(0) is None
    assert site_in.pue_ppm == (1_000_000,) * 4
    assert site_in.energy_rate == site_in.carbon_rate == site_in.emission_ug == site_in.overhead_w == (0,) * 4
    assert (site_in.energy_budget_wh, site_in.carbon_budget_mg) == (None, None)


def test_grid_limit_leaves_what_pue_and_overhead_leave() -> None:
    (site_in,) = exact_site(import_limit_kw=(26.0, 2.0, 1.0, 26.001), pue=(1.2,), overhead_kw=(2.0,)).sites
    assert [site_in.it_limit_w(t) for t in range(4)] == [20_000, 0, -834, 20_000]
    for t in (0, 3):
        room = site_in.it_limit_w(t) or 0
        assert room * 1_200_000 <= ((site_in.import_limit_w or ())[t] - 2_000) * 1_000_000 < (room + 1) * 1_200_000


def test_energy_rate_is_money_per_watt_and_slot() -> None:
    """100 a MWh at PUE 1.5 is 150 micro-units a Wh; a quarter hour costs a quarter; prices may be negative."""
    fields = {"energy_price_per_mwh": (100.0, -100.0, 0.0, 0.01), "pue": (1.5,)}
    (hourly,) = exact_site(**fields).sites
    (quarterly,) = exact(in_quarters(problem(sites=(site("s", **fields),)))).sites
    assert hourly.energy_rate == (150 * RATE_SCALE, -150 * RATE_SCALE, 0, 150)
    assert quarterly.energy_rate == (37 * RATE_SCALE + 5_000, -37 * RATE_SCALE - 5_000, 0, 38)


def test_carbon_rate_is_emission_times_its_price() -> None:
    """400 g/kWh is 400 ug a Wh (in mg: 0.4); at 80 a tonne, 32 micro-units a kWh."""
    instance = problem(sites=(site("s", carbon_intensity_g_per_kwh=(400.0,), pue=(1.25,)),), carbon_price_per_tonne=80.0)
    (site_in,) = exact(instance).sites
    assert site_in.emission_ug == (500_000,) * 4
    assert site_in.carbon_rate == (40 * RATE_SCALE,) * 4


def test_positions_follow_the_order_of_the_problem() -> None:
    inside = exact(
        problem(
            sites=(
                site("s", hall("h", pool("p"), pool("q")), hall("k", pool("r"))),
                Site(name="empty", region_code="NO"),
                site("n", Hall(name="bare"), hall("m", pool("t")), region_code="NO"),
            )
        )
    )
    assert [(p.name, p.hall, p.site) for p in inside.pools] == [("p", 0, 0), ("q", 0, 0), ("r", 1, 0), ("t", 3, 2)]
    assert [(h.name, h.site) for h in inside.halls] == [("h", 0), ("k", 0), ("bare", 2), ("m", 2)]
    assert [(s.index, s.name, s.region_code) for s in inside.sites] == [(0, "s", "GB"), (1, "empty", "NO"), (2, "n", "NO")]


@pytest.mark.parametrize(("granularity", "grant"), [(AllocationGranularity.NODE, 1), (AllocationGranularity.DOMAIN, 18)])
def test_nodes_are_granted_one_by_one_or_by_domain(granularity: AllocationGranularity, grant: int) -> None:
    gpu_pool = GpuPool(
        name="p", gpu_model="GB300", node_count=(36,), gpus_per_node=4, nodes_per_domain=18, allocation_granularity=granularity
    )
    assert exact(problem(sites=(site("s", hall("h", gpu_pool)),))).pools[0].nodes_per_grant == grant


def test_one_value_holds_in_every_slot_but_a_consumable_is_for_the_horizon() -> None:
    resources = (Resource(name="r", capacity=(3,)), Resource(name="c", capacity=(5,), consumable=True))
    inside = exact(
        problem(
            sites=(site("s", hall("h", pool(node_count=(2,), resources=resources)), resources=resources),),
            resources=(*resources, Resource(name="by slot", capacity=(1, 2, 3, 4))),
            tenants=(
                Tenant(
                    name="t",
                    quotas=(Quota(gpu_count=8), Quota(gpu_count=4, site="s")),
                    reservations=(Reservation(pool="pool", node_count=(1,)),),
                ),
            ),
        )
    )
    assert inside.pools[0].node_count == (2,) * 4
    assert inside.pools[0].reservations == (ExactReservation("t", (1,) * 4, None, 0),)
    assert [(q.tenant, q.gpu_count, q.scope) for q in inside.quotas] == [("t", 8, ("", "", "")), ("t", 4, ("s", "", ""))]
    for owner in (inside.pools[0].resources, inside.sites[0].resources, inside.resources[:2]):
        assert [(r.name, r.capacity, r.consumable) for r in owner] == [("r", (3,) * 4, False), ("c", (5,), True)]
    assert inside.resources[2].capacity == (1, 2, 3, 4)


# ----------------------------------------------------------------------------------------------------------------------
# jobs and modes


def window(**fields: object) -> tuple[int, int, int]:
    (job_in,) = exact(problem(job("a", **fields))).jobs
    return job_in.release, job_in.due, job_in.deadline


def test_a_window_shrinks_to_whole_slots() -> None:
    assert window() == (0, 4, 4)
    assert window(earliest_start_time=at(1), due_time=at(2), latest_end_time=at(3)) == (1, 2, 3)
    assert window(earliest_start_time=at(0.01), due_time=at(2.99), latest_end_time=at(3.99)) == (1, 2, 3)


def test_a_window_is_cut_to_the_horizon_but_lateness_counts_from_before_it() -> None:
    assert window(earliest_start_time=at(-5), due_time=at(-2.5), latest_end_time=at(9)) == (0, -3, 4)
    assert window(earliest_start_time=at(7), due_time=at(9)) == (7, 4, 4)
    assert window(latest_end_time=at(-1))[2] == -1


def test_a_started_slot_counts_whole() -> None:
    lengths = [exact(problem(job("a", mode(8, h)))).jobs[0].modes[0].duration for h in (0.001, 1, 1.0003, 2)]
    assert lengths == [1, 1, 2, 2]


def test_tardiness_is_charged_by_slot() -> None:
    late = problem(job("a", tardiness_cost_per_hour=10.0))
    assert exact(late).jobs[0].tardiness_micros_per_slot == 10_000_000
    assert exact(in_quarters(late)).jobs[0].tardiness_micros_per_slot == 2_500_000


@pytest.mark.parametrize(
    ("job_value", "mode_value", "mandatory", "value_micros"),
    [(None, None, True, 0), (5.0, None, False, 5_000_000), (5.0, 7.0, False, 7_000_000), (None, 7.0, False, 7_000_000),
     (0.0, None, False, 0), (5.0, 0.0, False, 0), (-1.5, None, False, -1_500_000)],
)  # fmt: skip
def test_a_value_of_its_own_or_the_jobs_and_without_both_mandatory(
    job_value: float | None, mode_value: float | None, mandatory: bool, value_micros: int
) -> None:
    (job_in,) = exact(problem(job("a", mode(value=mode_value), value=job_value))).jobs
    assert job_in.mandatory is mandatory
    assert job_in.modes[0].value_micros == value_micros


def test_money_is_rounded_to_the_nearest_micro_unit() -> None:
    (job_in,) = exact(problem(job("a", mode(cost=-0.0000015), value=0.0000014))).jobs
    assert (job_in.modes[0].value_micros, job_in.modes[0].cost_micros) == (1, -2)


def test_what_a_job_says_is_kept() -> None:
    stated = Job(
        name="a",
        tenant="t",
        value=1.0,
        allowed_regions=("GB",),
        denied_sites=("x",),
        data_set=DataSet(sites=("s", "n"), size_gb=2.5),
        running=RunningPlacement(pool="pool", mode="H100x8", movable=False, move_cost=3.0),
        modes=(
            Mode(
                gpu_model="H100",
                gpu_count=8,
                duration=hours(1),
                resource_uses=(ResourceUse(name="r", amount=2), ResourceUse(name="unused", amount=0)),
                pools=("pool",),
                sites=("s",),
            ),
        ),
    )
    (job_in,) = exact(problem(stated, sites=(site("s"), site("n", hall("h", pool("p")))))).jobs
    assert (job_in.tenant, job_in.allowed_regions, job_in.denied_regions) == ("t", {"GB"}, frozenset())
    assert (job_in.allowed_sites, job_in.denied_sites) == (frozenset(), {"x"})
    assert (job_in.data_sites, job_in.data_size_gb) == (("s", "n"), 2.5)
    assert job_in.running is not None
    assert (job_in.running.pool, job_in.running.mode) == ("pool", "H100x8")
    assert (job_in.running.movable, job_in.running.move_cost_micros) == (False, 3_000_000)
    (mode_in,) = job_in.modes
    assert mode_in.name == "H100x8"
    assert mode_in.resource_uses == (("r", 2),)
    assert (mode_in.pools, mode_in.sites) == ({"pool"}, {"s"})
    assert (mode_in.liquid_w, mode_in.air_w) == (None, None)


# ----------------------------------------------------------------------------------------------------------------------
# staging


def staging(data: DataSet | None, *links: Link, quarters: bool = False) -> tuple[int, int] | None:
    """(slots, micro-units) to bring ``data`` to site t."""
    instance = problem(job("a", data_set=data), sites=tuple(site(n, hall(f"hall {n}", pool(f"pool {n}"))) for n in "stu"))
    inside = exact(in_quarters(replace(instance, links=links)) if quarters else replace(instance, links=links))
    ways = inside.data_ways(inside.jobs[0], inside.sites[1])
    return (ways[0].slots, ways[0].cost_micros) if ways else None


def link(origin: str, rate: float, cost: float, target: str = "t") -> Link:
    return Link(from_site=origin, to_site=target, throughput_gb_per_hour=rate, cost_per_gb=cost)


def test_nothing_to_stage() -> None:
    assert staging(None) == (0, 0)
    assert staging(DataSet(sites=("u", "t"), size_gb=9.0)) == (0, 0)


def test_data_that_cannot_come() -> None:
    data = DataSet(sites=("s",), size_gb=9.0)
    assert staging(data) is None
    assert staging(data, link("u", 1.0, 0.0), link("s", 1.0, 0.0, target="u")) is None


def test_a_started_slot_of_transfer_counts_whole() -> None:
    data = DataSet(sites=("s",), size_gb=101.0)
    assert staging(data, link("s", 100.0, 0.02)) == (2, 2_020_000)
    assert staging(data, link("s", 100.0, 0.02), quarters=True) == (5, 2_020_000)
    assert staging(data, link("s", 101.0, 0.0)) == (1, 0)


def test_the_cheapest_link_and_the_faster_of_equals() -> None:
    data = DataSet(sites=("s", "u"), size_gb=100.0)
    assert staging(data, link("s", 100.0, 0.02), link("u", 10.0, 0.01)) == (10, 1_000_000)
    assert staging(data, link("s", 10.0, 0.01), link("u", 100.0, 0.01)) == (1, 1_000_000)
