from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.engines.price.plans.ranking import build_scores
from optimizer.engines.price.plans.residual import (
    NEVER,
    best_metered_start,
    best_start,
    column_fits,
    column_worth,
    occupy,
    score_window,
)
from optimizer.engines.price.plans.schedule import NO_BUDGET_PRICES, NO_PRICES
from optimizer.engines.price.tables import build_tables, merge_prices
from tests.engines.price.instances import fits, random_columns

SEEDS = range(12)


def random_runs(columns, random, count=3):
    """Feasible (window, start) pairs of different jobs."""
    runs = []
    for job in random.permutation(columns.job_count)[:count]:
        w = int(random.integers(columns.job_first[job], columns.job_first[job + 1]))
        s = int(random.integers(columns.start_first[w], columns.start_last[w] + 1))
        if fits(columns, [*runs, (w, s)]):
            runs.append((w, s))
    return runs


@pytest.mark.parametrize("seed", SEEDS)
def test_worth_is_that_of_the_columns(seed):
    columns = random_columns(seed)
    tables = build_tables(columns)
    for w in range(columns.window_count):
        starts = range(columns.start_first[w], columns.start_last[w] + 1)
        assert [column_worth(tables, w, s) for s in starts] == columns.worth(w).tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_column_fits_exactly_when_the_unmerged_limits_and_budgets_hold(seed):
    columns = random_columns(seed, job_count=6)
    tables, random = build_tables(columns), np.random.default_rng(seed)
    residual, left = tables.capacity.copy(), tables.budget_capacity.copy()
    runs = random_runs(columns, random)
    for w, s in runs:
        occupy(tables, residual, left, w, s, 1)
    taken = {int(columns.job[w]) for w, _ in runs}
    for w in (w for w in range(columns.window_count) if int(columns.job[w]) not in taken):
        for s in range(columns.start_first[w], columns.start_last[w] + 1):
            assert column_fits(tables, residual, left, w, s) == fits(columns, [*runs, (w, s)])


def test_removing_what_was_placed_restores_everything():
    columns = random_columns(3, job_count=6)
    tables = build_tables(columns)
    residual, left = tables.capacity.copy(), tables.budget_capacity.copy()
    runs = random_runs(columns, np.random.default_rng(3))
    for sign in (1, -1):
        for w, s in runs:
            occupy(tables, residual, left, w, s, sign)
    assert (residual == tables.capacity).all()
    assert (left == tables.budget_capacity).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_scores_are_worth_less_priced_use(seed):
    columns = random_columns(seed)
    tables, random = build_tables(columns), np.random.default_rng(seed)
    prices = random.uniform(0, 2, columns.capacity.shape)
    prices[tables.merged < 0] = 0.0  # a limit that cannot bind has no price among the merged ones
    budget_prices = random.uniform(0, 20, len(columns.budgets))
    prefix, out = np.zeros(columns.slot_count + 1), np.zeros(columns.slot_count + 1, np.float32)
    for w in range(columns.window_count):
        best = score_window(tables, merge_prices(tables, prices), budget_prices, w, 0.0, prefix, out)
        expected = []
        for worth, s in zip(columns.worth(w).tolist(), range(columns.start_first[w], columns.start_last[w] + 1), strict=True):
            limits, amounts = columns.uses(w)
            cost = float((prices[limits, s : s + columns.duration[w]] * amounts[:, None]).sum())
            cost += sum(budget_prices[b] * use for b, use in columns.budget_uses(w, s))
            expected.append(worth - cost if worth > 0 else NEVER)
        np.testing.assert_allclose(out[: len(expected)], expected, rtol=1e-4, atol=2.0)
        assert best == out[: len(expected)].max()


@pytest.mark.parametrize("seed", SEEDS)
def test_best_start_is_the_best_that_fits(seed):
    columns = random_columns(seed, job_count=6, slot_count=14)
    tables, random = build_tables(columns), np.random.default_rng(seed)
    ranked, table = build_scores(tables, NO_PRICES, NO_BUDGET_PRICES)
    residual, left = ranked.capacity.copy(), ranked.budget_capacity.copy()
    residual -= random.integers(0, 1 + residual // 2)
    for w in range(columns.window_count):
        first = table.first[w]
        scores = table.score[first : table.first[w + 1]]
        starts = ranked.start_first[w] + np.arange(len(scores))
        plenty = np.full_like(left, 10**9)
        for funds in (left, plenty):
            fitting = [float(x) for x, s in zip(scores, starts, strict=True) if column_fits(ranked, residual, funds, w, s)]
            expected = max(fitting, default=-np.inf)
            begin, end = ranked.start_first[w], ranked.start_last[w]
            found, score = best_metered_start(ranked, residual, funds, w, begin, end, table.score, first, NEVER)
            assert score == expected
            assert (found >= 0) == np.isfinite(expected)
        uses = ranked.use_first[w], ranked.use_first[w + 1]
        window = ranked.start_first[w], ranked.start_last[w], ranked.duration[w]
        found, score = best_start(ranked.use_limit, ranked.use_amount, *uses, residual, *window, table.score, first, NEVER)
        assert score == expected
        if found >= 0:
            assert column_fits(ranked, residual, plenty, w, found)
            assert scores[found - window[0]] == score
            assert best_start(ranked.use_limit, ranked.use_amount, *uses, residual, *window, table.score, first, score) == (
                -1,
                score,
            )


def test_limits_used_alike_merge_to_their_minimum_and_idle_ones_go():
    columns = random_columns(1)
    tables = build_tables(columns)
    for limit, row in enumerate(tables.merged):
        if row >= 0:
            assert (tables.capacity[row] <= columns.capacity[limit]).all()
    roomy = replace(columns, capacity=columns.capacity * 1000)
    assert (build_tables(roomy).merged == -1).all()
