"""Further rows of the relaxation: at one slot, a weighted count of running gangs.

A *slot row* states ``sum of coefficient[profile] x runs of the profile at the slot <= rhs``. It prices like a limit: its
multiplier times the coefficient is one more rate of the profile at that slot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.columns import Columns, IndexArray, IntArray
from optimizer.engines.price.jit import compiled
from optimizer.engines.price.kernel import FloatArray, Surcharge


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One row; ``profile`` ascending, coefficients and right-hand side whole and positive."""

    slot: int
    rhs: int
    profile: IndexArray
    coefficient: IntArray


@dataclass(frozen=True, slots=True)
class SlotRows:
    """``R`` rows by cell: cell ``e * T + t`` lists what the ``e``-th occurring profile pays at slot ``t``."""

    rhs: IntArray  # [R]
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
    """Lay ``rows`` out by cell."""
    none = np.zeros(0, dtype=np.int32)
    lengths = [len(row.profile) for row in rows]
    profile = np.concatenate([none, *(row.profile for row in rows)])
    occurring = np.unique(profile)
    of_profile = np.full(profile_count, -1, dtype=np.int32)
    of_profile[occurring] = np.arange(len(occurring), dtype=np.int32)
    slot = np.repeat(np.array([row.slot for row in rows], dtype=np.int64), lengths)
    cell = of_profile[profile].astype(np.int64) * slot_count + slot
    order = np.argsort(cell, kind="stable")
    return SlotRows(
        np.array([row.rhs for row in rows], dtype=np.int64),
        occurring,
        of_profile,
        np.searchsorted(cell[order], np.arange(len(occurring) * slot_count + 1)).astype(np.int64),
        np.repeat(np.arange(len(rows), dtype=np.int32), lengths)[order],
        np.concatenate([none, *(row.coefficient for row in rows)])[order].astype(np.float64),
        slot_count,
    )


@dataclass(frozen=True, slots=True)
class Usage:
    """What a set of runs uses: ``limit[L, T]``, ``budget[B]`` (metered use not rounded up, as it is priced), ``row[R]``."""

    limit: IntArray
    budget: FloatArray
    row: FloatArray


def usage_of_runs(
    columns: Columns, profile_of_window: IndexArray, rows: SlotRows, window: IndexArray, start: IndexArray
) -> Usage:
    """Use of limits, budgets and rows by runs of ``window[n]`` from ``start[n]``."""
    steps = np.zeros((len(columns.limits), columns.slot_count + 1), dtype=np.int64)
    usage = Usage(steps, np.zeros(len(columns.budgets)), np.zeros(rows.count))
    _add_runs(
        window, start, columns.duration,
        columns.use_first, columns.use_limit, columns.use_amount,
        columns.budget_use_first, columns.budget_use_index, columns.budget_use_amount,
        columns.budget_prefix, columns.budget_divisor,
        profile_of_window, rows.of_profile, rows.cell_first, rows.row, rows.coefficient, rows.slot_count,
        usage.limit, usage.budget, usage.row,
    )  # fmt: skip
    return Usage(np.cumsum(steps, axis=1)[:, :-1], usage.budget, usage.row)


def add_activity(
    activity: FloatArray, weight: float, columns: Columns, profile_of_window: IndexArray, window: IndexArray, start: IndexArray
) -> None:
    """Add ``weight`` to ``activity[P, T]`` for each run's profile in each slot of the run."""
    _add_activity(activity, weight, columns.duration, profile_of_window, window, start)


@compiled
def _add_activity(
    activity: FloatArray,
    weight: float,
    duration: IndexArray,
    profile_of_window: IndexArray,
    window: IndexArray,
    start: IndexArray,
) -> None:
    for i in range(len(window)):
        for t in range(start[i], start[i] + duration[window[i]]):
            activity[profile_of_window[window[i]], t] += weight


@compiled
def _add_runs(
    window: IndexArray,
    start: IndexArray,
    duration: IndexArray,
    use_first: IntArray,
    use_limit: IndexArray,
    use_amount: IntArray,
    budget_use_first: IntArray,
    budget_use_index: IndexArray,
    budget_use_amount: IntArray,
    budget_prefix: IntArray,
    budget_divisor: IntArray,
    profile_of_window: IndexArray,
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
    for i in range(len(window)):
        w, s = window[i], start[i]
        e = s + duration[w]
        for k in range(use_first[w], use_first[w + 1]):
            steps[use_limit[k], s] += use_amount[k]
            steps[use_limit[k], e] -= use_amount[k]
        for k in range(budget_use_first[w], budget_use_first[w + 1]):
            b = budget_use_index[k]
            if budget_divisor[b] == 0:
                budget[b] += budget_use_amount[k]
            else:
                budget[b] += budget_use_amount[k] * ((budget_prefix[b, e] - budget_prefix[b, s]) / budget_divisor[b])
        if len(row) > 0:
            entry = of_profile[profile_of_window[w]]
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
