"""What every exact engine does around its solver: keep the best selection and the best bound, and say how a run ended."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from optimizer.certificates import Certificate
from optimizer.columns import Columns, IntArray, Selection
from optimizer.engines.base import EngineResult, Monitor, Outcome
from optimizer.formulation.milp import coefficient_count
from optimizer.formulation.selections import empty_selection, selection_of, value_of
from optimizer.params import SolveParams
from optimizer.units import to_micros

#: A bound read from floats is lifted by this part of itself, and a gap no larger counts as closed.
FLOAT_RESOLUTION = 1e-9


class Search:
    """The state of one run. Selections are checked in integers before they count; the monitor hears of every gain."""

    def __init__(self, columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> None:
        self.columns, self.params, self.monitor = columns, params, monitor
        self.selection: Selection | None = None
        self.objective: int | None = None
        self.bound: int | None = None
        self.rejected_count = 0
        if start is not None:
            self.offer(start)
        if not columns.mandatory.any():
            self.offer(empty_selection(columns))

    @property
    def best(self) -> Selection:
        """The best selection; every job left out where there is none."""
        return self.selection if self.selection is not None else empty_selection(self.columns)

    def offer_columns(self, window: IntArray, start: IntArray) -> None:
        """Offer the selection of these columns, unless two are of one job."""
        jobs = self.columns.job[window]
        if len(np.unique(jobs)) == len(jobs):
            self.offer(selection_of(self.columns, window, start))
        else:
            self.rejected_count += 1

    def offer(self, selection: Selection) -> None:
        """Keep ``selection`` if it breaks no rule and is worth more than the best."""
        objective = value_of(self.columns, selection)
        if objective is None:
            self.rejected_count += 1
        elif self.objective is None or objective > self.objective:
            self.selection, self.objective = selection, objective
            self.monitor.incumbent(selection, objective)

    def offer_bound(self, bound: int) -> None:
        """Keep ``bound`` if it is lower than the best; never below the objective in hand."""
        if self.objective is not None:
            bound = max(bound, self.objective)
        if self.bound is None or bound < self.bound:
            self.bound = bound
            self.monitor.bound(bound)

    def offer_float_bound(self, bound: float) -> None:
        """A bound computed in floats: lifted by ``FLOAT_RESOLUTION`` of itself, then rounded down to an integer."""
        if np.isfinite(bound):
            self.offer_bound(int(np.floor(bound + FLOAT_RESOLUTION * abs(bound))))

    def closed(self) -> bool:
        """Whether the gap is at most what was asked, or below the resolution of float bounds."""
        if self.objective is None or self.bound is None:
            return False
        gap, constant = self.bound - self.objective, self.columns.constant
        asked = self.params.relative_gap * max(abs(self.bound + constant), abs(self.objective + constant))
        resolution = FLOAT_RESOLUTION * max(abs(self.bound), abs(self.objective))
        return gap <= max(asked, resolution, to_micros(self.params.absolute_gap))

    @property
    def solver_gap(self) -> float:
        """The relative gap to ask of a solver: none where it measures against an objective that lacks the constant."""
        return 0.0 if self.columns.constant else self.params.relative_gap

    def result(
        self,
        *,
        limited: bool,
        certificate: Certificate | None = None,
        detail: str = "",
        statistics: Mapping[str, float] | None = None,
    ) -> EngineResult:
        """How it ended: OPTIMAL where closed, else LIMIT where ``limited``, else FINISHED."""
        outcome = Outcome.OPTIMAL if self.closed() else Outcome.LIMIT if limited else Outcome.FINISHED
        return EngineResult(
            outcome=outcome,
            selection=self.selection,
            bound=self.bound,
            certificate=certificate,
            detail=detail,
            statistics={**(statistics or {}), "rejected_selection_count": float(self.rejected_count)},
        )


def settled(search: Search) -> EngineResult | None:
    """The answer where there is nothing to search: no column at all, or a mandatory job without one."""
    columns = search.columns
    windows_per_job = np.diff(columns.job_first)
    if blocked := int(((windows_per_job == 0) & columns.mandatory).sum()):
        return infeasible(f"{blocked} mandatory jobs have no admissible start")
    if columns.window_count == 0:
        search.offer_bound(value_of(columns, empty_selection(columns)) or 0)
        return search.result(limited=False)
    return None


def too_large(search: Search, most_coefficients: int) -> EngineResult | None:
    """The answer where the program would have more coefficients than the engine takes: what is known already."""
    size = coefficient_count(search.columns)
    if size <= most_coefficients:
        return None
    return search.result(limited=False, detail=f"{size} coefficients; this engine takes {most_coefficients}")


def infeasible(detail: str) -> EngineResult:
    """The mandatory jobs cannot all run."""
    return EngineResult(outcome=Outcome.INFEASIBLE, selection=None, bound=None, detail=detail)
