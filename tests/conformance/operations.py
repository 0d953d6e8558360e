"""The best operation of the plant of a tiny problem by trying all watts on a grid of a kilowatt, slot by slot."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product

from optimizer.exact import ExactProblem
from optimizer.solution import FlexibleOperation, Placement, SiteOperation
from optimizer.units import PPM, RATE_SCALE, W_PER_KW
from optimizer.verify import verify

STEP_W = 1_000


def enumerated_operations(problem: ExactProblem, placements: Sequence[Placement]) -> list[SiteOperation]:
    """One operation a site: the best over every peak that it may have. Below a peak nothing ties slots together."""
    plan = [placement.assignment for placement in placements]
    usages = {(use.kind, use.element): use for use in verify(problem, plan, operations=[]).usages}
    headroom = {name: use.headroom for name, use in usages.items()}
    operations = []
    for site in problem.sites:
        if not site.has_plant:
            continue
        peaks: list[int | None] = [None]
        if site.demand_charge_micros_per_kw:
            drawn_w = usages["grid_import", site.name].used
            steps = range(0, sum(max(load.power_w) for load in site.flexible_loads) + 1, STEP_W)
            reached = {watts + step * pue // PPM for watts, pue in zip(drawn_w, site.pue_ppm, strict=True) for step in steps}
            peaks = [peak for peak in reached if peak >= max(drawn_w)]
        tried = (_operation(problem, site.index, headroom, peak) for peak in peaks)
        operations.append(max(tried, key=lambda found: found[0])[1])
    return operations


def _operation(
    problem: ExactProblem, index: int, headroom: dict[tuple[str, str], tuple[int, ...]], peak_w: int | None
) -> tuple[int, SiteOperation]:
    """What gains most below a peak, and what it gains less the charge for all of that peak, in rates."""
    site = problem.sites[index]
    by_slot = []
    total = -RATE_SCALE * site.demand_charge_micros_per_kw * (peak_w or 0) // W_PER_KW
    for slot in range(problem.slot_count):
        room = {where: left[slot] for where, left in headroom.items()}
        if peak_w is not None:
            limit = site.import_limit_w[slot] if site.import_limit_w else 0
            room["grid_import", site.name] -= max(0, limit - peak_w)
        best: tuple[int, tuple[int, ...]] = (0, (0,) * len(site.flexible_loads))
        for watts in product(*(_grid(load.power_w[slot]) for load in site.flexible_loads)):
            if _fits(problem, index, slot, watts, room):
                gain = sum(
                    each * (load.value_rate[slot] - site.energy_rate[slot] - site.carbon_rate[slot])
                    for each, load in zip(watts, site.flexible_loads, strict=True)
                )
                assert gain % RATE_SCALE == 0, "the problem's rates are whole, so that nothing is rounded"
                best = max(best, (gain, watts))
        by_slot.append(best[1])
        total += best[0]
    loads = tuple(
        FlexibleOperation(name=load.name, power_w=tuple(watts[k] for watts in by_slot))
        for k, load in enumerate(site.flexible_loads)
    )
    return total, SiteOperation(site=site.name, flexible_loads=loads)


@cache
def _grid(most: int) -> tuple[int, ...]:
    return tuple(range(0, most + 1, STEP_W))


def _fits(problem: ExactProblem, index: int, slot: int, watts: tuple[int, ...], room: dict[tuple[str, str], int]) -> bool:
    site = problem.sites[index]
    for hall in problem.halls:
        inside = sum(each for each, load in zip(watts, site.flexible_loads, strict=True) if load.hall == hall.index)
        if any(inside > room.get((kind, hall.name), inside) for kind in ("hall_power", "air_cooling")):
            return False
    # at the connection the room is in watts there, PUE included
    total = sum(watts)
    return -(-total * site.pue_ppm[slot] // 1_000_000) <= room.get(("grid_import", site.name), 10**15)
