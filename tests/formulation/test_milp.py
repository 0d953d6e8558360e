from __future__ import annotations

import numpy as np
import pytest

from optimizer.formulation.milp import coefficient_count, pulse, worthwhile
from optimizer.formulation.rows import RowFamily
from tests.engines.tiny_columns import TinyWindow, random_columns, tiny_columns


def two_jobs():
    windows = [
        TinyWindow(0, 0, 1, 2, base=50, uses={0: 3}, budget_uses={0: 2}),
        TinyWindow(1, 1, 1, 1, base=-4, uses={0: 2, 1: 5}),
    ]
    return tiny_columns(windows, [[9, 9, 9], [7, 7, 7]], slot_count=3, mandatory=[False, True], budgets=[6])


def stated(milp) -> dict[tuple[int, int, int], tuple[dict[str, int], int, bool]]:
    """(family, element, slot): coefficients by column, capacity, equality."""
    rows = milp.rows
    return {
        (int(rows.family[i]), int(rows.element[i]), int(rows.slot[i])): (
            {
                milp.column_name(rows.column[k]): int(rows.coefficient[k])
                for k in range(int(rows.first[i]), int(rows.first[i + 1]))
            },
            int(rows.capacity[i]),
            bool(rows.equality[i]),
        )
        for i in range(rows.count)
    }


def test_rows_of_a_small_problem() -> None:
    assert stated(pulse(two_jobs())) == {
        (RowFamily.ASSIGN, 0, -1): ({"x[0,0]": 1, "x[0,1]": 1}, 1, False),
        (RowFamily.ASSIGN, 1, -1): ({"x[1,1]": 1}, 1, True),
        (RowFamily.LIMIT, 0, 0): ({"x[0,0]": 3}, 9, False),
        (RowFamily.LIMIT, 0, 1): ({"x[0,0]": 3, "x[0,1]": 3, "x[1,1]": 2}, 9, False),
        (RowFamily.LIMIT, 0, 2): ({"x[0,1]": 3}, 9, False),
        (RowFamily.LIMIT, 1, 1): ({"x[1,1]": 5}, 7, False),
        (RowFamily.BUDGET, 0, -1): ({"x[0,0]": 2, "x[0,1]": 2}, 6, False),
    }


def test_coefficient_count_is_that_of_the_limit_rows() -> None:
    for seed in range(30):
        columns = random_columns(seed)
        rows = pulse(columns).rows
        assert coefficient_count(columns) == int((rows.family[rows.entry_row] == RowFamily.LIMIT).sum())


def test_worthwhile_drops_optional_columns_at_no_gain_only() -> None:
    windows = [TinyWindow(0, 0, 1, base=1, power_w=1), TinyWindow(1, 0, 1, base=0, power_w=1)]
    columns = tiny_columns(windows, [], slot_count=2, mandatory=[False, True], rate=[0, 1])
    milp = worthwhile(columns)
    assert [milp.column_name(i) for i in range(milp.column_count)] == ["x[0,0]", "x[1,0]", "x[1,1]"]
    assert milp.worth.tolist() == [1, 0, -1]


def test_mandatory_job_without_a_window_has_an_empty_equality() -> None:
    milp = pulse(tiny_columns([], [], slot_count=1, mandatory=[True, False]))
    assert stated(milp) == {(RowFamily.ASSIGN, 0, -1): ({}, 1, True)}


@pytest.mark.parametrize("seed", range(10))
def test_restricting_keeps_coefficients_of_kept_columns(seed: int) -> None:
    milp = pulse(random_columns(seed))
    keep = np.arange(0, milp.column_count, 2)
    part = milp.restricted(keep)
    kept = {milp.column_name(i) for i in keep}
    assert {part.column_name(i) for i in range(part.column_count)} == kept
    for key, (coefficients, capacity, equality) in stated(milp).items():
        expected = {name: value for name, value in coefficients.items() if name in kept}
        assert stated(part)[key] == (expected, capacity, equality)
