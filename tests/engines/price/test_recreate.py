from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.columns.table import Selection
from optimizer.engines.price.plans import ranking, searches
from optimizer.engines.price.plans import search_state as at
from optimizer.engines.price.plans.recreate import AnnealingParams, Search
from optimizer.engines.price.plans.schedule import NO_BUDGET_PRICES, NO_PRICES, Plan, schedule
from optimizer.engines.price.tables import build_tables
from tests.engines.brute_force import assert_keeps_every_rule
from tests.engines.price.instances import optimum, random_columns

WORK = 20_000
PARAMS = AnnealingParams(slice_work=500)


def searched(columns, seed=0, thread_count=1, work=WORK):
    search = Search(Plan.empty(build_tables(columns)), params=PARAMS, seed=seed, thread_count=thread_count)
    search.run(work)
    return search


@pytest.mark.parametrize("seed", range(7))
def test_the_optimum_is_found(seed):
    columns = random_columns(seed, job_count=5)
    best = searched(columns, work=10 * WORK).best
    assert_keeps_every_rule(columns, best.selection(), best.objective)
    assert best.objective == optimum(columns)


@pytest.mark.parametrize("seed", range(5))
def test_mandatory_jobs_are_placed_when_they_can_be(seed):
    columns = random_columns(seed, job_count=5, mandatory=True)
    best = searched(columns).best
    expected = optimum(columns)
    assert (best.missing == 0) == (expected is not None)
    if expected is not None:
        assert_keeps_every_rule(columns, best.selection(), best.objective)
        assert best.objective == expected


@pytest.mark.parametrize("thread_count", [1, 3])
def test_the_same_work_gives_the_same_plan(thread_count):
    columns = random_columns(20, job_count=30)
    first, second = (searched(columns, 5, thread_count) for _ in range(2))
    assert first.rank == second.rank
    assert (first.best.window == second.best.window).all()
    assert (first.best.start == second.best.start).all()


def test_another_seed_makes_other_moves():
    columns = random_columns(20, job_count=30)
    assert searched(columns, 1).move_count != searched(columns, 2).move_count


def test_state_is_exact_after_many_moves():
    columns = random_columns(21, job_count=40)
    search = searched(columns, thread_count=2)
    for state in search._chains:
        placed = np.flatnonzero(state.window >= 0)
        window = np.full(columns.job_count, -1, dtype=np.int32)
        window[placed] = search._table.origin[state.window[placed]]
        plan = Plan.of(search.best.tables, Selection(window, state.start))
        assert plan.objective == state.counters[at.OBJECTIVE]
        assert (plan.residual == state.residual).all()
        assert (plan.budget_left == state.budget_left).all()
        absent = state.absent[: state.counters[at.ABSENT]]
        assert sorted(absent.tolist()) == np.flatnonzero(state.window < 0).tolist()
        resident = [state.resident[s, :n].tolist() for s, n in enumerate(state.resident_count)]
        assert sorted(j for jobs in resident for j in jobs) == placed.tolist()


def test_a_search_never_loses_the_plan_it_started_from():
    columns = random_columns(22, job_count=30)
    plan = schedule(columns)
    search = Search(plan, params=AnnealingParams(hot=1e6, cold=1e6))
    search.run(2_000)
    assert search.rank >= plan.rank


def test_progress_ends_the_run_and_improvements_are_told():
    columns = random_columns(23, job_count=30)
    search = Search(Plan.empty(build_tables(columns)), params=PARAMS)
    asked, told = [], []

    def progress():
        asked.append(search.work)
        return len(asked) / 5

    search.run(None, progress, lambda: told.append(search.rank))
    assert len(asked) == 5
    assert told == sorted(set(told))
    assert told[-1] == search.best.rank


def test_no_jobs_and_jobs_without_columns_are_no_trouble():
    columns = random_columns(24, job_count=1)
    plan = Plan.empty(build_tables(columns))
    search = Search(plan)
    search.run(100)
    assert search.best.objective == optimum(columns)


def test_jobs_without_columns_are_never_tried():
    columns = random_columns(3)
    gone = columns.job == columns.job_count - 1
    assert gone.any()
    first = columns.job_first.copy()
    first[-1] -= np.count_nonzero(gone)
    with_columns = replace(columns, job_first=first)
    (state,) = Search(Plan.empty(build_tables(with_columns)))._chains
    absent = state.absent[: state.counters[at.ABSENT]]
    assert sorted(absent.tolist()) == list(range(columns.job_count - 1))


@pytest.mark.parametrize("seed", range(3))
def test_moves_seeded_by_regret_alone_find_the_optimum_and_stay_exact(seed):
    columns = random_columns(seed, job_count=5)
    params = AnnealingParams(slice_work=500, regret_share=1.0)
    search = Search(Plan.empty(build_tables(columns)), params=params, seed=seed)
    search.run(10 * WORK)
    assert_keeps_every_rule(columns, search.best.selection(), search.best.objective)
    assert search.best.objective == optimum(columns)


