"""Itineraries over columns: what one is worth, what it uses, whether it keeps the rules, and all that a job has.

``optimizer.columns.lanes`` states the rules. Everything here is exact, in the integers of ``Columns.lanes``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from optimizer.columns.lanes import Lanes, Piece
from optimizer.columns.table import Columns, IntArray, round_half_up
from optimizer.units import RATE_SCALE

Pieces = tuple[Piece, ...]


class Crossing(NamedTuple):
    """One way from a piece to the next: what it counts and costs, and how many slots may lie between."""

    pause_count: int
    change_count: int
    overhead_slots: int
    cost: int  # micro-units
    least_gap: int
    most_gap: int


class Goal(NamedTuple):
    """A lane does ``rate`` in each productive slot; the job is done once ``work`` is."""

    rate: int
    work: int


@dataclass(frozen=True, slots=True)
class ItineraryUse:
    """What one itinerary takes of slot limits, entry by entry, of budgets (budget, use over the horizon), and what it counts
    towards floors (floor, units).
    """

    limit: IntArray
    slot: IntArray
    amount: IntArray
    budgets: tuple[tuple[int, int], ...]
    floors: tuple[tuple[int, int], ...] = ()


def row_of(lanes: Lanes, job: int) -> int | None:
    """The row of ``job`` among those that may run in pieces, or None."""
    rows = np.flatnonzero(lanes.job == job)
    return int(rows[0]) if len(rows) else None


def job_of_lane(lanes: Lanes, lane: int) -> int:
    """The job that ``lane`` is for."""
    return int(lanes.job[np.searchsorted(lanes.lane_first, lane, side="right") - 1])


def goal(lanes: Lanes, row: int, lane: int) -> Goal:
    """How the job of ``row`` counts its work in ``lane``."""
    if work := int(lanes.work[row]):
        return Goal(int(lanes.rate[lane]), work)
    return Goal(1, int(lanes.duration[lane]))


def least_run(lanes: Lanes, row: int) -> int:
    """Productive slots of every piece but the last, at least."""
    return max(1, int(lanes.min_run_slots[row]))


def crossings(lanes: Lanes, row: int, before: int, after: int, slot_count: int) -> tuple[Crossing, ...]:
    """The ways from a piece in lane ``before`` to one in ``after``; none where the job may not go there."""
    other_mode = int(lanes.mode[before] != lanes.mode[after])
    if other_mode and not lanes.max_change_count[row]:
        return ()
    ways = []
    if pause := _pause(lanes, row, before, after, other_mode, slot_count):
        ways.append(pause)
    if other_mode and lanes.pool[before] == lanes.pool[after]:
        ways.append(Crossing(0, 1, int(lanes.change_slots[row]), int(lanes.change_cost[row]), 0, 0))
    return tuple(ways)


def _pause(lanes: Lanes, row: int, before: int, after: int, other_mode: int, slot_count: int) -> Crossing | None:
    if not lanes.max_pause_count[row]:
        return None
    elsewhere = lanes.pool[before] != lanes.pool[after]
    if elsewhere and not lanes.may_resume_elsewhere[row]:
        return None
    gap, cost = 0 if elsewhere else 1, int(lanes.resume_cost[row])
    origin, target = int(lanes.site[before]), int(lanes.site[after])
    if origin != target:
        way = int(lanes.transfer[row]), origin, target
        gap = int(lanes.transfer_slots[way])
        if gap < 0:
            return None
        cost += int(lanes.transfer_cost[way])
    return Crossing(
        pause_count=1,
        change_count=other_mode,
        overhead_slots=int(lanes.resume_slots[row]) + other_mode * int(lanes.change_slots[row]),
        cost=cost + other_mode * int(lanes.change_cost[row]),
        least_gap=gap,
        most_gap=slot_count,
    )


def crossing_between(columns: Columns, row: int, before: Piece, after: Piece) -> Crossing | None:
    """How the job gets from one piece to the next; None where it cannot."""
    gap = after.start - before.end
    ways = crossings(columns.lanes, row, before.lane, after.lane, columns.slot_count)
    return next((way for way in ways if way.least_gap <= gap <= way.most_gap), None)


def slot_costs(columns: Columns, lane: int) -> IntArray:
    """Energy and carbon of ``lane`` in each slot, each rounded half up; micro-units, shape ``[T]``."""
    lanes = columns.lanes
    site, power = lanes.site[lane], lanes.power_w[lane]
    prefixes = columns.energy_prefix[site], columns.carbon_prefix[site]
    energy, carbon = (round_half_up(power * np.diff(prefix), RATE_SCALE) for prefix in prefixes)
    return energy + carbon


def first_starts(lanes: Lanes, lane: int) -> list[int]:
    """The slots in which an itinerary may begin in ``lane``, as far as release, staging and a run that goes on decide."""
    first = int(lanes.first_slot[lane])
    return [*([0] if lanes.goes_on[lane] and first else []), *range(first, int(lanes.end_slot[lane]))]


def first_base(lanes: Lanes, lane: int, start: int) -> int:
    """What an itinerary that begins in ``lane`` at ``start`` is worth before energy, carbon, lateness and crossings."""
    return int(lanes.base[lane] if start else lanes.base_at_zero[lane])


def itinerary_worth(columns: Columns, job: int, pieces: Pieces) -> int:
    """Objective micro-units of an itinerary of ``job`` that keeps the rules; 0 of a held job."""
    return ItineraryWorths(columns).of(job, pieces)


class ItineraryWorths:
    """What itineraries of ``columns`` are worth; remembers the slots' costs of the lanes it has seen."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._cost_prefix: dict[int, list[int]] = {}

    def of(self, job: int, pieces: Pieces) -> int:
        """Objective micro-units of an itinerary of ``job`` that keeps the rules; 0 of a held job."""
        return 0 if self._columns.is_held(job) else self.to_its_tier(job, pieces)

    def to_its_tier(self, job: int, pieces: Pieces) -> int:
        """What the itinerary is worth wherever that counts; micro-units."""
        columns, row = self._columns, row_of(self._columns.lanes, job)
        assert row is not None, "the job has lanes"
        worth = first_base(columns.lanes, pieces[0].lane, pieces[0].start) - sum(map(self._cost, pieces))
        for before, after in pairwise(pieces):
            crossing = crossing_between(columns, row, before, after)
            assert crossing is not None, "the itinerary keeps the rules"
            worth -= crossing.cost
        return worth - lateness_cost(columns, job, pieces[-1].end)

    def _cost(self, piece: Piece) -> int:
        prefix = self._cost_prefix.get(piece.lane)
        if prefix is None:
            costs = slot_costs(self._columns, piece.lane)
            prefix = self._cost_prefix[piece.lane] = [0, *np.cumsum(costs).tolist()]
        return prefix[piece.end] - prefix[piece.start]


