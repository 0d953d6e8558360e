"""What ties jobs to each other, as rows over columns.

Order, for each precedence and each slot ``t`` in which a column of the successor may start:

    sum of the successor's x that start by t  <=  sum of the predecessor's x that end, lag included, by t

Together, for each two jobs ``i``, ``j`` of a group, in both orders, and each key:

    sum of i's x with the key  +  sum of j's x with another key  <=  1
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import NamedTuple

import numpy as np

from optimizer.columns.table import Columns, IntArray
from optimizer.formulation.itinerary_columns import Itineraries
from optimizer.formulation.rows import RowFamily, Rows, make_rows


class ColumnSpans(NamedTuple):
    """Of each column: its job, the slots ``[start, end)`` from its first to its last, pauses included, and its pool. ``[N]``"""

    job: IntArray
    start: IntArray
    end: IntArray
    pool: IntArray

    def of(self, job: int) -> IntArray:
        """The columns of ``job``, ascending."""
        return np.flatnonzero(self.job == job)


def spans_of(columns: Columns, window: IntArray, start: IntArray, itineraries: Itineraries) -> ColumnSpans:
    """The columns ``(window[i], start[i])``, then the itineraries."""
    first = np.array([pieces[0].start for pieces in itineraries.pieces], dtype=np.int64)
    last = np.array([pieces[-1].end for pieces in itineraries.pieces], dtype=np.int64)
    lane = np.array([pieces[0].lane for pieces in itineraries.pieces], dtype=np.int64)
    return ColumnSpans(
        job=np.concatenate([columns.job[window], itineraries.job]).astype(np.int64),
        start=np.concatenate([start, first]).astype(np.int64),
        end=np.concatenate([start + columns.duration[window], last]).astype(np.int64),
        pool=np.concatenate([columns.pool[window], columns.lanes.pool[lane]]).astype(np.int64),
    )


def precedence(columns: Columns, spans: ColumnSpans) -> Rows:
    """The rows of order over the columns ``spans``; ``element`` is the precedence."""
    order = columns.precedences
    entries: list[tuple[IntArray, IntArray]] = []
    element: list[int] = []
    slot: list[int] = []
    for index in range(len(order)):
        waits, goes_first = spans.of(int(order.successor[index])), spans.of(int(order.predecessor[index]))
        done = spans.end[goes_first] + int(order.lag[index])
        for t in np.unique(spans.start[waits]).tolist():
            started, ended = waits[spans.start[waits] <= t], goes_first[done <= t]
            entries.append((np.concatenate([started, ended]), np.repeat([1, -1], [len(started), len(ended)])))
            element.append(index)
            slot.append(t)
    return _rows(RowFamily.PRECEDENCE, element, slot, [0] * len(element), entries)


def together(columns: Columns, spans: ColumnSpans) -> Rows:
    """The rows of togetherness over the columns ``spans``; ``element`` is the group."""
    entries: list[tuple[IntArray, IntArray]] = []
    element: list[int] = []
    for group in range(len(columns.together)):
        key_of = columns.together.key_of_pool[group][spans.pool]
        for one, other in permutations(jobs_of_group(columns, group), 2):
            ones, others = spans.of(one), spans.of(other)
            for key in np.unique(key_of[ones]).tolist():
                elsewhere = others[key_of[others] != key]
                if len(elsewhere):
                    both = np.concatenate([ones[key_of[ones] == key], elsewhere])
                    entries.append((both, np.ones(len(both), dtype=np.int64)))
                    element.append(group)
    return _rows(RowFamily.TOGETHER, element, [-1] * len(element), [1] * len(element), entries)


def jobs_of_group(columns: Columns, group: int) -> list[int]:
    """The jobs of one group that shares a key."""
    first = columns.together.first
    jobs: list[int] = columns.together.job[first[group] : first[group + 1]].tolist()
    return jobs


def tie_coefficient_count(columns: Columns) -> int:
    """No fewer than the rows of order and togetherness have coefficients, without building them."""
    counts = np.zeros(columns.job_count, dtype=np.int64)
    np.add.at(counts, columns.job, columns.start_last - columns.start_first + 1)
    order = columns.precedences
    total = int((counts[order.successor] + counts[order.predecessor]).sum()) * columns.slot_count
    for group in range(len(columns.together)):
        jobs = jobs_of_group(columns, group)
        key_count = len(np.unique(columns.together.key_of_pool[group]))
        total += 2 * len(jobs) * key_count * int(counts[jobs].sum())
    return total


def _rows(
    family: RowFamily, element: list[int], slot: list[int], capacity: list[int], entries: list[tuple[IntArray, IntArray]]
) -> Rows:
    ordered = list(_ascending(entries))
    nothing = np.zeros(0, dtype=np.int64)
    return make_rows(
        family,
        element=np.array(element, dtype=np.int64),
        slot=np.array(slot, dtype=np.int64),
        capacity=np.array(capacity, dtype=np.int64),
        lengths=np.array([len(column) for column, _ in ordered], dtype=np.int64),
        column=np.concatenate([nothing, *(column for column, _ in ordered)]),
        coefficient=np.concatenate([nothing, *(coefficient for _, coefficient in ordered)]),
    )


def _ascending(entries: list[tuple[IntArray, IntArray]]) -> Iterator[tuple[IntArray, IntArray]]:
    for column, coefficient in entries:
        order = np.argsort(column)
        yield column[order], coefficient[order]
