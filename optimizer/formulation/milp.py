"""The time-indexed program as sparse integer arrays, in pulse form: ``x[c]`` stands in every slot of its run.

    maximise  sum worth x                                                        objective
    (1)       each job: sum x = 1 if mandatory, <= 1 otherwise                   assign
    (2)-(7)   each limit and slot: sum of use over the columns that run <= capacity   limit
    (90)      each link and slot: sum over the columns whose data comes then <= capacity   link
    (8)       each budget: sum of use over the horizon <= capacity               budget
    (11)      each precedence and slot                                           precedence, see tie_rows
    (12)      each two jobs of a group that shares a key                         together, see tie_rows

Share floors have rows and a shortfall variable of their own (``formulation.floor_rows``); what sites run beside their jobs
has variables of its own in the limit rows (``formulation.plant_rows``). An itinerary
(``optimizer.columns.lanes``) is a column too: it stands in the slots of its pieces.

docs/adr/0002-formulation.md says why this form and not a sparser one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.columns.table import BoolArray, Columns, IntArray
from optimizer.formulation.floor_rows import FloorRows, floor_rows, most_worth
from optimizer.formulation.hall_rows import HallColumns, hall_columns, hall_rows, presence, with_standby
from optimizer.formulation.itinerary_columns import NO_ITINERARIES, Itineraries
from optimizer.formulation.plant_rows import PlantRows, plant_rows
from optimizer.formulation.rows import RowFamily, Rows, make_rows, ranges, stack
from optimizer.formulation.tie_rows import precedence, spans_of, tie_coefficient_count, together
from optimizer.limits import LimitKind

#: Stands for a window where a column is a variable of a hall.
HALL_WINDOW = -2


@dataclass(frozen=True, slots=True)
class Milp:
    """``N`` binary columns and the rows over them: runs in one piece, sorted by window and start (so by job), then itineraries.

    ``window start job worth`` have shape ``[N]``; ``worth`` is the objective in micro-units. The ``window`` of an itinerary
    is -1 and its ``start`` the index in ``itineraries``; the variables of halls come last, with ``window`` -2, their index as
    ``start``, and each with a ``job`` of its own after those of the problem.
    """

    window: IntArray
    start: IntArray
    job: IntArray
    worth: IntArray
    rows: Rows
    floors: FloorRows = field(default_factory=FloorRows)
    itineraries: Itineraries = field(default=NO_ITINERARIES)
    halls: HallColumns = field(default_factory=HallColumns)
    plant: PlantRows = field(default_factory=PlantRows)

    @property
    def column_count(self) -> int:
        return len(self.window)

    @property
    def window_column_count(self) -> int:
        """How many columns, the first ones, are runs in one piece."""
        return self.column_count - int((self.window < 0).sum())

    @property
    def hall_column_count(self) -> int:
        """How many columns, the last ones, are variables of halls: all of them or none."""
        return len(self.halls)

    def restricted(self, keep: IntArray) -> Milp:
        """The program with columns ``keep`` (ascending indices) and those of halls only."""
        return Milp(
            window=self.window[keep],
            start=self.start[keep],
            job=self.job[keep],
            worth=self.worth[keep],
            rows=self.rows.over(keep, self.column_count),
            floors=self.floors.over(keep, self.column_count),
            itineraries=self.itineraries,
            halls=replace(self.halls, first=len(keep) - len(self.halls)),
            plant=self.plant,
        )

    def column_name(self, index: int) -> str:
        if self.window[index] == HALL_WINDOW:
            return f"hall[{self.start[index]}]"
        if self.window[index] < 0:
            return f"y[{self.start[index]}]"
        return f"x[{self.window[index]},{self.start[index]}]"


def pulse(columns: Columns, itineraries: Itineraries = NO_ITINERARIES) -> Milp:
    """All columns, ``itineraries``, and the rows; limits and slots in which nothing can run have no row."""
    window, start, worth = columns_of(columns, np.arange(columns.window_count))
    return _assemble(columns, window, start, worth, itineraries)


def worthwhile(columns: Columns, itineraries: Itineraries = NO_ITINERARIES) -> Milp:
    """``pulse`` without the columns that no optimal selection needs: optional jobs at no gain, floors included."""
    window, start, worth = columns_of(columns, np.arange(columns.window_count))
    keep = (most_worth(columns, window, worth) > 0) | columns.may_run_at_a_loss[columns.job[window]]
    gainful = (itineraries.most_worth(columns) > 0) | columns.may_run_at_a_loss[itineraries.job]
    return _assemble(columns, window[keep], start[keep], worth[keep], itineraries.take(np.flatnonzero(gainful)))


def coefficient_count(columns: Columns) -> int:
    """How many coefficients the limit and tie rows of ``pulse`` have, without building them."""
    starts = (columns.start_last - columns.start_first + 1).astype(np.int64)
    in_runs = int((starts * columns.duration * np.diff(columns.use_first)).sum())
    before = int((starts * columns.leads.slots).sum()) if len(columns.leads) else 0
    return in_runs + before + tie_coefficient_count(columns)


def _assemble(columns: Columns, window: IntArray, start: IntArray, worth: IntArray, itineraries: Itineraries) -> Milp:
    job = np.concatenate([columns.job[window].astype(np.int64), itineraries.job])
    spans = spans_of(columns, window, start, itineraries)
    variables = hall_columns(columns, len(job))
    own = limits(columns, window, start, itineraries)
    there = presence(columns, window, start, itineraries) if len(variables) else None
    families = [
        assign(columns, job),
        *with_standby(columns, own, variables),
        budgets(columns, window, start, itineraries),
        precedence(columns, spans),
        together(columns, spans),
        *(hall_rows(columns, stack(own), there, variables) if there is not None and own else []),
    ]
    return Milp(
        window=np.concatenate([window, np.repeat([-1, HALL_WINDOW], [len(itineraries), len(variables)])]),
        start=np.concatenate([start, np.arange(len(itineraries)), np.arange(len(variables))]),
        job=np.concatenate([job, columns.job_count + np.arange(len(variables))]),
        worth=np.concatenate([worth, itineraries.worth, variables.worth]),
        rows=stack(families),
        floors=floor_rows(columns, window, itineraries),
        itineraries=itineraries,
        halls=variables,
        plant=plant_rows(columns),
    )


def columns_of(columns: Columns, windows: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Window, start and worth of every column of ``windows``."""
    counts = (columns.start_last[windows] - columns.start_first[windows] + 1).astype(np.int64)
    worths = [columns.worth(window) for window in windows.tolist()]
    return (
        np.repeat(windows.astype(np.int64), counts),
        ranges(columns.start_first[windows].astype(np.int64), counts),
        np.concatenate(worths) if worths else np.zeros(0, dtype=np.int64),
    )


