"""What ties jobs to each other, in slots and by name: order, and groups that belong together or apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from optimizer import units
from optimizer.problem import Group, GroupKind, Precedence, TimeGrid


@dataclass(frozen=True, slots=True)
class ExactPrecedence:
    """``successor`` runs only if ``predecessor`` does, and starts at or after its end plus ``lag`` slots."""

    predecessor: str
    successor: str
    lag: int


@dataclass(frozen=True, slots=True)
class ExactGroup:
    name: str
    kind: GroupKind
    jobs: tuple[str, ...]


def exact_precedences(precedences: Iterable[Precedence], grid: TimeGrid) -> tuple[ExactPrecedence, ...]:
    """Lags rounded up to whole slots."""
    return tuple(ExactPrecedence(p.predecessor, p.successor, units.slots_up(p.lag, grid.slot_duration)) for p in precedences)


def exact_groups(groups: Iterable[Group]) -> tuple[ExactGroup, ...]:
    """The groups that say anything: one job alone is always together, and apart."""
    return tuple(ExactGroup(group.name, group.kind, group.jobs) for group in groups if _says_anything(group))


def _says_anything(group: Group) -> bool:
    # one job alone can still be too wide for one domain
    return len(group.jobs) > 1 or group.kind is GroupKind.SAME_DOMAIN


def memberships(groups: Iterable[ExactGroup], kind: GroupKind) -> dict[str, tuple[str, ...]]:
    """Names of the groups of ``kind`` by job."""
    found: dict[str, tuple[str, ...]] = {}
    for group in groups:
        if group.kind is kind:
            for job in group.jobs:
                found[job] = (*found.get(job, ()), group.name)
    return found


def must_run(mandatory: Iterable[str], precedences: Iterable[ExactPrecedence]) -> frozenset[str]:
    """``mandatory`` jobs and all that some of them wait for, directly or not."""
    predecessors: dict[str, list[str]] = {}
    for precedence in precedences:
        predecessors.setdefault(precedence.successor, []).append(precedence.predecessor)
    found: set[str] = set()
    left = list(mandatory)
    while left:
        job = left.pop()
        if job not in found:
            found.add(job)
            left += predecessors.get(job, ())
    return frozenset(found)
