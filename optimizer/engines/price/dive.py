"""The dive: place jobs by size class, largest gangs first, and reprice the others on what is left after each class.

Repricing is the gain, not the order: prices for the whole fleet overcharge what the large gangs leave free. It pays from
some thousand jobs on and hurts below, so callers keep the better of the dive and the plain list schedule.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from optimizer.columns import IndexArray, IntArray
from optimizer.engines.price.dual import DualAscent, DualPoint
from optimizer.engines.price.interrupt import GiveWay, never
from optimizer.engines.price.jit import compiled
from optimizer.engines.price.kernel import PricingTable
from optimizer.engines.price.schedule import JobOrder, Plan, list_schedule, mark_jobs
from optimizer.engines.price.tables import FloatArray, Tables, merge_prices

#: A size class holds at least this share of the jobs; smaller ones join the next.
SMALLEST_CLASS = 0.02


def dive(
    plan: Plan,
    table: PricingTable,
    point: DualPoint,
    evaluation_count: int = 60,
    stopping: Callable[[], bool] = lambda: False,
    give_way: GiveWay = never,
) -> Plan:
    """A plan that extends ``plan`` class by class, from the prices of ``point``; ``evaluation_count`` each repricing.

    When asked to stop it places what is left at the prices it has.
    """
    plan = plan.copy()
    columns, tables = table.columns, plan.tables
    for jobs in size_classes(tables):
        give_way()
        merged = merge_prices(tables, point.limit)
        order = mark_jobs(tables, merged, point.budget, give_way).order(tables, JobOrder.REDUCED_VALUE)
        list_schedule(plan, order[np.isin(order, jobs)], merged, point.budget, floor=0.0, give_way=give_way)
        rest = np.flatnonzero(plan.window < 0)
        if len(rest) == 0 or stopping():
            continue
        residual = unmerge_residual(plan, columns.capacity)
        ascent = DualAscent(
            table.restricted(rest),
            start=DualPoint(point.limit, point.budget, np.zeros(0)),
            capacity=residual,
            budget_capacity=plan.budget_left,
            residual=residual,
            give_way=give_way,
        )
        ascent.run(evaluation_count, stopping)
        point = ascent.best_point
    merged = merge_prices(tables, point.limit)
    order = mark_jobs(tables, merged, point.budget, give_way).order(tables, JobOrder.REDUCED_VALUE)
    list_schedule(plan, order, merged, point.budget, give_way=give_way)
    return plan


def size_classes(tables: Tables) -> list[IndexArray]:
    """Jobs by the share of a limit that their least demanding window takes, in powers of two, largest first."""
    size = job_sizes(tables)
    jobs = np.flatnonzero(size > 0.0)
    if not len(jobs):
        return [np.arange(len(size), dtype=np.int32)]
    octave = np.floor(np.log2(size[jobs])).astype(np.int64)
    classes: list[IndexArray] = []
    pending: list[IntArray] = []
    for level in np.unique(octave)[::-1]:
        pending.append(jobs[octave == level])
        if sum(map(len, pending)) >= SMALLEST_CLASS * len(jobs):
            classes.append(np.concatenate(pending).astype(np.int32))
            pending = []
    if pending:
        classes.append(np.concatenate(pending).astype(np.int32))
    return classes


def job_sizes(tables: Tables) -> FloatArray:
    """Largest share of a limit's mean capacity that the least demanding window of each job takes; ``[J]``."""
    return _job_sizes(tables, 1.0 / np.maximum(1.0, tables.capacity.mean(axis=1)))


@compiled
def _job_sizes(tables: Tables, scarcity: FloatArray) -> FloatArray:
    size = np.zeros(len(tables.bonus))
    for job in range(len(size)):
        least = np.inf
        for w in range(tables.job_first[job], tables.job_first[job + 1]):
            share = 0.0
            for k in range(tables.use_first[w], tables.use_first[w + 1]):
                share = max(share, tables.use_amount[k] * scarcity[tables.use_limit[k]])
            least = min(least, share)
        if least < np.inf:
            size[job] = least
    return size


def unmerge_residual(plan: Plan, capacity: IntArray) -> IntArray:
    """What ``plan`` leaves of each limit of the Columns, ``[L, T]``; a limit that cannot bind counts as untouched."""
    taken = plan.tables.capacity - plan.residual
    bound = plan.tables.merged >= 0
    residual = capacity.copy()
    residual[bound] -= taken[plan.tables.merged[bound]]
    return residual
