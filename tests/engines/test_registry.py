from __future__ import annotations

import subprocess
import sys

import pytest

from optimizer.engines import registry
from optimizer.engines.cp_sat import CpSatEngine
from optimizer.engines.highs import HighsEngine
from optimizer.errors import EngineUnavailableError


@pytest.mark.parametrize(("name", "kind"), [("highs", HighsEngine), ("cp_sat", CpSatEngine)])
def test_engines_by_name(name: str, kind: type) -> None:
    engine = registry.get(name)
    assert isinstance(engine, kind)
    assert engine.name == name


def test_pyomo_takes_a_solver() -> None:
    assert registry.create("pyomo:glpk").name == "pyomo:glpk"


@pytest.mark.parametrize("name", ["", "gurobi", "HIGHS", "highs:fast", "pyomo:", "optimizer.engines.highs"])
def test_unknown_names_say_which_there_are(name: str) -> None:
    with pytest.raises(EngineUnavailableError, match="cp_sat"):
        registry.create(name)


def test_engine_that_cannot_run_says_why() -> None:
    with pytest.raises(EngineUnavailableError, match="no_such_solver"):
        registry.get("pyomo:no_such_solver")


def test_no_solver_is_imported_before_it_solves() -> None:
    code = (
        "import sys; from optimizer.engines import registry;"
        "[registry.get(name) for name in ('highs', 'cp_sat')];"
        "print([name for name in ('highspy', 'ortools', 'pyomo', 'numba') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
