"""Holds a stated binding to the plan and to the pools' nodes, by plain loops over nodes and slots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer.accounting import demand
from optimizer.exact import ExactPool, ExactProblem
from optimizer.node_numbers import Binding, NodeRange
from optimizer.rules import Rule, RuleViolation
from optimizer.runs import Piece, Run

Held = dict[tuple[str, int, int], str]


def check_binding(problem: ExactProblem, runs: Sequence[Run], binding: Binding) -> Iterator[RuleViolation]:
    """Every piece has its nodes, of its pool and part, each of them once a slot and out of maintenance; the buffer is free."""
    pieces = {(run.job.name, piece.start): piece for run in runs for piece in run.all_pieces}
    pools = {pool.name: pool for pool in problem.pools}
    held: Held = {}
    for bound in binding.runs:
        piece = pieces.pop((bound.job, bound.start_slot), None)
        if piece is None or (piece.pool.name, piece.end) != (bound.pool, bound.end_slot):
            where = f"{bound.pool!r} in slots {bound.start_slot} to {bound.end_slot - 1}"
            yield _broken(Rule.BINDING_MALFORMED, bound.job, bound.pool, f"the plan does not run it on {where}")
            continue
        nodes = _numbers(bound.nodes)
        yield from _check_nodes(bound.job, piece, nodes, bound.domains)
        yield from _take(held, piece.pool, bound.job, nodes, range(bound.start_slot, bound.end_slot))
    for (job, _), piece in pieces.items():
        yield _broken(Rule.BINDING_MALFORMED, job, piece.pool.name, f"it has no nodes from slot {piece.start} on")
    yield from _check_spares(problem, pools, held, binding)


def _check_nodes(job: str, piece: Piece, nodes: Sequence[int], domains: Sequence[int]) -> Iterator[RuleViolation]:
    pool, wanted = piece.pool, demand(piece.mode, piece.pool)
    if len(nodes) != wanted.node_count or len(set(nodes)) != len(nodes):
        yield _broken(Rule.BINDING_MALFORMED, job, pool.name, f"it has {len(set(nodes))} nodes, it takes {wanted.node_count}")
    first = pool.nodes_per_domain * pool.parts[0].unit_count if pool.is_split else 0
    last = pool.parts[-1].first_node + pool.parts[-1].unit_count * pool.parts[-1].nodes_per_unit
    allowed = range(first, last)
    if wanted.whole_domain_nodes:
        allowed = range(pool.parts[0].unit_count * pool.parts[0].nodes_per_unit)
        size = pool.nodes_per_domain
        for domain in sorted({node // size for node in nodes}):
            if not set(range(domain * size, (domain + 1) * size)) <= set(nodes):
                yield _broken(Rule.DOMAIN_NOT_WHOLE, job, pool.name, f"it takes whole domains, of {domain} a part")
    outside = next((node for node in nodes if node not in allowed), None)
    if outside is not None:
        within = f"{allowed.start} to {allowed.stop - 1}"
        yield _broken(Rule.NODE_OUTSIDE, job, pool.name, f"it has node {outside}; its part of the pool has {within}")
    if tuple(domains) != tuple(sorted({node // pool.nodes_per_domain for node in nodes})):
        yield _broken(Rule.BINDING_MALFORMED, job, pool.name, "the domains stated are not those of its nodes")


def _take(held: Held, pool: ExactPool, who: str, nodes: Sequence[int], slots: range) -> Iterator[RuleViolation]:
    """The first slot of each node that another holds or that is in maintenance."""
    out = {node: outage for part in pool.parts for outage in part.outages for node in part.nodes(outage.unit)}
    for node in nodes:
        window = out.get(node)
        if window is not None and (slot := max(window.start, slots.start)) < min(window.end, slots.stop):
            yield _broken(Rule.NODE_IN_MAINTENANCE, who, pool.name, f"node {node} is in maintenance in slot {slot}", slot)
        clash = next((slot for slot in slots if (pool.name, node, slot) in held), None)
        if clash is not None:
            other = held[pool.name, node, clash]
            yield _broken(Rule.NODE_USED_TWICE, who, pool.name, f"node {node} is that of {other!r} in slot {clash}", clash)
        held |= {(pool.name, node, slot): who for slot in slots}


def _check_spares(problem: ExactProblem, pools: dict[str, ExactPool], held: Held, binding: Binding) -> Iterator[RuleViolation]:
    free: dict[tuple[str, int, int], int] = {}
    for spare in binding.spares:
        pool = pools.get(spare.pool)
        if pool is None:
            yield _broken(Rule.BINDING_MALFORMED, "", spare.pool, "spare nodes are of no such pool")
            continue
        slots, nodes = range(spare.start_slot, spare.end_slot), _numbers(spare.nodes)
        yield from _take(held, pool, "a spare", nodes, slots)
        for number, part in enumerate(pool.parts):
            inside = range(part.first_node, part.first_node + part.unit_count * part.nodes_per_unit)
            for slot in slots:
                key = (pool.name, number, slot)
                free[key] = free.get(key, 0) + sum(node in inside for node in nodes)
    for pool in problem.pools:
        for number, part in enumerate(pool.parts):
            for slot, units in enumerate(part.spare):
                missing = units * part.nodes_per_unit - free.get((pool.name, number, slot), 0)
                if missing > 0:
                    message = f"the failure buffer lacks {missing} nodes in slot {slot}"
                    yield _broken(Rule.BUFFER_NOT_FREE, "", pool.name, message, slot, missing)
                    break


def _numbers(ranges: Sequence[NodeRange]) -> list[int]:
    return [node for part in ranges for node in part.nodes]


def _broken(rule: Rule, job: str, pool: str, message: str, slot: int | None = None, amount: int | None = None) -> RuleViolation:
    who = f"job {job!r} on {pool!r}" if job else f"pool {pool!r}"
    return RuleViolation(
        rule=rule,
        job=job,
        element=pool,
        slot=slot,
        amount=amount,
        unit="" if amount is None else "nodes",
        message=f"{who}: {message}",
    )
