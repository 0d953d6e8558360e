"""Which numbered nodes hold what, when: a map of each pool by time, and the nodes of every run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from optimizer.exact.topology import maintenance_nodes, maintenance_slots
from optimizer.node_numbers import Binding, BoundRun, NodeRange
from optimizer.problem import GpuPool, Problem
from optimizer.report.rack_maps import Held, domain_map, node_map
from optimizer.report.svg import TimeAxis, element, text
from optimizer.report.tables import MOST_ROWS, Column, not_shown, table
from optimizer.report.words import count, moment

RUN_HEADINGS = (("Job", False), ("Pool", False), ("From", False), ("To", False), ("Nodes", False), ("Domains", False))
#: Pools with a map, those with most node-slots held first; where nodes or what holds them are more, domains are mapped.
MOST_MAPS, MOST_MAPPED_NODES, MOST_BLOCKS = 8, 72, 600
MOST_ISSUES = 20


def run_rows(problem: Problem, binding: Binding) -> list[tuple[str, ...]]:
    """One cell a heading, in the order of the plan."""
    grid = problem.time_grid
    return [
        (
            run.job,
            run.pool,
            moment(grid, run.start_slot),
            moment(grid, run.end_slot),
            range_words(run.nodes) or "none",
            ", ".join(map(str, run.domains)),
        )
        for run in binding.runs
    ]


def range_words(ranges: Iterable[NodeRange]) -> str:
    """``0-3, 7``."""
    return ", ".join(str(r.first_node) if r.node_count == 1 else f"{r.first_node}-{r.nodes[-1]}" for r in ranges)


def binding_words(binding: Binding) -> str:
    """How much is bound, and how scattered it is."""
    runs = f"{count(len(binding.runs), 'piece')} of runs bound to numbered nodes"
    if not binding.fragmentation:
        return runs
    extra = f"runs lie in {count(binding.extra_domain_count, 'domain-slot')} more than the fewest possible"
    return f"{runs}; of the domains held, {binding.partly_held_share:.1%} are held in part, and {extra}"


def racks_section(problem: Problem, binding: Binding) -> str:
    """The maps, what the binding could not do, and the nodes of each run behind a fold."""
    of_pool: dict[str, list[BoundRun]] = defaultdict(list)
    for run in binding.runs:
        of_pool[run.pool].append(run)
    everywhere = (pool for site in problem.sites for hall in site.halls for pool in hall.pools)
    # a run that takes no node may lie in a pool that has none: there is nothing to draw
    pools = [pool for pool in everywhere if of_pool[pool.name] and any(pool.node_count)]
    shown = sorted(pools, key=lambda pool: -sum(_node_slots(run) for run in of_pool[pool.name]))[:MOST_MAPS]
    parts = [element("p", text(f"{binding_words(binding)}."), class_="facts"), _key(binding, shown)]
    parts += [_map(problem, pool, _held(problem, pool, of_pool[pool.name], binding)) for pool in pools if pool in shown]
    if left_off := len(pools) - len(shown):
        parts.append(element("p", f"{count(left_off, 'more pool')} not drawn.", class_="note"))
    parts += [element("p", text(f"{issue.message}."), class_="note") for issue in binding.issues[:MOST_ISSUES]]
    rows = run_rows(problem, binding)
    cells = [[text(cell) for cell in row] for row in rows[:MOST_ROWS]]
    listed = table([Column(*heading) for heading in RUN_HEADINGS], cells) + not_shown(len(rows), "pieces of runs")
    parts.append(element("details", element("summary", f"Nodes of {count(len(rows), 'piece')} of runs"), listed))
    return "".join(parts)


def _node_slots(run: BoundRun) -> int:
    return (run.end_slot - run.start_slot) * sum(part.node_count for part in run.nodes)


def _map(problem: Problem, pool: GpuPool, held: list[Held]) -> str:
    draw = node_map if max(pool.node_count) <= MOST_MAPPED_NODES and len(held) <= MOST_BLOCKS else domain_map
    return draw(TimeAxis(problem.time_grid), pool, held)


def _held(problem: Problem, pool: GpuPool, runs: Iterable[BoundRun], binding: Binding) -> list[Held]:
    """What has nodes of the pool: runs, nodes kept free, maintenance."""
    out = [
        Held(
            "away",
            "in maintenance",
            (NodeRange(first_node=nodes.start, node_count=len(nodes)),),
            *maintenance_slots(window, problem.time_grid),
        )
        for window in pool.maintenance
        for nodes in (maintenance_nodes(window, pool.nodes_per_domain),)
    ]
    spares = [s for s in binding.spares if s.pool == pool.name]
    return [
        *(Held("held", run.job, run.nodes, run.start_slot, run.end_slot) for run in runs),
        *(Held("price", "kept free for failures", s.nodes, s.start_slot, s.end_slot) for s in spares),
        *(item for item in out if item.start < item.end),
    ]


def _key(binding: Binding, pools: Iterable[GpuPool]) -> str:
    kinds = [("held", "held by a run; of a row of several nodes, darker where more are")]
    kinds += [("price", "kept free for failures")] if binding.spares else []
    kinds += [("away", "in maintenance")] if any(pool.maintenance for pool in pools) else []
    swatches = (element("span", element("i", class_=f"swatch {kind}"), text(name), class_="key") for kind, name in kinds)
    return element("p", *swatches)
