from __future__ import annotations

import numpy as np

from optimizer.columns.table import Selection
from optimizer.formulation.milp import pulse
from optimizer.formulation.selections import empty_selection, positions, selection_of, value_of
from tests.engines.tiny_columns import TinyWindow, tiny_columns


def crowded(mandatory: bool = False):
    windows = [TinyWindow(job, 0, 1, base=5 + job, uses={0: 2}, budget_uses={0: 3}) for job in (0, 1)]
    return tiny_columns(windows, [[4, 3]], slot_count=2, mandatory=[mandatory, False], budgets=[6])


def chosen(*pairs: tuple[int, int]) -> Selection:
    return Selection(
        window=np.array([window for window, _ in pairs], np.int32), start=np.array([s for _, s in pairs], np.int32)
    )


def test_value_of_what_fits() -> None:
    assert value_of(crowded(), chosen((0, 0), (1, 0))) == 11
    assert value_of(crowded(), chosen((-1, -1), (1, 1))) == 6


def test_one_unit_past_a_limit_is_refused() -> None:
    assert value_of(crowded(), chosen((0, 1), (1, 1))) is None


def test_one_unit_past_a_budget_is_refused() -> None:
    windows = [TinyWindow(job, 0, 0, base=5, budget_uses={0: 3}) for job in (0, 1)]
    columns = tiny_columns(windows, [], slot_count=1, mandatory=[False, False], budgets=[5])
    assert value_of(columns, chosen((0, 0), (1, 0))) is None
    assert value_of(columns, chosen((0, 0), (-1, -1))) == 5


def test_start_outside_its_window_or_window_of_another_job_is_refused() -> None:
    assert value_of(crowded(), chosen((0, 2), (-1, -1))) is None
    assert value_of(crowded(), chosen((1, 0), (-1, -1))) is None


def test_mandatory_job_left_out_is_refused() -> None:
    assert value_of(crowded(mandatory=True), empty_selection(crowded())) is None


def test_positions_lead_back_to_the_selection() -> None:
    columns = crowded()
    milp = pulse(columns)
    selection = chosen((0, 1), (1, 0))
    at = positions(columns, milp, selection)
    back = selection_of(columns, milp.window[at], milp.start[at])
    assert back.window.tolist() == [0, 1]
    assert back.start.tolist() == [1, 0]


def test_positions_leave_out_columns_the_program_lacks() -> None:
    milp = pulse(crowded()).restricted(np.array([0, 3]))
    assert positions(crowded(), milp, chosen((0, 0), (1, 0))).tolist() == [0]
