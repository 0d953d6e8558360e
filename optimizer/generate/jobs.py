"""One sized request as a job: its modes, what it is worth, when it may run, where its data lies."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache, lru_cache

from optimizer.generate.demand import Market, Request, Size
from optimizer.generate.draws import Draws
from optimizer.generate.hardware import (
    GPU_MODELS,
    NODE_MODELS,
    PUBLIC_POWER_CAP,
    RACK_MODELS,
    GpuModel,
)
from optimizer.generate.series import START_TIME
from optimizer.modes import UNCAPPED
from optimizer.problem import DataSet, GpuThroughput, Job, Mode, PowerCap, WidthEfficiency, WorkProfile

#: Each GPU's efficiency at half, at and at twice the default gang: wider is faster and wastes more.
HALF_WIDTH_EFFICIENCY = 1.0
DEFAULT_EFFICIENCY = 0.93
DOUBLE_WIDTH_EFFICIENCY = 0.84

#: Pounds for the work of one H100-hour: what is lost if it does not run, the hardware being paid for already.
WORTH_PER_H100_HOUR = (0.12, 1.1)
DATA_SET_GB = (500.0, 40_000.0)

WORK_PROFILE_CHANCE = 0.1
MOLDABLE_CHANCE = 0.6
POWER_CAP_CHANCE = 0.5
BACKLOG_CHANCE = 0.45
DEADLINE_CHANCE = 0.65
DUE_TIME_CHANCE = 0.5
DATA_SET_CHANCE = 0.4
DENIED_SITE_CHANCE = 0.06
#: A gang up to this many GPUs may leave racks for nodes; one from that many on may leave nodes for racks.
LARGEST_RACK_GANG_ON_NODES = 288
SMALLEST_NODE_GANG_ON_RACKS = 64


def build_job(
    name: str, request: Request, size: Size, market: Market, hour_count: int, draws: Draws, slots_per_hour: int = 1
) -> Job:
    """The job; its default mode (gang and hours of ``size`` on the home model) always fits its window."""
    models = _models(request, size, market, draws)
    home = GPU_MODELS[request.home_model]
    widths = _widths(size.gpu_count, home.gpus_per_grant, market.largest_pool[request.region][home.name], draws)
    caps = (UNCAPPED, PUBLIC_POWER_CAP) if draws.chance(POWER_CAP_CHANCE) else (UNCAPPED,)
    work = size.gpu_count * size.hours * home.speed
    value = round(work * request.tenant.price_factor * draws.log_between(*WORTH_PER_H100_HOUR), 2)
    # floored to a tenth, so that the default mode takes no longer than the hours it was sized for
    profile = WorkProfile(
        gpu_hours=math.floor(work * DEFAULT_EFFICIENCY * 10) / 10,
        throughputs=tuple(_throughput(model) for model in models),
        widths=widths,
        power_caps=caps,
    )

    release = _release(request, size, hour_count, draws)
    deadline = release + math.ceil(size.hours * draws.between(1.3, 4.0)) if draws.chance(DEADLINE_CHANCE) else hour_count
    deadline = min(deadline, hour_count)
    due = release + math.ceil(size.hours * draws.between(1.05, 2.0)) if draws.chance(DUE_TIME_CHANCE) else deadline
    by_profile = draws.chance(WORK_PROFILE_CHANCE)
    return Job(
        name=name,
        tenant=request.tenant.name,
        value=value,
        earliest_start_time=_time(release) if release else None,
        due_time=_time(due) if due < deadline else None,
        tardiness_cost_per_hour=round(value * draws.between(0.004, 0.02), 2) if due < deadline else 0.0,
        latest_end_time=_time(deadline) if deadline < hour_count else None,
        allowed_regions=(request.region,) if request.region else (),
        denied_sites=_denied_sites(request, market, draws),
        data_set=_data_set(request, market, draws),
        modes=() if by_profile else tuple(_modes(profile, models, deadline - release, slots_per_hour, request, market)),
        work_profile=profile if by_profile else None,
    )


def default_mode(job: Job, size: Size, home_model: str) -> Mode | None:
    """The uncapped mode of the default gang on the home model; None where the job has a work profile."""
    return next(
        (
            mode
            for mode in job.modes
            if mode.gpu_model == home_model and mode.gpu_count == size.gpu_count and mode.power_cap_w is None
        ),
        None,
    )


def _models(request: Request, size: Size, market: Market, draws: Draws) -> list[GpuModel]:
    """The home model and up to two others in reach, each with a pool that holds the gang."""
    own, other = (RACK_MODELS, ("B200",)) if request.on_racks else (NODE_MODELS, RACK_MODELS)
    fits = [m for m in own if m != request.home_model]
    if request.on_racks:
        crosses = size.gpu_count <= LARGEST_RACK_GANG_ON_NODES and draws.chance(0.4)
    else:
        crosses = size.gpu_count >= SMALLEST_NODE_GANG_ON_RACKS and draws.chance(0.3)
    if crosses:
        fits += other
    largest = market.largest_pool[request.region]
    fits = [m for m in fits if largest.get(m, 0) >= size.gpu_count]
    chosen = draws.sample(fits, min(len(fits), int(draws.between(0, 3))))
    return [GPU_MODELS[name] for name in (request.home_model, *chosen)]


def _widths(gang: int, grant: int, largest_pool: int, draws: Draws) -> tuple[WidthEfficiency, ...]:
    moldable = draws.chance(MOLDABLE_CHANCE)
    halves = moldable and gang % (2 * grant) == 0 and draws.chance(0.7)
    doubles = moldable and 2 * gang <= largest_pool and draws.chance(0.7)
    half = WidthEfficiency(gpu_count=gang // 2, efficiency=HALF_WIDTH_EFFICIENCY)
    default = WidthEfficiency(gpu_count=gang, efficiency=DEFAULT_EFFICIENCY)
    double = WidthEfficiency(gpu_count=2 * gang, efficiency=DOUBLE_WIDTH_EFFICIENCY)
    return (*((half,) if halves else ()), default, *((double,) if doubles else ()))


@cache
def _throughput(model: GpuModel) -> GpuThroughput:
    return GpuThroughput(gpu_model=model.name, relative_speed=model.speed, it_power_kw_per_gpu=round(model.it_power_kw, 6))


def _modes(
    profile: WorkProfile, models: list[GpuModel], window_hours: int, slots_per_hour: int, request: Request, market: Market
) -> Iterator[Mode]:
    """Every model x width x power cap that fits the window and some pool in reach, in whole slots."""
    largest = market.largest_pool[request.region]
    for model in models:
        for width in profile.widths:
            for cap in profile.power_caps:
                speed = width.gpu_count * width.efficiency * model.speed * cap.speed_share
                slots = math.ceil(round(profile.gpu_hours / speed * slots_per_hour, 6))
                if slots <= window_hours * slots_per_hour and width.gpu_count <= largest[model.name]:
                    yield _mode(model, width.gpu_count, cap, timedelta(hours=1) * slots / slots_per_hour)


@lru_cache(maxsize=16_384)  # jobs of a fleet share theirs, as they do where a fleet is read
def _mode(model: GpuModel, gpu_count: int, cap: PowerCap, duration: timedelta) -> Mode:
    return Mode(
        gpu_model=model.name,
        gpu_count=gpu_count,
        duration=duration,
        it_power_kw=round(gpu_count * model.it_power_kw * cap.power_share, 3),
        power_cap_w=None if cap is UNCAPPED else model.power_cap_w,
    )


def _release(request: Request, size: Size, slot_count: int, draws: Draws) -> int:
    """Zero for the backlog; otherwise the traced submission, wrapped into the first 60 % of the hours that are left."""
    latest = int((slot_count - size.hours) * 0.6)
    if latest == 0 or draws.chance(BACKLOG_CHANCE):
        return 0
    return int(request.traced.submission_hour) % (latest + 1)


def _denied_sites(request: Request, market: Market, draws: Draws) -> tuple[str, ...]:
    """Now and then a job that may run in either country keeps off one site."""
    if request.region or not draws.chance(DENIED_SITE_CHANCE):
        return ()
    return (draws.pick(market.sites[""]),)


def _data_set(request: Request, market: Market, draws: Draws) -> DataSet | None:
    if not draws.chance(DATA_SET_CHANCE):
        return None
    sites = market.sites[request.region]
    held_at = draws.sample(sites, min(len(sites), 1 + int(draws.between(0, 2))))
    return DataSet(sites=tuple(held_at), size_gb=float(round(draws.log_between(*DATA_SET_GB))))


def _time(hour: int) -> datetime:
    return START_TIME + timedelta(hours=hour)
