"""Small feasibility questions about columns, answered exactly by CP-SAT: do all jobs fit, and how much would a raise take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, NamedTuple

import numpy as np

from optimizer.accounting.halls import committed_halls, standby_uses
from optimizer.arrays import IndexArray, IntArray
from optimizer.columns.candidates import Candidates
from optimizer.columns.table import Columns
from optimizer.engines.cp_sat_batteries import BatteryVariables
from optimizer.engines.cp_sat_halls import HallLiterals
from optimizer.formulation.itinerary_columns import Itineraries, all_itineraries
from optimizer.limits import LimitKind, LimitLabel

#: Seconds of one question; a question not answered by then is unknown.
QUESTION_SECONDS = 2.0
#: Columns and runs in pieces of one question; larger ones are not asked.
COLUMN_COUNT = 300_000
ITINERARY_COUNT = 5_000


class Answer(Enum):
    YES = auto()
    NO = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Raise:
    """``amount`` more in [first_slot, last_slot] is enough; ``least`` where no smaller amount is."""

    amount: int
    first_slot: int
    last_slot: int
    least: bool


def fits(found: Candidates, stop: Callable[[], bool]) -> Answer:
    """Whether all jobs of ``found`` can run together."""
    columns = found.columns
    if _some_cannot_run(columns, columns.lanes.job):
        return Answer.NO
    if stop() or columns.column_count > COLUMN_COUNT:
        return Answer.UNKNOWN
    pieces = all_itineraries(columns, ITINERARY_COUNT)
    if pieces is None:
        return Answer.UNKNOWN
    if _some_cannot_run(columns, pieces.job):
        return Answer.NO
    program = _Program(found, None, pieces)
    return {"OPTIMAL": Answer.YES, "FEASIBLE": Answer.YES, "INFEASIBLE": Answer.NO}.get(program.solve(), Answer.UNKNOWN)


def least_raise(found: Candidates, label: LimitLabel, stop: Callable[[], bool]) -> Raise | None:
    """The least amount to add to ``label`` (which ``found`` ignores) so that all jobs fit; None where none is known."""
    if stop() or found.columns.column_count > COLUMN_COUNT:
        return None
    pieces = all_itineraries(found.columns, ITINERARY_COUNT)
    if pieces is None or _some_cannot_run(found.columns, pieces.job):
        return None
    program = _Program(found, label, pieces)
    status = program.solve()
    if status not in ("OPTIMAL", "FEASIBLE"):
        return None
    return program.raised(least=status == "OPTIMAL")


def _some_cannot_run(columns: Columns, in_pieces: IntArray | IndexArray) -> bool:
    """Whether a job has no column and is none of those that may run ``in_pieces``."""
    without_column = np.flatnonzero(np.diff(columns.job_first) == 0)
    return not np.isin(without_column, in_pieces).all()


class _Way(NamedTuple):
    """One way to run a job: its literal, the slots ``[start, end)``, pauses included, and its pool."""

    x: Any
    start: int
    end: int
    pool: int


class _Program:
    """One Boolean a column or itinerary; the capacity of ``raised_label``, if any, is its own plus a variable to be least."""

    def __init__(self, found: Candidates, raised_label: LimitLabel | None, pieces: Itineraries) -> None:
        from ortools.sat.python import cp_model

        self._found, self._label, self._pieces = found, raised_label, pieces
        self._model: Any = cp_model.CpModel()
        self._solver: Any = cp_model.CpSolver()
        self._slot_terms: dict[tuple[int, int], list[tuple[Any, int]]] = {}
        self._budget_terms: dict[int, list[tuple[Any, int]]] = {}
        self._ways: dict[int, list[_Way]] = {}
        self._halls = HallLiterals(self._model, found.columns)
        self._add_standby()
        self._add_columns()
        self._add_batteries()
        self._add_ties()
        self._extra = self._model.new_int_var(0, 2**40, "raise") if raised_label else 0
        self._add_limits()
        if raised_label:
            self._model.minimize(self._extra)

    def solve(self) -> str:
        self._solver.parameters.max_time_in_seconds = QUESTION_SECONDS
        self._solver.parameters.num_workers = 1
        return str(self._solver.status_name(self._solver.solve(self._model)))

    def raised(self, *, least: bool) -> Raise:
        """The slots in which the solution found uses more than the limit's own capacity, and the most of it."""
        slots = [
            t
            for (row, t), terms in self._slot_terms.items()
            if self._is_raised(row) and sum(amount * self._solver.value(x) for x, amount in terms) > self._own_capacity(row, t)
        ]
        last = self._found.problem.slot_count - 1
        return Raise(int(self._solver.value(self._extra)), min(slots, default=0), max(slots, default=last), least)

    def _add_standby(self) -> None:
        for hall, limit, watts in self._found.columns.halls.drawn_on():
            for t, on in enumerate(self._halls.on[hall]):
                self._slot_terms.setdefault((limit, t), []).append((on, watts))
        problem, row_of = self._found.problem, {label: row for row, label in enumerate(self._found.columns.limits)}
        for (committed, _), own in zip(committed_halls(problem), self._halls.on, strict=True):
            for label, watts in standby_uses(problem, committed):
                for t, on in enumerate(own if label.kind is LimitKind.HALL_POWER else ()):
                    self._slot_terms.setdefault((row_of[label], t), []).append((on, watts))

    def _add_batteries(self) -> None:
        """What they take of their connections and of what their sites draw; nothing else of a plant keeps jobs out."""
        batteries = self._found.columns.plant.batteries
        stores = BatteryVariables(self._model, batteries)
        for index, (limit, export) in enumerate(zip(batteries.limit.tolist(), batteries.export.tolist(), strict=True)):
            most_out = batteries.discharge_w[index].tolist()
            for t, (into, spared) in enumerate(zip(stores.charge[index], stores.spared[index], strict=True)):
                self._slot_terms.setdefault((limit, t), []).extend([(into, 1), (spared, 1)])
                self._slot_terms.setdefault((export, t), []).extend([(most_out[t] - spared, 1), (into, -1)])

    def _needs_hall(self, x: Any, pool: int, start: int, end: int) -> None:
        halls = self._found.columns.halls
        if len(halls) and (hall := int(halls.hall_of_pool[pool])) >= 0:
            for t in range(start, end):
                self._model.add_implication(x, self._halls.on[hall][t])

    def _add_columns(self) -> None:
        columns, model = self._found.columns, self._model
        for job in range(columns.job_count):
            choices = []
            for window in range(int(columns.job_first[job]), int(columns.job_first[job + 1])):
                rows, amounts = columns.uses(window)
                for start in range(int(columns.start_first[window]), int(columns.start_last[window]) + 1):
                    x = model.new_bool_var("")
                    choices.append(x)
                    end = start + int(columns.duration[window])
                    self._ways.setdefault(job, []).append(_Way(x, start, end, int(columns.pool[window])))
                    self._needs_hall(x, int(columns.pool[window]), start, end)
                    for t in range(start, start + int(columns.duration[window])):
                        for row, amount in zip(rows.tolist(), amounts.tolist(), strict=True):
                            self._slot_terms.setdefault((row, t), []).append((x, amount))
                    if (lead := columns.leads.of_window(window)) is not None:
                        for t in range(start - lead.slots, start):
                            self._slot_terms.setdefault((lead.limit, t), []).append((x, lead.amount))
                    for budget, amount in columns.budget_uses(window, start):
                        self._budget_terms.setdefault(budget, []).append((x, amount))
            choices += [self._in_pieces(k) for k in np.flatnonzero(self._pieces.job == job).tolist()]
            model.add_exactly_one(choices)

    def _in_pieces(self, k: int) -> Any:
        """The Boolean of itinerary ``k``, its uses entered."""
        pieces, x = self._pieces, self._model.new_bool_var("")
        for entry in range(int(pieces.use_first[k]), int(pieces.use_first[k + 1])):
            at = int(pieces.use_limit[entry]), int(pieces.use_slot[entry])
            self._slot_terms.setdefault(at, []).append((x, int(pieces.use_amount[entry])))
        for entry in range(int(pieces.budget_use_first[k]), int(pieces.budget_use_first[k + 1])):
            use = x, int(pieces.budget_use_amount[entry])
            self._budget_terms.setdefault(int(pieces.budget_use_index[entry]), []).append(use)
        job, parts = int(pieces.job[k]), pieces.pieces[k]
        for part in parts:
            self._needs_hall(x, int(self._found.columns.lanes.pool[part.lane]), part.start, part.end)
        pool = int(self._found.columns.lanes.pool[parts[0].lane])
        self._ways.setdefault(job, []).append(_Way(x, parts[0].start, parts[-1].end, pool))
        return x

    def _add_ties(self) -> None:
        """All jobs run: successors start after their predecessors, and groups have one key."""
        columns, model = self._found.columns, self._model
        order, groups = columns.precedences, columns.together
        for before, after, lag in zip(order.predecessor.tolist(), order.successor.tolist(), order.lag.tolist(), strict=True):
            end = sum(way.x * way.end for way in self._ways[before])
            model.add(sum(way.x * way.start for way in self._ways[after]) >= end + lag)
        for group in range(len(groups)):
            key_of = groups.key_of_pool[group]
            chosen = {key: model.new_bool_var("") for key in np.unique(key_of).tolist()}
            model.add_at_most_one(chosen.values())
            for job in groups.job[groups.first[group] : groups.first[group + 1]].tolist():
                for way in self._ways[job]:
                    model.add_implication(way.x, chosen[int(key_of[way.pool])])

    def _add_limits(self) -> None:
        columns = self._found.columns
        for (row, t), terms in self._slot_terms.items():
            if columns.limits[row] not in self._found.ignored or self._is_raised(row):
                extra = self._extra if self._is_raised(row) else 0
                self._add_row(terms, self._own_capacity(row, t), extra)
        for budget, terms in self._budget_terms.items():
            label = columns.budgets[budget]
            if label not in self._found.ignored or label == self._label:
                own = self._found.own_budget_capacity[budget]
                self._add_row(terms, int(own), self._extra if label == self._label else 0)

    def _add_row(self, terms: list[tuple[Any, int]], capacity: int, extra: Any) -> None:
        self._model.add(sum(amount * x for x, amount in terms) <= capacity + extra)

    def _is_raised(self, row: int) -> bool:
        return self._label is not None and self._found.columns.limits[row] == self._label

    def _own_capacity(self, row: int, slot: int) -> int:
        return int(self._found.own_capacity[row, slot])
