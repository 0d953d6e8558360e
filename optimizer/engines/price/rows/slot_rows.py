"""Further rows of the relaxation: at one slot, a weighted count of running gangs.

A *slot row* states ``sum of coefficient[gang] x runs of the gang at the slot <= rhs``. It prices like a limit: its
multiplier times the coefficient is one more rate of the gang's profiles at that slot. A limit has few capacities over a
horizon, and slots of the same capacity have rows of the same *weights*: those are held once, so that more slots are more
multipliers and hardly more memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from optimizer.columns.table import BoolArray, Columns, IndexArray, IntArray
from optimizer.engines.price.bound.kernel import FloatArray, Surcharge
from optimizer.engines.price.bound.profiles import Profiles
from optimizer.engines.price.jit import compiled

Multipliers = TypeVar("Multipliers", IntArray, FloatArray)


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What a run of each gang counts in a row; coefficients whole and positive. Rows share them by identity."""

    gang: IndexArray  # distinct
    coefficient: IntArray


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One row; the right-hand side is whole and positive.

    ``hall``: the hall that may be switched off in which alone its gangs run, so that its right-hand side is there only
    while that hall is on; else -1.
    """

    slot: int
    rhs: int
    weights: Weights
    hall: int = -1


@dataclass(frozen=True, slots=True)
class SlotRows:
    """``R`` rows of ``V`` distinct weights, in which ``E`` gangs occur."""

    rhs: IntArray  # [R]
    slot: IndexArray  # [R]
    hall: IndexArray  # [R] see `SlotRow`
    of_profile: IndexArray  # [P] which occurring gang the profile is of, -1: one in no row
    weight_first: IntArray  # [E + 1] where each gang's entries begin:
    weight: IndexArray  # [entries] the weights it has a part in ...
    coefficient: IntArray  # [entries] ... and what a run of it counts there
    row_first: IntArray  # [V + 1] where the rows of each weights begin:
    row: IndexArray  # [R] rows by weights, then slot
    row_slot: IndexArray  # [R] their slots
    slot_count: int

    @property
    def count(self) -> int:
        return len(self.rhs)

    def surcharge(self, multiplier: FloatArray) -> Surcharge:
        """What the rows add to each profile's price per slot at ``multiplier[R]`` (micro-units per unit of the row)."""
        return Surcharge(self.of_profile, self.rates(multiplier))

    def rates(self, multiplier: Multipliers) -> Multipliers:
        """What the rows add to the price of each occurring gang at ``multiplier[R]``, exact where that is whole; ``[E, T]``."""
        rate = np.zeros((len(self.weight_first) - 1, self.slot_count), dtype=multiplier.dtype)
        held_first, held_slot = np.empty(len(self.row_first), dtype=np.int64), np.empty(self.count, dtype=np.int32)
        held = np.empty(self.count, dtype=multiplier.dtype)
        _hold(self.row_first, self.row, self.row_slot, multiplier, held_first, held_slot, held)
        _add_rates(self.weight_first, self.weight, self.coefficient, held_first, held_slot, held, rate)
        return rate


def slot_rows(rows: Sequence[SlotRow], gang_of_profile: IndexArray, slot_count: int) -> SlotRows:
    """Lay ``rows`` out by weights and slot, those of one slot in their order."""
    weights = list({id(row.weights): row.weights for row in rows}.values())
    number = {id(each): index for index, each in enumerate(weights)}
    of_row = np.array([number[id(row.weights)] for row in rows], dtype=np.int64)
    slot = np.array([row.slot for row in rows], dtype=np.int32)
    order = np.lexsort((slot, of_row)).astype(np.int32)
    gangs, entry = np.unique(_joined([each.gang for each in weights], np.int32), return_inverse=True)
    by_gang = np.argsort(entry, kind="stable")
    index = np.full(max(gang_of_profile.max(initial=-1), gangs.max(initial=-1)) + 1, -1, dtype=np.int32)
    index[gangs] = np.arange(len(gangs), dtype=np.int32)
    return SlotRows(
        np.array([row.rhs for row in rows], dtype=np.int64),
        slot,
        np.array([row.hall for row in rows], dtype=np.int32),
        index[gang_of_profile],
        _begins(entry, len(gangs)),
        np.repeat(np.arange(len(weights), dtype=np.int32), [len(each.gang) for each in weights])[by_gang],
        _joined([each.coefficient for each in weights], np.int64)[by_gang],
        _begins(of_row, len(weights)),
        order,
        slot[order],
        slot_count,
    )


def no_slot_rows(profile_count: int, slot_count: int) -> SlotRows:
    return slot_rows([], np.zeros(profile_count, dtype=np.int32), slot_count)


def _joined(parts: Sequence[IntArray | IndexArray], dtype: type[np.int32] | type[np.int64]) -> IntArray:
    joined: IntArray = np.concatenate([np.zeros(0, dtype=dtype), *parts])
    return joined


def _begins(of: IntArray, count: int) -> IntArray:
    """Where each of ``count`` begins once what is ``of`` it stands together; ``[count + 1]``."""
    return np.concatenate([[0], np.cumsum(np.bincount(of, minlength=count))]).astype(np.int64)


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


