"""Who runs on the UK/Norway fleet. Reservations, quotas and shares are invented; no contract of anyone is meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from optimizer.problem import GpuPool, Quota, Reservation, Site, Tenant


@dataclass(frozen=True, slots=True)
class TenantPlan:
    """``job_share``: part of the jobs. ``gb_only`` and ``no_only``: chance that a job may not leave the country.

    ``reserved`` gives (pool, share of its nodes held); quotas are shares of the GPUs of the fleet, or of one site.
    ``price_factor`` scales what the tenant's work is worth.
    """

    name: str
    job_share: float
    gb_only: float = 0.0
    no_only: float = 0.0
    price_factor: float = 1.0
    reserved: tuple[tuple[str, float], ...] = ()
    fleet_quota: float | None = None
    site_quotas: tuple[tuple[str, float], ...] = ()


TENANT_PLANS = (
    TenantPlan("microsoft", 0.22, gb_only=0.15, price_factor=1.3, reserved=(("loughton-a-gb300", 0.6),)),
    TenantPlan(
        "openai", 0.24, gb_only=0.1, price_factor=1.4,
        reserved=(("cobalt-park-a-gb300", 0.5), ("kvandal-b-gb300", 0.25)),
    ),
    TenantPlan("uk-government", 0.1, gb_only=1.0, price_factor=1.2, reserved=(("slough-a-h100", 0.25),)),
    TenantPlan("nordic-research", 0.12, no_only=0.4, price_factor=0.6, fleet_quota=0.2),
    TenantPlan("fintech", 0.14, gb_only=0.5, fleet_quota=0.3, site_quotas=(("loughton", 0.4),)),
    TenantPlan("start-ups", 0.18, price_factor=0.8, fleet_quota=0.25, site_quotas=(("kvandal", 0.15),)),
)  # fmt: skip


#: Nodes reserved by share are lent to whom leaves within this time, and cost this many pounds, used or not.
RECLAIM = timedelta(minutes=15)
FEE_PER_GPU_HOUR = 1.2


def build_tenants(sites: tuple[Site, ...], largest_gang: int, reserved_share: float | None = None) -> tuple[Tenant, ...]:
    """The tenants with their claims on those pools and sites that ``sites`` has.

    No quota is below ``largest_gang``, so that any one job may run. With ``reserved_share`` tenants in turn hold that share of
    each pool's grants, lent while idle, instead of the reservations planned.
    """
    pools = {pool.name: pool for site in sites for hall in site.halls for pool in hall.pools}
    by_site = {site.name: sum(gpu_count(pool) for hall in site.halls for pool in hall.pools) for site in sites}
    fleet, holders = sum(by_site.values()), _holders(sites)
    return tuple(
        Tenant(
            name=plan.name,
            quotas=(
                *((_quota(fleet, plan.fleet_quota, largest_gang),) if plan.fleet_quota is not None else ()),
                *(_quota(by_site[site], share, largest_gang, site) for site, share in plan.site_quotas if site in by_site),
            ),
            reservations=tuple(
                reservation
                for pool, share in plan.reserved
                if pool in pools and (reservation := _reservation(pools[pool], share)).node_count != (0,)
            )
            if reserved_share is None
            else tuple(_lent([pools[name] for name, holder in holders.items() if holder is plan], reserved_share)),
        )
        for plan in TENANT_PLANS
    )


def _holders(sites: tuple[Site, ...]) -> dict[str, TenantPlan]:
    """Who holds nodes of each pool when a share of all is reserved: in turn, tenants whose jobs may run there."""
    holders: dict[str, TenantPlan] = {}
    turn = 0
    for site in sites:
        abroad = site.region_code == "NO"
        able = [plan for plan in TENANT_PLANS if (plan.gb_only if abroad else plan.no_only) < 1.0]
        for pool in (pool for hall in site.halls for pool in hall.pools):
            holders[pool.name] = able[turn % len(able)]
            turn += 1
    return holders


def gpu_count(pool: GpuPool) -> int:
    """GPUs of the pool in its worst hour."""
    return min(pool.node_count) * pool.gpus_per_node


def _quota(gpus: int, share: float, least: int, site: str = "") -> Quota:
    return Quota(gpu_count=max(least, round(gpus * share)), site=site)


def _lent(pools: list[GpuPool], share: float) -> Iterator[Reservation]:
    for pool in pools:
        reservation = _reservation(pool, share)
        if reservation.node_count != (0,):
            fee = FEE_PER_GPU_HOUR * pool.gpus_per_node
            yield replace(reservation, reclaim_duration=RECLAIM, fee_per_node_hour=round(fee, 2))


def _reservation(pool: GpuPool, share: float) -> Reservation:
    grants = int(min(pool.node_count) // pool.nodes_per_domain * share)
    return Reservation(pool=pool.name, node_count=(grants * pool.nodes_per_domain,))
