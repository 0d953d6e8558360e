"""Temporal bin packing: items with fixed times into as few bins as possible.

Bin = hall without power that costs 1 to start up, once (it never shuts down on its own account), with one pool; item =
mandatory job. The file states the counts of items and the bins' size, two numbers that are not used, and for each item its
number, start, end and size. Only the order of times counts, so a slot is what lies between two starts.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from pathlib import Path

from optimizer.io.importers.text import NumberReader
from optimizer.problem import Commitment, GpuPool, Hall, Job, Mode, Problem, Site, TimeGrid

START = datetime(2026, 1, 1, tzinfo=UTC)
SLOT = timedelta(hours=1)


def read_tbp(path: Path) -> Problem:
    """The file as a problem whose objective is minus the number of bins. A first fit says how many bins there are at most."""
    reader = NumberReader(path)
    count = reader.whole("the number of items", least=1)
    size = reader.whole("the size of a bin", least=1)
    reader.number("the third number of the head")
    reader.number("the fourth number of the head")
    items: list[tuple[int, int, int]] = []
    for index in range(count):
        reader.expect(index, f"item {index}")
        start = reader.whole(f"the start of item {index}")
        end = reader.whole(f"the end of item {index}", least=start + 1)
        items.append((start, end, reader.whole(f"the size of item {index}")))
    reader.end()
    # bins fill up only where an item starts
    starts = sorted({start for start, _, _ in items})
    spans = [(bisect_left(starts, start), bisect_left(starts, end), amount) for start, end, amount in items]
    bins = tuple(
        Hall(
            name=f"bin-{b}",
            pools=(GpuPool(name=f"bin-{b}", gpu_model="", node_count=(size,), gpus_per_node=1),),
            commitment=Commitment(start_up_cost=1.0),
        )
        for b in range(_first_fit(spans, size, len(starts)))
    )
    jobs = tuple(
        Job(
            name=f"item-{index}",
            earliest_start_time=START + first * SLOT,
            latest_end_time=START + last * SLOT,
            modes=(Mode(name="run", gpu_count=amount, duration=(last - first) * SLOT),),
        )
        for index, (first, last, amount) in enumerate(spans)
    )
    grid = TimeGrid(start_time=START, slot_duration=SLOT, slot_count=len(starts))
    site = Site(name="site", region_code="GB", halls=bins)
    return Problem(name=path.stem, time_grid=grid, sites=(site,), jobs=jobs)


def _first_fit(spans: list[tuple[int, int, int]], size: int, slot_count: int) -> int:
    """How many bins first fit in order of start takes."""
    left: list[list[int]] = []
    for first, last, amount in sorted(spans):
        for room in left:
            if min(room[first:last]) >= amount:
                break
        else:
            room = [size] * slot_count
            left.append(room)
        for slot in range(first, last):
            room[slot] -= amount
    return len(left)
