"""Holds a stated binding to the plan and to the pools' nodes, by plain loops over nodes."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import accumulate

from optimizer.accounting.binding_figures import fragmentation, groups_not_in_one_domain, off_their_nodes
from optimizer.accounting.ledger import demand
from optimizer.accounting.runs import Piece, Run
from optimizer.exact.problem import ExactPool, ExactProblem
from optimizer.node_numbers import Binding, BindingIssueKind, NodeRange
from optimizer.verify.rules import Rule, RuleViolation

#: Who holds a node of a pool, and when: ``(start, end, who)`` in order of time, no two at once.
Held = dict[tuple[str, int], list[tuple[int, int, str]]]


def check_binding(problem: ExactProblem, runs: Sequence[Run], binding: Binding) -> Iterator[RuleViolation]:
    """Every piece has its nodes, of its pool and part, each of them once a slot and out of maintenance; the buffer is free.
    Where all of that holds, what the binding says of groups and of fragmentation is so as well.
    """
    held: Held = defaultdict(list)
    found = [*_check_runs(runs, held, binding), *_check_spares(problem, held, binding)]
    yield from found or _check_figures(problem, binding)


def _check_runs(runs: Iterable[Run], held: Held, binding: Binding) -> Iterator[RuleViolation]:
    pieces = {(run.job.name, piece.start): piece for run in runs for piece in run.all_pieces}
    for bound in binding.runs:
        piece = pieces.pop((bound.job, bound.start_slot), None)
        if piece is None or (piece.pool.name, piece.end) != (bound.pool, bound.end_slot):
            where = f"{bound.pool!r} in slots {bound.start_slot} to {bound.end_slot - 1}"
            yield _broken(Rule.BINDING_MALFORMED, bound.job, bound.pool, f"the plan does not run it on {where}")
            continue
        nodes = _numbers(piece.pool, bound.nodes)
        if nodes is None:
            within = f"it has nodes that are not of the pool, which has 0 to {_node_count(piece.pool) - 1}"
            yield _broken(Rule.NODE_OUTSIDE, bound.job, bound.pool, within)
            continue
        yield from _check_nodes(bound.job, piece, nodes, bound.domains)
        yield from _take(held, piece.pool, bound.job, nodes, range(bound.start_slot, bound.end_slot))
    for (job, _), piece in pieces.items():
        yield _broken(Rule.BINDING_MALFORMED, job, piece.pool.name, f"it has no nodes from slot {piece.start} on")


def _check_nodes(job: str, piece: Piece, nodes: Sequence[int], domains: Sequence[int]) -> Iterator[RuleViolation]:
    pool, wanted = piece.pool, demand(piece.mode, piece.pool)
    if len(nodes) != wanted.node_count or len(set(nodes)) != len(nodes):
        yield _broken(Rule.BINDING_MALFORMED, job, pool.name, f"it has {len(set(nodes))} nodes, it takes {wanted.node_count}")
    first = pool.nodes_per_domain * pool.parts[0].unit_count if pool.is_split else 0
    allowed = range(first, _node_count(pool))
    if wanted.whole_domain_nodes:
        allowed = range(pool.parts[0].unit_count * pool.parts[0].nodes_per_unit)
        size, held = pool.nodes_per_domain, set(nodes)
        for domain in sorted({node // size for node in nodes}):
            if not set(range(domain * size, (domain + 1) * size)) <= held:
                yield _broken(Rule.DOMAIN_NOT_WHOLE, job, pool.name, f"it takes whole domains, of {domain} a part")
    outside = next((node for node in nodes if node not in allowed), None)
    if outside is not None:
        within = f"{allowed.start} to {allowed.stop - 1}"
        yield _broken(Rule.NODE_OUTSIDE, job, pool.name, f"it has node {outside}; its part of the pool has {within}")
    if tuple(domains) != tuple(sorted({node // pool.nodes_per_domain for node in nodes})):
        yield _broken(Rule.BINDING_MALFORMED, job, pool.name, "the domains stated are not those of its nodes")


def _take(held: Held, pool: ExactPool, who: str, nodes: Iterable[int], slots: range) -> Iterator[RuleViolation]:
    """The first slot of each node that another holds or that is in maintenance."""
    out = {node: outage for part in pool.parts for outage in part.outages for node in part.nodes(outage.unit)}
    for node in nodes:
        window = out.get(node)
        if window is not None and (slot := max(window.start, slots.start)) < min(window.end, slots.stop):
            yield _broken(Rule.NODE_IN_MAINTENANCE, who, pool.name, f"node {node} is in maintenance in slot {slot}", slot)
        holders = held[pool.name, node]
        at = bisect_left(holders, (slots.start, slots.start, ""))
        clash = next((h for h in holders[max(0, at - 1) : at + 1] if h[0] < slots.stop and slots.start < h[1]), None)
        if clash is None:
            holders.insert(at, (slots.start, slots.stop, who))
        else:
            slot, other = max(clash[0], slots.start), clash[2]
            yield _broken(Rule.NODE_USED_TWICE, who, pool.name, f"node {node} is that of {other!r} in slot {slot}", slot)


def _check_spares(problem: ExactProblem, held: Held, binding: Binding) -> Iterator[RuleViolation]:
    pools = {pool.name: pool for pool in problem.pools}
    changes: Mapping[tuple[str, int], list[int]] = defaultdict(lambda: [0] * (problem.slot_count + 1))
    for spare in binding.spares:
        pool, slots = pools.get(spare.pool), range(spare.start_slot, spare.end_slot)
        nodes = _numbers(pool, spare.nodes) if pool else None
        if (
            pool is None
            or nodes is None
            or len(set(nodes)) != len(nodes)
            or not 0 <= slots.start < slots.stop <= problem.slot_count
        ):
            message = f"spare nodes in slots {slots.start} to {slots.stop - 1} are none of such a pool, or not in such slots"
            yield _broken(Rule.BINDING_MALFORMED, "", spare.pool, message)
            continue
        yield from _take(held, pool, "a spare", nodes, slots)
        for number, part in enumerate(pool.parts):
            inside = range(part.first_node, part.first_node + part.unit_count * part.nodes_per_unit)
            count = sum(node in inside for node in nodes)
            changes[pool.name, number][slots.start] += count
            changes[pool.name, number][slots.stop] -= count
    for pool in problem.pools:
        for number, part in enumerate(pool.parts):
            free = accumulate(changes[pool.name, number])
            for slot, (units, there) in enumerate(zip(part.spare, free, strict=False)):
                if (missing := units * part.nodes_per_unit - there) > 0:
                    message = f"the failure buffer lacks {missing} nodes in slot {slot}"
                    yield _broken(Rule.BUFFER_NOT_FREE, "", pool.name, message, slot, missing)
                    break


def _check_figures(problem: ExactProblem, binding: Binding) -> Iterator[RuleViolation]:
    """A binding made elsewhere need not state its fragmentation; what it could not do must be told."""
    yield from _check_groups(problem, binding)
    yield from _check_running(problem, binding)
    found = tuple(fragmentation(problem, binding.runs))
    if binding.fragmentation and len(binding.fragmentation) != len(found):
        message = f"the fragmentation of {len(binding.fragmentation)} pools is stated; there are {len(found)} to state it of"
        yield RuleViolation(rule=Rule.CLAIM_DIFFERS, message=message)
    for truth, claim in zip(found, binding.fragmentation, strict=False):
        for field in fields(truth):
            mine, theirs = getattr(truth, field.name), getattr(claim, field.name)
            if mine != theirs:
                yield _broken(Rule.CLAIM_DIFFERS, "", truth.pool, f"its {field.name} is stated as {theirs}; it is {mine}")


def _check_groups(problem: ExactProblem, binding: Binding) -> Iterator[RuleViolation]:
    scattered = {(run.job, group): run for run, group in groups_not_in_one_domain(problem, binding.runs)}
    told = {(i.job, i.group) for i in binding.issues if i.kind is BindingIssueKind.GROUP_NOT_IN_ONE_DOMAIN}
    for (job, group), run in scattered.items():
        if (job, group) not in told:
            message = f"it is not in one domain with its group {group!r}, and the binding does not say so"
            yield _broken(Rule.CLAIM_DIFFERS, job, run.pool, message, run.start_slot)
    for job, group in sorted(told - scattered.keys()):
        message = f"job {job!r} is said not to be in one domain with its group {group!r}, and is"
        yield RuleViolation(rule=Rule.CLAIM_DIFFERS, job=job, message=message)


def _check_running(problem: ExactProblem, binding: Binding) -> Iterator[RuleViolation]:
    changed = {run.job: run for run in off_their_nodes(problem, binding.runs)}
    told = {issue.job for issue in binding.issues if issue.kind is BindingIssueKind.RUNNING_JOB_CHANGES_NODES}
    for job, run in changed.items():
        if job not in told:
            message = "it goes on where it runs, on other nodes than it holds, and the binding does not say so"
            yield _broken(Rule.CLAIM_DIFFERS, job, run.pool, message, run.start_slot)
    for job in sorted(told - changed.keys()):
        message = f"job {job!r} is said to change its nodes, and does not"
        yield RuleViolation(rule=Rule.CLAIM_DIFFERS, job=job, message=message)


def _node_count(pool: ExactPool) -> int:
    last = pool.parts[-1]
    return last.first_node + last.unit_count * last.nodes_per_unit


def _numbers(pool: ExactPool, ranges: Sequence[NodeRange]) -> list[int] | None:
    """The nodes; None where a range is empty or leaves the pool, or there are more than the pool has."""
    count = _node_count(pool)
    if any(part.node_count < 1 or part.first_node < 0 or part.first_node + part.node_count > count for part in ranges):
        return None
    if sum(part.node_count for part in ranges) > count:
        return None
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
