"""Binds the placements of a verified plan to numbered nodes and domains of their pools; see docs/model.md, "Topology"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from optimizer.accounting import demand
from optimizer.exact import ExactPool, ExactProblem
from optimizer.exact_topology import ExactPart
from optimizer.node_numbers import (
    Binding,
    BindingIssue,
    BindingIssueKind,
    BoundRun,
    PoolFragmentation,
    SpareNodes,
    node_ranges,
)
from optimizer.runs import Piece, look_up
from optimizer.solution import Assignment, Placement
from optimizer.unit_binding import Gang, Together, UnitBinder


@dataclass(slots=True, eq=False)
class _Seat:
    """A piece of a job's run and the gang that stands for it."""

    job: str
    groups: tuple[str, ...]
    piece: Piece
    gang: Gang


def bind(problem: ExactProblem, plan: Iterable[Assignment | Placement]) -> Binding:
    """Every piece of every run with its nodes, in the order of ``plan``; deterministic.

    The plan must keep every rule (``optimizer.verify``); then there are always nodes for it.

    Raises:
        ValueError: the plan uses more of a pool than it has.
    """
    seats = list(_seats(problem, plan))
    of_part: dict[tuple[int, int], list[_Seat]] = defaultdict(list)
    for seat in seats:
        of_part[seat.piece.pool.index, _part(seat.piece)].append(seat)
    nodes: dict[_Seat, list[int]] = {}
    spares: list[SpareNodes] = []
    for pool in problem.pools:
        for number, part in enumerate(pool.parts):
            here = of_part[pool.index, number]
            _join_groups(here)
            unnamed = [Gang(*level) for level in _levels(part.unnamed_out)]
            buffer = [Gang(*level, spread=True) for level in _levels(part.spare)]
            domain_size = pool.nodes_per_domain if part.nodes_per_unit == 1 else 1
            binder = UnitBinder(part.unit_count, domain_size, part.outages)
            binder.bind([*unnamed, *buffer, *(seat.gang for seat in here)])
            nodes |= {seat: _nodes(part, binder.names(seat.gang)) for seat in here}
            spares += [
                SpareNodes(
                    pool=pool.name,
                    start_slot=gang.start,
                    end_slot=gang.end,
                    nodes=node_ranges(_nodes(part, binder.names(gang))),
                )
                for gang in buffer
            ]
    runs = tuple(_bound(seat, nodes[seat]) for seat in seats)
    return Binding(
        runs=runs, spares=tuple(spares), issues=tuple(_issues(seats, runs)), fragmentation=tuple(fragmentation(problem, runs))
    )


def _seats(problem: ExactProblem, plan: Iterable[Assignment | Placement]) -> Iterator[_Seat]:
    jobs = {job.name: job for job in problem.jobs}
    pools = {pool.name: pool for pool in problem.pools}
    for item in plan:
        run = look_up(jobs, pools, item)
        before: _Seat | None = None
        for piece in run.all_pieces:
            units = demand(piece.mode, piece.pool).node_count // piece.pool.parts[_part(piece)].nodes_per_unit
            goes_on = before is not None and before.piece.end == piece.start and before.piece.pool is piece.pool
            same_part = before is not None and _part(before.piece) == _part(piece)
            kept = before.gang if before is not None and goes_on and same_part else None
            before = _Seat(run.job.name, run.job.claimant.domain_groups, piece, Gang(piece.start, piece.end, units, kept))
            yield before


def _part(piece: Piece) -> int:
    """Whole domains are the first part of a split pool."""
    return int(piece.pool.is_split and not piece.mode.whole_domains)


def _nodes(part: ExactPart, units: Iterable[int]) -> list[int]:
    return list(chain.from_iterable(part.nodes(unit) for unit in units))


