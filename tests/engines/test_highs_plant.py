"""What the prices of HiGHS's relaxation prove beside plants: certificates that hold, and bounds that no plan passes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer import pipeline
from optimizer.columns.candidates import candidates
from optimizer.columns.table import Columns, Selection
from optimizer.engines.base import EngineResult, Monitor
from optimizer.engines.highs import HighsEngine
from optimizer.engines.highs_program import HighsProgram, Stop
from optimizer.exact.problem import exact
from optimizer.explain.shadow_prices import shadow_prices
from optimizer.formulation.duality import certificate, price_out
from optimizer.formulation.milp import worthwhile
from optimizer.formulation.selections import value_of
from optimizer.params import SolveParams
from optimizer.problem import Problem
from optimizer.verify.bound import prove
from tests.certificates import reference_bound
from tests.conformance.brute_force import optimum_micros
from tests.conformance.plant_problems import PROBLEMS
from tests.fleet import hall, job, mode, pool, problem, site


def without_tiers(name: str) -> Problem:
    return replace(PROBLEMS[name], jobs=tuple(replace(job, priority_tier=None, preemption=None) for job in PROBLEMS[name].jobs))


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_prices_of_the_relaxation_prove_its_value(name: str) -> None:
    inside = exact(without_tiers(name))
    columns = candidates(inside).columns
    milp = worthwhile(columns)
    program = HighsProgram(milp, milp.rows, integral=False, thread_count=1, seed=0)
    program.run(Stop(lambda: False, 10.0))
    priced = price_out(milp, milp.rows, program.price(milp.rows), columns.mandatory, program.floor_price())
    assert priced is not None
    value = program._highs.getInfo().objective_function_value * program.worth_unit
    assert priced.bound == pytest.approx(value, abs=2)
    stated = certificate(columns, milp.rows, priced)
    assert stated is not None
    proof = prove(inside, stated)
    assert not proof.violations
    assert proof.bound_micros == reference_bound(inside, stated) == priced.bound
    optimum = optimum_micros(without_tiers(name))
    assert optimum is not None
    assert proof.bound_micros >= optimum - columns.constant
    (violation,) = prove(inside, replace(stated, bound_micros=priced.bound - 1)).violations
    assert violation.amount == 1


def test_a_limit_above_the_best_peak_has_no_shadow_price() -> None:
    """One connection is full and one is not; a peak is charged at both, and prices pay for it at both."""
    inside = exact(
        problem(
            *(job(name, mode(8, 4, 10.0), value=9.0) for name in "abcd"),
            sites=tuple(
                site(name, hall(name, pool(name, (2,))), import_limit_kw=(limit,), demand_charge_per_kw=0.1, region_code="GB")
                for name, limit in (("tight", 15.0), ("wide", 900.0))
            ),
        )
    )
    columns = candidates(inside).columns
    milp = worthwhile(columns)
    program = HighsProgram(milp, milp.rows, integral=False, thread_count=1, seed=0)
    program.run(Stop(lambda: False, 10.0))
    priced = price_out(milp, milp.rows, program.price(milp.rows), columns.mandatory)
    assert priced is not None
    stated = certificate(columns, milp.rows, priced)
    assert stated is not None
    assert {series.element for series in stated.slot_prices if series.kind == "grid_import"} == {"tight", "wide"}
    assert {price.element for price in shadow_prices(inside, stated) if price.kind == "grid_import"} == {"tight"}


def test_auto_closes_by_highs_what_the_price_engine_planned_beside_the_plant(monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[Selection | None] = []
    inner = HighsEngine.solve

    def solved(
        self: HighsEngine, columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor
    ) -> EngineResult:
        starts.append(start)
        return inner(self, columns, params, start, monitor)

    monkeypatch.setattr(HighsEngine, "solve", solved)
    meant = PROBLEMS["plant_in_order"]
    result = pipeline.solve(meant, SolveParams(engine="auto", time_limit_seconds=60, thread_count=1))
    assert result.termination.objective_micros == optimum_micros(meant)
    assert result.certificate is not None, "the price engine's"
    (start,) = starts
    assert start is not None
    assert value_of(candidates(exact(meant)).columns, start) is not None
