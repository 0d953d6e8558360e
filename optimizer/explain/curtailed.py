"""What a left-out job would add at most where it fits beside the jobs of a plan but curtails flexible load."""

from __future__ import annotations

import heapq
from typing import NamedTuple

from optimizer.columns import Columns, IntArray

#: Starts that are looked at, those worth most by themselves first.
MOST_STARTS = 40


class Curtailing(NamedTuple):
    """The column that adds most, and what it adds in micro-units once the flexible load that gives way is counted."""

    window: int
    start: int
    micros: int


def most_beside_plant(columns: Columns, free: IntArray, job: int) -> Curtailing | None:
    """The best start of ``job`` where it adds nothing; ``free[L, T]`` is what the plan's jobs leave.

    None where some start adds something, where there is no flexible load, or where more starts fit than are looked at.
    """
    if columns.plant.is_empty:
        return None
    fitting: list[tuple[int, int, int]] = []
    for window in range(int(columns.job_first[job]), int(columns.job_first[job + 1])):
        limits, amounts = columns.uses(window)
        length, first = int(columns.duration[window]), int(columns.start_first[window])
        for offset, worth in enumerate(columns.worth(window).tolist()):
            start = first + offset
            fits = columns.leads.fit(free, window, start)
            if worth > 0 and fits and (free[limits, start : start + length] >= amounts[:, None]).all():
                fitting.append((worth, window, start))
    if not fitting:
        return None
    before = columns.plant.micros(free)
    best = max(_curtailing(columns, free, before, *each) for each in heapq.nlargest(MOST_STARTS, fitting))
    return None if best[0] > 0 or len(fitting) > MOST_STARTS else Curtailing(best[1], best[2], best[0])


def _curtailing(columns: Columns, free: IntArray, before: int, worth: int, window: int, start: int) -> tuple[int, int, int]:
    limits, amounts = columns.uses(window)
    beside = free.copy()
    beside[limits, start : start + int(columns.duration[window])] -= amounts[:, None]
    return worth + columns.plant.micros(beside) - before, window, start
