"""Figures worked out by hand, so that the meaning of the model does not rest on its own code."""

from __future__ import annotations

import pytest

from optimizer.accounting import ledger
from optimizer.accounting.ledger import Run
from optimizer.accounting.metering import metered
from optimizer.accounting.usage import limit_usages, usage
from optimizer.exact.problem import Claimant, ExactProblem, exact
from optimizer.limits import LimitKind, LimitLabel
from optimizer.problem import (
    AllocationGranularity,
    DataSet,
    Link,
    Quota,
    Reservation,
    Resource,
    ResourceUse,
    RunningPlacement,
    Tenant,
)
from optimizer.solution import UnplacedReason
from tests.fleet import at, hall, job, mode, pool, problem, site


def run(inside: ExactProblem, job_name: str = "job", mode_index: int = 0, pool_index: int = 0, start: int = 0) -> Run:
    found = next(item for item in inside.jobs if item.name == job_name)
    return Run(found, found.modes[mode_index], inside.pools[pool_index], start)


def test_nodes_are_whole_nodes_and_whole_domains() -> None:
    domains = pool(nodes_per_domain=18, allocation_granularity=AllocationGranularity.DOMAIN, gpus_per_node=4)
    inside = exact(problem(job("job", mode(9), mode(73)), sites=(site("s", hall("h", pool("p"), domains)),)))
    nodes = [ledger.demand(inside.jobs[0].modes[m], inside.pools[p]).node_count for m in (0, 1) for p in (0, 1)]
    assert nodes == [2, 18, 10, 36]


def test_heat_is_split_by_the_pool_unless_the_mode_states_it() -> None:
    inside = exact(
        problem(
            job("job", mode(8, 1, 10.001), mode(8, 1, 10.0, liquid_heat_kw=3.0, name="own liquid")),
            sites=(site("s", hall("h", pool(liquid_heat_share=0.85))),),
        )
    )
    split = ledger.demand(inside.jobs[0].modes[0], inside.pools[0])
    assert (split.liquid_w, split.air_w) == (8_501, 1_501)
    own = ledger.demand(inside.jobs[0].modes[1], inside.pools[0])
    assert (own.liquid_w, own.air_w) == (3_000, 1_500)


def test_energy_cost_is_power_times_pue_times_price() -> None:
    inside = exact(
        problem(
            job("job", mode(8, 2, 1_000.0)),
            sites=(site(energy_price_per_mwh=(60.0, -20.0, 5.0, 5.0), pue=(1.1, 1.25, 1.0, 1.0)),),
        )
    )
    # 1 MW: 1.1 MWh at 60 and 1.25 MWh at -20
    assert ledger.terms(inside, run(inside)).energy_cost_micros == 41_000_000
    assert metered(inside, run(inside)).energy_wh == 2_350_000


def test_a_quarter_hour_costs_a_quarter() -> None:
    from dataclasses import replace

    from tests.fleet import hours

    hourly = problem(job("job", mode(8, 1, 1_000.0)), sites=(site(energy_price_per_mwh=(64.0,)),))
    quarters = replace(hourly, time_grid=replace(hourly.time_grid, slot_duration=hours(0.25)))
    inside = exact(quarters)
    assert run(inside).end == 4
    assert ledger.terms(inside, run(inside)) == ledger.terms(exact(hourly), run(exact(hourly)))


def test_carbon_is_energy_at_the_grid_times_intensity() -> None:
    inside = exact(
        problem(
            job("job", mode(8, 1, 1_000.0)),
            carbon_price_per_tonne=50.0,
            sites=(site(carbon_intensity_g_per_kwh=(200.0,), pue=(1.2,)),),
        )
    )
    assert metered(inside, run(inside)).carbon_mg == 240_000_000  # 1,200 kWh x 200 g = 240 kg
    assert ledger.terms(inside, run(inside)).carbon_cost_micros == 12_000_000


def test_every_started_slot_of_lateness_is_charged() -> None:
    inside = exact(problem(job("job", mode(8, 2), due_time=at(1.5), tardiness_cost_per_hour=7.0)))
    assert [ledger.terms(inside, run(inside, start=s)).tardiness_cost_micros for s in (0, 1, 2)] == [
        7_000_000,
        14_000_000,
        21_000_000,
    ]


