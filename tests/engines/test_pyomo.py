from __future__ import annotations

import gc

import pytest

from optimizer import interrupt
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


class Asked(Recorder):
    """Asks to stop at the ``last``-th question; notes whether the garbage collector was on at each."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self.collected: list[bool] = []
        self._last = last

    def stopping(self) -> bool:
        self.collected.append(gc.isenabled())
        return len(self.collected) >= self._last


def test_a_model_is_given_up_while_it_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each pass of the collector over all that Pyomo makes takes a second, in which no stop is seen either."""
    monkeypatch.setattr(interrupt, "BATCH", 1)
    columns = busy_columns()
    whole = Asked(10**9)
    assert PyomoEngine().solve(columns, SolveParams(), None, whole).outcome is Outcome.OPTIMAL
    # at each column but the last and each limit's slot, then once before the solver begins
    asked = len(whole.collected) - 1
    assert asked >= columns.column_count
    assert whole.collected == [False] * asked + [True]
    for last in range(1, asked + 1):
        monitor = Asked(last)
        answer = PyomoEngine().solve(columns, SolveParams(), None, monitor)
        assert (answer.outcome, answer.bound, len(monitor.collected)) == (Outcome.LIMIT, None, last)


@pytest.mark.parametrize("solver", ["glpk", "cbc", "scip", "highs"])
def test_other_solvers_reach_the_same_optimum(solver: str) -> None:
    engine = PyomoEngine(solver)
    if not engine.availability().available:
        pytest.skip(engine.availability().detail)
    columns = busy_columns()
    assert engine.solve(columns, SolveParams(), None, Recorder()).bound == (
        PyomoEngine().solve(columns, SolveParams(), None, Recorder()).bound
    )
