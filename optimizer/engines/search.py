"""What every exact engine does around its solver: keep the best selection and the best bound, and say how a run ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimizer.certificates import Certificate
from optimizer.columns.table import Columns, IntArray, Selection
from optimizer.engines.base import EngineResult, Monitor, Outcome
from optimizer.formulation.milp import Milp, coefficient_count
from optimizer.formulation.selections import empty_selection, selection_at, selection_of, value_of, with_batteries
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
        #: What is left out of the search, where something is; then no bound counts.
        self.partial = ""
        #: Nothing that is left out of the search is worth more; None where nothing better than the plan in hand is.
        self.beyond: int | None = None
        #: Whether prices over the columns of the search price all that there is.
        self.certifiable = True
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

    def offer_chosen(self, milp: Milp, at: IntArray, net_w: NDArray[np.float64]) -> None:
        """Offer the columns ``at`` of ``milp``, unless two are of one job, with batteries near ``net_w[B, T]``."""
        selection = selection_at(self.columns, milp, at)
        if selection is not None:
            selection = with_batteries(self.columns, selection, net_w)
            self.offer(selection)
            if selection.on is not None:
                # a program with a gap left may keep a hall on in vain
                self.offer(replace(selection, on=None))
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
        """Keep ``bound`` if it is lower than the best; never below the objective in hand. Ignored in a partial search."""
        if self.partial:
            return
        bound = max([bound, *(least for least in (self.objective, self.beyond) if least is not None)])
        if self.bound is None or bound < self.bound:
            self.bound = bound
            self.monitor.bound(bound)

    def offer_float_bound(self, bound: float) -> None:
        """A bound computed in floats: lifted by ``FLOAT_RESOLUTION`` of its parts, then rounded down to an integer."""
        if np.isfinite(bound):
            self.offer_bound(int(np.floor(bound + FLOAT_RESOLUTION * (abs(bound) + self.columns.plant.most_charged))))

    def closed(self) -> bool:
        """Whether the gap is at most what was asked, or below the resolution of float bounds."""
        if self.objective is None or self.bound is None:
            return False
        gap, constant = self.bound - self.objective, self.columns.constant
        asked = self.params.relative_gap * max(abs(self.bound + constant), abs(self.objective + constant))
        resolution = FLOAT_RESOLUTION * max(abs(self.bound), abs(self.objective))
        least = self.columns.plant.rounding_micros
        return gap <= max(asked, resolution, to_micros(self.params.absolute_gap), least)

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
            detail="; ".join(part for part in (detail, self.partial) if part),
            statistics={**(statistics or {}), "rejected_selection_count": float(self.rejected_count)},
        )


def settled(search: Search) -> EngineResult | None:
    """The answer where there is nothing to search: no column at all, or a mandatory job without one."""
    columns = search.columns
    blocked = (np.diff(columns.job_first) == 0) & columns.mandatory
    blocked[columns.lanes.job] = False
    if blocked.any():
        return infeasible(f"{int(blocked.sum())} mandatory jobs have no admissible start")
    if columns.window_count == 0 and not len(columns.lanes) and not _is_left_open(columns):
        search.offer_bound((value_of(columns, empty_selection(columns)) or 0) + columns.plant.rounding_micros)
        return search.result(limited=False)
    return None


def settled_by_jobs(search: Search, job: IntArray) -> EngineResult | None:
    """As ``settled``, once itineraries are known: ``job`` are the jobs of all columns of a program."""
    missing = search.columns.mandatory.copy()
    # variables of halls count as jobs after those of the problem
    job = job[job < len(missing)]
    missing[job] = False
    if missing.any() and not search.partial:
        return infeasible(f"{int(missing.sum())} mandatory jobs have no way to run")
    if missing.any() or (not len(job) and not _is_left_open(search.columns)):
        search.offer_bound(
            (value_of(search.columns, empty_selection(search.columns)) or 0) + search.columns.plant.rounding_micros
        )
        return search.result(limited=False)
    return None


def _is_left_open(columns: Columns) -> bool:
    """Whether a plan without a job is to be searched: for how a battery is run, or when halls are on beside a plant."""
    return len(columns.plant.batteries) > 0 or (len(columns.halls) > 0 and not columns.plant.is_empty)


def too_large(search: Search, most_coefficients: int) -> EngineResult | None:
    """The answer where the program would have more coefficients than the engine takes: what is known already."""
    size = coefficient_count(search.columns)
    if size <= most_coefficients:
        return None
    return search.result(limited=False, detail=f"{size} coefficients; this engine takes {most_coefficients}")


def infeasible(detail: str) -> EngineResult:
    """The mandatory jobs cannot all run."""
    return EngineResult(outcome=Outcome.INFEASIBLE, selection=None, bound=None, detail=detail)
