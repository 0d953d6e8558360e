"""The dive: place jobs in small batches, largest gangs first, while the prices follow what is left.

Prices for the whole fleet lose their meaning as a plan fills: what ties in the relaxation piles up in one slot, and what is
left of it is worth more than before. So after every batch the others are repriced against the residual, by a few steps of one
ascent that never starts afresh. It pays from some thousand jobs on and hurts below, so callers keep the better of the dive and
the plain list schedule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from optimizer.columns.table import IndexArray, IntArray
from optimizer.engines.price.bound.bounding import share_of_rest
from optimizer.engines.price.bound.dual import DualAscent, DualPoint
from optimizer.engines.price.bound.kernel import Prices, PricingTable, best_columns
from optimizer.engines.price.jit import compiled
from optimizer.engines.price.plans.plant_guide import guided_by
from optimizer.engines.price.plans.schedule import JobOrder, Plan, list_schedule, mark_jobs
from optimizer.engines.price.tables import FloatArray, Tables, merge_prices
from optimizer.interrupt import GiveWay, never

#: A size class holds at least this share of the jobs; smaller ones join the next.
SMALLEST_CLASS = 0.02
#: Batches of a dive where time allows, and evaluations after each at least.
BATCH_COUNT = 100
LEAST_EVALUATIONS = 2
#: Evaluations before the first batch, in which the ascent finds the scale of each limit's slope.
WARM_UP_EVALUATIONS = 60
WARM_UP_SHARE = 0.1
#: Steps of the repricing at the first and at the last batch, in units of a price; geometric in between.
FIRST_STEP, LAST_STEP = 0.002, 0.0003


def dive(
    plan: Plan,
    table: PricingTable,
    point: DualPoint,
    evaluation_count: int | None = None,
    share: Callable[[], float] = lambda: 0.0,
    give_way: GiveWay = never,
    least: float = -np.inf,
) -> Plan:
    """A plan that extends ``plan`` batch by batch, from the prices of ``point``.

    Once the bound on what is left says that no plan will be worth more than ``least`` micro-units, the dive ends unfinished;
    not beside a plant or share floors.

    ``share()`` is how much of the time has passed, from 0 to 1: with it batches grow and ``evaluation_count`` shrinks so
    that the dive ends in time. When it reaches 1, what is left is placed at the prices there are. A caller without a clock
    gets every evaluation. By default there are as many in all as ``table`` has jobs: more are worth the time only where jobs
    are many.
    """
    plan = plan.copy()
    jobs = _placing_order(plan, table, point)
    if evaluation_count is None:
        evaluation_count = max(LEAST_EVALUATIONS, len(table.jobs) // BATCH_COUNT)
    repricing = _Repricing(plan, table, point, give_way)
    repricing.follow(FIRST_STEP, WARM_UP_EVALUATIONS, partial(_reached, share, WARM_UP_SHARE))
    share = share_of_rest(share)
    low = 0
    while low < len(jobs):
        passed = share()
        if passed >= 1.0:
            break
        high = max(low + 1, low + len(jobs) // BATCH_COUNT, int(passed * len(jobs)))
        _place(plan, table, jobs[low:high], repricing.point, give_way)
        low = min(high, len(jobs))
        done = low / len(jobs)
        repricing.follow(FIRST_STEP * (LAST_STEP / FIRST_STEP) ** done, evaluation_count, partial(_reached, share, done))
        if plan.objective + repricing.bound <= least:
            return plan
    return filled(plan, table, repricing.point, give_way)


def filled(plan: Plan, table: PricingTable, point: DualPoint, give_way: GiveWay = never) -> Plan:
    """``plan`` with what still finds room in it at the prices of ``point``, most gain first."""
    plan = plan.copy()
    plan.tables, point = guided_by(table.columns, plan.tables, point)
    merged = merge_prices(plan.tables, point.limit)
    order = mark_jobs(plan.tables, merged, point.budget, give_way).order(plan.tables, JobOrder.REDUCED_VALUE)
    list_schedule(plan, order, merged, point.budget, give_way=give_way)
    return plan


def _reached(share: Callable[[], float], goal: float) -> bool:
    return share() >= goal


class _Repricing:
    """Prices that follow ``plan`` as it fills."""

    def __init__(self, plan: Plan, table: PricingTable, point: DualPoint, give_way: GiveWay) -> None:
        self._plan, self._table = plan, table
        # what is left is priced job by job, whatever ties it
        alone = replace(table, tied=None)
        self._ascent = DualAscent(alone, start=replace(point, row=np.zeros(0)), give_way=give_way)

    @property
    def point(self) -> DualPoint:
        return self._ascent.average_point

    @property
    def bound(self) -> float:
        """No more than so much can be gained from here, in micro-units; says nothing where other things earn beside jobs."""
        columns = self._table.columns
        return np.inf if len(columns.floors) or not columns.plant.is_empty else self._ascent.best_bound

    def follow(self, step: float, most: int, late: Callable[[], bool]) -> None:
        """Price the jobs not in the plan against what it leaves, until ``late()`` or ``most`` evaluations."""
        rest = np.flatnonzero(self._plan.window == -1)
        residual = unmerge_residual(self._plan, self._table.columns.capacity)
        self._ascent.narrow(self._table.restricted(rest), residual, self._plan.budget_left, self._plan.share_left)
        for count in range(most):
            if count >= LEAST_EVALUATIONS and late():
                return
            self._ascent.drift(1, step)


def _place(plan: Plan, table: PricingTable, jobs: IndexArray, point: DualPoint, give_way: GiveWay) -> None:
    """List those of ``jobs`` that gain at the prices of ``point``, and the mandatory ones, most gain first."""
    chosen = np.sort(jobs).astype(np.int64)
    profit = best_columns(table.restricted(chosen), Prices(point.limit, point.budget, floor=point.floor)).profit
    plan.tables, point = guided_by(table.columns, plan.tables, point)
    first = np.lexsort((-profit, plan.tables.bonus[chosen] == 0))
    list_schedule(
        plan, chosen[first].astype(np.int32), merge_prices(plan.tables, point.limit), point.budget, floor=0.0, give_way=give_way
    )


def _placing_order(plan: Plan, table: PricingTable, point: DualPoint) -> IndexArray:
    """The jobs to place: mandatory ones, then class by class, and within a class those that gain most first."""
    profit = best_columns(table, Prices(point.limit, point.budget, floor=point.floor)).profit
    rank = np.zeros(len(profit))
    for number, jobs in enumerate(size_classes(plan.tables)):
        rank[jobs] = number
    rank[plan.tables.bonus > 0] = -1
    order = np.lexsort((-profit, rank))
    chosen: IndexArray = order[(plan.window[order] == -1) & np.isfinite(profit[order])].astype(np.int32)
    return chosen


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
