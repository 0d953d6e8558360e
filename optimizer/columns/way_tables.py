"""The ways of many data sets to every site at once: what `exact.links.ways_over` says of one, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.accounting.links import link_label
from optimizer.arrays import BoolArray, IntArray
from optimizer.columns.unit_arrays import FloatArray, round_nearest_all, round_up_all
from optimizer.exact.links import MB_PER_GB, ExactLink
from optimizer.exact.problem import ExactProblem
from optimizer.limits import LimitLabel
from optimizer.units import MICROS_PER_UNIT, SECONDS_PER_HOUR

#: Transfers of more hours, or slots, end outside any horizon and are taken as that long.
MOST_HOURS = 1e12
MOST_SLOTS = 2**30


@dataclass(frozen=True, slots=True)
class WayTable:
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


def way_table(
    problem: ExactProblem, copies: Sequence[tuple[str, ...]], size_gb: FloatArray, labels: Mapping[LimitLabel, int]
) -> WayTable:
    """The ways to every site of data sets with ``copies`` at these sites and of ``size_gb``, one a row."""
    has_copy = _has_copy(problem, copies)
    row_count, site_count = has_copy.shape
    index = {site.name: site.index for site in problem.sites}
    links_to: list[list[ExactLink]] = [[] for _ in problem.sites]
    for link in problem.links:
        links_to[index[link.to_site]].append(link)
    seconds, cost_micros = _by_throughput(problem, size_gb), _by_price(problem, size_gb)
    mb_per_hour_seconds = round_up_all(size_gb, MB_PER_GB * SECONDS_PER_HOUR)
    # as many as a site has links, and one for data that is there
    table = WayTable.empty(row_count, site_count, max(map(len, links_to), default=0) or 1)
    for site, links in enumerate(links_to):
        table.slots[has_copy[:, site], site, 0] = 0
        if not links or not row_count:
            continue
        offered = has_copy[:, [index[link.from_site] for link in links]] & ~has_copy[:, [site]]
        slots = np.stack([seconds[link.throughput_gb_per_hour] for link in links], axis=1)
        slots = np.minimum(-(-slots // problem.slot_seconds), MOST_SLOTS)
        cost = np.stack([cost_micros[link.cost_per_gb] for link in links], axis=1)
        rate = -(-mb_per_hour_seconds[:, None] // np.maximum(1, slots * problem.slot_seconds)) * (slots > 0)
        # the cheapest first, the faster of equals, and those that are not offered last
        order = np.lexsort((slots, cost, ~offered), axis=1)
        offered = np.take_along_axis(offered, order, axis=1)
        slots, cost, rate = (np.take_along_axis(part, order, axis=1) for part in (slots, cost, rate))
        is_limited = np.array([link.capacity_mb_per_hour is not None for link in links])[order]
        # none after one whose link carries any number of transfers
        unlimited_before = np.cumsum(offered & ~is_limited, axis=1) - (offered & ~is_limited)
        taken = offered & (unlimited_before == 0)
        row_of_link = [labels.get(link_label(link.from_site, link.to_site), -1) for link in links]
        limit = np.where(is_limited & (slots > 0), np.array(row_of_link, dtype=np.int64)[order], -1)
        row, way = np.nonzero(taken)
        for part, found in ((table.slots, slots), (table.cost, cost), (table.limit, limit), (table.rate, rate)):
            part[row, site, way] = found[row, way]
    most = max(1, int((table.slots >= 0).sum(axis=2).max(initial=0)))
    return WayTable(table.slots[:, :, :most], table.cost[:, :, :most], table.limit[:, :, :most], table.rate[:, :, :most])


def _has_copy(problem: ExactProblem, copies: Sequence[tuple[str, ...]]) -> BoolArray:
    """``[rows, sites]``"""
    patterns = {sites: place for place, sites in enumerate(dict.fromkeys(copies))}
    has_copy = np.array([[site.name in sites for site in problem.sites] for sites in patterns], dtype=np.bool_)
    row = np.array([patterns[sites] for sites in copies], dtype=np.int64)
    return has_copy.reshape(len(patterns), len(problem.sites))[row]


def _by_throughput(problem: ExactProblem, size_gb: FloatArray) -> dict[float, IntArray]:
    """The seconds that each size takes over a link."""
    throughputs = dict.fromkeys(link.throughput_gb_per_hour for link in problem.links)
    return {each: round_up_all(np.minimum(size_gb / each, MOST_HOURS), SECONDS_PER_HOUR) for each in throughputs}


def _by_price(problem: ExactProblem, size_gb: FloatArray) -> dict[float, IntArray]:
    """What each size costs over a link, micro-units."""
    return {each: round_nearest_all(each * size_gb, MICROS_PER_UNIT) for each in {link.cost_per_gb for link in problem.links}}
