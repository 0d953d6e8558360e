"""Itineraries between two full pricings: those that won last time, priced anew.

The dynamic programme of a job takes as long as pricing some hundreds of windows, and prices move little from one evaluation to
the next. In between, the sum of best profits may be too low, so it gives a direction, never a bound.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.columns.table import BoolArray, IndexArray, IntArray
from optimizer.engines.price.bound.kernel import FloatArray, Prices, PricingTable, price_arguments, profile_rates
from optimizer.engines.price.jit import compiled
from optimizer.engines.price.pieces.itineraries import BestItineraries, best_itineraries
from optimizer.interrupt import GiveWay

#: Every so many evaluations prices all itineraries; and while the plan fills in a dive.
INTERVAL = 10
DIVE_INTERVAL = 80


class RecentItineraries:
    """The winners of the last full pricing."""

    def __init__(self) -> None:
        self._winners: BestItineraries | None = None
        self._timeless: FloatArray = np.zeros(0)  # what each is worth before what its slots cost and pay
        self._count = 0

    def narrow(self, before: IntArray, after: IntArray) -> None:
        """The jobs priced were ``before`` and are ``after``, both ascending: winners among them go on."""
        if self._winners is not None:
            jobs = before[self._winners.position]
            keep = np.isin(jobs, after)
            self._timeless = self._timeless[keep]
            self._winners = replace(_chosen(self._winners, keep), position=np.searchsorted(after, jobs[keep]))

    def due(self, table: PricingTable, interval: int = INTERVAL) -> bool:
        """Whether the next pricing had better be a full one; always where that costs nothing."""
        return table.lanes is None or self._winners is None or self._count >= interval

    def full(
        self, table: PricingTable, prices: Prices, floor: FloatArray, residual: IntArray | None, give_way: GiveWay
    ) -> BestItineraries:
        """`best_itineraries`, remembered."""
        found = best_itineraries(table, prices, floor, residual, give_way)
        self._winners, self._count = found, 1
        self._timeless = found.profit + _costs(table, prices, found)
        return found

    def again(self, table: PricingTable, prices: Prices, floor: FloatArray) -> BestItineraries:
        """Those of the winners that are still worth more than ``floor[J']``."""
        winners = self._winners
        assert winners is not None, "there was a full pricing"
        self._count += 1
        profit = self._timeless - _costs(table, prices, winners)
        return _chosen(replace(winners, profit=profit), profit > floor[winners.position])


def _costs(table: PricingTable, prices: Prices, found: BestItineraries) -> FloatArray:
    """What each itinerary's slots cost and pay at ``prices``, and what it takes once."""
    lanes = table.columns.lanes
    cost = np.zeros(len(found.position))
    _add_costs(
        found.first, found.lane, found.start, found.end, table.profiles.of_lane,
        table.columns.floors.lane_credit(prices.floor, len(lanes.mode)), price_arguments(table, prices, None),
        np.zeros(table.columns.slot_count), cost,
    )  # fmt: skip
    return cost


@compiled
def _add_costs(
    first: IntArray,
    lane: IndexArray,
    start: IndexArray,
    end: IndexArray,
    profile_of_lane: IndexArray,
    credit: FloatArray,
    arguments: tuple[object, ...],
    rate: FloatArray,
    cost: FloatArray,
) -> None:
    for n in range(len(cost)):
        for piece in range(first[n], first[n + 1]):
            fixed = profile_rates(profile_of_lane[lane[piece]], *arguments, rate)
            if piece == first[n]:
                cost[n] += fixed
            for t in range(start[piece], end[piece]):
                cost[n] += rate[t] - credit[lane[piece]]


def _chosen(found: BestItineraries, keep: BoolArray) -> BestItineraries:
    count = np.diff(found.first)
    pieces = np.repeat(keep, count)
    first = np.concatenate([[0], np.cumsum(count[keep])]).astype(np.int64)
    own = found.lane[pieces], found.start[pieces], found.end[pieces]
    return BestItineraries(found.position[keep], found.profit[keep], first, *own)
