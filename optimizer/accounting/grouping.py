"""Groups of jobs as the model counts them: limits that keep a group apart or inside one domain, and the key it shares.

At most one job of a group apart is placed at each site: a limit of one over the horizon. A group in one domain uses, in each
slot, no more nodes of a pool than a domain of it has: a limit by slot that only the group's jobs draw on.
"""

from __future__ import annotations

from optimizer.exact.problem import Claimant, ExactPool, ExactProblem
from optimizer.exact.ties import ExactGroup
from optimizer.limits import LimitKind, LimitLabel
from optimizer.problem import GroupKind

#: The kinds whose placed jobs share a key.
TOGETHER = frozenset({GroupKind.SAME_SITE, GroupKind.SAME_HALL, GroupKind.SAME_POOL, GroupKind.SAME_DOMAIN})


def together(problem: ExactProblem) -> tuple[ExactGroup, ...]:
    """The groups whose placed jobs share a site, hall or pool."""
    return tuple(group for group in problem.groups if group.kind in TOGETHER)


def key(kind: GroupKind, pool: ExactPool) -> int:
    """What the placed jobs of a group of ``kind`` share: the index of the site, hall or pool of each."""
    if kind is GroupKind.SAME_SITE:
        return pool.site
    return pool.hall if kind is GroupKind.SAME_HALL else pool.index


def apart_limits(problem: ExactProblem) -> dict[LimitLabel, int]:
    """One placed job a site for each group of DIFFERENT_SITES."""
    return {
        _apart_label(group.name, site.name): 1
        for group in problem.groups
        if group.kind is GroupKind.DIFFERENT_SITES
        for site in problem.sites
    }


def apart_uses(problem: ExactProblem, claimant: Claimant, pool: ExactPool) -> list[tuple[LimitLabel, int]]:
    """What placing a claimant's job on ``pool`` takes of `apart_limits`."""
    return [(_apart_label(group, problem.sites[pool.site].name), 1) for group in claimant.apart_groups]


def domain_limits(problem: ExactProblem) -> dict[LimitLabel, tuple[int, ...]]:
    """The nodes of one domain of each pool, by slot, for each group of SAME_DOMAIN."""
    return {
        _domain_label(group.name, pool.name): (pool.nodes_per_domain,) * problem.slot_count
        for group in problem.groups
        if group.kind is GroupKind.SAME_DOMAIN
        for pool in problem.pools
    }


def domain_labels(claimant: Claimant, pool: ExactPool) -> list[LimitLabel]:
    """The `domain_limits` that every run of a claimant's job on ``pool`` falls under, with its nodes."""
    return [_domain_label(group, pool.name) for group in claimant.domain_groups]


def _apart_label(group: str, site: str) -> LimitLabel:
    return LimitLabel(LimitKind.GROUP_APART, f"{group}@{site}", "jobs")


def _domain_label(group: str, pool: str) -> LimitLabel:
    return LimitLabel(LimitKind.GROUP_DOMAIN, f"{group}@{pool}", "nodes")
