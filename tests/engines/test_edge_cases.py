"""What every exact engine answers at the edges, and how it uses a start, a gap and a stop."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.columns.table import Columns, Selection
from optimizer.engines.base import Engine, Outcome
from optimizer.engines.cp_sat import CpSatEngine
from optimizer.engines.highs import HighsEngine
from optimizer.engines.pyomo import PyomoEngine
from optimizer.params import SolveParams
from tests.engines.brute_force import assert_keeps_every_rule, best_objective
from tests.engines.edge_cases import edge_cases
from tests.engines.recorder import Recorder
from tests.engines.tiny_columns import TinyWindow, busy_columns, tiny_columns

ENGINES: tuple[Engine, ...] = (HighsEngine(), CpSatEngine(), PyomoEngine())
CASES = edge_cases()
every_engine = pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)


def one_of_two() -> Columns:
    """Two jobs, room for one; the second is worth more."""
    windows = [TinyWindow(0, 0, 0, base=100, uses={0: 1}), TinyWindow(1, 0, 0, base=150, uses={0: 1})]
    return tiny_columns(windows, [[1]], slot_count=1, mandatory=[False, False])


@pytest.mark.parametrize("name", CASES)
def test_trying_all_agrees_with_the_written_optimum(name: str) -> None:
    columns, optimum = CASES[name]
    assert best_objective(columns) == optimum


@every_engine
@pytest.mark.parametrize("name", CASES)
def test_edge_case(engine: Engine, name: str) -> None:
    columns, optimum = CASES[name]
    result = engine.solve(columns, SolveParams(), None, Recorder())
    if optimum is None:
        assert result.outcome is Outcome.INFEASIBLE
        return
    assert result.outcome is Outcome.OPTIMAL
    assert result.selection is not None
    assert_keeps_every_rule(columns, result.selection, optimum)
    assert result.bound is not None
    assert optimum <= result.bound <= optimum + abs(optimum) // 10**8


@every_engine
def test_start_is_reported_and_improved(engine: Engine) -> None:
    monitor = Recorder()
    start = Selection(window=np.array([0, -1], np.int32), start=np.array([0, -1], np.int32))
    result = engine.solve(one_of_two(), SolveParams(), start, monitor)
    assert monitor.incumbents[0][1] == 100
    assert result.selection is not None
    assert result.selection.window.tolist() == [-1, 1]


@every_engine
def test_start_that_breaks_a_limit_is_ignored(engine: Engine) -> None:
    columns, monitor = one_of_two(), Recorder()
    start = Selection(window=np.array([0, 1], np.int32), start=np.array([0, 0], np.int32))
    result = engine.solve(columns, SolveParams(), start, monitor)
    assert max(objective for _, objective in monitor.incumbents) == 150
    assert result.selection is not None
    assert_keeps_every_rule(columns, result.selection, 150)


@every_engine
def test_start_within_the_asked_gap_may_be_the_answer(engine: Engine) -> None:
    start = Selection(window=np.array([0, -1], np.int32), start=np.array([0, -1], np.int32))
    result = engine.solve(one_of_two(), SolveParams(relative_gap=0.5), start, Recorder())
    assert result.outcome is Outcome.OPTIMAL
    assert result.selection is not None
    assert result.bound is not None
    assert result.bound >= 150


@every_engine
def test_told_to_stop_at_once_still_answers(engine: Engine) -> None:
    columns = busy_columns()
    best = best_objective(columns)
    result = engine.solve(columns, SolveParams(), None, Recorder(stop=True))
    assert result.outcome in (Outcome.LIMIT, Outcome.OPTIMAL)
    assert result.selection is not None
    assert best is not None
    assert result.bound is None or result.bound >= best


@pytest.mark.parametrize("engine", ENGINES[:2], ids=lambda engine: engine.name)
def test_work_limit_repeats_exactly(engine: Engine) -> None:
    columns = busy_columns()
    params = SolveParams(work_limit=1, seed=3)
    first, second = Recorder(), Recorder()
    assert engine.solve(columns, params, None, first).bound == engine.solve(columns, params, None, second).bound
    assert [objective for _, objective in first.incumbents] == [objective for _, objective in second.incumbents]


@every_engine
def test_is_available_and_names_its_version(engine: Engine) -> None:
    availability = engine.availability()
    assert availability.available
    assert any(character.isdigit() for character in availability.detail)
