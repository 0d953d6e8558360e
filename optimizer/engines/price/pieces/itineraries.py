"""Pricing itineraries: the best one of every job that may pause or change, where it beats the job's best column.

What an itinerary costs at prices is a sum over its slots, so `paths` finds the best exactly. Most jobs never get that far: a
bound on all the itineraries of a component, a few passes over its slots, already falls short of the best column.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from optimizer.columns.lanes import Lanes, Piece
from optimizer.columns.table import RATE_SCALE, BoolArray, IndexArray, IntArray
from optimizer.engines.price.bound.exact import IntegerPrices
from optimizer.engines.price.bound.kernel import FloatArray, Prices, PricingTable, price_arguments, profile_rates
from optimizer.engines.price.jit import compiled
from optimizer.engines.price.pieces.path_bound import most_value
from optimizer.engines.price.pieces.path_table import PathScratch, PathTable, path_scratch
from optimizer.engines.price.pieces.paths import best_path
from optimizer.engines.price.threads import for_each
from optimizer.interrupt import GiveWay, chunks, never

#: Of a slot in which a lane may not run, and of no value at all: beyond any sum of prices.
CLOSED, NOTHING = 1e100, -1e100
CLOSED_INTEGER, NOTHING_INTEGER = 1 << 61, -(1 << 61)
#: Jobs priced between two looks at whether to give way; a few hundredths of a second.
JOB_CHUNK = 256
#: Sums of prices of itineraries stay below this, so that ``NOTHING_INTEGER`` cannot be mistaken for one.
LARGEST_INTEGER = 2.0**60


@dataclass(frozen=True, slots=True)
class BestItineraries:
    """Those that beat the floors: ``n`` of them with ``m`` pieces in all."""

    position: IntArray  # [n] of the job among those priced, ascending
    profit: FloatArray | IntArray  # [n]
    first: IntArray  # [n + 1] first piece of each
    lane: IndexArray  # [m] index in Columns.lanes
    start: IndexArray  # [m]
    end: IndexArray  # [m]

    @property
    def opens(self) -> BoolArray:
        """Whether a piece is its itinerary's first; ``[m]``."""
        opens = np.zeros(len(self.lane), dtype=np.bool_)
        opens[self.first[:-1]] = True
        return opens


def no_itineraries() -> BestItineraries:
    """None beats its floor."""
    none = np.zeros(0, dtype=np.int32)
    return BestItineraries(np.zeros(0, np.int64), np.zeros(0), np.zeros(1, np.int64), none, none, none)


@dataclass(slots=True)
class _Found:
    """By row of a block: value, or the floor where nothing beats it, and pieces."""

    value: FloatArray | IntArray  # [F']
    count: IntArray  # [F']
    lane: IndexArray  # [F', pieces]
    start: IndexArray
    end: IndexArray


def best_itineraries(
    table: PricingTable, prices: Prices, floor: FloatArray, residual: IntArray | None = None, give_way: GiveWay = never
) -> BestItineraries:
    """The best itinerary of each of ``table.jobs`` that is worth more than ``floor[J']``, in floats as `best_columns`.

    With ``residual[L, T]`` slots in which a lane uses more than it are passed over.
    """
    own = table.lanes
    if own is None:
        return no_itineraries()
    columns, profiles = table.columns, table.profiles
    arguments = price_arguments(table, prices, None)
    left = np.zeros((0, 0), dtype=np.int64) if residual is None else residual
    credit = columns.floors.lane_credit(prices.floor, len(columns.lanes.mode))
    found = _room(own.paths, floor[own.position].astype(np.float64))

    def price(block: int) -> None:
        first = own.cuts[block]
        for low, high in chunks(own.cuts[block + 1] - first, JOB_CHUNK, give_way):
            _price_rows(
                own.paths, own.rows, first + low, first + high, *_lane_arguments(columns.lanes), profiles.of_lane,
                columns.due_slot, columns.tardiness_cost, credit, arguments,
                profiles.use_first, profiles.use_limit, profiles.use_amount, left, own.scratch[block],
                found.value, found.count, found.lane, found.start, found.end,
            )  # fmt: skip

    blocks = [block for block, (low, high) in enumerate(pairwise(own.cuts)) if low < high]
    for_each(price, blocks)
    return _gathered(own.position, found)


