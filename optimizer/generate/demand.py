"""How much is asked of the fleet: who asks, on which GPU model, and gangs and hours scaled until the fleet is overloaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.generate.draws import Draws
from optimizer.generate.hardware import GPU_MODELS, NODE_MODELS, RACK_MODELS
from optimizer.generate.series import TracedJob, traced_jobs
from optimizer.generate.tenants import TENANT_PLANS, TenantPlan, gpu_count
from optimizer.problem import GpuPool, Site

#: Work asked for over what the GPUs can do in the horizon.
LOAD_FACTOR = 1.5
#: Gangs on racks are whole NVL72 racks, on nodes whole nodes.
GANG_STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
RACK_GANGS = tuple(72 * step for step in GANG_STEPS)
NODE_GANGS = tuple(8 * step for step in (*GANG_STEPS, 96, 128, 192, 256, 384, 512))
#: A run takes at most a part of the horizon drawn from this range, at its default width.
LONGEST_RUN_SHARE = (0.3, 0.65)
MOST_RACK_JOBS = 0.55
#: Rack jobs are made fewer where they would otherwise be smaller than this on average (GPUs, hours).
LEAST_MEAN_RACK_JOB = (130, 12.0)
#: The trace knows few sizes; a gang is the traced one times a factor in this range (log-uniform).
BREADTH_FACTOR = (0.35, 3.0)
#: The default gang takes at most this part of the largest pool of its home model.
LARGEST_GANG_SHARE = 0.85
#: A rack job is drawn from traced jobs of at least this many GPUs.
RACK_JOB_TRACED_GPUS = 8

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Market:
    """What a job may choose from in a region ("" is any): GPUs of the largest pool (worst hour) by GPU model; the sites."""

    largest_pool: dict[str, dict[str, int]]
    sites: dict[str, tuple[str, ...]]

    def models(self, region: str, among: tuple[str, ...]) -> list[str]:
        return [name for name in among if name in self.largest_pool[region]]


@dataclass(frozen=True, slots=True)
class Request:
    """One job before its size is known.

    ``breadth`` is its gang before scaling; ``largest_gang`` and ``longest_hours`` bound what it becomes.
    """

    tenant: TenantPlan
    traced: TracedJob
    breadth: float
    longest_hours: int
    region: str
    on_racks: bool
    home_model: str
    largest_gang: int


@dataclass(frozen=True, slots=True)
class Size:
    """A request's default gang and its run time there, in whole hours."""

    gpu_count: int
    hours: int


def build_market(sites: tuple[Site, ...]) -> Market:
    largest: dict[str, dict[str, int]] = {"": {}, "GB": {}, "NO": {}}
    for site in sites:
        for pool in _pools(site):
            for region in ("", site.region_code):
                held = largest[region].get(pool.gpu_model, 0)
                largest[region][pool.gpu_model] = max(held, gpu_count(pool))
    names = {region: tuple(s.name for s in sites if region in ("", s.region_code)) for region in largest}
    return Market(largest, names)


def draw_requests(job_count: int, sites: tuple[Site, ...], slot_count: int, draws: Draws) -> list[Request]:
    """``job_count`` requests; as many of them for racks as keep rack jobs from being tiny."""
    market = build_market(sites)
    weights = [plan.job_share for plan in TENANT_PLANS]
    gpus, hours = LEAST_MEAN_RACK_JOB
    least_work = gpus * min(hours, slot_count / 4) * GPU_MODELS["GB300"].speed
    rack_chance = min(MOST_RACK_JOBS, LOAD_FACTOR * capacity(sites, RACK_MODELS) / (job_count * least_work))
    rack_traces = [traced for traced in traced_jobs() if traced.gpu_count >= RACK_JOB_TRACED_GPUS]
    requests = []
    for _ in range(job_count):
        tenant = draws.pick_weighted(TENANT_PLANS, weights)
        region = _region(tenant, draws)
        on_racks = _on_racks(market, region, draws.chance(rack_chance))
        traced = draws.pick(rack_traces if on_racks else traced_jobs())
        home = _home_model(market, region, on_racks, draws)
        requests.append(
            Request(
                tenant=tenant,
                traced=traced,
                breadth=traced.gpu_count * draws.log_between(*BREADTH_FACTOR),
                longest_hours=max(1, int(slot_count * draws.between(*LONGEST_RUN_SHARE))),
                region=region,
                on_racks=on_racks,
                home_model=home,
                largest_gang=_largest_gang(market.largest_pool[region][home], on_racks),
            )
        )
    return requests


