from __future__ import annotations

import pytest

from optimizer.engines.base import Outcome
from optimizer.engines.pyomo import SOLVER_VARIABLE, PyomoEngine
from optimizer.params import SolveParams
from tests.engines.recorder import Recorder
from tests.engines.tiny_columns import busy_columns


def test_default_solver_is_highs() -> None:
    engine = PyomoEngine()
    assert engine.name == "pyomo"
    assert engine.solver == "appsi_highs"


def test_environment_names_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SOLVER_VARIABLE, "cbc")
    assert PyomoEngine().solver == "cbc"
    assert PyomoEngine("glpk").solver == "glpk"


def test_missing_solver_is_named() -> None:
    availability = PyomoEngine("no_such_solver").availability()
    assert not availability.available
    assert "no_such_solver" in availability.detail


def test_too_large_a_problem_is_refused_with_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.engines.pyomo.MOST_COEFFICIENTS", 0)
    result = PyomoEngine().solve(busy_columns(), SolveParams(), None, Recorder())
    assert result.outcome is Outcome.FINISHED
    assert "coefficients" in result.detail


@pytest.mark.parametrize("solver", ["glpk", "cbc", "scip", "highs"])
def test_other_solvers_reach_the_same_optimum(solver: str) -> None:
    engine = PyomoEngine(solver)
    if not engine.availability().available:
        pytest.skip(engine.availability().detail)
    columns = busy_columns()
    assert engine.solve(columns, SolveParams(), None, Recorder()).bound == (
        PyomoEngine().solve(columns, SolveParams(), None, Recorder()).bound
    )
