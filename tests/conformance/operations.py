"""The best operation of the plant of a tiny problem by trying all watts on a grid of a kilowatt, slot by slot."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import product

from optimizer.accounting.operation import battery_operation
from optimizer.exact.problem import ExactProblem, ExactSite
from optimizer.solution import FlexibleOperation, HallSchedule, Placement, SiteOperation
from optimizer.units import PPM, RATE_SCALE, W_PER_KW
from optimizer.verify.plan import verify

STEP_W = 1_000
#: Batteries are tried in steps of so much IT power.
STORE_STEP_W = 2_000
UNLIMITED_W = 10**15


def enumerated_operations(
    problem: ExactProblem, placements: Sequence[Placement], schedules: Sequence[HallSchedule]
) -> list[SiteOperation]:
    """One operation a site: the best over every way to run its battery and every peak that it may have.

    ``schedules`` say when each hall that may be switched off is on.

    Beside a battery and below a peak nothing ties slots together.
    """
    plan = [placement.assignment for placement in placements]
    usages = {(use.kind, use.element): use for use in verify(problem, plan, schedules, operations=[]).usages}
    headroom = {name: use.headroom for name, use in usages.items()}
    for schedule in schedules:
        is_on = [any(span.start_slot <= slot < span.end_slot for span in schedule.on) for slot in range(problem.slot_count)]
        name = ("hall_power", schedule.hall)
        headroom[name] = tuple(
            left if on else 0 for left, on in zip(headroom.get(name, (UNLIMITED_W,) * len(is_on)), is_on, strict=True)
        )
    operations = []
    for site in problem.sites:
        if not site.has_plant:
            continue
        used = usages["grid_import", site.name].used if site.import_limit_w else (0,) * problem.slot_count
        best: tuple[int, SiteOperation] | None = None
        for net_w in _net_watts(site):
            drawn_w = [watts + net * pue // PPM for watts, net, pue in zip(used, net_w, site.pue_ppm, strict=True)]
            peaks: list[int | None] = [None]
            if site.demand_charge_micros_per_kw:
                steps = range(0, sum(max(load.power_w) for load in site.flexible_loads) + 1, STEP_W)
                reached = {
                    watts + step * pue // PPM for watts, pue in zip(drawn_w, site.pue_ppm, strict=True) for step in steps
                }
                peaks = [peak for peak in reached if peak >= max(drawn_w)]
            for peak in peaks:
                found = _operation(problem, site.index, placements, headroom, peak, net_w, tuple(drawn_w))
                best = found if best is None or (found is not None and found[0] > best[0]) else best
        operations.append(best[1] if best is not None else SiteOperation(site=site.name))
    return operations


@lru_cache(maxsize=100)
def _net_watts(site: ExactSite) -> list[tuple[int, ...]]:
    """Every way to run the site's battery on the grid that it can hold; no way but rest where it has none."""
    battery = site.battery
    if battery is None:
        return [(0,) * len(site.pue_ppm)]
    levels = [
        [*range(-(out // STORE_STEP_W) * STORE_STEP_W, into + 1, STORE_STEP_W)]
        for into, out in zip(battery.charge_w, battery.discharge_w, strict=True)
    ]
    tried = ((net_w, battery.held_uw(net_w)) for net_w in product(*levels))
    return [
        net_w for net_w, held in tried if min(held) >= 0 and max(held) <= battery.capacity_uw and held[-1] >= battery.final_uw
    ]


def _operation(
    problem: ExactProblem,
    index: int,
    placements: Sequence[Placement],
    headroom: dict[tuple[str, str], tuple[int, ...]],
    peak_w: int | None,
    net_w: tuple[int, ...],
    drawn_w: tuple[int, ...],
) -> tuple[int, SiteOperation] | None:
    """What gains most below a peak, and what it gains less the charge for all of that peak, in rates; None where loads cannot
    draw what the battery gives beyond what else is drawn.
    """
    site = problem.sites[index]
    by_slot = []
    total = -RATE_SCALE * site.demand_charge_micros_per_kw * (peak_w or 0) // W_PER_KW
    halls = {load.hall: problem.halls[load.hall].name for load in site.flexible_loads if load.hall is not None}
    for slot in range(problem.slot_count):
        # at the connection the room is in watts there, PUE included
        room = headroom["grid_import", site.name][slot] if site.import_limit_w else UNLIMITED_W
        if peak_w is not None and site.import_limit_w:
            room -= max(0, site.import_limit_w[slot] - peak_w)
        of_halls = tuple(
            (hall, min(headroom.get((kind, name), (UNLIMITED_W,) * (slot + 1))[slot] for kind in ("hall_power", "air_cooling")))
            for hall, name in halls.items()
        )
        room -= net_w[slot] * site.pue_ppm[slot] // PPM
        least = max(0, -drawn_w[slot]) if site.battery is not None else 0
        found = _best_in_slot(site, slot, room, of_halls, least)
        if found is None:
            return None
        by_slot.append(found[1])
        total += found[0] - net_w[slot] * (site.energy_rate[slot] + site.carbon_rate[slot])
    loads = tuple(
        FlexibleOperation(name=load.name, power_w=tuple(watts[k] for watts in by_slot))
        for k, load in enumerate(site.flexible_loads)
    )
    battery = battery_operation(net_w) if site.battery is not None else None
    heat_w = _sold(problem, index, placements)
    return total, SiteOperation(site=site.name, flexible_loads=loads, heat_w=heat_w, battery=battery)


def _sold(problem: ExactProblem, index: int, placements: Sequence[Placement]) -> tuple[int, ...]:
    """In each slot the liquid heat of all that runs at the site, up to the limit, where it is worth anything."""
    offtake = problem.sites[index].heat_offtake
    if offtake is None:
        return ()
    pools = {pool.name: pool for pool in problem.pools if pool.site == index}
    modes = {(job.name, mode.name): mode for job in problem.jobs for mode in job.modes}
    given = [0] * problem.slot_count
    for placement in placements:
        whole = (placement.mode, placement.pool, placement.start_slot, placement.end_slot)
        parts = [(part.mode, part.pool, part.start_slot, part.end_slot) for part in placement.segments] or [whole]
        for mode_name, pool_name, start, end in parts:
            if (pool := pools.get(pool_name)) is not None:
                mode = modes[placement.job, mode_name]
                share = -(-mode.it_power_w * pool.liquid_share_ppm // PPM)
                for slot in range(start, end):
                    given[slot] += share if mode.liquid_w is None else mode.liquid_w
    limits = zip(given, offtake.most_w, offtake.rate, strict=True)
    return tuple(min(heat, most) if rate > 0 else 0 for heat, most, rate in limits)


@lru_cache(maxsize=100_000)
def _best_in_slot(
    site: ExactSite, slot: int, room: int, of_halls: tuple[tuple[int, int], ...], least: int
) -> tuple[int, tuple[int, ...]] | None:
    """What gains most, and how much, of all watts on the grid that draw ``least`` at the connection; None where none do."""
    nothing: tuple[int, tuple[int, ...]] = (0, (0,) * len(site.flexible_loads))
    best = nothing if least == 0 <= room else None
    for watts in product(*(range(0, load.power_w[slot] + 1, STEP_W) for load in site.flexible_loads)):
        drawn = list(zip(watts, site.flexible_loads, strict=True))
        inside = all(sum(each for each, load in drawn if load.hall == hall) <= left for hall, left in of_halls)
        if inside and least <= -(-sum(watts) * site.pue_ppm[slot] // PPM) <= room:
            gain = sum(each * (load.value_rate[slot] - site.energy_rate[slot] - site.carbon_rate[slot]) for each, load in drawn)
            assert gain % RATE_SCALE == 0, "the problem's rates are whole, so that nothing is rounded"
            best = (gain, watts) if best is None else max(best, (gain, watts))
    return best
