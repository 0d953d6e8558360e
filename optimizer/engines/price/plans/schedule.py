"""Plans, and price-guided list scheduling: jobs in an order, each at its best fitting column by worth less priced use.

Without prices the guide is static: every limit gets one price for all slots, from how overloaded it is. That is a
complete, quick greedy heuristic by itself and the start of everything that improves a plan.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from optimizer.columns.table import Columns, IndexArray, IntArray
from optimizer.engines.price.chunk_sizes import JOB_CHUNK
from optimizer.engines.price.jit import compiled
from optimizer.engines.price.plans.plan import Plan as Plan
from optimizer.engines.price.plans.residual import (
    NEVER,
    ScoreArray,
    best_metered_start,
    best_start,
    column_worth,
    heat_gain,
    heat_of,
    is_simple,
    kernel,
    occupy,
    score_window,
)
from optimizer.engines.price.plans.shares import count_share, share_gain
from optimizer.engines.price.tables import FleetTables, FloatArray, Tables, build_tables, merge_prices
from optimizer.engines.price.ties.tied import (
    at_least_successors,
    first_start,
    is_tied,
    key_fits,
    last_end,
    predecessors_first,
    successors,
)
from optimizer.interrupt import GiveWay, chunks, never

NO_PRICES = np.zeros((0, 0))
NO_BUDGET_PRICES = np.zeros(0)


class JobOrder(StrEnum):
    """In which order a list schedule places jobs; mandatory jobs always come first."""

    REDUCED_VALUE = "reduced_value"  # largest worth less priced use first
    VALUE = "value"  # largest worth first
    DENSITY = "density"  # largest worth per priced use first
    SIZE = "size"  # largest priced use first


@dataclass(frozen=True, slots=True)
class JobMarks:
    """Each job's best column at given prices, ignoring the other jobs; shapes ``[J]``, micro-units."""

    worth: FloatArray
    priced_use: FloatArray

    def order(self, tables: Tables, by: JobOrder) -> IndexArray:
        """Jobs in order of placement; those without a column that pays are left out."""
        key = {
            JobOrder.REDUCED_VALUE: self.worth - self.priced_use,
            JobOrder.VALUE: self.worth,
            JobOrder.DENSITY: self.worth / np.maximum(self.priced_use, 1.0),
            JobOrder.SIZE: self.priced_use,
        }[by]
        if by in (JobOrder.VALUE, JobOrder.REDUCED_VALUE):
            key = at_least_successors(tables, key)
        order = np.lexsort((-key, tables.bonus == 0))
        return order[np.isfinite(self.worth[order])].astype(np.int32)


def static_prices(tables: Tables) -> FloatArray:
    """Prices ``[M, T]`` constant in time: the fleet's value spread over the limits by their load.

    A limit's load is what all jobs would take of it at their least demanding windows, over its capacity; a limit that
    is not overloaded is free.
    """
    demand, value = _demand(tables, 1.0 / np.maximum(1.0, tables.capacity.mean(axis=1)))
    supply = np.maximum(1.0, tables.capacity.sum(axis=1))
    load = demand / supply
    share = np.maximum(0.0, load - 1.0)
    if not share.any():
        share = load**4
    if not share.any():
        return np.zeros(tables.capacity.shape)
    level = value / max(1.0, float(load.max())) * share / share.sum() / supply
    return np.repeat(level[:, None], tables.capacity.shape[1], axis=1)


@compiled
def _demand(tables: Tables, scarcity: FloatArray) -> tuple[FloatArray, float]:
    """(unit-slots of each limit over all jobs at their least demanding windows ``[M]``, value of those jobs)."""
    demand = np.zeros(len(scarcity))
    value = 0.0
    for job in range(len(tables.bonus)):
        least, best = np.inf, -1
        worth = 0.0
        for w in range(tables.job_first[job], tables.job_first[job + 1]):
            size = 0.0
            for k in range(tables.use_first[w], tables.use_first[w + 1]):
                size += scarcity[tables.use_limit[k]] * max(0, tables.use_amount[k])
            worth = max(worth, float(tables.base[w]))
            if size * tables.duration[w] < least:
                least, best = size * tables.duration[w], w
        if best >= 0:
            value += worth
            for k in range(tables.use_first[best], tables.use_first[best + 1]):
                demand[tables.use_limit[k]] += tables.duration[best] * max(0, tables.use_amount[k])
    return demand, value


