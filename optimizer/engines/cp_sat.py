"""CP-SAT: exact with one interval a start where starts are few, in two phases where they are many.

*Exact*: every column is an optional interval, so hourly prices are exact in the objective.
*Coarse, then timed*: first one interval a window, each counted at its best start's worth (so the bound holds) and its
least budget use; then the chosen windows alone, exact. Each plan the first phase finds counts once its true worth does.
Where jobs may run in more ways in pieces than are searched, only some of them are, and no bound is claimed.
docs/adr/0002-formulation.md has the measurements.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from optimizer.columns.table import Columns, IntArray, Selection
from optimizer.engines.base import Availability, Capability, EngineResult, Monitor
from optimizer.engines.cp_sat_model import Chosen, CpSatModel, Limits, Runs, Solved, run, single_starts
from optimizer.engines.itinerary_generation import known_itineraries
from optimizer.engines.search import Search, infeasible, settled
from optimizer.features import PLACED_FEATURES, PLANT_FEATURES, Feature
from optimizer.formulation.floor_rows import most_worth
from optimizer.formulation.itinerary_columns import Itineraries
from optimizer.formulation.milp import columns_of
from optimizer.formulation.plant_rows import plant_rows
from optimizer.formulation.selections import plant_beside, selection_of, standing, with_batteries
from optimizer.params import SolveParams
from optimizer.units import to_micros

#: Up to so many columns the exact model closes sooner than the coarse one finds plans.
EXACT_COLUMNS = 5_000
_COARSE_TIME_SHARE = 0.85


class CpSatEngine:
    """``work_limit`` is CP-SAT's deterministic time (about seconds), for each phase; runs with it repeat exactly."""

    name = "cp_sat"
    capabilities = frozenset(Capability)
    features: frozenset[Feature] = PLACED_FEATURES | PLANT_FEATURES

    def availability(self) -> Availability:
        try:
            return Availability(True, f"ortools {version('ortools')}")
        except PackageNotFoundError:
            return Availability(False, "ortools is not installed")

    def solve(self, columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        """Raises ModelTooLargeError where the integers do not fit 64 bits."""
        search = Search(columns, params, start, monitor)
        if (answer := settled(search)) is not None:
            return answer
        itineraries = known_itineraries(search)
        every = _every_run(columns, len(itineraries))
        if every is not None:
            solved = _solve(search, every, itineraries, 1.0, search.offer_bound)
            branch_count = solved.branch_count
        else:
            solved, branch_count = _coarse_then_timed(search, itineraries)
        if solved.infeasible and not search.partial:
            return infeasible("no selection keeps every limit")
        return search.result(
            limited=not (every is not None and solved.optimal), statistics={"branch_count": float(branch_count)}
        )


def _coarse_then_timed(search: Search, itineraries: Itineraries) -> tuple[Solved, int]:
    coarse_runs = _coarse_runs(search.columns)
    chosen: list[IntArray] = []

    def offer(found: Chosen) -> None:
        chosen[:] = [found.window]
        _offer(search, itineraries, found)

    coarse = _solve(search, coarse_runs, itineraries, _COARSE_TIME_SHARE, search.offer_bound, offer)
    if coarse.infeasible or not chosen:
        return coarse, coarse.branch_count
    incumbent = search.best.window[search.best.window >= 0].astype(np.int64)
    windows = np.union1d(chosen[0], incumbent)
    timed = _solve(search, _exact_runs(search.columns, windows), itineraries, 1.0, _ignore_bound)
    return coarse, coarse.branch_count + timed.branch_count


def _solve(
    search: Search,
    runs: Runs,
    itineraries: Itineraries,
    time_share: float,
    on_bound: Callable[[int], None],
    on_solution: Callable[[Chosen], None] | None = None,
) -> Solved:
    """One CP-SAT search from the incumbent; its bound counts only where every selection is among ``runs``."""
    model = CpSatModel(search.columns, runs, itineraries)
    if search.selection is not None:
        taken = np.flatnonzero(search.selection.window >= 0)
        starts = dict(zip(search.selection.window[taken].tolist(), search.selection.start[taken].tolist()))
        watts = plant_beside(search.columns, plant_rows(search.columns), search.selection)
        at_rest, on = search.columns.plant.batteries.at_rest(), standing(search.columns, search.selection)
        net_w = at_rest if search.selection.net_w is None else search.selection.net_w
        model.hint(starts, search.selection.pieces, on, watts.tolist(), net_w)
    params = search.params
    limits = Limits(
        seconds=search.monitor.remaining_seconds() * (time_share if params.work_limit is None else 1.0),
        thread_count=params.thread_count or 1,
        seed=params.seed,
        relative_gap=search.solver_gap,
        absolute_gap_micros=to_micros(params.absolute_gap),
        work=params.work_limit,
    )

    def offer(found: Chosen) -> None:
        _offer(search, itineraries, found)

    solved = run(model, limits, search.monitor.stopping, on_solution or offer, on_bound)
    if solved.bound is not None:
        on_bound(solved.bound)
    return solved


def _offer(search: Search, itineraries: Itineraries, found: Chosen) -> None:
    chosen = selection_of(search.columns, found.window, found.start)
    pieces = {int(itineraries.job[index]): itineraries.pieces[index] for index in found.itinerary.tolist()}
    chosen = replace(chosen, pieces=pieces, on=found.on)
    if found.net_w is not None:
        chosen = with_batteries(search.columns, chosen, found.net_w.astype(np.float64))
    search.offer(chosen)
    if found.on is not None:
        # a model with a gap left may keep a hall on in vain
        search.offer(replace(chosen, on=None))


def _ignore_bound(bound: int) -> None:
    """A bound over some windows only bounds nothing."""
    del bound


def searches_exactly(columns: Columns) -> bool:
    """Whether the runs of ``columns`` are few enough for one exact search, starts that differ in lateness only taken as one."""
    return _every_run(columns, 0) is not None


def _every_run(columns: Columns, itinerary_count: int) -> Runs | None:
    """All runs in one piece at their exact worth, where they and the itineraries are few enough to search exactly.

    Where order counts, or starts are many, a window whose starts differ in nothing but lateness is one run.
    """
    if columns.window_count > EXACT_COLUMNS:
        return None
    timeless = np.zeros(columns.window_count, dtype=np.bool_)
    if len(columns.precedences) or columns.column_count > EXACT_COLUMNS:
        timeless = np.array(
            [_differs_in_lateness_only(columns, window) for window in range(columns.window_count)], dtype=np.bool_
        )
    rest = np.flatnonzero(~timeless)
    starts = int((columns.start_last[rest] - columns.start_first[rest] + 1).sum())
    if starts + int(timeless.sum()) + itinerary_count > EXACT_COLUMNS:
        return None
    parts = _exact_runs(columns, rest), _timeless_runs(columns, np.flatnonzero(timeless))
    return Runs(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Runs)))


