"""A problem with one limit raised or lowered, in the units and names that usages, reasons and shadow prices state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import TypeVar

from optimizer import validate
from optimizer.accounting import ledger
from optimizer.accounting.links import link_label
from optimizer.errors import InvalidProblemError, Violation
from optimizer.exact.links import MB_PER_GB
from optimizer.exact.problem import QuotaScope, exact
from optimizer.exact.resolve import resolved
from optimizer.io.schema import did_you_mean
from optimizer.limits import CHURN_KINDS, HORIZON_KINDS, LimitKind, LimitLabel
from optimizer.problem import ChurnBudget, Hall, Link, Problem, Quota, Resource, Site, Tenant
from optimizer.units import MG_PER_KG, SECONDS_PER_HOUR, W_PER_KW, WH_PER_MWH, seconds

Number = TypeVar("Number", int, float)

#: GPU-hours are rounded up to a whole number of these; well below a GPU-slot of a second.
HOUR_RESOLUTION = Decimal("0.000001")
#: What a change may be multiplied by, and how many multiples are looked at together.
MULTIPLES = range(1, 1_000_000)
MOST_MULTIPLE_COUNT = 100
#: No limit may be as large, in its own unit; a change by more could not be reckoned in decimal digits.
MOST_AMOUNT = 10**18
#: Limits with one number, whatever the slot.
WHOLE_HORIZON_KINDS = HORIZON_KINDS | {LimitKind.TENANT_QUOTA}
_OF_A_GROUP = "what a group may use follows from its kind and its pools; change those"
#: Limits that are none of their own, and what they follow from.
FOLLOWING_KINDS = {
    LimitKind.RESERVATION: "what a reservation leaves to others follows from its pool and holders; change those",
    LimitKind.POOL_PART: "what a part has follows from its pool's nodes and whole domains; change those",
    LimitKind.RECOVERED_HEAT: "recovered heat is what runs give; change the heat offtake",
    LimitKind.GRID_EXPORT: "what a battery may give is what its site draws; change the battery",
    LimitKind.GROUP_DOMAIN: _OF_A_GROUP,
    LimitKind.GROUP_APART: _OF_A_GROUP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitChange:
    """``amount`` more (or, negative, less) of one limit in the slots [first_slot, last_slot].

    In the limit's own unit: W (for a grid connection: at the connection), nodes, GPUs, units, jobs, GPU-slots, MB/h; Wh or mg
    for a budget, which is changed for the horizon.
    """

    kind: LimitKind
    element: str
    amount: int
    first_slot: int
    last_slot: int

    @property
    def unit(self) -> str:
        return self.kind.unit

    def times(self, multiple: int) -> LimitChange:
        return replace(self, amount=multiple * self.amount)


def changed(problem: Problem, change: LimitChange) -> Problem:
    """``problem`` with the limit of ``change`` moved; raises as ``changed_by``."""
    (after,) = changed_by(problem, change, (1,))
    return after


def changed_by(problem: Problem, change: LimitChange, multiples: Sequence[int]) -> tuple[Problem, ...]:
    """``problem`` with the limit of ``change`` moved by each of ``multiples``; all are looked at before any is worked on.

    Raises:
        InvalidProblemError: a multiple is none, the change is of 0, the problem has no such limit, the slots are outside the
            horizon or not the whole of it where the limit has one number, the limit would leave its range, or it is no limit
            of its own (a reservation). Paths begin with ``change`` or ``multiples``.
    """
    check_multiples(multiples)
    problem = resolved(problem).problem
    _check(problem, change, max(multiples))
    return tuple(_sound(_moved_limit(problem, change.times(multiple))) for multiple in multiples)


def check_multiples(multiples: Sequence[int]) -> None:
    """Raises InvalidProblemError where one is outside ``MULTIPLES``, or where there are none or too many."""
    if not 1 <= len(multiples) <= MOST_MULTIPLE_COUNT:
        message = f"there are {len(multiples)} multiples; there must be 1 to {MOST_MULTIPLE_COUNT}"
        raise InvalidProblemError([Violation("multiples", "OUT_OF_RANGE", message)])
    within = f"in [{MULTIPLES[0]}, {MULTIPLES[-1]}]"
    violations = [
        Violation(f"multiples[{index}]", "OUT_OF_RANGE", f"the multiple is {multiple}; it must be {within}")
        for index, multiple in enumerate(multiples)
        if multiple not in MULTIPLES
    ]
    if violations:
        raise InvalidProblemError(violations)


def _moved_limit(problem: Problem, change: LimitChange) -> Problem:
    if change.kind is LimitKind.TENANT_QUOTA:
        return replace(problem, tenants=tuple(_tenant(tenant, change) for tenant in problem.tenants))
    if change.kind in (LimitKind.RESOURCE, LimitKind.CONSUMABLE):
        return _with_resource(problem, change)
    if change.kind in CHURN_KINDS:
        return replace(problem, churn_budget=_churn_budget(problem, change))
    if change.kind is LimitKind.LINK:
        return replace(problem, links=tuple(_link(link, problem.time_grid.slot_count, change) for link in problem.links))
    return replace(problem, sites=tuple(_site(site, problem.time_grid.slot_count, change) for site in problem.sites))


def _sound(problem: Problem) -> Problem:
    """A change may leave the limit's range, or take from a pool what is reserved of it."""
    if violations := validate.validate(problem):
        first = violations[0]
        raise _refused("amount", first.reason, f"the changed problem would break a rule: {first.path}: {first.message}")
    return problem


