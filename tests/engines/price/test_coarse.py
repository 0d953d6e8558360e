"""Coarse slots: what is planned on them is a plan of the whole problem, and only plans are taken from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.columns.lanes import Lanes
from optimizer.columns.table import Columns, Selection
from optimizer.columns.ties import Precedences
from optimizer.engines.price import run
from optimizer.engines.price.bound.dual import DualPoint
from optimizer.engines.price.plans import coarse, recreate
from optimizer.engines.price.plans.coarse import CoarseGrid, coarse_grid
from optimizer.engines.price.plans.plan import Plan
from optimizer.engines.price.plans.recreate import AnnealingParams, Search
from optimizer.engines.price.plans.schedule import first_plan
from optimizer.engines.price.tables import build_tables
from optimizer.engines.registry import get
from optimizer.params import SolveParams
from tests.engines.price.instances import optimum, random_columns
from tests.engines.recorder import Recorder


@pytest.fixture(autouse=True)
def however_much_it_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs here are of a few slots, and the price of energy is another in each."""
    monkeypatch.setattr(coarse, "MOST_ROUNDED", 10.0)
    monkeypatch.setattr(coarse, "MOST_APART", 10.0)


def grid_of(monkeypatch: pytest.MonkeyPatch, columns: Columns, slot_count: int) -> CoarseGrid:
    """The problem on at least so many coarse slots."""
    monkeypatch.setattr(coarse, "COARSE_SLOTS", slot_count)
    grid = coarse_grid(columns)
    assert grid is not None
    return grid


@pytest.mark.parametrize("slot_count", [3, 4, 5])
@pytest.mark.parametrize("seed", range(5))
def test_a_coarse_plan_is_a_plan_of_the_whole_problem(monkeypatch, slot_count, seed):
    columns = random_columns(seed, job_count=12, slot_count=19)
    columns = replace(columns, budget_capacity=5 * columns.budget_capacity)
    order = Precedences(np.array([0, 3], np.int32), np.array([1, 4], np.int32), np.array([1, 3], np.int32), (("a", "b"),) * 2)
    grid = grid_of(monkeypatch, replace(columns, precedences=order), slot_count)
    assert grid.step == 19 // slot_count
    search = Search(Plan.empty(build_tables(grid.columns)), params=AnnealingParams(slice_work=500), seed=seed)
    search.run(5_000)
    selection = grid.refined(search.best.selection())
    # raises where a run does not fit, or its start is none of its window's
    plan = Plan.of(build_tables(columns), selection)
    placed = np.flatnonzero(selection.window >= 0)
    assert len(placed) >= 3
    for job in placed.tolist():
        window, start = selection.window[job], selection.start[job]
        assert columns.start_first[window] <= start <= columns.start_last[window]
        assert start // grid.step == search.best.start[job]
    for before, after, lag in zip(order.predecessor, order.successor, order.lag, strict=True):
        if plan.window[after] >= 0:
            assert plan.start[after] >= plan.start[before] + columns.duration[plan.window[before]] + lag


def test_a_run_of_whole_coarse_slots_is_worth_the_same(monkeypatch):
    columns = random_columns(8, job_count=30, slot_count=20)
    grid = grid_of(monkeypatch, columns, 10)
    whole = np.flatnonzero((columns.duration % 2 == 0) & (columns.start_first < columns.start_last))
    assert len(whole) > 20
    for window in whole.tolist():
        aligned = np.arange(columns.start_first[window], columns.start_last[window] + 1) % 2 == 0
        assert grid.columns.worth(window).tolist() == columns.worth(window)[aligned].tolist()


def test_what_rounding_adds_to_a_run_costs_about_nothing(monkeypatch):
    columns = random_columns(8, job_count=30, slot_count=20)
    flat = np.arange(21) * np.array([[3_000], [5_000]])
    none = np.zeros(30, dtype=np.int64)
    grid = grid_of(monkeypatch, replace(columns, energy_prefix=flat, carbon_prefix=0 * flat, tardiness_cost=none), 10)
    for window in range(columns.window_count):
        gained = grid.columns.worth(window)[0] - grid.whole.worth(window)[0]
        assert abs(gained) <= 1


def test_a_coarse_slot_costs_what_its_slots_cost(monkeypatch):
    columns = random_columns(1, slot_count=11)
    grid = grid_of(monkeypatch, columns, 4)
    price = np.arange(44.0).reshape(4, 11)
    guide = grid.guide(DualPoint(price, np.array([1.0, 2.0]), np.ones(7)))
    assert guide.limit.shape == grid.columns.capacity.shape == (4, 6)
    assert guide.limit[:, 0].tolist() == (price[:, 0] + price[:, 1]).tolist()
    assert guide.limit[:, 5].tolist() == price[:, 10].tolist()
    assert guide.budget.tolist() == [1.0, 2.0]
    assert not len(guide.row)


