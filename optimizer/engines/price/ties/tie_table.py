"""The flat table in which kernels read order and groups, and what it is worth to place a job that others wait for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.columns.table import Columns, IndexArray, IntArray

FloatArray = NDArray[np.float64]


class TieTables(NamedTuple):
    """What `Tables` holds of ties; empty ``ties`` where no job has any.

    ``ties[j]`` is where job ``j``'s part begins, 0 for a job without ties. A part lists the predecessors, the successors (the
    number, then job and lag of each) and the groups (the number, then where each begins). A group lists its jobs (the
    number first) and the key of each pool.
    """

    ties: IndexArray
    lure: FloatArray
    urgency: FloatArray


def tie_table(columns: Columns, bonus: IntArray) -> TieTables:
    """The ties of ``columns``; ``bonus[J]`` is what a mandatory job counts more."""
    order, together = columns.precedences, columns.together
    job_count = columns.job_count
    nothing = np.zeros(job_count)
    if not len(order) and not len(together):
        return TieTables(np.zeros(0, dtype=np.int32), nothing, nothing)
    before: list[list[int]] = [[] for _ in range(job_count)]
    after: list[list[int]] = [[] for _ in range(job_count)]
    for first, then, lag in zip(order.predecessor.tolist(), order.successor.tolist(), order.lag.tolist()):
        before[then] += (first, lag)
        after[first] += (then, lag)
    flat = [0] * job_count
    groups: list[list[int]] = [[] for _ in range(job_count)]
    for group in range(len(together)):
        jobs = together.job[together.first[group] : together.first[group + 1]].tolist()
        for job in jobs:
            groups[job].append(len(flat))
        flat += [len(jobs), *jobs, *together.key_of_pool[group].tolist()]
    for job in range(job_count):
        if before[job] or after[job] or groups[job]:
            flat[job] = len(flat)
            flat += [len(before[job]) // 2, *before[job], len(after[job]) // 2, *after[job], len(groups[job]), *groups[job]]
    lure, urgency = _pulls(columns, bonus, after)
    return TieTables(np.array(flat, dtype=np.int32), lure, urgency)


def _pulls(columns: Columns, bonus: IntArray, after: list[list[int]]) -> tuple[FloatArray, FloatArray]:
    """What the jobs that wait for each job are worth at best, and what a slot of delay costs them, micro-units. ``[J]``

    The least urgency is a hint among equals: the sooner a job ends, the more can follow it.
    """
    worth = bonus.astype(np.float64)
    np.maximum.at(worth, columns.job, columns.base + columns.given_credit() + bonus[columns.job].astype(np.float64))
    least = (1.0 + float(np.abs(columns.base).max(initial=0))) / (4_096.0 * columns.slot_count)
    lure, urgency = np.zeros(columns.job_count), np.zeros(columns.job_count)
    waiting = [len(others) // 2 for others in after]
    leaves = [job for job, count in enumerate(waiting) if count == 0]
    goes_first: list[list[int]] = [[] for _ in after]
    for first, others in enumerate(after):
        for then in others[::2]:
            goes_first[then].append(first)
    for job in leaves:
        for first in goes_first[job]:
            lure[first] += worth[job] + lure[job]
            urgency[first] = max(urgency[first], least, urgency[job], float(columns.tardiness_cost[job]))
            waiting[first] -= 1
            if waiting[first] == 0:
                leaves.append(first)
    return np.minimum(lure, 2.0**60), urgency
