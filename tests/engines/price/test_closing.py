"""Closing ends at the optimum that trying everything finds, whatever plan it starts from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.columns.table import Columns
from optimizer.engines.base import EngineResult, Outcome
from optimizer.engines.price.bound import closing
from optimizer.engines.price.bound.bounding import BoundingParams, bound_stages
from optimizer.engines.price.bound.certificate import CertifiedPoint, certify
from optimizer.engines.price.bound.closing import close
from optimizer.engines.price.bound.dual import DualPoint
from optimizer.engines.price.bound.kernel import PricingTable, pricing_table
from optimizer.formulation.selections import empty_selection, value_of
from optimizer.params import SolveParams
from tests.engines.price.instances import optimum, random_columns
from tests.engines.recorder import Recorder

QUICK = BoundingParams(ascent_evaluations=60, row_rounds=2, rounds_before_cuts=0, round_evaluations=40, last_evaluations=60)


def proved(columns: Columns) -> tuple[PricingTable, CertifiedPoint]:
    table = pricing_table(columns)
    stages = [stage for stage in bound_stages(table, QUICK) if stage.whole]
    return table, min(stages, key=lambda stage: stage.bound).certify(table)


def closed(columns: Columns, monitor: Recorder | None = None) -> EngineResult:
    table, proof = proved(columns)
    best = None if columns.mandatory.any() else empty_selection(columns)
    result = close(columns, table, proof, best, SolveParams(), monitor or Recorder())
    assert result is not None
    return result


@pytest.mark.parametrize("seed", range(7))
def test_the_optimum_is_found_and_proved(seed: int) -> None:
    columns = random_columns(seed, mandatory=seed % 3 == 0)
    best, result = optimum(columns), closed(columns)
    if best is None:
        assert result.outcome is Outcome.INFEASIBLE
        return
    assert result.outcome is Outcome.OPTIMAL
    assert result.selection is not None
    assert value_of(columns, result.selection) == result.bound == best


@pytest.mark.parametrize("seed", range(6))
def test_a_plan_that_is_optimal_already_is_proved(seed: int) -> None:
    columns = random_columns(seed)
    table, proof = proved(columns)
    best = closed(columns).selection
    again = close(columns, table, proof, best, SolveParams(), Recorder())
    assert again is not None
    assert (again.outcome, again.bound) == (Outcome.OPTIMAL, optimum(columns))


def test_useless_prices_cost_time_but_not_truth() -> None:
    columns = random_columns(3)
    table = pricing_table(columns)
    free = DualPoint(np.zeros(columns.capacity.shape), np.zeros(len(columns.budgets)), np.zeros(0))
    result = close(columns, table, certify(table, free), None, SolveParams(), Recorder())
    assert result is not None
    assert (result.outcome, result.bound) == (Outcome.OPTIMAL, optimum(columns))


def test_no_room_for_a_mandatory_job_is_infeasible() -> None:
    columns = random_columns(0, mandatory=True)
    crowded = replace(columns, mandatory=np.ones(columns.job_count, dtype=np.bool_), budget_capacity=np.array([0, 0]))
    table = pricing_table(crowded)
    free = DualPoint(np.zeros(columns.capacity.shape), np.zeros(len(columns.budgets)), np.zeros(0))
    result = close(crowded, table, certify(table, free), None, SolveParams(), Recorder())
    assert result is not None
    assert result.outcome is Outcome.INFEASIBLE


def test_too_many_columns_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = random_columns(1)
    table, proof = proved(columns)
    monkeypatch.setattr(closing, "MOST_COLUMNS", 1)
    assert close(columns, table, proof, None, SolveParams(), Recorder()) is None


def test_without_time_the_bound_of_the_certificate_stands() -> None:
    columns = random_columns(2)
    table, proof = proved(columns)
    result = close(columns, table, proof, None, SolveParams(), Recorder(stop=True))
    assert result is not None
    assert result.outcome is Outcome.LIMIT
    assert result.bound == proof.certificate.bound_micros
