"""Ruin and recreate without prices: simulated annealing from the best greedy plan, columns chosen by their worth alone."""

from __future__ import annotations

import time

from benchmarks.peers.base import Answer, Deadline, Report
from benchmarks.peers.lists import best_of_orders
from optimizer.columns.table import Columns

#: Share of the time in which the first plan is looked for.
START_SHARE = 0.05
#: Reporting a plan may take about this share of the time, so that it does not slow the search.
REPORT_SHARE = 0.02


class RuinAndRecreate:
    """The annealing schedule spans the limit it is given, so each limit is a run of its own."""

    name = "ruin-recreate"
    anytime = False

    def available(self) -> str | None:
        return None

    def prepare(self) -> None:
        from benchmarks.peers.warm_up import compile_kernels

        compile_kernels()

    def run(self, columns: Columns, seconds: float, seed: int, threads: int, report: Report) -> Answer:
        from optimizer.engines.price.plans.recreate import Search
        from optimizer.engines.price.tables import build_tables

        deadline = Deadline(seconds)
        start = best_of_orders(build_tables(columns), Deadline(START_SHARE * seconds))
        if not start.missing:
            report.plan(start.selection(), start.objective)
        search = Search(start, seed=seed, thread_count=threads)
        begun = deadline.elapsed()
        next_report = 0.0

        def passed() -> float:
            return (deadline.elapsed() - begun) / max(1e-9, seconds - begun)

        def improved() -> None:
            nonlocal next_report
            now = time.monotonic()
            if now >= next_report:
                best = search.best
                if not best.missing:
                    report.plan(best.selection(), best.objective)
                ended = time.monotonic()
                next_report = ended + (ended - now) / REPORT_SHARE

        search.run(None, passed, improved)
        best = search.best
        if best.missing:
            return Answer(None)
        report.plan(best.selection(), best.objective)
        return Answer(best.selection())
