"""Which column of a job comes nearest to running beside a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from optimizer.columns.candidates import Candidates
from optimizer.columns.lead_cutter import way_of_window
from optimizer.columns.table import IntArray
from optimizer.columns.templates import runs
from optimizer.exact.problem import ExactJob
from optimizer.explain.misses import Miss, Residual


def nearest_column(found: Candidates, beside: Residual, job: ExactJob, worth: Callable[[int], IntArray]) -> Miss | None:
    """The miss of the column of ``job`` that lacks least ``beside`` a plan; None where one lacks nothing.

    Only columns that are worth running count: ``worth`` says what each start of a window adds.
    """
    nearest: Miss | None = None
    for window, starts in paying_starts(found, job, worth):
        mode, pool = job.modes[found.columns.mode[window]], found.problem.pools[found.columns.pool[window]]
        miss = beside.lacking(job, mode, pool, starts, way_of_window(found.problem, found.columns, job, window))
        if miss is None:
            return None
        if nearest is None or miss.severity < nearest.severity:
            nearest = miss
    return nearest


def paying_starts(found: Candidates, job: ExactJob, worth: Callable[[int], IntArray]) -> Iterator[tuple[int, range]]:
    """(window, starts) of the columns of ``job`` that add something to the objective; all of them where it must run."""
    columns = found.columns
    for window in range(int(columns.job_first[job.index]), int(columns.job_first[job.index + 1])):
        first = int(columns.start_first[window])
        for begin, end in runs((worth(window) > 0) | job.mandatory):
            yield window, range(first + begin, first + end)