def lateness_cost(columns: Columns, job: int, end: int) -> int:
    """What it costs that ``job`` ends at slot boundary ``end``."""
    return int(columns.tardiness_cost[job]) * max(0, end - int(columns.due_slot[job]))


def itinerary_use(columns: Columns, pieces: Pieces) -> ItineraryUse:
    """Every slot limit and budget that an itinerary takes; each (limit, slot) comes once."""
    lanes = columns.lanes
    limits, slots, amounts = [], [], []
    spent: dict[int, int] = {}
    for place, piece in enumerate(pieces):
        span = slice(int(lanes.use_first[piece.lane]), int(lanes.use_first[piece.lane + 1]))
        run = np.arange(piece.start, piece.end)
        limits.append(np.repeat(lanes.use_limit[span].astype(np.int64), len(run)))
        slots.append(np.tile(run, span.stop - span.start))
        amounts.append(np.repeat(lanes.use_amount[span], len(run)))
        for budget, by_slot, once in lane_budget_uses(columns, piece.lane):
            use = int(by_slot[piece.start : piece.end].sum()) + (once if place == 0 else 0)
            spent[budget] = spent.get(budget, 0) + use
    for limit, first, last, amount in link_uses(columns, pieces):
        limits.append(np.full(last - first, limit, dtype=np.int64))
        slots.append(np.arange(first, last))
        amounts.append(np.full(last - first, amount, dtype=np.int64))
    job = job_of_lane(lanes, pieces[0].lane)
    if columns.is_held(job):
        spent[int(columns.held_budget[job])] = -ItineraryWorths(columns).to_its_tier(job, pieces)
    return ItineraryUse(
        np.concatenate(limits),
        np.concatenate(slots),
        np.concatenate(amounts),
        tuple((budget, use) for budget, use in sorted(spent.items()) if use),
        _floor_uses(columns, pieces),
    )


