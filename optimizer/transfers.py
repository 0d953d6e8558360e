"""How long data takes to each site and what that costs, as tables: data sets before a run, checkpoints within one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.arrays import IndexArray, IntArray, no_indices, no_ints
from optimizer.exact import ExactJob, ExactProblem


@dataclass(frozen=True, slots=True)
class Staging:
    """``slots`` and ``cost`` (micro-units) by row and site, ``[rows, sites]``; slots are -1 where the data cannot come."""

    rows: dict[tuple[tuple[str, ...], float], int]
    slots: IntArray
    cost: IntArray

    @classmethod
    def of(cls, problem: ExactProblem) -> Staging:
        rows = {key: row for row, key in enumerate(dict.fromkeys((j.data_sites, j.data_size_gb) for j in problem.jobs))}
        slots = np.zeros((max(1, len(rows)), max(1, len(problem.sites))), dtype=np.int64)
        cost = np.zeros_like(slots)
        links = {
            (held_at, site.name): problem.links_between(held_at, site.name)
            for held_at in {held_at for held_at, _ in rows}
            for site in problem.sites
        }
        for (held_at, size_gb), row in rows.items():
            for site in problem.sites:
                if held_at and site.name not in held_at:
                    found = problem.transfer(size_gb, links[held_at, site.name])
                    slots[row, site.index], cost[row, site.index] = found or (-1, 0)
        return cls(rows, slots, cost)

    def row(self, job: ExactJob) -> int:
        return self.rows[job.data_sites, job.data_size_gb]


def checkpoint_tables(problem: ExactProblem, sizes_gb: Sequence[float]) -> tuple[IndexArray, IntArray]:
    """(slots, micro-units) by size and by the sites from and to, ``[sizes, sites, sites]``; slots -1 where no link leads."""
    count = len(problem.sites)
    slots, cost = no_indices(len(sizes_gb), count, count), no_ints(len(sizes_gb), count, count)
    ways = [(a, b, problem.links_between((a.name,), b.name)) for a in problem.sites for b in problem.sites if a is not b]
    for row, size_gb in enumerate(sizes_gb):
        for origin, site, links in ways if size_gb else ():
            found = problem.transfer(size_gb, links)
            slots[row, origin.index, site.index], cost[row, origin.index, site.index] = found or (-1, 0)
    return slots, cost
