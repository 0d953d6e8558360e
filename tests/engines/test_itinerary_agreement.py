"""Exact engines and trying all agree where jobs may pause, change and go on elsewhere; heuristics stay within."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.engines.base import Engine, Outcome
from optimizer.engines.cp_sat import CpSatEngine
from optimizer.engines.greedy import GreedyEngine
from optimizer.engines.highs import HighsEngine
from optimizer.engines.pyomo import PyomoEngine
from optimizer.params import SolveParams
from tests.engines.brute_force import assert_keeps_every_rule, assert_optimal
from tests.engines.recorder import Recorder
from tests.engines.tiny_lanes import best_with_lanes, random_columns_with_lanes
from tests.profiles import examples


@pytest.mark.parametrize("engine", [HighsEngine(), CpSatEngine(), PyomoEngine()], ids=lambda engine: engine.name)
@examples(80)
@given(seed=st.integers(0, 2**32))
def test_agrees_with_trying_all(engine: Engine, seed: int) -> None:
    assert_optimal(engine, random_columns_with_lanes(seed))


def test_pieces_are_needed() -> None:
    """The random problems are worth their name: in many, a run in pieces is in every best plan."""
    better = 0
    for seed in range(200):
        columns = random_columns_with_lanes(seed)
        result = HighsEngine().solve(columns, SolveParams(thread_count=1), None, Recorder())
        better += result.selection is not None and len(result.selection.pieces) > 0
    assert better > 15


@pytest.mark.parametrize("most", [1, 3])
@pytest.mark.parametrize("engine", [HighsEngine(), CpSatEngine(), PyomoEngine()], ids=lambda engine: engine.name)
def test_generated_itineraries_prove_the_same(monkeypatch: pytest.MonkeyPatch, engine: Engine, most: int) -> None:
    """Beyond the number that is enumerated, itineraries are generated: bounds still hold, and most optima are proved."""
    monkeypatch.setattr("optimizer.engines.itinerary_generation.MOST_LISTED", most)
    proved = 0
    for seed in range(100):
        columns = random_columns_with_lanes(seed)
        expected = best_with_lanes(seed)
        monitor = Recorder()
        result = engine.solve(columns, SolveParams(thread_count=1), None, monitor)
        if expected is None:
            assert result.selection is None
            continue
        assert result.outcome is not Outcome.INFEASIBLE
        assert all(bound >= expected for bound in monitor.bounds)
        assert result.bound is None or result.bound >= expected
        if result.selection is not None:
            assert_keeps_every_rule(columns, result.selection, max(objective for _, objective in monitor.incumbents))
        if result.outcome is Outcome.OPTIMAL:
            assert monitor.incumbents[-1][1] == expected
            proved += 1
    assert proved > 50


def test_what_is_too_much_to_price_is_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.engines.itinerary_generation.MOST_LISTED", 1)
    monkeypatch.setattr("optimizer.engines.itinerary_generation.MOST_PRICING_STEPS", 0)
    told = 0
    for seed in range(40):
        columns = random_columns_with_lanes(seed)
        result = HighsEngine().solve(columns, SolveParams(thread_count=1), None, Recorder())
        if "only some are considered" in result.detail:
            assert result.bound is None
            assert result.outcome is not Outcome.OPTIMAL
            told += 1
    assert told > 5


def test_list_scheduling_keeps_the_rules() -> None:
    for seed in range(60):
        columns = random_columns_with_lanes(seed)
        expected = best_with_lanes(seed)
        result = GreedyEngine().solve(columns, SolveParams(), None, Recorder())
        if result.selection is not None:
            assert expected is not None
        assert result.bound is None
