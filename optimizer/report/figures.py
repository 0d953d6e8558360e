"""What a plan comes to, site by site and pool by pool: the figures behind the tables and charts.

Loads are by slot; power is in watts, nodes in whole nodes. Use of a limit is the result's own (``Result.usages``); nothing
the model decides is worked out again here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

from optimizer.accounting.ledger import total
from optimizer.exact.resolve import resolved
from optimizer.limits import LimitKind
from optimizer.problem import GpuPool, Problem, Site
from optimizer.report.parts import parts_of
from optimizer.solution import CostBreakdown, HallSchedule, LimitUsage, Placement, Result, SiteOperation
from optimizer.units import W_PER_KW

COOLING_KINDS = (LimitKind.LIQUID_COOLING, LimitKind.AIR_COOLING)

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFigures:
    """``node_count`` in service and ``nodes_used``, by slot. ``placements``: what runs here, a run in pieces by its pieces."""

    pool: GpuPool
    hall: str
    placements: tuple[Placement, ...]
    node_count: tuple[int, ...]
    nodes_used: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Watts by slot at the grid connection against its limit; where a site has no limit, IT watts and no ``limit_w``."""

    used_w: tuple[int, ...]
    limit_w: tuple[int, ...] | None

    def share(self, slot: int) -> float:
        """Used share of the limit; 0 without a limit, infinite where something draws from a limit of zero."""
        if self.limit_w is None or self.used_w[slot] <= 0:
            return 0.0
        return self.used_w[slot] / self.limit_w[slot] if self.limit_w[slot] > 0 else float("inf")

    @property
    def peak_slot(self) -> int:
        """The slot nearest its limit; among equals, the one with the most power."""
        return max(range(len(self.used_w)), key=lambda t: (self.share(t), self.used_w[t]))


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFigures:
    """``price_per_mwh`` by slot, empty where the site has none; ``cooling``: use of its halls' liquid and air limits.

    A run counts, with its money, energy and carbon, at the site where it begins; GPU-hours and power are where they are used.
    """

    site: Site
    pools: tuple[PoolFigures, ...]
    placements: tuple[Placement, ...]
    power: Power
    price_per_mwh: tuple[float, ...]
    cooling: tuple[LimitUsage, ...]
    terms: CostBreakdown
    energy_wh: int
    carbon_mg: int
    gpu_hours: float
    operation: SiteOperation | None = None
    standby_w: tuple[int, ...] = ()  # IT watts by slot of halls that are on; empty where none is switched

    @property
    def is_busy(self) -> bool:
        """Whether anything runs there: jobs, or what the site runs beside them."""
        return bool(self.placements) or self.operation is not None


def site_figures(problem: Problem, result: Result) -> tuple[SiteFigures, ...]:
    """The figures of every site, in the problem's order."""
    problem = resolved(problem).problem
    parts = parts_of(problem, result.placements)
    at_site, parts_at_site = _grouped(result.placements, lambda p: p.site), _grouped(parts, lambda p: p.site)
    in_pool = _grouped(parts, lambda p: p.pool)
    operations = {operation.site: operation for operation in result.operations}
    usages = {(u.kind, u.element): u for u in result.usages}
    schedules = {schedule.hall: schedule for schedule in result.hall_schedules}
    slot_count = problem.time_grid.slot_count
    slot_hours = problem.time_grid.slot_duration.total_seconds() / 3600

    def one_site(site: Site) -> SiteFigures:
        placements, here = at_site.get(site.name, ()), parts_at_site.get(site.name, ())
        grid = usages.get((LimitKind.GRID_IMPORT, site.name))
        cooling = [usages.get((kind, hall.name)) for hall in site.halls for kind in COOLING_KINDS]
        return SiteFigures(
            site=site,
            pools=tuple(
                _pool_figures(pool, hall.name, in_pool.get(pool.name, ()), slot_count)
                for hall in site.halls
                for pool in hall.pools
            ),
            placements=placements,
            power=Power(used_w=grid.used, limit_w=grid.capacity)
            if grid
            else Power(used_w=load(here, slot_count, lambda p: p.it_power_w), limit_w=None),
            price_per_mwh=spread(site.energy_price_per_mwh, slot_count),
            cooling=tuple(usage for usage in cooling if usage is not None),
            operation=operations.get(site.name),
            standby_w=_standby_w(site, schedules, slot_count),
            terms=total([p.terms for p in placements] + [own.terms for own in (operations.get(site.name),) if own]),
            energy_wh=sum(p.energy_wh for p in placements),
            carbon_mg=sum(p.carbon_mg for p in placements),
            gpu_hours=sum(p.gpu_count * (p.end_slot - p.start_slot) for p in here) * slot_hours,
        )

    return tuple(one_site(site) for site in problem.sites)


def _standby_w(site: Site, schedules: Mapping[str, HallSchedule], slot_count: int) -> tuple[int, ...]:
    switched = [(hall.commitment, schedules[hall.name].on) for hall in site.halls if hall.name in schedules]
    drawn = [0] * slot_count if switched else []
    for commitment, intervals in switched:
        for slot in (slot for interval in intervals for slot in range(interval.start_slot, interval.end_slot)):
            drawn[slot] += round(commitment.standby_power_kw * W_PER_KW) if commitment is not None else 0
    return tuple(drawn)


def _pool_figures(pool: GpuPool, hall: str, placements: tuple[Placement, ...], slot_count: int) -> PoolFigures:
    return PoolFigures(
        pool=pool,
        hall=hall,
        placements=placements,
        node_count=spread(pool.node_count, slot_count),
        nodes_used=load(placements, slot_count, lambda p: p.node_count),
    )


def _grouped(placements: Iterable[Placement], key: Callable[[Placement], str]) -> dict[str, tuple[Placement, ...]]:
    groups: defaultdict[str, list[Placement]] = defaultdict(list)
    for placement in placements:
        groups[key(placement)].append(placement)
    return {name: tuple(sorted(group, key=lambda p: (p.start_slot, p.job))) for name, group in groups.items()}


def spread(series: Sequence[Number], slot_count: int) -> tuple[Number, ...]:
    """One value for every slot; an unset series stays empty."""
    return tuple(series) * slot_count if len(series) == 1 else tuple(series)


def load(placements: Iterable[Placement], slot_count: int, size: Callable[[Placement], int]) -> tuple[int, ...]:
    """The sum of ``size`` over the placements that run in each slot."""
    steps = [0] * (slot_count + 1)
    for placement in placements:
        steps[placement.start_slot] += size(placement)
        steps[placement.end_slot] -= size(placement)
    return tuple(accumulate(steps))[:slot_count]
