"""Annealings that race: how time is shared out, standby that counts more at first, and those that go on from a plan."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from optimizer.columns.table import Columns, Selection
from optimizer.engines.price.halls import race
from optimizer.engines.price.halls import run as hall_run
from optimizer.engines.price.halls import soft_state as at
from optimizer.engines.price.halls.race import legs_of
from optimizer.engines.price.halls.soft import PLAIN, SETTLING, Cooling, SoftSearch
from optimizer.formulation.selections import value_of
from optimizer.params import SolveParams
from tests.conformance.brute_force import optimum_micros
from tests.conformance.problems import PROBLEMS
from tests.engines.price.test_hall_search import columns_of, halls_alike
from tests.engines.recorder import Recorder

DEAR = replace(SETTLING, standby=2.0)


def legs_with(took: float) -> list[race.Leg]:
    """Those between 0.1 and 0.8 of the time if each that races takes ``took`` of it."""
    legs: list[race.Leg] = []
    for leg in legs_of(columns_of(halls_alike(4, 14)), lambda: min(legs[-1].end, legs[-1].begin + took), 0.1, 0.8):
        legs.append(leg)
    return legs


@pytest.mark.parametrize(("took", "count"), [(1.0, 1), (0.3, 2), (0.05, 10)])
def test_legs_share_out_all_of_the_time(took: float, count: int) -> None:
    legs = legs_with(took)
    raced, late = legs[: -race.REHEATS], legs[-race.REHEATS :]
    assert len(raced) == count
    assert raced[0].begin == 0.1
    assert all(leg.end == pytest.approx(0.1 + 0.7 * race.RACE_SHARE) for leg in raced)
    assert all(other.begin == pytest.approx(one.begin + took) for one, other in pairwise(raced))
    assert [leg.late for leg in legs] == [0.0] * count + [race.REHEATED] * race.REHEATS
    assert [leg.cooling.standby for leg in raced[:3]] == list(race.STANDBY[:count])
    assert {leg.cooling.standby for leg in late} == {1.0}
    assert late[0].end == late[1].begin
    assert late[-1].end == pytest.approx(0.8)


def test_nothing_more_begins_once_the_time_is_over() -> None:
    legs = list(legs_of(columns_of(halls_alike(4, 14)), lambda: 1.0, 0.0, 0.8))
    assert [leg.late for leg in legs] == [0.0]


def test_standby_counts_more_at_first_and_once_from_then_on() -> None:
    search = SoftSearch(columns_of(halls_alike(4, 14)), cooling=DEAR, thread_count=2)
    plain = search._on_gain.copy()
    runs = [float(state.money[at.COST] - state.hall_cost.sum()) for state in search._chains]
    for passed, standby in ((0.0, 2.0), (PLAIN / 2, 1.5), (PLAIN, 1.0), (1.0, 1.0)):
        search._count_standby(passed)
        assert np.allclose(search._book.on_gain, standby * plain)
        for state, of_runs in zip(search._chains, runs, strict=True):
            state_cost = state.hall_cost.copy()
            at.settle_anew(search._book, state)
            assert np.array_equal(state.hall_cost, state_cost)
            assert state.money[at.COST] == pytest.approx(of_runs + state_cost.sum())


def test_no_plan_is_told_while_standby_counts_more() -> None:
    columns = columns_of(halls_alike(4, 14))
    search, told = SoftSearch(columns, cooling=DEAR), []
    search.run(lambda: 0.0, lambda: told.append((search._standby, search.objective, search.plan)), work=60_000)
    assert told
    for standby, objective, plan in told:
        assert standby == 1.0
        assert objective == value_of(columns, plan)


def test_one_that_goes_on_from_a_plan_has_it() -> None:
    columns = columns_of(halls_alike(4, 14))
    first = SoftSearch(columns, 3)
    first.run(lambda: 0.0, lambda: None, work=30_000)
    second = SoftSearch(columns, 4, 2, start=first.plan, begin=0.5)
    assert second.found
    assert second.objective == first.objective
    for state in second._chains:
        assert np.array_equal(state.window, first.plan.window)
        assert state.counters[at.STALE] == 0


def test_those_that_race_begin_from_nothing_and_the_last_from_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[Selection | None, float]] = []

    class Seen(SoftSearch):
        def __init__(
            self, columns: Columns, seed: int, thread_count: int, cooling: Cooling, start: Selection | None, late: float
        ) -> None:
            begun.append((start, late))
            super().__init__(columns, seed, thread_count, cooling, start, late)

    monkeypatch.setattr(hall_run, "SoftSearch", Seen)
    monkeypatch.setattr(hall_run, "SOFT_JOBS", 1)
    monkeypatch.setattr(hall_run, "LARGE_PART", 1.0)
    monkeypatch.setattr(race, "LEG_WORK", 1)
    monkeypatch.setattr(race, "LEAST_LEG_WORK", 5_000)
    run = hall_run.HallRun(
        columns_of(PROBLEMS["hall_opens_for_two"]),
        SolveParams(engine="price", thread_count=1, work_limit=60_000),
        None,
        Recorder(),
    )
    run.search(lambda: 0.0)
    raced, late = begun[: -race.REHEATS], begun[-race.REHEATS :]
    assert len(raced) > 1
    assert all(leg == (None, 0.0) for leg in raced)
    assert all(start is not None and share == race.REHEATED for start, share in late)
    assert run.objective == optimum_micros(PROBLEMS["hall_opens_for_two"])
