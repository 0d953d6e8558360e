"""Parts of pools: what each grants by slot, and what maintenance, buffer and outages take off."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.exact.topology import ExactPart, Outage, net_node_count, pool_parts
from optimizer.problem import AllocationGranularity, GpuPool, Maintenance, TimeGrid
from tests.fleet import HOUR, START, at, pool

GRID = TimeGrid(start_time=START, slot_duration=HOUR, slot_count=4)
DOMAIN = AllocationGranularity.DOMAIN


def out(first: float, end: float, **what: int) -> Maintenance:
    return Maintenance(start_time=at(first), end_time=at(end), **what)


def parts(count: tuple[int, ...], **fields: Any) -> tuple[tuple[ExactPart, ...], tuple[int, ...]]:
    of: GpuPool = pool("p", count, **fields)
    return pool_parts(of, GRID), net_node_count(of, GRID)


def test_a_plain_pool_is_its_node_count() -> None:
    (part,), net = parts((3, 1, 2, 3))
    assert (part.capacity, part.unnamed_out, net) == ((3, 1, 2, 3), (0, 2, 1, 0), (3, 1, 2, 3))


def test_a_pool_of_domains_counts_whole_ones_and_leaves_the_rest_of_the_figures_alone() -> None:
    (part,), net = parts((9, 7, 8, 3), nodes_per_domain=4, allocation_granularity=DOMAIN, failure_buffer_node_count=(1,))
    assert (part.unit_count, part.capacity, part.spare) == (2, (2, 1, 1, 0), (0, 0, 1, 0))
    assert net == (8, 6, 7, 2)


def test_a_split_pool_loses_single_nodes_before_whole_domains() -> None:
    (domains, nodes), net = parts((8, 5, 3, 1), nodes_per_domain=2, whole_domain_count=2)
    assert (domains.node_capacity, nodes.capacity, net) == ((4, 4, 2, 0), (4, 1, 1, 1), (8, 5, 3, 1))
    assert (domains.first_node, nodes.first_node, nodes.unit_count) == (0, 4, 4)
    assert (list(domains.nodes(1)), list(nodes.nodes(1))) == ([2, 3], [5])


def test_what_is_left_of_a_domain_that_is_out_in_part_serves_nobody() -> None:
    (domains, nodes), net = parts((6, 5, 4, 6), nodes_per_domain=3, whole_domain_count=2)
    assert (domains.node_capacity, nodes.capacity, net) == ((6, 3, 3, 6), (0, 0, 0, 0), (6, 3, 3, 6))


def test_maintenance_counts_touched_slots_whole_and_a_domain_as_its_nodes() -> None:
    (part,), net = parts((6,), nodes_per_domain=2, maintenance=(out(0.5, 1.5, node=1), out(2, 3, domain=2), out(-3, 0, node=0)))
    assert part.outages == (Outage(1, 0, 2), Outage(4, 2, 3), Outage(5, 2, 3))
    # slot 2: two windows begin and one is over
    assert (part.named_out, net) == ((1, 1, 3, 0), (5, 5, 3, 6))


def test_where_a_window_begins_those_that_are_over_count_once_more() -> None:
    (part,), _ = parts((2,), maintenance=(out(0, 1, node=0), out(2, 3, node=1)))
    assert part.capacity == (1, 2, 0, 2)


def test_windows_of_one_node_are_one_from_first_to_last() -> None:
    (part,), _ = parts((2,), maintenance=(out(0, 1, node=0), out(3, 4, node=0)))
    assert part.outages == (Outage(0, 0, 4),)


def test_maintenance_falls_on_the_part_that_has_the_node_and_takes_its_domain() -> None:
    (domains, nodes), net = parts(
        (6,), nodes_per_domain=2, whole_domain_count=1, maintenance=(out(1, 2, node=1), out(1, 2, node=2))
    )
    assert (domains.outages, nodes.outages) == ((Outage(0, 1, 2),), (Outage(0, 1, 2),))
    assert (domains.node_capacity, nodes.capacity, net) == ((2, 0, 2, 2), (4, 3, 4, 4), (6, 3, 6, 6))


@pytest.mark.parametrize("buffer", [(9,), (2, 0, 0, 0)])
def test_nothing_falls_below_zero(buffer: tuple[int, ...]) -> None:
    (part,), net = parts((2, 1, 0, 2), maintenance=(out(0, 4, node=0),), failure_buffer_node_count=buffer)
    assert min(part.capacity) == min(net) == 0
    assert all(min(series) >= 0 for series in (part.unnamed_out, part.spare, part.named_out))
