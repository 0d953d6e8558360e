"""Why a job stays out that would fit, had its hall been on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Commitment, FlexibleLoad, Problem
from optimizer.solution import UnplacedReason
from tests.fleet import at, hall, hours, job, mode, pool, problem, site


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
    assert left.message == "even on an empty fleet grid_import of 's' lacks 1 W in slot 0 with hall 'h' on for it"
    assert not solve(with_hall(1.0, import_limit_kw=(11.0,)), SolveParams(engine="highs")).unplaced


def test_standby_that_a_run_without_power_needs() -> None:
    """The limit carries nothing in slot 1, and standby would draw there though the job does not."""
    commitment = Commitment(standby_power_kw=4.0)
    own = site("s", hall("h", pool("p"), it_power_limit_kw=(30.0, 0.0, 30.0), commitment=commitment))
    must = problem(job("a", mode(8, 2, 0.0)), job("b", mode(8, 1, 0.0), value=1.0), sites=(own,), slot_count=3)
    for engine in ("highs", "cp_sat", "price"):
        result = solve(must, SolveParams(engine=engine, work_limit=5_000, thread_count=1))
        (left,) = result.unplaced
        assert (left.job, left.reason) == ("a", UnplacedReason.POWER_EXCEEDS_LIMIT)
        assert left.shortfall is not None
        assert (left.shortfall.limit, left.shortfall.amount, left.shortfall.first_slot) == ("hall_power", 4_000, 1)
        assert result.termination.bound_micros == 1_000_000


def test_standby_beside_what_others_take_of_the_connection() -> None:
    commitment = Commitment(standby_power_kw=1.0)
    own = site("s", hall("h", pool("p", (1,))), hall("k", pool("q"), commitment=commitment), import_limit_kw=(20.5,))
    both = problem(job("a", value=200.0), job("b", mode(8, 1, 10.0, pools=("q",))), sites=(own,), slot_count=1)
    (left,) = solve(both, SolveParams(engine="highs")).unplaced
    assert (left.job, left.reason) == ("b", UnplacedReason.CAPACITY_TAKEN)
    assert left.blocking_jobs == ("a",)
    assert left.message.endswith("grid_import of 's' lacks 500 W in slot 0 with hall 'k' on for it")


@pytest.mark.parametrize("limits", [{"it_power_limit_kw": (30.0, 0.0)}, {"import_limit_kw": (30.0, 0.5)}])
def test_a_hall_that_cannot_be_on_for_its_least_time(limits: dict[str, tuple[float, ...]]) -> None:
    commitment = Commitment(standby_power_kw=1.0, min_up_duration=hours(2))
    own = {"commitment": commitment, **{k: v for k, v in limits.items() if k == "it_power_limit_kw"}}
    short = problem(
        job("a", latest_end_time=at(1)),
        sites=(site("s", hall("h", pool("p"), **own), import_limit_kw=limits.get("import_limit_kw", (50.0,))),),
        slot_count=2,
    )
    (left,) = solve(short, SolveParams(engine="highs")).unplaced
    assert left.reason is UnplacedReason.POWER_EXCEEDS_LIMIT
    assert "the standby of hall 'h', even on an empty fleet, for as long as that must be on" in left.message


def test_a_hall_that_others_do_not_let_be_on_for_its_least_time() -> None:
    commitment = Commitment(standby_power_kw=1.0, min_up_duration=hours(2))
    own = site("s", hall("h", pool("p"), commitment=commitment), hall("k", pool("q")), import_limit_kw=(30.0,))
    full = problem(
        job("a", mode(8, 1, 10.0, pools=("p",)), latest_end_time=at(1)),
        job("b", mode(8, 1, 30.0, pools=("q",)), earliest_start_time=at(1), value=900.0),
        sites=(own,),
        slot_count=2,
    )
    (left,) = solve(full, SolveParams(engine="highs")).unplaced
    assert (left.job, left.reason) == ("a", UnplacedReason.CAPACITY_TAKEN)
    assert "what else runs leaves no room for the standby of hall 'h'" in left.message


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
