"""List scheduling in several orders: a feasible plan at once, and a baseline that the other engines must beat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from optimizer.columns import Columns, Selection
from optimizer.engines.base import Availability, Capability, EngineResult, Monitor, Outcome
from optimizer.params import SolveParams

if TYPE_CHECKING:
    from optimizer.engines.price.schedule import Plan

#: Random orders tried after the deterministic ones, as many as fit 1,000,000 windows.
RESTART_COUNT = 20
RESTART_WINDOW_COUNT = 1_000_000


def first_plan(columns: Columns, hint: Selection) -> Selection | None:
    """A feasible selection within milliseconds; None where mandatory jobs stay unplaced.

    ``hint`` may be stale: its columns that no longer fit together are left out, and the rest is completed.
    """
    from optimizer.engines.price.schedule import schedule

    plans = [schedule(columns)]
    if (hint.window >= 0).any():
        plans.append(_completed(columns, hint))
    best = max(plans, key=lambda plan: plan.rank)
    return None if best.missing else best.selection()


class GreedyEngine:
    """Every order of ``JobOrder`` under scarcity prices and under none, then random orders; the best plan, no bound."""

    name = "greedy"
    capabilities = frozenset({Capability.MANDATORY_JOBS, Capability.BUDGETS, Capability.WARM_START})

    def availability(self) -> Availability:
        return Availability(True, "list scheduling, built in")

    def solve(self, columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        best: Plan | None = None
        tried = 0
        for plan in _plans(columns, params.seed):
            tried += 1
            if not plan.missing and (best is None or plan.objective > best.objective):
                best = plan
                monitor.incumbent(plan.selection(), plan.objective)
            if monitor.stopping() or (params.work_limit is not None and tried >= params.work_limit):
                break
        selection = best.selection() if best is not None else start
        return EngineResult(
            Outcome.FINISHED,
            selection,
            None,
            detail=f"best of {tried} orders; a heuristic proves nothing",
            statistics={"order_count": float(tried)},
        )


def _plans(columns: Columns, seed: int) -> Iterator[Plan]:
    """One list schedule after another, from cheap and good to random."""
    from optimizer.engines.price.schedule import (
        NO_BUDGET_PRICES,
        JobOrder,
        Plan,
        list_schedule,
        mark_jobs,
        static_prices,
    )
    from optimizer.engines.price.tables import build_tables

    tables = build_tables(columns)
    scarce = static_prices(tables)
    for prices in (scarce, np.zeros_like(scarce)):
        marks = mark_jobs(tables, prices, NO_BUDGET_PRICES)
        for by in JobOrder:
            plan = Plan.empty(tables)
            list_schedule(plan, marks.order(tables, by), prices, NO_BUDGET_PRICES)
            yield plan
    random = np.random.default_rng(seed)
    order = mark_jobs(tables, scarce, NO_BUDGET_PRICES).order(tables, JobOrder.DENSITY)
    for _ in range(min(RESTART_COUNT, RESTART_WINDOW_COUNT // max(1, columns.window_count))):
        # neighbours in a good order change places; mandatory jobs stay first
        shuffled = np.argsort(np.arange(len(order)) + random.normal(0.0, 0.1 * len(order), len(order)))
        jobs = order[shuffled]
        plan = Plan.empty(tables)
        list_schedule(plan, jobs[np.argsort(~columns.mandatory[jobs], kind="stable")], scarce, NO_BUDGET_PRICES)
        yield plan


def _completed(columns: Columns, hint: Selection) -> Plan:
    """As much of ``hint`` as fits together, and then the other jobs in order of density."""
    from optimizer.engines.price.residual import column_fits
    from optimizer.engines.price.schedule import (
        NO_BUDGET_PRICES,
        JobOrder,
        Plan,
        list_schedule,
        mark_jobs,
        static_prices,
    )
    from optimizer.engines.price.tables import build_tables

    tables = build_tables(columns)
    plan = Plan.empty(tables)
    for job in np.flatnonzero(hint.window >= 0):
        window, start = int(hint.window[job]), int(hint.start[job])
        if column_fits(tables, plan.residual, plan.budget_left, window, start):
            plan.place(int(job), window, start)
    prices = static_prices(tables)
    marks = mark_jobs(tables, prices, NO_BUDGET_PRICES)
    list_schedule(plan, marks.order(tables, JobOrder.DENSITY), prices, NO_BUDGET_PRICES)
    return plan
