"""Combines the engines by size: the price engine always, and an exact search to close the gap where little is left.

prices and bound -> plan -> exact search over what no price rules out, beside the plan search -> the better of both
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.columns.table import Columns, Selection
from optimizer.engines.base import Availability, Capability, EngineResult, Monitor, Outcome
from optimizer.features import PLACED_FEATURES, PLANT_FEATURES, Feature
from optimizer.formulation.selections import value_of
from optimizer.interrupt import Interrupted
from optimizer.params import SolveParams

if TYPE_CHECKING:
    from optimizer.engines.price.bound.certificate import Fixing
    from optimizer.engines.price.engine import Timer
    from optimizer.engines.price.halls.run import HallRun
    from optimizer.engines.price.run import PriceRun

#: Columns up to which closing is tried; it declines by itself where too many are left after fixing.
CLOSING_COLUMN_COUNT = 20_000
#: Columns left by the prices up to which halls that may be switched off are searched exactly: beyond, bound and plan gain more
#: from the same time.
HALL_COLUMN_COUNT = 3_000
#: Where so good a plan, by its distance to the bound, would still leave more, one long search serves better than two.
NEAR_GAP = 0.001
#: The search before closing: a good plan rules out more columns. Seconds, and share of the rest of the time.
FIRST_SEARCH_SECONDS = 1.0
FIRST_SEARCH_SHARE = 0.1
HALL_SEARCH_SECONDS, HALL_SEARCH_SHARE = 10.0, 0.4
#: Below what any plan is worth.
NO_WORTH = -(1 << 63)


class AutoEngine:
    """Says in ``detail`` who gave the plan and the proof, and why."""

    name = "auto"
    capabilities = frozenset(
        {Capability.MANDATORY_JOBS, Capability.BUDGETS, Capability.WARM_START, Capability.PROVES_OPTIMALITY}
    )
    features: frozenset[Feature] = PLACED_FEATURES | PLANT_FEATURES

    def availability(self) -> Availability:
        return Availability(True, "chooses among the engines that are available")

    def solve(self, columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        from optimizer.engines.price.bound.grants import MandatoryJobWithoutColumnsError
        from optimizer.engines.price.engine import Timer
        from optimizer.engines.price.run import PriceRun

        timer = Timer(monitor, deterministic=params.work_limit is not None)
        if len(columns.halls):
            return self._over_halls(columns, params, start, monitor, timer)
        try:
            run = PriceRun(columns, params, start, monitor)
            run.bound(lambda: timer.share() >= run.bound_share, share=lambda: timer.share() / run.bound_share)
        except MandatoryJobWithoutColumnsError as error:
            return EngineResult(Outcome.INFEASIBLE, None, None, detail=str(error))
        except Interrupted:
            return EngineResult(Outcome.LIMIT, start, None)
        if run.closed:
            return _told(run.result(), "price: its bound meets its plan")
        if run.proof is None or (columns.column_count > CLOSING_COLUMN_COUNT and not _has_intervals(columns)):
            rest = timer.share_of_rest()
            run.dive(lambda: rest() / run.dive_share)
            run.search(timer.share_of_rest())
            return _told(run.result(), f"price: {columns.column_count:,} columns are too many to search exactly")
        run.search(_first_search(timer, params, FIRST_SEARCH_SECONDS, FIRST_SEARCH_SHARE))
        closing = _Closing(columns, run, params, monitor)
        left = timer.share_of_rest()
        run.search(lambda: 1.0 if closing.proved else left())
        return closing.conclude(run)

    def _over_halls(
        self, columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor, timer: Timer
    ) -> EngineResult:
        from optimizer.engines.price.bound.grants import MandatoryJobWithoutColumnsError
        from optimizer.engines.price.halls.run import HallRun

        run = HallRun(columns, params, start, monitor)
        most = run.bound_share
        try:
            run.bound(lambda: timer.share() >= most, share=lambda: timer.share() / most)
        except MandatoryJobWithoutColumnsError as error:
            return EngineResult(Outcome.INFEASIBLE, None, None, detail=str(error))
        if run.closed:
            return _told(run.result(), "price: its bound meets its plan")
        left = run.columns_left(NEAR_GAP)
        if left > HALL_COLUMN_COUNT:
            run.search(timer.share_of_rest())
            return _told(run.result(), f"price: {left:,} columns beside any plan are too many to search exactly")
        run.search(_first_search(timer, params, HALL_SEARCH_SECONDS, HALL_SEARCH_SHARE))
        fixing = run.fixing()
        left = columns.column_count if fixing is None else fixing.columns.column_count
        if run.closed or left > HALL_COLUMN_COUNT:
            run.search(timer.share_of_rest())
            return _told(run.result(), f"price: {left:,} columns are too many to search exactly")
        closing = _Closing(columns, run, params, monitor)
        rest = timer.share_of_rest()
        run.search(lambda: 1.0 if closing.proved else rest())
        return closing.conclude(run)


def _first_search(timer: Timer, params: SolveParams, seconds: float, share: float) -> Callable[[], float]:
    """How much of the search before closing has passed; where work is what ends a run, no clock may."""
    rest, begun = timer.share_of_rest(), time.monotonic()
    at_most = seconds if params.work_limit is None else math.inf
    return lambda: max(rest() / share, (time.monotonic() - begun) / at_most)


def _has_intervals(columns: Columns) -> bool:
    """Whether order counts, and CP-SAT states all starts of most windows as one interval."""
    from optimizer.engines.cp_sat import searches_exactly

    return len(columns.precedences) > 0 and searches_exactly(columns)


def _told(answer: EngineResult, why: str) -> EngineResult:
    return replace(answer, detail=f"{why}. {answer.detail}")


def _worth(columns: Columns, selection: Selection) -> int:
    """What a plan of an engine is worth, micro-units; one that breaks a rule less than any other."""
    worth = value_of(columns, selection)
    return NO_WORTH if worth is None else worth


def _outwards(selection: Selection, fixing: Fixing) -> Selection:
    """A selection of fixed columns as one of those they came from."""
    placed = selection.window >= 0
    window = np.where(placed, fixing.window_before[np.maximum(selection.window, 0)] if placed.any() else -1, -1)
    return replace(selection, window=window.astype(np.int32))


class _Apart:
    """Closing's monitor: it ends with the whole run, or at its own time; plans go to the search, bounds to the caller."""

    def __init__(self, outer: Monitor, seconds: float) -> None:
        self._outer, self._until = outer, time.monotonic() + seconds

    def stopping(self) -> bool:
        return self._outer.stopping() or time.monotonic() >= self._until

    def remaining_seconds(self) -> float:
        return max(0.0, min(self._outer.remaining_seconds(), self._until - time.monotonic()))

    def incumbent(self, selection: Selection, objective: int) -> None:
        """Read from the answer instead: the caller hears of plans from one thread only."""

    def bound(self, objective_bound: int, certificate: object = None) -> None:
        """As with plans."""


