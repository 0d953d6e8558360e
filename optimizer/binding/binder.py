"""Binds the placements of a verified plan to numbered nodes and domains of their pools; see docs/model.md, "Topology"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from optimizer.accounting.binding_figures import fragmentation, groups_not_in_one_domain, off_their_nodes
from optimizer.accounting.ledger import demand
from optimizer.accounting.runs import Piece, look_up
from optimizer.binding.units import Gang, Together, UnitBinder
from optimizer.exact.jobs import ExactJob
from optimizer.exact.problem import ExactProblem
from optimizer.exact.topology import ExactPart
from optimizer.node_numbers import (
    Binding,
    BindingIssue,
    BindingIssueKind,
    BoundRun,
    SpareNodes,
    node_ranges,
)
from optimizer.solution import Assignment, Placement

#: Tries at a part in which a group is not in one domain.
MOST_TRIES = 4


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
            buffer = [Gang(*level, spread=True) for level in _levels(part.spare)]
            binder = _bind_part(part, pool.nodes_per_domain if part.nodes_per_unit == 1 else 1, here, buffer)
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
        runs=runs,
        spares=tuple(spares),
        issues=(
            *(_issue(run, group) for run, group in groups_not_in_one_domain(problem, runs)),
            *(_changed(run) for run in off_their_nodes(problem, runs)),
        ),
        fragmentation=tuple(fragmentation(problem, runs)),
    )


def _bind_part(part: ExactPart, domain_size: int, seats: Sequence[_Seat], buffer: Sequence[Gang]) -> UnitBinder:
    """The best of a few tries; each opens the homes of groups that did not stay in one domain earlier than the one before."""
    _join_groups(seats)
    gangs = [*(Gang(*level) for level in _levels(part.unnamed_out)), *buffer, *(seat.gang for seat in seats)]
    opened: dict[Together, int] = {}
    tries: list[tuple[int, UnitBinder]] = []
    for _ in range(MOST_TRIES):
        binder = UnitBinder(part.unit_count, domain_size, part.outages)
        binder.bind([*gangs, *(Gang(slot, together.start, 0, together=together) for together, slot in opened.items())])
        scattered = _scattered(binder, seats)
        tries.append((len(scattered), binder))
        earlier = {together: _running_since(gangs, opened.get(together, together.start)) for together in scattered}
        if all(slot == opened.get(together, together.start) for together, slot in earlier.items()):
            break
        opened |= earlier
    return min(tries, key=lambda tried: tried[0])[1]


def _scattered(binder: UnitBinder, seats: Iterable[_Seat]) -> list[Together]:
    """What should be in one domain and is not."""
    domains: dict[Together, set[int]] = defaultdict(set)
    for seat in seats:
        if seat.gang.together is not None:
            domains[seat.gang.together] |= binder.domains(seat.gang)
    return [together for together, found in domains.items() if len(found) > 1]


def _running_since(gangs: Iterable[Gang], slot: int) -> int:
    """The first start of what runs in ``slot``."""
    return min((gang.start for gang in gangs if gang.start <= slot < gang.end), default=slot)


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
            gang = Gang(piece.start, piece.end, units, kept, held=_held(run.job, piece))
            before = _Seat(run.job.name, run.job.claimant.domain_groups, piece, gang)
            yield before


def _held(job: ExactJob, piece: Piece) -> tuple[int, ...]:
    """The units that a running job holds already, where it goes on in their pool."""
    if job.running is None or piece.start or piece.pool.name != job.running.pool:
        return ()
    part, nodes = piece.pool.parts[_part(piece)], set(job.running.nodes)
    return tuple(unit for unit in range(part.unit_count) if nodes >= set(part.nodes(unit))) if nodes else ()


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
    peak = max(sum(s.gang.count for s in seats if s.gang.start <= at.gang.start < s.gang.end) for at in seats)
    together = Together(peak, min(seat.gang.start for seat in seats), max(seat.gang.end for seat in seats))
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


def _issue(run: BoundRun, group: str) -> BindingIssue:
    message = (
        f"job {run.job!r} of group {group!r} has nodes of domains {', '.join(map(str, run.domains))} of pool {run.pool!r}: "
        "no one domain was found with room for all of the group that runs at once"
    )
    return BindingIssue(kind=BindingIssueKind.GROUP_NOT_IN_ONE_DOMAIN, job=run.job, group=group, message=message)


def _changed(run: BoundRun) -> BindingIssue:
    message = (
        f"job {run.job!r} goes on in pool {run.pool!r} on other nodes than it holds: maintenance of those begins while "
        "they are in use, or they are not to be had"
    )
    return BindingIssue(kind=BindingIssueKind.RUNNING_JOB_CHANGES_NODES, job=run.job, group="", message=message)
