"""Maps of a pool's numbered nodes by time: each run a block of nodes where they are few, else the load of each domain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from optimizer.node_numbers import NodeRange
from optimizer.problem import GpuPool
from optimizer.report.svg import LEFT_MARGIN, MOST_HOVER_AREAS, TimeAxis, chart, element, fitted, label, text
from optimizer.report.words import count, names, span
from optimizer.units import divide_up

#: Heights of a node and of a row of domains, and of a whole map where that allows it.
NODE_HEIGHTS, ROW_HEIGHTS, MAP_HEIGHT = (4.0, 14.0), (13.0, 26.0), 280.0
TOP, GAP, DOMAIN_GAP, AXIS_ROOM = 20.0, 1.0, 4.0, 22.0
#: The least height that holds a label.
LABEL_HEIGHT = 10.0
#: Of larger pools, several domains share a row.
MOST_DOMAIN_ROWS = 24
#: The least height of a mark over a row, and the lightest shade of a row that is held.
LEAST_MARK, LEAST_SHADE = 3.0, 0.25


@dataclass(frozen=True, slots=True)
class Held:
    """``nodes`` in slots ``[start, end)``; ``style`` is how they are drawn: ``held`` (a run), ``price`` (spare), ``away``."""

    style: str
    name: str
    nodes: tuple[NodeRange, ...]
    start: int
    end: int

    def inside(self, nodes: range) -> int:
        """How many of ``nodes`` it has."""
        return sum(max(0, min(p.nodes.stop, nodes.stop) - max(p.first_node, nodes.start)) for p in self.nodes)


def node_map(axis: TimeAxis, pool: GpuPool, items: Iterable[Held]) -> str:
    """Each node a line, domains apart; what holds nodes in a row is one block with its name in it."""
    node_count, size = max(pool.node_count), pool.nodes_per_domain
    least, most = NODE_HEIGHTS
    height = max(least, min(most, MAP_HEIGHT / node_count))

    def top(node: int) -> float:
        return TOP + node * height + node // size * (DOMAIN_GAP if size > 1 else 0.0)

    bottom = top(node_count - 1) + height
    parts = []
    for domain in _domains(range(node_count), size if size > 1 else node_count):
        words = f"domain {domain.start // size}" if size > 1 else f"{count(node_count, 'node')}"
        low, high = top(domain.start), top(domain.stop - 1) + height
        parts.append(_ground(axis, low, high - low))
        parts.append(label(words, LEFT_MARGIN - 8, (low + high) / 2 + 4, "axis", "end") if high - low >= LABEL_HEIGHT else "")
    parts.append(axis.draw(TOP - 4, bottom + 2))
    for item in items:
        parts += [_block(axis, item, nodes, top, height) for p in item.nodes for nodes in _domains(p.nodes, size)]
    return _chart(pool, bottom, parts)


def domain_map(axis: TimeAxis, pool: GpuPool, items: Sequence[Held]) -> str:
    """Each domain, or several, a row, darker where more of its nodes are held."""
    node_count, size = max(pool.node_count), pool.nodes_per_domain
    step = size * divide_up(divide_up(node_count, size), MOST_DOMAIN_ROWS)
    least, most = ROW_HEIGHTS
    height = max(least, min(most, MAP_HEIGHT / divide_up(node_count, step)))
    rows = [_row(axis, pool, nodes, items) for nodes in _domains(range(node_count), step)]
    tops = [TOP + number * (height + GAP) for number in range(len(rows))]
    bottom = tops[-1] + height
    parts = [_ground(axis, top, height) for top in tops]
    parts += [
        label(row.name, LEFT_MARGIN - 8, top + height / 2 + 4, "axis", "end") for row, top in zip(rows, tops, strict=True)
    ]
    parts.append(axis.draw(TOP - 4, bottom + 2))
    for row, top in zip(rows, tops, strict=True):
        parts += [_stretch(axis, row, slots, top, height) for slots in row.stretches(axis)]
    return _chart(pool, bottom, parts)


def _chart(pool: GpuPool, bottom: float, parts: Iterable[str]) -> str:
    return chart(bottom + AXIS_ROOM, f"Nodes of {pool.name} by time", [label(pool.name, 0, TOP - 8, "name"), *parts])


def _ground(axis: TimeAxis, top: float, height: float) -> str:
    width = axis.x(axis.grid.slot_count) - axis.x(0)
    return element("rect", x=axis.x(0), y=top, width=width, height=height, class_="band")


def _domains(nodes: range, size: int) -> Iterator[range]:
    """``nodes`` cut where a domain of ``size`` ends."""
    first = nodes.start
    while first < nodes.stop:
        stop = min(nodes.stop, (first // size + 1) * size)
        yield range(first, stop)
        first = stop


def _block(axis: TimeAxis, item: Held, nodes: range, top: Callable[[int], float], node_height: float) -> str:
    x, y = axis.x(item.start), top(nodes.start)
    width, height = axis.x(item.end) - x, len(nodes) * node_height
    numbers = f"node {nodes.start}" if len(nodes) == 1 else f"nodes {nodes.start}-{nodes[-1]}"
    title = element("title", text(f"{item.name}\n{numbers}, {span(axis.grid, item.start, item.end - 1)}"))
    parts = [title, element("rect", x=x, y=y, width=width, height=height, class_=item.style)]
    words = fitted(item.name, width - 8) if item.style == "held" and height >= LABEL_HEIGHT else ""
    if words:
        parts.append(label(words, x + 4, y + height / 2 + 3.5, "job"))
    return element("g", *parts)


@dataclass(frozen=True, slots=True)
class _Row:
    """Nodes, and how many of them are held, spare and in maintenance, by slot."""

    name: str
    size: int
    held: tuple[int, ...]
    spare: tuple[int, ...]
    out: tuple[int, ...]
    runs: tuple[Held, ...]

    def state(self, slots: range) -> tuple[int, int, int]:
        """The most in any of ``slots`` of each."""
        held, spare, out = (max(series[slots.start : slots.stop]) for series in (self.held, self.spare, self.out))
        return held, spare, out

    def stretches(self, axis: TimeAxis) -> Iterator[range]:
        """The times in which there is something and it does not change, as the axis shows them."""
        bins = axis.bins(MOST_HOVER_AREAS)
        first = 0
        for number in range(1, len(bins) + 1):
            if number == len(bins) or self.state(bins[number]) != self.state(bins[first]):
                if any(self.state(bins[first])):
                    yield range(bins[first].start, bins[number - 1].stop)
                first = number


def _row(axis: TimeAxis, pool: GpuPool, nodes: range, items: Iterable[Held]) -> _Row:
    first, last = nodes.start // pool.nodes_per_domain, nodes[-1] // pool.nodes_per_domain
    word = "node" if pool.nodes_per_domain == 1 else "domain"
    here = [item for item in items if item.inside(nodes)]
    held, spare, out = (
        _load([item for item in here if item.style == style], nodes, axis.grid.slot_count)
        for style in ("held", "price", "away")
    )
    name = f"{word} {first}" if first == last else f"{word}s {first}-{last}"
    return _Row(name, len(nodes), held, spare, out, tuple(item for item in here if item.style == "held"))


def _load(items: Iterable[Held], nodes: range, slot_count: int) -> tuple[int, ...]:
    steps = [0] * (slot_count + 1)
    for item in items:
        steps[item.start] += item.inside(nodes)
        steps[item.end] -= item.inside(nodes)
    return tuple(accumulate(steps[:-1]))


def _stretch(axis: TimeAxis, row: _Row, slots: range, top: float, height: float) -> str:
    held, spare, out = row.state(slots)
    x, width = axis.x(slots.start), len(slots) * axis.slot_width
    jobs = list(dict.fromkeys(run.name for run in row.runs if run.start < slots.stop and slots.start < run.end))
    lines = [f"{row.name}, {span(axis.grid, slots.start, slots.stop - 1)}"]
    lines += [f"{held} of {count(row.size, 'node')} held: {names(jobs)}"] if held else []
    lines += [f"{spare} kept free for failures"] if spare else []
    lines += [f"{out} in maintenance"] if out else []
    parts = [element("title", text("\n".join(lines)))]
    if held:
        shade = LEAST_SHADE + (1 - LEAST_SHADE) * min(1.0, held / row.size)
        parts.append(element("rect", x=x, y=top, width=width, height=height, class_="held", fill_opacity=f"{shade:.2f}"))
    for marked, style in ((out, "away"), (spare, "price")):
        if marked:
            mark = max(LEAST_MARK, height * min(1.0, marked / row.size))
            parts.append(element("rect", x=x, y=top, width=width, height=mark, class_=style))
            top += mark
    return element("g", *parts)
