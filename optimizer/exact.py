"""The problem in integers: watts, micro-units of money, slots, ppm. What accounting, verification and candidates agree on.

``exact(problem)`` converts a validated ``Problem`` once; names become positions. Rounding is that of ``optimizer.units``:
demand up, limits down, money and intensities to the nearest. See docs/model.md, "Integers".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from optimizer import units
from optimizer.exact_battery import ExactBattery as ExactBattery
from optimizer.exact_fleet import Claimant as Claimant
from optimizer.exact_fleet import ExactFlexibleLoad as ExactFlexibleLoad
from optimizer.exact_fleet import ExactHall as ExactHall
from optimizer.exact_fleet import ExactPool as ExactPool
from optimizer.exact_fleet import ExactReservation as ExactReservation
from optimizer.exact_fleet import ExactResource as ExactResource
from optimizer.exact_fleet import ExactSite as ExactSite
from optimizer.exact_fleet import exact_fleet, exact_resources
from optimizer.exact_halls import ExactCommitment as ExactCommitment
from optimizer.exact_links import NO_WAY_TO_GO, ExactLink, Way, exact_links, ways_over
from optimizer.exact_running import NO_CHURN_BUDGET, ExactChurn, ExactRunning, exact_churn, exact_running
from optimizer.exact_tiers import exact_tiers
from optimizer.exact_ties import ExactGroup, ExactPrecedence, exact_groups, exact_precedences, memberships, must_run
from optimizer.exact_topology import takes_whole_domains
from optimizer.modes import derive_modes, is_mandatory, mode_name
from optimizer.pieces import ExactElasticity, ExactPreemption, exact_elasticity, exact_preemption
from optimizer.problem import (
    GroupKind,
    Job,
    Mode,
    Problem,
    TimeGrid,
)
from optimizer.resolve import resolved
from optimizer.solution import Conversion
from optimizer.units import W_PER_KW, round_up, to_micros

ANYWHERE: frozenset[str] = frozenset()


class ExactMode(NamedTuple):
    """A fleet has half a million of them, and a tuple is made in a third of the time."""

    name: str
    gpu_model: str
    gpu_count: int
    duration: int
    it_power_w: int
    liquid_w: int | None
    air_w: int | None
    value_micros: int
    cost_micros: int
    resource_uses: tuple[tuple[str, int], ...]
    pools: frozenset[str]
    sites: frozenset[str]
    whole_domains: bool


@dataclass(frozen=True, slots=True)
class ExactJob:
    """A run starts at or after ``release`` (plus staging) and ends at or before ``deadline``; late after ``due``.

    ``mandatory``: it has no value, or a job that must run waits for it.
    """

    index: int
    name: str
    claimant: Claimant
    mandatory: bool
    release: int
    due: int
    deadline: int
    tardiness_micros_per_slot: int
    allowed_regions: frozenset[str]
    denied_regions: frozenset[str]
    allowed_sites: frozenset[str]
    denied_sites: frozenset[str]
    #: Where copies lie that the job's law lets be read; None for a job without data.
    data_sites: tuple[str, ...] | None
    data_size_gb: float
    running: ExactRunning | None
    modes: tuple[ExactMode, ...]
    preemption: ExactPreemption | None
    elasticity: ExactElasticity | None

    @property
    def may_run_in_pieces(self) -> bool:
        return self.preemption is not None or self.elasticity is not None

    @property
    def min_run_slots(self) -> int:
        """The least slots of work in each piece but the last: the larger of what pauses and changes ask, and at least one."""
        asked = (part.min_run_slots for part in (self.preemption, self.elasticity) if part is not None)
        return max((1, *asked))

    def work(self, mode: ExactMode) -> int:
        """Steps of work of a run in pieces that begins in ``mode``: the mode's slots where the job may not change it."""
        return mode.duration if self.elasticity is None else self.elasticity.work

    def rate(self, mode: ExactMode) -> int:
        """Steps that ``mode`` does in one slot of work; 0 for a mode too slow to count in the job's steps."""
        return 1 if self.elasticity is None else self.elasticity.work // mode.duration

    @property
    def tenant(self) -> str:
        return self.claimant.tenant


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

    def ways(self, size_gb: float, from_sites: Collection[str], to_site: str) -> tuple[Way, ...]:
        """The cheapest first, the faster of equals; see `ways_over`."""
        links = [link for link in self.links if link.to_site == to_site and link.from_site in from_sites]
        return ways_over(links, size_gb, self.slot_seconds)


