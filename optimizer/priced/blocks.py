"""The blocks in which the bound of a certificate is added up: groups that share a key, and single jobs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.accounting import grouping
from optimizer.exact.problem import ExactJob, ExactPool, ExactProblem
from optimizer.priced.columns import PricedColumns
from optimizer.priced.itineraries import PricedItineraries
from optimizer.problem import GroupKind


@dataclass(frozen=True, slots=True)
class Block:
    """Jobs whose placed runs share a key of ``kind``; one job alone needs none."""

    jobs: tuple[ExactJob, ...]
    kind: GroupKind | None
    pools: tuple[ExactPool, ...]

    @property
    def what(self) -> str:
        if len(self.jobs) == 1:
            return f"job {self.jobs[0].name!r}"
        return f"a job of the group of {self.jobs[0].name!r}"

    def best(self, columns: PricedColumns, itineraries: PricedItineraries) -> int | None:
        """The most the block is worth after it has paid; None where its mandatory jobs cannot all run with one key."""
        totals: list[int] = []
        bests = [columns.best_by_pool(job, itineraries.gang_slots(job)) for job in self.jobs]
        for pools in self._pools_by_key():
            by_job = [
                _best(columns, itineraries, job, pools, max((best[p] for p in pools if p in best), default=None))
                for job, best in zip(self.jobs, bests, strict=True)
            ]
            if all(best is not None or not job.mandatory for job, best in zip(self.jobs, by_job, strict=True)):
                totals.append(sum(_counted(columns, job, best) for job, best in zip(self.jobs, by_job, strict=True)))
        return max(totals, default=None)

    def _pools_by_key(self) -> list[list[int]]:
        if self.kind is None or not self.pools:
            return [[pool.index for pool in self.pools]]
        pools: dict[int, list[int]] = {}
        for pool in self.pools:
            pools.setdefault(grouping.key(self.kind, pool), []).append(pool.index)
        return list(pools.values())


def _best(
    columns: PricedColumns, itineraries: PricedItineraries, job: ExactJob, pools: list[int], column: int | None
) -> int | None:
    """The better of the job's best ``column`` and its best itinerary on ``pools``."""
    options = [] if job.mandatory else [columns.left_out(job)]
    options += [] if column is None else [column]
    itinerary = itineraries.best(job, pools, max(options, default=None))
    return column if itinerary is None else max(itinerary, itinerary if column is None else column)


def _counted(columns: PricedColumns, job: ExactJob, best: int | None) -> int:
    if best is None:
        return columns.left_out(job)
    return best if job.mandatory else max(columns.left_out(job), best)


def blocks(problem: ExactProblem) -> Iterator[Block]:
    """Every job in one block: that of the first group it shares a key with, or its own."""
    jobs = {job.name: job for job in problem.jobs}
    taken: set[str] = set()
    for group in grouping.together(problem):
        members = tuple(jobs[name] for name in group.jobs if name in jobs and name not in taken)
        taken.update(job.name for job in members)
        if members:
            yield Block(members, group.kind, problem.pools)
    for job in problem.jobs:
        if job.name not in taken:
            yield Block((job,), None, problem.pools)
