"""What passes between an executor and its worker process: one Task in; events, then one last word out.

A bare ``Progress`` is progress, a bare ``Result`` a verified plan on the way, a bare ``Certificate`` the proof of a bound; the
answer comes wrapped in ``Finished``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from optimizer.certificates import Certificate
from optimizer.errors import LoadstoneError
from optimizer.monitor import Progress
from optimizer.params import SolveParams
from optimizer.problem import Problem
from optimizer.solution import Assignment, Result

R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One solve. ``deadline`` is an instant of ``time.monotonic()``, which all processes of a machine share.

    ``grace_seconds``: until it is killed after its deadline; ``stop_seconds``, where that is less: after it is asked to stop.
    """

    function: str
    problem: Problem
    params: SolveParams
    initial: tuple[Assignment, ...]
    initial_certificate: Certificate | None = None
    deadline: float | None
    grace_seconds: float
    stop_seconds: float


@dataclass(frozen=True, slots=True)
class Finished(Generic[R]):
    """The work returned. ``as_told``: the placements of its result are those of the plan told last, and left out."""

    result: R
    as_told: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The work raised a LoadstoneError: its class and state, since exceptions with own constructors do not unpickle."""

    error_type: type[LoadstoneError]
    args: tuple[Any, ...]
    state: dict[str, Any]

    @classmethod
    def of(cls, error: LoadstoneError) -> Refused:
        return cls(type(error), error.args, dict(vars(error)))

    def error(self) -> LoadstoneError:
        error = self.error_type.__new__(self.error_type)
        error.args = self.args
        vars(error).update(self.state)
        return error


@dataclass(frozen=True, slots=True)
class Failed:
    """The work raised something nobody meant to raise, or ran out of memory."""

    summary: str
    traceback: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker's end of the pipe closed before the last word."""


Event = Progress | Result | Certificate | Finished[Result] | Refused | Failed | Lost
