"""CP-SAT with exact hourly prices in two forms, and in two phases: mean prices first, then the chosen windows timed exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.peers.base import Answer, Deadline, DeclinedError, Report, checked_search
from benchmarks.peers.lists import best_of_orders
from benchmarks.peers.warm_up import compile_kernels, missing_module
from optimizer.columns.table import Columns, IntArray, Selection
from optimizer.engines.cp_sat_model import Chosen, CpSatModel, Runs, single_starts, whole
from optimizer.engines.search import Search
from optimizer.formulation.milp import columns_of
from optimizer.formulation.selections import selection_of

#: Beyond it one interval a column takes minutes to state and more memory than the instance is worth.
MOST_COLUMNS = 200_000
#: Share of the time for the mean price; the rest times the chosen windows exactly.
MEAN_PRICE_SHARE = 0.7
#: Share of the time in which the plan to start from is looked for.
START_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Tuning:
    """CP-SAT's parameters: see docs/benchmarks-peers.md for what was tried."""

    probing_level: int
    linearization_level: int
    subsolvers: tuple[str, ...]


EXACT = Tuning(probing_level=2, linearization_level=2, subsolvers=("max_lp", "no_lp"))
MEAN = Tuning(probing_level=2, linearization_level=0, subsolvers=())


class ElementModel(CpSatModel):
    """One interval a window; an element table says what each start is worth less than the window's best."""

    def __init__(self, columns: Columns, runs: Runs) -> None:
        super().__init__(columns, runs)
        losses: list[Any] = []
        for start, window, first in zip(self._start, runs.window.tolist(), runs.first.tolist()):
            worth = columns.worth(window)
            table = (worth.max() - worth).tolist()
            if max(table) == 0:
                continue
            loss = self.model.new_int_var(0, max(table), "")
            # a window not taken is free to stand at its best start, where it loses nothing
            self.model.add_element(start - first, table, loss)
            losses.append(loss)
        gain = self._api.LinearExpr.weighted_sum(self._taken, runs.worth.tolist())
        self.model.maximize(gain - self._api.LinearExpr.sum(losses))


class _CpSat:
    """What both peers share: ortools, its start from the greedy, one search of a model."""

    def available(self) -> str | None:
        return missing_module("ortools")

    def prepare(self) -> None:
        from ortools.sat.python import cp_model

        cp_model.CpSolver().solve(cp_model.CpModel())
        compile_kernels()


class CpSatStarts(_CpSat):
    """Hourly prices exact by one optional interval a column: the tighter bound."""

    name = "cp-sat-starts"
    anytime = True

    def run(self, columns: Columns, seconds: float, seed: int, threads: int, report: Report) -> Answer:
        if columns.column_count > MOST_COLUMNS:
            raise DeclinedError(f"{columns.column_count:,} columns; at most {MOST_COLUMNS:,} intervals can be stated in time")
        return _exact(columns, Deadline(seconds), seed, threads, report, _starts_model)


class CpSatElements(_CpSat):
    """Hourly prices exact by one interval a window with an element table: the smaller model."""

    name = "cp-sat-elements"
    anytime = True

    def run(self, columns: Columns, seconds: float, seed: int, threads: int, report: Report) -> Answer:
        return _exact(columns, Deadline(seconds), seed, threads, report, _elements_model)


def _starts_model(columns: Columns) -> CpSatModel:
    return CpSatModel(columns, every_start(columns, np.arange(columns.window_count)))


def _elements_model(columns: Columns) -> CpSatModel:
    return ElementModel(columns, every_window(columns, np.max))


def _exact(
    columns: Columns, deadline: Deadline, seed: int, threads: int, report: Report, model_of: Callable[[Columns], CpSatModel]
) -> Answer:
    """One search of an exact model from the greedy plan; its bound holds."""
    search = checked_search(columns, deadline, seed, threads, report)
    start_from_greedy(search, deadline)
    model = model_of(columns)
    if not deadline.passed():
        solve(model, search, EXACT, deadline.remaining(), search.offer_bound)
    return Answer(search.selection, search.bound)


