"""The search over halls: what it counts is what a plan is worth, and it finds the optima of the small problems."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.columns.candidates import candidates
from optimizer.columns.table import Columns
from optimizer.engines.price.halls.alike import alike_prices, first_alike
from optimizer.engines.price.halls.search import HallSearch, searches
from optimizer.engines.price.halls.state import MOVES
from optimizer.exact.problem import exact
from optimizer.formulation.selections import value_of
from optimizer.problem import Commitment, Problem
from tests.conformance.brute_force import optimum_micros
from tests.conformance.problems import PROBLEMS
from tests.fleet import hall, job, mode, pool, problem, site

NAMES = ("hall_opens_for_two", "hall_min_up", "hall_min_down", "standby_and_carbon", "hall_paid_to_stand_by")
PRICE = (100.0, 900.0, 100.0, 100.0, 300.0, 50.0)


def columns_of(meant: Problem) -> Columns:
    return candidates(exact(meant)).columns


def halls_alike(count: int, job_count: int) -> Problem:
    rules = Commitment(standby_power_kw=30.0, start_up_cost=4.0, shut_down_cost=1.0)
    halls = (hall(f"h{k}", pool(f"p{k}", (4,)), commitment=rules) for k in range(count))
    return problem(
        *(job(f"j{j}", mode(8 * (1 + j % 3), 1 + j % 2, 20.0), value=None) for j in range(job_count)),
        sites=(site("s", *halls, energy_price_per_mwh=PRICE),),
        slot_count=6,
    )


@pytest.mark.parametrize("name", NAMES)
def test_small_problems_are_solved(name: str) -> None:
    columns = columns_of(PROBLEMS[name])
    assert searches(columns)
    search = HallSearch(columns, None, seed=1, thread_count=2)
    search.begin(None)
    search.run(lambda: 0.0, lambda: None, work=20_000)
    assert search.missing == 0
    assert search.objective == value_of(columns, search.best) == optimum_micros(PROBLEMS[name])


def test_what_must_run_finds_room_where_halls_are_full_throughout() -> None:
    """Three halls of ten nodes, packed to the last node and slot: list schedules, largest first, leave jobs out."""
    packed = ((10, 2), (6, 4), (4, 1), (4, 3), (5, 6), (3, 4), (2, 6), (3, 2), (9, 3), (1, 6), (5, 3), (4, 3))
    rules = Commitment(standby_power_kw=3.0, start_up_cost=1.0)
    halls = (hall(f"h{k}", pool(f"p{k}", (10,)), commitment=rules) for k in range(3))
    jobs = (job(f"j{j}", mode(8 * nodes, slots), value=None) for j, (nodes, slots) in enumerate(packed))
    columns = columns_of(problem(*jobs, sites=(site("s", *halls, energy_price_per_mwh=PRICE),), slot_count=6))
    assert sum(nodes * slots for nodes, slots in packed) == 3 * 10 * 6
    search = HallSearch(columns, None, seed=2)
    search.begin(None)
    assert search.missing > 0
    search.run(lambda: float(search.missing == 0), lambda: None, work=60_000)
    assert search.missing == 0
    assert value_of(columns, search.best) is not None


def test_chains_that_wait_join_in_later() -> None:
    columns = columns_of(halls_alike(5, 14))
    search = HallSearch(columns, None, seed=3, thread_count=2)
    search.begin(None)
    search.run(lambda: 0.0, lambda: None, work=20_000, chain_count=lambda: 1)
    moves = [int(state.counters[MOVES]) for state in search._chains]
    assert moves[0] > 100 > moves[1]
    search.run(lambda: 0.0, lambda: None, work=20_000)
    assert int(search._chains[1].counters[MOVES]) > moves[1] + 100
    assert search.objective == value_of(columns, search.best)


def test_objectives_told_are_those_of_the_plans() -> None:
    columns = columns_of(halls_alike(5, 14))
    search = HallSearch(columns, None, seed=3)
    search.begin(None)
    told = []
    search.run(lambda: 0.0, lambda: told.append((search.missing, search.objective, search.best)), work=40_000)
    assert told
    for missing, objective, plan in told:
        assert missing == int((plan.window < 0).sum())
        assert missing or objective == value_of(columns, plan)


def test_the_same_work_gives_the_same_plan() -> None:
    columns = columns_of(halls_alike(5, 14))
    plans = []
    for _ in range(2):
        search = HallSearch(columns, None, seed=7)
        search.begin(None)
        search.run(lambda: 0.0, lambda: None, work=10_000)
        plans.append(search.best)
    assert np.array_equal(plans[0].window, plans[1].window)
    assert np.array_equal(plans[0].start, plans[1].start)


def test_tied_jobs_are_left_to_list_schedules() -> None:
    assert not searches(columns_of(PROBLEMS["halls_and_all_rules"]))


def test_halls_that_differ_in_cost_alone_are_alike() -> None:
    columns = columns_of(halls_alike(6, 5))
    assert first_alike(columns).tolist() == [0] * 6
    found = alike_prices(columns, lambda: False, lambda: 0.0)
    assert found is not None
    assert found.point.limit.shape == columns.capacity.shape
    assert (found.point.limit == found.point.limit[0]).all()


def test_few_alike_halls_are_priced_one_by_one() -> None:
    assert alike_prices(columns_of(halls_alike(2, 4)), lambda: False, lambda: 0.0) is None
