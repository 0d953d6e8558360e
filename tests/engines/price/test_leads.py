"""Windows that take a link before they start: priced, counted and placed as the columns say, in floats and exactly."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.columns.candidates import candidates
from optimizer.columns.table import Columns
from optimizer.engines.price.bound import exact as whole
from optimizer.engines.price.bound import kernel
from optimizer.engines.price.bound.exact import IntegerPrices
from optimizer.engines.price.bound.kernel import Prices, best_columns, pricing_table
from optimizer.engines.price.bound.profiles import profiles_of
from optimizer.engines.price.plans.list_plans import all_orders
from optimizer.engines.price.rows.slot_rows import Runs, no_slot_rows, usage_of_runs
from optimizer.exact.problem import exact
from optimizer.formulation.selections import value_of
from optimizer.limits import LimitKind
from tests.conformance.link_problems import PROBLEMS

NAMES = ("link_shared", "link_by_slot", "links_together")


def columns_of(name: str) -> Columns:
    return candidates(exact(PROBLEMS[name])).columns


def random_prices(columns: Columns, seed: int) -> tuple[Prices, IntegerPrices]:
    """The same prices twice; links dear, most limits free."""
    random = np.random.default_rng(seed)
    limit = np.zeros(columns.capacity.shape, dtype=np.int64)
    for row, label in enumerate(columns.limits):
        if label.kind is LimitKind.LINK or random.random() < 0.3:
            limit[row] = random.integers(0, 400, columns.slot_count)
    budget = np.zeros(len(columns.budgets), dtype=np.int64)
    none = np.full(profiles_of(columns).count, -1, dtype=np.int32)
    exactly = IntegerPrices(0, limit, budget, none, np.zeros((0, columns.slot_count), dtype=np.int64))
    return Prices(limit.astype(float), budget.astype(float)), exactly


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(4))
def test_both_pricings_find_the_best_start_of_every_window(name: str, seed: int) -> None:
    columns = columns_of(name)
    prices, exactly = random_prices(columns, seed)
    table = pricing_table(columns)
    by_window = [whole.profits_of_window(table, exactly, w) for w in range(columns.window_count)]
    assert whole.best_profits(table, exactly).tolist() == [int(profits.max()) for profits in by_window]
    best = best_columns(table, prices)
    for job in range(columns.job_count):
        own = range(int(columns.job_first[job]), int(columns.job_first[job + 1]))
        inexact = {w: kernel.profits_of_window(table, w, prices) for w in own}
        assert best.profit[job] == pytest.approx(max(profits.max() for profits in inexact.values()))
        start = int(best.start[job]) - int(columns.start_first[best.window[job]])
        assert inexact[int(best.window[job])][start] == pytest.approx(best.profit[job])
        assert best.profit[job] == pytest.approx(max(int(by_window[w].max()) for w in own), abs=2)


def test_a_link_costs_a_run_what_its_transfer_takes() -> None:
    columns = columns_of("link_by_slot")
    _, exactly = random_prices(columns, 9)
    table = pricing_table(columns)
    free = IntegerPrices(
        0, np.zeros_like(exactly.limit), exactly.budget, exactly.surcharge_of_profile, exactly.surcharge
    )  # fmt: skip
    links = [row for row, label in enumerate(columns.limits) if label.kind is LimitKind.LINK]
    exactly.limit[[row for row in range(len(columns.limits)) if row not in links]] = 0
    assert any(columns.leads.of_window(w) for w in range(columns.window_count))
    for window in range(columns.window_count):
        lead = columns.leads.of_window(window)
        starts = range(int(columns.start_first[window]), int(columns.start_last[window]) + 1)
        paid = whole.profits_of_window(table, free, window) - whole.profits_of_window(table, exactly, window)
        expected = [
            0 if lead is None else lead.amount * int(exactly.limit[lead.limit, s - lead.slots : s].sum()) for s in starts
        ]
        assert paid.tolist() == expected


@pytest.mark.parametrize("name", NAMES)
def test_what_is_left_of_a_link_bars_starts(name: str) -> None:
    columns = columns_of(name)
    table, prices = pricing_table(columns), Prices.zero(columns)
    links = [row for row, label in enumerate(columns.limits) if label.kind is LimitKind.LINK]
    residual = columns.capacity.copy()
    residual[links] = 0
    best = best_columns(table, prices, residual)
    for job in range(columns.job_count):
        ways = [columns.leads.limit[w] < 0 for w in range(int(columns.job_first[job]), int(columns.job_first[job + 1]))]
        if any(ways):
            assert columns.leads.limit[best.window[job]] < 0
        else:
            assert best.profit[job] < -float(columns.base.max())


@pytest.mark.parametrize("name", NAMES)
def test_use_is_counted_before_the_start(name: str) -> None:
    columns = columns_of(name)
    profiles = profiles_of(columns)
    rows = no_slot_rows(profiles.count, columns.slot_count)
    for window in range(columns.window_count):
        start = int(columns.start_last[window])
        runs = Runs.of_windows(np.array([window], dtype=np.int32), np.array([start], dtype=np.int32))
        counted = usage_of_runs(columns, profiles, rows, runs).limit
        expected = np.zeros_like(counted)
        limits, amounts = columns.uses(window)
        expected[limits, start : start + int(columns.duration[window])] += amounts[:, None]
        if (lead := columns.leads.of_window(window)) is not None:
            expected[lead.limit, start - lead.slots : start] += lead.amount
        assert (counted == expected).all()


@pytest.mark.parametrize("name", NAMES)
def test_list_plans_keep_links(name: str) -> None:
    columns = columns_of(name)
    plans = [plan for plan, _ in zip(all_orders(columns, 1), range(12), strict=False) if not plan.missing]
    assert plans
    for plan in plans:
        assert value_of(columns, plan.selection()) == plan.objective