class CpSatTwoPhases(_CpSat):
    """Its second phase needs its share of the limit, so each limit is a run of its own. Mean prices bound nothing."""

    name = "cp-sat-two-phases"
    anytime = False

    def run(self, columns: Columns, seconds: float, seed: int, threads: int, report: Report) -> Answer:
        search = checked_search(columns, deadline := Deadline(seconds), seed, threads, report)
        start_from_greedy(search, deadline)
        model = CpSatModel(columns, every_window(columns, np.mean))
        if deadline.passed():
            return Answer(search.selection)
        last = solve(model, search, MEAN, MEAN_PRICE_SHARE * deadline.remaining())
        chosen = [plan.window[plan.window >= 0] for plan in (last, search.selection) if plan is not None]
        windows = np.unique(np.concatenate(chosen)).astype(np.int64) if chosen else np.zeros(0, dtype=np.int64)
        if len(windows) and not deadline.passed():
            solve(CpSatModel(columns, every_start(columns, windows)), search, EXACT, deadline.remaining())
        return Answer(search.selection)


def start_from_greedy(search: Search, deadline: Deadline) -> None:
    """Offers the best of several greedy orders, which the models then take as a hint."""
    from optimizer.engines.price.tables import build_tables

    plan = best_of_orders(build_tables(search.columns), Deadline(START_SHARE * deadline.seconds))
    if not plan.missing:
        search.offer(plan.selection())


def every_start(columns: Columns, windows: IntArray) -> Runs:
    """One run a column of ``windows``, without the columns of optional jobs at no gain."""
    window, start, worth = columns_of(columns, windows)
    keep = (worth > 0) | columns.mandatory[columns.job[window]]
    return single_starts(window[keep], start[keep], worth[keep])


def every_window(columns: Columns, of_starts: Callable[[IntArray], Any]) -> Runs:
    """One run a window, worth what ``of_starts`` makes of its starts' worths; without windows that cannot pay."""
    window = np.arange(columns.window_count)
    worths = [columns.worth(index) for index in window.tolist()]
    best = np.array([worth.max() for worth in worths], dtype=np.int64)
    keep = (best > 0) | columns.mandatory[columns.job]
    return Runs(
        window=window[keep],
        first=columns.start_first[keep].astype(np.int64),
        last=columns.start_last[keep].astype(np.int64),
        worth=np.array([int(of_starts(worth)) for worth in worths], dtype=np.int64)[keep],
        late_cost=np.zeros(int(keep.sum()), dtype=np.int64),
    )


def solve(
    model: CpSatModel, search: Search, tuning: Tuning, seconds: float, on_bound: Callable[[int], None] | None = None
) -> Selection | None:
    """One CP-SAT search, hinted with the incumbent; every solution is offered. Returns the model's own last solution."""
    from ortools.sat.python import cp_model

    if search.selection is not None:
        taken = np.flatnonzero(search.selection.window >= 0)
        model.hint(dict(zip(search.selection.window[taken].tolist(), search.selection.start[taken].tolist())))
    last: list[Chosen] = []

    class Listener(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]
        def on_solution_callback(self) -> None:
            last[:] = [model.chosen_by(self)]
            search.offer_columns(last[0].window, last[0].start)

    solver = cp_model.CpSolver()
    if on_bound is not None:
        solver.best_bound_callback = lambda bound: on_bound(whole(bound))
    set_parameters(solver.parameters, tuning, seconds, search.params.thread_count or 1, search.params.seed)
    status = solver.solve(model.model, Listener())
    if on_bound is not None and status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        on_bound(whole(solver.best_objective_bound))
    if not last:
        return None
    return selection_of(search.columns, last[0].window, last[0].start)


def set_parameters(parameters: Any, tuning: Tuning, seconds: float, threads: int, seed: int) -> None:
    parameters.max_time_in_seconds = max(0.01, seconds)
    parameters.num_workers = threads
    parameters.random_seed = seed
    parameters.max_presolve_iterations = 1
    parameters.cp_model_probing_level = tuning.probing_level
    parameters.linearization_level = tuning.linearization_level
    if threads > 1:
        parameters.subsolvers.extend(tuning.subsolvers[:threads])
