"""Combines the engines by size: the price engine always, an exact engine to close the gap where few columns are left.

    prices and bound -> plan -> drop what no better plan can use -> exact engine on the rest, beside the search
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, replace

import numpy as np

from optimizer.columns import Columns, IndexArray, Selection
from optimizer.engines.base import Availability, Capability, Engine, EngineResult, Monitor, Outcome
from optimizer.params import SolveParams

#: Columns left after reduced-cost fixing up to which an exact engine is worth a core.
CLOSING_COLUMN_COUNT = 20_000
#: Shares of the time for the bound, and for the search before the exact engine starts.
BOUND_SHARE = 0.3
FIRST_SEARCH_SHARE = 0.05


class AutoEngine:
    """Says in ``detail`` which engine gave the plan and the bound, and why."""

    name = "auto"
    capabilities = frozenset(
        {Capability.MANDATORY_JOBS, Capability.BUDGETS, Capability.WARM_START, Capability.PROVES_OPTIMALITY}
    )

    def availability(self) -> Availability:
        return Availability(True, "chooses among the engines that are available")

    def solve(self, columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        from optimizer.engines.price.certificate import MandatoryJobWithoutColumnsError
        from optimizer.engines.price.engine import Timer
        from optimizer.engines.price.run import PriceRun

        timer = Timer(monitor, deterministic=params.work_limit is not None)
        run = PriceRun(columns, params, start, monitor)
        try:
            run.bound(lambda: timer.share() >= BOUND_SHARE)
        except MandatoryJobWithoutColumnsError as error:
            return EngineResult(Outcome.INFEASIBLE, None, None, detail=str(error))
        if run.closed:
            return _told(run.result(), "price: its bound meets its plan")
        before = timer.share_of_rest()
        if columns.column_count <= CLOSING_COLUMN_COUNT:
            run.search(lambda: before() / FIRST_SEARCH_SHARE)
        fixing = run.fixing()
        left = columns if fixing is None else fixing.columns
        if left.column_count > CLOSING_COLUMN_COUNT:
            run.dive(lambda: before() >= 0.5)
            run.search(timer.share_of_rest())
            return _told(run.result(), f"price: {left.column_count:,} columns are too many to prove exactly")
        closing = _Closing(left, None if fixing is None else fixing.window_before, params, monitor)
        closing.start()
        if closing.beside_search:
            rest = timer.share_of_rest()
            run.search(lambda: 1.0 if closing.done else rest())
        return closing.conclude(run.result(), columns)


def _told(answer: EngineResult, why: str) -> EngineResult:
    return replace(answer, detail=f"{why}. {answer.detail}")


@dataclass(slots=True)
class _Quiet:
    """The exact engine's monitor: it stops with the whole run; what it finds is read when it returns."""

    outer: Monitor

    def stopping(self) -> bool:
        return self.outer.stopping()

    def remaining_seconds(self) -> float:
        return self.outer.remaining_seconds()

    def incumbent(self, selection: Selection, objective: int) -> None:
        del selection, objective

    def bound(self, objective_bound: int, certificate: object = None) -> None:
        del objective_bound, certificate


class _Closing:
    """An exact engine on the columns that a better plan may use, in a thread beside the search where there are two."""

    def __init__(
        self, left: Columns, window_before: IndexArray | None, params: SolveParams, monitor: Monitor
    ) -> None:
        from optimizer.engines import registry

        threads = params.thread_count or os.cpu_count() or 1
        self.beside_search = threads > 1 and params.work_limit is None
        self._engine: Engine = registry.get("cp_sat")
        self._left, self._window_before = left, window_before
        self._params = replace(params, thread_count=max(1, threads - 1) if self.beside_search else 1)
        self._monitor = _Quiet(monitor)
        self._answer: EngineResult | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="closing")

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def start(self) -> None:
        """In the background where a search runs beside it, else to its end."""
        self._thread.start()
        if not self.beside_search:
            self._thread.join()

    def conclude(self, searched: EngineResult, columns: Columns) -> EngineResult:
        """The better of both plans; the proof, if there is one. A plan not among the columns left is no better."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        exact = self._answer
        assert exact is not None
        left = f"{self._engine.name} on the {self._left.column_count:,} columns that a better plan may use"
        best, objective = searched.selection, _objective(columns, searched.selection)
        found = self._in_full(exact.selection)
        if found is not None and (objective is None or _objective(columns, found) > objective):
            best, objective = found, _objective(columns, found)
        if exact.outcome is Outcome.INFEASIBLE and best is None:
            return replace(exact, detail=f"{left} proved that the mandatory jobs cannot all run")
        if exact.outcome in (Outcome.OPTIMAL, Outcome.INFEASIBLE):
            bound = objective if exact.bound is None else max(exact.bound, objective or exact.bound)
            return replace(
                searched, outcome=Outcome.OPTIMAL, selection=best, bound=bound, detail=f"proved by {left}. {searched.detail}"
            )
        return replace(searched, selection=best, detail=f"price; {left} did not end in time. {searched.detail}")

    def _run(self) -> None:
        try:
            self._answer = self._engine.solve(self._left, self._params, None, self._monitor)
        except BaseException as error:
            self._error = error

    def _in_full(self, selection: Selection | None) -> Selection | None:
        """A selection of the columns left, as one of all columns."""
        if selection is None or self._window_before is None:
            return selection
        placed = selection.window >= 0
        window = np.where(placed, self._window_before[np.maximum(selection.window, 0)], -1).astype(np.int32)
        return Selection(window, selection.start)


def _objective(columns: Columns, selection: Selection | None) -> int | None:
    if selection is None:
        return None
    return sum(
        int(columns.worth(int(w))[int(s) - int(columns.start_first[w])])
        for w, s in zip(selection.window, selection.start, strict=True)
        if w >= 0
    )
