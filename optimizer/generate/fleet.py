"""The six sites of the UK/Norway fleet, built out to a given share of the public figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from optimizer.generate.draws import Draws
from optimizer.generate.hardware import GPU_MODELS, GpuModel
from optimizer.generate.series import START_TIME, WEEK_HOURS, Climate, climates
from optimizer.problem import GpuPool, Hall, Link, Series, Site

Number = TypeVar("Number", int, float)

#: Room of the cooling plant over the heat of the hall at rating, in the cold.
COOLING_MARGIN = 1.1
#: A site's lighting, network and standby draw, as a share of its grid connection.
OVERHEAD_SHARE = 0.02
#: GB sites give back this share of their connection on weekdays from 17:00 to 20:00 UTC.
EVENING_CURTAILMENT = 0.2
EVENING_HOURS = range(17, 20)
#: Line work behind Kvandal and Glomfjord takes this share of the connection in the given hours of the week.
LINE_WORK_CURTAILMENT = 0.35
LINE_WORK_HOURS = range(54, 62)
MAINTENANCE_CHANCE = 0.6
FAILURE_CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """At full build-out: ``grant_count`` whole nodes, or whole racks of a rack model."""

    gpu_model: str
    grant_count: int


@dataclass(frozen=True, slots=True)
class HallPlan:
    """``power_share``: the hall's IT feed as a share of what its pools draw at rating."""

    name: str
    pools: tuple[PoolPlan, ...]
    power_share: float = 1.0


@dataclass(frozen=True, slots=True)
class SitePlan:
    """``import_mw`` is the grid connection at full build-out."""

    name: str
    region_code: str
    zone: str
    time_zone: str
    import_mw: float
    pue: float
    halls: tuple[HallPlan, ...]


SITE_PLANS = (
    SitePlan(
        "kvandal", "NO", "NO4", "Europe/Oslo", 230.0, 1.08,
        (
            HallPlan("kvandal-first-phase", (PoolPlan("GB200", 120),)),
            HallPlan("kvandal-a", (PoolPlan("GB300", 634),), power_share=0.95),
            HallPlan("kvandal-b", (PoolPlan("GB300", 634),), power_share=0.95),
        ),
    ),
    SitePlan(
        "glomfjord", "NO", "NO4", "Europe/Oslo", 30.0, 1.09,
        (HallPlan("glomfjord-a", (PoolPlan("H200", 1000), PoolPlan("B200", 1000)), power_share=0.9),),
    ),
    SitePlan(
        "oslo", "NO", "NO1", "Europe/Oslo", 8.0, 1.14,
        (HallPlan("oslo-a", (PoolPlan("H100", 500),)), HallPlan("oslo-b", (PoolPlan("A100", 200),))),
    ),
    SitePlan(
        "loughton", "GB", "GB", "Europe/London", 50.0, 1.10,
        (HallPlan("loughton-a", (PoolPlan("GB300", 160),)), HallPlan("loughton-b", (PoolPlan("GB300", 160),))),
    ),
    SitePlan(
        "cobalt-park", "GB", "GB", "Europe/London", 18.0, 1.11,
        (HallPlan("cobalt-park-a", (PoolPlan("GB300", 111),)),),
    ),
    SitePlan(
        "slough", "GB", "GB", "Europe/London", 8.0, 1.20,
        (HallPlan("slough-a", (PoolPlan("H100", 400), PoolPlan("A100", 300))),),
    ),
)  # fmt: skip


def plans_of(names: Iterable[str]) -> tuple[SitePlan, ...]:
    """The sites of these names, in their order."""
    by_name = {plan.name: plan for plan in SITE_PLANS}
    return tuple(by_name[name] for name in names)


def build_sites(plans: tuple[SitePlan, ...], share: float, slot_count: int, draws: Draws) -> tuple[Site, ...]:
    """The sites with ``share`` (0, 1] of their public build-out in service, over the first ``slot_count`` hours."""
    return tuple(_site(plan, share, slot_count, draws) for plan in plans)


def build_links(sites: tuple[Site, ...]) -> tuple[Link, ...]:
    """A link each way between any two sites: fast and cheap at home, slower across the North Sea."""
    return tuple(
        Link(
            from_site=origin.name,
            to_site=target.name,
            throughput_gb_per_hour=9_000.0 if origin.region_code != target.region_code else 36_000.0,
            cost_per_gb=0.004 if origin.region_code != target.region_code else 0.001,
        )
        for origin in sites
        for target in sites
        if origin is not target
    )


