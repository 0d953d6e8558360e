"""What a site runs beside its jobs: what that uses, earns and costs, and what pays best. Equations (70) to (72).

Plain loops over integers, as in ``accounting``. What is earned is rounded down and what is paid is rounded up, each once a
site, so that no rounding makes a plan worth more than it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from optimizer.exact import ExactFlexibleLoad, ExactProblem, ExactSite
from optimizer.limits import LimitKind, LimitLabel
from optimizer.solution import CostBreakdown, FlexibleOperation, SiteOperation
from optimizer.units import RATE_SCALE, divide_up
from optimizer.usage import Usage


def flexible_limits(problem: ExactProblem, site: ExactSite, load: ExactFlexibleLoad) -> list[LimitLabel]:
    """The slot limits that each IT watt of a flexible load takes a watt of: its heat goes to the air of its hall."""
    limits = []
    if load.hall is not None:
        hall = problem.halls[load.hall]
        if hall.it_power_w is not None:
            limits.append(LimitLabel(LimitKind.HALL_POWER, hall.name, "W"))
        if hall.air_w is not None:
            limits.append(LimitLabel(LimitKind.AIR_COOLING, hall.name, "W"))
    if site.import_limit_w is not None:
        limits.append(LimitLabel(LimitKind.GRID_IMPORT, site.name, "W"))
    return limits


def flexible_rate(site: ExactSite, load: ExactFlexibleLoad, slot: int) -> int:
    """What an IT watt earns in a slot beyond its energy and carbon, in 1e-4 micro-units."""
    return load.value_rate[slot] - site.energy_rate[slot] - site.carbon_rate[slot]


def best_operations(problem: ExactProblem, used: Usage) -> tuple[SiteOperation, ...]:
    """What pays best in the room that ``used`` leaves; one operation a site that has a plant.

    In a slot a load takes as many watts of its hall as of the connection, so the limits are nested sets of loads, and
    filling them in the order of what a watt earns is exact (Edmonds, 1970); ties go to the first load.
    """
    return tuple(_best_operation(problem, site, used) for site in problem.sites if site.flexible_loads)


def _best_operation(problem: ExactProblem, site: ExactSite, used: Usage) -> SiteOperation:
    loads = site.flexible_loads
    limits = [flexible_limits(problem, site, load) for load in loads]
    labels = {label for own in limits for label in own}
    power = [[0] * problem.slot_count for _ in loads]
    for slot in range(problem.slot_count):
        left = {label: max(0, used.slot_capacity[label][slot] - used.slot_used[label][slot]) for label in labels}
        rates = [flexible_rate(site, load, slot) for load in loads]
        for index in sorted(range(len(loads)), key=lambda k: -rates[k]):
            if rates[index] <= 0:
                break
            watts = min([loads[index].power_w[slot], *(left[label] for label in limits[index])])
            power[index][slot] = watts
            for label in limits[index]:
                left[label] -= watts
    drawn = tuple(FlexibleOperation(name=load.name, power_w=tuple(watts)) for load, watts in zip(loads, power, strict=True))
    return with_terms(site, SiteOperation(site=site.name, flexible_loads=drawn))


def with_terms(site: ExactSite, operation: SiteOperation) -> SiteOperation:
    """``operation`` with its part of the objective."""
    return replace(operation, terms=operation_terms(site, operation))


def operation_terms(site: ExactSite, operation: SiteOperation) -> CostBreakdown:
    """What a well-formed operation earns and costs: equation (72)."""
    loads = {load.name: load for load in site.flexible_loads}
    earned = energy = carbon = 0
    for item in operation.flexible_loads:
        for slot, watts in enumerate(item.power_w):
            earned += watts * loads[item.name].value_rate[slot]
            energy += watts * site.energy_rate[slot]
            carbon += watts * site.carbon_rate[slot]
    return CostBreakdown(
        flexible_value_micros=earned // RATE_SCALE,
        energy_cost_micros=divide_up(energy, RATE_SCALE),
        carbon_cost_micros=divide_up(carbon, RATE_SCALE),
    )


def gained_micros(site: ExactSite, operation: SiteOperation) -> tuple[int, ...]:
    """What the operation gains in each slot beyond its energy and carbon, rounded down; for people to read."""
    loads = {load.name: load for load in site.flexible_loads}
    return tuple(
        sum(item.power_w[slot] * flexible_rate(site, loads[item.name], slot) for item in operation.flexible_loads) // RATE_SCALE
        for slot in range(len(site.pue_ppm))
    )


def with_operations(problem: ExactProblem, used: Usage, operations: Sequence[SiteOperation]) -> Usage:
    """``used`` with what well-formed ``operations`` take."""
    slot_used = {label: list(use) for label, use in used.slot_used.items()}
    sites = {site.name: site for site in problem.sites}
    for operation in operations:
        site = sites[operation.site]
        loads = {load.name: load for load in site.flexible_loads}
        for item in operation.flexible_loads:
            for label in flexible_limits(problem, site, loads[item.name]):
                slot_used[label] = [use + watts for use, watts in zip(slot_used[label], item.power_w, strict=True)]
    return replace(used, slot_used=slot_used)