def _churn_budget(problem: Problem, change: LimitChange) -> ChurnBudget:
    budget = problem.churn_budget or ChurnBudget()
    if change.kind is LimitKind.CHURN_JOBS:
        return replace(budget, max_change_count=_moved_count(budget.max_change_count or 0, change))
    gpu_slots = _moved_count(exact(problem).churn.gpu_slots or 0, change)
    slot_seconds = Decimal(seconds(problem.time_grid.slot_duration))
    hours = (gpu_slots * slot_seconds / SECONDS_PER_HOUR).quantize(HOUR_RESOLUTION, ROUND_CEILING)
    return replace(budget, max_gpu_hours=float(hours))


def _link(link: Link, slot_count: int, change: LimitChange) -> Link:
    if link_label(link.from_site, link.to_site).element != change.element:
        return link
    capacity = link.capacity_gb_per_hour or (link.throughput_gb_per_hour,)
    moved = _moved_series(capacity, slot_count, change, lambda gb: _moved(gb, change.amount, MB_PER_GB, "GB/h"))
    return replace(link, capacity_gb_per_hour=moved)


def _check(problem: Problem, change: LimitChange, most: int) -> None:
    """The limit exists, the slots are some that it has, and the amount, ``most`` times, is one."""
    if change.amount == 0:
        raise _refused("amount", "OUT_OF_RANGE", f"the amount is 0 {change.unit}; it must be more or less")
    if abs(change.amount) * most > MOST_AMOUNT:
        message = f"the amount is {change.amount * most:,} {change.unit}; it must be in [-10^18, 10^18]"
        raise _refused("amount", "OUT_OF_RANGE", message)
    inside = exact(problem)
    labels = [*ledger.slot_limits(inside), *ledger.horizon_limits(inside)]
    if all((label.kind, label.element) != (change.kind, change.element) for label in labels):
        raise _refused("element", "UNKNOWN_NAME", _no_such_limit(labels, change))
    if change.kind in FOLLOWING_KINDS:
        raise _refused("kind", "OUT_OF_RANGE", FOLLOWING_KINDS[change.kind])
    last = problem.time_grid.slot_count - 1
    within = f"slots {change.first_slot} to {change.last_slot} are not within 0 to {last}"
    if not 0 <= change.first_slot <= last:
        raise _refused("first_slot", "OUT_OF_RANGE", within)
    if not change.first_slot <= change.last_slot <= last:
        raise _refused("last_slot", "OUT_OF_RANGE", within)
    if change.kind in WHOLE_HORIZON_KINDS and (change.first_slot, change.last_slot) != (0, last):
        where = "first_slot" if change.first_slot else "last_slot"
        raise _refused(where, "OUT_OF_RANGE", f"{change.kind} has one number for the whole horizon, slots 0 to {last}")


def _no_such_limit(labels: Iterable[LimitLabel], change: LimitChange) -> str:
    near = did_you_mean(change.element, sorted({label.element for label in labels if label.kind is change.kind}))
    return f"the problem has no limit {change.kind} of {change.element!r}{near}"


def _refused(field: str, reason: str, message: str) -> InvalidProblemError:
    return InvalidProblemError([Violation(f"change.{field}", reason, message)])