def mark_jobs(tables: Tables, prices: FloatArray, budget_prices: FloatArray, give_way: GiveWay = never) -> JobMarks:
    """Worth and priced use of each job's best column at ``prices`` ``[M, T]``; ``-inf`` where none pays."""
    job_count, slot_count = len(tables.bonus), tables.energy_prefix.shape[1]
    marks = JobMarks(np.full(job_count, -np.inf), np.zeros(job_count))
    scores = np.empty(slot_count, dtype=np.float32)
    prefix = np.zeros(slot_count)
    for first, last in chunks(job_count, JOB_CHUNK, give_way):
        _mark_jobs(tables, prices, budget_prices, first, last, prefix, scores, marks.worth, marks.priced_use)
    return marks


@kernel
def _mark_jobs(
    tables: Tables,
    prices: FloatArray,
    budget_prices: FloatArray,
    first: int,
    last: int,
    prefix: FloatArray,
    scores: ScoreArray,
    worth: FloatArray,
    priced_use: FloatArray,
) -> None:
    for job in range(first, last):
        best = NEVER
        for w in range(tables.job_first[job], tables.job_first[job + 1]):
            gain = share_gain(tables, tables.share_target, w)
            score = score_window(tables, prices, budget_prices, w, gain, prefix, scores)
            if score > best:
                best = score
                start = tables.start_first[w]
                while scores[start - tables.start_first[w]] != score:
                    start += 1
                worth[job] = column_worth(tables, w, start) + gain + heat_gain(tables, w, start)
                priced_use[job] = worth[job] - score


class BestRates(NamedTuple):
    """The best slot anywhere in the horizon, micro-units per W: an upper bound on any worth there needs no scoring.

    ``lowest[pools]``: what energy and carbon cost at least; ``dearest_heat[S]``: what heat earns at most.
    """

    lowest: FloatArray
    dearest_heat: FloatArray

    @classmethod
    def of(cls, tables: Tables | FleetTables) -> BestRates:
        return cls(np.diff(tables.cost_prefix, axis=1).min(axis=1), np.diff(tables.heat_prefix, axis=1).max(axis=1))


def list_schedule(
    plan: Plan,
    order: IndexArray,
    prices: FloatArray,
    budget_prices: FloatArray,
    floor: float = -np.inf,
    give_way: GiveWay = never,
    rates: BestRates | None = None,
) -> None:
    """Place the unplaced jobs of ``order`` into ``plan``, each at its best fitting column at ``prices`` ``[M, T]``.

    A job that waits for others comes after them, whatever its place in ``order``.

    A job that is not mandatory stays out where that column's reduced value is not above ``floor`` (micro-units).
    ``rates`` are those of the plan's tables, where they are known.
    """
    order = predecessors_first(plan.tables, order)
    slot_count = plan.tables.energy_prefix.shape[1]
    rates = BestRates.of(plan.tables) if rates is None else rates
    prefix, scores = np.zeros(slot_count), np.empty(slot_count, dtype=np.float32)
    for first, last in chunks(len(order), JOB_CHUNK, give_way):
        plan.objective += _list_schedule(
            plan.tables,
            prices,
            budget_prices,
            order[first:last],
            np.float32(floor),
            rates.lowest,
            rates.dearest_heat,
            plan.residual,
            plan.budget_left,
            plan.share_left,
            plan.window,
            plan.start,
            prefix,
            scores,
        )
    if len(plan.tables.ties) and plan.tables.ties[order].any():
        drop_forerunners(plan)


def remove_with_successors(plan: Plan, job: int) -> None:
    """Take out ``job``, if it is placed, and all that waits for it."""
    left = [job]
    while left:
        out = left.pop()
        if plan.window[out] >= 0:
            plan.remove(out)
            left += successors(plan.tables, out)


def drop_forerunners(plan: Plan) -> None:
    """Take out what runs at a loss though nothing placed waits for it."""
    tables = plan.tables
    if not tables.lure.any():
        return
    left = np.flatnonzero((plan.window >= 0) & (tables.lure > 0) & (tables.bonus == 0)).tolist()
    while left:
        idle = [job for job in left if not any(plan.window[other] >= 0 for other in successors(tables, job))]
        losing = [job for job in idle if plan.gain_of(job) < 0]
        for job in losing:
            plan.remove(job)
        left = [job for job in left if plan.window[job] >= 0] if losing else []