def best_itineraries_exact(
    table: PricingTable, prices: IntegerPrices, floor: IntArray, give_way: GiveWay = never
) -> BestItineraries:
    """As `best_itineraries`, in integers exact to the last unit; ``itinerary_magnitude`` says beforehand whether they fit."""
    own = table.lanes
    if own is None:
        return no_itineraries()
    columns = table.columns
    found = _room(own.paths, floor[own.position].astype(np.int64))
    profiles = table.profiles
    credit = columns.floors.lane_credit(prices.floor, len(columns.lanes.mode))
    arguments = (
        own.paths, own.rows, *_lane_arguments(columns.lanes), profiles.of_lane, columns.due_slot, columns.tardiness_cost,
        credit, np.diff(columns.energy_prefix, axis=1), np.diff(columns.carbon_prefix, axis=1),
        profiles.site, profiles.power_w, profiles.use_first, profiles.use_limit, profiles.use_amount, prices.limit,
        profiles.budget_use_first, profiles.budget_use_index, profiles.budget_use_amount,
        np.diff(columns.budget_prefix, axis=1), columns.budget_divisor, prices.budget,
        prices.surcharge_of_profile, prices.surcharge, prices.unit_bits,
        path_scratch(own.paths, columns.slot_count, np.int64),
        found.value, found.count, found.lane, found.start, found.end,
    )  # fmt: skip
    for low, high in chunks(len(own.rows), JOB_CHUNK, give_way):
        _price_rows_exact(low, high, *arguments)
    return _gathered(own.position, found)


def itinerary_magnitude(table: PricingTable, prices: IntegerPrices, paid: float) -> float:
    """No number met while pricing itineraries is larger; ``paid``: the most a profile pays at prices over all slots."""
    own = table.lanes
    if own is None:
        return 0.0
    columns, lanes, paths = table.columns, table.columns.lanes, own.paths
    power = float(lanes.power_w.max(initial=0))
    rates = [np.abs(np.diff(prefix, axis=1)) for prefix in (columns.energy_prefix, columns.carbon_prefix)]
    metered = sum(float(rate.sum(axis=1).max(initial=0)) for rate in rates) * power / RATE_SCALE + 2.0 * columns.slot_count
    slot = sum(float(rate.max(initial=0)) for rate in rates) * power / RATE_SCALE + 2.0
    base = max(float(np.abs(lanes.base).max(initial=0)), float(np.abs(lanes.base_at_zero).max(initial=0)))
    late = float(columns.tardiness_cost.max(initial=0)) * columns.slot_count
    unit, pieces = 2.0**prices.unit_bits, paths.most_pieces
    paid += columns.slot_count * float(columns.floors.lane_credit(prices.floor, len(lanes.mode)).max(initial=0))
    crossings = pieces * float(paths.way_cost.max(initial=0))
    sums = (base + late + crossings + pieces * metered) * unit + pieces * paid
    work = max(float(paths.need.max(initial=1)), columns.slot_count * float(paths.rate.max(initial=1)))
    return sums + work * (slot * unit + paid)


def _room(paths: PathTable, floor: FloatArray | IntArray) -> _Found:
    shape = (len(floor), paths.most_pieces)
    pieces = (np.zeros(shape, dtype=np.int32) for _ in range(3))
    return _Found(floor, np.zeros(len(floor), dtype=np.int64), *pieces)


def _gathered(position: IntArray, found: _Found) -> BestItineraries:
    some = np.flatnonzero(found.count)
    count = found.count[some]
    taken = np.arange(found.lane.shape[1]) < count[:, None]
    first = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    pieces = (part[some][taken] for part in (found.lane, found.start, found.end))
    return BestItineraries(position[some], found.value[some], first, *pieces)


