from dataclasses import replace
from datetime import timedelta

import pytest

from optimizer.certificates import Certificate, DualFeasiblePrice, PatternRow, SlotPrice, SlotPrices
from optimizer.errors import InvalidProblemError
from optimizer.limits import LimitKind
from optimizer.moved_horizon import moved_assignments, moved_certificate, slots_passed, told_in
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import TimeGrid
from optimizer.solution import Assignment
from optimizer.warm import tiny_problem


def certificate(price: tuple[int, ...]) -> Certificate:
    return Certificate(
        bound_micros=1,
        unit_bits=0,
        slot_prices=(SlotPrices(LimitKind.POOL_NODES, "p", price),),
        dual_feasible_prices=tuple(DualFeasiblePrice(LimitKind.POOL_NODES, "p", slot, 1, 10 + slot) for slot in range(4)),
        pattern_rows=(PatternRow((), 1, tuple(SlotPrice(slot, slot) for slot in range(4))),),
    )


@pytest.mark.parametrize(
    ("passed", "price"),
    [(0, (1, 2, 3, 4)), (1, (2, 3, 4, 4)), (3, (4, 4, 4, 4)), (9, (4, 4, 4, 4)), (-2, (1, 1, 1, 2))],
)
def test_prices_move_and_the_last_one_goes_on(passed: int, price: tuple[int, ...]) -> None:
    assert moved_certificate(certificate((1, 2, 3, 4)), passed).slot_prices[0].price == price


def test_rows_of_slots_that_have_passed_are_dropped() -> None:
    moved = moved_certificate(certificate((1, 2, 3, 4)), 2)
    assert [(row.slot, row.price) for row in moved.dual_feasible_prices] == [(0, 12), (1, 13)]
    assert moved.pattern_rows[0].price == (SlotPrice(0, 2), SlotPrice(1, 3))


def test_what_has_begun_goes_on_from_slot_0() -> None:
    plan = [Assignment(job="a", mode="m", pool="p", start_slot=1), Assignment(job="b", mode="m", pool="p", start_slot=5)]
    assert [item.start_slot for item in moved_assignments(plan, 3)] == [0, 2]


def test_the_move_is_read_from_the_plans_own_times() -> None:
    problem = tiny_problem()
    result = solve(problem, SolveParams(engine="price", work_limit=1_000))
    grid = problem.time_grid

    def later(hours: float) -> TimeGrid:
        return replace(grid, start_time=grid.start_time + timedelta(hours=hours))

    assert slots_passed(result.placements, grid) == 0
    assert slots_passed(result.placements, later(2)) == 2
    assert slots_passed((), later(2)) == 0
    same, prices = told_in(result, grid)
    assert same == tuple(placement.assignment for placement in result.placements)
    assert prices == result.certificate
    with pytest.raises(InvalidProblemError, match="no slot boundary"):
        slots_passed(result.placements, later(0.5))
    with pytest.raises(InvalidProblemError, match="slots of"):
        slots_passed(result.placements, replace(grid, slot_duration=timedelta(minutes=30)))
