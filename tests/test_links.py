"""Links and what runs take of them: rates and capacities in whole numbers, ways, law, transfers, and every slot held to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.accounting.usage import usage
from optimizer.exact.problem import ExactProblem, exact
from optimizer.features import Feature, features
from optimizer.limits import LimitKind
from optimizer.problem import DataSet, Link, Preemption, Problem, RunningPlacement
from optimizer.solution import Assignment, Segment
from optimizer.verify.plan import Verification, verify, verify_result
from optimizer.verify.rules import Rule
from tests.conformance.link_problems import PROBLEMS
from tests.fleet import hall, hours, job, mode, pool, problem, site

SITES = (
    site("s", hall("h", pool("p", (1,)))),
    site("u", hall("g", pool("r", (1,)))),
    site("n", hall("k", pool("q", (4,))), region_code="NO"),
)


def link(origin: str = "s", rate: float = 100.0, cost: float = 0.01, **fields: object) -> Link:
    return replace(Link(from_site=origin, to_site="n", throughput_gb_per_hour=rate, cost_per_gb=cost), **fields)


def fleet(*links: Link, size_gb: float = 100.0, count: int = 2, copies: tuple[str, ...] = ("s",)) -> Problem:
    data = DataSet(sites=copies, size_gb=size_gb)
    return problem(*(job(name, data_set=data) for name in "abcd"[:count]), links=links, sites=SITES)


def run(name: str, start: int, data_from: str = "") -> Assignment:
    return Assignment(job=name, mode="H100x8", pool="q", start_slot=start, data_from=data_from)


def checked(instance: Problem, *plan: Assignment) -> Verification:
    return verify(exact(instance), plan)


def broken(verification: Verification) -> list[tuple[Rule, str, int | None, int | None]]:
    return [(v.rule, v.element, v.slot, v.amount) for v in verification.violations]


# ----------------------------------------------------------------------------------------------------------------------
# whole numbers


def capacity(**fields: object) -> tuple[int, ...] | None:
    return exact(fleet(link(**fields))).links[0].capacity_mb_per_hour


def test_capacity_is_none_the_throughput_or_what_is_stated_rounded_down() -> None:
    assert capacity() is None
    assert capacity(capacity_limited=True) == (100_000,) * 4
    assert capacity(capacity_gb_per_hour=(0.0019,)) == (1,) * 4
    assert capacity(capacity_limited=True, capacity_gb_per_hour=(1.0, 0.0, 2.0, 3.5)) == (1_000, 0, 2_000, 3_500)


def rate_and_slots(size_gb: float, quarters: bool = False) -> tuple[int, int]:
    instance = fleet(link(), size_gb=size_gb)
    if quarters:
        grid = replace(instance.time_grid, slot_duration=hours(0.25), slot_count=16)
        instance = replace(instance, time_grid=grid)
    inside = exact(instance)
    (way,) = inside.data_ways(inside.jobs[0], inside.sites[2])
    return way.mb_per_hour, way.slots


def test_a_transfer_is_spread_evenly_over_its_slots_and_rounded_up() -> None:
    assert rate_and_slots(100.0) == (100_000, 1)
    assert rate_and_slots(101.0) == (50_500, 2)
    assert rate_and_slots(0.0001) == (1, 1)
    assert rate_and_slots(10.0, quarters=True) == (40_000, 1)
    assert rate_and_slots(70.0, quarters=True) == (93_334, 3)


def test_a_transfer_at_full_throughput_fits_a_link_that_shares_it() -> None:
    for size_gb in (100.0, 33.3, 250.0, 1e-6):
        instance = fleet(link(capacity_limited=True), size_gb=size_gb, count=1)
        assert checked(instance, run("a", 3)).feasible, size_gb


def test_a_capacity_is_a_use_of_the_feature() -> None:
    assert features(fleet(link())) == {}
    assert features(fleet(link(capacity_limited=True))) == {Feature.LINK_CAPACITY: "links[0].capacity_limited"}
    assert features(fleet(link(capacity_gb_per_hour=(1.0,)))) == {Feature.LINK_CAPACITY: "links[0].capacity_gb_per_hour"}


# ----------------------------------------------------------------------------------------------------------------------
# ways and law


def ways(instance: Problem) -> list[tuple[str, int, int]]:
    inside = exact(instance)
    return [(way.from_site, way.cost_micros, way.slots) for way in inside.data_ways(inside.jobs[0], inside.sites[2])]


def test_dearer_ways_are_there_only_behind_links_with_a_capacity() -> None:
    dearer = link("u", 200.0, 0.05)
    both = ("s", "u")
    assert ways(fleet(link(), dearer, copies=both)) == [("s", 1_000_000, 1)]
    assert ways(fleet(link(capacity_limited=True), dearer, copies=both)) == [("s", 1_000_000, 1), ("u", 5_000_000, 1)]
    assert ways(fleet(link(), replace(dearer, capacity_limited=True), copies=both)) == [("s", 1_000_000, 1)]
    assert ways(fleet(dearer, copies=("s",))) == []


def test_a_copy_that_the_law_bars_is_not_read() -> None:
    instance = fleet(link(), link("u"), copies=("s", "u"))

    def readable(**law: tuple[str, ...]) -> tuple[str, ...] | None:
        return exact(replace(instance, jobs=(replace(instance.jobs[0], **law),))).jobs[0].data_sites

    assert readable() == ("s", "u")
    assert readable(denied_sites=("s",)) == ("u",)
    assert readable(denied_regions=("GB",)) == ()
    assert readable(allowed_regions=("NO",)) == ()
    assert readable(allowed_regions=("NO", "GB")) == ("s", "u")
    # says where it may run, and no more
    assert readable(allowed_sites=("n",)) == ("s", "u")


def test_a_run_whose_every_copy_is_barred_is_refused() -> None:
    instance = fleet(link(), count=1)
    instance = replace(instance, jobs=(replace(instance.jobs[0], denied_sites=("s",)),))
    assert [v.rule for v in checked(instance, run("a", 1)).violations] == [Rule.DATA_NOT_REACHABLE]


# ----------------------------------------------------------------------------------------------------------------------
# what is stated and what is refused


def test_a_placement_states_its_transfer() -> None:
    (placement,) = checked(fleet(link(), size_gb=150.0), run("a", 3)).placements
    (moved,) = placement.transfers
    assert (moved.from_site, moved.to_site, moved.size_gb) == ("s", "n", 150.0)
    assert (moved.start_slot, moved.end_slot, moved.mb_per_hour, moved.cost_micros) == (1, 3, 75_000, 1_500_000)
    assert placement.terms.staging_cost_micros == moved.cost_micros


def test_one_megabyte_an_hour_too_many_in_one_slot_is_refused() -> None:
    exactly = (0.0, 120.0, 120.0, 0.0)
    instance = fleet(link(capacity_gb_per_hour=exactly), size_gb=120.0)
    plan = run("a", 3), run("b", 3)
    assert checked(instance, *plan).feasible
    short = fleet(link(capacity_gb_per_hour=(0.0, 120.0, 119.999, 0.0)), size_gb=120.0)
    assert broken(checked(short, *plan)) == [(Rule.LIMIT_EXCEEDED, "s -> n", 2, 1)]


def test_a_start_one_slot_apart_frees_the_link() -> None:
    instance = fleet(link(capacity_limited=True))
    assert broken(checked(instance, run("a", 1), run("b", 1))) == [(Rule.LIMIT_EXCEEDED, "s -> n", 0, 100_000)]
    assert checked(instance, run("a", 1), run("b", 2)).feasible


def test_a_dearer_way_takes_its_own_link_time_and_money() -> None:
    instance = fleet(link(capacity_limited=True), link("u", 50.0, 0.05), copies=("s", "u"))
    good = checked(instance, run("a", 1), run("b", 2, "u"))
    assert good.feasible
    assert [p.terms.staging_cost_micros for p in good.placements] == [1_000_000, 5_000_000]
    assert [p.data_from for p in good.placements] == ["", "u"]
    early = checked(instance, run("a", 1, "u"))
    assert broken(early) == [(Rule.STARTS_TOO_EARLY, "q", 1, 1)]
    (violation,) = checked(instance, run("a", 3, "n")).violations
    assert violation.rule is Rule.DATA_NOT_REACHABLE
    assert "'s', 'u'" in violation.message


def test_a_run_that_goes_on_in_place_moves_nothing() -> None:
    instance = fleet(link(capacity_gb_per_hour=(0.0,)), count=1)
    running = RunningPlacement(pool="q", mode="H100x8")
    instance = replace(instance, jobs=(replace(instance.jobs[0], running=running),))
    good = checked(instance, run("a", 0))
    assert good.feasible
    assert good.placements[0].transfers == ()
    assert not checked(instance, run("a", 2)).feasible


def pieces(start: int, resume: int) -> Assignment:
    segments = (
        Segment(mode="H100x8", pool="p", start_slot=start, end_slot=start + 1),
        Segment(mode="H100x8", pool="q", start_slot=resume, end_slot=resume + 1),
    )
    return Assignment(job="m", mode="H100x8", pool="p", start_slot=start, segments=segments)


def test_a_checkpoint_takes_the_link_before_the_job_resumes() -> None:
    moves = job(
        "m",
        mode(8, 2),
        preemption=Preemption(max_pause_count=1, checkpoint_size_gb=100.0, may_resume_elsewhere=True),
    )
    instance = replace(fleet(link(capacity_limited=True)), jobs=(moves, fleet(link()).jobs[0]))
    good = checked(instance, pieces(0, 3), run("a", 2))
    assert good.feasible
    assert [(t.from_site, t.start_slot, t.end_slot) for t in good.placements[0].transfers] == [("s", 2, 3)]
    both = checked(instance, pieces(0, 2), run("a", 2))
    assert broken(both) == [(Rule.LIMIT_EXCEEDED, "s -> n", 1, 100_000)]


def test_a_run_in_pieces_stages_the_cheapest_way_only() -> None:
    pausing = Preemption(max_pause_count=1)
    instance = fleet(link(capacity_limited=True), link("u", 100.0, 0.05), copies=("s", "u"), count=1)
    instance = replace(instance, jobs=(replace(instance.jobs[0], modes=(mode(8, 2),), preemption=pausing),))
    segments = tuple(Segment(mode="H100x8", pool="q", start_slot=t, end_slot=t + 1) for t in (1, 3))
    cut = replace(run("a", 1), segments=segments)
    assert checked(instance, cut).feasible
    assert [v.rule for v in checked(instance, replace(cut, data_from="u")).violations] == [Rule.DATA_NOT_REACHABLE]


def test_what_a_plan_says_of_its_transfers_is_held_to_the_truth() -> None:
    from optimizer.params import SolveParams
    from optimizer.pipeline import solve

    instance = PROBLEMS["link_by_slot"]
    result = solve(instance, SolveParams(engine="greedy", time_limit_seconds=10))
    inside = exact(instance)
    assert verify_result(inside, result).feasible
    first = next(index for index, placement in enumerate(result.placements) if placement.transfers)
    for transfers in ((replace(result.placements[first].transfers[0], end_slot=99),), ()):
        placements = list(result.placements)
        placements[first] = replace(placements[first], transfers=transfers)
        claims = verify_result(inside, replace(result, placements=tuple(placements))).violations
        # plans made elsewhere need not state them
        assert [v.rule for v in claims] == ([Rule.CLAIM_DIFFERS] if transfers else [])


@pytest.mark.parametrize("name", PROBLEMS)
def test_usage_is_the_sum_of_the_transfers(name: str) -> None:
    inside: ExactProblem = exact(PROBLEMS[name])
    plan = [
        Assignment(job=item.name, mode=item.modes[0].name, pool="q", start_slot=inside.slot_count - item.modes[0].duration)
        for item in inside.jobs
    ]
    verification = verify(inside, plan)
    found = {label: [0] * inside.slot_count for label in usage(inside, ()).slot_used if label.kind is LimitKind.LINK}
    for placement in verification.placements:
        for moved in placement.transfers:
            for label, slots in found.items():
                if label.element == f"{moved.from_site} -> {moved.to_site}":
                    for slot in range(max(0, moved.start_slot), moved.end_slot):
                        slots[slot] += moved.mb_per_hour
    stated = {u.element: list(u.used) for u in verification.usages if u.kind == LimitKind.LINK}
    assert stated == {label.element: slots for label, slots in found.items()}


def test_a_changed_copy_forgets_the_ways_of_the_first() -> None:
    """Ways are remembered, and a copy with a link that carries less has other ones."""
    first = exact(fleet(link()))
    target = first.sites[2]
    assert [way.is_limited for way in first.data_ways(first.jobs[0], target)] == [False]
    shared = replace(first, links=(replace(first.links[0], capacity_mb_per_hour=(1,) * 4),))
    assert [way.is_limited for way in shared.data_ways(shared.jobs[0], target)] == [True]
    assert first == exact(fleet(link()))