def assign(columns: Columns, job: IntArray) -> Rows:
    """(1) Each job takes at most one column, a mandatory job exactly one; optional jobs without a column have no row."""
    runs = np.bincount(job, minlength=columns.job_count)
    jobs = np.flatnonzero((runs > 0) | columns.mandatory)
    return make_rows(
        RowFamily.ASSIGN,
        element=jobs,
        capacity=np.ones(len(jobs), dtype=np.int64),
        equality=columns.mandatory[jobs],
        lengths=runs[jobs],
        column=np.argsort(job, kind="stable"),
        coefficient=np.ones(len(job), dtype=np.int64),
    )


def limits(columns: Columns, window: IntArray, start: IntArray, itineraries: Itineraries) -> list[Rows]:
    """(2)-(7), (90) In each slot, what the columns use of a limit is at most its capacity; one part a limit."""
    users = np.repeat(np.arange(columns.window_count), np.diff(columns.use_first))
    by_limit, ends = _by_limit(columns, columns.use_limit)
    pieced_by_limit, pieced_ends = _by_limit(columns, itineraries.use_limit)
    itinerary = len(window) + np.repeat(np.arange(len(itineraries)), np.diff(itineraries.use_first))
    touched = columns.plant.touches(len(columns.limits), columns.slot_count)
    parts = []
    for limit in range(len(columns.limits)):
        of_limit = by_limit[ends[limit] : ends[limit + 1]]
        use = np.zeros(columns.window_count, dtype=np.int64)
        use[users[of_limit]] = columns.use_amount[of_limit]
        if columns.limits[limit].kind is LimitKind.LINK:
            slot, column, amount = _transfers(columns, limit, window, start)
        else:
            slot, column, amount = _whole_runs(columns, use, window, start)
        pieced = pieced_by_limit[pieced_ends[limit] : pieced_ends[limit + 1]]
        parts.append(
            _limit(
                columns,
                limit,
                np.concatenate([slot, itineraries.use_slot[pieced]]),
                np.concatenate([column, itinerary[pieced]]),
                np.concatenate([amount, itineraries.use_amount[pieced]]),
                touched[limit],
            )
        )
    return parts


