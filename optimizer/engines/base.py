"""What an engine is: capabilities, availability, and one method that turns columns into a selection and a bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from optimizer.certificates import Certificate
from optimizer.columns.table import Columns, Selection
from optimizer.features import Feature
from optimizer.params import SolveParams


class Capability(StrEnum):
    """What a problem may ask of an engine. A problem that needs one an engine lacks is refused by name."""

    MANDATORY_JOBS = "mandatory_jobs"
    BUDGETS = "budgets"
    PROVES_OPTIMALITY = "proves_optimality"
    WARM_START = "warm_start"


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether an engine can run here; ``detail`` is its version, or why it cannot."""

    available: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInfo:
    """An engine as listings name it. ``detail`` is its version, or why it is not available."""

    name: str
    available: bool
    detail: str
    capabilities: frozenset[Capability]
    #: What it carries beyond the core model; a problem that uses another feature is refused by name.
    features: frozenset[Feature]


class Monitor(Protocol):
    """How a running engine talks to its caller. Every call is cheap; engines report as often as they learn something."""

    def stopping(self) -> bool:
        """Whether to return now (time limit, cancel). Engines ask at least every 50 ms where the solver lets them."""
        ...

    def remaining_seconds(self) -> float: ...

    def incumbent(self, selection: Selection, objective: int) -> None:
        """A feasible selection and its objective in micro-units."""
        ...

    def bound(self, objective_bound: int, certificate: Certificate | None = None) -> None:
        """No selection is worth more than this many micro-units; ``certificate``, where there is one, proves it."""
        ...


@dataclass(frozen=True, slots=True)
class WarmStart(Selection):
    """A start that comes with the certificate of an earlier solve, maybe of another problem: a hint of where prices stand.

    Engines without prices of their own use it as the selection it is.
    """

    certificate: Certificate


class Outcome(StrEnum):
    """How an engine's run ended."""

    OPTIMAL = "optimal"  # proved within the asked gap
    INFEASIBLE = "infeasible"  # proved: the mandatory jobs cannot all run
    LIMIT = "limit"  # time or work limit, or asked to stop
    FINISHED = "finished"  # did all it does, without a proof


@dataclass(frozen=True, slots=True)
class EngineResult:
    """``selection`` is the best feasible one found, or None. ``bound`` in micro-units, or None where there is none."""

    outcome: Outcome
    selection: Selection | None
    bound: int | None
    certificate: Certificate | None = None
    detail: str = ""
    statistics: Mapping[str, float] = field(default_factory=dict)


class Engine(Protocol):
    """``solve`` gets columns, parameters, a feasible start selection (or None) and a monitor."""

    name: str
    capabilities: frozenset[Capability]
    #: What the engine places beyond the core model.
    features: frozenset[Feature]

    def availability(self) -> Availability: ...

    def solve(self, columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult: ...
