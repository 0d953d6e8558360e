"""The best operation of the plant of a tiny problem by trying all watts on a grid of a kilowatt, slot by slot."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product

from optimizer.exact import ExactProblem
from optimizer.solution import FlexibleOperation, Placement, SiteOperation
from optimizer.units import RATE_SCALE
from optimizer.verify import verify

STEP_W = 1_000


def enumerated_operations(problem: ExactProblem, placements: Sequence[Placement]) -> list[SiteOperation]:
    """One operation a site. What gains most in a slot by itself gains most in all: nothing ties slots together."""
    plan = [placement.assignment for placement in placements]
    headroom = {(use.kind, use.element): use.headroom for use in verify(problem, plan, operations=[]).usages}
    return [_operation(problem, site.index, headroom) for site in problem.sites if site.flexible_loads]


def _operation(problem: ExactProblem, index: int, headroom: dict[tuple[str, str], tuple[int, ...]]) -> SiteOperation:
    site = problem.sites[index]
    by_slot = []
    for slot in range(problem.slot_count):
        room = {where: left[slot] for where, left in headroom.items()}
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
    return SiteOperation(
        site=site.name,
        flexible_loads=tuple(
            FlexibleOperation(name=load.name, power_w=tuple(watts[k] for watts in by_slot))
            for k, load in enumerate(site.flexible_loads)
        ),
    )


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
