"""What one run of the price engine does when: lists of plans beside the bound, and the searches for the time there is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.certificates import Certificate
from optimizer.engines.base import WarmStart
from optimizer.engines.price import run
from optimizer.engines.price.bound.kernel import pricing_table
from optimizer.engines.price.plans import searches
from optimizer.engines.price.rows.slot_rows import no_slot_rows
from optimizer.params import SolveParams
from tests.engines.price.instances import random_columns
from tests.engines.recorder import Recorder


@pytest.mark.parametrize("is_fleet", [True, False])
def test_a_fleet_lists_plans_soon_and_before_the_dive_and_others_at_all_prices(monkeypatch, is_fleet):
    monkeypatch.setattr(run, "DIVE_JOB_COUNT", 1 if is_fleet else 1_000)
    seen, listed = [], []
    stages = run.bound_stages

    def followed(*given, **named):
        for stage in stages(*given, **named):
            seen.append(stage.name)
            yield stage
        seen.append("rows")
        yield replace(stage, rows=no_slot_rows(table.profiles.count, columns.slot_count))

    monkeypatch.setattr(run, "bound_stages", followed)
    monkeypatch.setattr(run.PriceRun, "_list", lambda self, point: listed.append(seen[-1]))
    columns = random_columns(5, job_count=40)
    table = pricing_table(columns)
    params = run.BoundingParams(sample_shares=(0.1, 0.3), least_sample=3, row_rounds=0)
    run.PriceRun(columns, SolveParams(thread_count=1), None, Recorder()).bound(lambda: False, params)
    assert seen == ["sample 0.1", "sample 0.3", "all jobs", "rows"]
    assert listed == (["sample 0.1", "all jobs"] if is_fleet else seen)


def begun_in(monkeypatch, seconds, earned_share=0.0):
    """The parameters of the searches of a run with so much time, each but begun."""
    begun = []
    monkeypatch.setattr(run.PriceRun, "_earned_share", lambda self: earned_share)
    monkeypatch.setattr(run.PriceRun, "_anneal", lambda self, share, params, seed, **named: begun.append(params))
    columns = random_columns(5, job_count=40)
    run.PriceRun(columns, SolveParams(thread_count=1), None, Recorder(seconds=seconds)).search(lambda: 0.0)
    return begun


def test_one_search_is_hot_where_there_is_little_time_for_each_window(monkeypatch):
    windows = random_columns(5, job_count=40).window_count
    assert begun_in(monkeypatch, 0.0001 * windows) == [searches.HASTY, searches.POLISH]
    assert begun_in(monkeypatch, 0.001 * windows) == [searches.SINGLE, searches.POLISH]
    assert searches.HASTY.hot > searches.SINGLE.hot


def test_time_for_more_than_one_search_is_divided_between_restarts(monkeypatch):
    windows = random_columns(5, job_count=40).window_count
    twice = 2 * (searches.RESTART_SECONDS + searches.RESTART_SECONDS_PER_WINDOW * windows)
    assert begun_in(monkeypatch, twice) == [searches.HOT, searches.POLISH, searches.WARM, searches.POLISH]


def test_where_limits_earn_much_of_the_bound_the_search_moves_jobs_by_what_they_are_worth(monkeypatch):
    assert begun_in(monkeypatch, 0.1, earned_share=run.SCARCE_SHARE) == [searches.SCARCE, searches.SCARCE_POLISH]


@pytest.mark.parametrize("limits_are_scarce", [True, False])
def test_many_jobs_at_scarce_limits_are_searched_by_worth_however_much_time_there_is(monkeypatch, limits_are_scarce):
    monkeypatch.setattr(searches, "RESTARTED_JOB_COUNT", 39)
    columns = random_columns(5, job_count=40)
    long = 100 * (searches.RESTART_SECONDS + searches.RESTART_SECONDS_PER_WINDOW * columns.window_count)
    begun = begun_in(monkeypatch, long, earned_share=run.SCARCE_SHARE if limits_are_scarce else 0.0)
    if limits_are_scarce:
        assert begun == [searches.SCARCE, searches.SCARCE_POLISH]
    else:
        assert len(begun) >= 2 * 99
        assert not any(params.by_worth for params in begun)


def test_few_jobs_restart_even_where_limits_are_scarce(monkeypatch):
    columns = random_columns(5, job_count=40)
    assert columns.job_count <= searches.RESTARTED_JOB_COUNT
    assert searches.restart_count(columns, 1e6, scarce=True) == searches.restart_count(columns, 1e6, scarce=False) > 1


def test_beside_an_earlier_plan_it_is_cooler_and_begins_at_what_has_changed(monkeypatch):
    monkeypatch.setattr(run.PriceRun, "_is_scarce", True)
    begun = []
    monkeypatch.setattr(run.PriceRun, "_anneal", lambda self, share, params, seed, **named: begun.append(params))
    columns = random_columns(5, job_count=40)
    nothing = np.full(columns.job_count, -1, dtype=np.int32)
    earlier = WarmStart(nothing, nothing.copy(), certificate=Certificate(bound_micros=0, unit_bits=1, slot_prices=()))
    run.PriceRun(columns, SolveParams(thread_count=1), earlier, Recorder(seconds=100.0)).search(lambda: 0.0)
    assert begun == [searches.SCARCE_REPAIR, searches.SCARCE_POLISH]
    assert searches.SCARCE_REPAIR.hot < searches.SCARCE.hot
    assert searches.SCARCE_REPAIR.regret_share > 0.0
