from __future__ import annotations

import numpy as np
import pytest

from optimizer.engines.base import Outcome
from optimizer.engines.cp_sat import CpSatEngine
from optimizer.engines.cp_sat_model import ModelTooLargeError, whole
from optimizer.params import SolveParams
from tests.engines.recorder import Recorder
from tests.engines.tiny_columns import TinyWindow, busy_columns, tiny_columns


@pytest.mark.parametrize(("reported", "bound"), [(37.99999999999999, 38), (38.0, 38), (-3.0000000000000004, -3), (0.0, 0)])
def test_bounds_that_python_gets_a_few_bits_off_are_whole(reported: float, bound: int) -> None:
    assert whole(reported) == bound


def test_bounds_past_float_resolution_are_lifted() -> None:
    exact = (1 << 60) + 1
    assert whole(float(exact)) >= exact


def test_hourly_prices_are_exact_in_both_phases(monkeypatch: pytest.MonkeyPatch) -> None:
    """One micro-unit separates the best hour from the next; the coarse phase alone does not see it."""
    windows = [TinyWindow(0, 0, 9, base=1_000_000, power_w=1, uses={0: 1})]
    rate = [7, 6, 5, 4, 3, 2, 1, 2, 3, 4]
    columns = tiny_columns(windows, [[1] * 10], slot_count=10, mandatory=[False], rate=rate)
    for most in (0, 100):
        monkeypatch.setattr("optimizer.engines.cp_sat.EXACT_COLUMNS", most)
        result = CpSatEngine().solve(columns, SolveParams(), None, Recorder())
        assert result.outcome is Outcome.OPTIMAL
        assert result.bound == 999_999
        assert result.selection is not None
        assert result.selection.start.tolist() == [6]


def test_dips_of_a_limit_are_kept_by_coarse_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Either job fits beside nothing in slot 1, both fit together elsewhere."""
    monkeypatch.setattr("optimizer.engines.cp_sat.EXACT_COLUMNS", 0)
    windows = [TinyWindow(job, 0, 2, base=10, uses={0: 2}) for job in (0, 1)]
    columns = tiny_columns(windows, [[3, 2, 3]], slot_count=3, mandatory=[True, True], rate=[1, 0, 1])
    result = CpSatEngine().solve(columns, SolveParams(), None, Recorder())
    assert result.selection is not None
    assert len(set(result.selection.start.tolist())) == 2


def test_long_gang_beside_a_short_one_is_feasible() -> None:
    """CP-SAT 9.15 calls this infeasible when its probing is switched off."""
    windows = [TinyWindow(0, 1, 1, base=12, uses={0: 5, 1: 3}), TinyWindow(1, 0, 0, 2, base=22, uses={0: 5})]
    columns = tiny_columns(windows, [[7, 8], [0, 7]], slot_count=2, mandatory=[False, True])
    result = CpSatEngine().solve(columns, SolveParams(), None, Recorder())
    assert result.outcome is Outcome.OPTIMAL
    assert result.bound == 22


@pytest.mark.parametrize("thread_count", [2, 8])
def test_more_workers_reach_the_same_optimum(thread_count: int) -> None:
    columns = busy_columns()
    one, more = (CpSatEngine().solve(columns, SolveParams(thread_count=count), None, Recorder()) for count in (1, thread_count))
    assert one.bound == more.bound
    assert more.outcome is Outcome.OPTIMAL


def test_numbers_past_64_bits_are_refused_by_name() -> None:
    windows = [TinyWindow(job, 0, 0, base=1 << 62, uses={0: 1}) for job in range(4)]
    columns = tiny_columns(windows, [[4]], slot_count=1, mandatory=[False] * 4)
    with pytest.raises(ModelTooLargeError, match="CP-SAT refuses the model"):
        CpSatEngine().solve(columns, SolveParams(), None, Recorder())


def test_stop_request_ends_the_search() -> None:
    """A knapsack that takes CP-SAT minutes; it is asked to stop while it searches."""
    rng = np.random.default_rng(5)
    windows = [
        TinyWindow(job, 0, 40, int(rng.integers(3, 9)), 10**6 + job, {0: int(rng.integers(300, 900))}, power_w=3)
        for job in range(60)
    ]
    columns = tiny_columns(windows, [[1000] * 60], slot_count=60, mandatory=[False] * 60, rate=[1, 5, 2] * 20)

    class StopAtFirstPlan(Recorder):
        def stopping(self) -> bool:
            return any(objective > 0 for _, objective in self.incumbents)

    result = CpSatEngine().solve(columns, SolveParams(thread_count=1), None, StopAtFirstPlan(seconds=120))
    assert result.outcome is Outcome.LIMIT
    assert result.selection is not None
