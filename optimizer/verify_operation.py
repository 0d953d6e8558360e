"""The rules of what a site runs beside its jobs, down to one watt in one slot; limits are checked with those of the jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from optimizer.exact import ExactProblem, ExactSite
from optimizer.operation import with_terms
from optimizer.rules import Rule, RuleViolation
from optimizer.solution import FlexibleOperation, SiteOperation
from optimizer.usage import Usage


def check_operations(
    problem: ExactProblem, operations: Sequence[SiteOperation], used: Usage
) -> tuple[tuple[SiteOperation, ...], list[RuleViolation]]:
    """The well-formed part of ``operations``, with recomputed terms, and every rule that they break by themselves.

    A site with a plant and no operation runs none, and pays for the peak of the jobs in ``used``.
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
            loads, found = _check_loads(problem, site, operation)
            violations += found
            heat, found = _check_heat(problem, site, operation)
            violations += found
            kept.append(with_terms(site, replace(operation, flexible_loads=loads, heat_w=heat), used))
    idle = [site for site in problem.sites if site.has_plant and site.name not in seen]
    kept += [with_terms(site, SiteOperation(site=site.name), used) for site in idle]
    return tuple(kept), violations


def _check_loads(
    problem: ExactProblem, site: ExactSite, operation: SiteOperation
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
    return tuple(kept), violations


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
