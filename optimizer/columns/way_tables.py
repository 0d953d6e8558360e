"""The ways of many data sets to every site at once: what `exact.links.ways_over` says of one, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from optimizer.accounting.links import link_label
from optimizer.arrays import BoolArray, IntArray
from optimizer.columns.unit_arrays import FloatArray, round_nearest_all, round_up_all
from optimizer.exact.links import MB_PER_GB, NO_WAY_TO_GO, ExactLink, Way, ways_over
from optimizer.exact.problem import ExactProblem
from optimizer.interrupt import GiveWay, never
from optimizer.limits import LimitLabel
from optimizer.units import MICROS_PER_UNIT, SECONDS_PER_HOUR

#: Transfers of more hours, or slots, end outside any horizon and are taken as that long.
MOST_HOURS = 1e12
MOST_SLOTS = 2**30
#: So few are asked one by one, which takes less than the tables do.
FEW_DATA_SETS = 4


class WayTable(NamedTuple):
    """By row, site and way, ``[rows, sites, ways]``, the cheapest way first; see `transfers.Staging`."""

    slots: IntArray
    cost: IntArray
    limit: IntArray
    rate: IntArray

    @classmethod
    def empty(cls, row_count: int, site_count: int, way_count: int) -> WayTable:
        """No way anywhere."""
        shape = row_count, site_count, way_count
        nothing, nowhere = np.zeros(shape, dtype=np.int64), np.full(shape, -1, dtype=np.int64)
        return cls(nowhere, nothing, nowhere.copy(), nothing.copy())


@dataclass(frozen=True, slots=True)
class LinkTable:
    """The links to every site, ``[sites, links]``; a site with fewer links than another has some that come from nowhere.

    A link's seconds and its cost follow from its throughput and its price, of which a fleet has few.
    """

    site_names: tuple[str, ...]
    links_to: tuple[tuple[ExactLink, ...], ...]
    labels: Mapping[LimitLabel, int]
    slot_seconds: int
    throughput_gb_per_hour: FloatArray
    cost_per_gb: FloatArray

    #: Of a job without data: nothing has to come anywhere.
    without_data: WayTable
    some_limited: bool
    #: The site that a link comes from; -1: nowhere.
    origin: IntArray
    #: Its place among the throughputs, and among the prices.
    speed: IntArray
    price: IntArray
    is_limited: BoolArray
    #: Its row among the slot limits; -1: it has no capacity.
    limit: IntArray

    @classmethod
    def of(cls, problem: ExactProblem, labels: Mapping[LimitLabel, int]) -> LinkTable:
        index = {site.name: site.index for site in problem.sites}
        links_to: list[list[ExactLink]] = [[] for _ in problem.sites]
        for link in problem.links:
            links_to[index[link.to_site]].append(link)
        # at least one, because data that is there has a way as well
        shape = len(links_to), max(map(len, links_to), default=0) or 1
        speeds = {each: k for k, each in enumerate(dict.fromkeys(link.throughput_gb_per_hour for link in problem.links))}
        prices = {each: k for k, each in enumerate(dict.fromkeys(link.cost_per_gb for link in problem.links))}
        table = cls(
            site_names=tuple(index),
            links_to=tuple(map(tuple, links_to)),
            labels=labels,
            without_data=WayTable.empty(1, len(links_to), 1),
            some_limited=any(link.capacity_mb_per_hour is not None for link in problem.links),
            slot_seconds=problem.slot_seconds,
            throughput_gb_per_hour=np.array([*speeds] or [1.0]),
            cost_per_gb=np.array([*prices] or [0.0]),
            origin=np.full(shape, -1, dtype=np.int64),
            speed=np.zeros(shape, dtype=np.int64),
            price=np.zeros(shape, dtype=np.int64),
            is_limited=np.zeros(shape, dtype=np.bool_),
            limit=np.full(shape, -1, dtype=np.int64),
        )
        table.without_data.slots[:] = 0
        for site, links in enumerate(links_to):
            for at, link in enumerate(links):
                table.origin[site, at] = index[link.from_site]
                table.speed[site, at], table.price[site, at] = speeds[link.throughput_gb_per_hour], prices[link.cost_per_gb]
                table.is_limited[site, at] = link.capacity_mb_per_hour is not None
                table.limit[site, at] = labels.get(link_label(link.from_site, link.to_site), -1)
        return table

    def ways(self, copies: Sequence[tuple[str, ...]], size_gb: Sequence[float], give_way: GiveWay = never) -> WayTable:
        """The ways to every site of data sets with ``copies`` at these sites and of ``size_gb``, one a row."""
        if len(copies) > FEW_DATA_SETS:
            return self._of_many(copies, np.array(size_gb, dtype=np.float64), give_way)
        return self._tabled([self._to_every_site(*each) for each in zip(copies, size_gb, strict=True)])

    def _to_every_site(self, copies: tuple[str, ...], size_gb: float) -> list[tuple[Way, ...]]:
        """The ways of one data set to each site."""
        return [
            (NO_WAY_TO_GO,)
            if site in copies
            else ways_over([link for link in links if link.from_site in copies], size_gb, self.slot_seconds)
            for site, links in zip(self.site_names, self.links_to, strict=True)
        ]

    def _tabled(self, rows: Sequence[Sequence[tuple[Way, ...]]]) -> WayTable:
        most = max([len(ways) for row in rows for ways in row], default=1) or 1
        table = WayTable.empty(len(rows), len(self.site_names), most)
        for r, row in enumerate(rows):
            for site, ways in enumerate(row):
                for place, way in enumerate(ways):
                    at = r, site, place
                    table.slots[at] = min(way.slots, MOST_SLOTS)
                    table.cost[at], table.rate[at] = way.cost_micros, way.mb_per_hour
                    table.limit[at] = limit_of(way, self.labels)
        return table

    def _of_many(self, copies: Sequence[tuple[str, ...]], size_gb: FloatArray, give_way: GiveWay) -> WayTable:
        has_copy = self._has_copy(copies)
        # the last column is nowhere
        offered = has_copy[:, self.origin] & ~has_copy[:, :-1, None]
        give_way()
        hours = np.minimum(size_gb[:, None] / self.throughput_gb_per_hour, MOST_HOURS)
        slots = np.minimum(-(-round_up_all(hours, SECONDS_PER_HOUR) // self.slot_seconds), MOST_SLOTS)
        mb_per_hour_seconds = round_up_all(size_gb, MB_PER_GB * SECONDS_PER_HOUR)
        rate = -(-mb_per_hour_seconds[:, None] // np.maximum(1, slots * self.slot_seconds)) * (slots > 0)
        cost = round_nearest_all(self.cost_per_gb * size_gb[:, None], MICROS_PER_UNIT)
        slots, rate, cost = slots[:, self.speed], rate[:, self.speed], cost[:, self.price]
        give_way()
        # the cheapest first, the faster of equals, and those that are not offered last
        order = np.lexsort((slots, cost, ~offered), axis=2)
        place = order + np.arange(0, order.size, order.shape[2]).reshape(*order.shape[:2], 1)
        offered, slots, rate, cost = (part.ravel()[place] for part in (offered, slots, rate, cost))
        give_way()
        site = np.arange(order.shape[1])[:, None]
        is_limited = self.is_limited[site, order]
        # none after one whose link carries any number of transfers
        unlimited = offered & ~is_limited
        taken = offered & (np.cumsum(unlimited, axis=2) == unlimited)
        table = WayTable(
            slots=np.where(taken, slots, -1),
            cost=np.where(taken, cost, 0),
            limit=np.where(taken & is_limited & (slots > 0), self.limit[site, order], -1),
            rate=np.where(taken, rate, 0),
        )
        table.slots[:, :, 0][has_copy[:, :-1]] = 0
        most = max(1, int((table.slots >= 0).sum(axis=2).max(initial=0)))
        return WayTable(*(part[:, :, :most] for part in (table.slots, table.cost, table.limit, table.rate)))

    def _has_copy(self, copies: Sequence[tuple[str, ...]]) -> BoolArray:
        """``[rows, sites + 1]``; none at the last."""
        patterns = {sites: place for place, sites in enumerate(dict.fromkeys(copies))}
        has_copy = np.array([[*(name in sites for name in self.site_names), False] for sites in patterns], dtype=np.bool_)
        row = np.array([patterns[sites] for sites in copies], dtype=np.int64)
        return has_copy.reshape(len(patterns), len(self.site_names) + 1)[row]


def limit_of(way: Way, labels: Mapping[LimitLabel, int]) -> int:
    """The row of the limit that a transfer takes; -1 where it takes none."""
    return labels[link_label(way.from_site, way.to_site)] if way.is_limited and way.slots else -1
