"""Why a job is left out that would fit: the flexible load that it would curtail, or the peak that it would add, costs more."""

from __future__ import annotations

from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import FlexibleLoad, Problem
from optimizer.solution import UnplacedReason
from tests.fleet import hall, job, mode, pool, problem, site

PARAMS = SolveParams(engine="highs", time_limit_seconds=20, thread_count=1)
MINE = FlexibleLoad(name="mine", power_kw=(20.0,), value_per_mwh=(100.0,), hall="h")


def fleet(**fields: object) -> Problem:
    own = site("s", hall("h", pool("p")), import_limit_kw=(20.0,), energy_price_per_mwh=(10.0,), **fields)
    return problem(job("cheap", mode(8, 2, 10.0), value=1.5), job("dear", mode(8, 1, 10.0), value=3.0), sites=(own,))


def test_a_job_that_fits_and_curtails_more_than_it_earns_is_told_so() -> None:
    result = solve(fleet(flexible_loads=(MINE,)), PARAMS)
    (cheap,) = result.unplaced
    assert cheap.job == "cheap"
    assert cheap.reason is UnplacedReason.WORTH_LESS_THAN_COST
    assert "-0.50" in cheap.message  # two slots of 10 kW give up 1.80 of mining and gain 1.30
    assert "flexible load curtailed" in cheap.message
    assert cheap.nearest_miss is not None


def test_below_a_peak_that_is_charged_already_a_job_is_not_kept_out() -> None:
    assert not solve(fleet(demand_charge_per_kw=0.14), PARAMS).unplaced


def test_a_job_that_only_adds_to_the_peak_is_told_so() -> None:
    charged = problem(
        job("low", mode(8, 4, 8.0), value=9.0),
        job("high", mode(8, 1, 10.0), value=0.5),
        sites=(site("s", hall("h", pool("p", (2,))), import_limit_kw=(40.0,), demand_charge_per_kw=0.1),),
    )
    result = solve(charged, PARAMS)
    (high,) = result.unplaced
    assert high.job == "high"
    assert "-0.50" in high.message  # 0.50 earned, 1.00 more charged
    assert "demand charges" in high.message
