"""Differences of plans: the kind of every change, sums that are exact, times by the clock, and words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from optimizer.accounting import ledger
from optimizer.changes.change import ChangeKind, Difference
from optimizer.changes.difference import Side, difference, running_side, side, side_of_file
from optimizer.comparison import compare
from optimizer.errors import InvalidProblemError
from optimizer.exact.problem import exact
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem, RunningPlacement
from optimizer.solution import Assignment, Placement, Segment
from optimizer.verify.plan import verify
from optimizer.verify.rules import Rule
from tests.conformance import running_problems
from tests.fleet import hall, hours, job, mode, pool, problem, site

SITES = (
    site("s", hall("h", pool("p", (3,))), energy_price_per_mwh=(900.0, 900.0, 900.0, 300.0, 300.0, 300.0)),
    site("n", hall("k", pool("q", (3,))), energy_price_per_mwh=(100.0,)),
)
TRAINING = problem(*(job(name, mode(8, 2), mode(4, 3, 6.0)) for name in "abcd"), sites=SITES, slot_count=6)


def assigned(name: str, where: str = "p", start: int = 0, way: str = "H100x8") -> Assignment:
    return Assignment(job=name, mode=way, pool=where, start_slot=start)


def changes(before: list[Assignment], after: list[Assignment], of: Problem = TRAINING) -> Difference:
    found = compare(of, after, before)
    assert_exact(found)
    return found


def assert_exact(found: Difference) -> None:
    """The changes and the rest add up to the whole, term by term."""
    assert ledger.total([*(change.terms for change in found.changes), found.other_terms]) == found.terms


def test_every_kind_of_change_in_one_plan() -> None:
    before = [assigned("a"), assigned("b"), assigned("c"), assigned("d", "q")]
    after = [assigned("a", "q", 1), assigned("b", way="H100x4"), assigned("c", start=3)]
    found = changes(before, after)
    assert [(change.job, change.kind) for change in found.changes] == [
        ("d", ChangeKind.LEFT_OUT),
        ("a", ChangeKind.MOVED),
        ("b", ChangeKind.RESIZED),
        ("c", ChangeKind.SHIFTED),
    ]
    assert [change.message for change in found.changes] == [
        "d no longer runs on q: loses 100 GBP value, saves 2.00 GBP energy",
        "a moves from p to q and starts 1 h later: saves 16.00 GBP energy",
        "b changes from H100x8 to H100x4 on p: saves 1.80 GBP energy",
        "c starts 3 h later on p: saves 12.00 GBP energy",
    ]
    assert found.moved_gpu_hours == 32.0
    assert found.other_terms.objective_micros == found.unchanged_count == 0
    assert [change.later_seconds for change in found.changes] == [None, 3_600, 0, 10_800]


def test_the_other_way_round_is_the_same_with_the_sign_turned() -> None:
    one, other = [assigned("a")], [assigned("b", "q")]
    there, back = changes(one, other), changes(other, one)
    assert there.terms.objective_micros == -back.terms.objective_micros == 16_000_000
    assert there.count(ChangeKind.PLACED) == back.count(ChangeKind.LEFT_OUT) == 1


def test_nothing_changes_between_a_plan_and_itself() -> None:
    found = changes([assigned("a")], [assigned("a")])
    assert (found.changes, found.unchanged_count, found.terms.objective_micros) == ((), 1, 0)


def test_the_same_run_at_another_price_is_repriced() -> None:
    cheaper = replace(TRAINING, sites=(replace(SITES[0], energy_price_per_mwh=(300.0,)), SITES[1]))
    found = compare(cheaper, [assigned("a")], [assigned("a")], TRAINING)
    assert [(change.kind, change.message) for change in found.changes] == [
        (ChangeKind.REPRICED, "a runs as before on p: saves 12.00 GBP energy")
    ]


def test_a_stop_of_what_runs_already_pays_for_it() -> None:
    kept = RunningPlacement(pool="p", mode="H100x8", stop_cost=7.0)
    runs = replace(TRAINING, jobs=(replace(TRAINING.jobs[0], running=kept), *TRAINING.jobs[1:]))
    found = compare(runs, [assigned("b", "q")])
    assert_exact(found)
    assert [change.message for change in found.changes] == [
        "b now runs as H100x8 on q from Mon 2 Nov 00:00: gains 100 GBP value, pays 2.00 GBP for energy",
        "a is stopped on p: loses 100 GBP value, saves 18.00 GBP energy, pays 7.00 GBP for the stop",
    ]
    assert found.changes[1].terms.stop_cost_micros == found.terms.stop_cost_micros == 7_000_000


def test_from_one_snapshot_to_the_next_a_run_goes_on_finishes_or_is_gone() -> None:
    before = [assigned("a"), assigned("b", "q"), assigned("c", start=3), assigned("d", way="H100x4")]
    later = replace(
        TRAINING,
        time_grid=replace(TRAINING.time_grid, start_time=TRAINING.time_grid.start_time + hours(2)),
        jobs=(
            job("d", mode(4, 1, 6.0), running=RunningPlacement(pool="p", mode="H100x4")),
            replace(TRAINING.jobs[2]),
            job("e", mode(8, 1)),
        ),
    )
    after = [assigned("d", way="H100x4"), assigned("c", start=1), assigned("e", "q")]
    found = compare(later, after, before, TRAINING)
    assert_exact(found)
    assert [(change.job, change.kind) for change in found.changes] == [
        ("e", ChangeKind.PLACED),
        ("a", ChangeKind.FINISHED),
        ("b", ChangeKind.FINISHED),
        ("c", ChangeKind.REPRICED),
    ], "d goes on; c starts by the clock when it did, at the prices of the new snapshot"
    assert found.changes[1].message == "a has finished"
    assert found.other_terms.energy_cost_micros < 0, "the part of d that is past costs no more"


def test_a_job_that_is_no_longer_asked_for_is_gone() -> None:
    fewer = replace(TRAINING, jobs=TRAINING.jobs[1:])
    (change,) = compare(fewer, [], [assigned("a")], TRAINING).changes
    assert (change.kind, change.message) == (ChangeKind.GONE, "a is no longer asked for")


def test_an_earlier_plan_may_break_rules_and_the_difference_says_which() -> None:
    curtailed = replace(TRAINING, sites=(replace(SITES[0], import_limit_kw=(5.0,)), SITES[1]))
    found = compare(curtailed, [assigned("a", "q")], [assigned("a")])
    assert {violation.rule for violation in found.earlier_violations} == {Rule.LIMIT_EXCEEDED}
    assert [change.kind for change in found.changes] == [ChangeKind.MOVED]


def test_a_later_plan_must_keep_the_rules_and_so_must_an_earlier_of_its_own_problem() -> None:
    with pytest.raises(InvalidProblemError) as caught:
        compare(TRAINING, [assigned("a", start=5)], [])
    assert [(v.path, v.reason) for v in caught.value.violations] == [("after", "ENDS_TOO_LATE")]
    with pytest.raises(InvalidProblemError) as caught:
        compare(TRAINING, [], [assigned("a", start=5)], TRAINING)
    assert [v.path for v in caught.value.violations] == ["before"]


def test_limits_that_begin_to_keep_work_out_are_told() -> None:
    snapshot = running_problems.SNAPSHOT_UNDER_A_CAP
    result = solve(snapshot, SolveParams(engine="cp_sat", time_limit_seconds=20))
    found = compare(snapshot, [placement.assignment for placement in result.placements])
    assert [(limit.kind, limit.element) for limit in found.new_limits] == [("grid_import", "s")]
    assert [change.kind for change in found.changes] == [ChangeKind.LEFT_OUT, ChangeKind.MOVED, ChangeKind.RESIZED]
    assert_exact(found)
    from_files = difference(Side(placements=(), terms=ledger.total(())), side_of_file(result), "")
    assert [change.kind for change in from_files.changes] == [ChangeKind.PLACED] * 3


def test_pieces_are_compared_by_place_and_time() -> None:
    inside = exact(TRAINING)
    (whole,) = verify(inside, [assigned("a")]).placements
    pieces = (
        Segment(mode="H100x8", pool="p", start_slot=0, end_slot=1),
        Segment(mode="H100x8", pool="p", start_slot=3, end_slot=4),
    )
    paused = replace(whole, segments=pieces, end_slot=4, end_time=whole.end_time + timedelta(hours=2))
    moved = replace(paused, segments=(pieces[0], replace(pieces[1], start_slot=2, end_slot=3)), end_slot=3,
                    end_time=whole.end_time + timedelta(hours=1))  # fmt: skip

    def found(before: Placement, after: Placement) -> Difference:
        return difference(side(inside, [before], before.terms), side(inside, [after], after.terms), "GBP")

    (change,) = found(whole, paused).changes
    assert change.message == "a runs in 2 pieces on p in place of 1: at the same cost"
    assert found(paused, moved).count(ChangeKind.REARRANGED) == 1
    assert not found(paused, paused).changes


def test_the_running_side_keeps_everything_that_fits_the_horizon() -> None:
    snapshot = exact(running_problems.SNAPSHOT_UNDER_A_CAP)
    found = running_side(snapshot)
    assert {(placement.job, placement.start_slot) for placement in found.placements} == {
        ("keeps", 0), ("shrinks", 0), ("moves", 0), ("stops", 0),
    }  # fmt: skip
    assert found.terms.stop_cost_micros == 0
