"""Random tiny problems, valid by construction: every rule of the model, small enough to try all plans.

Numbers are round unless ``rough``: each cost is then a whole number of micro-units whatever the prices are scaled by.
"""

from __future__ import annotations

from datetime import timedelta
from math import prod
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from optimizer.modes import mode_name
from optimizer.problem import (
    AllocationGranularity,
    ChurnBudget,
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
    TimeGrid,
)
from tests.fleet import START

#: Trying all plans of a problem takes at most about this many checks.
PLAN_COUNT = 100_000
TENANTS = ("lab", "start-up")
GPU_MODELS = ("H100", "GB300")
FLEET_RESOURCE, SITE_RESOURCE, POOL_RESOURCE = "licence", "tape", "port"


@st.composite
def tiny_problems(draw: DrawFn, *, rough: bool = True) -> Problem:
    """1 or 2 sites, 1 to 3 pools, 1 to 4 jobs, 2 to 5 slots; ``rough`` adds numbers that have to be rounded."""
    slot_count = draw(st.integers(2, 5))
    slot = timedelta(minutes=draw(st.sampled_from((60, 60, 15))))
    sites = _sites(draw, slot_count, rough)
    pools = [pool for site in sites for hall in site.halls for pool in hall.pools]
    resources = _fleet_resources(draw, slot_count)
    known = {resource.name for owner in (*sites, *pools) for resource in owner.resources} | {r.name for r in resources}
    tenants = _tenants(draw, sites, pools, slot_count)
    make = _JobMaker(draw, slot, slot_count, sites, pools, tenants, sorted(known), rough)
    jobs = [make.job(f"job {number}") for number in range(1, draw(st.sampled_from((3, 4, 2, 1))) + 1)]
    while prod(1 + len(job.modes) * len(pools) * slot_count for job in jobs) > PLAN_COUNT:
        jobs.pop()
    return Problem(
        name="tiny",
        time_grid=TimeGrid(start_time=START, slot_duration=slot, slot_count=slot_count),
        carbon_price_per_tonne=draw(st.sampled_from((0.0, 0.0, 80.0, 2_000.0))),
        sites=sites,
        jobs=tuple(jobs),
        tenants=tenants,
        links=_links(draw, sites),
        resources=resources,
        churn_budget=_churn_budget(draw, jobs),
    )


def _churn_budget(draw: DrawFn, jobs: list[Job]) -> ChurnBudget | None:
    """More often than not where something runs that it can bind."""
    if all(job.running is None for job in jobs) or draw(st.booleans()):
        return None
    return ChurnBudget(
        max_change_count=draw(st.sampled_from((None, 0, 1, 2))),
        max_gpu_hours=draw(st.sampled_from((None, None, 0.0, 4.0, 8.25, 16.0))),
    )


def _series(values: tuple[Any, ...], slot_count: int, *, required: bool = False) -> SearchStrategy[Any]:
    """One value, one a slot or (unless ``required``) none."""
    one = st.sampled_from(values)
    given = st.one_of(st.tuples(one), st.tuples(*[one] * slot_count))
    return given if required else st.one_of(st.just(()), given)


def _sometimes(strategy: SearchStrategy[Any], default: Any = None) -> SearchStrategy[Any]:
    """One in five: with all restrictions at once nothing would ever run."""
    return st.sampled_from((False, False, False, False, True)).flatmap(lambda used: strategy if used else st.just(default))


def _with_rough(rough: bool, values: tuple[Any, ...], extra: tuple[Any, ...]) -> tuple[Any, ...]:
    return values + extra if rough else values


def _sites(draw: DrawFn, slot_count: int, rough: bool) -> tuple[Site, ...]:
    pools_by_hall = draw(st.sampled_from((((1,),), ((2,),), ((1, 1),), ((1,), (1,)), ((2,), (1,)), ((1, 1), (1,)))))
    sites = []
    for s, pool_counts in enumerate(pools_by_hall):
        halls = tuple(_hall(draw, f"hall {s}{h}", count, slot_count) for h, count in enumerate(pool_counts))
        power = _with_rough(rough, (30.0, 20.0, 50.0, 0.0), (24.999, 37.5))
        sites.append(
            Site(
                name=f"site {s}",
                region_code=draw(st.sampled_from(("GB", "NO"))),
                import_limit_kw=draw(_sometimes(_series(power, slot_count), ())),
                pue=draw(_series(_with_rough(rough, (1.0, 1.25), (1.1, 1.3333333)), slot_count)),
                overhead_kw=draw(_sometimes(_series((0.0, 2.0), slot_count), ())),
                energy_price_per_mwh=draw(
                    _series(_with_rough(rough, (80.0, -160.0, 0.0, 800.0, 1_600.0), (45.67, -0.333)), slot_count)
                ),
                carbon_intensity_g_per_kwh=draw(_series(_with_rough(rough, (0.0, 100.0, 400.0), (23.7,)), slot_count)),
                energy_budget_mwh=draw(_sometimes(st.sampled_from((0.025, 0.01, 0.04, 0.0)))),
                carbon_budget_kg=draw(_sometimes(st.sampled_from((4.0, 1.0, 0.0)))),
                halls=halls,
                resources=_resources(draw, SITE_RESOURCE, slot_count),
            )
        )
    return tuple(sites)


