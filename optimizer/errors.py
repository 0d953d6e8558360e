"""The exception tree. Everything raised on purpose is a LoadstoneError.

LoadstoneError
├── InvalidProblemError        the input is wrong: every violation, each with path, reason and message
├── UnsupportedFeatureError    the chosen engine cannot do what the problem asks; names the feature
├── EngineUnavailableError     the engine is not installed here; says why
├── VerificationError          a plan an engine produced failed the independent check: a fault of ours
└── WorkerError                the process that solved died, and left no plan
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing wrong with an input: the field's path, a stable reason in UPPER_SNAKE_CASE, a sentence for people."""

    path: str
    reason: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message} [{self.reason}]"


class LoadstoneError(Exception):
    """Base of every error raised on purpose."""


class InvalidProblemError(LoadstoneError):
    """The input breaks rules; ``violations`` holds all of them."""

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = tuple(violations)
        super().__init__(self.violations)

    def __str__(self) -> str:
        return "\n".join(str(violation) for violation in self.violations)


class UnsupportedFeatureError(InvalidProblemError):
    """The chosen engine cannot do something the problem asks for; nothing is ignored in silence."""


class EngineUnavailableError(LoadstoneError):
    """The engine asked for cannot run on this machine."""

    def __init__(self, engine: str, detail: str) -> None:
        self.engine, self.detail = engine, detail
        super().__init__(engine, detail)

    def __str__(self) -> str:
        return f"engine {self.engine!r} is not available: {self.detail}"


class VerificationError(LoadstoneError):
    """A plan failed the independent check."""

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = tuple(violations)
        super().__init__(self.violations)

    def __str__(self) -> str:
        return "\n".join(str(violation) for violation in self.violations)


class WorkerError(LoadstoneError):
    """The process that solved ended without an answer."""
