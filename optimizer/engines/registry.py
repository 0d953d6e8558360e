"""Engines by name. Nothing heavy is imported before an engine is asked to solve."""

from __future__ import annotations

from importlib import import_module

from optimizer.engines.base import Engine, EngineInfo
from optimizer.errors import EngineUnavailableError
from optimizer.features import carried

#: Name: module and class. Order is that of listings.
_ENGINES = {
    "auto": ("optimizer.engines.auto", "AutoEngine"),
    "greedy": ("optimizer.engines.greedy", "GreedyEngine"),
    "price": ("optimizer.engines.price.engine", "PriceEngine"),
    "highs": ("optimizer.engines.highs", "HighsEngine"),
    "cp_sat": ("optimizer.engines.cp_sat", "CpSatEngine"),
    "pyomo": ("optimizer.engines.pyomo", "PyomoEngine"),
}


def names() -> tuple[str, ...]:
    """Every engine, whether it can run here or not."""
    return tuple(_ENGINES)


def create(name: str) -> Engine:
    """The engine called ``name``, whether it can run here or not; ``pyomo:<solver>`` is Pyomo with that solver.

    Raises:
        EngineUnavailableError: no engine has this name.
    """
    base, _, solver = name.partition(":")
    if base not in _ENGINES or (":" in name and (base != "pyomo" or not solver)):
        raise EngineUnavailableError(name, f"no engine has this name; there are {', '.join(_ENGINES)}, pyomo:<solver>")
    module, class_name = _ENGINES[base]
    factory = getattr(import_module(module), class_name)
    engine: Engine = factory(solver) if solver else factory()
    return engine


def get(name: str) -> Engine:
    """The engine called ``name``, ready to solve.

    Raises:
        EngineUnavailableError: no engine has this name, or it cannot run here; says why.
    """
    engine = create(name)
    availability = engine.availability()
    if not availability.available:
        raise EngineUnavailableError(name, availability.detail)
    return engine


def listing() -> tuple[EngineInfo, ...]:
    """Every engine: whether it can run here, with its version or the reason why not, what it can do and what it carries."""
    return tuple(_info(create(name)) for name in _ENGINES)


def _info(engine: Engine) -> EngineInfo:
    found = engine.availability()
    return EngineInfo(
        name=engine.name,
        available=found.available,
        detail=found.detail,
        capabilities=engine.capabilities,
        features=carried(engine.features),
    )