def _lane_arguments(lanes: Lanes) -> tuple[object, ...]:
    return lanes.open_slots, lanes.open_row, lanes.base, lanes.base_at_zero


@compiled
def _price_rows(
    paths: PathTable,
    rows: IntArray,
    low: int,
    high: int,
    open_slots: BoolArray,
    open_row: IndexArray,
    base: IntArray,
    base_at_zero: IntArray,
    profile_of_lane: IndexArray,
    due_slot: IndexArray,
    tardiness_cost: IntArray,
    credit: FloatArray,
    price_arguments: tuple[object, ...],
    use_first: IntArray,
    use_limit: IndexArray,
    use_amount: IntArray,
    residual: IntArray,
    scratch: PathScratch,
    value: FloatArray,
    count: IntArray,
    piece_lane: IndexArray,
    piece_start: IndexArray,
    piece_end: IndexArray,
) -> None:
    slot_count = scratch.price.shape[1]
    for n in range(low, high):
        f = rows[n]
        job = paths.job[f]
        for t in range(slot_count + 1):
            scratch.late[t] = float(tardiness_cost[job]) * max(0, t - due_slot[job])
        for c in range(paths.component_first[f], paths.component_first[f + 1]):
            for i in range(paths.lane_first[c], paths.lane_first[c + 1]):
                at, lane = i - paths.lane_first[c], paths.lane[i]
                profile, price = profile_of_lane[lane], scratch.price[at]
                fixed = profile_rates(profile, *price_arguments, price)
                for t in range(slot_count):
                    price[t] -= credit[lane]
                is_open = open_slots[open_row[lane]]
                for t in range(slot_count):
                    if not is_open[t]:
                        price[t] = CLOSED
                if len(residual) > 0:
                    for k in range(use_first[profile], use_first[profile + 1]):
                        left = residual[use_limit[k]]
                        for t in range(slot_count):
                            if left[t] < use_amount[k]:
                                price[t] = CLOSED
                scratch.base[at], scratch.base_at_zero[at] = base[lane] - fixed, base_at_zero[lane] - fixed
            if most_value(paths, c, 1.0, CLOSED, value[n], scratch) <= value[n]:
                continue
            value[n] = best_path(paths, f, c, 1.0, value[n], NOTHING, CLOSED, scratch)
            _keep(paths, scratch, n, count, piece_lane, piece_start, piece_end)


@compiled
def _keep(
    paths: PathTable,
    scratch: PathScratch,
    n: int,
    count: IntArray,
    piece_lane: IndexArray,
    piece_start: IndexArray,
    piece_end: IndexArray,
) -> None:
    """The path found, if there is one, as that of row ``n`` of the block."""
    found = scratch.piece_count[0]
    if found > 0:
        count[n] = found
        for p in range(found):
            piece_lane[n, p] = paths.lane[scratch.piece_lane[p]]
            piece_start[n, p] = scratch.piece_start[p]
            piece_end[n, p] = scratch.piece_end[p]