def test_staging_takes_the_cheapest_link_and_the_faster_of_equals() -> None:
    inside = exact(
        problem(
            job("job", data_set=DataSet(sites=("s",), size_gb=150.0), earliest_start_time=at(1)),
            sites=(site("s", hall("h", pool("p"))), site("n", hall("k", pool("q"))), site("x", hall("l", pool("r")))),
            links=(
                Link(from_site="s", to_site="n", throughput_gb_per_hour=1_000.0, cost_per_gb=0.2),
                Link(from_site="s", to_site="n", throughput_gb_per_hour=50.0, cost_per_gb=0.1),
                Link(from_site="s", to_site="n", throughput_gb_per_hour=100.0, cost_per_gb=0.1),
            ),
        )
    )
    first = [ledger.first_start(inside, inside.jobs[0], pool) for pool in inside.pools]
    assert first == [1, 3, None]
    assert ledger.terms(inside, run(inside, pool_index=1, start=3)).staging_cost_micros == 15_000_000


def test_going_on_in_place_costs_no_move_and_no_staging() -> None:
    inside = exact(
        problem(
            job(
                "job",
                mode(8, 2),
                mode(16, 1),
                data_set=DataSet(sites=("elsewhere",), size_gb=1.0),
                running=RunningPlacement(pool="p", mode="H100x8", move_cost=9.0),
            ),
            sites=(site("s", hall("h", pool("p"))), site("elsewhere", hall("k", pool("q")))),
            links=(Link(from_site="elsewhere", to_site="s", throughput_gb_per_hour=10.0, cost_per_gb=2.0),),
        )
    )

    def costs(mode_index: int, pool_index: int, start: int) -> tuple[int, int]:
        found = ledger.terms(inside, run(inside, "job", mode_index, pool_index, start))
        return found.move_cost_micros, found.staging_cost_micros

    assert costs(0, 0, 0) == (0, 0)
    assert costs(0, 0, 1) == (9_000_000, 2_000_000)
    assert costs(1, 0, 0) == (9_000_000, 0), "a resize stays where the data is"
    assert costs(1, 0, 1) == (9_000_000, 2_000_000)
    assert costs(0, 1, 0) == (9_000_000, 0)


def test_reservations_hold_for_every_set_of_holders() -> None:
    tenants = (
        Tenant(name="a", reservations=(Reservation(pool="pool", node_count=(1,)),)),
        Tenant(name="b", reservations=(Reservation(pool="pool", node_count=(2, 0, 0, 0)),)),
    )
    inside = exact(problem(sites=(site("s", hall("h", pool(node_count=(4,)))),), tenants=tenants))
    limits = ledger.slot_limits(inside)
    held = {label.element: capacity[0] for label, capacity in limits.items() if label.kind is LimitKind.RESERVATION}
    assert held == {"pool held for a": 3, "pool held for b": 2, "pool held for a and b": 1}
    assert limits[LimitLabel(LimitKind.RESERVATION, "pool held for b", "nodes")] == (2, 4, 4, 4)


def test_quotas_count_the_tenant_s_gpus_where_they_hold() -> None:
    tenants = (Tenant(name="lab", quotas=(Quota(gpu_count=16), Quota(gpu_count=8, site="s"), Quota(gpu_count=12))),)
    inside = exact(problem(job("job", mode(8), tenant="lab"), job("free", mode(8)), sites=(site("s"),), tenants=tenants))
    uses = dict(ledger.slot_uses(inside, Claimant("lab"), inside.jobs[0].modes[0], inside.pools[0]))
    quotas = {label.element: amount for label, amount in uses.items() if label.kind is LimitKind.TENANT_QUOTA}
    assert quotas == {"lab": 8, "lab@s": 8}
    assert ledger.slot_limits(inside)[LimitLabel(LimitKind.TENANT_QUOTA, "lab", "GPUs")] == (12,) * 4
    others = ledger.slot_uses(inside, Claimant(""), inside.jobs[1].modes[0], inside.pools[0])
    assert all(label.kind is not LimitKind.TENANT_QUOTA for label, _ in others)


