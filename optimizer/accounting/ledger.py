"""What placements use and cost, by plain loops over integers: this module *is* the meaning of the model.

Equation numbers are those of docs/model.md. Nothing here knows arrays, formulations or engines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from enum import IntEnum
from itertools import combinations
from operator import attrgetter
from typing import NamedTuple

from optimizer.accounting import grouping, running
from optimizer.accounting.links import checkpoint_way as checkpoint_way
from optimizer.accounting.links import data_way, link_limits, transfers
from optimizer.accounting.links import first_start as first_start
from optimizer.accounting.metering import Metered, metered, metered_spans
from optimizer.accounting.metering import metered_mg as metered_mg
from optimizer.accounting.metering import metered_micros as metered_micros
from optimizer.accounting.metering import metered_wh as metered_wh
from optimizer.accounting.runs import Break as Break
from optimizer.accounting.runs import Piece
from optimizer.accounting.runs import Run as Run
from optimizer.exact.links import NO_WAY_TO_GO, Way
from optimizer.exact.problem import Claimant, ExactJob, ExactMode, ExactPool, ExactProblem, ExactResource, QuotaScope
from optimizer.limits import LimitKind, LimitLabel
from optimizer.solution import CostBreakdown, Placement, Segment, UnplacedReason
from optimizer.units import PPM, divide_up

SlotUse = tuple[LimitLabel, int]


class Demand(NamedTuple):
    """What a run of a mode takes from a pool and its hall in every slot; ``Measure`` says what stands where."""

    node_count: int
    it_power_w: int
    liquid_w: int
    air_w: int
    gpu_count: int
    whole_domain_nodes: int
    single_nodes: int
    recovered_w: int
    drawn_w: int


class Measure(IntEnum):
    """Which part of a ``Demand`` a limit counts."""

    NODES = 0
    IT_POWER = 1
    LIQUID = 2
    AIR = 3
    GPUS = 4
    WHOLE_DOMAIN_NODES = 5
    SINGLE_NODES = 6
    RECOVERED = 7
    DRAWN = 8


def demand(mode: ExactMode, pool: ExactPool) -> Demand:
    """Whole grants of nodes: domains where mode or pool says so. Heat by path, rounded up, unless the mode states its own.

    ``recovered_w`` and ``drawn_w`` are negative: liquid heat that can be recovered is given, not taken, and what runs draw a
    battery may give.
    """
    whole = mode.whole_domains or pool.nodes_per_grant > 1
    grant = pool.nodes_per_domain if whole else 1
    nodes = divide_up(divide_up(mode.gpu_count, pool.gpus_per_node), grant) * grant
    power = mode.it_power_w
    liquid = divide_up(power * pool.liquid_share_ppm, PPM) if mode.liquid_w is None else mode.liquid_w
    air = divide_up(power * (PPM - pool.liquid_share_ppm), PPM) if mode.air_w is None else mode.air_w
    return Demand(nodes, power, liquid, air, mode.gpu_count, nodes if whole else 0, 0 if whole else nodes, -liquid, -power)


def slot_limits(problem: ExactProblem) -> dict[LimitLabel, tuple[int, ...]]:
    """Every limit that holds slot by slot, with its capacity: equations (2) to (7) and (90)."""
    limits: dict[LimitLabel, tuple[int, ...]] = {}
    slots = range(problem.slot_count)
    for pool in problem.pools:
        limits[nodes_label(pool)] = pool.node_count
        for label, part in zip(part_labels(pool), pool.parts, strict=False):
            limits[label] = part.node_capacity
        for held in reservation_subsets(pool):
            limits[reservation_label(pool, held)] = tuple(
                pool.node_count[t] - sum(r.node_count[t] for r in pool.reservations if r.tenant in held) for t in slots
            )
        limits |= _renewables(pool.name, pool.resources)
    for hall in problem.halls:
        for kind, capacity in (
            (LimitKind.HALL_POWER, hall.it_power_w),
            (LimitKind.LIQUID_COOLING, hall.liquid_w),
            (LimitKind.AIR_COOLING, hall.air_w),
        ):
            if capacity is not None:
                limits[LimitLabel(kind, hall.name, "W")] = capacity
    for site in problem.sites:
        if site.import_limit_w is not None:
            limits[LimitLabel(LimitKind.GRID_IMPORT, site.name, "W")] = tuple(site.it_limit_w(t) or 0 for t in slots)
        if site.heat_offtake is not None:
            limits[LimitLabel(LimitKind.RECOVERED_HEAT, site.name, "W")] = (0,) * problem.slot_count
        if site.battery is not None:
            limits[LimitLabel(LimitKind.GRID_EXPORT, site.name, "W")] = tuple(site.own_draw_w(t) for t in slots)
        limits |= _renewables(site.name, site.resources)
    limits |= _renewables("", problem.resources)
    for quota in problem.quotas:
        label = quota_label(quota.tenant, quota.scope)
        capacity = (quota.gpu_count,) * problem.slot_count
        limits[label] = min(capacity, limits.get(label, capacity))
    return limits | grouping.domain_limits(problem) | link_limits(problem)


def horizon_limits(problem: ExactProblem) -> dict[LimitLabel, int]:
    """Every limit on a total over the horizon, with its capacity: equations (8) and (31)."""
    limits: dict[LimitLabel, int] = {}
    for site in problem.sites:
        if site.energy_budget_wh is not None:
            limits[LimitLabel(LimitKind.ENERGY_BUDGET, site.name, "Wh")] = site.energy_budget_wh
        if site.carbon_budget_mg is not None:
            limits[LimitLabel(LimitKind.CARBON_BUDGET, site.name, "mg")] = site.carbon_budget_mg
    owners = [("", problem.resources)]
    owners += [(site.name, site.resources) for site in problem.sites]
    owners += [(pool.name, pool.resources) for pool in problem.pools]
    for owner, resources in owners:
        for resource in resources:
            if resource.consumable:
                limits[_resource_label(owner, resource)] = resource.capacity[0]
    return limits | grouping.apart_limits(problem) | running.churn_limits(problem)


def pool_limits(pool: ExactPool) -> list[LimitLabel]:
    """The slot limits that only runs on ``pool`` use, but for those of quotas and groups."""
    labels = [nodes_label(pool), *(reservation_label(pool, held) for held in reservation_subsets(pool))]
    return [*labels, *_renewables(pool.name, pool.resources)]


def nodes_label(pool: ExactPool) -> LimitLabel:
    return LimitLabel(LimitKind.POOL_NODES, pool.name, "nodes")


def part_labels(pool: ExactPool) -> tuple[LimitLabel, ...]:
    """The parts of a pool that sets whole domains apart: those domains, then the other nodes; none of any other pool."""
    names = (f"{pool.name} whole domains", f"{pool.name} single nodes") if pool.is_split else ()
    return tuple(LimitLabel(LimitKind.POOL_PART, name, "nodes") for name in names)


def quota_label(tenant: str, scope: QuotaScope) -> LimitLabel:
    """``lab``, ``lab@Loughton`` or ``lab@Loughton/pool p/model H100``: the tenant, and what narrows the quota."""
    parts = (scope.site, scope.pool and f"pool {scope.pool}", scope.gpu_model and f"model {scope.gpu_model}")
    where = "/".join(part for part in parts if part)
    return LimitLabel(LimitKind.TENANT_QUOTA, f"{tenant}@{where}" if where else tenant, "GPUs")


def reservation_label(pool: ExactPool, held: tuple[str, ...]) -> LimitLabel:
    return LimitLabel(LimitKind.RESERVATION, f"{pool.name} held for {' and '.join(held)}", "nodes")


def reservation_subsets(pool: ExactPool) -> Iterator[tuple[str, ...]]:
    """Every non-empty set of tenants that hold nodes of ``pool``.

    The rule is: there is a node for every node of every run, reserved for nobody or by someone who admits the run. It is
    stated exactly (Hall, 1935) by: for every set of holders, the runs that none of them admits fit what the set leaves.
    """
    tenants = tuple(reservation.tenant for reservation in pool.reservations)
    for size in range(1, len(tenants) + 1):
        yield from combinations(tenants, size)


def _renewables(owner: str, resources: Iterable[ExactResource]) -> dict[LimitLabel, tuple[int, ...]]:
    return {_resource_label(owner, r): r.capacity for r in resources if not r.consumable}


def _resource_label(owner: str, resource: ExactResource) -> LimitLabel:
    kind = LimitKind.CONSUMABLE if resource.consumable else LimitKind.RESOURCE
    return LimitLabel(kind, f"{owner}/{resource.name}" if owner else resource.name, "units")


def resource_labels(problem: ExactProblem, pool: ExactPool, name: str) -> list[LimitLabel]:
    """Wherever the fleet, the pool's site or the pool itself has a resource of this name."""
    owners = (
        ("", problem.resources),
        (problem.sites[pool.site].name, problem.sites[pool.site].resources),
        (pool.name, pool.resources),
    )
    return [_resource_label(owner, r) for owner, resources in owners for r in resources if r.name == name]


