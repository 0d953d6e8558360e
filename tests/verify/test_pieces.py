"""A run in pieces is refused for the least breach: a slot, a pause, a change; and its figures are sums over its slots."""

from __future__ import annotations

from datetime import timedelta

import pytest

from optimizer.accounting import ledger
from optimizer.accounting.runs import look_up
from optimizer.exact.problem import exact
from optimizer.problem import DataSet, Elasticity, Link, Preemption, Problem, RunningPlacement
from optimizer.solution import Assignment, Placement, Segment
from optimizer.verify.plan import verify
from optimizer.verify.rules import Rule, RuleViolation
from tests.fleet import at, hall, hours, job, mode, pool, problem, site

PAUSING = Preemption(max_pause_count=1)


def fleet(*jobs: object, **fields: object) -> Problem:
    sites = (site("south", hall("h", pool("a"), pool("b"))), site("north", hall("k", pool("c")), region_code="NO"))
    return problem(*jobs, **{"sites": sites, "slot_count": 12, **fields})  # type: ignore[arg-type]


def run(*parts: tuple[str, str, int, int], name: str = "j") -> Assignment:
    """``parts``: (width or mode, pool, first slot, end slot)."""
    segments = tuple(
        Segment(mode=f"H100x{way}", pool=place, start_slot=start, end_slot=end) for way, place, start, end in parts
    )
    first = segments[0]
    return Assignment(job=name, mode=first.mode, pool=first.pool, start_slot=first.start_slot, segments=segments)


def broken(instance: Problem, item: Assignment) -> list[tuple[Rule, int | None, str]]:
    return [(v.rule, v.amount, v.unit) for v in violations(instance, item)]


def violations(instance: Problem, item: Assignment) -> tuple[RuleViolation, ...]:
    return verify(exact(instance), [item]).violations


def test_a_pause_that_keeps_every_rule_passes() -> None:
    instance = fleet(job("j", mode(8, 4), preemption=PAUSING))
    assert broken(instance, run(("8", "a", 0, 1), ("8", "a", 5, 8))) == []


def test_one_pause_too_many() -> None:
    instance = fleet(job("j", mode(8, 4), preemption=PAUSING))
    twice = run(("8", "a", 0, 1), ("8", "a", 2, 3), ("8", "a", 4, 6))
    assert broken(instance, twice) == [(Rule.PAUSES_TOO_OFTEN, 1, "pauses")]
    never = fleet(job("j", mode(8, 4)))
    found = violations(never, run(("8", "a", 0, 1), ("8", "a", 5, 8)))
    assert [v.rule for v in found] == [Rule.PAUSES_TOO_OFTEN]
    assert "pauses 1 time, may pause 0 times" in found[0].message


def test_one_change_too_many() -> None:
    modes = (mode(8, 4), mode(16, 2))
    instance = fleet(job("j", *modes, elasticity=Elasticity(max_change_count=1)))
    assert broken(instance, run(("8", "a", 0, 2), ("16", "a", 2, 3))) == []
    twice = run(("8", "a", 0, 1), ("16", "a", 1, 2), ("8", "a", 2, 3))
    assert broken(instance, twice) == [(Rule.CHANGES_TOO_OFTEN, 1, "changes")]
    rigid = fleet(job("j", *modes, preemption=PAUSING))
    assert [rule for rule, *_ in broken(rigid, run(("8", "a", 0, 2), ("16", "a", 3, 5)))] == [Rule.CHANGES_TOO_OFTEN]


def test_a_slot_of_work_missing_or_too_many() -> None:
    instance = fleet(job("j", mode(8, 4), preemption=PAUSING))
    assert broken(instance, run(("8", "a", 0, 1), ("8", "a", 5, 7))) == [(Rule.WORK_NOT_DONE, 1, "slots")]
    assert broken(instance, run(("8", "a", 0, 1), ("8", "a", 5, 9))) == [(Rule.WORK_OVERDONE, 1, "slots")]
    assert broken(instance, run(("8", "a", 0, 4), ("8", "a", 5, 6))) == [(Rule.WORK_OVERDONE, 1, "slots")]


