"""Cuts the share floors for windows and lanes: what each run or slot counts towards its tenant's floor."""

from __future__ import annotations

import numpy as np

from optimizer.arrays import IndexArray, IntArray
from optimizer.columns.lanes import Lanes
from optimizer.columns.ties import NO_FLOORS, Floors
from optimizer.exact.problem import ExactProblem


def cut_floors(problem: ExactProblem, job: IndexArray, mode: IndexArray, duration: IndexArray, lanes: Lanes) -> Floors:
    """The floors of ``problem`` over its windows, given by ``job``, ``mode`` and ``duration`` ``[W]``, and its ``lanes``.

    A tenant has one floor at most, so a window counts towards one at most.
    """
    if not problem.floors:
        return NO_FLOORS
    row = {floor.tenant: index for index, floor in enumerate(problem.floors)}
    floor_of_job = np.array([row.get(item.tenant, -1) for item in problem.jobs], dtype=np.int32)
    gpu_count = np.array([each.gpu_count for item in problem.jobs for each in item.modes], dtype=np.int64)
    first_mode = np.cumsum([0] + [len(item.modes) for item in problem.jobs])

    def width(jobs: IndexArray, modes: IndexArray) -> IntArray:
        wide: IntArray = gpu_count[first_mode[jobs] + modes] if len(jobs) else np.zeros(0, dtype=np.int64)
        return wide

    amount = width(job, mode) * duration
    counted = (floor_of_job[job] >= 0) & (amount > 0)
    lane_job = np.repeat(lanes.job, np.diff(lanes.lane_first))
    return Floors(
        tenant=tuple(floor.tenant for floor in problem.floors),
        target=np.array([floor.target_gpu_slots for floor in problem.floors], dtype=np.int64),
        cost=np.array([floor.cost_micros_per_gpu_slot for floor in problem.floors], dtype=np.int64),
        use_first=np.concatenate([[0], np.cumsum(counted)]).astype(np.int64),
        use_index=floor_of_job[job[counted]],
        use_amount=amount[counted],
        lane_floor=floor_of_job[lane_job],
        lane_width=width(lane_job, lanes.mode),
    )
