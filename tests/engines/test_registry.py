from __future__ import annotations

import subprocess
import sys

import pytest

from optimizer.engines import registry
from optimizer.engines.auto import AutoEngine
from optimizer.engines.base import Availability, Capability
from optimizer.engines.cp_sat import CpSatEngine
from optimizer.engines.greedy import GreedyEngine
from optimizer.engines.highs import HighsEngine
from optimizer.errors import EngineUnavailableError
from optimizer.features import PLANT_FEATURES, Feature


@pytest.mark.parametrize(
    ("name", "kind"), [("highs", HighsEngine), ("cp_sat", CpSatEngine), ("greedy", GreedyEngine), ("auto", AutoEngine)]
)
def test_engines_by_name(name: str, kind: type) -> None:
    assert isinstance(registry.get(name), kind)


@pytest.mark.parametrize("name", registry.names())
def test_every_engine_answers_to_its_name_and_says_what_it_can(name: str) -> None:
    engine = registry.create(name)
    assert engine.name == name
    assert engine.capabilities >= {Capability.MANDATORY_JOBS, Capability.BUDGETS}
    assert engine.availability().detail


def test_the_listing_holds_every_engine_in_order() -> None:
    listing = {engine.name: engine for engine in registry.listing()}
    assert tuple(listing) == registry.names()
    assert listing["greedy"].available
    assert listing["auto"].available


def test_the_listing_says_what_a_problem_may_use_with_each() -> None:
    carried = {engine.name: engine.features for engine in registry.listing()}
    assert carried["auto"] == frozenset(Feature), "nothing that can be asked for is refused but by an engine asked for by name"
    assert Feature.PRIORITY_TIERS in carried["greedy"], "tiers need nothing of an engine"
    assert not PLANT_FEATURES & carried["greedy"]


def test_an_engine_whose_solver_is_missing_is_listed_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = Availability(False, "highspy is not installed")
    monkeypatch.setattr(HighsEngine, "availability", lambda self: missing)
    (found,) = (engine for engine in registry.listing() if engine.name == "highs")
    assert (found.available, found.detail) == (False, "highspy is not installed")
    assert registry.create("highs").name == "highs"
    with pytest.raises(EngineUnavailableError, match="highspy is not installed"):
        registry.get("highs")


def test_no_two_calls_share_an_engine() -> None:
    assert registry.create("price") is not registry.create("price")


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
        "[registry.get(name) for name in ('auto', 'greedy', 'highs', 'cp_sat')];"
        "print([name for name in ('highspy', 'ortools', 'pyomo', 'numba') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