def exclusion(problem: ExactProblem, job: ExactJob, mode: ExactMode, pool: ExactPool) -> UnplacedReason | None:
    """Why this job may never run in this mode on this pool, whatever the time and load; None where it may."""
    site = problem.sites[pool.site]
    if (mode.gpu_model and mode.gpu_model != pool.gpu_model) or (mode.whole_domains and not pool.has_whole_domains):
        return UnplacedReason.NO_COMPATIBLE_POOL
    if (mode.pools and pool.name not in mode.pools) or (mode.sites and site.name not in mode.sites):
        return UnplacedReason.NO_COMPATIBLE_POOL
    if any(not resource_labels(problem, pool, name) for name, _ in mode.resource_uses):
        return UnplacedReason.NO_COMPATIBLE_POOL
    if (job.allowed_regions and site.region_code not in job.allowed_regions) or site.region_code in job.denied_regions:
        return UnplacedReason.REGION_NOT_ALLOWED
    if (job.allowed_sites and site.name not in job.allowed_sites) or site.name in job.denied_sites:
        return UnplacedReason.SITE_NOT_ALLOWED
    return None


def limits_over(problem: ExactProblem, claimant: Claimant, pool: ExactPool) -> list[tuple[LimitLabel, Measure]]:
    """The slot limits that every run of a claimant's job on ``pool`` falls under, and what each counts; not its resources."""
    hall, site = problem.halls[pool.hall], problem.sites[pool.site]
    limits = [(nodes_label(pool), Measure.NODES)]
    limits += zip(part_labels(pool), (Measure.WHOLE_DOMAIN_NODES, Measure.SINGLE_NODES), strict=False)
    for kind, capacity, measure in (
        (LimitKind.HALL_POWER, hall.it_power_w, Measure.IT_POWER),
        (LimitKind.LIQUID_COOLING, hall.liquid_w, Measure.LIQUID),
        (LimitKind.AIR_COOLING, hall.air_w, Measure.AIR),
    ):
        if capacity is not None:
            limits.append((LimitLabel(kind, hall.name, "W"), measure))
    if site.import_limit_w is not None:
        limits.append((LimitLabel(LimitKind.GRID_IMPORT, site.name, "W"), Measure.IT_POWER))
    if site.heat_offtake is not None:
        limits.append((LimitLabel(LimitKind.RECOVERED_HEAT, site.name, "W"), Measure.RECOVERED))
    if site.battery is not None:
        limits.append((LimitLabel(LimitKind.GRID_EXPORT, site.name, "W"), Measure.DRAWN))
    admitting = {reservation.tenant for reservation in pool.reservations if reservation.admits(claimant)}
    limits += [
        (reservation_label(pool, held), Measure.NODES) for held in reservation_subsets(pool) if admitting.isdisjoint(held)
    ]
    for scope in dict.fromkeys(q.scope for q in problem.quotas if q.tenant == claimant.tenant):
        if _is_within(scope, site.name, pool):
            limits.append((quota_label(claimant.tenant, scope), Measure.GPUS))
    return limits + [(label, Measure.NODES) for label in grouping.domain_labels(claimant, pool)]