def _differs_in_lateness_only(columns: Columns, window: int) -> bool:
    metered = columns.budget_use_index[columns.budget_use_first[window] : columns.budget_use_first[window + 1]]
    if (columns.budget_divisor[metered] > 0).any():
        return False
    if columns.plant.given_rate(columns.uses(window)[0]).any():  # what it gives is worth more or less by when it runs
        return False
    timely = _timely_worth(columns, window)
    return bool((timely == timely[0]).all())


def _timely_worth(columns: Columns, window: int) -> IntArray:
    """Worth of each start, had the job no due slot."""
    job = columns.job[window]
    ends = np.arange(columns.start_first[window], columns.start_last[window] + 1) + columns.duration[window]
    timely: IntArray = columns.worth(window) + columns.tardiness_cost[job] * np.maximum(0, ends - columns.due_slot[job])
    return timely


def _timeless_runs(columns: Columns, window: IntArray) -> Runs:
    """One run a window, its worth that of a timely start; lateness apart."""
    worth = np.array([_timely_worth(columns, index)[0] for index in window.tolist()], dtype=np.int64)
    kept = (most_worth(columns, window, worth) > 0) | columns.may_run_at_a_loss[columns.job[window]]
    window, worth = window[kept], worth[kept]
    return Runs(
        window=window,
        first=columns.start_first[window].astype(np.int64),
        last=columns.start_last[window].astype(np.int64),
        worth=worth,
        late_cost=columns.tardiness_cost[columns.job[window]],
    )


def _exact_runs(columns: Columns, windows: IntArray) -> Runs:
    """One run a start of ``windows``; starts that no optimal selection needs are left out."""
    window, start, worth = columns_of(columns, windows)
    keep = (most_worth(columns, window, worth) > 0) | columns.may_run_at_a_loss[columns.job[window]]
    return single_starts(window[keep], start[keep], worth[keep])


def _coarse_runs(columns: Columns) -> Runs:
    """One run a window, at its best start's worth, lateness included."""
    window = np.arange(columns.window_count)
    worth = np.array([columns.worth(index).max() for index in window.tolist()], dtype=np.int64)
    keep = (most_worth(columns, window, worth) > 0) | columns.may_run_at_a_loss[columns.job]
    return Runs(
        window=window[keep],
        first=columns.start_first[keep].astype(np.int64),
        last=columns.start_last[keep].astype(np.int64),
        worth=worth[keep],
        late_cost=np.zeros(int(keep.sum()), dtype=np.int64),
    )
