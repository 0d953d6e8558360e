"""The most that a run in pieces can be worth at given prices: one recursion backward in time, over plain integers.

Read it as text: it is compiled where its numbers fit 64 bits, and runs as it stands, on integers of any size, where not.
By lane, layer, slot boundary ``t`` and steps of work ``left``:

    begin   work begins at t: the least run is done at once, or what is left if that is less
    enter   by lane and overhead: a piece begins at t or later, with its overhead
    go      the least run is done: one slot more, or on by one of the ways

A layer counts the pauses and changes so far. Nothing ends in the first, which has had neither: that is a run in one piece.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, MutableSequence, Sequence
from functools import cache
from itertools import accumulate
from typing import NamedTuple

#: Sums that stay below this are exact in 64 bits beside the mark of what cannot be.
LARGEST = 1 << 60


class Way(NamedTuple):
    """From a piece in lane ``before`` to one in ``after``, ``gap`` slots later or more; at once where ``at_once``."""

    before: int
    after: int
    gap: int
    at_once: bool
    pauses: int
    changes: int
    overhead: int
    cost: int


class PricedLane(NamedTuple):
    """Where a job may run slot by slot: ``price[T]`` of each, None where it may not; ``rate`` steps of work in a slot.

    ``first[T]``: worth of an itinerary that begins here, before what its slots cost; None where none may.
    """

    rate: int
    price: Sequence[int | None]
    first: Sequence[int | None]


class PiecedJob(NamedTuple):
    """A job in pieces; costs and prices in one unit. ``late[T + 1]``: cost of ending at each boundary."""

    need: int
    least_run: int
    max_pause_count: int
    max_change_count: int
    lanes: Sequence[PricedLane]
    ways: Sequence[Way]
    late: Sequence[int]


def best_value(job: PiecedJob) -> int | None:
    """The most that an itinerary, of two pieces or more, is worth; None where there is none."""
    slot_count, layers = len(job.late) - 1, (job.max_pause_count + 1) * (job.max_change_count + 1)
    entries = {(way.after, way.overhead): 0 for way in job.ways if not way.at_once}
    entries = {entry: number for number, entry in enumerate(entries)}
    paid = [sum_ for lane in job.lanes for sum_ in accumulate((p or 0 for p in lane.price), initial=0)]
    reach = [end for lane in job.lanes for end in _ends_of_open_runs(lane.price)]
    ways = [number for way in job.ways for number in (*way, entries.get((way.after, way.overhead), 0))]
    firsts = [first for lane in job.lanes for first in lane.first]
    largest = max(map(abs, paid)) * 2 * layers + max(map(abs, job.late)) + sum(map(abs, ways)) * layers
    largest += max((abs(first) for first in firsts if first is not None), default=0)
    nothing = -2 * max(largest, 1)
    numbers = (
        [lane.rate for lane in job.lanes],
        paid,
        reach,
        [nothing if first is None else first for first in firsts],
        list(job.late),
        ways,
        [number for entry in entries for number in entry],
    )
    scalars = slot_count, job.need, job.least_run, job.max_pause_count, job.max_change_count, nothing
    plane = layers * (slot_count + 1) * (job.need + 1)
    rooms = len(job.lanes) * plane, len(job.lanes) * plane, len(entries) * plane
    if largest < LARGEST:
        value = _compiled()(*scalars, *(array("q", part) for part in numbers), *(array("q", bytes(8 * n)) for n in rooms))
    else:
        value = backward(*scalars, *numbers, *([0] * n for n in rooms))
    return int(value) if value > nothing // 2 else None


def _ends_of_open_runs(price: Sequence[int | None]) -> list[int]:
    """Where the open slots from each slot on end; the slot itself where it is closed."""
    ends, end = [], len(price)
    for slot in range(len(price) - 1, -1, -1):
        if price[slot] is None:
            end = slot
        ends.append(end)
    return ends[::-1]


@cache
def _compiled() -> Callable[..., int]:
    from numba import njit

    compiled: Callable[..., int] = njit(cache=True, nogil=True)(backward)
    return compiled


def backward(
    slot_count: int,
    need: int,
    least_run: int,
    max_pause_count: int,
    max_change_count: int,
    nothing: int,
    rate: Sequence[int],
    paid: Sequence[int],
    reach: Sequence[int],
    first: Sequence[int],
    late: Sequence[int],
    ways: Sequence[int],
    entries: Sequence[int],
    begin: MutableSequence[int],
    go: MutableSequence[int],
    enter: MutableSequence[int],
) -> int:
    """The recursion. Series are laid end to end, lane by lane: ``paid`` sums of prices, ``reach`` ends of open runs.

    A way is nine numbers, those of `Way` and its entry; an entry is a lane and an overhead. ``begin``, ``go`` and ``enter`` are
    room: lane or entry, layer, boundary, work left. What cannot be is ``nothing``, or below half of it once costs are taken.
    """
    layer_count, row = (max_pause_count + 1) * (max_change_count + 1), need + 1
    plane = (slot_count + 1) * row
    best = nothing
    for t in range(slot_count, -1, -1):
        for layer in range(layer_count):
            for lane in range(len(rate)):
                here, sums = (lane * layer_count + layer) * plane + t * row, lane * (slot_count + 1)
                open_slots = reach[lane * slot_count + t] - t if t < slot_count else 0
                for left in range(1, row):
                    slots, value = (left + rate[lane] - 1) // rate[lane], nothing
                    if slots > least_run and least_run <= open_slots:
                        value = go[here + least_run * row + left - least_run * rate[lane]]
                        value -= paid[sums + t + least_run] - paid[sums + t]
                    elif slots <= least_run and slots <= open_slots and layer > 0:
                        value = paid[sums + t] - paid[sums + t + slots] - late[t + slots]
                    begin[here + left] = value
        for layer in range(layer_count):
            for entry in range(len(entries) // 2):
                lane, overhead = entries[2 * entry], entries[2 * entry + 1]
                here, sums = (entry * layer_count + layer) * plane + t * row, lane * (slot_count + 1)
                there = (lane * layer_count + layer) * plane + (t + overhead) * row
                fits = t < slot_count and t + overhead < slot_count and reach[lane * slot_count + t] > t + overhead
                for left in range(1, row):
                    value = enter[here + row + left] if t < slot_count else nothing
                    if fits:
                        value = max(value, begin[there + left] + paid[sums + t] - paid[sums + t + overhead])
                    enter[here + left] = value
        for layer in range(layer_count):
            pauses, changes = layer // (max_change_count + 1), layer % (max_change_count + 1)
            for lane in range(len(rate)):
                here, sums = (lane * layer_count + layer) * plane + t * row, lane * (slot_count + 1)
                is_open = t < slot_count and reach[lane * slot_count + t] > t
                for left in range(1, row):
                    value = nothing
                    if is_open and left > rate[lane]:
                        value = go[here + row + left - rate[lane]] + paid[sums + t] - paid[sums + t + 1]
                    elif is_open and layer > 0:
                        value = paid[sums + t] - paid[sums + t + 1] - late[t + 1]
                    go[here + left] = value
            for way in range(0, len(ways), 9):
                lane, after, overhead = ways[way], ways[way + 1], ways[way + 6]
                if pauses + ways[way + 4] > max_pause_count or changes + ways[way + 5] > max_change_count:
                    continue
                here, to = (
                    (lane * layer_count + layer) * plane + t * row,
                    ways[way + 4] * (max_change_count + 1) + ways[way + 5],
                )
                if not ways[way + 3]:
                    if t + ways[way + 2] > slot_count:
                        continue
                    there = (ways[way + 8] * layer_count + layer + to) * plane + (t + ways[way + 2]) * row
                    for left in range(1, row):
                        go[here + left] = max(go[here + left], enter[there + left] - ways[way + 7])
                elif t < slot_count and t + overhead < slot_count and reach[after * slot_count + t] > t + overhead:
                    there, sums = (after * layer_count + layer + to) * plane + (t + overhead) * row, after * (slot_count + 1)
                    cost = ways[way + 7] + paid[sums + t + overhead] - paid[sums + t]
                    for left in range(1, row):
                        go[here + left] = max(go[here + left], begin[there + left] - cost)
        if t < slot_count:
            for lane in range(len(rate)):
                if first[lane * slot_count + t] > nothing:
                    best = max(best, first[lane * slot_count + t] + begin[lane * layer_count * plane + t * row + need])
    return best