def slot_uses(problem: ExactProblem, claimant: Claimant, mode: ExactMode, pool: ExactPool) -> list[SlotUse]:
    """What a run takes from each slot limit that exists while it runs: amounts above 0, and below it of what runs give."""
    return uses_of(problem, mode, pool, limits_over(problem, claimant, pool))


def uses_of(
    problem: ExactProblem, mode: ExactMode, pool: ExactPool, limits: Iterable[tuple[LimitLabel, Measure]]
) -> list[SlotUse]:
    """``slot_uses``, given the ``limits_over`` the run's claimant and pool."""
    need = demand(mode, pool)
    uses = [(label, need[measure]) for label, measure in limits if need[measure]]
    return uses + renewable_uses(problem, mode, pool) if mode.resource_uses else uses


def renewable_uses(problem: ExactProblem, mode: ExactMode, pool: ExactPool) -> list[SlotUse]:
    """What a run takes of renewable resources; positive amounts."""
    return [
        (label, amount)
        for name, amount in mode.resource_uses
        for label in resource_labels(problem, pool, name)
        if label.kind is LimitKind.RESOURCE and amount > 0
    ]


def _is_within(scope: QuotaScope, site: str, pool: ExactPool) -> bool:
    return all(not wanted or wanted == there for wanted, there in zip(scope, (site, pool.name, pool.gpu_model), strict=True))


