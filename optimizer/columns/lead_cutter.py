"""Cuts what runs take of links before they start: the starts that a link alone leaves open, and the leads of windows."""

from __future__ import annotations

import numpy as np

from optimizer.arrays import IndexArray, IntArray
from optimizer.columns.lanes import Lanes
from optimizer.columns.leads import Leads
from optimizer.columns.table import Columns
from optimizer.columns.templates import runs
from optimizer.columns.transfers import Checkpoints, Staging
from optimizer.exact.links import NO_WAY_TO_GO, Way
from optimizer.exact.problem import ExactJob, ExactProblem


def spans_within_links(
    limit: IntArray, slots: IntArray, rate: IntArray, first: IndexArray, last: IndexArray, capacity: IntArray
) -> list[tuple[int, int, int]] | None:
    """(window, first start, last start) of the starts of each window before which its link alone carries the transfer.

    None where that is all of them. ``limit`` is -1 where a window takes no link.
    """
    least = np.append(capacity.min(axis=1), np.iinfo(np.int64).max)
    tight = rate > least[limit]
    if not tight.any():
        return None
    spans = []
    for w, (begin, end) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        if not tight[w]:
            spans.append((w, begin, end))
            continue
        blocked = np.concatenate(([0], np.cumsum(capacity[limit[w]] < rate[w])))
        starts = np.arange(begin, end + 1)
        free = blocked[starts] == blocked[starts - slots[w]]
        spans += [(w, begin + low, begin + high - 1) for low, high in runs(free)]
    return spans


def cut_leads(
    staging: Staging,
    checkpoints: Checkpoints,
    job: IndexArray,
    site: IntArray,
    way: IndexArray,
    lanes: Lanes,
) -> Leads:
    """What windows of ``job`` at ``site`` take before they start when their data comes by ``way``, and what lanes do."""
    data = staging.row_of_job
    at = data[job], site, np.maximum(way, 0)
    limit = np.where(way >= 0, staging.limit[at], -1)
    job_of_lane = np.repeat(lanes.job, np.diff(lanes.lane_first))
    first_way = data[job_of_lane], lanes.site, np.zeros(len(job_of_lane), dtype=np.int64)
    return Leads(
        limit=limit.astype(np.int32),
        slots=np.where(limit >= 0, staging.slots[at], 0).astype(np.int32),
        amount=np.where(limit >= 0, staging.rate[at], 0),
        way=way,
        lane_limit=staging.limit[first_way].astype(np.int32),
        lane_slots=np.maximum(0, staging.slots[first_way]).astype(np.int32),
        lane_amount=staging.rate[first_way],
        checkpoint_limit=checkpoints.limit,
        checkpoint_amount=checkpoints.rate,
    )


def way_of_window(problem: ExactProblem, columns: Columns, job: ExactJob, window: int) -> Way:
    """How the data of a run of ``window`` comes, as far as links with a capacity say; no way to go where they do not."""
    way = int(columns.leads.way[window]) if len(columns.leads) else -1
    return problem.data_ways(job, problem.sites[columns.site[window]])[way] if way >= 0 else NO_WAY_TO_GO


def data_from(problem: ExactProblem, columns: Columns, job: ExactJob, window: int) -> str:
    """Where a run of ``window`` takes its job's data from; empty where that is the cheapest way."""
    is_dearer = len(columns.leads) > 0 and columns.leads.way[window] > 0
    return way_of_window(problem, columns, job, window).from_site if is_dearer else ""


def comes_from(problem: ExactProblem, columns: Columns, job: ExactJob, window: int, site: str) -> bool:
    """Whether a run of ``window`` is what an assignment with ``data_from`` that says ``site`` means."""
    is_dearer = len(columns.leads) > 0 and columns.leads.way[window] > 0
    if not site:
        return not is_dearer
    way = way_of_window(problem, columns, job, window)
    return way.from_site == site if way.slots else not is_dearer
