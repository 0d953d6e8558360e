"""Where runs are large beside their limits: blocks of runs shifted as a whole, and searches that begin anew in rounds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optimizer.columns.table import Columns, Selection
from optimizer.engines.price.halls import run as hall_run
from optimizer.engines.price.halls import soft_state as at
from optimizer.engines.price.halls.search import HallSearch
from optimizer.engines.price.halls.soft import SETTLING, WARM, Cooling, SoftSearch
from optimizer.engines.price.halls.soft_moves import FARTHEST, _shift
from optimizer.params import SolveParams
from tests.conformance.brute_force import optimum_micros
from tests.conformance.problems import PROBLEMS
from tests.engines.price.test_hall_search import columns_of, halls_alike
from tests.engines.recorder import Recorder


def test_a_block_moves_as_far_as_each_run_may_and_back() -> None:
    search = SoftSearch(columns_of(halls_alike(4, 14)), seed=5)
    tables, book, (state,) = search._tables, search._book, search._chains
    left, cost = state.left.copy(), float(state.money[at.COST])
    together = 0
    for _ in range(200):
        state.counters[at.TOUCHED] = 0
        _shift(tables, book, state)
        count = int(state.counters[at.TOUCHED])
        jobs, windows, starts = state.touched[:count], state.old_window[:count], state.old_start[:count]
        assert np.array_equal(state.window[jobs], windows)
        assert len(set(book.hall_of_pool[tables.pool[windows]].tolist())) <= 1
        by = state.start[jobs] - starts
        assert (by > 0).all() or (by < 0).all()
        assert (np.abs(by) <= FARTHEST).all()
        free = (state.start[jobs] > tables.start_first[windows]) & (state.start[jobs] < tables.start_last[windows])
        assert len(set(by[free].tolist())) <= 1
        together += count > 1
        at.undo(tables, book, state)
        assert np.array_equal(state.left, left)
        assert state.money[at.COST] == pytest.approx(cost)
    assert together > 10


def test_every_chain_begins_with_what_fits_of_a_start() -> None:
    columns = columns_of(halls_alike(4, 14))
    start = SoftSearch(columns, seed=5).plan
    search = HallSearch(columns, None, thread_count=2)
    search.begin(start)
    stands = [(state.window == start.window) & (state.start == start.start) for state in search._chains]
    assert np.array_equal(stands[0], stands[1])
    assert 3 < stands[0].sum() < 14


@pytest.mark.parametrize(
    ("large_part", "begun"), [(0.0, [WARM] * hall_run.ROUNDS), (1.0, [replace(SETTLING, standby=2.0), SETTLING, SETTLING])]
)
def test_large_runs_are_searched_in_rounds(monkeypatch: pytest.MonkeyPatch, large_part: float, begun: list[Cooling]) -> None:
    cooled: list[Cooling] = []

    class Seen(SoftSearch):
        def __init__(self, columns: Columns, seed: int, thread_count: int, cooling: Cooling, *begin: Any) -> None:
            cooled.append(cooling)
            super().__init__(columns, seed, thread_count, cooling, *begin)

    monkeypatch.setattr(hall_run, "SoftSearch", Seen)
    monkeypatch.setattr(hall_run, "SOFT_JOBS", 1)
    monkeypatch.setattr(hall_run, "LARGE_JOBS", 1)
    monkeypatch.setattr(hall_run, "LARGE_PART", large_part)
    params = SolveParams(engine="price", thread_count=1, work_limit=20_000)
    run = hall_run.HallRun(columns_of(PROBLEMS["hall_opens_for_two"]), params, None, Recorder())
    run.search(lambda: 0.0)
    assert cooled == begun
    assert run.objective == optimum_micros(PROBLEMS["hall_opens_for_two"])


@pytest.mark.parametrize(("seeking_jobs", "first"), [(1, "limits kept"), (100, "limits broken")])
def test_with_many_jobs_a_search_that_keeps_every_limit_finds_a_plan_first(
    monkeypatch: pytest.MonkeyPatch, seeking_jobs: int, first: str
) -> None:
    begun: list[str] = []

    class Soft(SoftSearch):
        def __init__(self, columns: Columns, seed: int, thread_count: int, cooling: Cooling, *begin: Any) -> None:
            begun.append("limits broken")
            super().__init__(columns, seed, thread_count, cooling, *begin)

    class Hard(HallSearch):
        def begin(self, start: Selection | None) -> None:
            begun.append("limits kept")
            super().begin(start)

    monkeypatch.setattr(hall_run, "SoftSearch", Soft)
    monkeypatch.setattr(hall_run, "HallSearch", Hard)
    monkeypatch.setattr(hall_run, "SOFT_JOBS", 1)
    monkeypatch.setattr(hall_run, "LARGE_PART", 1.0)
    monkeypatch.setattr(hall_run, "SEEKING_JOBS", seeking_jobs)
    params = SolveParams(engine="price", thread_count=1, work_limit=20_000)
    run = hall_run.HallRun(columns_of(PROBLEMS["hall_opens_for_two"]), params, None, Recorder())
    run.search(lambda: 0.0)
    assert begun[0] == first
    assert begun[-2:] == ["limits broken", "limits kept"]
    assert run.objective == optimum_micros(PROBLEMS["hall_opens_for_two"])
