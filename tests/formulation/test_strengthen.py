from __future__ import annotations

import itertools

import numpy as np
import pytest

from optimizer import certificates
from optimizer.formulation.milp import pulse
from optimizer.formulation.rows import RowFamily
from optimizer.formulation.strengthen import ORDERS, dual_feasible, violated_rows
from tests.engines.tiny_columns import TinyWindow, random_columns, tiny_columns


@pytest.mark.parametrize("order", ORDERS)
def test_elementwise_as_in_certificates(order: int) -> None:
    use, capacity = (np.array(pair) for pair in zip(*itertools.product(range(1, 30), range(1, 30))))
    expected = [certificates.dual_feasible(int(u), int(c), order) for u, c in zip(use, capacity)]
    assert dual_feasible(use, capacity, order).tolist() == expected


@pytest.mark.parametrize("order", ORDERS)
def test_dual_feasible_rows_hold_for_every_choice_that_fits(order: int) -> None:
    capacity = 12
    for count in range(1, 5):
        for uses in itertools.combinations_with_replacement(range(1, capacity + 1), count):
            if sum(uses) <= capacity:
                coefficients = dual_feasible(np.array(uses), np.array(capacity), order)
                assert coefficients.sum() <= order * (order + 1)


def test_only_broken_rows_are_made_and_each_once() -> None:
    windows = [TinyWindow(job, 0, 0, base=10, uses={0: 6}) for job in range(3)]
    milp = pulse(tiny_columns(windows, [[10]], slot_count=1, mandatory=[False] * 3))
    known: set[tuple[int, int]] = set()
    made = violated_rows(milp.rows, np.full(3, 5 / 9), known)
    assert made.family.tolist() == [RowFamily.DUAL_FEASIBLE] * made.count
    assert 1 in made.order.tolist()
    assert made.capacity.tolist() == (made.order * (made.order + 1)).tolist()
    assert violated_rows(milp.rows, np.full(3, 5 / 9), known).count == 0
    assert violated_rows(milp.rows, np.array([1.0, 0.0, 0.0]), set()).count == 0


def test_made_rows_are_broken_by_what_they_answer() -> None:
    broken = 0
    for seed in range(60):
        milp = pulse(random_columns(seed))
        activity = np.random.default_rng(seed).random(milp.column_count)
        made = violated_rows(milp.rows, activity, set())
        total = np.bincount(made.entry_row, made.coefficient * activity[made.column], minlength=made.count)
        assert (total > made.capacity).all()
        broken += made.count
    assert broken > 20