def _hall(draw: DrawFn, name: str, pool_count: int, slot_count: int) -> Hall:
    return Hall(
        name=name,
        it_power_limit_kw=draw(_sometimes(_series((20.0, 30.0, 19.999, 10.0), slot_count), ())),
        liquid_cooling_limit_kw=draw(_sometimes(_series((15.0, 10.0, 5.0), slot_count), ())),
        air_cooling_limit_kw=draw(_sometimes(_series((15.0, 10.0, 5.0), slot_count), ())),
        pools=tuple(_pool(draw, f"{name} pool {p}", slot_count) for p in range(pool_count)),
    )


def _pool(draw: DrawFn, name: str, slot_count: int) -> GpuPool:
    return GpuPool(
        name=name,
        gpu_model=draw(st.sampled_from((*GPU_MODELS[:1] * 2, *GPU_MODELS))),
        node_count=draw(_series((2, 1, 3, 2, 0), slot_count, required=True)),
        gpus_per_node=draw(st.sampled_from((8, 8, 4))),
        nodes_per_domain=draw(st.sampled_from((1, 2))),
        allocation_granularity=draw(_sometimes(st.just(AllocationGranularity.DOMAIN), AllocationGranularity.NODE)),
        liquid_heat_share=draw(st.sampled_from((0.0, 0.5, 0.85, 1.0))),
        resources=_resources(draw, POOL_RESOURCE, slot_count),
    )


def _resources(draw: DrawFn, name: str, slot_count: int) -> tuple[Resource, ...]:
    """None, most often; else one that holds in every slot or is used up."""
    by_slot = st.builds(Resource, name=st.just(name), capacity=_series((2, 1, 3, 0), slot_count, required=True))
    used_up = st.builds(Resource, name=st.just(name), capacity=st.tuples(st.integers(0, 3)), consumable=st.just(True))
    return draw(_sometimes(st.tuples(st.one_of(by_slot, used_up)), ()))


def _fleet_resources(draw: DrawFn, slot_count: int) -> tuple[Resource, ...]:
    """Of its own name, or of the name that sites have too: then both count."""
    return _resources(draw, draw(st.sampled_from((FLEET_RESOURCE, SITE_RESOURCE))), slot_count)


def _tenants(draw: DrawFn, sites: tuple[Site, ...], pools: list[GpuPool], slot_count: int) -> tuple[Tenant, ...]:
    """Up to two; together they reserve no more than a pool has in its worst slot."""
    left = {pool.name: min(pool.node_count) for pool in pools}
    tenants = []
    for name in TENANTS[: draw(st.integers(0, 2))]:
        scopes = draw(st.lists(st.sampled_from(("", *(site.name for site in sites))), unique=True, max_size=2))
        pool = draw(st.sampled_from(pools)).name
        held = draw(_series(tuple(range(left[pool] + 1)), slot_count, required=True))
        left[pool] -= max(held)
        tenants.append(
            Tenant(
                name=name,
                quotas=tuple(Quota(gpu_count=draw(st.sampled_from((12, 8, 24, 0))), site=scope) for scope in scopes),
                reservations=(Reservation(pool=pool, node_count=held),) if max(held) else (),
            )
        )
    return tuple(tenants)


def _links(draw: DrawFn, sites: tuple[Site, ...]) -> tuple[Link, ...]:
    """Data can come by some of the ways between sites."""
    links = []
    for origin in sites:
        for target in sites:
            if origin is not target and draw(st.booleans()):
                links.append(
                    Link(
                        from_site=origin.name,
                        to_site=target.name,
                        throughput_gb_per_hour=draw(st.sampled_from((50.0, 100.0, 1_000.0))),
                        cost_per_gb=draw(st.sampled_from((0.0, 0.25))),
                        capacity_limited=draw(st.booleans()),
                        capacity_gb_per_hour=draw(st.sampled_from(((), (), (60.0,)))),
                    )
                )
    return tuple(links)


