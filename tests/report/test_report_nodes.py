"""Numbering nodes for the timeline: disjoint at every moment, whole widths, within what the plan uses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from optimizer.report.nodes import Piece, number_nodes
from optimizer.solution import CostBreakdown, Placement
from tests.report.samples import FIRST_MONDAY


def placement(name: str, start: int, duration: int, nodes: int) -> Placement:
    return Placement(
        job=name,
        mode="m",
        pool="p",
        start_slot=start,
        site="s",
        hall="h",
        end_slot=start + duration,
        start_time=FIRST_MONDAY,
        end_time=FIRST_MONDAY,
        gpu_count=nodes,
        node_count=nodes,
        it_power_w=0,
        energy_wh=0,
        carbon_mg=0,
        terms=CostBreakdown(),
    )


RUNS = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6), st.integers(0, 5)), max_size=25)


@given(RUNS)
def test_no_node_is_drawn_twice_and_none_above_the_peak(runs: list[tuple[int, int, int]]) -> None:
    placements = [placement(f"j{k}", *run) for k, run in enumerate(sorted(runs))]
    drawn = number_nodes(placements)
    taken: dict[tuple[int, int], str] = {}
    for p, pieces in zip(placements, drawn, strict=True):
        assert sum(piece.count for piece in pieces) == p.node_count
        for slot in range(p.start_slot, p.end_slot):
            for piece in pieces:
                for node in range(piece.first, piece.first + piece.count):
                    assert taken.setdefault((slot, node), p.job) == p.job
    busiest = max((sum(p.node_count for p in placements if p.start_slot <= t < p.end_slot) for t in range(20)), default=0)
    assert all(node < busiest for _, node in taken)


def test_a_gap_that_holds_a_job_whole_is_preferred() -> None:
    drawn = number_nodes(
        [placement("low", 0, 9, 2), placement("gap", 0, 2, 3), placement("top", 0, 9, 2), placement("next", 3, 2, 3)]
    )
    assert drawn[3] == (Piece(2, 3),)


def test_a_job_without_nodes_has_no_piece() -> None:
    assert number_nodes([placement("data", 0, 2, 0)]) == [()]
