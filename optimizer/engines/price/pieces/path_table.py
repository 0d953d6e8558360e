"""What an itinerary's dynamic programme reads: the lanes of each job in components that no itinerary leaves, and the ways
from lane to lane within one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.columns.lanes import Lanes
from optimizer.columns.table import BoolArray, IndexArray, IntArray
from optimizer.engines.price.jit import compiled

#: Floats or integers: prices, prefix sums and values of one programme are of one type.
NumberArray = NDArray[Any]


class PathTable(NamedTuple):
    """``F`` jobs that may pause or change, ``C`` components, ``N`` lanes in order of component, ``Y`` ways.

    A component is one pool where the job resumes in its pool, one mode where it may not change, else all lanes. Its lanes of
    one site and mode are a *group*; groups are numbered within the component, lanes by their place in this table.
    """

    job: IndexArray  # [F]
    component_first: IntArray  # [F + 1]
    pause_count: IndexArray  # [F]
    least_run: IndexArray  # [F] productive slots of each piece but the last, >= 1

    lane_first: IntArray  # [C + 1]
    group_count: IndexArray  # [C]
    change_count: IndexArray  # [C] 0 where there is one mode
    need: IntArray  # [C] work of the whole job, in the component's largest common step

    lane: IndexArray  # [N] its index in Columns.lanes
    group: IndexArray  # [N]
    leads: BoolArray  # [N] the first lane of its group
    rate: IntArray  # [N] steps a productive slot
    first_slot: IndexArray  # [N]
    goes_on: BoolArray  # [N] an itinerary may also begin here in slot 0
    end_slot: IndexArray  # [N]

    way_first: IntArray  # [N + 1] the ways into a lane
    way_waits: BoolArray  # [Y] from a group whose piece ended at least `way_gap` before, else from a lane just then
    way_source: IndexArray  # [Y] that group, or that lane's place in the component
    way_pauses: IndexArray  # [Y] 0 or 1
    way_changes: IndexArray  # [Y] 0 or 1
    way_overhead: IndexArray  # [Y] slots
    way_gap: IndexArray  # [Y] slots
    way_cost: IntArray  # [Y] micro-units

    @property
    def most_pieces(self) -> int:
        """Pieces of an itinerary, at most."""
        pauses = np.repeat(self.pause_count, np.diff(self.component_first))
        return int((pauses + self.change_count).max(initial=0)) + 1


class PathScratch(NamedTuple):
    """What one thread works in, sized for the largest component.

    Whoever asks for a path fills the first four, by lane of the component.
    """

    price: NumberArray  # [lanes, T] of a slot; ``closed`` or more where the lane may not run
    base: NumberArray  # [lanes] worth of an itinerary that begins in the lane, before what its slots cost
    base_at_zero: NumberArray  # [lanes] the same where it begins in slot 0
    late: NumberArray  # [T + 1] cost of ending at a boundary
    prefix: NumberArray  # [lanes, T + 1] sums of prices
    finish: NumberArray  # [lanes, T + 1] the same with what it costs to end there
    reach: IndexArray  # [lanes, T + 1] where the open slots from a slot on end; the slot itself where it is closed
    begun: NumberArray  # flat: lane, layer, boundary, work left
    ended: NumberArray  # flat: the same
    waited: NumberArray  # flat: group, layer, boundary, work left
    diagonal: NumberArray  # flat: lane, layer, work left and rate x boundary together
    piece_lane: IndexArray  # [most pieces] the path found, by place in the table and in order of time
    piece_start: IndexArray
    piece_end: IndexArray
    piece_count: IntArray  # [1]


def path_table(lanes: Lanes) -> PathTable:
    """The components of ``lanes`` that hold an itinerary of two pieces or more."""
    component, kept, counts = _components(
        lanes.lane_first, lanes.mode, lanes.pool, lanes.rate, lanes.work,
        lanes.max_pause_count, lanes.max_change_count, lanes.may_resume_elsewhere,
    )  # fmt: skip
    by_component = np.lexsort((np.arange(len(component)), component))
    order: IndexArray = by_component[component[by_component] >= 0].astype(np.int32)
    row = np.repeat(np.arange(len(lanes.job)), np.diff(lanes.lane_first))[order]
    lane_first = np.searchsorted(component[order], np.arange(kept + 1)).astype(np.int64)
    row_of = row[lane_first[:-1]] if kept else np.zeros(0, dtype=np.int64)
    group, leads, group_count, mode_count = _groups(lane_first, lanes.site[order], lanes.mode[order])
    rate, need = _steps(lane_first, lanes.work[row].astype(np.int64), lanes.rate[order], lanes.duration[order])
    ways = _ways(
        lane_first, row_of, group, lanes.mode[order], lanes.pool[order], lanes.site[order],
        lanes.max_pause_count, lanes.max_change_count, lanes.resume_slots, lanes.resume_cost,
        lanes.change_slots, lanes.change_cost, lanes.transfer, lanes.transfer_slots, lanes.transfer_cost,
    )  # fmt: skip
    return PathTable(
        job=lanes.job,
        component_first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        pause_count=lanes.max_pause_count,
        least_run=np.maximum(lanes.min_run_slots, 1).astype(np.int32),
        lane_first=lane_first,
        group_count=group_count,
        change_count=np.where(mode_count > 1, lanes.max_change_count[row_of], 0).astype(np.int32),
        need=need,
        lane=order,
        group=group,
        leads=leads,
        rate=rate,
        first_slot=lanes.first_slot[order],
        goes_on=lanes.goes_on[order],
        end_slot=lanes.end_slot[order],
        way_first=ways[0],
        way_waits=ways[1][:, 0] > 0,
        way_source=ways[1][:, 1].astype(np.int32),
        way_pauses=ways[1][:, 2].astype(np.int32),
        way_changes=ways[1][:, 3].astype(np.int32),
        way_overhead=ways[1][:, 4].astype(np.int32),
        way_gap=ways[1][:, 5].astype(np.int32),
        way_cost=np.ascontiguousarray(ways[1][:, 6]),
    )


def path_scratch(table: PathTable, slot_count: int, dtype: type[np.generic]) -> PathScratch:
    """Room for the largest component: ``8 x lanes x layers x slots x work`` bytes, twice or three times."""
    lane_count = np.diff(table.lane_first)
    pauses = np.repeat(table.pause_count, np.diff(table.component_first)).astype(np.int64)
    layers = (pauses + 1) * (table.change_count + 1)
    cells = layers * (slot_count + 1) * table.need
    fastest = np.maximum.reduceat(table.rate, table.lane_first[:-1]) if len(lane_count) else lane_count
    most_lanes, pieces = int(lane_count.max(initial=0)), table.most_pieces

    def room(*shape: int) -> NumberArray:
        return np.zeros(shape, dtype=dtype)

    return PathScratch(
        price=room(most_lanes, slot_count),
        base=room(most_lanes),
        base_at_zero=room(most_lanes),
        late=room(slot_count + 1),
        prefix=room(most_lanes, slot_count + 1),
        finish=room(most_lanes, slot_count + 1),
        reach=np.zeros((most_lanes, slot_count + 1), dtype=np.int32),
        begun=room(int((lane_count * cells).max(initial=0))),
        ended=room(int((lane_count * cells).max(initial=0))),
        waited=room(int((table.group_count * cells).max(initial=0))),
        diagonal=room(int((lane_count * layers * (table.need + fastest * (slot_count + 1))).max(initial=0))),
        piece_lane=np.zeros(pieces, dtype=np.int32),
        piece_start=np.zeros(pieces, dtype=np.int32),
        piece_end=np.zeros(pieces, dtype=np.int32),
        piece_count=np.zeros(1, dtype=np.int64),
    )


@compiled
def _components(
    lane_first: IntArray,
    mode: IndexArray,
    pool: IndexArray,
    rate: IndexArray,
    work: IndexArray,
    pauses: IndexArray,
    changes: IndexArray,
    elsewhere: IndexArray,
) -> tuple[IntArray, int, IntArray]:
    """(component of each lane, -1 for none; how many there are; how many each job has)."""
    component = np.full(len(mode), -1, dtype=np.int64)
    counts = np.zeros(len(lane_first) - 1, dtype=np.int64)
    total = 0
    for row in range(len(lane_first) - 1):
        low, high = lane_first[row], lane_first[row + 1]
        for i in range(low, high):
            if component[i] >= 0 or (work[row] > 0 and rate[i] == 0):
                continue
            other_modes = False
            for j in range(i, high):
                works = work[row] == 0 or rate[j] > 0
                if works and (elsewhere[row] > 0 or pool[i] == pool[j]) and (changes[row] > 0 or mode[i] == mode[j]):
                    component[j] = total
                    other_modes |= mode[i] != mode[j]
            if pauses[row] > 0 or other_modes:
                total += 1
                counts[row] += 1
            else:
                component[i] = -1
    return component, total, counts


@compiled
def _groups(lane_first: IntArray, site: IndexArray, mode: IndexArray) -> tuple[IndexArray, BoolArray, IndexArray, IndexArray]:
    """(group of each lane, whether it is the first of it, groups of each component, modes of each component)."""
    group = np.zeros(len(site), dtype=np.int32)
    leads = np.zeros(len(site), dtype=np.bool_)
    counts = np.zeros(len(lane_first) - 1, dtype=np.int32)
    modes = np.zeros(len(lane_first) - 1, dtype=np.int32)
    for c in range(len(lane_first) - 1):
        for i in range(lane_first[c], lane_first[c + 1]):
            group[i] = -1
            known = False
            for j in range(lane_first[c], i):
                known |= mode[j] == mode[i]
                if mode[j] == mode[i] and site[j] == site[i]:
                    group[i] = group[j]
            modes[c] += 0 if known else 1
            if group[i] < 0:
                group[i], leads[i] = counts[c], True
                counts[c] += 1
    return group, leads, counts, modes


@compiled
def _steps(lane_first: IntArray, work: IntArray, rate: IndexArray, duration: IndexArray) -> tuple[IntArray, IntArray]:
    """(steps a productive slot of each lane, steps each component needs), in the largest step that divides all rates."""
    steps = np.ones(len(rate), dtype=np.int64)
    need = np.zeros(len(lane_first) - 1, dtype=np.int64)
    for c in range(len(need)):
        low, high = lane_first[c], lane_first[c + 1]
        if work[low] == 0:
            need[c] = duration[low]
            continue
        common = 0
        for i in range(low, high):
            a, b = common, int(rate[i])
            while b:
                a, b = b, a % b
            common = a
        need[c] = (work[low] + common - 1) // common
        for i in range(low, high):
            steps[i] = rate[i] // common
    return steps, need


@compiled
def _set(way: IntArray, waits: int, source: int, pauses: int, changes: int, overhead: int, gap: int, cost: int) -> None:
    way[0], way[1], way[2], way[3], way[4], way[5], way[6] = waits, source, pauses, changes, overhead, gap, cost


@compiled
def _ways(
    lane_first: IntArray,
    row_of: IntArray,
    group: IndexArray,
    mode: IndexArray,
    pool: IndexArray,
    site: IndexArray,
    pauses: IndexArray,
    changes: IndexArray,
    resume_slots: IndexArray,
    resume_cost: IntArray,
    change_slots: IndexArray,
    change_cost: IntArray,
    transfer: IndexArray,
    transfer_slots: IndexArray,
    transfer_cost: IntArray,
) -> tuple[IntArray, IntArray]:
    """(first way into each lane [N + 1], ways [Y, 7]: waits, source, pauses, changes, overhead, gap, cost).

    A pause is from a group: one slot later at the same site (its lanes may be of this very pool), a transfer later
    elsewhere; into another pool of the site it may also follow at once. A change follows at once, in the pool.
    """
    first = np.zeros(len(mode) + 1, dtype=np.int64)
    total = 0
    ways = np.zeros((16, 7), dtype=np.int64)
    for c in range(len(lane_first) - 1):
        row, low, high = row_of[c], lane_first[c], lane_first[c + 1]
        for i in range(low, high):
            for j in range(low, high):
                if total + 3 > len(ways):
                    more = np.zeros((2 * len(ways), 7), dtype=np.int64)
                    more[: len(ways)] = ways
                    ways = more
                other = int(mode[i] != mode[j])
                overhead = resume_slots[row] + other * change_slots[row]
                cost = resume_cost[row] + other * change_cost[row]
                is_first = True
                for h in range(low, j):
                    is_first &= group[h] != group[j]
                if pauses[row] > 0 and is_first:
                    gap, brought = 1, 0
                    if site[i] != site[j]:
                        gap = transfer_slots[transfer[row], site[j], site[i]]
                        brought = transfer_cost[transfer[row], site[j], site[i]]
                    if gap >= 0:
                        _set(ways[total], 1, group[j], 1, other, overhead, gap, cost + brought)
                        total += 1
                if pauses[row] > 0 and site[i] == site[j] and pool[i] != pool[j]:
                    _set(ways[total], 0, j - low, 1, other, overhead, 0, cost)
                    total += 1
                if other and changes[row] > 0 and pool[i] == pool[j]:
                    _set(ways[total], 0, j - low, 0, 1, change_slots[row], 0, change_cost[row])
                    total += 1
            first[i + 1] = total
    return first, ways[:total].copy()
