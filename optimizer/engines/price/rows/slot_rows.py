"""Further rows of the relaxation: at one slot, a weighted count of running gangs.

A *slot row* states ``sum of coefficient[profile] x runs of the profile at the slot <= rhs``. It prices like a limit: its
multiplier times the coefficient is one more rate of the profile at that slot.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.columns.table import BoolArray, Columns, IndexArray, IntArray
from optimizer.engines.price.bound.kernel import FloatArray, Surcharge
from optimizer.engines.price.bound.profiles import Profiles
from optimizer.engines.price.jit import compiled

#: Rows whose entries are laid out together.
ROWS_AT_ONCE = 4_096


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One row; ``profile`` ascending, coefficients and right-hand side whole and positive.

    ``hall``: the hall that may be switched off in which alone its profiles run, so that its right-hand side is there only
    while that hall is on; else -1.
    """

    slot: int
    rhs: int
    profile: IndexArray
    coefficient: IntArray
    hall: int = -1


@dataclass(frozen=True, slots=True)
class SlotRows:
    """``R`` rows by cell: cell ``e * T + t`` lists what the ``e``-th occurring profile pays at slot ``t``."""

    rhs: IntArray  # [R]
    slot: IndexArray  # [R]
    hall: IndexArray  # [R] see `SlotRow`
    occurring: IndexArray  # [E] profiles that occur in a row, ascending
    of_profile: IndexArray  # [P] index in `occurring`, -1: in no row
    cell_first: IntArray  # [E * T + 1]
    row: IndexArray  # [entries]
    coefficient: FloatArray  # [entries]
    slot_count: int

    @property
    def count(self) -> int:
        return len(self.rhs)

    def surcharge(self, multiplier: FloatArray) -> Surcharge:
        """What the rows add to each profile's price per slot at ``multiplier[R]`` (micro-units per unit of the row)."""
        rate = np.zeros(len(self.occurring) * self.slot_count)
        _add_rates(self.cell_first, self.row, self.coefficient, multiplier, rate)
        return Surcharge(self.of_profile, rate.reshape(-1, self.slot_count))


def slot_rows(rows: Sequence[SlotRow], profile_count: int, slot_count: int) -> SlotRows:
    """Lay ``rows`` out by cell, the rows of a cell in their order."""
    occurs = np.zeros(profile_count, dtype=np.bool_)
    for row in rows:
        occurs[row.profile] = True
    occurring = np.flatnonzero(occurs).astype(np.int32)
    of_profile = np.full(profile_count, -1, dtype=np.int32)
    of_profile[occurring] = np.arange(len(occurring), dtype=np.int32)
    cell_first = np.zeros(len(occurring) * slot_count + 1, dtype=np.int64)
    for _, cell, _ in _entries(rows, of_profile, slot_count):
        cell_first[1:] += np.bincount(cell, minlength=len(cell_first) - 1)
    np.cumsum(cell_first, out=cell_first)
    row_at = np.empty(int(cell_first[-1]), dtype=np.int32)
    coefficient_at = np.empty(len(row_at), dtype=np.float64)
    free = cell_first[:-1].copy()
    for number, cell, coefficient in _entries(rows, of_profile, slot_count):
        order = np.argsort(cell, kind="stable")
        cell = cell[order]
        begin = np.flatnonzero(np.diff(cell, prepend=-1))
        length = np.diff(begin, append=len(cell))
        at = free[cell] + np.arange(len(cell)) - np.repeat(begin, length)
        row_at[at], coefficient_at[at] = number[order], coefficient[order]
        free[cell[begin]] += length
    return SlotRows(
        np.array([row.rhs for row in rows], dtype=np.int64),
        np.array([row.slot for row in rows], dtype=np.int32),
        np.array([row.hall for row in rows], dtype=np.int32),
        occurring,
        of_profile,
        cell_first,
        row_at,
        coefficient_at,
        slot_count,
    )


def _entries(rows: Sequence[SlotRow], of_profile: IndexArray, slot_count: int) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
    """(row, cell, coefficient) of every entry, some thousand rows at once: a month has millions of entries."""
    for first in range(0, len(rows), ROWS_AT_ONCE):
        block = rows[first : first + ROWS_AT_ONCE]
        lengths = [len(row.profile) for row in block]
        slot = np.repeat(np.array([row.slot for row in block], dtype=np.int64), lengths)
        cell = of_profile[np.concatenate([row.profile for row in block])].astype(np.int64) * slot_count + slot
        number = np.repeat(np.arange(first, first + len(block)), lengths)
        yield number, cell, np.concatenate([row.coefficient for row in block])


