"""What a left-out job would add at most where it fits beside the jobs of a plan but takes from what else a site runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from optimizer.accounting.halls import Schedules, committed_halls
from optimizer.accounting.runs import Run
from optimizer.accounting.usage import usage
from optimizer.columns.candidates import Candidates
from optimizer.columns.hall_plans import with_standby
from optimizer.columns.plant import Plant
from optimizer.columns.table import BoolArray, Columns, IntArray
from optimizer.solution import SiteOperation

#: Starts that are looked at; where more fit, the job is not explained so.
MOST_STARTS = 40


class Curtailing(NamedTuple):
    """The column that adds most, and what it adds in micro-units once the flexible load that gives way is counted."""

    window: int
    start: int
    micros: int


@dataclass(frozen=True, slots=True)
class PlantBeside:
    """The plant of a plan: what its runs and halls, which are ``on[K, T]``, leave it, ``free[L, T]``, and how its batteries are
    run, ``net_w[B, T]``, throughout; they are not off ``free``. ``micros``: what it gains.
    """

    free: IntArray
    net_w: IntArray
    on: BoolArray
    micros: int

    def lost_to(self, columns: Columns, window: int, start: int, on: BoolArray) -> int:
        """How many ``micros`` less the plant gains beside one run more and with halls ``on[K, T]``."""
        nothing = np.zeros_like(self.free)
        free = self.free + with_standby(columns, nothing, self.on) - with_standby(columns, nothing, on)
        limits, amounts = columns.uses(window)
        free[limits, start : start + int(columns.duration[window])] -= amounts[:, None]
        return self.micros - _under(columns, on).micros(free, self.net_w)


def _under(columns: Columns, on: BoolArray) -> Plant:
    return columns.plant.under(on if len(on) else None)


def plant_beside(
    found: Candidates, runs: Sequence[Run], schedules: Schedules, operations: Sequence[SiteOperation]
) -> PlantBeside:
    """That of a plan of ``runs``, whose halls are on in ``schedules``; batteries that are not in ``operations`` rest."""
    columns, batteries = found.columns, found.columns.plant.batteries
    # the columns' capacity of a hall lacks its standby already
    used = usage(found.problem, runs, {})
    rows = np.array([used.slot_used[label] for label in columns.limits], dtype=np.int64).reshape(columns.capacity.shape)
    on = np.array([schedules[hall.index] for hall, _ in committed_halls(found.problem)], dtype=np.bool_)
    on = on.reshape(len(columns.halls), columns.slot_count)
    free: IntArray = columns.capacity - with_standby(columns, rows, on)
    free[batteries.limit] += batteries.discharge_w
    stated = {operation.site: operation.battery for operation in operations}
    net_w = batteries.at_rest()
    for index, site in enumerate(batteries.site.tolist()):
        battery = stated.get(found.problem.sites[site].name)
        if battery is not None:
            net_w[index] = battery.net_w
    return PlantBeside(free, net_w, on, _under(columns, on).micros(free, net_w))


def most_beside_plant(columns: Columns, beside: PlantBeside, job: int) -> Curtailing | None:
    """The best start of ``job`` where it adds nothing, were the halls that it needs on at no cost.

    None where some start adds something, or where more starts fit than are looked at.
    """
    fitting: list[tuple[int, int, int]] = []
    left = columns.plant.batteries.taken_from(beside.free, beside.net_w)
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
    adds = [(worth - beside.lost_to(columns, window, start, beside.on), window, start) for worth, window, start in fitting]
    best = max(adds)
    return None if best[0] > 0 else Curtailing(best[1], best[2], best[0])
