"""The jobs of a pricing table that may run in pieces, in blocks of about equal work, one a thread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.columns.table import Columns, IntArray
from optimizer.engines.price.pieces.path_table import PathScratch, PathTable, path_scratch, path_table

#: A thread costs about 0.1 ms a pricing, as much as some lanes.
LANES_WORTH_A_THREAD = 200


@dataclass(frozen=True, slots=True)
class LaneTable:
    """Rows of ``paths`` that are priced, each with its place among the table's jobs; float scratch of each block."""

    slot_count: int
    paths: PathTable
    rows: IntArray  # [F'] ascending
    position: IntArray  # [F'] index of the row's job among the jobs priced
    cuts: tuple[int, ...]  # block b holds rows[cuts[b]:cuts[b + 1]]
    scratch: tuple[PathScratch, ...]

    def restricted(self, jobs: IntArray) -> LaneTable:
        """The same for those of ``jobs`` (ascending) among them, on the same scratch: one of the two at a time."""
        return _of_jobs(self.slot_count, self.paths, jobs, self.scratch)


def lane_table(columns: Columns, jobs: IntArray, thread_count: int) -> LaneTable | None:
    """None where no job of ``columns`` has an itinerary."""
    paths = path_table(columns.lanes)
    if not len(paths.lane):
        return None
    blocks = max(1, min(thread_count, len(paths.lane) // LANES_WORTH_A_THREAD))
    scratch = tuple(path_scratch(paths, columns.slot_count, np.float64) for _ in range(blocks))
    return _of_jobs(columns.slot_count, paths, jobs, scratch)


def _of_jobs(slot_count: int, paths: PathTable, jobs: IntArray, scratch: tuple[PathScratch, ...]) -> LaneTable:
    block_count = len(scratch)
    rows = np.flatnonzero(np.isin(paths.job, jobs) & (np.diff(paths.component_first) > 0))
    first = paths.component_first[rows]
    last = paths.component_first[rows + 1]
    done = np.cumsum(paths.lane_first[last] - paths.lane_first[first])
    total = int(done[-1]) if len(done) else 0
    inner = np.searchsorted(done, [total * b // block_count for b in range(1, block_count)], side="left")
    cuts = (0, *(int(cut) for cut in inner), len(rows))
    return LaneTable(slot_count, paths, rows, np.searchsorted(jobs, paths.job[rows]), cuts, scratch)