def size_requests(requests: list[Request], sites: tuple[Site, ...]) -> list[Size]:
    """Gangs and hours such that rack work and node work are each ``LOAD_FACTOR`` times what their GPUs can do.

    Gangs are scaled first; where their least or greatest sizes stand in the way, hours are.
    """
    sizes: list[Size] = [Size(0, 0)] * len(requests)
    for on_racks, gangs, models in ((True, RACK_GANGS, RACK_MODELS), (False, NODE_GANGS, NODE_MODELS)):
        members = [i for i, request in enumerate(requests) if request.on_racks is on_racks]
        if not members:
            continue
        target = LOAD_FACTOR * capacity(sites, models)
        for i, size in zip(members, _scaled([requests[i] for i in members], gangs, target), strict=True):
            sizes[i] = size
    return sizes


def capacity(sites: tuple[Site, ...], models: tuple[str, ...]) -> float:
    """H100-hours that all pools of ``models`` can do over the horizon."""
    return sum(
        sum(pool.node_count) * (_slot_count(sites) // len(pool.node_count))
        * pool.gpus_per_node * GPU_MODELS[pool.gpu_model].speed
        for site in sites
        for pool in _pools(site)
        if pool.gpu_model in models
    )  # fmt: skip


def _scaled(requests: list[Request], gangs: tuple[int, ...], target: float) -> list[Size]:
    breadth = np.array([request.breadth for request in requests])
    traced_hours = np.array([request.traced.hours for request in requests])
    largest = np.array([request.largest_gang for request in requests])
    # hundredths, so that the sum below is of whole numbers and the same on every machine
    speed = np.array([round(100 * GPU_MODELS[request.home_model].speed) for request in requests])
    ladder = np.array(gangs)
    turning_points = np.sqrt(ladder[:-1] * ladder[1:])
    longest = np.array([request.longest_hours for request in requests])

    def gangs_at(scale: float) -> IntArray:
        steps = np.searchsorted(turning_points, breadth * scale, side="right")
        at_scale: IntArray = np.minimum(ladder[steps], largest)
        return at_scale

    def hours_at(stretch: float) -> IntArray:
        at_stretch: IntArray = np.clip(np.ceil(traced_hours * stretch).astype(np.int64), 1, longest)
        return at_stretch

    def work(scale: float, stretch: float) -> float:
        return int((gangs_at(scale) * hours_at(stretch) * speed).sum()) / 100

    scale = _solve(lambda s: work(s, 1.0), target, 2.0**-8, 2.0**14)
    stretch = _solve(lambda s: work(scale, s), target, 2.0**-6, 2.0**6)
    return [Size(int(gang), int(hours)) for gang, hours in zip(gangs_at(scale), hours_at(stretch), strict=True)]


def _solve(rising: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Where the rising function reaches ``target``, in [low, high] to 12 digits or so."""
    for _ in range(40):
        middle = (low * high) ** 0.5
        if rising(middle) < target:
            low = middle
        else:
            high = middle
    return high


def _region(tenant: TenantPlan, draws: Draws) -> str:
    mark = draws.between(0.0, 1.0)
    if mark < tenant.gb_only:
        return "GB"
    return "NO" if mark < tenant.gb_only + tenant.no_only else ""


def _on_racks(market: Market, region: str, wanted: bool) -> bool:
    """``wanted``, unless the region has only racks or only nodes."""
    return bool(market.models(region, RACK_MODELS)) and (wanted or not market.models(region, NODE_MODELS))


def _largest_gang(largest_pool: int, on_racks: bool) -> int:
    gangs = RACK_GANGS if on_racks else NODE_GANGS
    return max((gang for gang in gangs if gang <= largest_pool * LARGEST_GANG_SHARE), default=gangs[0])


def _home_model(market: Market, region: str, on_racks: bool, draws: Draws) -> str:
    """A model in reach, the likelier the more the largest pool of it can do."""
    models = market.models(region, RACK_MODELS if on_racks else NODE_MODELS)
    return draws.pick_weighted(models, [market.largest_pool[region][m] * GPU_MODELS[m].speed for m in models])


def _pools(site: Site) -> list[GpuPool]:
    return [pool for hall in site.halls for pool in hall.pools]


def _slot_count(sites: tuple[Site, ...]) -> int:
    return len(sites[0].energy_price_per_mwh)
