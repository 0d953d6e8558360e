"""The problem in integers: watts, micro-units of money, slots, ppm. What accounting, verification and candidates agree on.

``exact(problem)`` converts a validated ``Problem`` once; names become positions. Rounding is that of ``optimizer.units``:
demand up, limits down, money and intensities to the nearest. See docs/model.md, "Integers".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from optimizer import units
from optimizer.exact_running import NO_CHURN_BUDGET, ExactChurn, ExactRunning, exact_churn, exact_running
from optimizer.exact_ties import ExactGroup, ExactPrecedence, exact_groups, exact_precedences, memberships, must_run
from optimizer.modes import derive_modes, mode_name
from optimizer.pieces import ExactElasticity, ExactPreemption, exact_elasticity, exact_preemption
from optimizer.problem import (
    AllocationGranularity,
    GroupKind,
    Hall,
    Job,
    Link,
    Mode,
    Problem,
    Reservation,
    Resource,
    Site,
    TimeGrid,
)
from optimizer.units import PPM, W_PER_KW, round_down, round_nearest, round_up, to_micros

Ints = tuple[int, ...]

ANYWHERE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ExactResource:
    """``capacity`` by slot, or one number for the horizon where ``consumable``."""

    name: str
    capacity: Ints
    consumable: bool


class Claimant(NamedTuple):
    """Who asks for nodes: a tenant, and how soon its run would leave them; ``vacate_seconds`` is None where it never would.

    ``apart_groups`` and ``domain_groups`` name the job's groups of DIFFERENT_SITES and of SAME_DOMAIN.
    """

    tenant: str
    vacate_seconds: int | None = None
    apart_groups: tuple[str, ...] = ()
    domain_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExactReservation:
    """``node_count`` by slot. Lent to runs that leave within ``reclaim_seconds``; None: to nobody."""

    tenant: str
    node_count: Ints
    reclaim_seconds: int | None
    fee_micros_per_node_hour: int

    def admits(self, claimant: Claimant) -> bool:
        """Whether the claimant may run on the reserved nodes, as their holder or for as long as they are idle."""
        if claimant.tenant == self.tenant:
            return True
        vacate, reclaim = claimant.vacate_seconds, self.reclaim_seconds
        return vacate is not None and reclaim is not None and vacate <= reclaim


@dataclass(frozen=True, slots=True)
class ExactPool:
    index: int
    name: str
    hall: int
    site: int
    gpu_model: str
    node_count: Ints
    gpus_per_node: int
    nodes_per_domain: int
    nodes_per_grant: int
    liquid_share_ppm: int
    resources: tuple[ExactResource, ...]
    reservations: tuple[ExactReservation, ...]


@dataclass(frozen=True, slots=True)
class ExactHall:
    """Limits in watts by slot; None is no limit."""

    index: int
    name: str
    site: int
    it_power_w: Ints | None
    liquid_w: Ints | None
    air_w: Ints | None


@dataclass(frozen=True, slots=True)
class ExactSite:
    """Rates are per watt of IT power and slot: money in 1e-4 micro-units, emissions in micrograms."""

    index: int
    name: str
    region_code: str
    import_limit_w: Ints | None
    overhead_w: Ints
    pue_ppm: Ints
    energy_rate: Ints
    carbon_rate: Ints
    emission_ug: Ints
    energy_budget_wh: int | None
    carbon_budget_mg: int | None
    resources: tuple[ExactResource, ...]

    def it_limit_w(self, slot: int) -> int | None:
        """The most IT watts the grid connection carries: ``PUE x IT + overhead <= import limit``, solved for IT."""
        if self.import_limit_w is None:
            return None
        return (self.import_limit_w[slot] - self.overhead_w[slot]) * PPM // self.pue_ppm[slot]


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
    data_sites: tuple[str, ...]
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
    links: tuple[Link, ...]
    groups: tuple[ExactGroup, ...] = ()
    precedences: tuple[ExactPrecedence, ...] = ()
    churn: ExactChurn = NO_CHURN_BUDGET

    @property
    def slot_count(self) -> int:
        return self.time_grid.slot_count

    def staging(self, job: ExactJob, site: ExactSite) -> tuple[int, int] | None:
        """(slots, micro-units) to bring the job's data to ``site``: over the cheapest link, the faster of equals.

        (0, 0) where the data is there already; None where no link leads there.
        """
        if not job.data_sites or site.name in job.data_sites:
            return 0, 0
        return self.transfer(job.data_size_gb, self.links_between(job.data_sites, site.name))

    def checkpoint_transfer(self, size_gb: float, origin: ExactSite, site: ExactSite) -> tuple[int, int] | None:
        """As `staging`, for a checkpoint of ``size_gb`` (0: nothing to bring) from ``origin``."""
        if not size_gb or origin.index == site.index:
            return 0, 0
        return self.transfer(size_gb, self.links_between((origin.name,), site.name))

    def links_between(self, from_sites: tuple[str, ...], to_site: str) -> list[Link]:
        return [link for link in self.links if link.to_site == to_site and link.from_site in from_sites]

    def transfer(self, size_gb: float, links: Sequence[Link]) -> tuple[int, int] | None:
        """(slots, micro-units) over the cheapest of ``links``, the faster of equals; None where there is none."""
        if not links:
            return None
        cost, slots = min([(to_micros(link.cost_per_gb * size_gb), self._transfer_slots(size_gb, link)) for link in links])
        return slots, cost

    def _transfer_slots(self, size_gb: float, link: Link) -> int:
        transfer_seconds = round_up(size_gb / link.throughput_gb_per_hour, units.SECONDS_PER_HOUR)
        return units.divide_up(transfer_seconds, self.slot_seconds)


def exact(problem: Problem) -> ExactProblem:
    """``problem`` in integers. It must have passed ``optimizer.validate``."""
    grid = problem.time_grid
    slot_seconds = units.seconds(grid.slot_duration)
    sites: list[ExactSite] = []
    halls: list[ExactHall] = []
    pools: list[ExactPool] = []
    for site in problem.sites:
        sites.append(_site(len(sites), site, problem, slot_seconds))
        for hall in site.halls:
            halls.append(_hall(len(halls), len(sites) - 1, hall, grid.slot_count))
            for pool in hall.pools:
                pools.append(
                    ExactPool(
                        index=len(pools),
                        name=pool.name,
                        hall=len(halls) - 1,
                        site=len(sites) - 1,
                        gpu_model=pool.gpu_model,
                        node_count=_spread(pool.node_count, grid.slot_count),
                        gpus_per_node=pool.gpus_per_node,
                        nodes_per_domain=pool.nodes_per_domain,
                        nodes_per_grant=(
                            pool.nodes_per_domain if pool.allocation_granularity is AllocationGranularity.DOMAIN else 1
                        ),
                        liquid_share_ppm=round_up(pool.liquid_heat_share, PPM),
                        resources=_resources(pool.resources, grid.slot_count),
                        reservations=tuple(
                            _reservation(tenant.name, reservation, grid.slot_count)
                            for tenant in problem.tenants
                            for reservation in tenant.reservations
                            if reservation.pool == pool.name
                        ),
                    )
                )
    groups, precedences = exact_groups(problem.groups), exact_precedences(problem.precedences, grid)
    return ExactProblem(
        time_grid=grid,
        slot_seconds=slot_seconds,
        sites=tuple(sites),
        halls=tuple(halls),
        pools=tuple(pools),
        jobs=_jobs(problem, groups, precedences),
        quotas=tuple(
            ExactQuota(tenant.name, quota.gpu_count, QuotaScope(quota.site, quota.pool, quota.gpu_model))
            for tenant in problem.tenants
            for quota in tenant.quotas
        ),
        floors=_floors(problem, slot_seconds),
        resources=_resources(problem.resources, grid.slot_count),
        links=problem.links,
        groups=groups,
        precedences=precedences,
        churn=exact_churn(problem.churn_budget, slot_seconds),
    )


def _spread(series: tuple[int, ...], slot_count: int) -> Ints:
    return series * slot_count if len(series) == 1 else series


def _resources(resources: tuple[Resource, ...], slot_count: int) -> tuple[ExactResource, ...]:
    return tuple(
        ExactResource(r.name, r.capacity if r.consumable else _spread(r.capacity, slot_count), r.consumable) for r in resources
    )


def _reservation(tenant: str, reservation: Reservation, slot_count: int) -> ExactReservation:
    reclaim = reservation.reclaim_duration
    return ExactReservation(
        tenant=tenant,
        node_count=_spread(reservation.node_count, slot_count),
        reclaim_seconds=None if reclaim is None else units.seconds(reclaim),
        fee_micros_per_node_hour=to_micros(reservation.fee_per_node_hour),
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


def _limit_w(series: tuple[float, ...], slot_count: int) -> Ints | None:
    return _spread(tuple(round_down(kw, W_PER_KW) for kw in series), slot_count) if series else None


def _site(index: int, site: Site, problem: Problem, slot_seconds: int) -> ExactSite:
    count = problem.time_grid.slot_count
    pue_ppm = _spread(tuple(round_up(pue, PPM) for pue in site.pue or (1.0,)), count)
    price = _spread(tuple(to_micros(p) for p in site.energy_price_per_mwh or (0.0,)), count)
    intensity_mg = _spread(tuple(round_nearest(g, 1_000) for g in site.carbon_intensity_g_per_kwh or (0.0,)), count)
    # mg/kWh is ug/Wh; ppm and seconds an hour are divided out once
    per_slot = PPM * units.SECONDS_PER_HOUR
    emission_ug = tuple(
        units.divide_half_up(mg * pue * slot_seconds, per_slot) for mg, pue in zip(intensity_mg, pue_ppm, strict=True)
    )
    carbon_price = to_micros(problem.carbon_price_per_tonne)
    return ExactSite(
        index=index,
        name=site.name,
        region_code=site.region_code,
        import_limit_w=_limit_w(site.import_limit_kw, count),
        overhead_w=_spread(tuple(round_up(kw, W_PER_KW) for kw in site.overhead_kw or (0.0,)), count),
        pue_ppm=pue_ppm,
        energy_rate=tuple(
            units.divide_half_up(p * pue * slot_seconds * units.RATE_SCALE, per_slot * units.WH_PER_MWH)
            for p, pue in zip(price, pue_ppm, strict=True)
        ),
        carbon_rate=tuple(
            units.divide_half_up(ug * carbon_price * units.RATE_SCALE, units.MG_PER_TONNE * 1_000) for ug in emission_ug
        ),
        emission_ug=emission_ug,
        energy_budget_wh=_optional_down(site.energy_budget_mwh, units.WH_PER_MWH),
        carbon_budget_mg=_optional_down(site.carbon_budget_kg, units.MG_PER_KG),
        resources=_resources(site.resources, count),
    )


def _optional_down(value: float | None, scale: int) -> int | None:
    return None if value is None else round_down(value, scale)


def _hall(index: int, site: int, hall: Hall, count: int) -> ExactHall:
    return ExactHall(
        index=index,
        name=hall.name,
        site=site,
        it_power_w=_limit_w(hall.it_power_limit_kw, count),
        liquid_w=_limit_w(hall.liquid_cooling_limit_kw, count),
        air_w=_limit_w(hall.air_cooling_limit_kw, count),
    )


def _jobs(problem: Problem, groups: tuple[ExactGroup, ...], precedences: tuple[ExactPrecedence, ...]) -> tuple[ExactJob, ...]:
    """The jobs with what their ties make of them."""
    grid = problem.time_grid
    slot_seconds = units.seconds(grid.slot_duration)
    jobs = tuple([exact_job(index, job, grid, slot_seconds) for index, job in enumerate(problem.jobs)])
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


def exact_job(index: int, job: Job, grid: TimeGrid, slot_seconds: int) -> ExactJob:
    """One job in integers; valid as in `exact`."""
    start, slot, count = grid.start_time, grid.slot_duration, grid.slot_count
    modes = derive_modes(job.work_profile) if job.work_profile else job.modes
    value_micros = 0 if job.value is None else to_micros(job.value)
    due, deadline, release = job.due_time, job.latest_end_time, job.earliest_start_time
    exact_modes = tuple([_mode(mode, value_micros, slot_seconds) for mode in modes])
    return ExactJob(
        index=index,
        name=job.name,
        claimant=_claimant(job),
        mandatory=job.value is None and all(mode.value is None for mode in modes),
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
        data_sites=job.data_set.sites if job.data_set else (),
        data_size_gb=job.data_set.size_gb if job.data_set else 0.0,
        running=exact_running(job.running) if job.running else None,
        modes=exact_modes,
        preemption=exact_preemption(job.preemption, slot),
        elasticity=exact_elasticity(job.elasticity, [mode.duration for mode in exact_modes], slot),
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
    )
