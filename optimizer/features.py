"""What a problem asks for beyond the core model, each feature with the path of its first use.

The schema has room for these; an engine that cannot do one refuses the problem by name. A setting that changes nothing
(a demand charge of zero, a job that may pause zero times) is not a use.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from enum import StrEnum
from itertools import chain, compress
from operator import attrgetter

from optimizer.errors import UnsupportedFeatureError, Violation
from optimizer.exact.topology import takes_whole_domains
from optimizer.problem import AllocationGranularity, Job, Problem


class Feature(StrEnum):
    """A part of the schema that the core model of docs/model.md, equations (1) to (8), does not state."""

    HALL_COMMITMENT = "HALL_COMMITMENT"
    FLEXIBLE_LOAD = "FLEXIBLE_LOAD"
    HEAT_OFFTAKE = "HEAT_OFFTAKE"
    BATTERY = "BATTERY"
    DEMAND_CHARGE = "DEMAND_CHARGE"
    PREEMPTION = "PREEMPTION"
    PRIORITY_TIERS = "PRIORITY_TIERS"
    GROUPS = "GROUPS"
    PRECEDENCE = "PRECEDENCE"
    LINK_CAPACITY = "LINK_CAPACITY"
    ELASTICITY = "ELASTICITY"
    RUNNING_CHANGES = "RUNNING_CHANGES"
    CHURN_BUDGET = "CHURN_BUDGET"
    RESERVATION_LENDING = "RESERVATION_LENDING"
    QUOTA_SCOPES = "QUOTA_SCOPES"
    SHARE_FLOORS = "SHARE_FLOORS"
    TOPOLOGY = "TOPOLOGY"


#: Features that only say which limits a run draws on and what it is worth: whoever keeps limits and budgets carries them.
LIMIT_FEATURES = frozenset(
    {Feature.RESERVATION_LENDING, Feature.QUOTA_SCOPES, Feature.RUNNING_CHANGES, Feature.CHURN_BUDGET, Feature.TOPOLOGY}
)
#: Features that let jobs run in pieces (``optimizer.columns.lanes``).
PIECE_FEATURES = frozenset({Feature.PREEMPTION, Feature.ELASTICITY})

#: Order and groups.
TIE_FEATURES = frozenset({Feature.GROUPS, Feature.PRECEDENCE})

#: Links that carry no more than so much at once.
LINK_FEATURES = frozenset({Feature.LINK_CAPACITY})

#: Halls that are switched on and off.
HALL_FEATURES = frozenset({Feature.HALL_COMMITMENT})
#: What a site runs beside its jobs (``optimizer.accounting.operation``).
PLANT_FEATURES = frozenset({Feature.FLEXIBLE_LOAD, Feature.DEMAND_CHARGE, Feature.HEAT_OFFTAKE, Feature.BATTERY})

#: What a job alone may ask for, on a fleet that asks for nothing.
JOB_FEATURES = PIECE_FEATURES | {Feature.PRIORITY_TIERS, Feature.RUNNING_CHANGES, Feature.TOPOLOGY}

#: Jobs, halls and links: what every engine places.
PLACED_FEATURES = LIMIT_FEATURES | PIECE_FEATURES | TIE_FEATURES | HALL_FEATURES | LINK_FEATURES | {Feature.SHARE_FLOORS}
#: What needs nothing of an engine: the pipeline asks it tier by tier.
OF_ANY_ENGINE: frozenset[Feature] = frozenset({Feature.PRIORITY_TIERS})


def features(problem: Problem) -> dict[Feature, str]:
    """Each used feature with the path of its first use, ``sites[0].halls[1].commitment``; none for a core problem."""
    first_uses = ((feature, next(uses(problem), None)) for feature, uses in _USES.items())
    return {feature: path for feature, path in first_uses if path is not None}


def carried(placed: frozenset[Feature]) -> frozenset[Feature]:
    """What a problem may use with an engine that places ``placed``."""
    return placed | OF_ANY_ENGINE


#: What to do about a feature that an engine does not carry, beside removing it.
OTHER_ENGINE = "or use another engine"


def require(problem: Problem, supported: frozenset[Feature], who: str, otherwise: str = OTHER_ENGINE) -> Collection[Feature]:
    """The features that ``problem`` uses. Refuses it where ``who`` has not ``supported`` one: nothing asked for is ignored.
    ``otherwise`` says what else than removing it there is to do.

    Raises:
        UnsupportedFeatureError: one violation a feature, at its first use.
    """
    used = features(problem)
    violations = [
        Violation(path, "FEATURE_NOT_SUPPORTED", f"{feature} is not supported by {who}; remove it {otherwise}")
        for feature, path in used.items()
        if feature not in supported
    ]
    if violations:
        raise UnsupportedFeatureError(violations)
    return used.keys()


def _hall_commitments(problem: Problem) -> Iterator[str]:
    for s, site in enumerate(problem.sites):
        for h, hall in enumerate(site.halls):
            if hall.commitment is not None:
                yield f"sites[{s}].halls[{h}].commitment"


def _flexible_loads(problem: Problem) -> Iterator[str]:
    return (f"sites[{s}].flexible_loads[0]" for s, site in enumerate(problem.sites) if site.flexible_loads)


def _heat_offtakes(problem: Problem) -> Iterator[str]:
    return (f"sites[{s}].heat_offtake" for s, site in enumerate(problem.sites) if site.heat_offtake is not None)


def _batteries(problem: Problem) -> Iterator[str]:
    return (f"sites[{s}].battery" for s, site in enumerate(problem.sites) if site.battery is not None)


def _demand_charges(problem: Problem) -> Iterator[str]:
    return (f"sites[{s}].demand_charge_per_kw" for s, site in enumerate(problem.sites) if site.demand_charge_per_kw)


def _jobs_with(problem: Problem, field: str) -> Iterator[tuple[int, Job]]:
    """The jobs that state ``field``, a part of its own, each after its place: the others of a fleet are passed over quickly."""
    return compress(enumerate(problem.jobs), map(attrgetter(field), problem.jobs))


def _preemptions(problem: Problem) -> Iterator[str]:
    for j, job in _jobs_with(problem, "preemption"):
        if job.preemption is not None and job.preemption.max_pause_count:
            yield f"jobs[{j}].preemption"


def _priority_tiers(problem: Problem) -> Iterator[str]:
    return (f"jobs[{j}].priority_tier" for j, job in enumerate(problem.jobs) if job.priority_tier is not None)


def _groups(problem: Problem) -> Iterator[str]:
    return (f"groups[{g}]" for g, _ in enumerate(problem.groups))


def _precedences(problem: Problem) -> Iterator[str]:
    return (f"precedences[{p}]" for p, _ in enumerate(problem.precedences))


def _capacity_limited_links(problem: Problem) -> Iterator[str]:
    for k, link in enumerate(problem.links):
        if link.capacity_limited or link.capacity_gb_per_hour:
            yield f"links[{k}].{'capacity_gb_per_hour' if link.capacity_gb_per_hour else 'capacity_limited'}"


def _elasticities(problem: Problem) -> Iterator[str]:
    for j, job in _jobs_with(problem, "elasticity"):
        may_change = len(job.modes) > 1 or job.work_profile is not None
        if job.elasticity is not None and job.elasticity.max_change_count and may_change:
            yield f"jobs[{j}].elasticity"


def _running_changes(problem: Problem) -> Iterator[str]:
    for j, job in _jobs_with(problem, "running"):
        if job.running is not None and job.running.resize_cost is not None:
            yield f"jobs[{j}].running.resize_cost"
        if job.running is not None and job.running.stop_cost:
            yield f"jobs[{j}].running.stop_cost"


def _churn_budgets(problem: Problem) -> Iterator[str]:
    budget = problem.churn_budget
    if budget is not None and (budget.max_change_count is not None or budget.max_gpu_hours is not None):
        yield "churn_budget"


def _lent_reservations(problem: Problem) -> Iterator[str]:
    for i, tenant in enumerate(problem.tenants):
        for r, reservation in enumerate(tenant.reservations):
            if reservation.reclaim_duration is not None:
                yield f"tenants[{i}].reservations[{r}].reclaim_duration"


def _quota_scopes(problem: Problem) -> Iterator[str]:
    for i, tenant in enumerate(problem.tenants):
        for q, quota in enumerate(tenant.quotas):
            if quota.pool or quota.gpu_model:
                yield f"tenants[{i}].quotas[{q}].{'pool' if quota.pool else 'gpu_model'}"


def _share_floors(problem: Problem) -> Iterator[str]:
    for i, tenant in enumerate(problem.tenants):
        if tenant.share_floor is not None and tenant.share_floor.shortfall_cost_per_gpu_hour:
            yield f"tenants[{i}].share_floor"


def _topology(problem: Problem) -> Iterator[str]:
    for s, site in enumerate(problem.sites):
        for h, hall in enumerate(site.halls):
            for p, pool in enumerate(hall.pools):
                for field in ("whole_domain_count", "maintenance", "failure_buffer_node_count"):
                    value = getattr(pool, field)
                    if any(value) if isinstance(value, tuple) else value:
                        yield f"sites[{s}].halls[{h}].pools[{p}].{field}"
    modes = chain.from_iterable(map(attrgetter("modes"), problem.jobs))
    if AllocationGranularity.DOMAIN not in set(map(attrgetter("allocation_granularity"), modes)):
        return
    for j, job in enumerate(problem.jobs):
        for m, mode in enumerate(job.modes):
            if takes_whole_domains(mode):
                yield f"jobs[{j}].modes[{m}].allocation_granularity"


_USES: dict[Feature, Callable[[Problem], Iterator[str]]] = {
    Feature.HALL_COMMITMENT: _hall_commitments,
    Feature.FLEXIBLE_LOAD: _flexible_loads,
    Feature.HEAT_OFFTAKE: _heat_offtakes,
    Feature.BATTERY: _batteries,
    Feature.DEMAND_CHARGE: _demand_charges,
    Feature.PREEMPTION: _preemptions,
    Feature.PRIORITY_TIERS: _priority_tiers,
    Feature.GROUPS: _groups,
    Feature.PRECEDENCE: _precedences,
    Feature.LINK_CAPACITY: _capacity_limited_links,
    Feature.ELASTICITY: _elasticities,
    Feature.RUNNING_CHANGES: _running_changes,
    Feature.CHURN_BUDGET: _churn_budgets,
    Feature.RESERVATION_LENDING: _lent_reservations,
    Feature.QUOTA_SCOPES: _quota_scopes,
    Feature.SHARE_FLOORS: _share_floors,
    Feature.TOPOLOGY: _topology,
}
