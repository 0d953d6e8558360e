"""Halls that may be switched off, over the columns of a program: three binaries a hall and slot, and their rows.

``on[k, t]``, ``start[k, t]`` (a change to on before the slot), ``stop[k, t]`` (to off). Beside the limit rows, which hold as
if every hall were on, and in which standby draws on the grid limit:

    (54)  each own limit and slot:  sum use x, and what flexible load draws there  <=  capacity on
    (59)  each hall and slot:  what flexible load draws there  <=  what it may draw, on
    (55)  each hall and slot, and each job there while the program stays small:  sum x  <=  on (else jobs x on)
    (56)  on[t] - on[t - 1]  <=  start[t],   on[t - 1] - on[t]  <=  stop[t]
    (57)  sum of start over the last min_up slots  <=  on,   sum of stop over the last min_down slots  <=  1 - on
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from optimizer.arrays import no_ints
from optimizer.columns.table import BoolArray, Columns, IntArray
from optimizer.formulation.itinerary_columns import Itineraries
from optimizer.formulation.rows import RowFamily, Rows, make_rows, ranges

#: Up to so many (column, slot) pairs in halls each job has rows of its own.
MOST_JOB_ENTRIES = 2_000_000


class HallVariable(IntEnum):
    """In which order the variables of a hall stand."""

    ON = 0
    START = 1
    STOP = 2


@dataclass(frozen=True, slots=True)
class HallColumns:
    """``3 x K x T`` columns from ``first`` on, by variable, hall and slot; ``worth`` in micro-units."""

    first: int = 0
    hall_count: int = 0
    slot_count: int = 0
    worth: IntArray = field(default_factory=no_ints)

    def __len__(self) -> int:
        return len(self.worth)

    def at(self, variable: HallVariable) -> IntArray:
        """``[K, T]``: columns of the program."""
        count = self.hall_count * self.slot_count
        found: IntArray = self.first + variable * count + np.arange(count).reshape(self.hall_count, self.slot_count)
        return found

    def taken(self, columns: Columns, on: BoolArray) -> IntArray:
        """The columns at 1 where halls are ``on[K, T]``, ascending."""
        before = np.column_stack([[rules.initially_on for rules in columns.halls.rules], on[:, :-1]]).astype(bool)
        flags = ((HallVariable.ON, on), (HallVariable.START, on & ~before), (HallVariable.STOP, ~on & before))
        found: IntArray = np.concatenate([self.at(variable)[flag] for variable, flag in flags])
        return found


def hall_columns(columns: Columns, first: int) -> HallColumns:
    """Standby, start-up and shut-down as worths; a hall that pays to be on at the end pays with its last slot."""
    halls = columns.halls
    if not len(halls):
        return HallColumns()
    on, start, stop = -halls.on_cost, np.zeros_like(halls.on_cost), np.zeros_like(halls.on_cost)
    for hall, rules in enumerate(halls.rules):
        start[hall], stop[hall] = -rules.start_up_micros, -rules.shut_down_micros
        if rules.finally_off:
            on[hall, -1] -= rules.shut_down_micros
    return HallColumns(first, len(halls), columns.slot_count, np.concatenate([on.ravel(), start.ravel(), stop.ravel()]))


@dataclass(frozen=True, slots=True)
class Presence:
    """Where columns stand: one entry for each column and slot of a run in a hall. Shapes ``[E]``."""

    column: IntArray
    job: IntArray
    hall: IntArray
    slot: IntArray


def presence(columns: Columns, window: IntArray, start: IntArray, itineraries: Itineraries) -> Presence:
    """The runs ``(window[i], start[i])``, then the pieces of ``itineraries``, in halls that may be switched off."""
    hall_of_pool = columns.halls.hall_of_pool
    hall = hall_of_pool[columns.pool[window]]
    inside = np.flatnonzero(hall >= 0)
    lengths = columns.duration[window[inside]].astype(np.int64)
    pieced = [
        (len(window) + index, int(job), int(hall_of_pool[columns.lanes.pool[piece.lane]]), slot)
        for index, (job, pieces) in enumerate(zip(itineraries.job.tolist(), itineraries.pieces, strict=True))
        for piece in pieces
        if hall_of_pool[columns.lanes.pool[piece.lane]] >= 0
        for slot in range(piece.start, piece.end)
    ]
    rest = np.array(pieced, dtype=np.int64).reshape(-1, 4).T
    column = np.repeat(inside, lengths)
    return Presence(
        column=np.concatenate([column, rest[0]]),
        job=np.concatenate([columns.job[window[column]].astype(np.int64), rest[1]]),
        hall=np.concatenate([hall[column].astype(np.int64), rest[2]]),
        slot=np.concatenate([ranges(start[inside], lengths), rest[3]]),
    )


def hall_rows(columns: Columns, limit_rows: Rows, there: Presence, variables: HallColumns) -> list[Rows]:
    """(54) to (57) and (59); ``limit_rows`` are those of the halls' own limits and others, which are passed over."""
    if not len(variables):
        return []
    on = variables.at(HallVariable.ON)
    return [
        _own_limits(columns, limit_rows, on),
        *_loads(columns, on),
        _covers(columns, there, on),
        *_too_little_power(columns, on),
        *_changes(columns, variables),
        *_durations(columns, variables),
    ]