def exact(problem: Problem) -> ExactProblem:
    """``problem`` in integers, its series resolved. It must have passed ``optimizer.validate``."""
    problem, conversions = resolved(problem)
    grid = problem.time_grid
    slot_seconds = units.seconds(grid.slot_duration)
    sites, halls, pools = exact_fleet(problem, slot_seconds)
    groups, precedences = exact_groups(problem.groups), exact_precedences(problem.precedences, grid)
    tier_of_job, tiers = exact_tiers(problem)
    return ExactProblem(
        time_grid=grid,
        slot_seconds=slot_seconds,
        sites=sites,
        halls=halls,
        pools=pools,
        jobs=_jobs(problem, groups, precedences),
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
        tier_of_job=tier_of_job,
        tiers=tiers,
        conversions=conversions,
    )


def _claimant(job: Job) -> Claimant:
    preemption = job.preemption
    pauses = preemption is not None and preemption.max_pause_count >= 1
    return Claimant(job.tenant, units.seconds(preemption.vacate_duration) if preemption and pauses else None)


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


def _jobs(problem: Problem, groups: tuple[ExactGroup, ...], precedences: tuple[ExactPrecedence, ...]) -> tuple[ExactJob, ...]:
    """The jobs with what their ties make of them."""
    grid = problem.time_grid
    slot_seconds = units.seconds(grid.slot_duration)
    regions = {site.name: site.region_code for site in problem.sites}
    jobs = tuple([exact_job(index, job, grid, slot_seconds, regions) for index, job in enumerate(problem.jobs)])
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


def exact_job(index: int, job: Job, grid: TimeGrid, slot_seconds: int, regions: Mapping[str, str]) -> ExactJob:
    """One job in integers, on sites in ``regions`` by name; valid as in `exact`."""
    start, slot, count = grid.start_time, grid.slot_duration, grid.slot_count
    modes = derive_modes(job.work_profile) if job.work_profile else job.modes
    value_micros = 0 if job.value is None else to_micros(job.value)
    due, deadline, release = job.due_time, job.latest_end_time, job.earliest_start_time
    exact_modes = tuple([_mode(mode, value_micros, slot_seconds) for mode in modes])
    return ExactJob(
        index=index,
        name=job.name,
        claimant=_claimant(job),
        mandatory=is_mandatory(job),
        release=0 if release is None else max(0, units.slot_at_or_after(release, start, slot)),
        due=count if due is None else min(count, units.slot_at_or_before(due, start, slot)),
        deadline=count if deadline is None else min(count, units.slot_at_or_before(deadline, start, slot)),
        tardiness_micros_per_slot=units.divide_half_up(
            to_micros(job.tardiness_cost_per_hour) * slot_seconds, units.SECONDS_PER_HOUR
        ),
        allowed_regions=frozenset(job.allowed_regions),
        denied_regions=frozenset(job.denied_regions),
        allowed_sites=frozenset(job.allowed_sites),
        denied_sites=frozenset(job.denied_sites),
        data_sites=_readable_copies(job, regions),
        data_size_gb=job.data_set.size_gb if job.data_set else 0.0,
        running=exact_running(job.running) if job.running else None,
        modes=exact_modes,
        preemption=exact_preemption(job.preemption, slot),
        elasticity=exact_elasticity(job.elasticity, [mode.duration for mode in exact_modes], slot),
    )


def _readable_copies(job: Job, regions: Mapping[str, str]) -> tuple[str, ...] | None:
    """The sites with a copy but for those that the job's law bars; ``allowed_sites`` says where it may run, no more."""
    if job.data_set is None:
        return None
    return tuple(
        site
        for site in job.data_set.sites
        if site not in job.denied_sites
        and regions[site] not in job.denied_regions
        and (not job.allowed_regions or regions[site] in job.allowed_regions)
    )


def _mode(mode: Mode, job_value_micros: int, slot_seconds: int) -> ExactMode:
    return ExactMode(
        name=mode_name(mode),
        gpu_model=mode.gpu_model,
        gpu_count=mode.gpu_count,
        duration=units.divide_up(units.seconds(mode.duration), slot_seconds),
        it_power_w=round_up(mode.it_power_kw, W_PER_KW),
        liquid_w=None if mode.liquid_heat_kw is None else round_up(mode.liquid_heat_kw, W_PER_KW),
        air_w=None if mode.air_heat_kw is None else round_up(mode.air_heat_kw, W_PER_KW),
        value_micros=job_value_micros if mode.value is None else to_micros(mode.value),
        cost_micros=to_micros(mode.cost) if mode.cost else 0,
        resource_uses=tuple([(use.name, use.amount) for use in mode.resource_uses if use.amount]) if mode.resource_uses else (),
        pools=frozenset(mode.pools) if mode.pools else ANYWHERE,
        sites=frozenset(mode.sites) if mode.sites else ANYWHERE,
        whole_domains=takes_whole_domains(mode),
    )