@dataclass(frozen=True, slots=True)
class Usage:
    """What a set of runs uses: ``limit[L, T]``, ``budget[B]`` (metered use not rounded up, as it is priced), ``row[R]``."""

    limit: IntArray
    budget: FloatArray
    row: FloatArray


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of windows, each at its start, and itineraries piece by piece.

    ``opens[n]``: the piece is its itinerary's first, which takes the consumables.
    """

    window: IndexArray
    start: IndexArray
    lane: IndexArray
    piece_start: IndexArray
    piece_end: IndexArray
    opens: BoolArray

    @staticmethod
    def of_windows(window: IndexArray, start: IndexArray) -> Runs:
        none = np.zeros(0, dtype=np.int32)
        return Runs(window, start, none, none, none, np.zeros(0, dtype=np.bool_))


def usage_of_runs(columns: Columns, profiles: Profiles, rows: SlotRows, runs: Runs) -> Usage:
    """Use of limits, budgets and rows by ``runs``."""
    steps = np.zeros((len(columns.limits), columns.slot_count + 1), dtype=np.int64)
    usage = Usage(steps, np.zeros(len(columns.budgets)), np.zeros(rows.count))
    for profile, start, end, opens in _spans(columns, profiles, runs):
        _add_runs(
            profile, start, end, opens,
            profiles.use_first, profiles.use_limit, profiles.use_amount,
            profiles.budget_use_first, profiles.budget_use_index, profiles.budget_use_amount,
            columns.budget_prefix, columns.budget_divisor,
            rows.of_profile, rows.cell_first, rows.row, rows.coefficient, rows.slot_count,
            usage.limit, usage.budget, usage.row,
        )  # fmt: skip
    if len(columns.leads):
        _add_transfers(columns, runs, steps)
    return Usage(np.cumsum(steps, axis=1)[:, :-1], usage.budget, usage.row)


def _add_transfers(columns: Columns, runs: Runs, steps: IntArray) -> None:
    """What the windows' runs take of links before they start; runs in pieces pay nothing for links, so they count nothing."""
    leads = columns.leads
    taking = leads.limit[runs.window] >= 0
    window, start = runs.window[taking], runs.start[taking].astype(np.int64)
    np.add.at(steps, (leads.limit[window], start - leads.slots[window]), leads.amount[window])
    np.subtract.at(steps, (leads.limit[window], start), leads.amount[window])


def add_activity(activity: FloatArray, weight: float, columns: Columns, profiles: Profiles, runs: Runs) -> None:
    """Add ``weight`` to ``activity[P, T]`` for each run's or piece's profile in each of its slots."""
    for profile, start, end, _ in _spans(columns, profiles, runs):
        _add_activity(activity, weight, profile, start, end)


def _spans(columns: Columns, profiles: Profiles, runs: Runs) -> Iterator[tuple[IndexArray, IndexArray, IndexArray, BoolArray]]:
    """(profile, start, end, opens) of the windows' runs, then of the pieces."""
    whole = np.ones(len(runs.window), dtype=np.bool_)
    yield profiles.of_window[runs.window], runs.start, runs.start + columns.duration[runs.window], whole
    if len(runs.lane):
        yield profiles.of_lane[runs.lane], runs.piece_start, runs.piece_end, runs.opens


@compiled
def _add_activity(activity: FloatArray, weight: float, profile: IndexArray, start: IndexArray, end: IndexArray) -> None:
    for i in range(len(profile)):
        for t in range(start[i], end[i]):
            activity[profile[i], t] += weight


@compiled
def _add_runs(
    profile: IndexArray,
    start: IndexArray,
    end: IndexArray,
    opens: BoolArray,
    use_first: IntArray,
    use_limit: IndexArray,
    use_amount: IntArray,
    budget_use_first: IntArray,
    budget_use_index: IndexArray,
    budget_use_amount: IntArray,
    budget_prefix: IntArray,
    budget_divisor: IntArray,
    of_profile: IndexArray,
    cell_first: IntArray,
    cell_row: IndexArray,
    cell_coefficient: FloatArray,
    slot_count: int,
    steps: IntArray,
    budget: FloatArray,
    row: FloatArray,
) -> None:
    """Limits get a step up where a run starts and down where it ends, to be summed over slots; the rest is added whole."""
    for i in range(len(profile)):
        p, s, e = profile[i], start[i], end[i]
        for k in range(use_first[p], use_first[p + 1]):
            steps[use_limit[k], s] += use_amount[k]
            steps[use_limit[k], e] -= use_amount[k]
        for k in range(budget_use_first[p], budget_use_first[p + 1]):
            b = budget_use_index[k]
            if budget_divisor[b] == 0:
                budget[b] += budget_use_amount[k] if opens[i] else 0
            else:
                budget[b] += budget_use_amount[k] * ((budget_prefix[b, e] - budget_prefix[b, s]) / budget_divisor[b])
        if len(row) > 0:
            entry = of_profile[p]
            if entry >= 0:
                for k in range(cell_first[entry * slot_count + s], cell_first[entry * slot_count + e]):
                    row[cell_row[k]] += cell_coefficient[k]


@compiled
def _add_rates(
    cell_first: IntArray, cell_row: IndexArray, cell_coefficient: FloatArray, multiplier: FloatArray, rate: FloatArray
) -> None:
    for cell in range(len(rate)):
        total = 0.0
        for k in range(cell_first[cell], cell_first[cell + 1]):
            total += multiplier[cell_row[k]] * cell_coefficient[k]
        rate[cell] = total