@kernel
def _list_schedule(
    tables: Tables,
    prices: FloatArray,
    budget_prices: FloatArray,
    order: IndexArray,
    floor: np.float32,
    lowest_rate: FloatArray,
    dearest_heat: FloatArray,
    residual: IntArray,
    budget_left: IntArray,
    share_left: IntArray,
    window: IndexArray,
    start: IndexArray,
    prefix: FloatArray,
    scores: ScoreArray,
) -> int:
    """``prefix`` and ``scores`` are scratch, ``[T + 1]``; returns the micro-units gained."""
    gained = 0
    for job in order:
        if window[job] != -1:
            continue
        best = NEVER if tables.bonus[job] > 0 else floor
        chosen, chosen_start = -1, -1
        tied = is_tied(tables, job)
        earliest, latest = 0, 0
        if tied:
            earliest, latest = first_start(tables, window, start, job), last_end(tables, window, start, job)
        for w in range(tables.job_first[job], tables.job_first[job + 1]):
            gain = share_gain(tables, share_left, w)
            most = tables.base[w] + gain - lowest_rate[tables.pool[w]] * tables.power_w[w] * tables.duration[w]
            if dearest_heat[tables.site[w]] > 0.0:
                most += dearest_heat[tables.site[w]] * heat_of(tables, w) * tables.duration[w]
            if most <= best or score_window(tables, prices, budget_prices, w, gain, prefix, scores) <= best:
                continue
            first, last = tables.start_first[w], tables.start_last[w]
            if tied:
                if not key_fits(tables, window, job, w):
                    continue
                first, last = max(first, earliest), min(last, latest - tables.duration[w])
            offset = first - tables.start_first[w]
            if not is_simple(tables, w):
                found, best = best_metered_start(tables, residual, budget_left, w, first, last, scores, offset, best)
            else:
                found, best = best_start(
                    tables.use_limit,
                    tables.use_amount,
                    tables.use_first[w],
                    tables.use_first[w + 1],
                    residual,
                    first,
                    last,
                    tables.duration[w],
                    scores,
                    offset,
                    best,
                )
            if found >= 0:
                chosen, chosen_start = w, found
        if chosen >= 0:
            window[job], start[job] = chosen, chosen_start
            occupy(tables, residual, budget_left, chosen, chosen_start, 1)
            gained += column_worth(tables, window[job], start[job])
            gained += count_share(tables, share_left, window[job], 1)
    return gained


def schedule(
    columns: Columns,
    prices: FloatArray | None = None,
    budget_prices: FloatArray | None = None,
    orders: Iterable[JobOrder] = (JobOrder.DENSITY,),
    tables: Tables | None = None,
    give_way: GiveWay = never,
) -> Plan:
    """The best of one list schedule an order.

    ``prices`` ``[L, T]`` and ``budget_prices`` ``[B]`` are micro-units per unit (and slot) of the limits of ``columns``;
    without prices the static ones guide. The plan may miss mandatory jobs (``Plan.missing``).
    """
    tables = build_tables(columns) if tables is None else tables
    guide = static_prices(tables) if prices is None else merge_prices(tables, prices)
    budget_guide = NO_BUDGET_PRICES if budget_prices is None else budget_prices
    marks = mark_jobs(tables, guide, budget_guide, give_way)
    best: Plan | None = None
    for by in orders:
        plan = Plan.empty(tables)
        list_schedule(plan, marks.order(tables, by), guide, budget_guide, give_way=give_way)
        if best is None or plan.rank > best.rank:
            best = plan
    return Plan.empty(tables) if best is None else best


def first_plan(columns: Columns, tables: Tables | None = None, give_way: GiveWay = never) -> Plan:
    """A plan at once: one pass without prices, jobs by the value of their best mode, dearest first."""
    plan = Plan.empty(build_tables(columns) if tables is None else tables)
    jobs = np.flatnonzero(np.diff(columns.job_first) > 0)
    worth = np.full(columns.job_count, -np.inf)
    worth[jobs] = np.maximum.reduceat(columns.base, columns.job_first[jobs]) if len(jobs) else 0.0
    order = JobMarks(worth, np.zeros(columns.job_count)).order(plan.tables, JobOrder.VALUE)
    give_way()
    list_schedule(plan, order, NO_PRICES, NO_BUDGET_PRICES, give_way=give_way)
    return plan
