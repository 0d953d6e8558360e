"""HiGHS, CP-SAT, Pyomo and trying all agree on random tiny problems."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.engines.base import Engine, Outcome
from optimizer.engines.cp_sat import CpSatEngine
from optimizer.engines.highs import HighsEngine
from optimizer.engines.pyomo import PyomoEngine
from optimizer.params import SolveParams
from tests.engines.brute_force import assert_keeps_every_rule, assert_optimal, best_objective
from tests.engines.recorder import Recorder
from tests.engines.tied_columns import tied_columns
from tests.engines.tiny_columns import random_columns
from tests.profiles import examples

#: Fixed ones, of the problems whose jobs are tied.
SEEDS = range(200)


@pytest.mark.parametrize("engine", [HighsEngine(), CpSatEngine(), PyomoEngine()], ids=lambda engine: engine.name)
@examples(400)
@given(seed=st.integers(0, 2**32))
def test_agrees_with_trying_all(engine: Engine, seed: int) -> None:
    assert_optimal(engine, random_columns(seed))


@pytest.mark.parametrize("engine", [HighsEngine(), CpSatEngine(), PyomoEngine()], ids=lambda engine: engine.name)
def test_agrees_with_trying_all_where_jobs_are_tied(engine: Engine) -> None:
    for seed in SEEDS:
        assert_optimal(engine, tied_columns(seed))


def test_coarse_phases_of_cp_sat_never_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    """With two phases an optimum may be missed, but plans are plans and bounds are bounds."""
    monkeypatch.setattr("optimizer.engines.cp_sat.EXACT_COLUMNS", 0)
    for seed in SEEDS:
        columns = tied_columns(seed) if seed % 2 else random_columns(seed)
        expected = best_objective(columns)
        result = CpSatEngine().solve(columns, SolveParams(thread_count=1), None, Recorder())
        if expected is None:
            assert result.selection is None
            continue
        assert result.bound is None or result.bound >= expected
        assert result.outcome is not Outcome.INFEASIBLE
        if result.outcome is Outcome.OPTIMAL:
            assert result.selection is not None
            assert_keeps_every_rule(columns, result.selection, expected)
