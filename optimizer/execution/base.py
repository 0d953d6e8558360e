"""What an executor is: runs one solve somewhere, delivers its events, returns its Result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Protocol, cast

from optimizer.certificates import Certificate
from optimizer.monitor import SilentMonitor, SolveMonitor
from optimizer.params import SolveParams
from optimizer.problem import Problem
from optimizer.solution import Assignment, Result

#: What an executor runs unless told otherwise, as ``module:name``. Other functions must have the same signature.
PIPELINE_SOLVE = "optimizer.pipeline:solve"

DEFAULT_PARAMS = SolveParams()
SILENT = SilentMonitor()

#: How long a worker that is asked to stop has to answer; after that the last plan it told is the answer.
STOP_SECONDS = 0.07

SolveFunction = Callable[..., Result]


class Executor(Protocol):
    """Runs solves, each apart from the others; safe to call from several threads at once."""

    def solve(
        self,
        problem: Problem,
        params: SolveParams = DEFAULT_PARAMS,
        *,
        initial: Sequence[Assignment] = (),
        initial_certificate: Certificate | None = None,
        monitor: SolveMonitor = SILENT,
        grace_seconds: float | None = None,
    ) -> Result:
        """Run one solve to its end.

        The monitor is called from the calling thread. An exception it raises ends the solve at once and passes through.

        Args:
            problem: what to place.
            params: ``time_limit_seconds`` counts from this call, the start of a worker included.
            initial: a plan to start from; a hint.
            initial_certificate: that plan's certificate; a hint.
            monitor: gets progress and verified plans; says when to stop.
            grace_seconds: how long past the time limit the solve may take to return; unset: the executor's. A solve that is
                cancelled has no longer, and no longer than the executor's ``stop_seconds``.

        Raises:
            InvalidProblemError, EngineUnavailableError, VerificationError: from the solve itself.
            WorkerError: what solved died and left no plan.
        """
        ...

    def close(self) -> None:
        """Free what the executor holds; solves that still run are ended."""
        ...


def load_function(path: str) -> SolveFunction:
    """The function named by ``module:name``."""
    module, _, name = path.partition(":")
    return cast(SolveFunction, getattr(import_module(module), name))