class _Closing:
    """The exact search, beside the plan search where there is a second thread, else before it in half of the time."""

    def __init__(self, columns: Columns, run: PriceRun | HallRun, params: SolveParams, monitor: Monitor) -> None:
        threads = params.thread_count or os.cpu_count() or 1
        beside = threads > 1 and params.work_limit is None
        left = monitor.remaining_seconds()
        self._columns, self._run, self._monitor = columns, run, _Apart(monitor, left if beside else left / 2)
        self._params = replace(params, thread_count=threads - 1 if beside else 1)
        self._best = run.incumbent
        self._answer: EngineResult | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._close, daemon=True, name="closing")
        self._thread.start()
        if not beside:
            self._thread.join()

    @property
    def proved(self) -> bool:
        """Whether it has ended, with nothing left to search for."""
        if self._thread.is_alive():
            return False
        return self._error is not None or (
            self._answer is not None and self._answer.outcome in (Outcome.OPTIMAL, Outcome.INFEASIBLE)
        )

    def conclude(self, run: PriceRun | HallRun) -> EngineResult:
        """The better of both plans, and the proof if there is one."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        searched, exact = run.result(), self._answer
        if exact is None:
            return _told(searched, "price: too many columns are left to search exactly")
        if exact.outcome is Outcome.INFEASIBLE:
            return exact
        best = max(
            (selection for selection in (exact.selection, searched.selection) if selection is not None),
            key=lambda selection: _worth(self._columns, selection),
            default=None,
        )
        bound = min((bound for bound in (exact.bound, searched.bound) if bound is not None), default=None)
        outcome = Outcome.OPTIMAL if exact.outcome is Outcome.OPTIMAL else searched.outcome
        why = exact.detail if exact.outcome is Outcome.OPTIMAL else "price; the exact search did not end in time"
        return _told(replace(searched, outcome=outcome, selection=best, bound=bound), why)

    def _close(self) -> None:
        try:
            self._answer = self._close_pieces() if len(self._columns.lanes) else self._close_columns()
        except BaseException as error:
            self._error = error

    def _close_columns(self) -> EngineResult | None:
        from optimizer.engines.price.bound.closing import close
        from optimizer.engines.price.run import PriceRun

        if len(self._columns.halls):
            return self._close_halls()
        if not self._columns.plant.is_empty:
            return self._close_beside()
        if _has_intervals(self._columns):
            return self._close_ties()
        assert isinstance(self._run, PriceRun)
        assert self._run.proof is not None
        return close(self._columns, self._run.table, self._run.proof, self._best, self._params, self._monitor)

    def _close_beside(self) -> EngineResult:
        """Closing's relaxation and CP-SAT know jobs alone; HiGHS knows what runs beside them."""
        from optimizer.engines.highs import HighsEngine

        answer = HighsEngine().solve(self._columns, self._params, self._best, self._monitor)
        return replace(answer, detail="; ".join(part for part in ("closed by HiGHS beside the plant", answer.detail) if part))

    def _close_ties(self) -> EngineResult:
        """Intervals carry order better than columns dropped and searched one by one."""
        from optimizer.engines.cp_sat import CpSatEngine

        answer = CpSatEngine().solve(self._columns, self._params, self._best, self._monitor)
        return replace(answer, detail="closed by CP-SAT over intervals") if answer.outcome is Outcome.OPTIMAL else answer

    def _close_halls(self) -> EngineResult:
        """Over the columns that the prices leave; nothing else is better than the plan in hand."""
        from optimizer.engines.cp_sat import CpSatEngine

        fixing = self._run.fixing()
        if fixing is None or self._best is None:
            return CpSatEngine().solve(self._columns, self._params, None, self._monitor)
        answer = CpSatEngine().solve(fixing.columns, self._params, None, self._monitor)
        better = None if answer.selection is None else _outwards(answer.selection, fixing)
        objective = _worth(self._columns, self._best)
        found = max(objective, objective if better is None else _worth(self._columns, better))
        ended = answer.outcome in (Outcome.OPTIMAL, Outcome.INFEASIBLE)
        bound = None if answer.bound is None else max(answer.bound, objective)
        return replace(
            answer,
            outcome=Outcome.OPTIMAL if ended else answer.outcome,
            selection=better if better is not None and found > objective else self._best,
            bound=found if ended else bound,
            detail="closed by CP-SAT over what the prices leave" if ended else answer.detail,
        )

    def _close_pieces(self) -> EngineResult:
        """Closing drops columns by what each falls short of; runs in pieces are no columns, so they are left to HiGHS."""
        from optimizer.engines.highs import HighsEngine

        answer = HighsEngine().solve(self._columns, self._params, self._best, self._monitor)
        return replace(
            answer, detail="; ".join(part for part in ("closed by HiGHS over runs in pieces", answer.detail) if part)
        )
