"""The problem in integers: watts, micro-units of money, slots, ppm. What accounting, verification and candidates agree on.

``exact(problem)`` converts a validated ``Problem`` once; names become positions. Rounding is that of ``optimizer.units``:
demand up, limits down, money and intensities to the nearest. See docs/model.md, "Integers".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from optimizer import units
from optimizer.exact.battery import ExactBattery as ExactBattery
from optimizer.exact.fleet import Claimant as Claimant
from optimizer.exact.fleet import ExactFlexibleLoad as ExactFlexibleLoad
from optimizer.exact.fleet import ExactHall as ExactHall
from optimizer.exact.fleet import ExactPool as ExactPool
from optimizer.exact.fleet import ExactReservation as ExactReservation
from optimizer.exact.fleet import ExactResource as ExactResource
from optimizer.exact.fleet import ExactSite as ExactSite
from optimizer.exact.fleet import exact_fleet, exact_resources
from optimizer.exact.halls import ExactCommitment as ExactCommitment
from optimizer.exact.jobs import ExactJob as ExactJob
from optimizer.exact.jobs import ExactMode as ExactMode
from optimizer.exact.jobs import exact_jobs
from optimizer.exact.links import NO_WAY_TO_GO, ExactLink, Way, exact_links, ways_over
from optimizer.exact.resolve import resolved
from optimizer.exact.running import NO_CHURN_BUDGET, ExactChurn, exact_churn
from optimizer.exact.tiers import exact_tiers
from optimizer.exact.ties import ExactGroup, ExactPrecedence, exact_groups, exact_precedences, memberships, must_run
from optimizer.interrupt import GiveWay, never
from optimizer.problem import (
    GroupKind,
    Problem,
    TimeGrid,
)
from optimizer.solution import Conversion
from optimizer.units import round_up, to_micros

#: Size of the data, the sites with a copy, the site to go to.
WaysKey = tuple[float, tuple[str, ...], str]
#: As many ways as are remembered at once.
KNOWN_WAYS_COUNT = 32_768


class QuotaScope(NamedTuple):
    """Where a quota counts; what is empty does not narrow it."""

    site: str = ""
    pool: str = ""
    gpu_model: str = ""


@dataclass(frozen=True, slots=True)
class ExactQuota:
    tenant: str
    gpu_count: int
    scope: QuotaScope


@dataclass(frozen=True, slots=True)
class ExactFloor:
    """What the tenant's jobs fall short of ``target_gpu_slots`` costs so much a GPU-slot; both are above 0."""

    tenant: str
    target_gpu_slots: int
    cost_micros_per_gpu_slot: int


