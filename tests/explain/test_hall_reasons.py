"""Why a job stays out that would fit, had its hall been on."""

from __future__ import annotations

from dataclasses import replace

from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Commitment, FlexibleLoad, Problem
from optimizer.solution import UnplacedReason
from tests.fleet import hall, job, mode, pool, problem, site


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


def test_what_a_hall_takes_from_the_mine_beside_it_counts() -> None:
    """Another pound of mining lost to 8 kW of the job and 2 of standby; without the mine the job pays by 0.80."""
    commitment = Commitment(standby_power_kw=2.0, start_up_cost=0.2)
    own = site("s", hall("h", pool("p"), it_power_limit_kw=(20.0,), commitment=commitment), import_limit_kw=(10.0,),
               flexible_loads=(FlexibleLoad(name="mine", power_kw=(10.0,), value_per_mwh=(100.0,)),))  # fmt: skip
    mined = problem(job("a", mode(8, 1, 8.0), value=1.0), sites=(own,), slot_count=2)
    for engine in ("highs", "price"):
        result = solve(mined, SolveParams(engine=engine, work_limit=5_000, thread_count=1))
        assert not result.placements
        (left,) = result.unplaced
        assert left.reason is UnplacedReason.WORTH_LESS_THAN_COST
        assert "-0.20 with hall 'h' on for it" in left.message
        assert left.message.endswith("and what it takes from flexible load and the peak")
    bare = replace(own, flexible_loads=())
    assert solve(replace(mined, sites=(bare,)), SolveParams(engine="highs")).terms.objective_micros == 800_000
