"""Why a job is left out that would fit: the flexible load that it would curtail, or the peak that it would add, costs more."""

from __future__ import annotations

import pytest

from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Battery, Commitment, FlexibleLoad, Problem
from optimizer.solution import UnplacedReason
from tests.fleet import at, hall, job, mode, pool, problem, site

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


def stored(held_kwh: float, least_final_kwh: float = 0.0, *, standby_power_kw: float = 0.0) -> Problem:
    """A job of 8 kW in the second of three hours, at a connection of 5 kW with a battery beside it."""
    battery = Battery(energy_capacity_kwh=20.0, charge_limit_kw=0.0, discharge_limit_kw=9.0, initial_energy_kwh=held_kwh,
                      least_final_energy_kwh=least_final_kwh)  # fmt: skip
    own = hall("h", pool("p"), commitment=Commitment(standby_power_kw=standby_power_kw))
    late = job("a", mode(8, 1, 8.0), earliest_start_time=at(1), latest_end_time=at(2))
    return problem(late, sites=(site("s", own, import_limit_kw=(5.0,), battery=battery),), slot_count=3)


@pytest.mark.parametrize("beyond", [stored(2.999), stored(10.0, 7.001), stored(4.0, standby_power_kw=1.001)])
def test_a_job_that_no_battery_can_carry_is_told_so(beyond: Problem) -> None:
    (left,) = solve(beyond, PARAMS).unplaced
    assert left.reason is UnplacedReason.POWER_EXCEEDS_LIMIT
    assert left.message == "even on an empty fleet the connection of 's' does not carry it, nor has its battery what lacks"


def test_a_job_that_a_battery_can_just_carry_runs() -> None:
    for enough in (stored(3.0), stored(10.0, 7.0), stored(4.0, standby_power_kw=1.0)):
        assert not solve(enough, PARAMS).unplaced


def test_a_way_to_run_that_fits_is_not_blamed_on_one_that_does_not() -> None:
    """In its first mode nothing keeps the job out but the hall's cost; what its second lacks is beside the point."""
    own = site("s", hall("h", pool("p"), commitment=Commitment(start_up_cost=101.0)), import_limit_kw=(5.0,))
    either = problem(job("a", mode(8, 1, 0.0), mode(8, 1, 8.0, name="n")), sites=(own,), slot_count=1)
    (left,) = solve(either, PARAMS).unplaced
    assert left.reason is UnplacedReason.WORTH_LESS_THAN_COST
    assert "with hall 'h' on for it" in left.message