def _levels(series: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """``(start, end, count)`` intervals that add up to ``series`` in every slot."""
    open_: list[tuple[int, int]] = []
    level = 0
    for slot, value in enumerate((*series, 0)):
        if value > level:
            open_.append((slot, value - level))
        while value < level:
            start, count = open_.pop()
            closed = min(count, level - value)
            yield start, slot, closed
            if count > closed:
                open_.append((start, count - closed))
            level -= closed
        level = value


def _join_groups(seats: Sequence[_Seat]) -> None:
    """Jobs of a group of SAME_DOMAIN that run at once, directly or through others, share what they ask for."""
    members: dict[str, list[_Seat]] = defaultdict(list)
    for seat in seats:
        for group in seat.groups[:1]:
            members[group].append(seat)
    for of_group in members.values():
        of_group.sort(key=lambda seat: seat.gang.start)
        joined: list[_Seat] = []
        for seat in of_group:
            if joined and seat.gang.start >= max(other.gang.end for other in joined):
                _join(joined)
                joined = []
            joined.append(seat)
        _join(joined)


def _join(seats: Sequence[_Seat]) -> None:
    if len(seats) < 2:
        return
    peak = max(sum(s.gang.count for s in seats if s.gang.start <= at.gang.start < s.gang.end) for at in seats)
    together = Together(peak, max(seat.gang.end for seat in seats))
    for seat in seats:
        seat.gang.together = together


def _bound(seat: _Seat, nodes: Sequence[int]) -> BoundRun:
    piece = seat.piece
    return BoundRun(
        job=seat.job,
        pool=piece.pool.name,
        start_slot=piece.start,
        end_slot=piece.end,
        nodes=node_ranges(nodes),
        domains=tuple(sorted({node // piece.pool.nodes_per_domain for node in nodes})),
    )


def _issues(seats: Sequence[_Seat], runs: Sequence[BoundRun]) -> Iterator[BindingIssue]:
    """Every run that shares a slot with an earlier one of its group, and not its one domain."""
    members: dict[tuple[str, str], list[BoundRun]] = defaultdict(list)
    for seat, run in zip(seats, runs, strict=True):
        for group in seat.groups if run.nodes else ():
            earlier = [other for other in members[group, run.pool] if other.start_slot < run.end_slot > run.start_slot]
            apart = [o for o in earlier if o.end_slot > run.start_slot and len({*o.domains, *run.domains}) > 1]
            members[group, run.pool].append(run)
            if apart or len(run.domains) > 1:
                message = (
                    f"job {run.job!r} of group {group!r} has nodes of domains {', '.join(map(str, run.domains))} of pool "
                    f"{run.pool!r}: when it starts, no one domain has room for all of the group that runs then"
                )
                yield BindingIssue(kind=BindingIssueKind.GROUP_NOT_IN_ONE_DOMAIN, job=run.job, group=group, message=message)


def fragmentation(problem: ExactProblem, runs: Iterable[BoundRun]) -> Iterator[PoolFragmentation]:
    """How much of the domains held is held in part, pool by pool; pools of one-node domains have nothing to tell."""
    changes: dict[str, dict[int, dict[int, int]]] = {}
    sizes = {pool.name: pool.nodes_per_domain for pool in problem.pools}
    for run in runs:
        if (size := sizes[run.pool]) == 1:
            continue
        of_pool = changes.setdefault(run.pool, {})
        for part in run.nodes:
            for domain in range(part.first_node // size, (part.nodes[-1] // size) + 1):
                held = min(part.nodes[-1] + 1, (domain + 1) * size) - max(part.first_node, domain * size)
                steps = of_pool.setdefault(domain, {})
                steps[run.start_slot] = steps.get(run.start_slot, 0) + held
                steps[run.end_slot] = steps.get(run.end_slot, 0) - held
    for pool in problem.pools:
        if pool.nodes_per_domain > 1:
            yield _fragmentation(pool, changes.get(pool.name, {}))


def _fragmentation(pool: ExactPool, domains: dict[int, dict[int, int]]) -> PoolFragmentation:
    held_count = partly = 0
    node_count = max(
        (nodes.stop for part in pool.parts if part.unit_count for nodes in (part.nodes(part.unit_count - 1),)), default=0
    )
    for domain, steps in domains.items():
        size = min(pool.nodes_per_domain, node_count - domain * pool.nodes_per_domain)
        level = since = 0
        for slot in sorted(steps):
            if level:
                held_count += slot - since
                partly += (slot - since) * (level < size)
            level, since = level + steps[slot], slot
    return PoolFragmentation(pool=pool.name, held_count=held_count, partly_held_count=partly)