class _JobMaker:
    """Draws jobs that name only what the fleet has."""

    def __init__(
        self,
        draw: DrawFn,
        slot: timedelta,
        slot_count: int,
        sites: tuple[Site, ...],
        pools: list[GpuPool],
        tenants: tuple[Tenant, ...],
        resources: list[str],
        rough: bool,
    ) -> None:
        self._draw, self._slot, self._slot_count, self._rough = draw, slot, slot_count, rough
        self._sites = tuple(site.name for site in sites)
        self._pools, self._tenants, self._resources = pools, tuple(t.name for t in tenants), resources
        self._many_run = draw(_sometimes(st.just(True), False))

    def job(self, name: str) -> Job:
        draw = self._draw
        modes = tuple(self._mode(f"mode {k}") for k in range(draw(st.sampled_from((1, 1, 2)))))
        release, deadline = sorted((draw(st.integers(-1, 2)), draw(st.integers(2, self._slot_count + 1))))
        values = _with_rough(self._rough, (40.0, 20.0, 32.0, 60.0, 16.0, 0.0, None), (33.333333, -2.5))
        return Job(
            name=name,
            tenant=draw(st.sampled_from(("", *self._tenants))),
            value=draw(st.sampled_from(values)),
            earliest_start_time=draw(_sometimes(st.just(START + release * self._slot))),
            due_time=draw(_sometimes(st.integers(-1, self._slot_count).map(lambda slots: START + slots * self._slot))),
            tardiness_cost_per_hour=draw(st.sampled_from((0.0, 4.0, 12.0))),
            latest_end_time=draw(_sometimes(st.just(START + deadline * self._slot))),
            data_set=draw(_sometimes(self._data_sets())),
            running=draw(self._running(modes) if self._many_run else _sometimes(self._running(modes))),
            modes=modes,
            **self._places(),
        )

    def _mode(self, name: str) -> Mode:
        draw = self._draw
        share = draw(st.sampled_from((1.0, 0.6))) if self._rough else 1.0
        power = _with_rough(self._rough, (10.0, 5.0, 20.0, 0.0), (9.9995, 12.3456))
        return Mode(
            name=name,
            gpu_model=draw(st.sampled_from(("", "", self._pools[0].gpu_model, self._pools[-1].gpu_model))),
            gpu_count=draw(st.sampled_from((8, 8, 4, 16, 12, 0))),
            duration=share * draw(st.integers(1, min(3, self._slot_count))) * self._slot,
            it_power_kw=draw(st.sampled_from(power)),
            value=None,
            cost=draw(st.sampled_from((0.0, 0.0, 2.0, -1.0))),
            liquid_heat_kw=draw(_sometimes(st.sampled_from((0.0, 6.0)))),
            air_heat_kw=draw(_sometimes(st.sampled_from((0.0, 4.0)))),
            resource_uses=draw(_sometimes(self._resource_uses(), ())),
            pools=draw(_sometimes(st.tuples(st.sampled_from([pool.name for pool in self._pools])), ())),
            sites=draw(_sometimes(st.tuples(st.sampled_from(self._sites)), ())),
        )

    def _resource_uses(self) -> SearchStrategy[tuple[ResourceUse, ...]]:
        if not self._resources:
            return st.just(())
        use = st.builds(ResourceUse, name=st.sampled_from(self._resources), amount=st.integers(0, 2))
        return st.lists(use, max_size=2, unique_by=lambda item: item.name).map(tuple)

    def _data_sets(self) -> SearchStrategy[DataSet]:
        places = st.lists(st.sampled_from(self._sites), min_size=1, max_size=2, unique=True).map(tuple)
        return st.builds(DataSet, sites=places, size_gb=st.sampled_from((0.0, 20.0, 80.0)))

    def _running(self, modes: tuple[Mode, ...]) -> SearchStrategy[RunningPlacement | None]:
        """On a pool whose GPU model the mode fits, if there is one."""
        fitting = [(pool, mode) for pool in self._pools for mode in modes if mode.gpu_model in ("", pool.gpu_model)]
        if not fitting:
            return st.none()
        return st.builds(
            lambda pair, movable, cost, resize, stop: RunningPlacement(
                pool=pair[0].name,
                mode=mode_name(pair[1]),
                movable=movable,
                move_cost=cost,
                resize_cost=resize,
                stop_cost=stop,
            ),
            st.sampled_from(fitting),
            st.sampled_from((True, True, False)),
            st.sampled_from((0.0, 4.0, 25.0)),
            st.sampled_from((None, None, 0.0, 4.0)),
            st.sampled_from((0.0, 0.0, 8.0, 60.0)),
        )

    def _places(self) -> dict[str, tuple[str, ...]]:
        """At most one allow or deny list."""
        regions, sites = st.sampled_from(("GB", "NO")), st.sampled_from(self._sites)
        field, entries = self._draw(
            st.sampled_from(
                (
                    *[("allowed_regions", None)] * 8,
                    ("allowed_regions", regions),
                    ("denied_regions", regions),
                    ("allowed_sites", sites),
                    ("denied_sites", sites),
                )
            )
        )
        return {field: () if entries is None else (self._draw(entries),)}
