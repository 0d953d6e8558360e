"""What is done before a clock starts: solvers imported, kernels compiled or loaded from numba's cache."""

from __future__ import annotations

from importlib.util import find_spec

from benchmarks.registry import UK_NO
from optimizer.params import SolveParams


def import_solvers() -> None:
    """highspy first: with highspy 1.15 or later, ortools before it would fail; the versions pinned take either order."""
    import highspy
    from ortools.sat.python import cp_model

    del highspy, cp_model


def compile_kernels() -> None:
    """Runs the price engine and the greedy once on the smallest shipped instance."""
    from optimizer.columns.candidates import candidates
    from optimizer.engines import registry
    from optimizer.exact.problem import exact
    from optimizer.io.files import read_problem

    columns = candidates(exact(read_problem(UK_NO / "tiny.json"))).columns
    for engine in ("greedy", "price"):
        params = SolveParams(engine=engine, work_limit=1_000, thread_count=1)
        registry.get(engine).solve(columns, params, None, _Patient())


def missing_module(name: str) -> str | None:
    """Why module ``name`` cannot be used; None where it is installed."""
    return None if find_spec(name) else f"{name} is not installed"


class _Patient:
    """A monitor that never stops a run and keeps nothing."""

    def stopping(self) -> bool:
        return False

    def remaining_seconds(self) -> float:
        return 60.0

    def incumbent(self, selection: object, objective: int) -> None:
        del selection, objective

    def bound(self, objective_bound: int, certificate: object = None) -> None:
        del objective_bound