def with_standby(columns: Columns, rows: list[Rows], variables: HallColumns) -> list[Rows]:
    """The limit rows ``rows`` (one part a limit) with what standby draws on the grid limits and lets batteries give."""
    if not len(variables):
        return rows
    drawn_on, on = columns.halls.drawn_on(), variables.at(HallVariable.ON)
    parts = list(rows)
    for limit in sorted({limit for _, limit, _ in drawn_on}):
        entries: list[list[tuple[int, int]]] = [[] for _ in range(columns.slot_count)]
        part = rows[limit]
        for row, slot in enumerate(part.slot.tolist()):
            span = slice(part.first[row], part.first[row + 1])
            entries[slot] = list(zip(part.column[span].tolist(), part.coefficient[span].tolist()))
        for slot, own in enumerate(entries):
            own += [(int(on[hall, slot]), watts) for hall, of, watts in drawn_on if of == limit]
        parts[limit] = _rows(
            RowFamily.LIMIT,
            entries,
            columns.capacity[limit],
            np.full(columns.slot_count, limit),
            np.arange(columns.slot_count),
        )
    return parts


def _own_limits(columns: Columns, rows: Rows, on: IntArray) -> Rows:
    """(54)"""
    hall_of_limit = columns.halls.hall_of_limit
    limits = np.flatnonzero(rows.family == RowFamily.LIMIT)
    own = limits[hall_of_limit[rows.element[limits]] >= 0]
    part = rows.take(own)
    switch = on[hall_of_limit[part.element], part.slot]
    at = part.first[1:]
    # a capacity above all use would only loosen the row
    most = np.zeros(part.count, dtype=np.int64)
    np.add.at(most, part.entry_row, part.coefficient)
    plant = columns.plant
    for load in np.flatnonzero(plant.hall >= 0).tolist():
        there = np.isin(part.element, plant.limits_of(load))
        most[there] += plant.power_w[load, part.slot[there]]
    return make_rows(
        RowFamily.HALL,
        element=part.element,
        slot=part.slot,
        capacity=np.zeros(part.count, dtype=np.int64),
        lengths=np.diff(part.first) + 1,
        column=np.insert(part.column, at, switch),
        # without capacity the limit itself closes the row
        coefficient=np.insert(part.coefficient, at, -np.maximum(1, np.minimum(part.capacity, most))),
    )


def _loads(columns: Columns, on: IntArray) -> list[Rows]:
    """(59) A row over a limit that flexible load shares with runs would let it draw all it can in a hall that is hardly on."""
    plant, entries, elements, slots = columns.plant, [], [], []
    drawn_w = np.where(plant.may_run, plant.power_w, 0)
    for hall in np.unique(plant.hall[plant.hall >= 0]).tolist():
        loads = np.flatnonzero(plant.hall == hall)
        limits = plant.limits_of(int(loads[0]))
        power = int(limits[columns.halls.hall_of_limit[limits] == hall][0])
        for slot in np.flatnonzero(drawn_w[loads].any(axis=0)).tolist():
            entries.append([(int(on[hall, slot]), -int(drawn_w[loads, slot].sum()))])
            elements.append(power)
            slots.append(slot)
    none = np.zeros(len(entries), dtype=np.int64)
    return [_rows(RowFamily.HALL, entries, none, np.array(elements), np.array(slots))] if entries else []


