"""The rules of what a site runs beside its jobs, down to one watt in one slot; limits are checked with those of the jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from optimizer.accounting.halls import Schedules
from optimizer.accounting.operation import draws, with_terms
from optimizer.accounting.usage import Usage
from optimizer.exact.problem import ExactBattery, ExactFlexibleLoad, ExactProblem, ExactSite
from optimizer.solution import BatteryOperation, FlexibleOperation, SiteOperation
from optimizer.verify.rules import Rule, RuleViolation


def check_operations(
    problem: ExactProblem, operations: Sequence[SiteOperation], used: Usage, schedules: Schedules
) -> tuple[tuple[SiteOperation, ...], list[RuleViolation]]:
    """The well-formed part of ``operations``, with recomputed terms, and every rule that they break by themselves.

    ``schedules`` say when halls are on, without which the flexible loads in them draw nothing.
    A site with a plant and no operation runs none, and pays for the peak of the jobs in ``used``; its battery rests.
    """
    sites = {site.name: site for site in problem.sites}
    kept: list[SiteOperation] = []
    violations: list[RuleViolation] = []
    seen: set[str] = set()
    for operation in operations:
        site = sites.get(operation.site)
        if site is None:
            violations.append(_malformed(operation.site, f"no site is named {operation.site!r}"))
        elif operation.site in seen:
            violations.append(_malformed(operation.site, f"the operation of site {operation.site!r} is stated twice"))
        else:
            seen.add(operation.site)
            loads, found = _check_loads(problem, site, operation, schedules)
            violations += found
            heat, found = _check_heat(problem, site, operation)
            violations += found
            battery, found = _check_battery(problem, site, operation)
            violations += found
            kept.append(with_terms(site, replace(operation, flexible_loads=loads, heat_w=heat, battery=battery), used))
    idle = [site for site in problem.sites if site.has_plant and site.name not in seen]
    for site in idle:
        violations += _check_battery(problem, site, SiteOperation(site=site.name))[1]
        kept.append(with_terms(site, SiteOperation(site=site.name), used))
    return tuple(kept), violations


def check_resting(problem: ExactProblem) -> list[RuleViolation]:
    """What batteries break that rest: one may have to hold more at the end than at the start."""
    return [broken for site in problem.sites for broken in _check_battery(problem, site, SiteOperation(site=site.name))[1]]


def _check_loads(
    problem: ExactProblem, site: ExactSite, operation: SiteOperation, schedules: Schedules
) -> tuple[tuple[FlexibleOperation, ...], list[RuleViolation]]:
    loads = {load.name: load for load in site.flexible_loads}
    kept: list[FlexibleOperation] = []
    violations: list[RuleViolation] = []
    for item in operation.flexible_loads:
        load = loads.pop(item.name, None)
        if load is None:
            message = f"site {site.name!r} has no flexible load {item.name!r}, or it is stated twice"
            violations.append(_malformed(item.name, message))
        elif len(item.power_w) != problem.slot_count:
            message = f"flexible load {item.name!r} has {len(item.power_w)} numbers for {problem.slot_count} slots"
            violations.append(_malformed(item.name, message))
        else:
            kept.append(item)
            violations += _out_of_range(load.name, f"flexible load {load.name!r} draws", item.power_w, load.power_w)
            violations += _in_hall_that_is_off(problem, load, item.power_w, schedules)
    return tuple(kept), violations


def _in_hall_that_is_off(
    problem: ExactProblem, load: ExactFlexibleLoad, power_w: Sequence[int], schedules: Schedules
) -> Iterator[RuleViolation]:
    """Wherever a load draws while its hall is off."""
    for slot, watts in enumerate(power_w):
        if watts > 0 and load.hall is not None and not draws(load, schedules, slot):
            hall = problem.halls[load.hall].name
            message = f"hall {hall!r} is off in slot {slot}, in which flexible load {load.name!r} draws {watts:,} W there"
            yield RuleViolation(rule=Rule.HALL_OFF, element=hall, slot=slot, amount=watts, unit="W", message=message)


def _check_heat(
    problem: ExactProblem, site: ExactSite, operation: SiteOperation
) -> tuple[tuple[int, ...], list[RuleViolation]]:
    """What is sold is liquid heat that runs give: that it is there is a limit like others."""
    if not operation.heat_w:
        return (), []
    if site.heat_offtake is None:
        return (), [_malformed(site.name, f"site {site.name!r} sells no heat")]
    if len(operation.heat_w) != problem.slot_count:
        message = f"heat sold at site {site.name!r} has {len(operation.heat_w)} numbers for {problem.slot_count} slots"
        return (), [_malformed(site.name, message)]
    words = f"site {site.name!r} sells the heat of"
    return operation.heat_w, list(_out_of_range(site.name, words, operation.heat_w, site.heat_offtake.most_w))


def _check_battery(
    problem: ExactProblem, site: ExactSite, operation: SiteOperation
) -> tuple[BatteryOperation | None, list[RuleViolation]]:
    """What goes in and out is in range, one way in a slot, and what is held stays between nothing and the capacity.

    That nothing is exported is a limit like others.
    """
    stated = operation.battery
    if site.battery is None:
        found = [] if stated is None else [_malformed(site.name, f"site {site.name!r} has no battery")]
        return None, found
    rests = (0,) * problem.slot_count
    battery = BatteryOperation(charge_w=rests, discharge_w=rests) if stated is None else stated
    for words, watts in (("charge_w", battery.charge_w), ("discharge_w", battery.discharge_w)):
        if len(watts) != problem.slot_count:
            message = f"{words} of the battery at {site.name!r} has {len(watts)} numbers for {problem.slot_count} slots"
            return None, [_malformed(site.name, message)]
    violations = [
        *_out_of_range(site.name, f"the battery at {site.name!r} takes", battery.charge_w, site.battery.charge_w),
        *_out_of_range(site.name, f"the battery at {site.name!r} gives", battery.discharge_w, site.battery.discharge_w),
    ]
    for slot, (into, out) in enumerate(zip(battery.charge_w, battery.discharge_w, strict=True)):
        if into and out:
            message = (
                f"the battery at {site.name!r} takes {into:,} W and gives {out:,} W in slot {slot}; it does one or the other"
            )
            amount = min(into, out)
            violations.append(
                RuleViolation(
                    rule=Rule.BATTERY_BOTH_WAYS, element=site.name, slot=slot, amount=amount, unit="W", message=message
                )
            )
    return battery, violations + list(_energy_out_of_range(site.name, site.battery, battery.net_w))


def _energy_out_of_range(element: str, battery: ExactBattery, net_w: Sequence[int]) -> Iterator[RuleViolation]:
    """Wherever it holds less than nothing or more than there is room for, and where it ends with too little."""
    held = battery.held_uw(net_w)
    least = [0] * (len(held) - 1) + [battery.final_uw]
    for slot, (energy, low) in enumerate(zip(held, least, strict=True)):
        if not low <= energy <= battery.capacity_uw:
            yield RuleViolation(
                rule=Rule.BATTERY_ENERGY_OUT_OF_RANGE,
                element=element,
                slot=slot,
                amount=low - energy if energy < low else energy - battery.capacity_uw,
                unit="microwatt-slots",
                message=f"the battery at {element!r} holds {energy:,} microwatt-slots after slot {slot}; it must be in "
                f"[{low:,}, {battery.capacity_uw:,}]",
            )


def _out_of_range(element: str, words: str, watts: Sequence[int], most: Sequence[int]) -> Iterator[RuleViolation]:
    for slot, (amount, limit) in enumerate(zip(watts, most, strict=True)):
        if not 0 <= amount <= limit:
            yield RuleViolation(
                rule=Rule.OPERATION_OUT_OF_RANGE,
                element=element,
                slot=slot,
                amount=amount - limit if amount > limit else -amount,
                unit="W",
                message=f"{words} {amount:,} W in slot {slot}; it may be 0 to {limit:,} W",
            )


def _malformed(element: str, message: str) -> RuleViolation:
    return RuleViolation(rule=Rule.OPERATION_MALFORMED, element=element, message=message)
