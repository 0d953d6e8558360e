"""What a plan says of its halls is held to every rule, one slot off included; what it leaves open is the cheapest schedule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.exact.problem import exact
from optimizer.params import SolveParams
from optimizer.pipeline import check, solve
from optimizer.problem import Commitment, Problem
from optimizer.solution import Assignment, HallSchedule, SlotInterval
from optimizer.verify.plan import Rule, verify, verify_result
from tests.fleet import hall, hours, job, mode, pool, problem, site

PRICE = (100.0, 300.0, 100.0, 100.0, 100.0, 100.0)


def switched(**rules: object) -> Problem:
    commitment = Commitment(standby_power_kw=10.0, start_up_cost=9.0, shut_down_cost=4.0, **rules)  # type: ignore[arg-type]
    return problem(
        job("a", mode(8, 2)),
        job("b", mode(8, 1)),
        sites=(site("s", hall("h", pool("p"), commitment=commitment), energy_price_per_mwh=PRICE),),
        slot_count=6,
    )


def at(name: str, start: int) -> Assignment:
    return Assignment(job=name, mode="H100x8", pool="p", start_slot=start)


def on(*intervals: tuple[int, int]) -> HallSchedule:
    return HallSchedule(hall="h", on=tuple(SlotInterval(start_slot=start, end_slot=end) for start, end in intervals))


def broken(rules: Problem, *schedules: HallSchedule, plan: tuple[Assignment, ...] = (at("a", 1),)) -> list[Rule]:
    return [violation.rule for violation in verify(exact(rules), plan, schedules).violations]


def test_standby_and_switching_are_charged_slot_by_slot() -> None:
    terms = verify(exact(switched()), [at("a", 1)], [on((1, 4))]).terms
    assert terms.hall_cost_micros == 3_000_000 + 1_000_000 + 1_000_000  # 10 kW at 300, 100 and 100 a MWh
    assert terms.switching_cost_micros == 13_000_000
    assert terms.objective_micros == 100_000_000 - 4_000_000 - 5_000_000 - 13_000_000


def test_what_is_not_stated_is_the_cheapest_schedule_that_covers_the_runs() -> None:
    checked = verify(exact(switched()), [at("a", 1), at("b", 4)])
    # a slot of standby is cheaper than off and on again; off in the end costs 4, two slots of standby 2
    assert checked.hall_schedules == (on((1, 6)),)
    assert checked.terms.hall_cost_micros == 7_000_000


def test_off_for_good_where_the_end_must_be_off() -> None:
    checked = verify(exact(switched(finally_off=True)), [at("a", 1)])
    assert checked.hall_schedules == (on((1, 3)),)
    assert checked.terms.switching_cost_micros == 13_000_000


@pytest.mark.parametrize(("interval", "rules"), [((1, 3), []), ((2, 3), [Rule.HALL_OFF]), ((1, 2), [Rule.HALL_OFF])])
def test_a_hall_that_is_off_one_slot_too_long(interval: tuple[int, int], rules: list[Rule]) -> None:
    assert broken(switched(), on(interval)) == rules


def test_stretches_one_slot_too_short() -> None:
    long = switched(min_up_duration=hours(2.5), min_down_duration=hours(2))
    assert broken(long, on((1, 4))) == []
    assert broken(long, on((1, 3))) == [Rule.HALL_ON_TOO_SHORT]
    assert broken(long, on((1, 4), (5, 6))) == [Rule.HALL_OFF_TOO_SHORT]
    assert broken(long, on((3, 6)), plan=()) == []


@pytest.mark.parametrize("schedule", [on((1, 3), (3, 4)), on((2, 4), (0, 1)), on((1, 7)), on((-1, 3)), on((1, 1)), on((3, 2))])
def test_intervals_that_are_none(schedule: HallSchedule) -> None:
    assert broken(switched(), schedule) == [Rule.HALL_SCHEDULE_MALFORMED]


def test_unknown_halls_and_halls_stated_twice() -> None:
    assert broken(switched(), HallSchedule(hall="k")) == [Rule.UNKNOWN_HALL]
    assert broken(switched(), on((1, 3)), on((1, 3))) == [Rule.HALL_SCHEDULE_MALFORMED]


def test_standby_counts_in_the_hall_and_at_the_connection_to_the_watt() -> None:
    whole = switched()
    tight = replace(
        whole, sites=(replace(whole.sites[0], import_limit_kw=(20.0,), halls=(replace(
            whole.sites[0].halls[0], it_power_limit_kw=(20.0,)),)),)
    )  # fmt: skip
    assert broken(tight) == []
    site_over = replace(tight, sites=(replace(tight.sites[0], import_limit_kw=(19.999,)),))
    assert broken(site_over) == [Rule.LIMIT_EXCEEDED] * 2
    narrow = replace(tight.sites[0].halls[0], it_power_limit_kw=(19.999,))
    assert broken(replace(tight, sites=(replace(tight.sites[0], halls=(narrow,)),))) == [Rule.LIMIT_EXCEEDED] * 2


def test_idle_standby_that_the_connection_does_not_carry_is_avoided() -> None:
    whole = switched()
    limited = replace(whole, sites=(replace(whole.sites[0], import_limit_kw=(20.0, 20.0, 20.0, 9.0, 20.0, 20.0)),))
    checked = verify(exact(limited), [at("a", 1), at("b", 4)])
    assert checked.feasible
    assert checked.hall_schedules == (on((1, 3), (4, 6)),)


def test_a_result_is_held_to_the_schedules_and_costs_it_states() -> None:
    whole = switched()
    result = solve(whole, SolveParams(engine="highs"))
    assert verify_result(exact(whole), result).feasible
    assert check(whole, [p.assignment for p in result.placements], result.hall_schedules).feasible
    later = replace(result, hall_schedules=(on((0, 6)),))
    rules = {violation.rule for violation in verify_result(exact(whole), later).violations}
    assert rules == {Rule.CLAIM_DIFFERS}
