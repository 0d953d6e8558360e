"""The best plan of a run: what is offered is kept where it is better, and told, with what pays best beside the runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from optimizer.columns.table import Columns, Selection
from optimizer.engines.base import Monitor
from optimizer.engines.price.bound.dual import DualPoint
from optimizer.engines.price.plans.battery_plan import BatteryPlans
from optimizer.engines.price.plans.dive import unmerge_residual
from optimizer.engines.price.plans.plant_guide import displacement, level_peaks
from optimizer.engines.price.plans.schedule import NO_BUDGET_PRICES, NO_PRICES, Plan
from optimizer.engines.price.tables import FloatArray, Tables, build_tables
from optimizer.formulation.selections import value_of


class BestPlan:
    """The best plan so far, and the columns and tables that plans are searched in: all that batteries leave.

    ``best`` is in those tables, ``objective`` its worth in micro-units, exact.
    """

    def __init__(self, columns: Columns, start: Selection | None, monitor: Monitor) -> None:
        self._all, self._monitor = columns, monitor
        self._batteries = BatteryPlans(columns, start)
        self._lay_out()
        self.best = Plan.of(self.tables, start, columns) if start is not None else Plan.empty(self.tables)
        self._whole = self.best.selection() if start is None else replace(self.best.selection(), net_w=start.net_w)
        self.objective = self._objective_of(self.best)

    def _lay_out(self) -> None:
        self.columns = self._batteries.beside
        self.tables = build_tables(self.columns)

    @property
    def incumbent(self) -> Selection | None:
        """The best plan; None while one that must run is missing."""
        if self.best.missing:
            return None
        return self._whole if self._batteries else self.best.selection()

    @property
    def least(self) -> float:
        """A plan of all that must run is kept if it is worth more than this, in micro-units."""
        return -np.inf if self.best.missing else float(self.objective)

    def offer(self, plan: Plan) -> None:
        """Keeps ``plan`` if it is better, and reports it if it is one."""
        if self._batteries:
            self._improved(plan, *self._batteries.kept(plan.selection()))
            return
        objective = self._objective_of(plan)
        if (-plan.missing, objective) > (-self.best.missing, self.objective):
            self.best, self.objective = plan, objective
            if not plan.missing:
                self._monitor.incumbent(plan.selection(), objective)

    def offer_fitting(self, selection: Selection) -> None:
        """Offers what fits of ``selection``, runs in one piece."""
        plan = Plan.empty(self.tables)
        plan.place_fitting(selection, NO_PRICES, NO_BUDGET_PRICES)
        self.offer(plan)

    def settle(self, point: DualPoint | None) -> None:
        """Batteries as pays best beside the best plan; from now on the search goes on beside them."""
        if not self._batteries:
            return
        if not self.best.missing:
            price = None if point is None else point.limit
            self._improved(self.best, *self._batteries.fitted(self._whole, price))
            self._improved(self.best, *self._batteries.joined(self._whole, self.objective))
        self._stand()

    def battery_ways(self, net_w: FloatArray | None, point: DualPoint) -> Iterator[None]:
        """One turn for each way to run batteries that is worth planning beside; ``net_w [B, T]`` is what an ascent suggests.

        After the last, batteries are as the best plan has them.
        """
        for way in self._batteries.ways(net_w, point.limit):
            if way is not None:
                self._batteries.follow(way)
                self._lay_out()
            yield
        if self._batteries:
            self._stand()

    def _stand(self) -> None:
        """Batteries as the best plan has them, and it in those tables. While one that must run is missing, they stay as they
        are, and what fits beside them stands.
        """
        if not self.best.missing:
            self._batteries.take(self._whole)
            self._lay_out()
            self.best = Plan.of(self.tables, self._whole, self._all)
            return
        left = Plan.empty(self.tables)
        left.place_fitting(self.best.selection(), NO_PRICES, NO_BUDGET_PRICES)
        self.best, self.objective = left, left.objective

    def levelled(self, plan: Plan) -> Tables:
        """The tables of ``plan`` or, beside a plant, those that pay for nothing displaced and hold peaks as best beside it."""
        if self.columns.plant.is_empty:
            return plan.tables
        return level_peaks(self.columns, self.tables, unmerge_residual(plan, self.columns.capacity))

    def displacement(self, point: DualPoint | None) -> DualPoint | None:
        """What load displaced costs at the prices of ``point``, and nothing else; None where there is none, or no prices."""
        columns = self.columns
        if columns.plant.is_empty or point is None:
            return None
        return DualPoint(displacement(columns, point.limit), np.zeros(len(columns.budgets)), np.zeros(0))

    def _improved(self, plan: Plan, whole: Selection, objective: int | None) -> None:
        """Keeps ``plan`` beside batteries if ``whole``, which is the plan with them, is better.

        One that lacks jobs that must run counts without them.
        """
        counted = plan.objective if objective is None else objective
        if objective is None and not plan.missing:
            return
        if (-plan.missing, counted) > (-self.best.missing, self.objective):
            self.best, self._whole, self.objective = plan, whole, counted
            if not plan.missing:
                self._monitor.incumbent(whole, counted)

    def _objective_of(self, plan: Plan) -> int:
        """Micro-units, exact, with what pays best beside the runs."""
        columns = self._all
        if columns.plant.is_empty:
            return plan.objective
        if self._batteries:
            objective = None if plan.missing else value_of(columns, self._whole)
            return plan.objective if objective is None else objective
        return plan.objective + columns.plant.micros(unmerge_residual(plan, columns.capacity))