def horizon_uses(problem: ExactProblem, run: Run) -> list[SlotUse]:
    """What a placement takes from each budget over its whole run; positive amounts of budgets that exist.

    A run in pieces takes consumables once, for its first piece.
    """
    uses: list[SlotUse] = []
    for index in dict.fromkeys(piece.pool.site for piece in run.all_pieces):
        site = problem.sites[index]
        if site.energy_budget_wh is None and site.carbon_budget_mg is None:
            continue
        spans = [span for span in metered_spans(problem, run) if span.site is site]
        if site.energy_budget_wh is not None:
            uses.append((LimitLabel(LimitKind.ENERGY_BUDGET, site.name, "Wh"), sum(s.energy_wh(problem) for s in spans)))
        if site.carbon_budget_mg is not None:
            uses.append((LimitLabel(LimitKind.CARBON_BUDGET, site.name, "mg"), sum(s.carbon_mg() for s in spans)))
    uses += counted_uses(problem, run.job.claimant, run.mode, run.pool)
    uses += running.churn_uses(problem, run.job, run.churn_fate)
    return [(label, amount) for label, amount in uses if amount > 0]


def counted_uses(problem: ExactProblem, claimant: Claimant, mode: ExactMode, pool: ExactPool) -> list[SlotUse]:
    """What a placement takes once from budgets that no meter reads, whenever it runs and whatever becomes of running work."""
    uses = [
        (label, amount)
        for name, amount in mode.resource_uses
        for label in resource_labels(problem, pool, name)
        if label.kind is LimitKind.CONSUMABLE
    ]
    return uses + grouping.apart_uses(problem, claimant, pool)


def terms(problem: ExactProblem, run: Run) -> CostBreakdown:
    """What a placement is worth, by named term: equations (0) and (20). Each term is rounded once, by slot in pieces.

    Value, mode cost, staging and move of a run in pieces are those of its first piece.
    """
    return _terms(problem, run, metered(problem, run))


