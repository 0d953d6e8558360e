"""Plans by list scheduling alone: one job after another in many orders, or what is left of a hint completed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.columns.table import Columns, Selection
from optimizer.engines.price.bound.dual import DualPoint
from optimizer.engines.price.plans.plan import placed_pieces
from optimizer.engines.price.plans.plant_guide import guided_by
from optimizer.engines.price.plans.schedule import (
    NO_BUDGET_PRICES,
    JobOrder,
    Plan,
    list_schedule,
    mark_jobs,
    static_prices,
)
from optimizer.engines.price.tables import build_tables, merge_prices
from optimizer.interrupt import GiveWay, never

#: Random orders tried after the deterministic ones, as many as fit 1,000,000 windows.
RESTART_COUNT = 20
RESTART_WINDOW_COUNT = 1_000_000


def all_orders(columns: Columns, seed: int) -> Iterator[Plan]:
    """One list schedule after another, from cheap and good to random."""
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


def completed(columns: Columns, hint: Selection, guide: DualPoint | None = None, give_way: GiveWay = never) -> Plan:
    """As much of ``hint`` as fits together, runs in pieces of jobs without ties included, and then the others.

    The prices of ``guide`` say what gives way where the hint does not fit, and what fills the room that is left; without it
    the static ones do.
    """
    tables = build_tables(columns)
    if guide is None:
        prices, budget_prices, by = static_prices(tables), NO_BUDGET_PRICES, JobOrder.DENSITY
    else:
        tables, guide = guided_by(columns, tables, guide)
        prices, budget_prices, by = merge_prices(tables, guide.limit), guide.budget, JobOrder.REDUCED_VALUE
    plan = Plan.empty(tables)
    give_way()
    plan.place_fitting(hint, prices, budget_prices)
    for job, pieces in hint.pieces.items():
        if plan.window[job] == -1 and not (len(tables.ties) and tables.ties[job]):
            plan.try_pieces(job, placed_pieces(columns, tables, job, pieces))
    marks = mark_jobs(tables, prices, budget_prices, give_way)
    list_schedule(plan, marks.order(tables, by), prices, budget_prices, give_way=give_way)
    return plan
