"""Gangs: what a run uses of the slot limits, whatever job, energy price or budget is behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.columns import Columns, IndexArray, IntArray
from optimizer.engines.price.jit import compiled
from optimizer.engines.price.kernel import FloatArray
from optimizer.engines.price.profiles import Profiles


@dataclass(frozen=True, slots=True)
class Gangs:
    """``G`` distinct uses of the slot limits. Profiles that differ only in power or budgets share a gang."""

    of_profile: IndexArray  # [P]
    use: IntArray  # [G, L]
    job_count: IntArray  # [G, T] jobs with a column of the gang that runs in the slot

    def activity(self, of_profiles: FloatArray) -> FloatArray:
        """``of_profiles[P, T]`` summed over the profiles of each gang; shape ``[G, T]``."""
        total = np.zeros((len(self.use), of_profiles.shape[1]))
        np.add.at(total, self.of_profile, of_profiles)
        return total


def gangs_of(columns: Columns, profiles: Profiles) -> Gangs:
    uses = np.zeros((profiles.count, len(columns.limits)), dtype=np.int64)
    for profile, window in enumerate(profiles.representative):
        limit, amount = columns.uses(int(window))
        uses[profile, limit] = amount
    use, inverse = np.unique(uses, axis=0, return_inverse=True)
    of_profile: IndexArray = inverse.ravel().astype(np.int32)
    steps = np.zeros((len(use), columns.slot_count + 1), dtype=np.int64)
    _count_jobs(of_profile[profiles.of_window], columns.job, columns.start_first, columns.start_last, columns.duration, steps)
    return Gangs(of_profile, use, np.cumsum(steps, axis=1)[:, :-1])


@compiled
def _count_jobs(
    gang: IndexArray,
    job: IndexArray,
    start_first: IndexArray,
    start_last: IndexArray,
    duration: IndexArray,
    steps: IntArray,
) -> None:
    """Count each job once in every slot that some run of the gang covers; windows come job by job."""
    slot_count = steps.shape[1] - 1
    counted = np.full(steps.shape, -1, dtype=np.int32)
    for w in range(len(job)):
        for t in range(start_first[w], min(slot_count, start_last[w] + duration[w])):
            if counted[gang[w], t] != job[w]:
                counted[gang[w], t] = job[w]
                steps[gang[w], t] += 1
                steps[gang[w], t + 1] -= 1