def test_work_in_steps() -> None:
    """12 steps: 3 a slot at 8 GPUs, 6 a slot at 16; the slot that reaches 12 is the last."""
    instance = fleet(job("j", mode(8, 4), mode(16, 2), elasticity=Elasticity(max_change_count=1, work_step_count=12)))
    assert broken(instance, run(("8", "a", 0, 3), ("16", "a", 3, 4))) == []
    assert broken(instance, run(("8", "a", 0, 1), ("16", "a", 1, 3))) == []  # 15 steps, the last slot was needed
    assert broken(instance, run(("8", "a", 0, 1), ("16", "a", 1, 2))) == [(Rule.WORK_NOT_DONE, 1, "slots")]
    assert broken(instance, run(("8", "a", 0, 2), ("16", "a", 2, 4))) == [(Rule.WORK_OVERDONE, 1, "slots")]


def test_a_mode_too_slow_to_count_runs_in_one_piece_only() -> None:
    instance = fleet(job("j", mode(8, 4), mode(16, 2), elasticity=Elasticity(max_change_count=1, work_step_count=3)))
    found = violations(instance, run(("8", "a", 0, 2), ("16", "a", 2, 4)))
    assert [v.rule for v in found] == [Rule.WORK_NOT_DONE]
    assert "does no whole step of its 3 in a slot" in found[0].message


def test_overhead_does_no_work() -> None:
    """A started slot of resumption holds the nodes and does nothing; with a change as well, both count."""
    slow = Preemption(max_pause_count=1, resume_duration=timedelta(minutes=5))
    instance = fleet(job("j", mode(8, 4), preemption=slow))
    assert broken(instance, run(("8", "a", 0, 1), ("8", "a", 5, 9))) == []
    assert broken(instance, run(("8", "a", 0, 1), ("8", "a", 5, 8))) == [(Rule.WORK_NOT_DONE, 1, "slots")]
    elastic = Elasticity(max_change_count=1, change_duration=hours(1))
    both = fleet(job("j", mode(8, 4), mode(16, 2), preemption=slow, elasticity=elastic))
    assert broken(both, run(("8", "a", 0, 2), ("16", "a", 3, 6))) == []
    assert broken(both, run(("8", "a", 0, 2), ("16", "a", 3, 5))) == [(Rule.WORK_NOT_DONE, 1, "slots")]
    assert broken(both, run(("8", "a", 0, 2), ("16", "a", 2, 4))) == []  # no pause: the change alone


def test_one_slot_short_of_the_least_run() -> None:
    patient = Preemption(max_pause_count=1, min_run_duration=hours(1.5))
    instance = fleet(job("j", mode(8, 4), preemption=patient))
    assert broken(instance, run(("8", "a", 0, 2), ("8", "a", 5, 7))) == []
    assert broken(instance, run(("8", "a", 0, 3), ("8", "a", 5, 6))) == []  # the last piece may be shorter
    assert broken(instance, run(("8", "a", 0, 1), ("8", "a", 5, 8))) == [(Rule.RUN_TOO_SHORT, 1, "slots")]


def test_going_on_elsewhere() -> None:
    here = fleet(job("j", mode(8, 4), preemption=PAUSING))
    assert [rule for rule, *_ in broken(here, run(("8", "a", 0, 1), ("8", "b", 5, 8)))] == [Rule.RESUMES_ELSEWHERE]
    roaming = Preemption(max_pause_count=1, may_resume_elsewhere=True)
    there = fleet(job("j", mode(8, 4), preemption=roaming))
    assert broken(there, run(("8", "a", 0, 1), ("8", "b", 1, 4))) == []  # another pool is a pause of no slot
    at_home = fleet(job("j", mode(8, 4), preemption=roaming, denied_regions=("NO",)))
    assert [rule for rule, *_ in broken(at_home, run(("8", "a", 0, 1), ("8", "c", 2, 5)))] == [Rule.NOT_ALLOWED_HERE]


def test_one_slot_too_soon_for_the_checkpoint() -> None:
    roaming = Preemption(max_pause_count=1, may_resume_elsewhere=True, checkpoint_size_gb=15.0, resume_cost=2.0)
    link = Link(from_site="south", to_site="north", throughput_gb_per_hour=10.0, cost_per_gb=0.1)
    instance = fleet(job("j", mode(8, 4), preemption=roaming), links=(link,))
    over = run(("8", "a", 0, 1), ("8", "c", 3, 6))
    assert broken(instance, over) == []
    assert verify(exact(instance), [over]).terms.pause_cost_micros == 3_500_000
    assert broken(instance, run(("8", "a", 0, 1), ("8", "c", 2, 5))) == [(Rule.CHECKPOINT_NOT_THERE, 1, "slots")]
    assert broken(instance, run(("8", "c", 0, 1), ("8", "a", 9, 12))) == [(Rule.CHECKPOINT_NOT_THERE, None, "")]