def _terms(problem: ExactProblem, run: Run, drawn: Metered) -> CostBreakdown:
    job, mode, fate, breaks = run.job, run.mode, run.fate, run.breaks
    way = None if fate.in_place else data_way(problem, run)
    return CostBreakdown(
        value_micros=mode.value_micros,
        energy_cost_micros=drawn.energy_micros,
        carbon_cost_micros=drawn.carbon_micros,
        tardiness_cost_micros=tardiness_micros(job, run.end),
        staging_cost_micros=0 if way is None else way.cost_micros,
        move_cost_micros=running.change_micros(job, fate),
        mode_cost_micros=mode.cost_micros,
        pause_cost_micros=sum([pause_micros(problem, job, item) for item in breaks if item.is_pause]),
        change_cost_micros=sum([job.elasticity.change_cost_micros for item in breaks if item.is_change and job.elasticity]),
    )


def pause_micros(problem: ExactProblem, job: ExactJob, pause: Break) -> int:
    """What one pause costs: the resumption, and the checkpoint's way where it goes on at another site."""
    resume = job.preemption.resume_cost_micros if job.preemption else 0
    way = checkpoint_way(problem, job, pause)
    return resume + (way.cost_micros if way else 0)


def tardiness_micros(job: ExactJob, end: int) -> int:
    """What it costs that the job's run ends at slot boundary ``end``."""
    return job.tardiness_micros_per_slot * max(0, end - job.due)


def start_ranges(problem: ExactProblem, job: ExactJob, mode: ExactMode, pool: ExactPool) -> list[tuple[range, Way]]:
    """The starts that release, staging, deadline and a running job's freedom leave, for each way of the data; slot 0 in place
    is a range apart.
    """
    last = min(job.deadline, problem.slot_count) - mode.duration
    first_fate = Run(job, mode, pool, 0).fate
    in_place = first_fate.in_place and running.is_allowed(job, first_fate)
    ranges = [(range(min(1, last + 1)), NO_WAY_TO_GO)] if in_place else []
    if running.is_allowed(job, running.Fate.MOVED):
        for way in problem.data_ways(job, problem.sites[pool.site]):
            ranges.append((range(max(job.release + way.slots, 1 if in_place else 0), last + 1), way))
    return [(starts, way) for starts, way in ranges if starts]


def place(problem: ExactProblem, run: Run) -> Placement:
    """The assignment with everything that follows from it. Width and power of a run in pieces are those of its widest piece
    (most GPUs, then most power, then the earliest).
    """
    pool, grid, drawn = run.pool, problem.time_grid, metered(problem, run)
    widest = max(run.pieces, key=_width) if run.pieces else run
    return Placement(
        job=run.job.name,
        mode=run.mode.name,
        pool=pool.name,
        start_slot=run.start,
        site=problem.sites[pool.site].name,
        hall=problem.halls[pool.hall].name,
        end_slot=run.end,
        start_time=grid.start_time + run.start * grid.slot_duration,
        end_time=grid.start_time + run.end * grid.slot_duration,
        gpu_count=widest.mode.gpu_count,
        node_count=demand(widest.mode, widest.pool).node_count,
        it_power_w=widest.mode.it_power_w,
        energy_wh=drawn.energy_wh,
        carbon_mg=drawn.carbon_mg,
        terms=_terms(problem, run, drawn),
        segments=tuple(
            Segment(mode=piece.mode.name, pool=piece.pool.name, start_slot=piece.start, end_slot=piece.end)
            for piece in run.pieces
        ),
        data_from=run.data_from,
        transfers=transfers(problem, run),
    )


def _width(piece: Piece) -> tuple[int, int, int]:
    return piece.mode.gpu_count, piece.mode.it_power_w, -piece.start


def total(breakdowns: Iterable[CostBreakdown]) -> CostBreakdown:
    """Term by term."""
    every = list(breakdowns)
    return CostBreakdown(**{name: sum(map(attrgetter(name), every)) for name in _TERMS})


_TERMS = tuple(field.name for field in fields(CostBreakdown))