@compiled
def _price_rows_exact(
    low: int,
    high: int,
    paths: PathTable,
    rows: IntArray,
    open_slots: BoolArray,
    open_row: IndexArray,
    base: IntArray,
    base_at_zero: IntArray,
    profile_of_lane: IndexArray,
    due_slot: IndexArray,
    tardiness_cost: IntArray,
    credit: IntArray,
    energy_rate: IntArray,
    carbon_rate: IntArray,
    site: IndexArray,
    power_w: IntArray,
    use_first: IntArray,
    use_limit: IndexArray,
    use_amount: IntArray,
    limit_price: IntArray,
    budget_use_first: IntArray,
    budget_use_index: IndexArray,
    budget_use_amount: IntArray,
    budget_rate: IntArray,
    budget_divisor: IntArray,
    budget_price: IntArray,
    surcharge_of_profile: IndexArray,
    surcharge: IntArray,
    unit_bits: int,
    scratch: PathScratch,
    value: IntArray,
    count: IntArray,
    piece_lane: IndexArray,
    piece_start: IndexArray,
    piece_end: IndexArray,
) -> None:
    slot_count = scratch.price.shape[1]
    unit = np.int64(1) << unit_bits
    closed, nothing = np.int64(CLOSED_INTEGER), np.int64(NOTHING_INTEGER)
    for n in range(low, high):
        f = rows[n]
        job = paths.job[f]
        for t in range(slot_count + 1):
            scratch.late[t] = tardiness_cost[job] * max(0, t - due_slot[job]) * unit
        for c in range(paths.component_first[f], paths.component_first[f + 1]):
            for i in range(paths.lane_first[c], paths.lane_first[c + 1]):
                at, lane = i - paths.lane_first[c], paths.lane[i]
                profile, price = profile_of_lane[lane], scratch.price[at]
                power, fixed = power_w[profile], np.int64(0)
                energy, carbon = energy_rate[site[profile]], carbon_rate[site[profile]]
                for t in range(slot_count):
                    cost = (2 * power * energy[t] + RATE_SCALE) // (2 * RATE_SCALE)
                    cost += (2 * power * carbon[t] + RATE_SCALE) // (2 * RATE_SCALE)
                    price[t] = cost * unit - credit[lane]
                for k in range(use_first[profile], use_first[profile + 1]):
                    for t in range(slot_count):
                        price[t] += use_amount[k] * limit_price[use_limit[k], t]
                for k in range(budget_use_first[profile], budget_use_first[profile + 1]):
                    b, use = budget_use_index[k], budget_use_amount[k]
                    if budget_divisor[b] == 0:
                        fixed += use * budget_price[b]
                    elif budget_price[b] > 0:
                        for t in range(slot_count):
                            price[t] -= ((-use * budget_rate[b, t]) // budget_divisor[b]) * budget_price[b]
                if surcharge_of_profile[profile] >= 0:
                    for t in range(slot_count):
                        price[t] += surcharge[surcharge_of_profile[profile], t]
                is_open = open_slots[open_row[lane]]
                for t in range(slot_count):
                    if not is_open[t]:
                        price[t] = closed
                scratch.base[at], scratch.base_at_zero[at] = base[lane] * unit - fixed, base_at_zero[lane] * unit - fixed
            if most_value(paths, c, unit, closed, value[n], scratch) <= value[n]:
                continue
            value[n] = best_path(paths, f, c, unit, value[n], nothing, closed, scratch)
            _keep(paths, scratch, n, count, piece_lane, piece_start, piece_end)


class OneByOne:
    """The best itinerary of one job after another at fixed prices, in what is left of the limits."""

    def __init__(self, table: PricingTable, prices: Prices) -> None:
        assert table.lanes is not None, "some job has lanes"
        columns, profiles, self._own = table.columns, table.profiles, table.lanes
        self._lanes = *_lane_arguments(columns.lanes), profiles.of_lane, columns.due_slot, columns.tardiness_cost
        self._credit = columns.floors.lane_credit(prices.floor, len(columns.lanes.mode))
        self._prices = price_arguments(table, prices, None)
        self._uses = profiles.use_first, profiles.use_limit, profiles.use_amount

    def best(self, row: int, floor: float, residual: IntArray) -> tuple[Piece, ...] | None:
        """The pieces of the best itinerary of the row's job in ``residual[L, T]``; None where it is not above ``floor``."""
        found = _room(self._own.paths, np.array([floor]))
        _price_rows(
            self._own.paths, np.array([row]), 0, 1, *self._lanes, self._credit, self._prices, *self._uses, residual,
            self._own.scratch[0], found.value, found.count, found.lane, found.start, found.end,
        )  # fmt: skip
        count = int(found.count[0])
        pieces = zip(
            found.lane[0, :count].tolist(), found.start[0, :count].tolist(), found.end[0, :count].tolist(), strict=True
        )
        return tuple(Piece(*piece) for piece in pieces) if count else None
