"""Which numbered nodes hold what, when: a map of nodes or domains by slot for each pool, and the nodes of every run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from optimizer.exact_topology import maintenance_nodes, maintenance_slots
from optimizer.node_numbers import Binding, BoundRun, NodeRange
from optimizer.problem import GpuPool, Problem
from optimizer.report.svg import LEFT_MARGIN, MOST_HOVER_AREAS, NAME_WIDTH, TimeAxis, chart, element, fitted, label, text
from optimizer.report.tables import MOST_ROWS, Column, not_shown, table
from optimizer.report.words import count, moment, names, span

RUN_HEADINGS = (("Job", False), ("Pool", False), ("From", False), ("To", False), ("Nodes", False), ("Domains", False))
#: Rows of a map; where nodes are more, a row is a domain, and where those are, several.
MOST_MAP_ROWS = 24
#: Pools with a map, those with most node-slots held first.
MOST_MAPS = 8
ROW_HEIGHT, ROW_GAP, DOMAIN_GAP, TOP = 13.0, 1.0, 4.0, 20.0
#: The least height of what is drawn over a row, and the lightest shade of a row that is held.
LEAST_MARK, LEAST_SHADE = 3.0, 0.25


@dataclass(frozen=True, slots=True)
class _Row:
    """Nodes ``first`` to ``first + size - 1``, and how many of them are held, spare and in maintenance, by slot."""

    name: str
    first: int
    size: int
    top: float
    held: tuple[int, ...]
    spare: tuple[int, ...]
    out: tuple[int, ...]
    runs: tuple[BoundRun, ...]

    def state(self, slots: range) -> tuple[int, int, int]:
        """The most in any of ``slots`` of each."""
        held, spare, out = (max(series[slots.start : slots.stop]) for series in (self.held, self.spare, self.out))
        return held, spare, out

    def holders(self, slots: range) -> list[BoundRun]:
        """The runs that hold nodes of the row in any of ``slots``."""
        return [run for run in self.runs if run.start_slot < slots.stop and slots.start < run.end_slot]


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
    pools = [pool for site in problem.sites for hall in site.halls for pool in hall.pools if of_pool[pool.name]]
    shown = sorted(pools, key=lambda pool: -sum(_node_slots(run) for run in of_pool[pool.name]))[:MOST_MAPS]
    parts = [element("p", text(f"{binding_words(binding)}."), class_="facts")]
    parts.append(_key(spare=bool(binding.spares), out=any(pool.maintenance for pool in shown)))
    parts += [_map(problem, pool, of_pool[pool.name], binding) for pool in pools if pool in shown]
    if left_off := len(pools) - len(shown):
        parts.append(element("p", f"{count(left_off, 'more pool')} not drawn.", class_="note"))
    parts += [element("p", text(f"{issue.message}."), class_="note") for issue in binding.issues[:MOST_MAP_ROWS]]
    rows = run_rows(problem, binding)
    cells = [[text(cell) for cell in row] for row in rows[:MOST_ROWS]]
    listed = table([Column(*heading) for heading in RUN_HEADINGS], cells) + not_shown(len(rows), "pieces of runs")
    parts.append(element("details", element("summary", f"Nodes of {count(len(rows), 'piece')} of runs"), listed))
    return "".join(parts)


def _node_slots(run: BoundRun) -> int:
    return (run.end_slot - run.start_slot) * sum(part.node_count for part in run.nodes)


def _key(*, spare: bool, out: bool) -> str:
    kinds = [("held", "held, darker where more of the row is")]
    kinds += [("price", "kept free for failures")] if spare else []
    kinds += [("away", "in maintenance")] if out else []
    swatches = (element("span", element("i", class_=f"swatch {kind}"), text(name), class_="key") for kind, name in kinds)
    return element("p", *swatches)


def _map(problem: Problem, pool: GpuPool, runs: Sequence[BoundRun], binding: Binding) -> str:
    axis = TimeAxis(problem.time_grid)
    rows = _rows(problem, pool, runs, binding)
    bottom = rows[-1].top + ROW_HEIGHT
    width = axis.x(axis.grid.slot_count) - axis.x(0)
    grounds = [element("rect", x=axis.x(0), y=row.top, width=width, height=ROW_HEIGHT, class_="band") for row in rows]
    titles = [label(fitted(pool.name, LEFT_MARGIN - 10, NAME_WIDTH), 0, rows[0].top + 10, "name")]
    titles += [label(row.name, LEFT_MARGIN - 8, row.top + 10, "fine", "end") for row in rows]
    drawn = [_draw(axis, row) for row in rows]
    return chart(bottom + 22, f"Nodes of {pool.name} by time", [*grounds, axis.draw(TOP - 4, bottom + 2), *titles, *drawn])


def _rows(problem: Problem, pool: GpuPool, runs: Sequence[BoundRun], binding: Binding) -> list[_Row]:
    node_count, size = max(pool.node_count), pool.nodes_per_domain
    domain_count = -(-node_count // size)
    by_node = node_count <= MOST_MAP_ROWS
    step = 1 if by_node else size * -(-domain_count // MOST_MAP_ROWS)
    word = "node" if by_node or size == 1 else "domain"
    slot_count = problem.time_grid.slot_count
    spares = [(s.nodes, s.start_slot, s.end_slot) for s in binding.spares if s.pool == pool.name]
    outs = [(_range(maintenance_nodes(w, size)), *maintenance_slots(w, problem.time_grid)) for w in pool.maintenance]
    rows: list[_Row] = []
    top = TOP
    for first in range(0, node_count, step):
        inside = NodeRange(first_node=first, node_count=min(step, node_count - first))
        low, high = (first, inside.nodes[-1]) if word == "node" else (first // size, inside.nodes[-1] // size)
        if rows:
            top += ROW_HEIGHT + (DOMAIN_GAP if by_node and size > 1 and first % size == 0 else ROW_GAP)
        rows.append(
            _Row(
                name=f"{word} {low}" if low == high else f"{word}s {low}-{high}",
                first=first,
                size=inside.node_count,
                top=top,
                held=_load(inside, ((run.nodes, run.start_slot, run.end_slot) for run in runs), slot_count),
                spare=_load(inside, spares, slot_count),
                out=_load(inside, outs, slot_count),
                runs=tuple(run for run in runs if any(_shared(inside, part) for part in run.nodes)),
            )
        )
    return rows


def _range(nodes: range) -> tuple[NodeRange]:
    return (NodeRange(first_node=nodes.start, node_count=len(nodes)),)


def _shared(one: NodeRange, other: NodeRange) -> int:
    return max(0, min(one.nodes.stop, other.nodes.stop) - max(one.first_node, other.first_node))


def _load(row: NodeRange, items: Iterable[tuple[Sequence[NodeRange], int, int]], slot_count: int) -> tuple[int, ...]:
    """Nodes of the row that ``items`` (nodes, start, end) hold, by slot."""
    steps = [0] * (slot_count + 1)
    for nodes, start, end in items:
        if start < end:
            held = sum(_shared(row, part) for part in nodes)
            steps[start] += held
            steps[end] -= held
    return tuple(accumulate(steps[:-1]))


def _draw(axis: TimeAxis, row: _Row) -> str:
    """One rectangle for each stretch of time in which nothing changes, with what is there in its title."""
    parts: list[str] = []
    bins = axis.bins(MOST_HOVER_AREAS)
    first = 0
    for number in range(1, len(bins) + 1):
        if number < len(bins) and _is_same(row, bins[first], bins[number]):
            continue
        slots = range(bins[first].start, bins[number - 1].stop)
        if any(row.state(slots)):
            parts.append(_stretch(axis, row, slots))
        first = number
    return "".join(parts)


def _is_same(row: _Row, one: range, other: range) -> bool:
    """Of several nodes their numbers count, of one node who holds it."""
    return row.state(one) == row.state(other) and (row.size > 1 or row.holders(one) == row.holders(other))


def _stretch(axis: TimeAxis, row: _Row, slots: range) -> str:
    held, spare, out = row.state(slots)
    holders = row.holders(slots)
    x, width = axis.x(slots.start), len(slots) * axis.slot_width
    jobs = list(dict.fromkeys(run.job for run in holders))
    lines = [f"{row.name}, {span(axis.grid, slots.start, slots.stop - 1)}"]
    lines += [f"{held} of {count(row.size, 'node')} held: {names(jobs)}"] if held else []
    lines += [f"{spare} kept free for failures"] if spare else []
    lines += [f"{out} in maintenance"] if out else []
    parts = [element("title", text("\n".join(lines)))]
    if held:
        shade = LEAST_SHADE + (1 - LEAST_SHADE) * min(1.0, held / row.size)
        area = element("rect", x=x, y=row.top, width=width, height=ROW_HEIGHT, class_="held", fill_opacity=f"{shade:.2f}")
        parts.append(area)
    top = row.top
    for marked, style in ((out, "away"), (spare, "price")):
        if marked:
            height = max(LEAST_MARK, ROW_HEIGHT * min(1.0, marked / row.size))
            parts.append(element("rect", x=x, y=top, width=width, height=height, class_=style))
            top += height
    begins = row.size == 1 and any(part.first_node == row.first for run in holders for part in run.nodes)
    if begins and (name := fitted(jobs[0], width - 8)):
        parts.append(label(name, x + 4, row.top + 10, "inside"))
    return element("g", *parts, class_="cell")