@pytest.mark.parametrize(
    "parts",
    [
        (("8", "a", 0, 4),),
        (("8", "a", 0, 2), ("8", "a", 2, 4)),
        (("8", "a", 0, 2), ("8", "a", 1, 3)),
        (("8", "a", 5, 7), ("8", "a", 1, 3)),
        (("8", "a", 0, 4), ("8", "a", 6, 6)),
        (("8", "a", 0, 4), ("8", "a", 6, 5)),
    ],
)
def test_pieces_that_make_no_sense(parts: tuple[tuple[str, str, int, int], ...]) -> None:
    instance = fleet(job("j", mode(8, 4), preemption=PAUSING))
    assert {rule for rule, *_ in broken(instance, run(*parts))} == {Rule.PIECES_MALFORMED}


def test_the_assignment_says_what_its_first_piece_does() -> None:
    instance = fleet(job("j", mode(8, 4), preemption=PAUSING))
    item = run(("8", "a", 0, 1), ("8", "a", 5, 8))
    moved = Assignment(job="j", mode="H100x8", pool="a", start_slot=1, segments=item.segments)
    assert [rule for rule, *_ in broken(instance, moved)] == [Rule.PIECES_MALFORMED]


def test_unknown_names_in_a_piece() -> None:
    instance = fleet(job("j", mode(8, 4), preemption=PAUSING))
    assert [rule for rule, *_ in broken(instance, run(("8", "a", 0, 1), ("9", "a", 5, 8)))] == [Rule.UNKNOWN_MODE]
    assert [rule for rule, *_ in broken(instance, run(("8", "a", 0, 1), ("8", "z", 5, 8)))] == [Rule.UNKNOWN_POOL]


def test_window_and_horizon_hold_the_first_and_the_last_piece() -> None:
    instance = fleet(
        job("j", mode(8, 4), preemption=PAUSING, earliest_start_time=at(1), latest_end_time=at(9)),
    )
    assert broken(instance, run(("8", "a", 1, 3), ("8", "a", 7, 9))) == []
    assert broken(instance, run(("8", "a", 0, 2), ("8", "a", 7, 9))) == [(Rule.STARTS_TOO_EARLY, 1, "slots")]
    assert broken(instance, run(("8", "a", 1, 3), ("8", "a", 8, 10))) == [(Rule.ENDS_TOO_LATE, 1, "slots")]
    past = run(("8", "a", 1, 3), ("8", "a", 11, 13))
    assert broken(instance, past) == [(Rule.ENDS_TOO_LATE, 4, "slots")]


def test_staging_is_for_the_first_piece() -> None:
    link = Link(from_site="south", to_site="north", throughput_gb_per_hour=10.0, cost_per_gb=0.1)
    data = DataSet(sites=("south",), size_gb=20.0)
    roaming = Preemption(max_pause_count=1, may_resume_elsewhere=True)
    instance = fleet(job("j", mode(8, 2), preemption=roaming, data_set=data), links=(link,))
    assert verify(exact(instance), [run(("8", "a", 0, 1), ("8", "c", 1, 2))]).terms.staging_cost_micros == 0
    assert broken(instance, run(("8", "c", 1, 2), ("8", "a", 2, 3))) == [(Rule.STARTS_TOO_EARLY, 1, "slots")]
    assert verify(exact(instance), [run(("8", "c", 2, 3), ("8", "a", 3, 4))]).terms.staging_cost_micros == 2_000_000


def test_a_running_job_is_kept_where_its_first_piece_goes_on() -> None:
    running = RunningPlacement(pool="a", mode="H100x8", move_cost=5.0)
    instance = fleet(job("j", mode(8, 2), preemption=PAUSING, running=running, earliest_start_time=at(3)))
    kept, moved = run(("8", "a", 0, 1), ("8", "a", 4, 5)), run(("8", "b", 3, 4), ("8", "b", 5, 6))
    assert broken(instance, kept) == broken(instance, moved) == []
    costs = [verify(exact(instance), [item]).terms.move_cost_micros for item in (kept, moved)]
    assert costs == [0, 5_000_000]
    fixed = RunningPlacement(pool="a", mode="H100x8", movable=False)
    stuck = fleet(job("j", mode(8, 2), preemption=PAUSING, running=fixed))
    assert broken(stuck, kept) == []
    assert [rule for rule, *_ in broken(stuck, run(("8", "a", 1, 2), ("8", "a", 4, 5)))] == [Rule.NOT_MOVABLE]


