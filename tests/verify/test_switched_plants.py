"""One connection for runs, the standby of halls, flexible load and a battery: held to the watt in each slot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.exact.problem import exact
from optimizer.limits import LimitKind
from optimizer.problem import Battery, Commitment, FlexibleLoad, Problem
from optimizer.solution import (
    Assignment,
    BatteryOperation,
    FlexibleOperation,
    HallSchedule,
    SiteOperation,
    SlotInterval,
)
from optimizer.verify.plan import Rule, Verification, verify
from tests.fleet import hall, job, mode, pool, problem, site

RUN = (Assignment(job="a", mode="H100x8", pool="p", start_slot=1),)


def meant(**plant: object) -> Problem:
    switched = hall("h", pool("p"), it_power_limit_kw=(20.0,), commitment=Commitment(standby_power_kw=3.0))
    place = site("s", switched, import_limit_kw=(20.0,), overhead_kw=(1.0,), energy_price_per_mwh=(100.0,), **plant)
    return problem(job("a", mode(8, 1, 8.0)), sites=(place,), slot_count=3)


def mine(**fields: object) -> tuple[FlexibleLoad, ...]:
    return (FlexibleLoad(**{"name": "mine", "power_kw": (12.0,), "value_per_mwh": (150.0,), **fields}),)  # type: ignore[arg-type]


def on(start: int, end: int) -> HallSchedule:
    return HallSchedule(hall="h", on=(SlotInterval(start_slot=start, end_slot=end),))


def mining(*power_w: int) -> SiteOperation:
    return SiteOperation(site="s", flexible_loads=(FlexibleOperation(name="mine", power_w=power_w),))


def checked(what: Problem, schedule: HallSchedule, *operations: SiteOperation) -> Verification:
    return verify(exact(what), RUN, [schedule], operations or None)


def test_load_in_a_hall_draws_while_it_is_on() -> None:
    inside = meant(flexible_loads=mine(hall="h"))
    (operation,) = checked(inside, on(0, 2)).operations
    # beside the run the connection has 19 - 8 - 3 kW, the hall one more
    assert operation.flexible_loads[0].power_w == (12_000, 8_000, 0)
    assert checked(inside, on(0, 2), mining(12_000, 8_000, 0)).feasible
    broken = checked(inside, on(0, 2), mining(12_000, 8_000, 1)).violations
    assert [(v.rule, v.element, v.slot, v.amount, v.unit) for v in broken] == [(Rule.HALL_OFF, "h", 2, 1, "W")]
    assert "flexible load 'mine' draws 1 W" in broken[0].message


def test_load_elsewhere_has_what_a_hall_that_is_off_leaves() -> None:
    outside = meant(flexible_loads=mine())
    assert checked(outside, on(1, 2), mining(12_000, 8_000, 12_000)).feasible
    narrow = replace(outside, sites=(replace(outside.sites[0], import_limit_kw=(15.0,)),))
    assert checked(narrow, on(1, 2), mining(12_000, 3_000, 12_000)).feasible
    (over,) = checked(narrow, on(1, 3), mining(12_000, 3_000, 11_001)).violations
    assert (over.rule, over.element, over.slot, over.amount) == (Rule.LIMIT_EXCEEDED, "s", 2, 1)


def test_standby_counts_towards_the_peak() -> None:
    charged = meant(demand_charge_per_kw=2.0)
    for schedule, peak_kw in ((on(1, 2), 12), (on(0, 3), 12)):
        found = checked(charged, schedule)
        assert found.operations[0].peak_w == peak_kw * 1_000
        assert found.operations[0].terms.demand_charge_micros == peak_kw * 2_000_000
    empty = verify(exact(charged), [], [on(0, 1)])
    assert empty.operations[0].peak_w == 4_000


@pytest.mark.parametrize(("discharge_w", "is_kept"), [(4_000, True), (4_001, False)])
def test_a_battery_gives_what_standby_and_overhead_draw_and_no_more(discharge_w: int, is_kept: bool) -> None:
    stored = meant(battery=Battery(energy_capacity_kwh=9.0, charge_limit_kw=9.0, discharge_limit_kw=9.0,
                                   initial_energy_kwh=9.0, least_final_energy_kwh=0.0))  # fmt: skip
    battery = BatteryOperation(charge_w=(0, 0, 0), discharge_w=(0, 0, discharge_w))
    found = checked(stored, on(1, 3), SiteOperation(site="s", battery=battery))
    assert found.feasible == is_kept
    if not is_kept:
        (over,) = found.violations
        assert (over.rule, over.slot, over.amount) == (Rule.LIMIT_EXCEEDED, 2, 1)
        assert LimitKind.GRID_EXPORT.value in over.message
    assert not checked(stored, on(1, 2), SiteOperation(site="s", battery=battery)).feasible
