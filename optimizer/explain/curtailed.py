"""What a left-out job would add at most where it fits beside the jobs of a plan but curtails flexible load."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimizer.columns.table import Columns, IntArray

#: Starts that are looked at; where more fit, the job is not explained so.
MOST_STARTS = 40


class Curtailing(NamedTuple):
    """The column that adds most, and what it adds in micro-units once the flexible load that gives way is counted."""

    window: int
    start: int
    micros: int


def most_beside_plant(columns: Columns, free: IntArray, job: int, net_w: IntArray) -> Curtailing | None:
    """The best start of ``job`` where it adds nothing; ``free[L, T]`` is what the plan's jobs leave, batteries not counted.

    They are run as ``net_w[B, T]`` throughout.

    None where some start adds something, or where more starts fit than are looked at.
    """
    fitting: list[tuple[int, int, int]] = []
    left = columns.plant.batteries.taken_from(free, net_w)
    for window in range(int(columns.job_first[job]), int(columns.job_first[job + 1])):
        limits, amounts = columns.uses(window)
        length, first = int(columns.duration[window]), int(columns.start_first[window])
        room = np.append(0, np.cumsum((left[limits] >= amounts[:, None]).all(axis=0)))
        worths = columns.worth(window)
        starts = np.arange(first, first + len(worths))
        for index in np.flatnonzero((room[starts + length] - room[starts] == length) & (worths > 0)).tolist():
            if columns.leads.fit(left, window, first + index):
                fitting.append((int(worths[index]), window, first + index))
        if len(fitting) > MOST_STARTS:
            return None
    if not fitting:
        return None
    before = columns.plant.micros(free, net_w)
    best = max(_curtailing(columns, free, net_w, before, *each) for each in fitting)
    return None if best[0] > 0 else Curtailing(best[1], best[2], best[0])


def _curtailing(
    columns: Columns, free: IntArray, net_w: IntArray, before: int, worth: int, window: int, start: int
) -> tuple[int, int, int]:
    limits, amounts = columns.uses(window)
    beside = free.copy()
    beside[limits, start : start + int(columns.duration[window])] -= amounts[:, None]
    return worth + columns.plant.micros(beside, net_w) - before, window, start
