"""Runs in pieces in plans: each job that may pause or change goes where it gains most in what the others leave.

Ruin and recreate moves runs in one piece and leaves pieces where they are; between its rounds the jobs with lanes are taken out
one by one and put back at the better of their best column and their best itinerary, which the dynamic programme finds in the
slots where it fits. On few jobs a search of its own takes several out at once and prices at random. A job in order, or in a
group that shares a key, runs in one piece: the moves that keep its ties know of nothing else.
"""

from __future__ import annotations

import numpy as np

from optimizer.columns.table import IntArray
from optimizer.engines.price.bound.dual import DualPoint
from optimizer.engines.price.bound.kernel import FloatArray, Prices, PricingTable
from optimizer.engines.price.pieces.itineraries import OneByOne
from optimizer.engines.price.plans.dive import unmerge_residual
from optimizer.engines.price.plans.plan import IN_PIECES, Plan, placed_pieces
from optimizer.engines.price.plans.plant_guide import heat_priced, unpriced
from optimizer.engines.price.plans.residual import column_worth, heat_gain, heat_row
from optimizer.engines.price.plans.schedule import list_schedule
from optimizer.engines.price.tables import merge_prices
from optimizer.engines.price.ties.tied import predecessors_first, successors
from optimizer.interrupt import GiveWay, never

#: Jobs refitted between two looks at whether to give way.
CHUNK = 32
#: Jobs that one shake takes out, at most.
MOST_SHAKEN = 4
#: Up to so many jobs of which some may run in pieces, a round of search ends with so many shakes.
SHAKEN_JOB_COUNT = 200
SHAKES = 150


