"""A placement as a CP-SAT model: optional intervals under cumulative limits, in integers throughout.

A *run* is one window with some of its starts: an optional interval. With one start its worth is exact; with several the
run counts its best start's worth, so that the model's bound stays valid. An itinerary is a literal of its own; each piece
of one is an optional interval, there where one of the itineraries with that piece is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

from optimizer.columns.itineraries import Pieces
from optimizer.columns.lanes import Piece
from optimizer.columns.table import BoolArray, Columns, IntArray
from optimizer.engines.cp_sat_halls import HallLiterals
from optimizer.engines.cp_sat_links import transfers
from optimizer.engines.cp_sat_plant import PlantVariables
from optimizer.engines.cp_sat_runs import Chosen as Chosen
from optimizer.engines.cp_sat_runs import Runs as Runs
from optimizer.engines.cp_sat_runs import single_starts as single_starts
from optimizer.engines.cp_sat_ties import Way, lateness, precedence, together
from optimizer.engines.cp_sat_watch import Watch
from optimizer.errors import LoadstoneError
from optimizer.formulation.floor_rows import floor_rows
from optimizer.formulation.itinerary_columns import NO_ITINERARIES, Itineraries

#: Below this many workers CP-SAT's own portfolio leaves out what closes these models: full linear relaxations.
_PORTFOLIO_WORKERS = 8
_FEW_WORKERS = ("max_lp", "no_lp", "default_lp", "reduced_costs", "quick_restart", "core", "pseudo_costs")


class ModelTooLargeError(LoadstoneError):
    """The integers of a model do not fit CP-SAT's 64 bits."""


