"""Gangs: what a run uses of the slot limits, whatever job, energy price or budget is behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.columns.table import BoolArray, Columns, IndexArray, IntArray
from optimizer.engines.price.bound.profiles import Profiles
from optimizer.engines.price.jit import compiled
from optimizer.engines.price.rows.slot_rows import Activity


@dataclass(frozen=True, slots=True)
class Gangs:
    """``G`` distinct uses of the slot limits. Profiles that differ only in power or budgets share a gang."""

    of_profile: IndexArray  # [P]
    use: IntArray  # [G, L]
    job_count: IndexArray  # [G, T] jobs of which a run or piece of the gang may cover the slot

    def activity(self, of_profiles: Activity) -> Activity:
        """``of_profiles`` summed over the profiles of each gang."""
        total = np.zeros((len(self.use), of_profiles.count.shape[1]), dtype=np.int32)
        for gang, count in zip(self.of_profile.tolist(), of_profiles.count, strict=True):
            total[gang] += count
        return Activity(total, of_profiles.plan_count, of_profiles.on_count)


def least_gang_count(profiles: Profiles) -> int:
    """There are at least so many gangs, and but for equal sums of products no more; takes next to no time or memory."""
    factor = np.random.default_rng(0).integers(1, 2**62, int(profiles.use_limit.max(initial=0)) + 1)
    sums = np.concatenate([[0], np.cumsum(profiles.use_amount * factor[profiles.use_limit])])
    return len(np.unique(np.diff(sums[profiles.use_first])))


def gangs_of(columns: Columns, profiles: Profiles) -> Gangs:
    uses = np.zeros((profiles.count, len(columns.limits)), dtype=np.int64)
    for profile in range(profiles.count):
        limit, amount = profiles.uses(profile)
        uses[profile, limit] = amount
    use, inverse = np.unique(uses, axis=0, return_inverse=True)
    of_profile: IndexArray = inverse.ravel().astype(np.int32)
    steps = np.zeros((len(use), columns.slot_count + 1), dtype=np.int32)
    lanes = columns.lanes
    row_of_job = np.full(columns.job_count, -1, dtype=np.int64)
    row_of_job[lanes.job] = np.arange(len(lanes))
    _count_jobs(
        of_profile[profiles.of_window], columns.job_first, columns.start_first, columns.start_last, columns.duration,
        row_of_job, of_profile[profiles.of_lane], lanes.lane_first, lanes.first_slot, lanes.goes_on, lanes.end_slot,
        lanes.open_slots, lanes.open_row, steps,
    )  # fmt: skip
    np.cumsum(steps, axis=1, out=steps)
    return Gangs(of_profile, use, steps[:, :-1])


@compiled
def _count_jobs(
    gang_of_window: IndexArray,
    job_first: IntArray,
    start_first: IndexArray,
    start_last: IndexArray,
    duration: IndexArray,
    row_of_job: IntArray,
    gang_of_lane: IndexArray,
    lane_first: IntArray,
    first_slot: IndexArray,
    goes_on: BoolArray,
    end_slot: IndexArray,
    open_slots: BoolArray,
    open_row: IndexArray,
    steps: IndexArray,
) -> None:
    """Count each job once in every slot that some run or piece of the gang may cover.

    A piece may lie in any open slot of its lane from the first in which any lane of the job may begin.
    """
    slot_count = steps.shape[1] - 1
    counted = np.full(steps.shape, -1, dtype=np.int32)
    for job in range(len(job_first) - 1):
        for w in range(job_first[job], job_first[job + 1]):
            gang = gang_of_window[w]
            for t in range(start_first[w], min(slot_count, start_last[w] + duration[w])):
                if counted[gang, t] != job:
                    counted[gang, t] = job
                    steps[gang, t] += 1
                    steps[gang, t + 1] -= 1
        row = row_of_job[job]
        if row < 0:
            continue
        first = slot_count
        for i in range(lane_first[row], lane_first[row + 1]):
            first = 0 if goes_on[i] else min(first, first_slot[i])
        for i in range(lane_first[row], lane_first[row + 1]):
            gang = gang_of_lane[i]
            for t in range(first, end_slot[i]):
                if open_slots[open_row[i], t] and counted[gang, t] != job:
                    counted[gang, t] = job
                    steps[gang, t] += 1
                    steps[gang, t + 1] -= 1
