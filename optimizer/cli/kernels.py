"""Kernels are compiled before a command solves, and after what it is asked to solve is known to be sound."""

from __future__ import annotations

from optimizer import validate
from optimizer.cli.console import Console
from optimizer.engines.registry import get
from optimizer.problem import Problem
from optimizer.warm import ensure_warm, is_warm


def compile_kernels(problem: Problem, engine: str, console: Console) -> None:
    """Compiles what this installation has not compiled yet, so that no time limit pays for it.

    Raises:
        InvalidProblemError, EngineUnavailableError: told now, not after minutes of compiling.
    """
    if not is_warm():
        get(engine)
        validate.check(problem)
        ensure_warm(lambda words: console.status(words + "\n"))
