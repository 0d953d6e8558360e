"""Solves in the calling process and thread: for tests, notebooks and debuggers. Nothing is killed, nothing survives a crash."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.certificates import Certificate
from optimizer.execution.base import DEFAULT_PARAMS, PIPELINE_SOLVE, SILENT, load_function
from optimizer.monitor import SolveMonitor
from optimizer.params import SolveParams
from optimizer.problem import Problem
from optimizer.solution import Assignment, Result


class InlineExecutor:
    """See ``Executor``. ``grace_seconds`` has no effect: only a process can be ended from outside."""

    def __init__(self, function: str = PIPELINE_SOLVE) -> None:
        self._function = function

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
        del grace_seconds
        solve = load_function(self._function)
        return solve(problem, params, initial=tuple(initial), initial_certificate=initial_certificate, monitor=monitor)

    def close(self) -> None:
        """Nothing is held."""