def link_uses(columns: Columns, pieces: Pieces) -> list[tuple[int, int, int, int]]:
    """(limit, first slot, slot after the last, amount) of the transfers before an itinerary and within it."""
    lanes, leads, first = columns.lanes, columns.leads, pieces[0]
    uses = []
    lead = None if first.start == 0 and lanes.goes_on[first.lane] else leads.of_first_piece(first.lane)
    if lead is not None:
        uses.append((lead.limit, first.start - lead.slots, first.start, lead.amount))
    if leads.checkpoint_limit.size:
        row = row_of(lanes, job_of_lane(lanes, first.lane))
        assert row is not None, "the job has lanes"
        for before, after in pairwise(pieces):
            way = int(lanes.transfer[row]), int(lanes.site[before.lane]), int(lanes.site[after.lane])
            if leads.checkpoint_limit[way] >= 0:
                begin = after.start - int(lanes.transfer_slots[way])
                uses.append((int(leads.checkpoint_limit[way]), begin, after.start, int(leads.checkpoint_amount[way])))
    return uses


def _floor_uses(columns: Columns, pieces: Pieces) -> tuple[tuple[int, int], ...]:
    floors, counted = columns.floors, dict[int, int]()
    for lane, start, end in pieces if len(floors) else ():
        floor, units = int(floors.lane_floor[lane]), int(floors.lane_width[lane]) * (end - start)
        if floor >= 0 and units:
            counted[floor] = counted.get(floor, 0) + units
    return tuple(sorted(counted.items()))


