"""Plans of the price engine keep order and groups: list schedules, completed hints and the search."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.columns.candidates import candidates
from optimizer.columns.table import Columns, Selection
from optimizer.columns.ties import Floors, Precedences, Together
from optimizer.engines.greedy import GreedyEngine, first_plan
from optimizer.engines.price.plans.list_plans import completed
from optimizer.engines.price.plans.recreate import Search
from optimizer.engines.price.plans.schedule import JobOrder, Plan, schedule
from optimizer.engines.price.tables import build_tables
from optimizer.engines.price.ties.tied import predecessors_first
from optimizer.exact.problem import exact
from optimizer.formulation.selections import empty_selection, value_of
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from tests.engines.brute_force import best_objective
from tests.engines.recorder import Recorder
from tests.engines.tied_columns import tied_columns
from tests.engines.tiny_columns import TinyWindow, tiny_columns
from tests.evening_plan import EVENING, PLAN

SEEDS = range(150)


def chain(*worths: int, capacity: int = 1) -> Columns:
    """Jobs of one slot, each after the one before it, on one node."""
    windows = [TinyWindow(job, 0, 5, base=worth, uses={0: 1}) for job, worth in enumerate(worths)]
    columns = tiny_columns(windows, [[capacity] * 6], slot_count=6, mandatory=[False] * len(worths))
    jobs = np.arange(len(worths), dtype=np.int32)
    names = tuple((str(a), str(a + 1)) for a in range(len(worths) - 1))
    return replace(columns, precedences=Precedences(jobs[:-1], jobs[1:], np.zeros(len(worths) - 1, dtype=np.int32), names))


def assert_kept(columns: Columns, plan: Plan) -> None:
    if not plan.missing:
        assert value_of(columns, plan.selection()) == plan.objective


@pytest.mark.parametrize("by", JobOrder)
def test_list_schedules_keep_ties(by: JobOrder) -> None:
    for seed in SEEDS:
        columns = replace(tied_columns(seed), floors=Floors())
        assert_kept(columns, schedule(columns, orders=(by,)))


def test_the_search_keeps_ties_and_finds_the_best() -> None:
    found = searched = 0
    for seed in SEEDS:
        columns = replace(tied_columns(seed), floors=Floors())
        best = best_objective(columns)
        if not columns.window_count:
            continue
        searched += 1
        search = Search(Plan.empty(build_tables(columns)), seed=seed)
        search.run(20_000)
        plan = search.best
        assert_kept(columns, plan)
        if best is not None and not plan.missing:
            assert plan.objective <= best
            found += plan.objective == best
        else:
            found += best is None
    assert found >= 0.97 * searched


def test_a_hint_that_breaks_order_is_mended() -> None:
    columns = chain(5, 5, 5)
    hint = Selection(np.array([0, 1, 2], dtype=np.int32), np.array([2, 1, 0], dtype=np.int32))
    plan = first_plan(columns, hint)
    assert plan is not None
    assert value_of(columns, plan) == 15


def test_a_job_that_loses_runs_for_one_that_gains_more_and_not_for_itself() -> None:
    columns = chain(-4, 10)
    assert schedule(columns).objective == 6
    result = GreedyEngine().solve(columns, SolveParams(), None, Recorder())
    assert result.selection is not None
    assert value_of(columns, result.selection) == 6
    alone = chain(-4, 3)
    assert schedule(alone).selection().window.tolist() in ([-1, -1], [0, 1])
    assert value_of(alone, first_plan(alone, empty_selection(alone)) or empty_selection(alone)) in (0, -1)


def test_whoever_waits_stands_after_all_it_waits_for() -> None:
    tables = build_tables(chain(1, 1, 1, 1))
    order = predecessors_first(tables, np.array([3, 1, 0, 2], dtype=np.int32))
    assert order.tolist() == [0, 1, 2, 3]
    assert predecessors_first(tables, np.array([2, 3], dtype=np.int32)).tolist() == [2, 3]


def test_whoever_opens_the_way_to_much_is_placed_early() -> None:
    """Four slots of one node; the two jobs of the chain bring most together, the first of them least of all by itself."""
    columns = chain(1, 30)
    windows = [TinyWindow(0, 0, 2, base=1, uses={0: 1}), TinyWindow(1, 0, 3, base=30, uses={0: 1})]
    windows += [TinyWindow(job, 0, 3, base=10, uses={0: 1}) for job in (2, 3, 4)]
    columns = replace(
        tiny_columns(windows, [[1] * 4], slot_count=4, mandatory=[False] * 5),
        precedences=replace(columns.precedences, names=(("0", "1"),)),
    )
    assert schedule(columns, orders=(JobOrder.VALUE,)).objective == 1 + 30 + 10 + 10


def test_untied_jobs_run_in_pieces_beside_tied_ones() -> None:
    result = solve(
        replace(EVENING, jobs=tuple(replace(job, priority_tier=None) for job in EVENING.jobs)),
        SolveParams(engine="price", work_limit=20_000, thread_count=1),
    )
    assert {placement.job for placement in result.placements if placement.segments} == {"tune", "sweep"}


def test_a_hint_in_pieces_is_kept_beside_ties_but_for_a_tied_job() -> None:
    problem = replace(EVENING, jobs=tuple(replace(job, priority_tier=None) for job in EVENING.jobs))
    found = candidates(exact(problem))
    hint = found.selection(list(PLAN.values()))
    kept = completed(found.columns, hint)
    names = [job.name for job in problem.jobs]
    assert {names[job] for job in hint.pieces} == {"pretrain", "sweep", "tune"}
    assert {names[job] for job in kept.pieces} == {"sweep", "tune"}
    assert value_of(found.columns, kept.selection()) == kept.objective


def test_a_group_moves_as_one() -> None:
    """Two small jobs hold the pool that pays more for both together; a search that moves one at a time would stay."""
    windows = [
        TinyWindow(job, 0, 0, base=base, uses={mode: 1}, mode=mode) for job in range(2) for mode, base in enumerate((4, 6))
    ]
    columns = tiny_columns(windows, [[2], [2]], slot_count=1, mandatory=[False, False])
    columns = replace(
        columns,
        pool=np.array([0, 1, 0, 1], dtype=np.int32),
        together=Together(
            first=np.array([0, 2]), job=np.array([0, 1], dtype=np.int32), key_of_pool=np.array([[0, 1]], dtype=np.int32)
        ),
    )
    tables = build_tables(columns)
    plan = Plan.of(tables, Selection(np.array([0, 2], dtype=np.int32), np.zeros(2, dtype=np.int32)))
    search = Search(plan)
    search.run(2_000)
    assert search.best.objective == 12