class CpSatModel:
    """Assign, limit, budget, floor, order and togetherness constraints over ``runs`` and ``itineraries``; see docs/model.md."""

    def __init__(self, columns: Columns, runs: Runs, itineraries: Itineraries = NO_ITINERARIES) -> None:
        from ortools.sat.python import cp_model

        self._api = cp_model
        self._columns, self._runs, self._itineraries = columns, runs, itineraries
        self.model = cp_model.CpModel()
        self._taken = [self.model.new_bool_var("") for _ in range(runs.count)]
        self._job_start = self._starts_of_ordered_jobs()
        self._start: list[Any] = [self._start_of(run) for run in range(runs.count)]
        self._interval = [
            self.model.new_optional_fixed_size_interval_var(start, int(columns.duration[window]), taken, "")
            for start, window, taken in zip(self._start, runs.window.tolist(), self._taken)
        ]
        self._pieced = [self.model.new_bool_var("") for _ in range(len(itineraries))]
        self._present = self._pieces_present()
        self._piece_interval = {
            piece: self.model.new_optional_fixed_size_interval_var(piece.start, piece.end - piece.start, present, "")
            for piece, present in self._present.items()
        }
        self._halls = HallLiterals(self.model, columns)
        self._assign()
        self._plant = PlantVariables(self.model, columns)
        self._limits()
        self._cover()
        self._budgets()
        ways = self._ways_of_job()
        precedence(self.model, columns, ways, self._job_start)
        together(self.model, columns, ways)
        self._short = self._floors()
        worth = cp_model.LinearExpr.weighted_sum(
            [*self._taken, *self._pieced, *self._short],
            [*runs.worth.tolist(), *itineraries.worth.tolist(), *(-columns.floors.cost).tolist()],
        )
        self._objective = worth - lateness(self.model, columns, ways) - self._halls.cost + self._plant.gained()
        self.model.maximize(self._objective)
        if problem := self.model.validate():
            raise ModelTooLargeError(f"CP-SAT refuses the model: {problem.strip()}")

    def _pieces_present(self) -> dict[Piece, Any]:
        """Each piece, with a literal that holds where an itinerary with it is taken. A lane is of one job: at most one is."""
        with_piece: dict[Piece, list[Any]] = {}
        for taken, pieces in zip(self._pieced, self._itineraries.pieces):
            for piece in pieces:
                with_piece.setdefault(piece, []).append(taken)
        present = {}
        for piece, literals in with_piece.items():
            present[piece] = literals[0]
            if len(literals) > 1:
                present[piece] = self.model.new_bool_var("")
                self.model.add(self._api.LinearExpr.sum(literals) == present[piece])
        return present

    def _starts_of_ordered_jobs(self) -> dict[int, Any]:
        """One start variable for each job in some precedence that has a run with several starts; its runs share it."""
        runs, order = self._runs, self._columns.precedences
        ordered = set(order.predecessor.tolist()) | set(order.successor.tolist())
        of_job = self._columns.job[runs.window]
        wide = set(of_job[runs.first < runs.last].tolist()) & ordered
        return {job: self.model.new_int_var(0, self._columns.slot_count, "") for job in sorted(wide)}

    def _start_of(self, run: int) -> Any:
        first, last = int(self._runs.first[run]), int(self._runs.last[run])
        shared = self._job_start.get(int(self._columns.job[self._runs.window[run]]))
        if shared is None:
            return first if first == last else self.model.new_int_var(first, last, "")
        self.model.add(shared >= first).only_enforce_if(self._taken[run])
        self.model.add(shared <= last).only_enforce_if(self._taken[run])
        return first if first == last else shared

    def _ways_of_job(self) -> list[list[Way]]:
        """Every way to run each job: its runs in one piece and its itineraries."""
        columns, ways = self._columns, [list[Way]() for _ in range(self._columns.job_count)]
        for run, window in enumerate(self._runs.window.tolist()):
            duration, pool = int(columns.duration[window]), int(columns.pool[window])
            late_cost = int(self._runs.late_cost[run])
            ways[columns.job[window]].append(Way(self._taken[run], self._start[run], duration, pool, late_cost))
        for taken, job, pieces in zip(self._pieced, self._itineraries.job.tolist(), self._itineraries.pieces):
            start, end = pieces[0].start, pieces[-1].end
            if job in self._job_start:
                self.model.add(self._job_start[job] == start).only_enforce_if(taken)
            ways[job].append(Way(taken, start, end - start, int(columns.lanes.pool[pieces[0].lane]), 0))
        return ways

    def _assign(self) -> None:
        """(1) Each job takes at most one run, a mandatory job exactly one."""
        columns = self._columns
        of_job: list[list[Any]] = [[] for _ in range(columns.job_count)]
        for taken, job in zip(self._taken, columns.job[self._runs.window].tolist()):
            of_job[job].append(taken)
        for taken, job in zip(self._pieced, self._itineraries.job.tolist()):
            of_job[job].append(taken)
        for job, literals in enumerate(of_job):
            if columns.mandatory[job]:
                self.model.add_exactly_one(literals)
            elif len(literals) > 1:
                self.model.add_at_most_one(literals)

    def _limits(self) -> None:
        """(2)-(7), (90) In each slot, what runs uses at most the limit's capacity; where it dips, a fixed interval fills it."""
        users: list[list[tuple[Any, int]]] = [[] for _ in self._columns.limits]
        for interval, window in zip(self._interval, self._runs.window.tolist()):
            for limit, amount in zip(*(array.tolist() for array in self._columns.uses(window))):
                users[limit].append((interval, amount))
        runs = zip(self._taken, self._start, self._runs.window.tolist())
        for limit, interval, amount in transfers(self.model, self._columns, runs, zip(self._pieced, self._itineraries.pieces)):
            users[limit].append((interval, amount))
        lanes = self._columns.lanes
        for piece, interval in self._piece_interval.items():
            span = slice(int(lanes.use_first[piece.lane]), int(lanes.use_first[piece.lane + 1]))
            for limit, amount in zip(lanes.use_limit[span].tolist(), lanes.use_amount[span].tolist()):
                users[limit].append((interval, amount))
        linear = self._plant.share(self._runs, self._taken, self._present, self._halls.on)
        for hall, limit, watts in self._columns.halls.drawn_on():
            if limit not in linear:
                users[limit] += [(interval, watts) for interval in self._halls.on_interval[hall]]
        for limit, uses in enumerate(users):
            if limit not in linear and (uses or self._plant.drawn[limit]):
                self._limit(limit, [user for user, _ in uses], [amount for _, amount in uses])

    def _cover(self) -> None:
        """(55) What runs in a hall runs while it is on."""
        pool, lane_pool = self._columns.pool, self._columns.lanes.pool
        whole = [(int(pool[window]), run) for run, window in zip(self._interval, self._runs.window.tolist())]
        self._halls.cover(whole + [(int(lane_pool[piece.lane]), run) for piece, run in self._piece_interval.items()])

    def _limit(self, limit: int, intervals: list[Any], amounts: list[int]) -> None:
        capacity, drawn = self._columns.capacity[limit], self._plant.drawn[limit]
        divisor = 1 if drawn else int(np.gcd.reduce(amounts))
        steps = capacity // divisor
        most = int(steps.max())
        demands: list[Any] = [amount // divisor for amount in amounts]
        for slot, watts in drawn:
            intervals.append(self.model.new_fixed_size_interval_var(slot, 1, ""))
            demands.append(watts)
        edges = np.flatnonzero(np.r_[True, np.diff(steps) != 0, True]).tolist()
        for first, end in pairwise(edges):
            if dip := most - int(steps[first]):
                intervals.append(self.model.new_fixed_size_interval_var(first, end - first, ""))
                demands.append(dip)
        hall = int(self._columns.halls.hall_of_limit[limit]) if len(self._columns.halls) else -1
        if hall >= 0:
            # where the hall is off, there is nothing to take
            intervals += self._halls.off_interval[hall]
            demands += steps.tolist()
        self.model.add_cumulative(intervals, demands, most)

    def _budgets(self) -> None:
        """(8) What the runs use of a budget over the horizon is at most its capacity; a run counts its least use."""
        spent: list[list[tuple[Any, int]]] = [[] for _ in self._columns.budgets]
        runs = zip(self._taken, self._runs.window.tolist(), self._runs.first.tolist(), self._runs.last.tolist())
        for taken, window, first, last in runs:
            if self._columns.budget_use_first[window] == self._columns.budget_use_first[window + 1]:
                continue
            least: dict[int, int] = {}
            for start in range(first, last + 1):
                for budget, use in self._columns.budget_uses(window, start):
                    least[budget] = min(use, least.get(budget, use))
            for budget, use in least.items():
                spent[budget].append((taken, use))
        itineraries = self._itineraries
        taken_by_use = np.repeat(np.arange(len(itineraries)), np.diff(itineraries.budget_use_first)).tolist()
        uses_of_budgets = zip(taken_by_use, itineraries.budget_use_index.tolist(), itineraries.budget_use_amount.tolist())
        for itinerary, budget, use in uses_of_budgets:
            spent[budget].append((self._pieced[itinerary], use))
        for budget, uses in enumerate(spent):
            if uses:
                total = self._api.LinearExpr.weighted_sum([taken for taken, _ in uses], [use for _, use in uses])
                self.model.add(total <= int(self._columns.budget_capacity[budget]))

    def _floors(self) -> list[Any]:
        """What each floor is short of: at least the target less what the runs count towards it."""
        floors = floor_rows(self._columns, self._runs.window, self._itineraries)
        literals = [*self._taken, *self._pieced]
        shortfalls = []
        for floor, target in enumerate(floors.target.tolist()):
            span = slice(floors.first[floor], floors.first[floor + 1])
            short = self.model.new_int_var(0, target, "")
            counted = self._api.LinearExpr.weighted_sum(
                [literals[column] for column in floors.column[span].tolist()], floors.coefficient[span].tolist()
            )
            self.model.add(counted + short >= target)
            shortfalls.append(short)
        return shortfalls

    def require_more_than(self, objective: int) -> None:
        """Only selections worth more micro-units than ``objective`` count."""
        self.model.add(self._objective >= objective + 1)

    def hint(
        self,
        starts: Mapping[int, int],
        pieces: Mapping[int, Pieces] = MappingProxyType({}),
        on: BoolArray | None = None,
        plant: Sequence[int] = (),
        net_w: IntArray | None = None,
    ) -> None:
        """Start from the runs that hold ``starts`` (window to start) and the itineraries of ``pieces`` (by job); no other.

        ``on[K, T]``: when halls are on. ``plant``: each of the plant's variables. ``net_w[B, T]``: how batteries are run.
        """
        self._halls.hint(on)
        runs = zip(self._taken, self._start, self._runs.window.tolist(), self._runs.first.tolist(), self._runs.last.tolist())
        hinted = []
        shared: set[int] = set()
        for run, (taken, variable, window, first, last) in enumerate(runs):
            start = starts.get(window)
            chosen = start is not None and first <= start <= last
            if chosen:
                hinted.append(run)
            self.model.add_hint(taken, chosen)
            if chosen and first != last and variable.index not in shared:
                shared.add(variable.index)
                self.model.add_hint(variable, start)
        for index, (job, own) in enumerate(zip(self._itineraries.job.tolist(), self._itineraries.pieces)):
            self.model.add_hint(self._pieced[index], pieces.get(job) == own)
            if pieces.get(job) == own:
                hinted.append(self._runs.count + index)
        short = floor_rows(self._columns, self._runs.window, self._itineraries).shortfall(np.array(hinted, dtype=np.int64))
        self._plant.hint(plant)
        if net_w is not None:
            self._plant.batteries.hint(net_w)
        for variable, amount in zip(self._short, short.tolist(), strict=True):
            self.model.add_hint(variable, amount)

    def chosen_by(self, solution: Any) -> Chosen:
        """What a solution takes (a solver or a callback, anything with ``boolean_value`` and ``value``)."""
        taken = [run for run, literal in enumerate(self._taken) if solution.boolean_value(literal)]
        starts = [start if isinstance(start := self._start[run], int) else int(solution.value(start)) for run in taken]
        pieced = [index for index, literal in enumerate(self._pieced) if solution.boolean_value(literal)]
        return Chosen(
            self._runs.window[np.array(taken, dtype=np.int64)],
            np.array(starts, dtype=np.int64),
            np.array(pieced, dtype=np.int64),
            self._halls.chosen_by(solution),
            self._plant.batteries.chosen_by(solution),
        )


@dataclass(frozen=True, slots=True)
class Solved:
    """``optimal``: within the asked gap. ``bound`` in micro-units of the model's objective, None without one."""

    optimal: bool
    infeasible: bool
    bound: int | None
    branch_count: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What one CP-SAT run may use; ``work`` is deterministic time."""

    seconds: float
    thread_count: int
    seed: int
    relative_gap: float
    absolute_gap_micros: int
    work: int | None


def run(
    model: CpSatModel,
    limits: Limits,
    stopping: Callable[[], bool],
    on_solution: Callable[[Chosen], None],
    on_bound: Callable[[int], None],
) -> Solved:
    """Solve until optimal, out of time, or ``stopping``; solutions and bounds go to the callbacks as they come."""
    from ortools.sat.python import cp_model

    class Listener(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]
        def on_solution_callback(self) -> None:
            on_solution(model.chosen_by(self))

    solver = cp_model.CpSolver()
    _set_parameters(solver.parameters, limits)
    solver.best_bound_callback = lambda bound: on_bound(whole(bound))
    with Watch(stopping, solver.stop_search):
        status = solver.solve(model.model, Listener())
    if status == cp_model.MODEL_INVALID:
        raise ModelTooLargeError("CP-SAT refuses the model: its integers do not fit 64 bits")
    known = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    if known:
        on_solution(model.chosen_by(solver))
    return Solved(
        optimal=status == cp_model.OPTIMAL,
        infeasible=status == cp_model.INFEASIBLE,
        bound=whole(solver.best_objective_bound) if known else None,
        branch_count=int(solver.num_branches),
    )


def whole(bound: float) -> int:
    """CP-SAT's integer bound, which Python gets as a float a few last bits off (37.99999999999999 for 38).

    Exact below 2^48; above, the nearest integer lifted by what the float may have lost.
    """
    nearest = round(bound)
    return nearest + (abs(nearest) >> 48)


def _set_parameters(parameters: Any, limits: Limits) -> None:
    parameters.max_time_in_seconds = max(0.01, limits.seconds)
    parameters.num_workers = limits.thread_count
    parameters.random_seed = limits.seed
    parameters.relative_gap_limit = limits.relative_gap
    parameters.absolute_gap_limit = float(limits.absolute_gap_micros)
    # CP-SAT 9.15 calls feasible models infeasible with cp_model_probing_level = 0: probing stays on
    parameters.max_presolve_iterations = 1
    parameters.linearization_level = 2
    if 1 < limits.thread_count < _PORTFOLIO_WORKERS:
        parameters.subsolvers.extend(_FEW_WORKERS[: limits.thread_count])
    if limits.work is not None:
        parameters.max_deterministic_time = float(limits.work)
        parameters.interleave_search = limits.thread_count > 1
