"""The itineraries that the lanes allow are exactly the runs in pieces that ``verify`` passes alone, at the same worth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from optimizer.columns.candidates import Candidates, candidates
from optimizer.columns.lanes import Lanes, Piece
from optimizer.columns.table import Columns, Selection
from optimizer.exact.problem import exact
from optimizer.problem import DataSet, Elasticity, Link, Preemption, Problem, RunningPlacement
from optimizer.solution import Assignment, Segment
from optimizer.units import RATE_SCALE
from optimizer.verify.plan import Rule, verify
from tests.fleet import at, hall, hours, job, mode, pool, problem, site

PRICES = (50.0, 90.0, -20.0, 140.0, 33.3)


def fleet(*jobs: object, **fields: object) -> Problem:
    two_sites = (
        site("south", hall("h", pool("a", (1, 2, 2, 1, 2)), pool("b", (1,))), energy_price_per_mwh=PRICES),
        site("north", hall("k", pool("c", (2,))), energy_price_per_mwh=(70.0,), pue=(1.3,), region_code="NO"),
    )
    return problem(*jobs, **{"sites": two_sites, "slot_count": 5, **fields})  # type: ignore[arg-type]


def pausing(**fields: object) -> Preemption:
    return Preemption(**{"max_pause_count": 2, "resume_cost": 0.5, **fields})  # type: ignore[arg-type]


LINKS = (
    Link(from_site="south", to_site="north", throughput_gb_per_hour=10.0, cost_per_gb=0.1),
    Link(from_site="north", to_site="south", throughput_gb_per_hour=5.0, cost_per_gb=0.2),
)
TWO_MODES = (mode(16, 2, 21.0), mode(8, 3, 12.0))
PROBLEMS = {
    "pauses": fleet(job("j", mode(16, 2, 20.0), preemption=pausing())),
    "two_lengths_of_run": fleet(job("j", *TWO_MODES, preemption=pausing(min_run_duration=hours(1.5)))),
    "resumption_takes_a_slot": fleet(job("j", mode(8, 2), preemption=pausing(resume_duration=timedelta(minutes=10)))),
    "elsewhere": fleet(job("j", mode(8, 2), preemption=pausing(may_resume_elsewhere=True))),
    "checkpoint": fleet(
        job("j", mode(8, 2), preemption=pausing(may_resume_elsewhere=True, checkpoint_size_gb=10.0)), links=LINKS
    ),
    "no_way_for_the_checkpoint": fleet(
        job("j", mode(8, 2), preemption=pausing(may_resume_elsewhere=True, checkpoint_size_gb=10.0)), links=LINKS[:1]
    ),
    "changes": fleet(job("j", *TWO_MODES, elasticity=Elasticity(max_change_count=2, change_cost=0.25))),
    "change_takes_a_slot": fleet(
        job("j", *TWO_MODES, elasticity=Elasticity(max_change_count=1, change_duration=hours(1), work_step_count=7))
    ),
    "pauses_and_changes": fleet(
        job("j", *TWO_MODES, preemption=pausing(max_pause_count=1), elasticity=Elasticity(max_change_count=1))
    ),
    "late_and_released": fleet(
        job(
            "j",
            mode(8, 2),
            preemption=pausing(),
            earliest_start_time=at(1),
            due_time=at(3),
            tardiness_cost_per_hour=4.0,
            latest_end_time=at(4.5),
        )
    ),
    "goes_on": fleet(
        job(
            "j",
            mode(8, 2),
            preemption=pausing(may_resume_elsewhere=True),
            earliest_start_time=at(2),
            running=RunningPlacement(pool="b", mode="H100x8", move_cost=7.0),
        )
    ),
    "may_not_move": fleet(
        job("j", mode(8, 2), preemption=pausing(), running=RunningPlacement(pool="a", mode="H100x8", movable=False))
    ),
    "staging": fleet(
        job("j", mode(8, 2), preemption=pausing(may_resume_elsewhere=True), data_set=DataSet(sites=("south",), size_gb=15.0)),
        links=LINKS,
    ),
    "two_jobs": fleet(job("i", mode(8, 1)), job("j", mode(8, 2), preemption=pausing(), value=None)),
}


def itineraries(lanes: Lanes, f: int) -> Iterator[tuple[Piece, ...]]:
    """Every itinerary of the ``f``-th job, by the rules of ``optimizer.columns.lanes`` read word for word."""
    own = range(int(lanes.lane_first[f]), int(lanes.lane_first[f + 1]))
    slot_count = lanes.open_slots.shape[1]

    def later(from_slot: int) -> Iterator[Piece]:
        for lane in own:
            for start in range(from_slot, slot_count):
                for end in range(start + 1, int(lanes.end_slot[lane]) + 1):
                    if lanes.open_slots[lanes.open_row[lane], start:end].all():
                        yield Piece(lane, start, end)

    def grown(pieces: tuple[Piece, ...]) -> Iterator[tuple[Piece, ...]]:
        yield pieces
        if len(pieces) <= int(lanes.max_pause_count[f] + lanes.max_change_count[f]):
            for piece in later(pieces[-1].end):
                yield from grown((*pieces, piece))

    for first in later(0):
        if first.start >= lanes.first_slot[first.lane] or (first.start == 0 and lanes.goes_on[first.lane]):
            yield from (pieces for pieces in grown((first,)) if len(pieces) > 1 and is_itinerary(lanes, f, pieces))


def is_itinerary(lanes: Lanes, f: int, pieces: tuple[Piece, ...]) -> bool:
    pauses = changes = 0
    elastic = bool(lanes.work[f])
    needed = int(lanes.work[f]) if elastic else int(lanes.duration[pieces[0].lane])
    done, heads = 0, [0]
    for before, after in pairwise(pieces):
        moved = lanes.pool[before.lane] != lanes.pool[after.lane]
        pause = after.start > before.end or moved
        change = lanes.mode[before.lane] != lanes.mode[after.lane]
        transfer = int(lanes.transfer_slots[lanes.transfer[f], lanes.site[before.lane], lanes.site[after.lane]])
        if not (pause or change) or (change and not elastic) or (moved and not lanes.may_resume_elsewhere[f]):
            return False
        if transfer < 0 or after.start - before.end < transfer:
            return False
        pauses, changes = pauses + pause, changes + change
        heads.append(int(lanes.resume_slots[f]) * pause + int(lanes.change_slots[f]) * change)
    for index, (piece, head) in enumerate(zip(pieces, heads, strict=True)):
        work_slots = max(0, piece.end - piece.start - head)
        rate = int(lanes.rate[piece.lane]) if elastic else 1
        last = index == len(pieces) - 1
        if not last and work_slots < lanes.min_run_slots[f]:
            return False
        if last and (not work_slots or done + (work_slots - 1) * rate >= needed):
            return False
        done += work_slots * rate
    return done >= needed and pauses <= lanes.max_pause_count[f] and changes <= lanes.max_change_count[f]


def worth(columns: Columns, f: int, pieces: tuple[Piece, ...]) -> int:
    lanes, first = columns.lanes, pieces[0]
    total = int((lanes.base_at_zero if first.start == 0 else lanes.base)[first.lane])
    for piece in pieces:
        for prefix in (columns.energy_prefix, columns.carbon_prefix):
            for slot in range(piece.start, piece.end):
                rate = int(prefix[lanes.site[piece.lane], slot + 1] - prefix[lanes.site[piece.lane], slot])
                total -= (2 * int(lanes.power_w[piece.lane]) * rate + RATE_SCALE) // (2 * RATE_SCALE)
    for before, after in pairwise(pieces):
        if after.start > before.end or lanes.pool[before.lane] != lanes.pool[after.lane]:
            total -= int(lanes.resume_cost[f])
            total -= int(lanes.transfer_cost[lanes.transfer[f], lanes.site[before.lane], lanes.site[after.lane]])
        if lanes.mode[before.lane] != lanes.mode[after.lane]:
            total -= int(lanes.change_cost[f])
    late = max(0, pieces[-1].end - int(columns.due_slot[lanes.job[f]]))
    return total - late * int(columns.tardiness_cost[lanes.job[f]])


def segmentations(instance: Problem, most: int) -> Iterator[tuple[Segment, ...]]:
    """All of two to ``most`` segments in order of time."""
    inside = exact(instance)
    slots, ways = inside.slot_count, [(m.name, p.name) for m in inside.jobs[-1].modes for p in inside.pools]

    def grown(segments: tuple[Segment, ...]) -> Iterator[tuple[Segment, ...]]:
        if len(segments) > 1:
            yield segments
        if len(segments) < most:
            for start in range(segments[-1].end_slot if segments else 0, slots):
                for end in range(start + 1, slots + 1):
                    for mode_name, pool_name in ways:
                        segment = Segment(mode=mode_name, pool=pool_name, start_slot=start, end_slot=end)
                        yield from grown((*segments, segment))

    return grown(())


def assignment(name: str, segments: tuple[Segment, ...]) -> Assignment:
    first = segments[0]
    return Assignment(job=name, mode=first.mode, pool=first.pool, start_slot=first.start_slot, segments=segments)


def plan_in(found: Candidates, pieces: dict[int, tuple[Piece, ...]]) -> Selection:
    count = found.columns.job_count
    return Selection(np.full(count, -1, np.int32), np.zeros(count, np.int32), pieces=pieces)


@pytest.mark.parametrize("name", PROBLEMS)
def test_itineraries_are_what_verify_allows_alone(name: str) -> None:
    instance = PROBLEMS[name]
    inside = exact(instance)
    found = candidates(inside)
    lanes = found.columns.lanes
    index = len(inside.jobs) - 1
    assert lanes.job.tolist() == [index]
    from_lanes = {
        found.assignments(plan_in(found, {index: pieces}))[0]: worth(found.columns, 0, pieces)
        for pieces in itineraries(lanes, 0)
    }
    allowed = {}
    for segments in segmentations(instance, 3):
        item = assignment("j", segments)
        checked = verify(inside, [item])
        if {violation.rule for violation in checked.violations} <= {Rule.MANDATORY_JOB_LEFT_OUT}:
            allowed[item] = checked.objective_micros
    assert from_lanes == allowed
    assert allowed


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_plan_in_pieces_comes_back_from_its_names(name: str) -> None:
    found = candidates(exact(PROBLEMS[name]))
    index = len(found.problem.jobs) - 1
    for pieces in list(itineraries(found.columns.lanes, 0))[:50]:
        plan = found.assignments(plan_in(found, {index: pieces}))
        selection = found.selection(plan)
        assert dict(selection.pieces) == {index: pieces}
        assert selection.window.tolist() == [-1] * (index + 1)


def test_a_stale_plan_in_pieces_is_left_out() -> None:
    found = candidates(exact(PROBLEMS["pauses"]))

    def segments(pool_name: str, *spans: tuple[int, int]) -> tuple[Segment, ...]:
        return tuple(Segment(mode="H100x16", pool=pool_name, start_slot=start, end_slot=end) for start, end in spans)

    def taken(*parts: Segment) -> bool:
        return bool(found.selection([assignment("j", parts)]).pieces)

    assert taken(*segments("a", (1, 2), (4, 5)))
    assert not taken(*segments("a", (1, 2), (3, 4)))  # the pool has one node in slot 3
    assert not taken(*segments("a", (1, 2), (2, 3)))  # no pause
    assert not taken(*segments("gone", (1, 2), (4, 5)))
    assert not taken(*segments("b", (1, 2), (4, 5)))  # too narrow a pool: no lane


def test_a_job_that_cannot_be_cut_has_no_lanes() -> None:
    short = job("short", mode(8, 1), preemption=pausing())
    long = job("long", mode(8, 6), preemption=pausing())
    steady = job("steady", mode(8, 3), preemption=pausing(min_run_duration=hours(3)))
    one_mode = job("one_mode", mode(8, 3), elasticity=Elasticity(max_change_count=3))
    never = job("never", mode(8, 3), preemption=pausing(max_pause_count=0))
    assert len(candidates(exact(fleet(short, long, steady, one_mode, never))).columns.lanes) == 0


def test_patterns_of_open_slots_are_shared() -> None:
    jobs = [job(f"j{index}", mode(8, 2), preemption=pausing()) for index in range(20)]
    lanes = candidates(exact(fleet(*jobs))).columns.lanes
    assert len(lanes) == 20
    assert len(lanes.lane_first) == 21
    assert lanes.lane_first[-1] == len(lanes.pool) == 60
    assert len(lanes.open_slots) == 1  # eight GPUs fit every pool in every slot
    assert len(candidates(exact(fleet(*jobs, job("wide", mode(16, 2), preemption=pausing())))).columns.lanes.open_slots) == 2
