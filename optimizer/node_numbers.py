"""The answer to "which nodes": placements bound to numbered nodes and domains. Types only; ``optimizer.binding`` makes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRange:
    """The nodes ``first_node`` to ``first_node + node_count - 1`` of a pool, numbered from 0."""

    first_node: int
    node_count: int

    @property
    def nodes(self) -> range:
        return range(self.first_node, self.first_node + self.node_count)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundRun:
    """A piece of a run, ``[start_slot, end_slot)`` on ``pool``, with its nodes and the domains they lie in."""

    job: str
    pool: str
    start_slot: int
    end_slot: int
    nodes: tuple[NodeRange, ...]
    domains: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpareNodes:
    """Nodes of a failure buffer, free in the slots ``[start_slot, end_slot)``."""

    pool: str
    start_slot: int
    end_slot: int
    nodes: tuple[NodeRange, ...]


class BindingIssueKind(StrEnum):
    """What a binding could not do. Runs have their nodes all the same."""

    GROUP_NOT_IN_ONE_DOMAIN = "GROUP_NOT_IN_ONE_DOMAIN"
    RUNNING_JOB_CHANGES_NODES = "RUNNING_JOB_CHANGES_NODES"


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingIssue:
    """``job`` of ``group`` is in another domain than jobs of the group that run at the same time; or, without a group, ``job``
    runs already, goes on in its pool, and is on other nodes than it holds.
    """

    kind: BindingIssueKind
    job: str
    group: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFragmentation:
    """Domains of a pool summed over slots: those held at all, those of them that are held in part, and those in which runs
    lie beyond the fewest that would hold their nodes (summed over runs as well).
    """

    pool: str
    held_count: int
    partly_held_count: int
    extra_domain_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A plan bound to numbers. ``fragmentation`` has the pools whose domains have more than one node."""

    runs: tuple[BoundRun, ...] = ()
    spares: tuple[SpareNodes, ...] = ()
    issues: tuple[BindingIssue, ...] = ()
    fragmentation: tuple[PoolFragmentation, ...] = ()

    @property
    def partly_held_share(self) -> float:
        """Of all domains held, the share that is held in part; 0 where none is held."""
        held = sum(pool.held_count for pool in self.fragmentation)
        return sum(pool.partly_held_count for pool in self.fragmentation) / held if held else 0.0

    @property
    def extra_domain_count(self) -> int:
        """Domains beyond the fewest possible, summed over runs and slots."""
        return sum(pool.extra_domain_count for pool in self.fragmentation)


def node_ranges(nodes: Iterable[int]) -> tuple[NodeRange, ...]:
    """The fewest ranges, in order, of nodes in any order."""
    ranges: list[list[int]] = []
    for node in sorted(nodes):
        if ranges and sum(ranges[-1]) == node:
            ranges[-1][1] += 1
        else:
            ranges.append([node, 1])
    return tuple(NodeRange(first_node=first, node_count=count) for first, count in ranges)
