"""Loadstone itself under the peers' protocol: the first plan of its pipeline, then an engine."""

from __future__ import annotations

from benchmarks.peers.base import Answer, Deadline, Report, ReportingMonitor
from optimizer.columns.table import Columns
from optimizer.params import SolveParams


class Loadstone:
    """``engine`` is a name of ``optimizer.engines.registry``. Engines plan with their limit: each limit is a run of its own."""

    anytime = False

    def __init__(self, engine: str) -> None:
        self._engine = engine

    @property
    def name(self) -> str:
        return f"loadstone-{self._engine}"

    def available(self) -> str | None:
        from optimizer.engines import registry

        found = registry.create(self._engine).availability()
        return None if found.available else found.detail

    def prepare(self) -> None:
        from benchmarks.peers.warm_up import compile_kernels, import_solvers

        compile_kernels()
        import_solvers()

    def run(self, columns: Columns, seconds: float, seed: int, threads: int, report: Report) -> Answer:
        from optimizer.engines import registry
        from optimizer.engines.greedy import first_plan
        from optimizer.formulation.selections import empty_selection, value_of

        monitor = ReportingMonitor(Deadline(seconds), report)
        start = first_plan(columns, empty_selection(columns))
        if start is not None and (objective := value_of(columns, start)) is not None:
            report.plan(start, objective)
        params = SolveParams(engine=self._engine, time_limit_seconds=seconds, seed=seed, thread_count=threads)
        answer = registry.get(self._engine).solve(columns, params, start, monitor)
        return Answer(answer.selection, answer.bound)
