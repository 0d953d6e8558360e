"""Pricing windows whose runs take a link before they start: what the transfer pays depends on the start alone.

Such windows stand in no block of a `PricingTable`, so pricing the others knows nothing of links.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.columns.table import Columns, IndexArray, IntArray
from optimizer.engines.price.bound.kernel import (
    BestColumns,
    FloatArray,
    Prices,
    PricingTable,
    add_up,
    price_arguments,
    profile_rates,
)
from optimizer.engines.price.jit import compiled
from optimizer.engines.price.pieces.lead_table import LeadWindows, sums_over_slots
from optimizer.engines.price.ties.tied_table import Tolls

#: Windows whose tolls by start stand in memory at once.
TOLL_CHUNK = 2_000


def price_leads(table: PricingTable, leads: LeadWindows, prices: Prices, residual: IntArray | None, best: BestColumns) -> None:
    """Put the best columns of ``leads`` in place of those in ``best`` that are worse."""
    arguments = price_arguments(table, prices, residual)
    base = leads.base
    if len(leads.floors) and len(prices.floor) and prices.floor.any():
        base = base + leads.floors.credit(prices.floor, len(base))
    left = np.zeros((0, 0), dtype=np.int64) if residual is None else residual[leads.links]
    sums = sums_over_slots(prices.limit[leads.links])
    _price_windows(
        leads.window, leads.profile, leads.position, base, leads.start_first, leads.start_last, leads.duration,
        leads.due_slot, leads.tardiness_cost, leads.link, leads.slots, leads.amount, sums, left,
        arguments, best.profit, best.window, best.start,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class LeadChunk:
    """Some windows as `exact` prices them: each a job of its own, whose toll by start is what the transfer pays."""

    window: IndexArray
    profile: IndexArray
    job: IndexArray  # [W] the place of each window of the chunk among them
    due_slot: IndexArray
    tardiness_cost: IntArray
    tolls: Tolls


def lead_chunks(columns: Columns, leads: LeadWindows, limit_price: IntArray, order: Tolls | None) -> Iterator[LeadChunk]:
    """``leads`` in chunks at whole prices ``limit_price[L, T]``; ``order``: the tolls of jobs that wait for others."""
    prefix = sums_over_slots(limit_price[leads.links])
    slot = np.arange(columns.slot_count + 1)
    for first in range(0, len(leads.window), TOLL_CHUNK):
        part = slice(first, first + TOLL_CHUNK)
        window, paid = leads.window[part], prefix[leads.link[part]]
        before = np.maximum(0, slot[None, :] - leads.slots[part, None])
        start = leads.amount[part, None] * (paid - np.take_along_axis(paid, before, axis=1))
        end = np.zeros_like(start)
        job = columns.job[window]
        if order is not None and len(order.start):
            tied = order.row_of_job[job] >= 0
            row = order.row_of_job[job[tied]]
            start[tied] += order.start[row]
            end[tied] += order.end[row]
        place = np.zeros(columns.window_count, dtype=np.int32)
        place[window] = np.arange(len(window), dtype=np.int32)
        yield LeadChunk(
            window, leads.profile[part], place, columns.due_slot[job], columns.tardiness_cost[job],
            Tolls(np.arange(len(window), dtype=np.int32), start, end),
        )  # fmt: skip


@compiled
def _price_windows(
    window: IndexArray,
    profile: IndexArray,
    position: IndexArray,
    base: FloatArray,
    start_first: IndexArray,
    start_last: IndexArray,
    duration: IndexArray,
    due_slot: IndexArray,
    tardiness_cost: FloatArray,
    link: IndexArray,
    slots: IndexArray,
    amount: IntArray,
    link_sums: FloatArray,
    link_left: IntArray,
    arguments: tuple[object, ...],
    best_profit: FloatArray,
    best_window: IndexArray,
    best_start: IndexArray,
) -> None:
    prefix = np.empty(link_sums.shape[1])
    barrier = arguments[-1]
    current, fixed = -1, 0.0
    for i in range(len(window)):
        if profile[i] != current:
            current = profile[i]
            fixed = profile_rates(current, *arguments, prefix[1:])
            add_up(prefix)
        j, d, before, rate, sums = position[i], duration[i], slots[i], amount[i], link_sums[link[i]]
        for s in range(start_first[i], start_last[i] + 1):
            profit = base[i] - fixed - (prefix[s + d] - prefix[s]) - rate * (sums[s] - sums[s - before])
            profit -= tardiness_cost[i] * max(0, s + d - due_slot[i])
            if len(link_left) > 0:
                for t in range(s - before, s):
                    if link_left[link[i], t] < rate:
                        profit -= barrier
            if profit > best_profit[j] or (profit == best_profit[j] and window[i] < best_window[j]):
                best_profit[j], best_window[j], best_start[j] = profit, window[i], s