def _by_limit(columns: Columns, use_limit: NDArray[np.signedinteger]) -> tuple[IntArray, IntArray]:
    """Entries in the order of their limits, and where each limit's begin."""
    order = np.argsort(use_limit, kind="stable")
    return order, np.searchsorted(use_limit[order], np.arange(len(columns.limits) + 1))


def _whole_runs(columns: Columns, use: IntArray, window: IntArray, start: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Slot, column and amount wherever a run in one piece uses a limit; ``use`` is by window."""
    user = np.flatnonzero(use[window])
    lengths = columns.duration[window[user]].astype(np.int64)
    column = np.repeat(user, lengths)
    return ranges(start[user], lengths), column, use[window[column]]


def _transfers(columns: Columns, limit: int, window: IntArray, start: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Slot, column and amount wherever the data of a run in one piece comes over a link."""
    windows, slots, amounts = columns.leads.of_limit(limit)
    by_window, rate = np.zeros((2, columns.window_count), dtype=np.int64)
    by_window[windows], rate[windows] = slots, amounts
    lengths = by_window[window]
    return ranges(start - lengths, lengths), np.repeat(np.arange(len(window)), lengths), np.repeat(rate[window], lengths)


def _limit(
    columns: Columns, limit: int, slot: IntArray, column: IntArray, amount: IntArray, touched: NDArray[np.bool_]
) -> Rows:
    """Rows of the slots in which columns use the limit, or ``touched[T]`` by a plant."""
    by_slot = np.argsort(slot.astype(np.int32), kind="stable")
    runs = np.bincount(slot, minlength=columns.slot_count)
    slots = np.flatnonzero((runs > 0) | touched)
    return make_rows(
        RowFamily.LINK if columns.limits[limit].kind is LimitKind.LINK else RowFamily.LIMIT,
        element=np.full(len(slots), limit, dtype=np.int64),
        slot=slots,
        capacity=columns.capacity[limit, slots],
        lengths=runs[slots],
        column=column[by_slot],
        coefficient=amount[by_slot],
    )


def budgets(columns: Columns, window: IntArray, start: IntArray, itineraries: Itineraries) -> Rows:
    """(8) What the chosen columns use of a budget over the horizon is at most its capacity."""
    entries: list[list[tuple[int, int]]] = [[] for _ in columns.budgets]
    if columns.budgets:
        metered: BoolArray = np.diff(columns.budget_use_first)[window] > 0
        for column in np.flatnonzero(metered).tolist():
            for budget, use in columns.budget_uses(int(window[column]), int(start[column])):
                if use:
                    entries[budget].append((column, use))
    itinerary = len(window) + np.repeat(np.arange(len(itineraries)), np.diff(itineraries.budget_use_first))
    pieced = zip(itinerary.tolist(), itineraries.budget_use_index.tolist(), itineraries.budget_use_amount.tolist())
    for column, budget, use in pieced:
        entries[budget].append((column, use))
    used = [budget for budget, uses in enumerate(entries) if uses]
    flat = np.array([pair for budget in used for pair in entries[budget]], dtype=np.int64).reshape(-1, 2)
    return make_rows(
        RowFamily.BUDGET,
        element=np.array(used, dtype=np.int64),
        capacity=columns.budget_capacity[np.array(used, dtype=np.int64)],
        lengths=np.array([len(entries[budget]) for budget in used], dtype=np.int64),
        column=flat[:, 0],
        coefficient=flat[:, 1],
    )


def binding(rows: Rows, milp: Milp) -> Rows:
    """The rows that some choice of one column a job would break, every equality, and the rows that a plant draws on."""
    most = np.zeros(rows.count)
    if len(rows.column):
        row, job = rows.entry_row, milp.job[rows.column]
        first_of_job = np.flatnonzero(np.r_[True, (row[1:] != row[:-1]) | (job[1:] != job[:-1])])
        np.add.at(most, row[first_of_job], np.maximum(0, np.maximum.reduceat(rows.coefficient, first_of_job)))
    assigns = rows.family == RowFamily.ASSIGN
    needed = (most > rows.capacity) | rows.equality | assigns | milp.plant.touched(rows)
    return rows.take(np.flatnonzero(needed))
