"""The time-indexed program as sparse integer arrays, in pulse form: ``x[c]`` stands in every slot of its run.

    maximise  sum worth x                                                        objective
    (1)       each job: sum x = 1 if mandatory, <= 1 otherwise                   assign
    (2)-(7)   each limit and slot: sum of use over the columns that run <= capacity   limit
    (8)       each budget: sum of use over the horizon <= capacity               budget

Share floors have rows and a shortfall variable of their own (``formulation.floor_rows``).

docs/adr/0002-formulation.md says why this form and not a sparser one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from optimizer.columns import BoolArray, Columns, IntArray
from optimizer.formulation.floor_rows import FloorRows, floor_rows, most_worth
from optimizer.formulation.rows import RowFamily, Rows, make_rows, ranges, stack


@dataclass(frozen=True, slots=True)
class Milp:
    """``N`` binary columns, sorted by window and start (so by job), and the rows over them.

    ``window start job worth`` have shape ``[N]``; ``worth`` is the objective in micro-units.
    """

    window: IntArray
    start: IntArray
    job: IntArray
    worth: IntArray
    rows: Rows
    floors: FloorRows = field(default_factory=FloorRows)

    @property
    def column_count(self) -> int:
        return len(self.window)

    def restricted(self, keep: IntArray) -> Milp:
        """The program with columns ``keep`` (ascending indices) only."""
        return Milp(
            window=self.window[keep],
            start=self.start[keep],
            job=self.job[keep],
            worth=self.worth[keep],
            rows=self.rows.over(keep, self.column_count),
            floors=self.floors.over(keep, self.column_count),
        )

    def column_name(self, index: int) -> str:
        return f"x[{self.window[index]},{self.start[index]}]"


def pulse(columns: Columns) -> Milp:
    """All columns and rows; limits and slots in which nothing can run have no row."""
    window, start, worth = columns_of(columns, np.arange(columns.window_count))
    return _assemble(columns, window, start, worth)


def worthwhile(columns: Columns) -> Milp:
    """``pulse`` without the columns that no optimal selection needs: optional jobs at no gain, floors included."""
    window, start, worth = columns_of(columns, np.arange(columns.window_count))
    keep = (most_worth(columns, window, worth) > 0) | columns.mandatory[columns.job[window]]
    return _assemble(columns, window[keep], start[keep], worth[keep])


def coefficient_count(columns: Columns) -> int:
    """How many coefficients the limit rows of ``pulse`` have, without building them."""
    starts = (columns.start_last - columns.start_first + 1).astype(np.int64)
    return int((starts * columns.duration * np.diff(columns.use_first)).sum())


def _assemble(columns: Columns, window: IntArray, start: IntArray, worth: IntArray) -> Milp:
    families = [assign(columns, window), *limits(columns, window, start), budgets(columns, window, start)]
    return Milp(
        window=window,
        start=start,
        job=columns.job[window].astype(np.int64),
        worth=worth,
        rows=stack(families),
        floors=floor_rows(columns, window),
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


def assign(columns: Columns, window: IntArray) -> Rows:
    """(1) Each job takes at most one column, a mandatory job exactly one; optional jobs without a column have no row."""
    runs = np.bincount(columns.job[window], minlength=columns.job_count)
    jobs = np.flatnonzero((runs > 0) | columns.mandatory)
    return make_rows(
        RowFamily.ASSIGN,
        element=jobs,
        capacity=np.ones(len(jobs), dtype=np.int64),
        equality=columns.mandatory[jobs],
        lengths=runs[jobs],
        column=np.arange(len(window), dtype=np.int64),
        coefficient=np.ones(len(window), dtype=np.int64),
    )


def limits(columns: Columns, window: IntArray, start: IntArray) -> list[Rows]:
    """(2)-(7) In each slot, what the running columns use of a limit is at most its capacity; one part a limit."""
    users = np.repeat(np.arange(columns.window_count), np.diff(columns.use_first))
    by_limit = np.argsort(columns.use_limit, kind="stable")
    ends = np.searchsorted(columns.use_limit[by_limit], np.arange(len(columns.limits) + 1))
    parts = []
    for limit in range(len(columns.limits)):
        of_limit = by_limit[ends[limit] : ends[limit + 1]]
        use = np.zeros(columns.window_count, dtype=np.int64)
        use[users[of_limit]] = columns.use_amount[of_limit]
        parts.append(_limit(columns, limit, use, window, start))
    return parts


def _limit(columns: Columns, limit: int, use: IntArray, window: IntArray, start: IntArray) -> Rows:
    user = np.flatnonzero(use[window])
    lengths = columns.duration[window[user]].astype(np.int64)
    slot = ranges(start[user], lengths)
    column = np.repeat(user, lengths)
    by_slot = np.argsort(slot.astype(np.int32), kind="stable")
    column = column[by_slot]
    runs = np.bincount(slot, minlength=columns.slot_count)
    slots = np.flatnonzero(runs)
    return make_rows(
        RowFamily.LIMIT,
        element=np.full(len(slots), limit, dtype=np.int64),
        slot=slots,
        capacity=columns.capacity[limit, slots],
        lengths=runs[slots],
        column=column,
        coefficient=use[window[column]],
    )


def budgets(columns: Columns, window: IntArray, start: IntArray) -> Rows:
    """(8) What the chosen columns use of a budget over the horizon is at most its capacity."""
    entries: list[list[tuple[int, int]]] = [[] for _ in columns.budgets]
    if columns.budgets:
        metered: BoolArray = np.diff(columns.budget_use_first)[window] > 0
        for column in np.flatnonzero(metered).tolist():
            for budget, use in columns.budget_uses(int(window[column]), int(start[column])):
                if use:
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
    """The rows that some choice of one column a job would break, and every equality."""
    most = np.zeros(rows.count)
    if len(rows.column):
        row, job = rows.entry_row, milp.job[rows.column]
        first_of_job = np.flatnonzero(np.r_[True, (row[1:] != row[:-1]) | (job[1:] != job[:-1])])
        np.add.at(most, row[first_of_job], np.maximum.reduceat(rows.coefficient, first_of_job))
    assigns = rows.family == RowFamily.ASSIGN
    return rows.take(np.flatnonzero((most > rows.capacity) | rows.equality | assigns))
