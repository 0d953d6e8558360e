"""The numbered units of a pool, nodes or whole domains, and how many of them a slot grants. Part of ``optimizer.exact``.

A pool has one part, or two where it sets domains apart for the modes that take whole ones. Within a part all units are
alike, so that a plan that keeps to the part's capacity can be bound to numbers; docs/model.md, "Topology", has the proof.
"""

from __future__ import annotations

from dataclasses import dataclass

from optimizer import units
from optimizer.problem import AllocationGranularity, GpuPool, Maintenance, Mode, TimeGrid

Ints = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outage:
    """``unit`` of a part is in maintenance in the slots ``[start, end)``, from its first window to its last."""

    unit: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ExactPart:
    """``unit_count`` units of ``nodes_per_unit`` nodes, the first node numbered ``first_node``; series are units by slot.

    ``unnamed_out``: out of service, nobody says which. ``spare``: free for failures. ``named_out``: what maintenance takes
    from the capacity: the units that are out or, in a slot in which windows begin, all whose window has begun (61).
    """

    first_node: int
    nodes_per_unit: int
    unit_count: int
    unnamed_out: Ints
    spare: Ints
    named_out: Ints
    outages: tuple[Outage, ...]

    @property
    def capacity(self) -> Ints:
        """Units that runs may hold at once, by slot."""
        taken = zip(self.unnamed_out, self.spare, self.named_out, strict=True)
        return tuple(self.unit_count - unnamed - spare - named for unnamed, spare, named in taken)

    @property
    def node_capacity(self) -> Ints:
        return tuple(count * self.nodes_per_unit for count in self.capacity)

    def nodes(self, unit: int) -> range:
        first = self.first_node + unit * self.nodes_per_unit
        return range(first, first + self.nodes_per_unit)


def spread(series: Ints, slot_count: int) -> Ints:
    """A series by slot."""
    return series * slot_count if len(series) == 1 else series


def grants_domains(pool: GpuPool) -> bool:
    return pool.allocation_granularity is AllocationGranularity.DOMAIN


def takes_whole_domains(mode: Mode) -> bool:
    return mode.allocation_granularity is AllocationGranularity.DOMAIN


def has_whole_domains(pool: GpuPool) -> bool:
    """Whether a run can take whole domains here. A domain of one node is a node."""
    return grants_domains(pool) or pool.whole_domain_count > 0 or pool.nodes_per_domain == 1


def pool_parts(pool: GpuPool, grid: TimeGrid) -> tuple[ExactPart, ...]:
    """The parts of ``pool``, whole domains first; a pool that grants domains has no other part."""
    in_service = spread(pool.node_count, grid.slot_count)
    buffer = spread(pool.failure_buffer_node_count or (0,), grid.slot_count)
    left = tuple(max(0, count - kept) for count, kept in zip(in_service, buffer, strict=True))
    node_count, size = max(in_service), pool.nodes_per_domain
    if grants_domains(pool):
        whole, whole_left = (tuple(n // size for n in counts) for counts in (in_service, left))
        return (_part(pool, grid, 0, size, node_count // size, whole, whole_left),)
    if not pool.whole_domain_count:
        return (_part(pool, grid, 0, 1, node_count, in_service, left),)
    apart = pool.whole_domain_count
    rest = node_count - size * apart
    whole = tuple(min(apart, n // size) for n in in_service)
    # what is left of a domain that is out in part serves nobody
    single = tuple(min(rest, n - size * domains) for n, domains in zip(in_service, whole, strict=True))
    whole_left = tuple(
        max(0, domains - units.divide_up(max(0, kept - n), size))
        for domains, n, kept in zip(whole, single, buffer, strict=True)
    )
    single_left = tuple(max(0, n - kept) for n, kept in zip(single, buffer, strict=True))
    return (
        _part(pool, grid, 0, size, apart, whole, whole_left),
        _part(pool, grid, size * apart, 1, rest, single, single_left),
    )


def net_node_count(pool: GpuPool, grid: TimeGrid) -> Ints:
    """Nodes that runs may hold at once, by slot: in service, less the buffer and what maintenance takes."""
    parts = pool_parts(pool, grid)
    if not grants_domains(pool):
        return tuple(map(sum, zip(*(part.node_capacity for part in parts), strict=True)))
    buffer = spread(pool.failure_buffer_node_count or (0,), grid.slot_count)
    counts = zip(spread(pool.node_count, grid.slot_count), buffer, parts[0].named_out, strict=True)
    return tuple(max(0, count - kept - out * pool.nodes_per_domain) for count, kept, out in counts)


def _part(pool: GpuPool, grid: TimeGrid, first_node: int, size: int, unit_count: int, whole: Ints, left: Ints) -> ExactPart:
    """``whole`` units are in service, of which ``left`` remain without the buffer. No series takes what another has taken."""
    outages = _outages(pool, grid, first_node, size, unit_count)
    named = _named_out(outages, grid.slot_count)
    unnamed = tuple(min(unit_count - n, unit_count - out) for n, out in zip(whole, named, strict=True))
    spare = tuple(
        min(n - rest, unit_count - out - gone) for n, rest, out, gone in zip(whole, left, named, unnamed, strict=True)
    )
    return ExactPart(first_node, size, unit_count, unnamed, spare, named, outages)


def _outages(pool: GpuPool, grid: TimeGrid, first_node: int, size: int, unit_count: int) -> tuple[Outage, ...]:
    found: dict[int, Outage] = {}
    for window in pool.maintenance:
        start, end = maintenance_slots(window, grid)
        if start >= end:
            continue
        for node in maintenance_nodes(window, pool.nodes_per_domain):
            unit = (node - first_node) // size
            if node >= first_node and unit < unit_count:
                known = found.get(unit, Outage(unit, start, end))
                found[unit] = Outage(unit, min(start, known.start), max(end, known.end))
    return tuple(sorted(found.values(), key=lambda outage: (outage.start, outage.unit)))


def maintenance_slots(window: Maintenance, grid: TimeGrid) -> tuple[int, int]:
    """``[start, end)``: every slot that the window touches, within the horizon."""
    start = units.slot_at_or_before(window.start_time, grid.start_time, grid.slot_duration)
    end = units.slot_at_or_after(window.end_time, grid.start_time, grid.slot_duration)
    return max(0, start), min(grid.slot_count, end)


def maintenance_nodes(window: Maintenance, nodes_per_domain: int) -> range:
    if window.node is not None:
        return range(window.node, window.node + 1)
    first = (window.domain or 0) * nodes_per_domain
    return range(first, first + nodes_per_domain)


def _named_out(outages: tuple[Outage, ...], slot_count: int) -> Ints:
    change, begins = [0] * (slot_count + 1), [0] * slot_count
    for outage in outages:
        change[outage.start] += 1
        change[outage.end] -= 1
        begins[outage.start] += 1
    out: list[int] = []
    active = begun = 0
    for slot in range(slot_count):
        active += change[slot]
        begun += begins[slot]
        out.append(begun if begins[slot] else active)
    return tuple(out)