@pytest.mark.parametrize(
    ("scope", "element", "pools"),
    [
        ({"pool": "p"}, "lab@pool p", ("p",)),
        ({"gpu_model": "GB300"}, "lab@model GB300", ("q", "r")),
        ({"site": "s", "gpu_model": "GB300"}, "lab@s/model GB300", ("q",)),
        ({"site": "s", "pool": "p", "gpu_model": "H100"}, "lab@s/pool p/model H100", ("p",)),
    ],
)
def test_a_quota_counts_where_all_that_narrows_it_agrees(scope: dict[str, str], element: str, pools: tuple[str, ...]) -> None:
    sites = (site("s", hall("h", pool("p"), pool("q", gpu_model="GB300"))), site("n", hall("k", pool("r", gpu_model="GB300"))))
    tenants = (Tenant(name="lab", quotas=(Quota(gpu_count=8, **scope),)),)
    inside = exact(problem(job("job", mode(8, gpu_model=""), tenant="lab"), sites=sites, tenants=tenants))
    label = LimitLabel(LimitKind.TENANT_QUOTA, element, "GPUs")
    assert ledger.slot_limits(inside)[label] == (8,) * 4
    (item,) = inside.jobs
    assert pools == tuple(
        there.name
        for there in inside.pools
        if dict(ledger.slot_uses(inside, item.claimant, item.modes[0], there)).get(label) == 8
    )


def test_a_resource_counts_wherever_its_name_is_declared() -> None:
    inside = exact(
        problem(
            job("job", mode(8, 1, resource_uses=(ResourceUse(name="tape", amount=2),))),
            resources=(Resource(name="tape", capacity=(9,)),),
            sites=(
                site(
                    "s",
                    hall("h", pool("p", resources=(Resource(name="tape", capacity=(5,), consumable=True),))),
                    resources=(Resource(name="tape", capacity=(4,)),),
                ),
                site("n", hall("k", pool("q"))),
            ),
        )
    )
    here, there = inside.pools
    kinds = [(label.kind, label.element) for label in ledger.resource_labels(inside, here, "tape")]
    assert kinds == [(LimitKind.RESOURCE, "tape"), (LimitKind.RESOURCE, "s/tape"), (LimitKind.CONSUMABLE, "p/tape")]
    assert [label.element for label in ledger.resource_labels(inside, there, "tape")] == ["tape"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"allowed_regions": ("NO",)}, UnplacedReason.REGION_NOT_ALLOWED),
        ({"denied_regions": ("GB",)}, UnplacedReason.REGION_NOT_ALLOWED),
        ({"allowed_sites": ("other",)}, UnplacedReason.SITE_NOT_ALLOWED),
        ({"denied_sites": ("site",)}, UnplacedReason.SITE_NOT_ALLOWED),
        ({"modes": (mode(gpu_model="GB300"),)}, UnplacedReason.NO_COMPATIBLE_POOL),
        ({"modes": (mode(pools=("other",)),)}, UnplacedReason.NO_COMPATIBLE_POOL),
        ({"modes": (mode(sites=("other",)),)}, UnplacedReason.NO_COMPATIBLE_POOL),
        ({"modes": (mode(resource_uses=(ResourceUse(name="x", amount=1),)),)}, UnplacedReason.NO_COMPATIBLE_POOL),
        ({"modes": (mode(gpu_model=""),), "allowed_regions": ("GB",), "allowed_sites": ("site",)}, None),
    ],
)
def test_where_a_job_may_never_run(fields: dict[str, object], reason: UnplacedReason | None) -> None:
    inside = exact(problem(job("job", **fields)))
    assert ledger.exclusion(inside, inside.jobs[0], inside.jobs[0].modes[0], inside.pools[0]) is reason


def test_grid_usage_is_said_at_the_connection() -> None:
    inside = exact(
        problem(job("job", mode(8, 1, 10.0)), sites=(site(import_limit_kw=(15.0,), pue=(1.25,), overhead_kw=(2.0,)),))
    )
    rows = limit_usages(inside, usage(inside, [run(inside, start=1)]))
    grid = next(row for row in rows if row.kind == "grid_import")
    assert grid.used == (2_000, 14_500, 2_000, 2_000)
    assert grid.headroom == (13_000, 500, 13_000, 13_000)
