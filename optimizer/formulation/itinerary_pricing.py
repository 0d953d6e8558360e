"""The best itineraries of a job when slots of its lanes have prices: an exact dynamic programme over (slot, work done).

``Values`` holds, for every number of pauses and changes left, what going on is worth at best: after a piece that ended at a
slot boundary with so much work done. The same values, forwards, list every itinerary that falls short of a threshold by
nothing (``Values.at_least``). Everything is an integer: what is found is best, not nearly so.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from optimizer.columns.itineraries import (
    Pieces,
    crossings,
    first_starts,
    goal,
    lane_budget_uses,
    lateness_cost,
    least_run,
    slot_costs,
)
from optimizer.columns.lanes import Piece
from optimizer.columns.table import Columns, IntArray
from optimizer.formulation.rows import RowFamily, Rows
from optimizer.formulation.strengthen import dual_feasible

#: The rows whose prices fall on slots, or once on an itinerary.
PRICED_FAMILIES = (RowFamily.LIMIT, RowFamily.BUDGET, RowFamily.DUAL_FEASIBLE)
#: Of no itinerary: below any sum of gains, and far enough from the end of 64 bits that sums of it do not wrap.
NOTHING = -(1 << 61)
_SOMETHING = NOTHING // 2


@dataclass(frozen=True, slots=True)
class LaneGains:
    """What running is worth at prices: in each slot of a lane ``[N, T]``, and once where the first piece is in it ``[N]``."""

    slot: IntArray
    once: IntArray
    once_at_zero: IntArray
    unit_bits: int


class ItineraryPricing:
    """Prices all itineraries of ``columns``; gains are in ``2 ** -unit_bits`` micro-units."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        lanes = columns.lanes
        lane_count = len(lanes.mode)
        self._lane_of_use = np.repeat(np.arange(lane_count), np.diff(lanes.use_first))
        self._cost = np.array([slot_costs(columns, lane) for lane in range(lane_count)], dtype=np.int64)
        self._cost = self._cost.reshape(lane_count, columns.slot_count)
        self._budgets = [lane_budget_uses(columns, lane) for lane in range(lane_count)]
        self._groups = [_Group(columns, row, own) for row in range(len(lanes)) for own in _groups(columns, row)]

    def largest(self, rows: Rows, price: np.ndarray, credit: np.ndarray) -> float:
        """The itineraries of all jobs together neither pay nor earn more micro-units at ``price[M]`` and ``credit[F]``."""
        gains = self._gains(rows, price.astype(np.float64), credit.astype(np.float64), 0)
        lanes = self._columns.lanes
        most_crossings = int((lanes.max_pause_count + lanes.max_change_count).max(initial=0))
        once = float(np.abs(gains.once).max(initial=0)) + float(np.abs(lanes.base_at_zero).max(initial=0))
        crossing = float(lanes.resume_cost.max(initial=0) + lanes.change_cost.max(initial=0))
        crossing += float(lanes.transfer_cost.max(initial=0))
        late = float(self._columns.tardiness_cost.max(initial=0)) * self._columns.slot_count
        slots = 2 * float(np.abs(gains.slot).sum(axis=1).max(initial=0))
        return len(lanes) * (slots + once + most_crossings * crossing + late)

    @property
    def step_count(self) -> int:
        """About how many additions one pricing of all jobs takes."""
        return sum(group.step_count for group in self._groups)

    def values(self, rows: Rows, whole: IntArray, credit: IntArray, unit_bits: int) -> list[Values]:
        """Of each group of lanes at the integer prices ``whole[M]`` of ``rows`` and ``credit[F]`` of floors."""
        gains = self._gains(rows, whole, credit, unit_bits)
        return [Values(group, gains) for group in self._groups]

    def _gains(self, rows: Rows, price: np.ndarray, credit: np.ndarray, unit_bits: int) -> LaneGains:
        columns, lanes = self._columns, self._columns.lanes
        gain = (-self._cost << unit_bits).astype(price.dtype)
        prices = np.zeros((len(columns.limits), columns.slot_count), dtype=price.dtype)
        priced = rows.family == RowFamily.LIMIT
        prices[rows.element[priced], rows.slot[priced]] = price[priced]
        np.subtract.at(gain, self._lane_of_use, lanes.use_amount[:, None] * prices[lanes.use_limit])
        for row in np.flatnonzero((rows.family == RowFamily.DUAL_FEASIBLE) & (price > 0)).tolist():
            limit, slot = int(rows.element[row]), int(rows.slot[row])
            use = np.flatnonzero((lanes.use_limit == limit) & (lanes.use_amount <= columns.capacity[limit, slot]))
            capacity = np.full(len(use), columns.capacity[limit, slot])
            coefficient = dual_feasible(lanes.use_amount[use], capacity, int(rows.order[row]))
            np.subtract.at(gain[:, slot], self._lane_of_use[use], coefficient * price[row])
        once, once_at_zero = ((base << unit_bits).astype(price.dtype) for base in (lanes.base, lanes.base_at_zero))
        self._pay_budgets(rows, price, gain, once, once_at_zero)
        if len(columns.floors):
            earned = np.append(credit, 0)[columns.floors.lane_floor] * columns.floors.lane_width
            gain += earned[:, None].astype(price.dtype)
        return LaneGains(gain, once, once_at_zero, unit_bits)

    def _pay_budgets(self, rows: Rows, price: np.ndarray, gain: np.ndarray, once: np.ndarray, once_at_zero: np.ndarray) -> None:
        budget_price = np.zeros(len(self._columns.budgets), dtype=price.dtype)
        of_budget = rows.family == RowFamily.BUDGET
        budget_price[rows.element[of_budget]] = price[of_budget]
        if not budget_price.any():
            return
        for lane, uses in enumerate(self._budgets):
            for budget, by_slot, at_first in uses:
                gain[lane] -= by_slot * budget_price[budget]
                once[lane] -= at_first * budget_price[budget]
                once_at_zero[lane] -= at_first * budget_price[budget]


