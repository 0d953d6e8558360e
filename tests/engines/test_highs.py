from __future__ import annotations

from typing import Any

import highspy
import numpy as np
import pytest

from optimizer.engines import highs_program
from optimizer.engines.base import Outcome
from optimizer.engines.highs import HighsEngine
from optimizer.engines.highs_program import HighsProgram, Stop, row_scale
from optimizer.formulation.milp import worthwhile
from optimizer.formulation.rows import RowFamily, make_rows
from optimizer.params import SolveParams
from tests.engines.brute_force import best_objective
from tests.engines.recorder import Recorder
from tests.engines.tiny_columns import TinyWindow, busy_columns, random_columns, tiny_columns
from tests.formulation.certificates import certified_bound


def row_of(*coefficients: int, capacity: int = 10):
    return make_rows(
        RowFamily.LIMIT,
        element=np.zeros(1, np.int64),
        capacity=np.array([capacity], np.int64),
        lengths=np.array([len(coefficients)], np.int64),
        column=np.arange(len(coefficients), dtype=np.int64),
        coefficient=np.array(coefficients, np.int64),
    )


def test_rows_are_divided_by_their_greatest_common_divisor() -> None:
    assert row_scale(row_of(6000, 9000)) == pytest.approx([1 / 3000])


def test_large_rows_are_scaled_by_a_power_of_two() -> None:
    scale = row_scale(row_of(50_000_001, 49_999_999))[0]
    assert 50_000_001 * scale <= 2**10
    assert np.log2(scale) == round(np.log2(scale))


def test_empty_rows_keep_their_scale() -> None:
    assert row_scale(row_of()).tolist() == [1.0]


def test_thread_count_may_change_from_solve_to_solve() -> None:
    columns = busy_columns()
    answers = {HighsEngine().solve(columns, SolveParams(thread_count=count), None, Recorder()).outcome for count in (1, 2, 1)}
    assert answers == {Outcome.OPTIMAL}


@pytest.mark.parametrize("first_band", [1, 2])
def test_narrow_bands_reach_the_optimum(first_band: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.engines.highs._FIRST_BAND_PER_JOB", first_band)
    monkeypatch.setattr("optimizer.engines.highs._BAND_GROWTH", 2)
    for seed in range(60):
        columns = random_columns(seed)
        expected = best_objective(columns)
        monitor = Recorder()
        result = HighsEngine().solve(columns, SolveParams(), None, monitor)
        if expected is None:
            assert result.outcome is Outcome.INFEASIBLE
            continue
        assert result.outcome is Outcome.OPTIMAL
        assert monitor.incumbents[-1][1] == expected
        assert min(monitor.bounds) >= expected


def test_certificates_prove_the_bound() -> None:
    proved = 0
    for seed in range(80):
        columns = random_columns(seed)
        result = HighsEngine().solve(columns, SolveParams(), None, Recorder())
        if result.certificate is not None:
            assert certified_bound(columns, result.certificate) == result.certificate.bound_micros == result.bound
            proved += 1
    assert proved > 20


def test_gangs_above_half_a_limit_close_at_the_root() -> None:
    """Three gangs of 6 on 10 nodes: the relaxation runs 1.67 of them, its dual feasible row of order 1 only one."""
    windows = [TinyWindow(job, 0, 0, base=10, uses={0: 6}) for job in range(3)]
    columns = tiny_columns(windows, [[10]], slot_count=1, mandatory=[False] * 3)
    result = HighsEngine().solve(columns, SolveParams(), None, Recorder())
    assert result.certificate is not None
    assert result.certificate.bound_micros == result.bound == 10
    assert result.statistics["root_round_count"] == 2


def test_too_large_a_problem_is_refused_with_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.engines.highs.MOST_COEFFICIENTS", 0)
    result = HighsEngine().solve(busy_columns(), SolveParams(), None, Recorder())
    assert result.outcome is Outcome.FINISHED
    assert "coefficients" in result.detail


def test_rows_are_passed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """One call for all of them would hold the interpreter lock for seconds, in which no stop is seen."""
    milp, passed = worthwhile(busy_columns()), []
    longest = int(np.diff(milp.rows.first).max())
    add_rows = highspy.Highs.addRows

    def counted(self: highspy.Highs, count: int, *arrays: Any) -> Any:
        passed.append(arrays[2])
        return add_rows(self, count, *arrays)

    monkeypatch.setattr(highspy.Highs, "addRows", counted)
    optima = []
    for most in (highs_program.COEFFICIENTS_AT_ONCE, longest + 1):
        monkeypatch.setattr(highs_program, "COEFFICIENTS_AT_ONCE", most)
        passed.clear()
        program = HighsProgram(milp, milp.rows, integral=True, thread_count=1, seed=0)
        program.run(Stop(asked=lambda: False, seconds=60.0))
        optima.append(program.tree_bound())
        assert sum(passed) == len(milp.rows.column)
    assert max(passed) <= longest + 1 < sum(passed)
    assert optima[0] == optima[1]


def test_what_highs_refuses_is_an_error() -> None:
    milp = worthwhile(busy_columns())
    program = HighsProgram(milp, milp.rows, integral=False, thread_count=1, seed=0)
    with pytest.raises(RuntimeError, match="HiGHS refused"):
        program.accept_gap(-1.0, 0)