class Refit:
    """Refits jobs of ``table`` at given prices; without prices by worth alone."""

    def __init__(self, table: PricingTable, plan: Plan, point: DualPoint | None) -> None:
        columns = table.columns
        point = unpriced(columns) if point is None else point
        prices = Prices(point.limit, point.budget, None, point.floor)
        self._table, self._tables = table, heat_priced(columns, plan.tables, point.limit)
        self.begin(plan)
        self._budget = prices.budget
        self._merged: FloatArray = merge_prices(plan.tables, prices.limit)
        self._one_by_one = OneByOne(table, prices)
        self._row_of_job = np.full(columns.job_count, -1, dtype=np.int64)
        assert table.lanes is not None, "some job has lanes"
        self._row_of_job[table.lanes.paths.job[table.lanes.rows]] = table.lanes.rows
        if len(self._tables.ties):
            self._row_of_job[self._tables.ties[: len(self._row_of_job)] > 0] = -1

    @property
    def jobs(self) -> IntArray:
        """Those that have an itinerary and no ties."""
        return np.flatnonzero(self._row_of_job >= 0)

    def begin(self, plan: Plan) -> None:
        """From now on ``plan`` is the one refitted; nobody else changes it meanwhile."""
        self._plan, self._left = plan, unmerge_residual(plan, self._table.columns.capacity)
        plan.tables = self._tables

    def remove(self, job: int) -> None:
        """Takes out a placed job."""
        self._count(job, 1)
        self._plan.remove(job)

    def remove_with_successors(self, job: int) -> None:
        """Takes out ``job`` and all placed jobs that wait for it."""
        left = [job]
        while left:
            out = left.pop()
            if self._plan.window[out] != -1:
                self.remove(out)
                left += successors(self._tables, out)

    def insert(self, job: int) -> None:
        """Places an absent ``job`` where it gains most in what the plan leaves; out where nothing gains."""
        plan, before = self._plan, self._plan.rank
        list_schedule(plan, np.array([job], dtype=np.int32), self._merged, self._budget, floor=0.0)
        row, window, start = int(self._row_of_job[job]), int(plan.window[job]), int(plan.start[job])
        if row >= 0:
            floor = -np.inf if plan.tables.bonus[job] > 0 else 0.0
            floor = floor if window < 0 else max(floor, self._reduced_value(window, start))
            if window >= 0:
                plan.remove(job)
            pieces = self._one_by_one.best(row, floor, self._left)
            if pieces is not None:
                plan.try_pieces(job, placed_pieces(self._table.columns, plan.tables, job, pieces))
                if plan.rank < before:
                    plan.remove(job)
            if plan.window[job] == -1 and window >= 0:
                plan.place(job, window, start)
        self._count(job, -1)

    def improve(self, plan: Plan, give_way: GiveWay = never) -> None:
        """Every job with lanes out and in again, most valuable first; a job whose move loses worth stays where it was."""
        self.begin(plan)
        jobs = self.jobs
        lanes = self._table.columns.lanes
        value = np.zeros(len(self._row_of_job))
        np.maximum.at(value, np.repeat(lanes.job, np.diff(lanes.lane_first)), lanes.base)
        for count, job in enumerate(jobs[np.argsort(-value[jobs], kind="stable")].tolist()):
            if count % CHUNK == 0:
                give_way()
            before = plan.rank
            window, start, pieces = int(plan.window[job]), int(plan.start[job]), plan.pieces.get(job)
            if window != -1:
                self.remove(job)
            self.insert(job)
            if plan.rank < before:
                if plan.window[job] != -1:
                    self.remove(job)
                if pieces is not None:
                    plan.try_pieces(job, pieces)
                elif window >= 0:
                    plan.place(job, window, start)
                self._count(job, -1)

    def _count(self, job: int, sign: int) -> None:
        """Keeps what is left of the limits as the plan has it, once ``job`` is in it (-1) or before it is taken out (1)."""
        columns, window = self._table.columns, int(self._plan.window[job])
        if window >= 0:
            limit, amount = columns.uses(window)
            start = int(self._plan.start[job])
            self._left[limit, start : start + int(columns.duration[window])] += sign * amount[:, None]
        elif window == IN_PIECES:
            lanes = columns.lanes
            for lane, begin, end in self._plan.pieces[job].pieces:
                span = slice(lanes.use_first[lane], lanes.use_first[lane + 1])
                self._left[lanes.use_limit[span], begin:end] += sign * lanes.use_amount[span][:, None]

    def _reduced_value(self, window: int, start: int) -> float:
        tables, end = self._tables, start + int(self._tables.duration[window])
        value = float(column_worth(tables, window, start) + heat_gain(tables, window, start))
        for k in range(int(tables.use_first[window]), int(tables.use_first[window + 1])):
            if tables.use_limit[k] != heat_row(tables, window):
                value -= float(tables.use_amount[k]) * float(self._merged[tables.use_limit[k], start:end].sum())
        for budget, use in self._table.columns.budget_uses(window, start):
            value -= float(self._budget[budget]) * use
        return value


def shaken(table: PricingTable, plan: Plan, random: np.random.Generator, point: DualPoint | None) -> Plan:
    """``plan`` with a few jobs taken out, and all that is out put back in random order at prices drawn anew."""
    columns = table.columns
    noise = random.random(columns.capacity.shape) * random.integers(0, 2)
    free, heat = unpriced(columns), columns.plant.heat_limits
    at = free if point is None else point
    limit = at.limit * 2.0 * noise
    limit[heat] = free.limit[heat] * (1.0 - noise[heat] / 2.0)
    refit = Refit(table, plan, DualPoint(limit, at.budget, np.zeros(0), at.floor))
    plan = plan.copy()
    refit.begin(plan)
    placed = np.flatnonzero(plan.window != -1)
    for job in random.permutation(placed)[: random.integers(1, MOST_SHAKEN + 1)].tolist():
        refit.remove_with_successors(job)
    out = random.permutation(np.flatnonzero(plan.window == -1))
    out = predecessors_first(plan.tables, out[np.argsort(~columns.mandatory[out], kind="stable")].astype(np.int32))
    for job in out.tolist():
        refit.insert(job)
    return plan