def _groups(columns: Columns, row: int) -> list[list[int]]:
    """The lanes among which an itinerary of ``row`` moves: all, or those of each mode where it may not change."""
    lanes = columns.lanes
    own = range(int(lanes.lane_first[row]), int(lanes.lane_first[row + 1]))
    if lanes.work[row]:
        return [list(own)]
    return [[lane for lane in own if lanes.mode[lane] == mode] for mode in sorted({int(lanes.mode[lane]) for lane in own})]


class _Group:
    """Lanes of one job among which its itineraries move, and what does not change with prices."""

    def __init__(self, columns: Columns, row: int, own: list[int]) -> None:
        lanes = columns.lanes
        self.job, self.lanes, self.slot_count = int(lanes.job[row]), own, columns.slot_count
        self.work = goal(lanes, row, own[0]).work
        self.rate = {lane: goal(lanes, row, lane).rate for lane in own}
        self.least_run = least_run(lanes, row)
        self.pause_count, self.change_count = int(lanes.max_pause_count[row]), int(lanes.max_change_count[row])
        self.starts = {lane: first_starts(lanes, lane) for lane in own}
        self.late = np.array([lateness_cost(columns, self.job, end) for end in range(self.slot_count + 1)], dtype=np.int64)
        self.reach = {lane: _reach(columns, lane) for lane in own}
        self.ways = [
            (before, after, way)
            for before in own
            for after in own
            for way in crossings(lanes, row, before, after, self.slot_count)
        ]

    @property
    def step_count(self) -> int:
        states = (self.pause_count + 1) * (self.change_count + 1) * len(self.lanes) * self.slot_count * self.work
        return states * max(min(self.slot_count, self.work // rate) for rate in self.rate.values())


def _reach(columns: Columns, lane: int) -> IntArray:
    """How many slots on end are open from each slot; shape ``[T]``."""
    lanes = columns.lanes
    open_slots = lanes.open_slots[lanes.open_row[lane]].copy()
    open_slots[lanes.end_slot[lane] :] = False
    reach = np.zeros(columns.slot_count, dtype=np.int64)
    run = 0
    for slot in range(columns.slot_count - 1, -1, -1):
        run = run + 1 if open_slots[slot] else 0
        reach[slot] = run
    return reach


class Values:
    """The dynamic programme of one group at given gains."""

    def __init__(self, group: _Group, gains: LaneGains) -> None:
        self._group, self._gains = group, gains
        self._prefix = {lane: np.concatenate([[0], np.cumsum(gains.slot[lane])]) for lane in group.lanes}
        self._late = group.late << gains.unit_bits
        self._after: dict[tuple[int, int, int], IntArray] = {}  # pauses left, changes left, lane: [T + 1, work]
        self._begun: dict[tuple[int, int, int, int], IntArray] = {}  # the same and overhead: [T, work]
        for pauses, changes in product(range(group.pause_count + 1), range(group.change_count + 1)):
            for lane in group.lanes:
                self._after[pauses, changes, lane] = self._going_on(pauses, changes, lane)
        self._first = {lane: self._first_pieces(lane) for lane in group.lanes}

    @property
    def job(self) -> int:
        return self._group.job

    @property
    def lanes(self) -> list[int]:
        return self._group.lanes

    @property
    def is_empty(self) -> bool:
        """Whether there is no itinerary."""
        return self.best <= _SOMETHING

    @property
    def best(self) -> int:
        """The gain of the best itinerary; ``NOTHING`` where there is none."""
        return max((int(first.max(initial=NOTHING)) for first in self._first.values()), default=NOTHING)

    def _going_on(self, pauses: int, changes: int, lane: int) -> IntArray:
        group = self._group
        best = np.full((group.slot_count + 1, group.work), NOTHING, dtype=np.int64)
        for before, after, way in group.ways:
            if before != lane or way.pause_count > pauses or way.change_count > changes:
                continue
            begun = self._beginning(pauses - way.pause_count, changes - way.change_count, after, way.overhead_slots)
            if way.most_gap:
                begun = np.maximum.accumulate(begun[::-1], axis=0)[::-1]
            last = max(0, group.slot_count - way.least_gap)
            best[:last] = np.maximum(best[:last], begun[way.least_gap :] - (way.cost << self._gains.unit_bits))
        return best

    def _beginning(self, pauses: int, changes: int, lane: int, overhead: int) -> IntArray:
        """``[T, work]``: a piece that begins in each slot with so much work done, and all that follows it."""
        key = pauses, changes, lane, overhead
        if key not in self._begun:
            group, rate, prefix = self._group, self._group.rate[lane], self._prefix[lane]
            after, reach = self._after[pauses, changes, lane], group.reach[lane]
            begun = np.full((group.slot_count, group.work), NOTHING, dtype=np.int64)
            for productive in range(1, -(-group.work // rate) + 1):
                length = overhead + productive
                slot = np.flatnonzero(reach >= length)
                if not len(slot):
                    break
                gain = prefix[slot + length] - prefix[slot]
                done, undone = productive * rate, max(0, group.work - productive * rate)
                if productive >= group.least_run and undone:
                    begun[slot, :undone] = np.maximum(begun[slot, :undone], gain[:, None] + after[slot + length, done:])
                final = slice(undone, min(group.work, group.work - done + rate))
                ended = (gain - self._late[slot + length])[:, None]
                begun[slot, final] = np.maximum(begun[slot, final], ended)
            self._begun[key] = begun
        return self._begun[key]

    def _first_pieces(self, lane: int) -> IntArray:
        """``[starts, lengths]``: what an itinerary is worth at best by where and how long its first piece is."""
        group, rate = self._group, self._group.rate[lane]
        starts = np.array(group.starts[lane], dtype=np.int64)
        lengths = range(group.least_run, -(-group.work // rate))
        first = np.full((len(starts), len(lengths)), NOTHING, dtype=np.int64)
        after, prefix = self._after[group.pause_count, group.change_count, lane], self._prefix[lane]
        once = np.where(starts == 0, self._gains.once_at_zero[lane], self._gains.once[lane])
        for k, length in enumerate(lengths):
            fits = np.flatnonzero(group.reach[lane][starts] >= length)
            begin = starts[fits]
            gain = prefix[begin + length] - prefix[begin] + once[fits]
            first[fits, k] = gain + after[begin + length, length * rate]
        return first

    def best_pieces(self) -> Pieces | None:
        """An itinerary of gain ``best``, or None where there is none."""
        found = self.at_least(self.best, 1) if not self.is_empty else []
        return found[0] if found else None

    def at_least(self, least: int, most: int) -> list[Pieces]:
        """Itineraries whose gain is at least ``least``, no more than ``most`` of them."""
        found: list[Pieces] = []
        least = max(least, _SOMETHING)
        group = self._group
        for lane, first in self._first.items():
            for row, k in zip(*(index.tolist() for index in np.nonzero(first >= least))):
                start, length = group.starts[lane][row], group.least_run + k
                gain = int(first[row, k])
                done = length * group.rate[lane]
                piece = Piece(lane, start, start + length)
                ahead = int(self._after[group.pause_count, group.change_count, lane][piece.end, done])
                self._extend(found, (piece,), done, group.pause_count, group.change_count, least - (gain - ahead), most)
                if len(found) >= most:
                    return found
        return found

    def _extend(self, found: list[Pieces], pieces: Pieces, done: int, pauses: int, changes: int, least: int, most: int) -> None:
        """Every way on that is worth ``least`` or more."""
        group, before = self._group, pieces[-1]
        for lane, after, way in group.ways:
            left = pauses - way.pause_count, changes - way.change_count
            if lane != before.lane or min(left) < 0:
                continue
            needed = least + (way.cost << self._gains.unit_bits)
            begun = self._beginning(*left, after, way.overhead_slots)[:, done]
            earliest = before.end + way.least_gap
            latest = min(before.end + way.most_gap, group.slot_count - 1)
            for start in (earliest + np.flatnonzero(begun[earliest : latest + 1] >= needed)).tolist():
                self._pieces(found, pieces, Piece(after, start, start + way.overhead_slots), done, left, needed, most)
                if len(found) >= most:
                    return

    def _pieces(
        self, found: list[Pieces], pieces: Pieces, head: Piece, done: int, left: tuple[int, int], least: int, most: int
    ) -> None:
        """Every piece that begins with the overhead ``head``, and what follows it."""
        group, lane = self._group, head.lane
        rate, prefix = group.rate[lane], self._prefix[lane]
        after = self._after[(*left, lane)]
        for end in range(head.end + 1, head.start + int(group.reach[lane][head.start]) + 1):
            gain = int(prefix[end] - prefix[head.start])
            total = done + rate * (end - head.end)
            piece = Piece(lane, head.start, end)
            if total >= group.work:
                if gain - int(self._late[end]) >= least:
                    found.append((*pieces, piece))
                return
            if end - head.end >= group.least_run and gain + int(after[end, total]) >= least:
                self._extend(found, (*pieces, piece), total, *left, least - gain, most)
            if len(found) >= most:
                return
