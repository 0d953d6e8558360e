"""What a site runs beside its jobs, its *plant*: what that uses, earns and costs, and what pays best.

Equations (70) to (74) and (80) to (88), in plain loops over integers, as in ``accounting``. What is earned is rounded down and
what is paid is rounded up, each once a site, so that no rounding makes a plan worth more than it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from optimizer.accounting.halls import Schedules
from optimizer.accounting.usage import Usage
from optimizer.exact.problem import ExactFlexibleLoad, ExactProblem, ExactSite
from optimizer.limits import LimitKind, LimitLabel
from optimizer.peaks import Rise, best_peak_uw, charge_micros
from optimizer.solution import BatteryOperation, CostBreakdown, FlexibleOperation, SiteOperation
from optimizer.units import PPM, RATE_SCALE, divide_up


def grid_label(site: ExactSite) -> LimitLabel:
    return LimitLabel(LimitKind.GRID_IMPORT, site.name, "W")


def heat_label(site: ExactSite) -> LimitLabel:
    return LimitLabel(LimitKind.RECOVERED_HEAT, site.name, "W")


def export_label(site: ExactSite) -> LimitLabel:
    return LimitLabel(LimitKind.GRID_EXPORT, site.name, "W")


def flexible_limits(problem: ExactProblem, site: ExactSite, load: ExactFlexibleLoad) -> list[LimitLabel]:
    """The slot limits that each IT watt of a flexible load takes a watt of: its heat goes to the air of its hall.

    Where the site has a battery it gives a watt of ``export_label`` besides.
    """
    limits = []
    if load.hall is not None:
        hall = problem.halls[load.hall]
        if hall.it_power_w is not None:
            limits.append(LimitLabel(LimitKind.HALL_POWER, hall.name, "W"))
        if hall.air_w is not None:
            limits.append(LimitLabel(LimitKind.AIR_COOLING, hall.name, "W"))
    if site.import_limit_w is not None:
        limits.append(grid_label(site))
    return limits


def flexible_rate(site: ExactSite, load: ExactFlexibleLoad, slot: int) -> int:
    """What an IT watt earns in a slot beyond its energy and carbon, in 1e-4 micro-units."""
    return load.value_rate[slot] - site.energy_rate[slot] - site.carbon_rate[slot]


def draws(load: ExactFlexibleLoad, schedules: Schedules, slot: int) -> bool:
    """Whether the hall of ``load`` is on in a slot, or there is none that may be switched off."""
    return load.hall is None or load.hall not in schedules or schedules[load.hall][slot]


def best_operations(
    problem: ExactProblem, used: Usage, schedules: Schedules, net_w: Mapping[str, Sequence[int]] | None = None
) -> tuple[SiteOperation, ...]:
    """What pays best in the room that ``used`` leaves, standby of halls that are on in ``schedules`` included; one operation
    a site that has a plant.

    ``net_w``: by site, what goes into its battery in each slot and, below 0, comes out; others rest.

    In a slot a load takes as many watts of its hall as of the connection, so the limits are nested sets of loads, and
    filling them in the order of what a watt earns is exact (Edmonds, 1970); ties go to the first load. Where a demand charge
    ties the slots together, they are filled up to the peak that pays best, in whole watts (``optimizer.peaks``).
    """
    given = {} if net_w is None else net_w
    sites = [site for site in problem.sites if site.has_plant]
    return tuple(_best_operation(problem, site, used, schedules, given.get(site.name)) for site in sites)


def _best_operation(
    problem: ExactProblem, site: ExactSite, used: Usage, schedules: Schedules, net_w: Sequence[int] | None
) -> SiteOperation:
    battery = None if site.battery is None or net_w is None else battery_operation(net_w)
    beside = used if battery is None else with_operations(problem, used, [SiteOperation(site=site.name, battery=battery)])
    needed = _needed_w(site, beside)
    steps = [_fill(problem, site, beside, schedules, slot, needed[slot]) for slot in range(problem.slot_count)]
    if site.demand_charge_micros_per_kw:
        steps = _up_to_best_peak(site, beside.slot_used[grid_label(site)], steps, needed)
    power = [[0] * problem.slot_count for _ in site.flexible_loads]
    for slot, step in enumerate(steps):
        for index, watts in step:
            power[index][slot] = watts
    drawn = tuple(
        FlexibleOperation(name=load.name, power_w=tuple(watts)) for load, watts in zip(site.flexible_loads, power, strict=True)
    )
    operation = SiteOperation(site=site.name, flexible_loads=drawn, heat_w=_best_heat(site, used), battery=battery)
    return with_terms(site, operation, used)


def most_held_uw(site: ExactSite) -> int:
    """The most that the battery of a site, which has one, can hold at the end, with nothing else there to draw."""
    assert site.battery is not None
    held = site.battery.initial_uw
    for slot, most in enumerate(site.battery.charge_w):
        free = max(0, (site.it_limit_w(slot) or 0) - site.resting_w(slot))
        held = min(site.battery.capacity_uw, held + min(most, free) * site.battery.stored_uw[slot])
    return held


def battery_operation(net_w: Sequence[int]) -> BatteryOperation:
    """What goes in and what comes out; never both in a slot."""
    return BatteryOperation(
        charge_w=tuple(max(0, watts) for watts in net_w), discharge_w=tuple(max(0, -watts) for watts in net_w)
    )


def _needed_w(site: ExactSite, used: Usage) -> list[int]:
    """By slot, what flexible load has to draw because the battery gives more than the rest of its site draws."""
    if site.battery is None:
        return [0] * len(site.pue_ppm)
    label = export_label(site)
    return [max(0, use - most) for use, most in zip(used.slot_used[label], used.slot_capacity[label], strict=True)]


def _best_heat(site: ExactSite, used: Usage) -> tuple[int, ...]:
    """All that runs give, up to the limit, where it is worth anything."""
    if site.heat_offtake is None:
        return ()
    given = [max(0, -use) for use in used.slot_used[heat_label(site)]]
    offered = zip(given, site.heat_offtake.most_w, site.heat_offtake.rate, strict=True)
    return tuple(min(heat, most) if rate else 0 for heat, most, rate in offered)


def _fill(
    problem: ExactProblem, site: ExactSite, used: Usage, schedules: Schedules, slot: int, needed_w: int
) -> list[tuple[int, int]]:
    """(load, watts) in the order in which a slot is filled; at a loss only for the first ``needed_w`` watts."""
    loads = site.flexible_loads
    limits = [flexible_limits(problem, site, load) for load in loads]
    left = {
        label: max(0, used.slot_capacity[label][slot] - used.slot_used[label][slot]) for labels in limits for label in labels
    }
    rates = [flexible_rate(site, load, slot) for load in loads]
    filled = []
    for index in sorted(range(len(loads)), key=lambda k: -rates[k]):
        if rates[index] <= 0 and needed_w <= 0:
            break
        if not draws(loads[index], schedules, slot):
            continue
        watts = min([loads[index].power_w[slot], *(left[label] for label in limits[index])])
        watts = watts if rates[index] > 0 else min(watts, needed_w)
        needed_w -= watts
        filled.append((index, watts))
        for label in limits[index]:
            left[label] -= watts
    return filled


def _up_to_best_peak(
    site: ExactSite, jobs_w: Sequence[int], steps: Sequence[list[tuple[int, int]]], needed_w: Sequence[int]
) -> list[list[tuple[int, int]]]:
    """``steps`` cut off where the draw would pass the peak that pays best beside jobs that take ``jobs_w`` by slot.

    The first ``needed_w`` of each slot stay.
    """
    least = max(site.draw_uw(slot, watts + needed_w[slot]) for slot, watts in enumerate(jobs_w))
    peak = best_peak_uw(_rises(site, jobs_w, steps), least, site.demand_charge_micros_per_kw)
    cut = []
    for slot, step in enumerate(steps):
        room = (peak - site.draw_uw(slot, jobs_w[slot])) // site.pue_ppm[slot]
        kept = []
        for index, watts in step:
            kept.append((index, min(watts, room)))
            room -= kept[-1][1]
        cut.append(kept)
    return cut


def _rises(site: ExactSite, jobs_w: Sequence[int], steps: Sequence[list[tuple[int, int]]]) -> Iterator[Rise]:
    for slot, step in enumerate(steps):
        drawn = jobs_w[slot]
        for index, watts in step:
            rate = flexible_rate(site, site.flexible_loads[index], slot)
            yield Rise(site.draw_uw(slot, drawn), site.draw_uw(slot, drawn + watts), rate, site.pue_ppm[slot])
            drawn += watts


def with_terms(site: ExactSite, operation: SiteOperation, used: Usage) -> SiteOperation:
    """``operation`` with its peak, what its battery holds and its part of the objective, beside the jobs of ``used``."""
    if site.battery is not None:
        battery = operation.battery or battery_operation([0] * len(site.pue_ppm))
        held = site.battery.held_uw(battery.net_w)
        battery = replace(battery, energy_wh=tuple(site.battery.energy_wh(energy) for energy in held))
        operation = replace(operation, battery=battery)
    peak_uw = _peak_uw(site, operation, used) if site.demand_charge_micros_per_kw else 0
    return replace(operation, peak_w=divide_up(peak_uw, PPM), terms=_terms(site, operation, peak_uw))


def _peak_uw(site: ExactSite, operation: SiteOperation, used: Usage) -> int:
    """The largest draw at the connection, overhead included."""
    drawn = list(used.slot_used[grid_label(site)])
    for item in operation.flexible_loads:
        drawn = [watts + more for watts, more in zip(drawn, item.power_w, strict=True)]
    if operation.battery is not None:
        drawn = [watts + more for watts, more in zip(drawn, operation.battery.net_w, strict=True)]
    return max(site.draw_uw(slot, watts) for slot, watts in enumerate(drawn))


def _terms(site: ExactSite, operation: SiteOperation, peak_uw: int) -> CostBreakdown:
    """What a well-formed operation earns and costs: equations (72), (74), (82) and (88)."""
    loads = {load.name: load for load in site.flexible_loads}
    earned = energy = carbon = 0
    for item in operation.flexible_loads:
        for slot, watts in enumerate(item.power_w):
            earned += watts * loads[item.name].value_rate[slot]
            energy += watts * site.energy_rate[slot]
            carbon += watts * site.carbon_rate[slot]
    if site.battery is not None and operation.battery is not None:
        for slot, watts in enumerate(operation.battery.net_w):
            energy += watts * site.battery.energy_rate[slot]
            carbon += watts * site.battery.carbon_rate[slot]
    sold = sum(watts * rate for watts, rate in zip(operation.heat_w, _heat_rate(site)))
    return CostBreakdown(
        flexible_value_micros=earned // RATE_SCALE,
        energy_cost_micros=divide_up(energy, RATE_SCALE),
        carbon_cost_micros=divide_up(carbon, RATE_SCALE),
        demand_charge_micros=charge_micros(site.demand_charge_micros_per_kw, peak_uw),
        heat_value_micros=sold // RATE_SCALE,
    )


def _heat_rate(site: ExactSite) -> Sequence[int]:
    return () if site.heat_offtake is None else site.heat_offtake.rate


def heat_micros(site: ExactSite, operation: SiteOperation) -> tuple[int, ...]:
    """What heat is sold for in each slot, rounded down; for people to read."""
    sold = operation.heat_w or (0,) * len(site.pue_ppm)
    return tuple(watts * rate // RATE_SCALE for watts, rate in zip(sold, _heat_rate(site) or sold, strict=True))


def battery_saved_micros(site: ExactSite, operation: BatteryOperation) -> int:
    """Energy and carbon of what comes out less those of what goes in, rounded down; for people to read."""
    rates = zip(site.energy_rate, site.carbon_rate, strict=True)
    return -divide_up(sum(net * sum(rate) for net, rate in zip(operation.net_w, rates, strict=True)), RATE_SCALE)


def flexible_value_micros(site: ExactSite, operation: SiteOperation) -> tuple[int, ...]:
    """What flexible load earns in each slot, rounded down; for people to read."""
    loads = {load.name: load for load in site.flexible_loads}
    return tuple(
        sum(item.power_w[slot] * loads[item.name].value_rate[slot] for item in operation.flexible_loads) // RATE_SCALE
        for slot in range(len(site.pue_ppm))
    )


def with_batteries(problem: ExactProblem, used: Usage, operations: Sequence[SiteOperation]) -> Usage:
    """``used`` with what the batteries of well-formed ``operations`` take; the rest of a plant gives way to jobs."""
    alone = [SiteOperation(site=item.site, battery=item.battery) for item in operations if item.battery is not None]
    return with_operations(problem, used, alone)


def with_operations(problem: ExactProblem, used: Usage, operations: Sequence[SiteOperation]) -> Usage:
    """``used`` with what well-formed ``operations`` take."""
    slot_used = {label: list(use) for label, use in used.slot_used.items()}
    sites = {site.name: site for site in problem.sites}
    for operation in operations:
        site = sites[operation.site]
        loads = {load.name: load for load in site.flexible_loads}
        for item in operation.flexible_loads:
            for label in flexible_limits(problem, site, loads[item.name]):
                slot_used[label] = _sum(slot_used[label], item.power_w)
            if site.battery is not None:
                slot_used[export_label(site)] = _difference(slot_used[export_label(site)], item.power_w)
        if operation.heat_w:
            slot_used[heat_label(site)] = _sum(slot_used[heat_label(site)], operation.heat_w)
        if operation.battery is not None:
            slot_used[grid_label(site)] = _sum(slot_used[grid_label(site)], operation.battery.net_w)
            slot_used[export_label(site)] = _difference(slot_used[export_label(site)], operation.battery.net_w)
    return replace(used, slot_used=slot_used)


def _sum(used: Sequence[int], watts: Sequence[int]) -> list[int]:
    return [use + more for use, more in zip(used, watts, strict=True)]


def _difference(used: Sequence[int], watts: Sequence[int]) -> list[int]:
    return [use - less for use, less in zip(used, watts, strict=True)]