@dataclass(frozen=True, slots=True)
class Activity:
    """The runs of each profile, or gang, in each slot, counted over ``plan_count`` relaxed plans; and in how many of these
    each hall that may be switched off is on.
    """

    count: IndexArray  # [P, T], or [G, T]
    plan_count: int
    on_count: IndexArray | None = None  # [K, T]; None: all are on throughout

    def mean(self, of: IndexArray, slots: int | slice) -> FloatArray:
        mean: FloatArray = self.count[of, slots] / self.plan_count
        return mean

    def on(self, hall: int) -> FloatArray:
        """By slot, the part of the plans in which a ``hall`` that may be switched off is on; 1 for any other, -1."""
        if hall < 0 or self.on_count is None:
            return np.ones(self.count.shape[1])
        part: FloatArray = self.on_count[hall] / self.plan_count
        return part


def usage_of_runs(columns: Columns, profiles: Profiles, rows: SlotRows, runs: Runs) -> Usage:
    """Use of limits, budgets and rows by ``runs``."""
    steps = np.zeros((len(columns.limits), columns.slot_count + 1), dtype=np.int64)
    usage, counted = Usage(steps, np.zeros(len(columns.budgets)), np.zeros(rows.count)), np.zeros(rows.count)
    for profile, start, end, opens in _spans(columns, profiles, runs):
        _add_runs(
            profile, start, end, opens,
            profiles.use_first, profiles.use_limit, profiles.use_amount,
            profiles.budget_use_first, profiles.budget_use_index, profiles.budget_use_amount,
            columns.budget_prefix, columns.budget_divisor,
            rows.of_profile, rows.weight_first, rows.weight, rows.coefficient, rows.row_first, rows.row_slot,
            usage.limit, usage.budget, counted,
        )  # fmt: skip
    usage.row[rows.row] = counted
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


def add_activity(activity: IndexArray, columns: Columns, profiles: Profiles, runs: Runs) -> None:
    """Count each run or piece in ``activity[P, T]``: in its profile, in each of its slots."""
    for profile, start, end, _ in _spans(columns, profiles, runs):
        _add_activity(activity, profile, start, end)


def _spans(columns: Columns, profiles: Profiles, runs: Runs) -> Iterator[tuple[IndexArray, IndexArray, IndexArray, BoolArray]]:
    """(profile, start, end, opens) of the windows' runs, then of the pieces."""
    whole = np.ones(len(runs.window), dtype=np.bool_)
    yield profiles.of_window[runs.window], runs.start, runs.start + columns.duration[runs.window], whole
    if len(runs.lane):
        yield profiles.of_lane[runs.lane], runs.piece_start, runs.piece_end, runs.opens


@compiled
def _add_activity(activity: IndexArray, profile: IndexArray, start: IndexArray, end: IndexArray) -> None:
    for i in range(len(profile)):
        for t in range(start[i], end[i]):
            activity[profile[i], t] += 1


@compiled
def _first_from(row_slot: IndexArray, first: int, last: int, slot: int) -> int:
    """The first of ``[first, last)``, which ascend, that is at ``slot`` or later."""
    while first < last:
        middle = (first + last) // 2
        if row_slot[middle] < slot:
            first = middle + 1
        else:
            last = middle
    return first


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
    weight_first: IntArray,
    weight: IndexArray,
    coefficient: IntArray,
    row_first: IntArray,
    row_slot: IndexArray,
    steps: IntArray,
    budget: FloatArray,
    counted: FloatArray,
) -> None:
    """Limits get a step up where a run starts and down where it ends, to be summed over slots; the rest is added whole.

    ``counted[R]`` is in the order of ``row_slot``.
    """
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
        entry = of_profile[p] if len(counted) > 0 else -1
        if entry >= 0:
            for k in range(weight_first[entry], weight_first[entry + 1]):
                first, last = row_first[weight[k]], row_first[weight[k] + 1]
                first = _first_from(row_slot, first, last, s)
                last = _first_from(row_slot, first, last, e)
                for i in range(first, last):
                    counted[i] += coefficient[k]


@compiled
def _hold(
    row_first: IntArray,
    row: IndexArray,
    row_slot: IndexArray,
    multiplier: Multipliers,
    held_first: IntArray,
    held_slot: IndexArray,
    held: Multipliers,
) -> None:
    """The slots and multipliers of the rows of each weights that have one: most have none."""
    n = 0
    for weights in range(len(row_first) - 1):
        held_first[weights] = n
        for k in range(row_first[weights], row_first[weights + 1]):
            if multiplier[row[k]] != 0:
                held_slot[n], held[n] = row_slot[k], multiplier[row[k]]
                n += 1
    held_first[-1] = n


@compiled
def _add_rates(
    weight_first: IntArray,
    weight: IndexArray,
    coefficient: IntArray,
    held_first: IntArray,
    held_slot: IndexArray,
    held: Multipliers,
    rate: Multipliers,
) -> None:
    for entry in range(len(rate)):
        of_gang = rate[entry]
        for k in range(weight_first[entry], weight_first[entry + 1]):
            for i in range(held_first[weight[k]], held_first[weight[k] + 1]):
                of_gang[held_slot[i]] += coefficient[k] * held[i]
