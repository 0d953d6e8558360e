"""Cutting columns: nothing is lost, parts of limits add up, blocks price as the whole."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.columns.table import Columns, Selection
from optimizer.engines.price.bound.kernel import Prices, best_columns, pricing_table
from optimizer.engines.price.plans.schedule import JobOrder, Plan, list_schedule, mark_jobs, static_prices
from optimizer.engines.price.tables import build_tables
from optimizer.execution.zone_parts import homes, part_of, pricing_blocks, split, zone_parts, zones_of_sites
from tests.engines.price.instances import random_columns


def greedy(columns: Columns) -> Selection:
    tables = build_tables(columns)
    prices = static_prices(tables)
    plan = Plan.empty(tables)
    none = np.zeros(len(columns.budgets))
    list_schedule(plan, mark_jobs(tables, prices, none).order(tables, JobOrder.VALUE), prices, none)
    return plan.selection()


def by_site(columns: Columns, plan: Selection) -> list:
    home = homes(columns, plan, columns.job_first[:-1].astype(np.int32))
    return zone_parts(columns, np.arange(2), home, plan)


@pytest.mark.parametrize("seed", range(5))
def test_blocks_price_as_the_whole_to_the_bit(seed: int) -> None:
    columns = random_columns(seed, job_count=9)
    table = pricing_table(columns)
    random = np.random.default_rng(seed)
    prices = Prices(random.random(columns.capacity.shape) * 50, random.random(len(columns.budgets)) * 5)
    whole = best_columns(table, prices)
    parts = [best_columns(block, prices) for block in pricing_blocks(table, 3)]
    assert np.array_equal(np.concatenate([part.profit for part in parts]), whole.profit)
    assert np.array_equal(np.concatenate([part.window for part in parts]), whole.window)
    assert np.array_equal(np.concatenate([part.start for part in parts]), whole.start)


def test_a_part_keeps_its_windows_and_finds_the_way_back() -> None:
    columns = random_columns(3, job_count=6)
    jobs = np.array([1, 4, 5])
    windows = np.flatnonzero(np.isin(columns.job, jobs) & (columns.site == 1))
    part = part_of(columns, jobs, windows)
    assert np.array_equal(part.columns.base, columns.base[windows])
    assert np.array_equal(jobs[part.columns.job], columns.job[windows])
    for own, window in enumerate(windows):
        assert np.array_equal(part.columns.worth(own), columns.worth(window))
        assert [list(x) for x in part.columns.uses(own)] == [list(x) for x in columns.uses(window)]
        start = int(columns.start_first[window])
        assert part.columns.budget_uses(own, start) == columns.budget_uses(window, start)
    whole = Selection(np.full(6, -1, np.int32), np.zeros(6, np.int32))
    whole.window[4] = windows[columns.job[windows] == 4][0]
    back = Selection(whole.window.copy(), whole.start.copy())
    part.outwards(part.inwards(whole), back)
    assert np.array_equal(back.window, whole.window)


@pytest.mark.parametrize("seed", range(5))
def test_what_zones_place_each_for_itself_fits_together(seed: int) -> None:
    columns = random_columns(seed, job_count=12)
    plan = greedy(columns)
    union = Selection(plan.window.copy(), plan.start.copy())
    for part in by_site(columns, plan):
        part.outwards(greedy(part.columns), union)
    tables = build_tables(columns)
    Plan.of(tables, union)  # raises where something does not fit


@pytest.mark.parametrize("seed", range(5))
def test_a_zone_has_room_for_what_is_there_already(seed: int) -> None:
    columns = random_columns(seed, job_count=12)
    plan = greedy(columns)
    parts = by_site(columns, plan)
    here = [part.inwards(plan) for part in parts]
    for part, own in zip(parts, here, strict=True):
        Plan.of(build_tables(part.columns), own)
    assert sum(int((own.window >= 0).sum()) for own in here) == int((plan.window >= 0).sum())
    assert sorted(np.concatenate([part.jobs for part in parts])) == list(range(12))


def test_shared_limits_are_split_by_use_and_add_up() -> None:
    total = np.array([10, 10, 10, 7])
    used = [np.array([3, 0, 0, 0]), np.array([1, 0, 0, 0])]
    users = np.array([[True, True, False, False], [True, False, True, False]])
    parts = split(total, used, users)
    assert parts[:, 0].tolist() == [3 + 4, 1 + 2]
    assert parts[:, 1].tolist() == [10, 0]
    assert parts[:, 2].tolist() == [0, 10]
    assert parts[:, 3].tolist() == [0, 0]


def test_a_split_never_gives_more_than_there_is() -> None:
    random = np.random.default_rng(1)
    total = random.integers(0, 2**50, 500)
    used = [total // 7, total // 5, total // 11]
    parts = split(total, used, np.ones((3, 500), dtype=bool))
    assert np.array_equal(parts.sum(axis=0), total)
    assert all((part >= use).all() for part, use in zip(parts, used, strict=True))


def test_a_limit_below_zero_gives_nothing() -> None:
    assert split(np.array([-5]), [np.array([0]), np.array([0])], np.ones((2, 1), dtype=bool)).tolist() == [[0], [0]]


def test_sites_spread_over_zones_by_weight() -> None:
    zone = zones_of_sites(np.array([50, 30, 20, 5]), 2, np.array([0, 1, 2, 3]))
    assert zone[0] != zone[1]
    assert zone[2] == zone[1]
    assert set(zones_of_sites(np.array([1, 1]), 5, np.array([0, 1]))) == {0, 1}
