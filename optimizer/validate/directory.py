"""Everything a problem names, found once, for the checks of references."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.errors import Violation
from optimizer.problem import GpuPool, Hall, Problem, Resource
from optimizer.validate.names import Known, check_unique


class Directory:
    """The names a reference may use, and each pool by its name (the first of that name)."""

    def __init__(self, problem: Problem) -> None:
        pools = [pool for _, pool in all_pools(problem)]
        self.pool_by_name: dict[str, GpuPool] = {pool.name: pool for pool in reversed(pools)}
        self.sites = Known("site", (site.name for site in problem.sites))
        self.pools = Known("pool", self.pool_by_name)
        self.gpu_models = Known("GPU model of any pool", (pool.gpu_model for pool in pools))
        self.tenants = Known("tenant", (tenant.name for tenant in problem.tenants))
        self.jobs = Known("job", (job.name for job in problem.jobs))
        self.resources = Known("resource of any pool, site or the fleet", (r.name for r in _all_resources(problem)))


def all_halls(problem: Problem) -> Iterator[tuple[str, Hall]]:
    """(path, hall) of every hall of the fleet."""
    for s, site in enumerate(problem.sites):
        for h, hall in enumerate(site.halls):
            yield f"sites[{s}].halls[{h}]", hall


def all_pools(problem: Problem) -> Iterator[tuple[str, GpuPool]]:
    """(path, pool) of every pool of the fleet."""
    for path, hall in all_halls(problem):
        for p, pool in enumerate(hall.pools):
            yield f"{path}.pools[{p}]", pool


def check_unique_names(problem: Problem) -> Iterator[Violation]:
    """Sites, halls, pools, jobs, tenants and groups: no name twice among its kind, in the whole problem."""
    yield from check_unique((f"sites[{s}].name", site.name) for s, site in enumerate(problem.sites))
    yield from check_unique((f"{path}.name", hall.name) for path, hall in all_halls(problem))
    yield from check_unique((f"{path}.name", pool.name) for path, pool in all_pools(problem))
    if len({job.name for job in problem.jobs}) < len(problem.jobs):
        yield from check_unique((f"jobs[{j}].name", job.name) for j, job in enumerate(problem.jobs))
    yield from check_unique((f"tenants[{t}].name", tenant.name) for t, tenant in enumerate(problem.tenants))
    yield from check_unique((f"groups[{g}].name", group.name) for g, group in enumerate(problem.groups))


def _all_resources(problem: Problem) -> Iterator[Resource]:
    yield from problem.resources
    for site in problem.sites:
        yield from site.resources
    for _, pool in all_pools(problem):
        yield from pool.resources