@dataclass(frozen=True, slots=True)
class ExactProblem:
    time_grid: TimeGrid
    slot_seconds: int
    sites: tuple[ExactSite, ...]
    halls: tuple[ExactHall, ...]
    pools: tuple[ExactPool, ...]
    jobs: tuple[ExactJob, ...]
    quotas: tuple[ExactQuota, ...]
    floors: tuple[ExactFloor, ...]
    resources: tuple[ExactResource, ...]
    links: tuple[ExactLink, ...]
    groups: tuple[ExactGroup, ...] = ()
    precedences: tuple[ExactPrecedence, ...] = ()
    churn: ExactChurn = NO_CHURN_BUDGET
    #: The place of each job's tier among the tiers in use, 0 first; all 0 where the problem has no tiers.
    tier_of_job: tuple[int, ...] = ()
    #: ``priority_tier`` by place; None for the jobs without one, which come last.
    tiers: tuple[int | None, ...] = (None,)
    #: What became of series that the problem states in other times or currencies, and of weather.
    conversions: tuple[Conversion, ...] = ()
    #: Ways asked for before, which a plan's runs ask for again and again; a changed copy of the problem begins anew.
    _known_ways: dict[WaysKey, tuple[Way, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def slot_count(self) -> int:
        return self.time_grid.slot_count

    def data_ways(self, job: ExactJob, site: ExactSite) -> tuple[Way, ...]:
        """How the job's data may come to ``site``, the way to take first; none where no link leads there."""
        if job.data_sites is None or site.name in job.data_sites:
            return (NO_WAY_TO_GO,)
        return self.ways(job.data_size_gb, job.data_sites, site.name)

    def checkpoint_way(self, size_gb: float, origin: ExactSite, site: ExactSite) -> Way | None:
        """How a checkpoint of ``size_gb`` (0: nothing to bring) comes from ``origin``; None where no link leads there."""
        if not size_gb or origin.index == site.index:
            return NO_WAY_TO_GO
        ways = self.ways(size_gb, (origin.name,), site.name)
        return ways[0] if ways else None

    def ways(self, size_gb: float, from_sites: tuple[str, ...], to_site: str) -> tuple[Way, ...]:
        """The cheapest first, the faster of equals; see `ways_over`."""
        key = size_gb, from_sites, to_site
        known = self._known_ways.get(key)
        if known is None:
            if len(self._known_ways) >= KNOWN_WAYS_COUNT:
                self._known_ways.clear()
            links = [link for link in self.links if link.to_site == to_site and link.from_site in from_sites]
            known = self._known_ways[key] = ways_over(links, size_gb, self.slot_seconds)
        return known


def exact(problem: Problem, give_way: GiveWay = never) -> ExactProblem:
    """``problem`` in integers, its series resolved. It must have passed ``optimizer.validate``."""
    return with_jobs(exact_without_jobs(problem), problem, give_way)


def with_jobs(fleet: ExactProblem, problem: Problem, give_way: GiveWay = never) -> ExactProblem:
    """``fleet`` with the jobs of ``problem``, which has that fleet, and what ties them."""
    tier_of_job, tiers = exact_tiers(problem)
    return replace(fleet, jobs=_jobs(problem, fleet.groups, fleet.precedences, give_way), tier_of_job=tier_of_job, tiers=tiers)


def exact_without_jobs(problem: Problem) -> ExactProblem:
    """The fleet of ``problem`` as `exact` states it, and no job."""
    problem, conversions = resolved(problem)
    grid = problem.time_grid
    slot_seconds = units.seconds(grid.slot_duration)
    sites, halls, pools = exact_fleet(problem, slot_seconds)
    groups, precedences = exact_groups(problem.groups), exact_precedences(problem.precedences, grid)
    return ExactProblem(
        time_grid=grid,
        slot_seconds=slot_seconds,
        sites=sites,
        halls=halls,
        pools=pools,
        jobs=(),
        quotas=tuple(
            ExactQuota(tenant.name, quota.gpu_count, QuotaScope(quota.site, quota.pool, quota.gpu_model))
            for tenant in problem.tenants
            for quota in tenant.quotas
        ),
        floors=_floors(problem, slot_seconds),
        resources=exact_resources(problem.resources, grid.slot_count),
        links=exact_links(problem.links, grid.slot_count),
        groups=groups,
        precedences=precedences,
        churn=exact_churn(problem.churn_budget, slot_seconds),
        conversions=conversions,
    )


def _floors(problem: Problem, slot_seconds: int) -> tuple[ExactFloor, ...]:
    """Targets rounded up to whole GPU-slots, costs of a GPU-slot to the nearest; without those that cost nothing."""
    floors = []
    for tenant in problem.tenants:
        if tenant.share_floor is not None:
            gpu_seconds = round_up(tenant.share_floor.gpu_hours, units.SECONDS_PER_HOUR)
            per_hour = to_micros(tenant.share_floor.shortfall_cost_per_gpu_hour)
            floors.append(
                ExactFloor(
                    tenant=tenant.name,
                    target_gpu_slots=units.divide_up(gpu_seconds, slot_seconds),
                    cost_micros_per_gpu_slot=units.divide_half_up(per_hour * slot_seconds, units.SECONDS_PER_HOUR),
                )
            )
    return tuple(floor for floor in floors if floor.target_gpu_slots and floor.cost_micros_per_gpu_slot)


def _jobs(
    problem: Problem, groups: tuple[ExactGroup, ...], precedences: tuple[ExactPrecedence, ...], give_way: GiveWay
) -> tuple[ExactJob, ...]:
    """The jobs with what their ties make of them."""
    grid = problem.time_grid
    regions = {site.name: site.region_code for site in problem.sites}
    jobs = exact_jobs(problem.jobs, grid, regions, give_way)
    if not groups and not precedences:
        return jobs
    needed = must_run((job.name for job in jobs if job.mandatory), precedences)
    apart, domains = memberships(groups, GroupKind.DIFFERENT_SITES), memberships(groups, GroupKind.SAME_DOMAIN)
    claimants = [
        job.claimant._replace(apart_groups=apart.get(job.name, ()), domain_groups=domains.get(job.name, ())) for job in jobs
    ]
    return tuple(
        replace(job, mandatory=job.name in needed, claimant=claimant) for job, claimant in zip(jobs, claimants, strict=True)
    )
