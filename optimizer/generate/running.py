"""Jobs that run already when the horizon starts: a few of the backlog, put where they fit together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from optimizer.generate.demand import Request, Size
from optimizer.generate.draws import Draws
from optimizer.generate.jobs import default_mode
from optimizer.modes import mode_name
from optimizer.problem import GpuPool, Job, Mode, RunningPlacement, Site, Tenant

RUNNING_SHARE = 0.03
LEAST_RUNNING_COUNT = 2
#: Running jobs take at most this part of a pool's unreserved nodes or racks, but one of them in any case.
MOST_OF_POOL = 0.75
MOVABLE_CHANCE = 0.7
#: Moving a job costs this part of its value.
MOVE_COST_SHARE = (0.01, 0.05)
#: Where a share of running jobs is asked for: a resize costs this part of a move, a stop this part of the job's value.
RESIZE_COST_SHARE = 0.25
STOP_COST_SHARE = (0.02, 0.1)


def start_some(
    jobs: Sequence[Job],
    requests: Sequence[Request],
    sizes: Sequence[Size],
    sites: tuple[Site, ...],
    tenants: tuple[Tenant, ...],
    draws: Draws,
    share: float | None = None,
) -> tuple[Job, ...]:
    """``jobs`` with ``share`` of them running already, as far as they fit; None: about 3 % (at least two).

    With a share, the smallest gangs run, so that so many fit, and a resize and a stop have costs of their own.
    """
    wanted = max(LEAST_RUNNING_COUNT, round(len(jobs) * RUNNING_SHARE)) if share is None else round(len(jobs) * share)
    order = range(len(jobs)) if share is None else sorted(range(len(jobs)), key=lambda index: sizes[index].gpu_count)
    free = _free_nodes(sites, tenants)
    started = list(jobs)
    for index in order:
        job = jobs[index]
        home = _home(job, requests[index], sizes[index], sites, free) if wanted and job.earliest_start_time is None else None
        if home is None:
            continue
        pool, mode = home
        free[pool.name] -= _nodes(mode, pool)
        wanted -= 1
        running = RunningPlacement(
            pool=pool.name,
            mode=mode_name(mode),
            movable=draws.chance(MOVABLE_CHANCE),
            move_cost=round((job.value or 0.0) * draws.between(*MOVE_COST_SHARE), 2),
        )
        if share is not None:
            running = replace(
                running,
                resize_cost=round(running.move_cost * RESIZE_COST_SHARE, 2),
                stop_cost=round((job.value or 0.0) * draws.between(*STOP_COST_SHARE), 2),
            )
        started[index] = replace(job, running=running, data_set=None)
    return tuple(started)


def _free_nodes(sites: tuple[Site, ...], tenants: tuple[Tenant, ...]) -> dict[str, int]:
    """By pool: the nodes that running jobs may take, with every reservation left alone."""
    reserved: dict[str, int] = {}
    for tenant in tenants:
        for reservation in tenant.reservations:
            reserved[reservation.pool] = reserved.get(reservation.pool, 0) + max(reservation.node_count)
    return {
        pool.name: _most_grants(min(pool.node_count) - reserved.get(pool.name, 0), pool) * pool.nodes_per_domain
        for site in sites
        for hall in site.halls
        for pool in hall.pools
    }


def _most_grants(nodes: int, pool: GpuPool) -> int:
    grants = nodes // pool.nodes_per_domain
    return max(min(grants, 1), int(grants * MOST_OF_POOL))


def _home(job: Job, request: Request, size: Size, sites: tuple[Site, ...], free: dict[str, int]) -> tuple[GpuPool, Mode] | None:
    mode = default_mode(job, size, request.home_model)
    if mode is None:
        return None
    for site in sites:
        if site.name in job.denied_sites or request.region not in ("", site.region_code):
            continue
        for hall in site.halls:
            for pool in hall.pools:
                if pool.gpu_model == mode.gpu_model and _nodes(mode, pool) <= free[pool.name]:
                    return pool, mode
    return None


def _nodes(mode: Mode, pool: GpuPool) -> int:
    """Nodes the mode takes there, in whole racks on a rack pool."""
    grant = pool.gpus_per_node * pool.nodes_per_domain
    return -(-mode.gpu_count // grant) * pool.nodes_per_domain
