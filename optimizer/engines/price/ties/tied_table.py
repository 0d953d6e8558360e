"""Jobs whose ties are priced: those in order with others, and those whose groups share a site, hall or pool.

A group that shares a key is one *block*: it gains the most over the keys of what its jobs gain with that key. A *cell* is one
(job, key) of a block. A job that is in order only is a block by itself, with one key.

A job that may run in pieces is left out: it is priced alone, and its order carries no price. The bound holds all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from optimizer.columns.table import BoolArray, Columns, IndexArray, IntArray
from optimizer.engines.price.bound.profiles import Profiles

Scalar = TypeVar("Scalar", np.int64, np.float64)


@dataclass(frozen=True, slots=True)
class Tolls:
    """What a job pays by the slot it starts in, and earns by the boundary it ends at; the same unit as the prices.

    ``row_of_job[J]`` is its row of both, -1 for a job that neither waits nor is waited for.
    """

    row_of_job: IndexArray
    start: NDArray[np.int64] | NDArray[np.float64]  # [E, T + 1]
    end: NDArray[np.int64] | NDArray[np.float64]  # [E, T + 1]


@dataclass(frozen=True, slots=True)
class TiedTable:
    """``P`` precedences with prices, ``C`` cells in order of block, key and job, ``K`` keys of blocks, ``B`` blocks."""

    precedence: IntArray  # [P] index in Columns.precedences
    predecessor: IndexArray  # [P] index of the job
    successor: IndexArray  # [P]
    lag: IndexArray  # [P]
    row_of_job: IndexArray  # [J] see `Tolls`
    slot_count: int

    block_first: IntArray  # [B + 1] first key of each block
    key_first: IntArray  # [K + 1] first cell of each key
    job: IndexArray  # [C]
    mandatory: BoolArray  # [C]

    window: IndexArray  # [W'] the windows of tied jobs, by profile
    cell: IntArray  # [W'] which cell each belongs to

    @property
    def cell_count(self) -> int:
        return len(self.job)

    @property
    def most_jobs(self) -> int:
        """Jobs of the largest block."""
        return int(np.diff(self.key_first).max(initial=0))

    def tolls(self, price: NDArray[Scalar]) -> Tolls:
        """What ``price[P, T]`` of the rows of order asks of each job: a start pays every slot from it on, an end earns them."""
        ahead = np.zeros((len(price), self.slot_count + 1), dtype=price.dtype)
        ahead[:, :-1] = np.cumsum(price[:, ::-1], axis=1)[:, ::-1]
        shape = (int(self.row_of_job.max(initial=-1)) + 1, self.slot_count + 1)
        tolls = Tolls(self.row_of_job, np.zeros(shape, dtype=price.dtype), np.zeros(shape, dtype=price.dtype))
        for p, lag in enumerate(self.lag.tolist()):
            tolls.start[self.row_of_job[self.successor[p]]] += ahead[p]
            tolls.end[self.row_of_job[self.predecessor[p]], : self.slot_count + 1 - lag] += ahead[p, lag:]
        return tolls

    def order_use(self, start: IntArray, end: IntArray) -> NDArray[np.float64]:
        """Left-hand side of each row of order, ``[P, T]``, where jobs run from ``start[J]`` (-1: not) to ``end[J]``."""
        slots = np.arange(self.slot_count)
        waits, first = start[self.successor][:, None], end[self.predecessor][:, None]
        started = (waits >= 0) & (waits <= slots)
        ended = (start[self.predecessor][:, None] >= 0) & (first + self.lag[:, None] <= slots)
        use: NDArray[np.float64] = started.astype(np.float64) - ended
        return use


def tied_table(columns: Columns, profiles: Profiles) -> TiedTable | None:
    """The tied jobs of ``columns``; None where there are none."""
    order, whole, precedence = columns.precedences, _in_one_piece(columns), priced_precedences(columns)
    ordered = np.unique(np.concatenate([order.predecessor[precedence], order.successor[precedence]]))
    blocks = _blocks(columns, whole, ordered)
    if not blocks:
        return None
    key_of_window = np.zeros(columns.window_count, dtype=np.int64)
    block_first, key_first, jobs = [0], [0], list[int]()
    window, cell = list[IntArray](), list[IntArray]()
    for members, key_of_pool in blocks:
        own = np.concatenate([np.arange(columns.job_first[job], columns.job_first[job + 1]) for job in members])
        key_of_window[own] = 0 if key_of_pool is None else key_of_pool[columns.pool[own]]
        keys, key = np.unique(key_of_window[own], return_inverse=True)
        count = max(1, len(keys))
        place = np.searchsorted(members, columns.job[own])
        window.append(own)
        cell.append(len(jobs) + key * len(members) + place)
        key_first += [len(jobs) + len(members) * (k + 1) for k in range(count)]
        jobs += members * count
        block_first.append(block_first[-1] + count)
    windows, cells = np.concatenate(window), np.concatenate(cell)
    by_profile = np.lexsort((windows, profiles.of_window[windows]))
    row_of_job = np.full(columns.job_count, -1, dtype=np.int32)
    row_of_job[ordered] = np.arange(len(ordered), dtype=np.int32)
    job = np.array(jobs, dtype=np.int32)
    return TiedTable(
        precedence=precedence,
        predecessor=order.predecessor[precedence],
        successor=order.successor[precedence],
        lag=np.minimum(order.lag[precedence], columns.slot_count),
        row_of_job=row_of_job,
        slot_count=columns.slot_count,
        block_first=np.array(block_first, dtype=np.int64),
        key_first=np.array(key_first, dtype=np.int64),
        job=job,
        mandatory=columns.mandatory[job],
        window=windows[by_profile].astype(np.int32),
        cell=cells[by_profile].astype(np.int64),
    )


def priced_precedences(columns: Columns) -> IntArray:
    """Indices of the precedences that carry prices, ascending."""
    order, whole = columns.precedences, _in_one_piece(columns)
    return np.flatnonzero(whole[order.predecessor] & whole[order.successor])


def _in_one_piece(columns: Columns) -> BoolArray:
    whole = np.ones(columns.job_count, dtype=np.bool_)
    whole[columns.lanes.job] = False
    return whole


def _blocks(columns: Columns, whole: BoolArray, ordered: IndexArray) -> list[tuple[list[int], IndexArray | None]]:
    """(jobs ascending, key by pool) of each block: a job in several groups counts in the first, as in the check of a bound."""
    together = columns.together
    blocks: list[tuple[list[int], IndexArray | None]] = []
    taken: set[int] = set()
    for group in range(len(together)):
        jobs = together.job[together.first[group] : together.first[group + 1]].tolist()
        members = sorted(job for job in jobs if whole[job] and job not in taken)
        taken.update(members)
        if members:
            blocks.append((members, together.key_of_pool[group]))
    return blocks + [([job], None) for job in ordered.tolist() if job not in taken]
