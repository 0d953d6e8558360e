"""The windows of some jobs as pricing reads them: by profile, so that the prefix sums of one serve all its windows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from optimizer.columns.table import Columns, IndexArray, IntArray
from optimizer.columns.ties import Floors
from optimizer.engines.price.bound.prices import FloatArray
from optimizer.engines.price.bound.profiles import Profiles

#: What a profile's prefix sums, and each further start of a window, take of the time that a window takes.
PROFILE_WORK, STARTS_WORK = 15.0, 0.006


@dataclass(frozen=True, slots=True)
class WindowLayout:
    """Windows sorted by profile, with all that pricing reads of them in that order.

    Within a profile those with as many starts before and after the due slot stand together: what is alike is guessed right.
    """

    jobs: IntArray  # [J'] the jobs they belong to, ascending
    window: IndexArray  # [W']
    profile: IndexArray
    position: IndexArray  # of the window's job in ``jobs``
    start_first: IndexArray
    start_last: IndexArray
    duration: IndexArray
    base: FloatArray
    due_slot: IndexArray  # [J']
    tardiness_cost: FloatArray  # [J']
    floors: Floors  # over the windows, in their order

    def __len__(self) -> int:
        return len(self.window)

    def base_at(self, floor_price: FloatArray) -> FloatArray:
        """``base`` and what the share floors pay for a run of each window; ``[W']``."""
        if not len(self.floors) or not floor_price.any():
            return self.base
        return self.base + self.floors.credit(floor_price, len(self.base))

    def restricted(self, columns: Columns, jobs: IntArray) -> WindowLayout:
        """The windows of ``jobs`` alone, ascending and all among those laid out."""
        place = np.full(len(self.jobs), -1, dtype=np.int32)
        place[np.searchsorted(self.jobs, jobs)] = np.arange(len(jobs), dtype=np.int32)
        kept = np.flatnonzero(place[self.position] >= 0)
        return _laid_out(columns, jobs, self.window[kept], self.profile[kept], place[self.position[kept]])

    def parts(self, count: int) -> tuple[tuple[int, int], ...]:
        """``[first, last)`` of at most ``count`` parts of about equal pricing work."""
        if not len(self):
            return ()
        new = np.diff(self.profile, prepend=-1) != 0
        work = np.cumsum(1.0 + STARTS_WORK * (self.start_last - self.start_first) + PROFILE_WORK * new)
        cuts = [0, *np.searchsorted(work, work[-1] * np.arange(1, count) / count).tolist(), len(self)]
        return tuple((low, high) for low, high in itertools.pairwise(cuts) if low < high)


def window_layout(columns: Columns, profiles: Profiles, jobs: IntArray) -> WindowLayout:
    """The windows of ``jobs``, ascending, but for those that take links before they start."""
    first, counts = columns.job_first[jobs], np.diff(columns.job_first)[jobs]
    position = np.repeat(np.arange(len(jobs), dtype=np.int32), counts)
    window = np.arange(int(counts.sum()), dtype=np.int64) + np.repeat(first - (np.cumsum(counts) - counts), counts)
    if len(columns.leads):
        plain = columns.leads.limit[window] < 0
        window, position = window[plain], position[plain]
    order = np.argsort(_likeness(columns, window, profiles.of_window[window]), kind="stable")
    window, position = window[order].astype(np.int32), position[order]
    return _laid_out(columns, jobs, window, profiles.of_window[window], position)


def _likeness(columns: Columns, window: IntArray, profile: IndexArray) -> IntArray:
    """A number by which windows are sorted: profile, starts before the first that is late, starts in all."""
    job, first = columns.job[window], columns.start_first[window]
    starts = columns.start_last[window] - first + 1
    in_time = np.clip(columns.due_slot[job] - columns.duration[window] - first + 1, 0, starts)
    in_time = np.where(columns.tardiness_cost[job] > 0, in_time, starts)
    most = columns.slot_count + 2
    likeness: IntArray = (profile.astype(np.int64) * most + in_time) * most + starts
    return likeness


def _laid_out(columns: Columns, jobs: IntArray, window: IndexArray, profile: IndexArray, position: IndexArray) -> WindowLayout:
    return WindowLayout(
        jobs,
        window,
        profile,
        position,
        columns.start_first[window],
        columns.start_last[window],
        columns.duration[window],
        columns.base[window].astype(np.float64),
        columns.due_slot[jobs],
        columns.tardiness_cost[jobs].astype(np.float64),
        columns.floors.of_windows(window),
    )
