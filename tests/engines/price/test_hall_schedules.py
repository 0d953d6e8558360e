"""Halls switched as pays best beside a plant of the same site, where the cheapest schedule for the runs is not the best."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.columns.candidates import candidates
from optimizer.columns.table import Columns
from optimizer.engines.price.halls.schedules import shares_sites, standing_gain, switched_as, ways_to_switch
from optimizer.exact.problem import exact
from optimizer.formulation.selections import empty_selection, value_of
from optimizer.limits import LimitKind
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem
from tests.conformance.brute_force import optimum_micros
from tests.conformance.hall_problems import HALLS_AND_ALL_RULES, PLANTS_BESIDE_A_SWITCHED_HALL
from tests.conformance.switched_plant_problems import MINE_ALONE_IN_A_SWITCHED_HALL, PROBLEMS, SWITCHED_BESIDE_LOAD


def columns_of(meant: Problem) -> Columns:
    return candidates(exact(meant)).columns


def test_only_a_plant_behind_the_connection_of_a_hall_makes_schedules_its_matter() -> None:
    assert all(shares_sites(columns_of(meant)) for meant in PROBLEMS.values())
    assert not shares_sites(columns_of(HALLS_AND_ALL_RULES))
    assert not shares_sites(columns_of(PLANTS_BESIDE_A_SWITCHED_HALL))


def test_without_a_run_a_hall_is_on_for_the_load_in_it() -> None:
    columns = columns_of(MINE_ALONE_IN_A_SWITCHED_HALL)
    nothing = empty_selection(columns)
    assert value_of(columns, nothing) == 0
    found = max(value_of(columns, way) or 0 for way in ways_to_switch(columns, nothing, None))
    assert found == optimum_micros(MINE_ALONE_IN_A_SWITCHED_HALL)


def test_standby_costs_what_it_displaces_at_the_prices() -> None:
    columns = columns_of(SWITCHED_BESIDE_LOAD)
    grid = next(row for row, label in enumerate(columns.limits) if label.kind is LimitKind.GRID_IMPORT)
    price = np.zeros(columns.capacity.shape)
    assert standing_gain(columns, price).tolist() == [[-80_000.0, -120_000.0, -80_000.0, -160_000.0]]
    # 4 kW of standby at 50 pounds a MWh, and at no more than what the mine gains there: 110 and 80
    price[grid] = [50.0, 50.0, 1_000.0, 1_000.0]
    assert standing_gain(columns, price).tolist() == [[-280_000.0, -320_000.0, -520_000.0, -480_000.0]]


def test_a_hall_that_stays_off_has_nothing_and_leaves_its_watts() -> None:
    columns = columns_of(MINE_ALONE_IN_A_SWITCHED_HALL)
    on = np.array([[True, False, False, True]])
    kept = switched_as(columns, on)
    by_kind = {label.kind: row for label, row in zip(columns.limits, kept.capacity.tolist(), strict=True)}
    assert by_kind[LimitKind.HALL_POWER] == [10_000, 0, 0, 10_000]
    assert by_kind[LimitKind.GRID_IMPORT] == [9_000, 11_000, 11_000, 9_000]
    assert kept.plant.power_w.tolist() == [[10_000, 0, 0, 10_000]]
    assert not len(kept.halls)
    assert value_of(kept, empty_selection(kept)) == 9 * 20_000 + 9 * 50_000


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_price_engine_finds_the_best_plan(name: str) -> None:
    meant = PROBLEMS[name]
    result = solve(meant, SolveParams(engine="price", work_limit=40_000, thread_count=1))
    assert result.terms.objective_micros == optimum_micros(meant)
