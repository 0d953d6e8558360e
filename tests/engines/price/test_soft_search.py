"""The annealing that may break limits: what it counts is what stands, and the plans that it tells keep every rule."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.columns.table import Columns, IndexArray
from optimizer.engines.price.halls import soft_state as at
from optimizer.engines.price.halls.search import with_standby_reserved
from optimizer.engines.price.halls.soft import SETTLING, WARM, SoftSearch, anneals, mean_part
from optimizer.engines.price.tables import FloatArray
from optimizer.formulation.selections import used_by, value_of
from optimizer.problem import Commitment, Problem
from tests.conformance.brute_force import optimum_micros
from tests.conformance.problems import PROBLEMS
from tests.engines.price.test_hall_search import NAMES, PRICE, columns_of, halls_alike
from tests.fleet import hall, job, mode, pool, problem, site


def searched(columns: Columns, work: int, seed: int = 1, thread_count: int = 1) -> SoftSearch:
    search = SoftSearch(columns, seed, thread_count)
    search.run(lambda: 0.0, lambda: None, work)
    return search


def left_by(search: SoftSearch, window: IndexArray, start: IndexArray) -> FloatArray:
    """``[M, T]``: capacity less what the runs use, below 0 where they break a limit."""
    tables = search._tables
    left = tables.capacity.astype(np.float64)
    for taken, begin in zip(window.tolist(), start.tolist(), strict=True):
        for k in range(tables.use_first[taken], tables.use_first[taken + 1]):
            left[tables.use_limit[k], begin : begin + tables.duration[taken]] -= tables.use_amount[k]
    return left


def packed(*nodes_and_slots: tuple[int, int], nodes: int) -> Problem:
    """Jobs that must run, in one hall of ``nodes`` over six slots."""
    rules = Commitment(standby_power_kw=3.0, start_up_cost=1.0)
    jobs = (job(f"j{j}", mode(8 * width, slots), value=None) for j, (width, slots) in enumerate(nodes_and_slots))
    sites = (site("s", hall("h", pool("p", (nodes,)), commitment=rules), energy_price_per_mwh=PRICE),)
    return problem(*jobs, sites=sites, slot_count=6)


@pytest.mark.parametrize("name", NAMES)
def test_small_problems_are_solved(name: str) -> None:
    columns = columns_of(PROBLEMS[name])
    assert anneals(columns)
    search = searched(columns, 20_000, thread_count=2)
    assert search.found
    assert search.objective == value_of(columns, search.plan) == optimum_micros(PROBLEMS[name])


@pytest.mark.parametrize("work", [0, 1, 12_000])
def test_what_it_counts_is_what_stands(work: int) -> None:
    columns = columns_of(halls_alike(4, 14))
    search = searched(columns, work) if work else SoftSearch(columns)
    (state,) = search._chains
    left = left_by(search, state.window, state.start)
    assert np.array_equal(state.left, left)
    broken = np.where(left < 0, state.least[:, None] - left, 0.0) * state.part[:, None]
    assert state.counters[at.BROKEN] == (left < 0).sum()
    assert state.money[at.TOLL] == pytest.approx(broken.sum(), abs=1e-6)
    assert state.counters[at.STALE] == 0
    assert not state.stale.any()


def test_plans_told_keep_every_limit_and_are_worth_what_is_said() -> None:
    columns = columns_of(halls_alike(4, 14))
    search, told = SoftSearch(columns, 3), []
    search.run(lambda: 0.0, lambda: told.append((search.objective, search.plan)), work=30_000)
    assert told
    reserved = with_standby_reserved(columns)
    for objective, plan in told:
        assert objective == value_of(columns, plan)
        assert (used_by(columns, plan) <= reserved.capacity).all()
    assert [objective for objective, _ in told] == sorted(objective for objective, _ in told)


def test_a_hall_filled_to_the_last_node_and_slot() -> None:
    columns = columns_of(packed((6, 2), (4, 2), (5, 4), (2, 4), (3, 4), nodes=10))
    search = searched(columns, 40_000)
    assert search.found
    assert search.objective == value_of(columns, search.plan)


def test_where_no_plan_is_nothing_is_found_and_all_that_must_run_stands() -> None:
    columns = columns_of(packed((6, 4), (6, 4), nodes=10))
    search = searched(columns, 3_000)
    assert not search.found
    assert (search.plan.window >= 0).all()
    assert value_of(columns, search.plan) is None


def test_what_does_not_pay_is_left_out() -> None:
    rules = Commitment(standby_power_kw=1_000.0, start_up_cost=50.0)
    sites = (site("s", hall("h", pool("p", (4,)), commitment=rules), energy_price_per_mwh=PRICE),)
    jobs = (job("dear", mode(8, 2, 20.0), value=1.0), job("also", mode(8, 2, 20.0), value=2.0))
    search = searched(columns_of(problem(*jobs, sites=sites, slot_count=6)), 5_000)
    assert search.found
    assert search.objective == 0
    assert (search.plan.window == -1).all()


def test_chains_that_wait_go_on_from_the_best() -> None:
    columns = columns_of(halls_alike(4, 14))
    search = SoftSearch(columns, 3, thread_count=2)
    search.run(lambda: 0.0, lambda: None, work=20_000, chain_count=lambda: 1)
    first, second = search._chains
    assert int(first.counters[at.WORK]) >= 20_000 > int(second.counters[at.WORK])
    assert np.array_equal(second.left, left_by(search, second.window, second.start))


def test_the_same_work_gives_the_same_plan() -> None:
    columns = columns_of(halls_alike(5, 14))
    one, other = searched(columns, 10_000, seed=7).plan, searched(columns, 10_000, seed=7).plan
    assert np.array_equal(one.window, other.window)
    assert np.array_equal(one.start, other.start)


def test_what_more_than_limits_by_slot_rules_is_left_to_other_searches() -> None:
    assert not anneals(columns_of(PROBLEMS["halls_and_all_rules"]))


def test_the_part_of_a_limit_that_runs_take() -> None:
    columns = columns_of(packed((6, 2), (4, 2), (2, 4), nodes=10))
    assert mean_part(columns) == pytest.approx((0.6 + 0.4 + 0.2) / 3)
    assert mean_part(columns_of(problem(sites=problem().sites, slot_count=6))) == 0.0


def test_limits_close_and_runs_settle_in_the_last_part() -> None:
    search = SoftSearch(columns_of(halls_alike(4, 14)))
    before, at_last, end = (search._temperature(passed) for passed in (0.8, 0.9, 1.0))
    p = SETTLING
    assert end == pytest.approx(search._unit * p.cold * p.last_fall)
    assert before / at_last == pytest.approx((p.hot / p.cold) ** 0.1)
    assert at_last / end == pytest.approx((p.hot / p.cold) ** 0.1 / p.last_fall)
    assert search._pressure(1.0) == pytest.approx(search._pressure(0.9) * p.last_rise)
    assert SoftSearch(columns_of(halls_alike(4, 14)), cooling=WARM)._temperature(1.0) == pytest.approx(search._unit * WARM.cold)
