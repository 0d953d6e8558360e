"""Itineraries against a brute force that shares no code with them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.columns.itineraries import is_itinerary, itineraries, itinerary_use, itinerary_worth
from optimizer.columns.lanes import Piece
from optimizer.columns.table import Columns
from tests.engines.brute_force import tours
from tests.engines.tiny_columns import tiny_columns
from tests.engines.tiny_lanes import Freedom, TinyLane, random_columns_with_lanes, with_lanes


def one_job(free: Freedom, *lanes: TinyLane, slot_count: int = 5, **tables: object) -> Columns:
    columns = tiny_columns(
        [], [[9] * slot_count], slot_count=slot_count, mandatory=[False], rate=[1, 2, 3, 4, 5, 6][:slot_count]
    )
    return with_lanes(columns, {0: free}, lanes, **tables)  # type: ignore[arg-type]


def spans(columns: Columns) -> set[tuple[tuple[int, int, int], ...]]:
    return {tuple(tuple(piece) for piece in pieces) for pieces in itineraries(columns, 0)}  # type: ignore[misc]


def test_all_and_only_what_keeps_the_rules() -> None:
    seen = 0
    for seed in range(250):
        columns = random_columns_with_lanes(seed)
        for job in range(columns.job_count):
            known = {tour.pieces: tour for tour in tours(columns, job)}
            found = list(itineraries(columns, job))
            assert len(found) == len(set(found))
            assert set(found) == set(known), seed
            for pieces, tour in known.items():
                assert is_itinerary(columns, job, pieces)
                assert itinerary_worth(columns, job, pieces) == tour.worth
                use = itinerary_use(columns, pieces)
                entries = zip(use.limit.tolist(), use.slot.tolist(), use.amount.tolist(), strict=True)
                assert sorted(entries) == sorted(tour.uses)
                assert use.budgets == tour.budget_uses
            seen += len(found)
    assert seen > 500


def test_a_pause_of_two_slots_of_work() -> None:
    columns = one_job(Freedom(), TinyLane(0), slot_count=4)
    assert spans(columns) == {((0, 0, 1), (0, 2, 3)), ((0, 0, 1), (0, 3, 4)), ((0, 1, 2), (0, 3, 4))}


def test_overhead_holds_the_nodes_and_does_no_work() -> None:
    assert spans(one_job(Freedom(resume_slots=1), TinyLane(0), slot_count=4)) == {((0, 0, 1), (0, 2, 4))}


def test_the_least_run_binds_all_pieces_but_the_last() -> None:
    found = spans(one_job(Freedom(min_run=2), TinyLane(0, duration=3), slot_count=4))
    assert found == {((0, 0, 2), (0, 3, 4))}


def test_a_change_leaves_no_gap_and_a_gap_counts_as_a_pause_too() -> None:
    lanes = TinyLane(0, mode=0, rate=1), TinyLane(0, mode=1, rate=2)
    changes_only = spans(one_job(Freedom(pauses=0, changes=1, work=3), *lanes, slot_count=3))
    assert changes_only == {
        ((0, 0, 1), (1, 1, 2)),
        ((0, 1, 2), (1, 2, 3)),
        ((0, 0, 2), (1, 2, 3)),
        ((1, 0, 1), (0, 1, 2)),
        ((1, 1, 2), (0, 2, 3)),
    }
    both = spans(one_job(Freedom(pauses=1, changes=1, work=3), *lanes, slot_count=3))
    assert ((0, 0, 1), (1, 2, 3)) in both
    assert ((0, 0, 1), (0, 2, 3)) not in both, "two of three steps are done"


@pytest.mark.parametrize(("ways", "first_resumption"), [(0, 1), (1, 2), (2, 3)])
def test_the_checkpoint_takes_its_time_to_another_site(ways: int, first_resumption: int) -> None:
    lanes = TinyLane(0, pool=0, site=0), TinyLane(0, pool=1, site=1, closed=(0,))
    columns = one_job(Freedom(elsewhere=True), *lanes, transfer_slots=((0, ways), (-1, 0)), transfer_cost=((0, 7), (0, 0)))
    away = [pieces for pieces in spans(columns) if pieces[0][0] != pieces[1][0]]
    assert all(pieces[0][0] == 0 for pieces in away), "no link leads back"
    assert min(pieces[1][1] for pieces in away) == first_resumption
    stay = spans(one_job(Freedom(), *lanes, transfer_slots=((0, 0), (0, 0))))
    assert all(pieces[0][0] == pieces[1][0] for pieces in stay)


def test_worth_counts_every_crossing_slot_and_late_slot() -> None:
    free = Freedom(resume_cost=100, resume_slots=1, pauses=1)
    columns = one_job(free, TinyLane(0, base=1_000, base_at_zero=1_500, power_w=2))
    columns = replace(columns, due_slot=columns.due_slot * 0 + 2, tardiness_cost=columns.tardiness_cost + 10)
    early, late = (Piece(0, 0, 1), Piece(0, 2, 4)), (Piece(0, 1, 2), Piece(0, 3, 5))
    assert itinerary_worth(columns, 0, early) == 1_500 - 2 * (1 + 3 + 4) - 100 - 20
    assert itinerary_worth(columns, 0, late) == 1_000 - 2 * (2 + 4 + 5) - 100 - 30


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (Piece(0, 0, 2),),
        (Piece(0, 0, 1), Piece(0, 1, 2)),
        (Piece(0, 2, 3), Piece(0, 0, 1)),
        (Piece(0, 0, 1), Piece(0, 2, 4)),
        (Piece(0, 0, 2), Piece(0, 3, 4)),
        (Piece(0, 0, 1), Piece(0, 4, 5)),
        (Piece(0, 0, 1), Piece(1, 2, 3)),
        (Piece(0, -1, 0), Piece(0, 2, 3)),
        (Piece(0, 0, 0), Piece(0, 1, 3)),
    ],
    ids=str,
)
def test_what_is_no_itinerary(pieces: tuple[Piece, ...]) -> None:
    columns = one_job(Freedom(), TinyLane(0, closed=(4,)))
    assert is_itinerary(columns, 0, (Piece(0, 0, 1), Piece(0, 2, 3)))
    assert not is_itinerary(columns, 0, pieces)


def test_a_job_without_lanes_has_none() -> None:
    columns = tiny_columns([], [[1]], slot_count=1, mandatory=[False])
    assert list(itineraries(columns, 0)) == []
    assert not is_itinerary(columns, 0, (Piece(0, 0, 1), Piece(0, 2, 3)))
