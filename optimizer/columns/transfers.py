"""How data comes to each site, as tables: data sets before a run, by way, and checkpoints within one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from optimizer.arrays import IndexArray, IntArray, no_indices, no_ints
from optimizer.columns.way_tables import LinkTable, WayTable, limit_of
from optimizer.exact.problem import ExactJob, ExactProblem
from optimizer.interrupt import GiveWay, never, paced
from optimizer.limits import LimitLabel

#: A table's row: the sites with copies (None: nothing has to come) and the size in GB.
DataKey = tuple[tuple[str, ...] | None, float]


@dataclass(frozen=True, slots=True)
class Staging:
    """By row, site and way, ``[rows, sites, ways]``, the cheapest way first.

    ``slots`` (-1: there is no such way) and ``cost`` (micro-units) of each; ``limit`` is the row of its link among the slot
    limits (-1: the link has no capacity) and ``rate`` what it takes of that, in MB per hour.
    """

    rows: dict[DataKey, int]
    slots: IntArray
    cost: IntArray
    limit: IntArray
    rate: IntArray

    #: The row of each job ``[J]``.
    row_of_job: IntArray

    @classmethod
    def of(cls, problem: ExactProblem, links: LinkTable, give_way: GiveWay = never) -> Staging:
        """Of the jobs of ``problem``, over ``links``, those of its fleet."""
        rows: dict[DataKey, int] = {}
        row_of_job = np.array([rows.setdefault(_key(job), len(rows)) for job in paced(problem.jobs, give_way)], dtype=np.int64)
        with_data = [(sites, size_gb) for sites, size_gb in rows if sites is not None]
        if not with_data:
            return cls(rows, *links.without_data, row_of_job)
        found = links.ways([sites for sites, _ in with_data], [size_gb for _, size_gb in with_data], give_way)
        give_way()
        if len(with_data) == len(rows):
            return cls(rows, *found, row_of_job)
        table = WayTable.empty(len(rows), len(problem.sites), found.slots.shape[2])
        # without data nothing has to come anywhere
        table.slots[:, :, 0] = 0
        row = np.array([row for (sites, _), row in rows.items() if sites is not None], dtype=np.int64)
        for part, own in zip(table, found, strict=True):
            part[row] = own
        return cls(rows, *table, row_of_job)

    def row(self, job: ExactJob) -> int:
        return self.rows[_key(job)]

    @property
    def way_count(self) -> int:
        """The most ways that any data has to any site."""
        return int(self.slots.shape[2])


def _key(job: ExactJob) -> DataKey:
    return job.data_sites, job.data_size_gb


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """By size and by the sites from and to, ``[sizes, sites, sites]``, as in `Staging`; one row a size."""

    rows: dict[float, int]
    slots: IndexArray
    cost: IntArray
    limit: IndexArray
    rate: IntArray

    @classmethod
    def of(cls, problem: ExactProblem, labels: Mapping[LimitLabel, int]) -> Checkpoints:
        sizes = dict.fromkeys([_checkpoint_gb(job) for job in problem.jobs if job.may_run_in_pieces])
        if not sizes:
            return NO_CHECKPOINTS
        shape = len(sizes), len(problem.sites), len(problem.sites)
        tables = cls(
            rows={size_gb: row for row, size_gb in enumerate(sizes)},
            slots=no_indices(*shape),
            cost=no_ints(*shape),
            limit=np.full(shape, -1, dtype=np.int32),
            rate=no_ints(*shape),
        )
        for size_gb, row in tables.rows.items():
            for origin in problem.sites if size_gb else ():
                for site in problem.sites:
                    way = problem.checkpoint_way(size_gb, origin, site)
                    at = row, origin.index, site.index
                    tables.slots[at], tables.cost[at] = (-1, 0) if way is None else (way.slots, way.cost_micros)
                    if way is not None:
                        tables.limit[at], tables.rate[at] = limit_of(way, labels), way.mb_per_hour
        return tables

    def row(self, job: ExactJob) -> int:
        """The row of a job that may run in pieces."""
        return self.rows[_checkpoint_gb(job)]


NO_CHECKPOINTS = Checkpoints({}, no_indices(0, 0, 0), no_ints(0, 0, 0), no_indices(0, 0, 0), no_ints(0, 0, 0))


def _checkpoint_gb(job: ExactJob) -> float:
    """A job that stays in its pool has nothing to bring anywhere."""
    moves = job.preemption is not None and job.preemption.may_resume_elsewhere
    return job.preemption.checkpoint_size_gb if job.preemption is not None and moves else 0.0