def test_the_pause_frees_the_nodes() -> None:
    """Two jobs on one node: the second runs in the gap; a slot later it would not fit."""
    sites = (site("s", hall("h", pool("a", (1,)))),)
    instance = problem(job("j", mode(8, 4), preemption=PAUSING), job("gap", mode(8, 2)), sites=sites, slot_count=8)
    item = run(("8", "a", 0, 2), ("8", "a", 4, 6))
    fits = Assignment(job="gap", mode="H100x8", pool="a", start_slot=2)
    late = Assignment(job="gap", mode="H100x8", pool="a", start_slot=3)
    assert verify(exact(instance), [item, fits]).feasible
    found = verify(exact(instance), [item, late]).violations
    assert [(v.rule, v.slot, v.amount) for v in found] == [(Rule.LIMIT_EXCEEDED, 4, 1)]


def placed(instance: Problem, item: Assignment) -> Placement:
    return verify(exact(instance), [item]).placements[0]


def test_figures_are_rounded_slot_by_slot() -> None:
    """1 W at 0.5 GBP/MWh is half a micro-unit an hour: rounded once it is 2 in four slots, slot by slot 4."""
    sites = (site("s", hall("h", pool("a")), energy_price_per_mwh=(0.5,), pue=(1.25,), carbon_intensity_g_per_kwh=(0.3,)),)
    instance = problem(job("j", mode(8, 4, 0.001), preemption=PAUSING), sites=sites, slot_count=8)
    whole = placed(instance, Assignment(job="j", mode="H100x8", pool="a", start_slot=0))
    pieces = placed(instance, run(("8", "a", 0, 1), ("8", "a", 3, 6)))
    assert (whole.energy_wh, pieces.energy_wh) == (5, 8)
    assert (whole.carbon_mg, pieces.carbon_mg) == (2, 4)
    assert (whole.terms.energy_cost_micros, pieces.terms.energy_cost_micros) == (3, 4)


def test_terms_of_pauses_and_changes() -> None:
    instance = fleet(
        job(
            "j",
            mode(8, 4, 10.0, cost=3.0),
            mode(16, 2, 21.0, cost=9.0),
            preemption=Preemption(max_pause_count=1, resume_cost=1.5),
            elasticity=Elasticity(max_change_count=2, change_cost=0.75),
            due_time=at(4),
            tardiness_cost_per_hour=2.0,
        )
    )
    item = run(("8", "a", 0, 1), ("16", "a", 1, 2), ("8", "a", 5, 6))
    found = placed(instance, item)
    assert found.terms.pause_cost_micros == 1_500_000
    assert found.terms.change_cost_micros == 1_500_000
    assert found.terms.tardiness_cost_micros == 4_000_000
    assert found.terms.mode_cost_micros == 3_000_000
    assert (found.gpu_count, found.node_count, found.it_power_w) == (16, 2, 21_000)  # those of the widest piece
    assert (found.start_slot, found.end_slot, found.segments) == (0, 6, item.segments)
    assert found.energy_wh == 41_000


def test_budgets_count_the_slots_at_each_site_and_consumables_once() -> None:
    sites = (
        site("south", hall("h", pool("a")), energy_budget_mwh=1.0, pue=(1.5,)),
        site("north", hall("k", pool("c")), energy_budget_mwh=1.0),
    )
    roaming = Preemption(max_pause_count=1, may_resume_elsewhere=True)
    instance = problem(job("j", mode(8, 4, 10.0), preemption=roaming), sites=sites, slot_count=8)
    inside = exact(instance)
    item = run(("8", "a", 0, 1), ("8", "c", 2, 5))
    looked_up = look_up({j.name: j for j in inside.jobs}, {p.name: p for p in inside.pools}, item)
    uses = {label.element: amount for label, amount in ledger.horizon_uses(inside, looked_up)}
    assert uses == {"south": 15_000, "north": 30_000}
