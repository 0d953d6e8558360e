"""Pricing tied jobs: the best column of each at each key, and the key at which each block gains most.

Tied jobs are few, so they are priced by themselves, and the others need not know of order or keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from optimizer.columns.table import BoolArray, Columns, IndexArray, IntArray
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
from optimizer.engines.price.pieces.lead_table import sums_over_slots
from optimizer.engines.price.ties.tied_table import TiedTable

Scalar = TypeVar("Scalar", np.int64, np.float64)


@dataclass(frozen=True, slots=True)
class BlockGains:
    """What each block gains, after what its jobs pay. ``possible`` is False where no key has a column for all that must run.

    ``without[C]``: what the rest of its block gains with the cell's key. ``key[B]`` is the first of the best.
    """

    key: IntArray  # [B]
    best: NDArray[np.int64] | NDArray[np.float64]  # [B]; 0 where impossible
    possible: BoolArray  # [B]
    key_possible: BoolArray  # [K]
    without: NDArray[np.int64] | NDArray[np.float64]  # [C]

    def chosen_cells(self, tied: TiedTable) -> IntArray:
        """The cells of the best keys: each tied job once."""
        key = np.repeat(np.arange(len(tied.key_first) - 1), np.diff(tied.key_first))
        best = np.zeros(len(tied.key_first) - 1, dtype=np.bool_)
        best[self.key] = True
        return np.flatnonzero(best[key])


def block_gains(tied: TiedTable, profit: NDArray[Scalar], none: Scalar) -> BlockGains:
    """Add up ``profit[C]``, the best of each cell's columns, ``none`` where it has none; optional jobs may stay out for 0."""
    missing = tied.mandatory & (profit == none)
    zero = profit.dtype.type(0)
    gain = np.where(missing, zero, np.where(tied.mandatory, profit, np.maximum(profit, zero)))
    total = np.add.reduceat(gain, tied.key_first[:-1])
    key_possible = ~np.logical_or.reduceat(missing, tied.key_first[:-1])
    ranked = np.where(key_possible, total, none)
    best = np.maximum.reduceat(ranked, tied.block_first[:-1])
    block = np.repeat(np.arange(len(best)), np.diff(tied.block_first))
    first = np.flatnonzero(ranked == best[block])
    key = first[np.unique(block[first], return_index=True)[1]]
    possible = key_possible[key]
    without = np.repeat(total, np.diff(tied.key_first)) - gain
    return BlockGains(key, np.where(possible, best, zero), possible, key_possible, without)


def price_tied(
    table: PricingTable, tied: TiedTable, prices: Prices, order_price: FloatArray, residual: IntArray | None, best: BestColumns
) -> None:
    """Put the best columns of tied jobs at ``order_price[P, T]``, all at their block's best key, in place of those in ``best``.

    ``table`` holds every job.
    """
    columns = table.columns
    tolls = tied.tolls(order_price)
    base = columns.base[tied.window].astype(np.float64)
    if len(prices.floor) and prices.floor.any():
        base += columns.floors.of_windows(tied.window).credit(prices.floor, len(base))
    profit = np.full(tied.cell_count, -np.inf)
    window, start = np.full(tied.cell_count, -1, dtype=np.int32), np.zeros(tied.cell_count, dtype=np.int32)
    _price_windows(
        tied.window, table.profiles.of_window[tied.window], tied.cell, columns.job[tied.window], base,
        columns.start_first, columns.start_last, columns.duration, columns.due_slot, columns.tardiness_cost,
        tolls.row_of_job, tolls.start, tolls.end, *_transfers(columns, prices, residual),
        price_arguments(table, prices, residual), columns.slot_count,
        profit, window, start,
    )  # fmt: skip
    cells = block_gains(tied, profit, -np.inf).chosen_cells(tied)
    job = tied.job[cells]
    best.profit[job], best.window[job], best.start[job] = profit[cells], window[cells], start[cells]


def _transfers(columns: Columns, prices: Prices, residual: IntArray | None) -> tuple[object, ...]:
    """Limit [W], slots [W] and amount [W] of what windows take of links, all empty where none do, the links' prices from the
    start [L, T + 1], and what is left of them.
    """
    leads = columns.leads
    none = np.zeros((0, 0), dtype=np.int64)
    if not len(leads):
        return leads.limit, leads.slots, leads.amount, np.zeros((0, 0)), none
    return leads.limit, leads.slots, leads.amount, sums_over_slots(prices.limit), none if residual is None else residual


@compiled
def _price_windows(
    window: IndexArray,
    profile: IndexArray,
    cell: IntArray,
    job: IndexArray,
    base: FloatArray,
    start_first: IndexArray,
    start_last: IndexArray,
    duration: IndexArray,
    due_slot: IndexArray,
    tardiness_cost: IntArray,
    toll_row: IndexArray,
    start_toll: FloatArray,
    end_toll: FloatArray,
    lead_limit: IndexArray,
    lead_slots: IndexArray,
    lead_amount: IntArray,
    link_sums: FloatArray,
    left: IntArray,
    arguments: tuple[object, ...],
    slot_count: int,
    best_profit: FloatArray,
    best_window: IndexArray,
    best_start: IndexArray,
) -> None:
    prefix = np.empty(slot_count + 1)
    no_toll = np.zeros(slot_count + 1)
    current, fixed = -1, 0.0
    for i in range(len(window)):
        if profile[i] != current:
            current = profile[i]
            fixed = profile_rates(current, *arguments, prefix[1:])
            add_up(prefix)
        w, c, row = window[i], cell[i], toll_row[job[i]]
        pays, earns = (start_toll[row], end_toll[row]) if row >= 0 else (no_toll, no_toll)
        late, due, d = float(tardiness_cost[job[i]]), due_slot[job[i]], duration[w]
        for s in range(start_first[w], start_last[w] + 1):
            e = s + d
            profit = base[i] - fixed - (prefix[e] - prefix[s]) - late * max(0, e - due) - pays[s] + earns[e]
            if len(lead_limit) > 0 and lead_limit[w] >= 0:
                link, before = lead_limit[w], s - lead_slots[w]
                profit -= lead_amount[w] * (link_sums[link, s] - link_sums[link, before])
                if len(left) > 0:
                    for t in range(before, s):
                        if left[link, t] < lead_amount[w]:
                            profit -= arguments[-1]
            if profit > best_profit[c] or (profit == best_profit[c] and w < best_window[c]):
                best_profit[c], best_window[c], best_start[c] = profit, w, s
