"""Changes of a problem whose effect on the optimum is known beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar

from optimizer.problem import AllocationGranularity, GpuPool, Hall, Job, Mode, Problem, Resource, Site

#: Fields that hold names of sites, halls, pools, jobs, tenants or resources. Modes keep theirs.
NAME_FIELDS = frozenset(
    {
        "name", "tenant", "pool", "site", "pools", "sites", "allowed_sites", "denied_sites", "from_site", "to_site",
    }
)  # fmt: skip
#: Amounts of money. All costs of a plan are made of these.
MONEY_FIELDS = frozenset(
    {
        "value", "cost", "tardiness_cost_per_hour", "move_cost", "resize_cost", "stop_cost", "cost_per_gb",
        "energy_price_per_mwh", "carbon_price_per_tonne",
    }
)  # fmt: skip

Change = Callable[[str, Any], Any]
Item = TypeVar("Item")


def renamed(problem: Problem, rename: Callable[[str], str]) -> Problem:
    """Everything but modes under another name."""
    return _mapped(
        problem, lambda name, value: rename(value) if name in NAME_FIELDS and isinstance(value, str) and value else value
    )


def with_money_times(problem: Problem, factor: int) -> Problem:
    """Every amount of money ``factor`` times as large."""
    return _mapped(
        problem,
        lambda name, value: value * factor if name in MONEY_FIELDS and isinstance(value, float) else value,
    )


def shifted(problem: Problem, by: timedelta) -> Problem:
    """Every moment later by ``by``."""
    return _mapped(problem, lambda _, value: value + by if isinstance(value, datetime) else value)


def _mapped(thing: Any, change: Change, field: str = "") -> Any:
    """``thing`` with ``change(field, value)`` in the place of every value that is no dataclass and no tuple."""
    if is_dataclass(thing) and not isinstance(thing, type):
        kept = isinstance(thing, Mode)
        return replace(
            thing,
            **{
                f.name: getattr(thing, f.name) if kept and f.name == "name" else _mapped(getattr(thing, f.name), change, f.name)
                for f in fields(thing)
            },
        )
    if isinstance(thing, tuple):
        return tuple(_mapped(item, change, field) for item in thing)
    return change(field, thing)


def permuted(problem: Problem, random: Random) -> Problem:
    """Jobs, sites, halls and pools in another order."""

    def mixed(items: Iterable[Item]) -> tuple[Item, ...]:
        order = list(items)
        random.shuffle(order)
        return tuple(order)

    sites = (
        replace(site, halls=mixed(replace(hall, pools=mixed(hall.pools)) for hall in site.halls)) for site in problem.sites
    )
    return replace(problem, jobs=mixed(problem.jobs), sites=mixed(sites))


def pools_of(problem: Problem) -> list[GpuPool]:
    return [pool for site in problem.sites for hall in site.halls for pool in hall.pools]


def with_sites(problem: Problem, change: Callable[[Site], Site]) -> Problem:
    return replace(problem, sites=tuple(change(site) for site in problem.sites))


def with_halls(problem: Problem, change: Callable[[Hall], Hall]) -> Problem:
    return with_sites(problem, lambda site: replace(site, halls=tuple(change(hall) for hall in site.halls)))


def with_pools(problem: Problem, change: Callable[[GpuPool], Iterable[GpuPool]]) -> Problem:
    """Each pool replaced by the pools that ``change`` makes of it."""
    return with_halls(problem, lambda hall: replace(hall, pools=tuple(new for pool in hall.pools for new in change(pool))))


def with_job(problem: Problem, index: int, job: Job) -> Problem:
    """The problem with ``job`` in the place of the job at ``index``."""
    return replace(problem, jobs=(*problem.jobs[:index], job, *problem.jobs[index + 1 :]))


def with_modes(job: Job, change: Callable[[Mode], Mode]) -> Job:
    return replace(job, modes=tuple(change(mode) for mode in job.modes))


def with_split_pool(problem: Problem, name: str, part: int) -> Problem:
    """Pool ``name`` as two pools of the same hall.

    The second has at most ``part`` of the nodes in each slot, and none that a tenant reserved; the first keeps the name,
    what is reserved, what runs there and the pool's own resources.
    """
    second = f"{name}, second part"
    held = {
        t: sum(r.node_count[t % len(r.node_count)] for tenant in problem.tenants for r in tenant.reservations if r.pool == name)
        for t in range(problem.time_grid.slot_count)
    }

    def split(pool: GpuPool) -> tuple[GpuPool, ...]:
        if pool.name != name:
            return (pool,)
        nodes = [pool.node_count[t % len(pool.node_count)] for t in held]
        moved = tuple(min(part, nodes[t] - held[t]) for t in held)
        left = tuple(nodes[t] - moved[t] for t in held)
        none_left = tuple(replace(resource, capacity=(0,)) for resource in pool.resources)
        return replace(pool, node_count=left), replace(pool, name=second, node_count=moved, resources=none_left)

    def also_second(mode: Mode) -> Mode:
        return replace(mode, pools=(*mode.pools, second)) if name in mode.pools else mode

    return replace(with_pools(problem, split), jobs=tuple(with_modes(job, also_second) for job in problem.jobs))


def with_single_nodes(problem: Problem) -> Problem:
    """Constant pools without resources or reservations, and no job that needs more than a node or runs already."""
    steady = with_pools(
        problem,
        lambda pool: [
            replace(
                pool,
                node_count=(max(pool.node_count),),
                allocation_granularity=AllocationGranularity.NODE,
                gpus_per_node=8,
                resources=(),
            )
        ],
    )
    sites = tuple(replace(site, resources=()) for site in steady.sites)

    def small(mode: Mode) -> Mode:
        return replace(mode, gpu_count=min(8, mode.gpu_count), resource_uses=())

    jobs = tuple(with_modes(replace(job, running=None), small) for job in problem.jobs)
    tenants = tuple(replace(tenant, reservations=()) for tenant in problem.tenants)
    return replace(steady, sites=sites, jobs=jobs, tenants=tenants, resources=())


def loosened(problem: Problem) -> Iterator[tuple[str, Problem]]:
    """The problem with all limits of one kind raised, kind by kind; only kinds it has."""

    def more(series: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(value + 7.5 for value in series)

    def more_of(resources: tuple[Resource, ...]) -> tuple[Resource, ...]:
        return tuple(replace(r, capacity=tuple(value + 1 for value in r.capacity)) for r in resources)

    yield "nodes", with_pools(problem, lambda pool: [replace(pool, node_count=tuple(n + 1 for n in pool.node_count))])
    yield "hall power", with_halls(problem, lambda hall: replace(hall, it_power_limit_kw=more(hall.it_power_limit_kw)))
    yield "liquid", with_halls(problem, lambda hall: replace(hall, liquid_cooling_limit_kw=more(hall.liquid_cooling_limit_kw)))
    yield "air", with_halls(problem, lambda hall: replace(hall, air_cooling_limit_kw=more(hall.air_cooling_limit_kw)))
    yield "grid", with_sites(problem, lambda site: replace(site, import_limit_kw=more(site.import_limit_kw)))
    yield "energy budget", with_sites(problem, lambda site: replace(site, energy_budget_mwh=None))
    yield "carbon budget", with_sites(problem, lambda site: replace(site, carbon_budget_kg=None))
    yield (
        "resources",
        replace(
            with_pools(
                with_sites(problem, lambda site: replace(site, resources=more_of(site.resources))),
                lambda pool: [replace(pool, resources=more_of(pool.resources))],
            ),
            resources=more_of(problem.resources),
        ),
    )
    yield "quotas", replace(problem, tenants=tuple(replace(tenant, quotas=()) for tenant in problem.tenants))
    yield "reservations", replace(problem, tenants=tuple(replace(tenant, reservations=()) for tenant in problem.tenants))
    yield (
        "regions",
        replace(problem, jobs=tuple(replace(job, allowed_regions=(), denied_regions=()) for job in problem.jobs)),
    )
