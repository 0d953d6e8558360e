"""Pricing against plain loops over columns and against plain numpy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.columns.table import RATE_SCALE, Columns
from optimizer.engines.price.bound import kernel
from optimizer.engines.price.bound.kernel import (
    FloatArray,
    Prices,
    PricingTable,
    Surcharge,
    best_columns,
    pricing_table,
    profits_of_window,
)
from tests.engines.price.instances import random_columns


def random_prices(columns: Columns, seed: int, profile_count: int = 0) -> Prices:
    rng = np.random.default_rng(seed)
    limit = rng.random(columns.capacity.shape) * (rng.random(columns.capacity.shape) < 0.6)
    surcharge = None
    if profile_count:
        of_profile = np.full(profile_count, -1, dtype=np.int32)
        of_profile[::2] = np.arange(len(of_profile[::2]))
        surcharge = Surcharge(of_profile, rng.random((len(of_profile[::2]), columns.slot_count)) * 50)
    return Prices(limit * np.array([[100.0], [100.0], [1.0], [1.0]]), rng.random(2) * 50, surcharge)


def naive_profit(table: PricingTable, window: int, start: int, prices: Prices) -> float:
    """One column by the definition; metered use is not rounded up, energy not rounded."""
    columns = table.columns
    end = start + int(columns.duration[window])
    site, job = columns.site[window], columns.job[window]
    profit = float(columns.base[window]) - float(columns.tardiness_cost[job]) * max(0, end - int(columns.due_slot[job]))
    for prefix in (columns.energy_prefix, columns.carbon_prefix):
        profit -= float(columns.power_w[window]) * float(prefix[site, end] - prefix[site, start]) / RATE_SCALE
    for t in range(start, end):
        for limit, amount in zip(*columns.uses(window), strict=True):
            profit -= float(amount) * float(prices.limit[limit, t])
        if prices.surcharge is not None:
            entry = prices.surcharge.of_profile[table.profiles.of_window[window]]
            if entry >= 0:
                profit -= float(prices.surcharge.rate[entry, t])
    for k in range(int(columns.budget_use_first[window]), int(columns.budget_use_first[window + 1])):
        b, amount = int(columns.budget_use_index[k]), float(columns.budget_use_amount[k])
        if divisor := int(columns.budget_divisor[b]):
            amount *= float(columns.budget_prefix[b, end] - columns.budget_prefix[b, start]) / divisor
        profit -= amount * float(prices.budget[b])
    return profit


def numpy_profits(table: PricingTable, window: int, prices: Prices) -> FloatArray:
    """The kernel's plain numpy twin: one window at every start, by prefix sums."""
    columns = table.columns
    limit, amount = columns.uses(window)
    rate = columns.power_w[window] * table.rate[columns.site[window]] + amount @ prices.limit[limit]
    if prices.surcharge is not None and (entry := prices.surcharge.of_profile[table.profiles.of_window[window]]) >= 0:
        rate = rate + prices.surcharge.rate[entry]
    fixed = 0.0
    for k in range(int(columns.budget_use_first[window]), int(columns.budget_use_first[window + 1])):
        b, use = columns.budget_use_index[k], columns.budget_use_amount[k]
        rate = rate + use * prices.budget[b] * table.budget_rate[b]
        fixed += 0.0 if columns.budget_divisor[b] else float(use * prices.budget[b])
    prefix = np.concatenate([[0.0], np.cumsum(rate)])
    starts = np.arange(columns.start_first[window], columns.start_last[window] + 1)
    ends = starts + columns.duration[window]
    job = columns.job[window]
    late = columns.tardiness_cost[job] * np.maximum(0, ends - columns.due_slot[job])
    profit: FloatArray = columns.base[window] - fixed - late - (prefix[ends] - prefix[starts])
    return profit


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("surcharged", [False, True])
def test_every_start_of_every_window_is_priced_as_by_plain_loops_and_by_numpy(seed: int, surcharged: bool) -> None:
    table = pricing_table(random_columns(seed))
    columns = table.columns
    prices = random_prices(columns, seed, table.profiles.count if surcharged else 0)
    for window in range(columns.window_count):
        starts = range(int(columns.start_first[window]), int(columns.start_last[window]) + 1)
        priced = profits_of_window(table, window, prices)
        assert priced == pytest.approx([naive_profit(table, window, s, prices) for s in starts], abs=1e-6)
        assert priced == pytest.approx(numpy_profits(table, window, prices), abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("overdue", [False, True])
def test_the_best_column_of_a_job_is_the_first_of_the_most_profitable(seed: int, overdue: bool) -> None:
    """Also where its due date is long past when the horizon begins: more slots than that has."""
    columns = random_columns(seed, job_count=12)
    if overdue:
        due_slot = columns.due_slot - 20 * columns.slot_count
        columns = replace(columns, due_slot=due_slot, tardiness_cost=1 + columns.tardiness_cost // 200)
    table = pricing_table(columns)
    columns, prices = table.columns, random_prices(table.columns, seed)
    best = best_columns(table, prices)
    for job in range(columns.job_count):
        windows = range(int(columns.job_first[job]), int(columns.job_first[job + 1]))
        by_window = {w: profits_of_window(table, w, prices) for w in windows}
        highest = max(profit.max() for profit in by_window.values())
        window = next(w for w in windows if by_window[w].max() == highest)
        assert best.profit[job] == highest
        assert best.window[job] == window
        assert best.start[job] == columns.start_first[window] + by_window[window].argmax()


def test_profits_do_not_depend_on_the_threads_nor_on_which_jobs_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "WINDOWS_WORTH_A_THREAD", 1)
    columns = random_columns(3, job_count=25)
    prices = random_prices(columns, 3)
    whole = best_columns(pricing_table(columns), prices)
    threaded = best_columns(pricing_table(columns, thread_count=3), prices)
    some = np.array([1, 4, 5, 20])
    part = best_columns(pricing_table(columns).restricted(some), prices)
    for field in ("profit", "window", "start"):
        np.testing.assert_array_equal(getattr(whole, field), getattr(threaded, field))
        np.testing.assert_array_equal(getattr(whole, field)[some], getattr(part, field))


def test_columns_that_alone_exceed_the_residual_are_passed_over() -> None:
    columns = random_columns(1, job_count=10)
    table, prices = pricing_table(columns), Prices.zero(columns)
    residual = columns.capacity.copy()
    residual[:, 4:] //= 3
    best = best_columns(table, prices, residual)
    for job in range(columns.job_count):
        allowed = []
        for window in range(int(columns.job_first[job]), int(columns.job_first[job + 1])):
            limit, amount = columns.uses(window)
            for offset, profit in enumerate(profits_of_window(table, window, prices)):
                start = int(columns.start_first[window]) + offset
                run = slice(start, start + int(columns.duration[window]))
                if (residual[limit, run] >= amount[:, None]).all():
                    allowed.append(profit)
                else:
                    assert profits_of_window(table, window, prices, residual)[offset] == -np.inf
        if allowed:
            assert best.profit[job] == pytest.approx(max(allowed), abs=1e-3)
        else:
            assert best.profit[job] < -columns.base.max()


def test_a_job_without_windows_has_no_column() -> None:
    columns = random_columns(0)
    gone = np.flatnonzero(columns.job == 0)
    # The job of index 0 disappears from the windows by being asked for through an empty range.
    emptied = columns.job_first.copy()
    emptied[0] = len(gone)
    best = best_columns(pricing_table(replace(columns, job_first=emptied)), Prices.zero(columns))
    assert best.window[0] == -1
    assert best.profit[0] == -np.inf
