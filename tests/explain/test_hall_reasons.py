"""Why a job stays out that would fit, had its hall been on."""

from __future__ import annotations

from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Commitment, Problem
from optimizer.solution import UnplacedReason
from tests.fleet import hall, job, pool, problem, site


def with_hall(start_up_cost: float, standby_power_kw: float = 1.0, **fields: object) -> Problem:
    commitment = Commitment(start_up_cost=start_up_cost, standby_power_kw=standby_power_kw)
    return problem(job("a"), sites=(site("s", hall("h", pool("p"), commitment=commitment), **fields),), slot_count=2)


def test_a_hall_that_does_not_pay() -> None:
    (left,) = solve(with_hall(101.0), SolveParams(engine="highs")).unplaced
    assert left.reason is UnplacedReason.WORTH_LESS_THAN_COST
    assert "-1.00 with hall 'h' on" in left.message


def test_standby_that_the_connection_does_not_carry() -> None:
    (left,) = solve(with_hall(1.0, import_limit_kw=(10.999,)), SolveParams(engine="highs")).unplaced
    assert left.reason is UnplacedReason.POWER_EXCEEDS_LIMIT
    assert "standby power of hall 'h'" in left.message
    assert not solve(with_hall(1.0, import_limit_kw=(11.0,)), SolveParams(engine="highs")).unplaced
