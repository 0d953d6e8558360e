"""A week of quarter hours and a month of hours, small enough to prove: the engines agree, and the bound is recomputed.

Work, not time, is what they are given, so that no clock decides.
"""

from __future__ import annotations

import pytest

from optimizer.exact.problem import exact
from optimizer.generate.uk_no import generate_uk_no
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem
from optimizer.solution import Result, TerminationReason
from optimizer.verify.bound import verify_with_bound

QUARTER_HOURS = generate_uk_no(4, 4, week_count=1, slot_minutes=15)
MONTH = generate_uk_no(4, 4, week_count=4)


def solved(problem: Problem, engine: str) -> Result:
    return solve(problem, SolveParams(engine=engine, work_limit=20_000, thread_count=1, bind=True))


@pytest.mark.parametrize("problem", [QUARTER_HOURS, MONTH], ids=["week", "month"])
def test_the_engines_prove_the_same_optimum(problem: Problem) -> None:
    assert problem.time_grid.slot_count == 672
    by_prices = solved(problem, "price")
    assert by_prices.termination.reason is TerminationReason.OPTIMAL
    checked = verify_with_bound(exact(problem), by_prices)
    assert checked.feasible
    assert checked.bound_micros == by_prices.termination.bound_micros
    for engine in ("auto", "cp_sat"):
        result = solved(problem, engine)
        assert result.termination.reason is TerminationReason.OPTIMAL
        assert result.terms.objective_micros == by_prices.terms.objective_micros