def _covers(columns: Columns, there: Presence, on: IntArray) -> Rows:
    """(55)"""
    by_job = len(there.column) <= MOST_JOB_ENTRIES
    job = there.job if by_job else np.zeros_like(there.job)
    key = (there.hall * columns.slot_count + there.slot) * (columns.job_count + 1) + job
    order = np.lexsort((there.column, key))
    keys, lengths = np.unique(key[order], return_counts=True)
    place = keys // (columns.job_count + 1)
    hall, slot = place // columns.slot_count, place % columns.slot_count
    at = np.cumsum(lengths)
    # a job takes one column at most
    most = np.ones(len(keys), dtype=np.int64) if by_job else np.minimum(lengths, columns.job_count)
    return make_rows(
        RowFamily.HALL,
        element=np.full(len(keys), -1, dtype=np.int64),
        slot=slot,
        capacity=np.zeros(len(keys), dtype=np.int64),
        lengths=lengths + 1,
        column=np.insert(there.column[order], at, on[hall, slot]),
        coefficient=np.insert(np.ones(len(order), dtype=np.int64), at, -most),
    )


def _too_little_power(columns: Columns, on: IntArray) -> list[Rows]:
    """(54) without a run: off wherever the hall's own limit does not carry its standby."""
    entries = [[(column, 1)] for column in on[~columns.halls.carries].tolist()]
    return [_rows(RowFamily.HALL, entries, np.zeros(len(entries), dtype=np.int64))] if entries else []


def _changes(columns: Columns, variables: HallColumns) -> list[Rows]:
    """(56)"""
    on = variables.at(HallVariable.ON)
    before = np.array([rules.initially_on for rules in columns.halls.rules], dtype=np.int64)
    parts = []
    for variable, sign in ((HallVariable.START, 1), (HallVariable.STOP, -1)):
        change = variables.at(variable)
        entries = [
            [(int(on[hall, t]), sign), (int(change[hall, t]), -1), *([(int(on[hall, t - 1]), -sign)] if t else [])]
            for hall in range(len(columns.halls))
            for t in range(columns.slot_count)
        ]
        capacity = np.zeros((len(columns.halls), columns.slot_count), dtype=np.int64)
        capacity[:, 0] = sign * before
        parts.append(_rows(RowFamily.HALL, entries, capacity.ravel()))
    return parts


def _durations(columns: Columns, variables: HallColumns) -> list[Rows]:
    """(57)"""
    on, start, stop = (variables.at(variable) for variable in HallVariable)
    entries: list[list[tuple[int, int]]] = []
    capacity: list[int] = []
    for hall, rules in enumerate(columns.halls.rules):
        for t in range(columns.slot_count):
            if rules.min_up > 1:
                recent = start[hall, max(0, t - rules.min_up + 1) : t + 1].tolist()
                entries.append([(int(on[hall, t]), -1), *((column, 1) for column in recent)])
                capacity.append(0)
            if rules.min_down > 1:
                recent = stop[hall, max(0, t - rules.min_down + 1) : t + 1].tolist()
                entries.append([(int(on[hall, t]), 1), *((column, 1) for column in recent)])
                capacity.append(1)
    return [_rows(RowFamily.HALL, entries, np.array(capacity, dtype=np.int64))]


def _rows(
    family: RowFamily,
    entries: list[list[tuple[int, int]]],
    capacity: IntArray,
    element: IntArray | None = None,
    slot: IntArray | None = None,
) -> Rows:
    flat = np.array([pair for own in entries for pair in sorted(own)], dtype=np.int64).reshape(-1, 2)
    return make_rows(
        family,
        element=np.full(len(entries), -1, dtype=np.int64) if element is None else element,
        slot=slot,
        capacity=np.asarray(capacity, dtype=np.int64),
        lengths=np.array([len(own) for own in entries], dtype=np.int64),
        column=flat[:, 0],
        coefficient=flat[:, 1],
    )
