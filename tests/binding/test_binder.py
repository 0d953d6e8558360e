"""Plans that verify always bind, whatever maintenance, buffers and modes of whole domains; and bindings that do not hold."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.accounting.runs import look_up
from optimizer.binding.binder import bind
from optimizer.exact.problem import ExactProblem, exact
from optimizer.node_numbers import Binding, NodeRange, SpareNodes, node_ranges
from optimizer.problem import AllocationGranularity, GpuPool, Group, GroupKind, Maintenance, Problem
from optimizer.solution import Assignment, Segment
from optimizer.verify.binding import check_binding
from optimizer.verify.plan import Rule, verify
from tests.fleet import at, hall, job, mode, pool, problem, site
from tests.profiles import examples

SLOT_COUNT = 8
DOMAIN = AllocationGranularity.DOMAIN


def broken(inside: ExactProblem, plan: list[Assignment], binding: Binding) -> list[Rule]:
    jobs, pools = {j.name: j for j in inside.jobs}, {p.name: p for p in inside.pools}
    return [found.rule for found in check_binding(inside, [look_up(jobs, pools, item) for item in plan], binding)]


@st.composite
def pools(draw: st.DrawFn) -> GpuPool:
    size = draw(st.sampled_from((1, 2, 3)))
    most = draw(st.integers(1, 9))
    whole = draw(st.booleans())
    counts = draw(st.lists(st.integers(0, most), min_size=SLOT_COUNT, max_size=SLOT_COUNT))
    windows = []
    for node in draw(st.sets(st.integers(0, most - 1), max_size=3)):
        first = draw(st.integers(-1, SLOT_COUNT - 1))
        end = first + draw(st.integers(1, 4))
        windows.append(Maintenance(node=node, start_time=at(first), end_time=at(end)))
    return pool(
        "p",
        (most,) if draw(st.booleans()) else (most, *counts[1:]),
        nodes_per_domain=size,
        allocation_granularity=DOMAIN if whole else AllocationGranularity.NODE,
        whole_domain_count=0 if whole else draw(st.integers(0, most // size)),
        maintenance=tuple(windows),
        failure_buffer_node_count=(draw(st.integers(0, 2)),),
    )


@st.composite
def plans(draw: st.DrawFn) -> tuple[Problem, list[Assignment]]:
    """A pool, and as many of some random runs, a few of them of a group, as keep every rule."""
    of = draw(pools())
    jobs, wanted = [], []
    for k in range(draw(st.integers(0, 14))):
        length, start = draw(st.integers(1, 5)), draw(st.integers(0, SLOT_COUNT - 1))
        asks = draw(st.sampled_from((None, None, DOMAIN)))
        jobs.append(job(f"j{k}", mode(8 * draw(st.integers(1, 4)), length, allocation_granularity=asks, name="m")))
        wanted.append(Assignment(job=f"j{k}", mode="m", pool="p", start_slot=start))
    grouped = [item.name for item in jobs if of.nodes_per_domain > 1 and draw(st.booleans())]
    groups = (Group(name="g", kind=GroupKind.SAME_DOMAIN, jobs=tuple(grouped)),)
    whole = problem(*jobs, sites=(site("s", hall("h", of)),), groups=groups, slot_count=SLOT_COUNT)
    inside, kept = exact(whole), []
    for item in wanted:
        if verify(inside, [*kept, item]).feasible:
            kept.append(item)
    return whole, kept


@examples(300)
@given(plans())
def test_a_plan_that_keeps_every_rule_binds(drawn: tuple[Problem, list[Assignment]]) -> None:
    whole, plan = drawn
    inside = exact(whole)
    binding = bind(inside, plan)
    assert broken(inside, plan, binding) == []
    assert [run.job for run in binding.runs] == [item.job for item in plan]
    assert bind(inside, plan) == binding
    (told,) = binding.fragmentation or (None,)
    if told is not None:
        assert 0 <= told.partly_held_count <= told.held_count


def bound(*jobs: tuple[str, int, int, int], **fields: object) -> tuple[ExactProblem, list[Assignment], Binding]:
    """Jobs of (name, nodes, start, slots) on one pool."""
    of = [job(name, mode(8 * nodes, slots, name="m")) for name, nodes, _, slots in jobs]
    plan = [Assignment(job=name, mode="m", pool="p", start_slot=start) for name, _, start, _ in jobs]
    groups = fields.pop("groups", ())
    whole = problem(*of, sites=(site("s", hall("h", pool("p", **fields))),), groups=groups, slot_count=SLOT_COUNT)  # type: ignore[arg-type]
    inside = exact(whole)
    assert verify(inside, plan).feasible
    return inside, plan, bind(inside, plan)


def numbers(binding: Binding, name: str) -> list[int]:
    return [node for run in binding.runs if run.job == name for part in run.nodes for node in part.nodes]


def test_a_gang_takes_the_fullest_domain_that_holds_it() -> None:
    _, _, binding = bound(("a", 3, 0, 8), ("b", 2, 1, 7), ("c", 1, 2, 6), ("d", 2, 3, 2), node_count=(12,), nodes_per_domain=4)
    assert [numbers(binding, name) for name in "abcd"] == [[0, 1, 2], [4, 5], [3], [6, 7]]
    (told,) = binding.fragmentation
    assert (told.held_count, told.partly_held_count) == (8 + 7, 2 + 5)
    assert binding.partly_held_share == pytest.approx(7 / 15)


def test_nodes_with_a_window_ahead_come_last_and_change_names_where_they_must() -> None:
    out = (Maintenance(node=0, start_time=at(4), end_time=at(6)),)
    _, _, apart = bound(("long", 1, 0, 8), node_count=(2,), maintenance=out)
    assert numbers(apart, "long") == [1]
    inside, plan, swapped = bound(("short", 1, 0, 4), ("long", 1, 1, 7), node_count=(2,), maintenance=out)
    assert (numbers(swapped, "short"), numbers(swapped, "long")) == ([0], [1])
    assert broken(inside, plan, swapped) == []


def test_a_buffer_is_spread_over_domains() -> None:
    inside, plan, binding = bound(("a", 2, 0, 8), node_count=(6,), nodes_per_domain=3, failure_buffer_node_count=(2,))
    spares = {node // 3 for spare in binding.spares for part in spare.nodes for node in part.nodes}
    assert spares == {0, 1}
    assert broken(inside, plan, binding) == []
    assert broken(inside, plan, replace(binding, spares=())) == [Rule.BUFFER_NOT_FREE]


def test_a_group_that_runs_at_once_shares_a_domain_and_what_cannot_is_told() -> None:
    twins = (Group(name="g", kind=GroupKind.SAME_DOMAIN, jobs=("a", "b")),)
    _, _, binding = bound(("a", 1, 0, 4), ("x", 2, 1, 7), ("b", 2, 2, 4), node_count=(6,), nodes_per_domain=3, groups=twins)
    assert {node // 3 for name in "ab" for node in numbers(binding, name)} == {0}
    assert binding.issues == ()
    tight = (("x", 1, 0, 8), ("y", 2, 0, 1), ("z", 2, 0, 8), ("a", 1, 1, 4), ("b", 2, 1, 4))
    _, _, split = bound(*tight, node_count=(6,), nodes_per_domain=3, groups=twins)
    assert all(issue.group == "g" for issue in split.issues)


def test_a_change_in_place_keeps_its_nodes() -> None:
    from optimizer.problem import Elasticity

    wide = job("a", mode(8, 4, name="one"), mode(16, 2, name="two"), elasticity=Elasticity(max_change_count=1))
    whole = problem(wide, job("b", mode(8, 4, name="m")), sites=(site("s", hall("h", pool("p", (4,)))),), slot_count=SLOT_COUNT)
    pieces = (
        Segment(mode="one", pool="p", start_slot=0, end_slot=2),
        Segment(mode="two", pool="p", start_slot=2, end_slot=3),
    )
    plan = [
        Assignment(job="a", mode="one", pool="p", start_slot=0, segments=pieces),
        Assignment(job="b", mode="m", pool="p", start_slot=0),
    ]
    first, second, _ = bind(exact(whole), plan).runs
    assert set(first.nodes[0].nodes) <= {node for part in second.nodes for node in part.nodes}


FIXED = bound(("a", 2, 0, 4), ("b", 1, 2, 4), node_count=(4,), nodes_per_domain=2, failure_buffer_node_count=(1,),
              maintenance=(Maintenance(node=3, start_time=at(6), end_time=at(8)),))  # fmt: skip


def moved(name: str, *nodes: int) -> Binding:
    _, _, binding = FIXED
    domains = tuple(sorted({node // 2 for node in nodes}))
    runs = [replace(r, nodes=node_ranges(nodes), domains=domains) if r.job == name else r for r in binding.runs]
    return replace(binding, runs=tuple(runs))


def test_what_does_not_hold_is_refused_down_to_one_node_and_slot() -> None:
    inside, plan, binding = FIXED
    assert broken(inside, plan, binding) == []
    taken = numbers(binding, "a")[0]
    assert Rule.NODE_USED_TWICE in broken(inside, plan, moved("b", taken))
    assert Rule.BINDING_MALFORMED in broken(inside, plan, moved("b", 0, 1))
    assert Rule.NODE_OUTSIDE in broken(inside, plan, moved("b", 4))
    assert Rule.BINDING_MALFORMED in broken(inside, plan, replace(binding, runs=binding.runs[1:]))
    late = replace(binding.runs[1], end_slot=binding.runs[1].end_slot + 1)
    assert Rule.BINDING_MALFORMED in broken(inside, plan, replace(binding, runs=(binding.runs[0], late)))
    wrong = replace(binding.runs[0], domains=(7,))
    assert Rule.BINDING_MALFORMED in broken(inside, plan, replace(binding, runs=(wrong, binding.runs[1])))
    spare = SpareNodes(pool="p", start_slot=0, end_slot=8, nodes=(NodeRange(first_node=3, node_count=1),))
    assert Rule.NODE_IN_MAINTENANCE in broken(inside, plan, replace(binding, spares=(spare,)))


def test_a_part_of_a_domain_is_no_whole_domain() -> None:
    fields = {"node_count": (4,), "nodes_per_domain": 2, "allocation_granularity": DOMAIN}
    inside, plan, binding = bound(("a", 1, 0, 4), **fields)
    half = replace(binding.runs[0], nodes=node_ranges((1, 2)), domains=(0, 1))
    assert broken(inside, plan, replace(binding, runs=(half,))) == [Rule.DOMAIN_NOT_WHOLE] * 2


def test_a_plan_beyond_the_pool_is_refused() -> None:
    inside = exact(problem(job("a", mode(16, 2, name="m")), sites=(site("s", hall("h", pool("p", (1,)))),)))
    with pytest.raises(ValueError, match="capacity"):
        bind(inside, [Assignment(job="a", mode="m", pool="p", start_slot=0)])


def test_ranges_are_the_fewest() -> None:
    found = node_ranges((5, 1, 2, 9, 4))
    assert [(part.first_node, part.node_count) for part in found] == [(1, 2), (4, 2), (9, 1)]
    assert all(a.first_node + a.node_count < b.first_node for a, b in pairwise(found))