def _site(site: Site, slot_count: int, change: LimitChange) -> Site:
    if site.name == change.element:
        match change.kind:
            case LimitKind.GRID_IMPORT:
                return replace(site, import_limit_kw=_moved_kw(site.import_limit_kw, slot_count, change))
            case LimitKind.ENERGY_BUDGET:
                return replace(site, energy_budget_mwh=_moved(site.energy_budget_mwh or 0.0, change.amount, WH_PER_MWH, "MWh"))
            case LimitKind.CARBON_BUDGET:
                return replace(site, carbon_budget_kg=_moved(site.carbon_budget_kg or 0.0, change.amount, MG_PER_KG, "kg"))
    return replace(site, halls=tuple(_hall(hall, slot_count, change) for hall in site.halls))


def _hall(hall: Hall, slot_count: int, change: LimitChange) -> Hall:
    if hall.name == change.element:
        match change.kind:
            case LimitKind.HALL_POWER:
                return replace(hall, it_power_limit_kw=_moved_kw(hall.it_power_limit_kw, slot_count, change))
            case LimitKind.LIQUID_COOLING:
                return replace(hall, liquid_cooling_limit_kw=_moved_kw(hall.liquid_cooling_limit_kw, slot_count, change))
            case LimitKind.AIR_COOLING:
                return replace(hall, air_cooling_limit_kw=_moved_kw(hall.air_cooling_limit_kw, slot_count, change))
    if change.kind is not LimitKind.POOL_NODES:
        return hall
    pools = tuple(
        replace(pool, node_count=_moved_series(pool.node_count, slot_count, change, lambda n: _moved_count(n, change)))
        if pool.name == change.element
        else pool
        for pool in hall.pools
    )
    return replace(hall, pools=pools)


def _tenant(tenant: Tenant, change: LimitChange) -> Tenant:
    """The tenant's quota of the scope that ``change`` names; where it states several for one scope, the least holds."""

    def is_meant(quota: Quota) -> bool:
        scope = QuotaScope(quota.site, quota.pool, quota.gpu_model)
        return ledger.quota_label(tenant.name, scope).element == change.element

    least = min((quota.gpu_count for quota in tenant.quotas if is_meant(quota)), default=0)
    quotas = [replace(quota, gpu_count=_moved_count(least, change)) if is_meant(quota) else quota for quota in tenant.quotas]
    return replace(tenant, quotas=tuple(quotas))


def _with_resource(problem: Problem, change: LimitChange) -> Problem:
    """The resource of the pool, site or fleet that the element names: ``owner/name``, or ``name`` for the fleet's."""
    slot_count = problem.time_grid.slot_count

    def moved(owner: str, resources: tuple[Resource, ...]) -> tuple[Resource, ...]:
        return tuple(
            replace(r, capacity=_moved_series(r.capacity, slot_count, change, lambda n: _moved_count(n, change)))
            if change.element == (f"{owner}/{r.name}" if owner else r.name)
            and r.consumable == (change.kind is LimitKind.CONSUMABLE)
            else r
            for r in resources
        )

    def of_site(site: Site) -> Site:
        halls = tuple(
            replace(hall, pools=tuple(replace(p, resources=moved(p.name, p.resources)) for p in hall.pools))
            for hall in site.halls
        )
        return replace(site, resources=moved(site.name, site.resources), halls=halls)

    return replace(problem, resources=moved("", problem.resources), sites=tuple(map(of_site, problem.sites)))


def _moved_kw(series: tuple[float, ...], slot_count: int, change: LimitChange) -> tuple[float, ...]:
    return _moved_series(series, slot_count, change, lambda kw: _moved(kw, change.amount, W_PER_KW, "kW"))


def _moved_series(
    series: tuple[Number, ...], slot_count: int, change: LimitChange, move: Callable[[Number], Number]
) -> tuple[Number, ...]:
    """One number stays one number where all slots are meant."""
    if change.first_slot == 0 and change.last_slot == slot_count - 1:
        return tuple(move(value) for value in series)
    spread: Sequence[Number] = series * slot_count if len(series) == 1 else series
    slots = range(change.first_slot, change.last_slot + 1)
    return tuple(move(value) if slot in slots else value for slot, value in enumerate(spread))


def _moved(value: float, amount: int, scale: int, unit: str) -> float:
    """``value``, in ``unit``, with ``amount / scale`` more, by decimal digits: binary fractions would lose a watt."""
    after = Decimal(repr(value)) + Decimal(amount) / scale
    return float(_not_negative(after, unit))


def _moved_count(value: int, change: LimitChange) -> int:
    return int(_not_negative(Decimal(value + change.amount), change.unit))


def _not_negative(value: Decimal, unit: str) -> Decimal:
    if value < 0:
        raise _refused("amount", "OUT_OF_RANGE", f"the limit would be {value:f} {unit}; it must not be below 0")
    return value