def lane_budget_uses(columns: Columns, lane: int) -> list[tuple[int, IntArray, int]]:
    """(budget, use in each slot [T], use once where the first piece is in this lane) of ``lane``."""
    lanes, out = columns.lanes, []
    for k in range(int(lanes.budget_use_first[lane]), int(lanes.budget_use_first[lane + 1])):
        budget, amount = int(lanes.budget_use_index[k]), int(lanes.budget_use_amount[k])
        divisor = int(columns.budget_divisor[budget])
        by_slot = np.zeros(columns.slot_count, dtype=np.int64)
        if divisor:
            by_slot = -(-amount * np.diff(columns.budget_prefix[budget]) // divisor)
        out.append((budget, by_slot, 0 if divisor else amount))
    return out


def is_itinerary(columns: Columns, job: int, pieces: Pieces) -> bool:
    """Whether ``pieces`` keep every rule of ``optimizer.columns.lanes``; limits shared with other jobs are another matter."""
    lanes, row = columns.lanes, row_of(columns.lanes, job)
    if row is None or len(pieces) < 2 or not all(_lies_open(columns, row, piece) for piece in pieces):
        return False
    if pieces[0].start not in first_starts(lanes, pieces[0].lane):
        return False
    done = pause_count = change_count = overhead_slots = 0
    for piece, following in zip(pieces, (*pieces[1:], None), strict=True):
        rate, work = goal(lanes, row, piece.lane)
        productive = piece.end - piece.start - overhead_slots
        if done >= work or productive < (1 if following is None else least_run(lanes, row)):
            return False
        done += rate * productive
        if following is None:
            return done - rate < work <= done
        crossing = crossing_between(columns, row, piece, following)
        if done >= work or crossing is None:
            return False
        pause_count, change_count = pause_count + crossing.pause_count, change_count + crossing.change_count
        overhead_slots = crossing.overhead_slots
        if pause_count > lanes.max_pause_count[row] or change_count > lanes.max_change_count[row]:
            return False
    return False


def _lies_open(columns: Columns, row: int, piece: Piece) -> bool:
    lanes = columns.lanes
    if not lanes.lane_first[row] <= piece.lane < lanes.lane_first[row + 1]:
        return False
    if not 0 <= piece.start < piece.end <= lanes.end_slot[piece.lane]:
        return False
    return bool(lanes.open_slots[lanes.open_row[piece.lane], piece.start : piece.end].all())


def itineraries(columns: Columns, job: int) -> Iterator[Pieces]:
    """All itineraries of ``job``, those that begin in earlier lanes and slots first."""
    row = row_of(columns.lanes, job)
    return iter(()) if row is None else _Enumeration(columns, row).all()


class _Enumeration:
    """Depth-first over pieces."""

    def __init__(self, columns: Columns, row: int) -> None:
        lanes = columns.lanes
        self._lanes, self._row, self._slot_count = lanes, row, columns.slot_count
        self._own = range(int(lanes.lane_first[row]), int(lanes.lane_first[row + 1]))
        self._goal = {lane: goal(lanes, row, lane) for lane in self._own}
        self._end = {lane: int(lanes.end_slot[lane]) for lane in self._own}
        self._open = {lane: lanes.open_slots[lanes.open_row[lane]].tolist() for lane in self._own}
        self._ways = {
            before: [(after, way) for after in self._own for way in crossings(lanes, row, before, after, columns.slot_count)]
            for before in self._own
        }
        self._least_run = least_run(lanes, row)

    def all(self) -> Iterator[Pieces]:
        pause_count, change_count = int(self._lanes.max_pause_count[self._row]), int(self._lanes.max_change_count[self._row])
        for lane in self._own:
            for start in first_starts(self._lanes, lane):
                for piece, done, last in self._pieces(lane, start, 0, 0):
                    if not last:
                        yield from self._following((piece,), done, pause_count, change_count)

    def _following(self, pieces: Pieces, done: int, pause_count: int, change_count: int) -> Iterator[Pieces]:
        """Every way on with so many pauses and changes left."""
        before = pieces[-1]
        for lane, way in self._ways[before.lane]:
            pauses, changes = pause_count - way.pause_count, change_count - way.change_count
            if pauses < 0 or changes < 0:
                continue
            latest = min(before.end + way.most_gap, self._end[lane] - 1)
            for start in range(before.end + way.least_gap, latest + 1):
                for piece, total, last in self._pieces(lane, start, way.overhead_slots, done):
                    if last:
                        yield (*pieces, piece)
                    else:
                        yield from self._following((*pieces, piece), total, pauses, changes)

    def _pieces(self, lane: int, start: int, overhead_slots: int, done: int) -> Iterator[tuple[Piece, int, bool]]:
        """Pieces that begin here, with the work done after each and whether it is the job's last."""
        rate, work = self._goal[lane]
        if done >= work:
            return
        is_open = self._open[lane]
        for slot in range(start, self._end[lane]):
            if not is_open[slot]:
                return
            productive = slot + 1 - start - overhead_slots
            total = done + rate * productive
            if productive >= 1 and total >= work:
                yield Piece(lane, start, slot + 1), total, True
                return
            if productive >= self._least_run:
                yield Piece(lane, start, slot + 1), total, False