def _site(plan: SitePlan, share: float, slot_count: int, draws: Draws) -> Site:
    climate = climates()[plan.zone].over(slot_count)
    halls = tuple(_hall(hall, share, climate, slot_count, draws) for hall in plan.halls)
    installed_share = sum(_grants(p, share) * _grant_kw(p) for h in plan.halls for p in h.pools) / sum(
        p.grant_count * _grant_kw(p) for h in plan.halls for p in h.pools
    )
    import_kw = plan.import_mw * 1_000 * installed_share
    return Site(
        name=plan.name,
        region_code=plan.region_code,
        time_zone=plan.time_zone,
        import_limit_kw=_import_limit_kw(plan, import_kw, slot_count),
        pue=compact(climate.pue(plan.pue)[:slot_count]),
        overhead_kw=(round(import_kw * OVERHEAD_SHARE, 1),),
        energy_price_per_mwh=climate.price_per_mwh[:slot_count],
        carbon_intensity_g_per_kwh=climate.carbon_g_per_kwh[:slot_count],
        halls=halls,
    )


def _import_limit_kw(plan: SitePlan, import_kw: float, slot_count: int) -> Series:
    def curtailed(hour: int) -> float:
        if plan.region_code == "GB":
            weekday = (START_TIME.weekday() + hour // 24) % 7 < 5
            return EVENING_CURTAILMENT if weekday and hour % 24 in EVENING_HOURS else 0.0
        return LINE_WORK_CURTAILMENT if plan.zone == "NO4" and hour % WEEK_HOURS in LINE_WORK_HOURS else 0.0

    return compact(tuple(round(import_kw * (1 - curtailed(hour)), 1) for hour in range(slot_count)))


def _hall(plan: HallPlan, share: float, climate: Climate, slot_count: int, draws: Draws) -> Hall:
    rated_kw = [_grants(p, share) * _grant_kw(p) for p in plan.pools]
    liquid_kw = sum(kw * GPU_MODELS[p.gpu_model].liquid_heat_share for kw, p in zip(rated_kw, plan.pools, strict=True))
    air_kw = sum(rated_kw) - liquid_kw
    return Hall(
        name=plan.name,
        it_power_limit_kw=(round(sum(rated_kw) * plan.power_share, 1),),
        liquid_cooling_limit_kw=(
            compact(climate.liquid_cooling_kw(liquid_kw * COOLING_MARGIN)[:slot_count]) if liquid_kw else ()
        ),
        air_cooling_limit_kw=compact(climate.air_cooling_kw(air_kw * COOLING_MARGIN)[:slot_count]),
        pools=tuple(_pool(plan.name, p, share, slot_count, draws) for p in plan.pools),
    )


def _pool(hall: str, plan: PoolPlan, share: float, slot_count: int, draws: Draws) -> GpuPool:
    model = GPU_MODELS[plan.gpu_model]
    grants = _grants_in_service(_grants(plan, share), slot_count, draws)
    return GpuPool(
        name=f"{hall}-{plan.gpu_model.lower()}",
        gpu_model=plan.gpu_model,
        node_count=compact(tuple(count * model.nodes_per_domain for count in grants)),
        gpus_per_node=model.gpus_per_node,
        nodes_per_domain=model.nodes_per_domain,
        allocation_granularity=model.granularity,
        liquid_heat_share=model.liquid_heat_share,
    )


def _grants_in_service(installed: int, slot_count: int, draws: Draws) -> list[int]:
    """Nodes or racks by hour: a maintenance window may take a tenth out, a failure one from some hour on."""
    in_service = [installed] * slot_count
    if draws.chance(MAINTENANCE_CHANCE):
        first = int(draws.between(0.2, 0.8) * slot_count)
        for hour in range(first, min(slot_count, first + max(2, slot_count // 16))):
            in_service[hour] -= installed // 10
    if draws.chance(FAILURE_CHANCE) and installed >= 8:
        for hour in range(int(draws.between(0.1, 0.9) * slot_count), slot_count):
            in_service[hour] -= 1
    return in_service


def _grants(plan: PoolPlan, share: float) -> int:
    return max(1, round(plan.grant_count * share))


def _grant_kw(plan: PoolPlan) -> float:
    model: GpuModel = GPU_MODELS[plan.gpu_model]
    return model.gpus_per_grant * model.it_power_kw


def compact(values: tuple[Number, ...]) -> tuple[Number, ...]:
    """One value where all are the same."""
    return values[:1] if len(set(values)) == 1 else values