def test_few_slots_and_what_goes_by_the_slot_stay_as_they_are(monkeypatch):
    columns = random_columns(1, slot_count=11)
    assert coarse_grid(columns) is None
    monkeypatch.setattr(coarse, "COARSE_SLOTS", 6)
    assert coarse_grid(columns) is None
    monkeypatch.setattr(coarse, "COARSE_SLOTS", 5)
    assert coarse_grid(columns) is not None
    lanes = replace(Lanes(), job=np.zeros(1, dtype=np.int32))
    assert coarse_grid(replace(columns, lanes=lanes)) is None


def test_slots_are_as_coarse_as_rounding_allows(monkeypatch):
    columns = random_columns(1, slot_count=24)
    same = replace(columns, duration=np.full(columns.window_count, 6, dtype=np.int32))
    monkeypatch.setattr(coarse, "MOST_ROUNDED", 0.1)
    assert grid_of(monkeypatch, same, 4).step == 6
    assert grid_of(monkeypatch, same, 5).step == 3
    assert grid_of(monkeypatch, same, 8).step == 3
    assert coarse_grid(replace(same, duration=same.duration - 1)) is None


def test_only_slots_of_one_price_become_one(monkeypatch):
    columns = random_columns(1, slot_count=24)
    hourly = np.repeat(np.random.default_rng(0).integers(1, 9_999, (2, 6)), 4, axis=1)
    energy = np.concatenate([np.zeros((2, 1), dtype=np.int64), np.cumsum(hourly, axis=1)], axis=1)
    quarters = replace(columns, energy_prefix=energy, carbon_prefix=0 * energy)
    monkeypatch.setattr(coarse, "MOST_APART", 0.0)
    assert grid_of(monkeypatch, quarters, 4).step == 4
    assert grid_of(monkeypatch, quarters, 10).step == 2
    assert coarse_grid(columns) is None


@pytest.mark.parametrize("is_fleet", [True, False])
def test_dives_and_long_searches_take_coarse_slots_and_polishes_all(monkeypatch, is_fleet):
    monkeypatch.setattr(coarse, "COARSE_SLOTS", 5)
    monkeypatch.setattr(run, "DIVE_JOB_COUNT", 1 if is_fleet else 1_000)
    searched, dived, begin, dive = [], [], recreate.Search.__init__, run.dive

    def begun(self, plan, *given, **named):
        searched.append(plan.residual.shape[1])
        begin(self, plan, *given, **named)

    monkeypatch.setattr(recreate.Search, "__init__", begun)
    monkeypatch.setattr(run, "dive", lambda plan, *given: dived.append(plan.residual.shape[1]) or dive(plan, *given))
    columns = random_columns(3, job_count=6, slot_count=20)
    heard = Recorder()
    start = first_plan(columns).selection()
    get("price").solve(columns, SolveParams(thread_count=1, work_limit=2_000), start, heard)
    assert searched == ([20, 20] if is_fleet else [5, 20])
    assert dived == ([5] if is_fleet else [])
    # plans and bounds are those of the whole problem
    best = optimum(columns)
    assert best is not None
    assert min(heard.bounds) >= best >= heard.incumbents[-1][1]
    for selection, objective in heard.incumbents:
        assert Plan.of(build_tables(columns), selection).objective == objective


def test_where_coarse_slots_have_no_room_for_what_must_run_there_are_none(monkeypatch):
    monkeypatch.setattr(coarse, "COARSE_SLOTS", 5)
    columns = random_columns(3, job_count=6, mandatory=True, slot_count=20)
    # in every coarse slot one slot is closed, and the job that must run fits between them
    capacity = columns.capacity.copy()
    capacity[:, ::4] = 0
    is_first = columns.job == 0
    first = replace(
        columns,
        capacity=capacity,
        start_first=np.where(is_first, 1, columns.start_first).astype(np.int32),
        start_last=np.where(is_first, 1, columns.start_last).astype(np.int32),
        duration=np.where(is_first, 1, columns.duration).astype(np.int32),
    )
    window = int(columns.job_first[0])
    placed = np.full(6, -1, dtype=np.int32)
    placed[0] = window
    start = Selection(placed, np.where(placed >= 0, 1, -1).astype(np.int32))
    price = run.PriceRun(first, SolveParams(thread_count=1, work_limit=500), start, Recorder())
    price.bound(lambda: False)
    price.search(lambda: 0.0)
    assert price._coarse is None
    assert price.incumbent is not None
