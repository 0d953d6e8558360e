"""What a binding comes to, from its runs alone: fragmentation, the groups of SAME_DOMAIN that it does not hold together, and
the running jobs that it takes off their nodes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from optimizer.exact.problem import ExactPool, ExactProblem
from optimizer.node_numbers import BoundRun, PoolFragmentation
from optimizer.units import divide_up


def fragmentation(problem: ExactProblem, runs: Iterable[BoundRun]) -> Iterator[PoolFragmentation]:
    """The figures of each pool whose domains have more than one node, in the problem's order."""
    of_pool: dict[str, list[BoundRun]] = defaultdict(list)
    for run in runs:
        of_pool[run.pool].append(run)
    for pool in problem.pools:
        if pool.nodes_per_domain > 1:
            yield _fragmentation(pool, of_pool[pool.name])


def groups_not_in_one_domain(problem: ExactProblem, runs: Iterable[BoundRun]) -> Iterator[tuple[BoundRun, str]]:
    """Every run, with its group, that is in more than one domain together with an earlier one of ``runs`` that runs with it."""
    groups = {job.name: job.claimant.domain_groups for job in problem.jobs}
    members: dict[tuple[str, str], list[BoundRun]] = defaultdict(list)
    for run in runs:
        for group in groups[run.job] if run.nodes else ():
            with_it = [o for o in members[group, run.pool] if o.start_slot < run.end_slot and run.start_slot < o.end_slot]
            if any(len({*other.domains, *run.domains}) > 1 for other in (run, *with_it)):
                yield run, group
            members[group, run.pool].append(run)


def off_their_nodes(problem: ExactProblem, runs: Iterable[BoundRun]) -> Iterator[BoundRun]:
    """The first piece of every running job that goes on in its pool and leaves nodes that it holds for others: of fewer nodes
    all are of those it holds, of more all that it holds are among them.
    """
    running = {job.name: job.running for job in problem.jobs if job.running is not None and job.running.nodes}
    for run in runs:
        state = running.get(run.job)
        if state is None or run.start_slot or run.pool != state.pool:
            continue
        held = set(state.nodes)
        nodes = {node for part in run.nodes for node in part.nodes}
        if not (nodes <= held or held <= nodes):
            yield run


def _fragmentation(pool: ExactPool, runs: Iterable[BoundRun]) -> PoolFragmentation:
    size = pool.nodes_per_domain
    extra = 0
    changes: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for run in runs:
        node_count = sum(part.node_count for part in run.nodes)
        extra += (len(run.domains) - divide_up(node_count, size)) * (run.end_slot - run.start_slot)
        for part in run.nodes:
            for domain in range(part.first_node // size, part.nodes[-1] // size + 1):
                held = min(part.nodes.stop, (domain + 1) * size) - max(part.first_node, domain * size)
                changes[domain][run.start_slot] += held
                changes[domain][run.end_slot] -= held
    held_count = partly_held_count = 0
    last = pool.parts[-1].nodes(pool.parts[-1].unit_count).start
    for domain, steps in changes.items():
        room = min(size, last - domain * size)
        level = since = 0
        for slot in sorted(steps):
            held_count += (slot - since) * (level > 0)
            partly_held_count += (slot - since) * (0 < level < room)
            level, since = level + steps[slot], slot
    return PoolFragmentation(
        pool=pool.name, held_count=held_count, partly_held_count=partly_held_count, extra_domain_count=extra
    )
