"""How a running solve talks to whoever asked for it: progress, verified plans as they come, and the wish to stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from optimizer.certificates import Certificate
from optimizer.solution import Result, relative_gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a solve stands. ``objective_micros`` is the best verified plan's, ``bound_micros`` the best bound."""

    phase: str
    elapsed_seconds: float
    objective_micros: int | None = None
    bound_micros: int | None = None

    @property
    def relative_gap(self) -> float | None:
        return relative_gap(self.objective_micros, self.bound_micros)


class SolveMonitor(Protocol):
    """Given to ``pipeline.solve``; every method returns at once."""

    def cancelled(self) -> bool: ...

    def progress(self, progress: Progress) -> None: ...

    def plan(self, result: Result) -> None:
        """A verified plan better than any before. Placements and terms are filled, explanations are not."""
        ...

    def proof(self, certificate: Certificate) -> None:
        """A certificate of a lower bound than any before; that bound is in the progress that follows."""
        ...


class SilentMonitor:
    """Nobody listens, nobody cancels; what listens to something inherits the rest."""

    def cancelled(self) -> bool:
        return False

    def progress(self, progress: Progress) -> None:
        del progress

    def plan(self, result: Result) -> None:
        del result

    def proof(self, certificate: Certificate) -> None:
        del certificate