def test_a_job_at_its_best_column_has_no_regret_and_seeds_no_move_by_it():
    columns = random_columns(23, job_count=6)
    tables = build_tables(columns)
    alone = Search(Plan.empty(tables))._table
    best = [int(np.argmax(alone.score[alone.first[w] : alone.first[w + 1]])) for w in range(len(alone.origin))]
    plan = Plan.empty(tables)
    job = next(job for job in range(columns.job_count) if alone.window_best[tables.job_first[job]] > 0.0)
    ranked = int(tables.job_first[job])
    plan.place(job, int(alone.origin[ranked]), int(Search(plan)._tables.start_first[ranked]) + best[ranked])
    chance = np.diff(Search(plan, params=AnnealingParams(regret_share=1.0))._chains[0].cumulative, prepend=0.0)
    assert chance[job] == 0.0
    assert chance.max() > 0.0


@pytest.mark.parametrize("by_worth", [False, True])
def test_jobs_that_gain_nothing_at_the_prices_count_by_what_they_are_worth(by_worth):
    columns = random_columns(25, job_count=20)
    tables = build_tables(columns)
    dear = np.full(tables.capacity.shape, 1e6)
    search = Search(Plan.empty(tables), dear, np.zeros(len(columns.budgets)), AnnealingParams(by_worth=by_worth))
    worth = np.zeros(columns.job_count)
    np.maximum.at(worth, columns.job, columns.base)
    assert (search._chains[0].value == (worth if by_worth else 1.0)).all()


@pytest.mark.parametrize("priced", [False, True])
def test_scores_that_are_not_held_are_those_that_would_be(priced, monkeypatch):
    columns = random_columns(27, job_count=20)
    tables = build_tables(columns)
    prices = np.random.default_rng(27).uniform(0.0, 2.0, tables.capacity.shape) if priced else NO_PRICES
    held_tables, held = ranking.build_scores(tables, prices, NO_BUDGET_PRICES)
    monkeypatch.setattr(ranking, "MOST_SCORES", 0)
    found_tables, found = ranking.build_scores(tables, prices, NO_BUDGET_PRICES)
    assert not len(found.score)
    assert len(held.score)
    np.testing.assert_array_equal(held.origin, found.origin)
    np.testing.assert_allclose(held.window_best, found.window_best, rtol=1e-4)
    window = np.repeat(np.arange(columns.window_count, dtype=np.int32), np.diff(held.first))
    start = np.concatenate([
        np.arange(first, last + 1, dtype=np.int32)
        for first, last in zip(held_tables.start_first, held_tables.start_last, strict=True)
    ])  # fmt: skip
    scratch = np.empty(columns.slot_count + 1, dtype=np.float32)
    for ranked, table in ((held_tables, held), (found_tables, found)):
        score = np.empty(len(window))
        ranking.scores_of(ranked, table, window, start, scratch, score)
        np.testing.assert_allclose(score, held.score, rtol=1e-4, atol=1.0)
    # where budgets have prices every score is held
    assert len(ranking.build_scores(tables, prices, np.ones(len(columns.budgets)))[1].score)


@pytest.mark.parametrize("seed", range(3))
def test_a_search_without_held_scores_finds_the_optimum_and_stays_exact(seed, monkeypatch):
    monkeypatch.setattr(ranking, "MOST_SCORES", 0)
    columns = random_columns(seed, job_count=5)
    search = Search(Plan.empty(build_tables(columns)), params=AnnealingParams(slice_work=500, regret_share=0.5), seed=seed)
    search.run(10 * WORK)
    assert_keeps_every_rule(columns, search.best.selection(), search.best.objective)
    assert search.best.objective == optimum(columns)


def test_a_coarse_search_puts_jobs_in_at_some_starts_and_begins_with_windows_good_there(monkeypatch):
    monkeypatch.setattr(ranking, "COARSE_SLOTS", 3)
    columns = random_columns(27, job_count=20)
    tables = build_tables(columns)
    _, every = ranking.build_scores(tables, NO_PRICES, NO_BUDGET_PRICES)
    some_tables, some = ranking.build_scores(tables, NO_PRICES, NO_BUDGET_PRICES, coarse=True)
    place = np.argsort(every.origin)[some.origin]
    kept = 0
    for window, before in enumerate(place.tolist()):
        first = int(some_tables.start_first[window])
        scores = some.score[some.first[window] : some.first[window + 1]]
        for start, score, whole in zip(
            range(first, first + len(scores)),
            scores.tolist(),
            every.score[every.first[before] : every.first[before + 1]].tolist(),
            strict=True,
        ):
            is_kept = start % 3 == 0 or len(scores) < 3
            assert score == (whole if is_kept else -np.inf)
            kept += is_kept
        assert some.window_best[window] == scores.max()
    assert 0 < kept < len(every.score)
    for job in range(columns.job_count):
        assert (np.diff(some.window_best[some_tables.job_first[job] : some_tables.job_first[job + 1]]) <= 0).all()
    # the polish that follows has them all
    assert searches.HOT.coarse
    assert not searches.POLISH.coarse
    assert not searches.SCARCE_POLISH.coarse
