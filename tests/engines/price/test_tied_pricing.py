"""Tied jobs priced as blocks and with prices of order: the bound holds, is met where it can be, fixing keeps the best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.columns.table import Columns
from optimizer.columns.ties import Floors, Precedences, Together
from optimizer.engines.price.bound.bounding import BoundingParams, bound_stages
from optimizer.engines.price.bound.certificate import CertifiedPoint, certify, fix_by_reduced_cost
from optimizer.engines.price.bound.dual import DualAscent, DualPoint
from optimizer.engines.price.bound.grants import MandatoryJobWithoutColumnsError
from optimizer.engines.price.bound.kernel import pricing_table
from optimizer.engines.price.ties.tied_table import tied_table
from tests.engines.brute_force import best_objective
from tests.engines.tied_columns import tied_columns
from tests.engines.tiny_columns import TinyWindow, tiny_columns

QUICK = BoundingParams(ascent_evaluations=60, row_rounds=1, round_evaluations=40, last_evaluations=60)
SEEDS = range(150)


def ordered(columns: Columns, *precedences: tuple[int, int, int]) -> Columns:
    before, after, lag = np.array(precedences, dtype=np.int32).T
    names = tuple((f"job {a}", f"job {b}") for a, b, _ in precedences)
    return replace(columns, precedences=Precedences(before, after, lag, names))


def together(columns: Columns, jobs: list[int], key_of_pool: list[int]) -> Columns:
    first, keys = np.array([0, len(jobs)], dtype=np.int64), np.array([key_of_pool], dtype=np.int32)
    return replace(columns, together=Together(first, np.array(jobs, dtype=np.int32), keys))


def two_jobs(*windows: TinyWindow, mandatory: bool = False) -> Columns:
    return tiny_columns(windows, [[9] * 6], slot_count=6, mandatory=[mandatory] * 2)


def free(columns: Columns) -> DualPoint:
    return DualPoint(np.zeros(columns.capacity.shape), np.zeros(len(columns.budgets)), np.zeros(0))


def certified(columns: Columns) -> CertifiedPoint:
    table = pricing_table(columns)
    *_, stage = bound_stages(table, QUICK)
    return stage.certify(table)


def test_no_bound_is_below_the_best_plan_at_any_prices_and_nothing_it_needs_is_fixed_away() -> None:
    met = proved = 0
    for seed in SEEDS:
        columns = replace(tied_columns(seed), floors=Floors())
        table, best = pricing_table(columns), best_objective(columns)
        rng = np.random.default_rng(seed)
        count = 0 if table.tied is None else len(table.tied.precedence)
        order = rng.random((count, columns.slot_count)) * rng.choice([0.0, 1.0, 10.0])
        for point in (free(columns), replace(free(columns), order=order), None):
            try:
                proof = certified(columns) if point is None else certify(table, point)
            except MandatoryJobWithoutColumnsError:
                assert best is None
                continue
            if best is None:
                continue
            assert best <= proof.certificate.bound_micros
            left = fix_by_reduced_cost(table, proof, best - 1).columns
            assert best_objective(left) == best
            if point is None:
                proved += 1
                met += best == proof.certificate.bound_micros
    assert met > 0.5 * proved


def test_a_price_of_order_is_paid_from_the_start_and_earned_from_the_end_and_its_lag() -> None:
    columns = ordered(two_jobs(TinyWindow(0, 0, 4, base=10), TinyWindow(1, 0, 4, base=10)), (0, 1, 1))
    tied = tied_table(columns, pricing_table(columns).profiles)
    assert tied is not None
    price = np.array([[1, 2, 3, 4, 5, 6]], dtype=np.int64)
    tolls = tied.tolls(price)
    assert tolls.start[tolls.row_of_job[1]].tolist() == [21, 20, 18, 15, 11, 6, 0]
    assert tolls.end[tolls.row_of_job[0]].tolist() == [20, 18, 15, 11, 6, 0, 0]
    assert tolls.start[tolls.row_of_job[0]].tolist() == tolls.end[tolls.row_of_job[1]].tolist() == [0] * 7
    use = tied.order_use(np.array([1, 3]), np.array([3, 4]))
    assert use.tolist() == [[0, 0, 0, 1, 0, 0]]


def test_prices_of_order_close_a_gap_that_no_other_price_can() -> None:
    """Each job would run in slot 0 if alone; in order one of them is late by the other's length."""
    windows = [TinyWindow(job, 0, 4, base=10, duration=2) for job in range(2)]
    columns = replace(two_jobs(*windows), tardiness_cost=np.array([1, 1]), due_slot=np.array([2, 2], dtype=np.int32))
    columns = ordered(columns, (0, 1, 0))
    assert best_objective(columns) == 18
    assert certify(pricing_table(columns), free(columns)).certificate.bound_micros == 20
    table = pricing_table(columns)
    ascent = DualAscent(table)
    ascent.run(300)
    assert certify(table, ascent.best_point).certificate.bound_micros == 18


def test_a_group_is_worth_its_best_single_key() -> None:
    worths = ((0, 0, 10), (0, 1, 4), (1, 0, 3), (1, 1, 12))
    windows = [TinyWindow(job, 0, 0, base=base, mode=mode) for job, mode, base in worths]
    columns = replace(two_jobs(*windows), pool=np.array([0, 1, 0, 1], dtype=np.int32))
    split = together(columns, [0, 1], [0, 1])
    assert certify(pricing_table(split), free(split)).certificate.bound_micros == 16
    columns = together(columns, [0, 1], [7, 7])
    assert certify(pricing_table(columns), free(columns)).certificate.bound_micros == 22


@pytest.mark.parametrize("mandatory", [False, True])
def test_a_group_whose_jobs_share_no_key(mandatory: bool) -> None:
    columns = two_jobs(TinyWindow(0, 0, 0, base=10), TinyWindow(1, 0, 0, base=12), mandatory=mandatory)
    columns = together(replace(columns, pool=np.array([0, 1], dtype=np.int32)), [0, 1], [0, 1])
    if mandatory:
        with pytest.raises(MandatoryJobWithoutColumnsError, match="group"):
            certify(pricing_table(columns), free(columns))
    else:
        assert certify(pricing_table(columns), free(columns)).certificate.bound_micros == 12


def test_jobs_without_ties_have_no_table() -> None:
    columns = two_jobs(TinyWindow(0, 0, 4, base=10), TinyWindow(1, 0, 4, base=10))
    assert pricing_table(columns).tied is None
    tied = pricing_table(ordered(columns, (0, 1, 0)))
    assert tied.tied is not None
    assert tied.restricted(np.array([0])).tied is None
