"""Running jobs stay on the nodes that they hold, whatever else is bound; where maintenance forbids it, the binding says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from optimizer.binding.binder import bind
from optimizer.exact.problem import ExactProblem, exact
from optimizer.node_numbers import Binding, BindingIssueKind
from optimizer.problem import AllocationGranularity, Group, GroupKind, Maintenance, RunningPlacement
from optimizer.solution import Assignment
from optimizer.verify.plan import Rule, verify
from tests.fleet import at, hall, job, mode, pool, problem, site
from tests.profiles import examples

SLOT_COUNT = 8
#: name, nodes, start, slots, nodes held
Wanted = tuple[str, int, int, int, tuple[int, ...]]


def bound(
    *wanted: Wanted, resized: bool = False, groups: tuple[Group, ...] = (), **of_pool: Any
) -> tuple[ExactProblem, list[Assignment], Binding]:
    jobs = []
    for name, nodes, _, slots, held in wanted:
        modes = [mode(8 * nodes, slots, name="m")]
        if resized:
            modes.append(mode(8 * max(1, len(held)), slots, name="before"))
        running = RunningPlacement(pool="p", mode=modes[-1].name, nodes=held) if held else None
        jobs.append(job(name, *modes, running=running, value=1.0))
    fleet = problem(*jobs, sites=(site("s", hall("h", pool("p", **of_pool))),), slot_count=SLOT_COUNT, groups=groups)
    plan = [Assignment(job=name, mode="m", pool="p", start_slot=start) for name, _, start, _, _ in wanted]
    inside = exact(fleet)
    return inside, plan, bind(inside, plan)


def numbers(binding: Binding, name: str) -> list[int]:
    return [node for run in binding.runs if run.job == name for part in run.nodes for node in part.nodes]


def test_a_job_that_goes_on_stays_on_its_nodes_and_others_take_what_is_left() -> None:
    wanted = (("wide", 2, 0, 8, ()), ("a", 1, 0, 8, (0,)), ("b", 2, 0, 4, (3, 1)), ("later", 2, 4, 4, ()))
    inside, plan, binding = bound(*wanted, node_count=(5,), nodes_per_domain=2)
    assert [numbers(binding, name) for name in ("a", "b", "wide", "later")] == [[0], [1, 3], [2, 4], [1, 3]]
    assert binding.issues == ()
    assert verify(inside, plan, binding=binding).feasible


def test_without_its_nodes_stated_the_same_job_goes_elsewhere() -> None:
    _, _, binding = bound(("a", 1, 0, 8, ()), node_count=(4,), nodes_per_domain=2)
    assert numbers(binding, "a") != [3]


def test_a_failure_buffer_and_nodes_out_of_service_are_others() -> None:
    counts = (3, 4, 4, 4, 4, 4, 4, 4)
    inside, plan, binding = bound(("a", 1, 0, 8, (0,)), node_count=counts, failure_buffer_node_count=(1,))
    assert numbers(binding, "a") == [0]
    assert verify(inside, plan, binding=binding).feasible


def test_a_job_that_narrows_keeps_some_of_its_nodes_and_one_that_widens_all() -> None:
    _, _, narrow = bound(("a", 1, 0, 8, (1, 3)), resized=True, node_count=(4,))
    assert set(numbers(narrow, "a")) < {1, 3}
    _, _, wide = bound(("a", 3, 0, 8, (1, 3)), resized=True, node_count=(4,))
    assert set(numbers(wide, "a")) > {1, 3}
    assert narrow.issues == wide.issues == ()


def test_a_job_that_narrows_leaves_the_nodes_whose_maintenance_comes_first() -> None:
    window = (Maintenance(node=0, start_time=at(4), end_time=at(6)),)
    inside, plan, binding = bound(("a", 1, 0, 8, (0, 3)), resized=True, node_count=(4,), maintenance=window)
    assert numbers(binding, "a") == [3]
    assert binding.issues == ()
    begun = (Maintenance(node=0, start_time=at(0), end_time=at(2)),)
    _, _, other = bound(("a", 1, 0, 8, (0, 3)), resized=True, node_count=(4,), maintenance=begun)
    assert numbers(other, "a") == [3]
    assert verify(inside, plan, binding=binding).feasible


def test_whole_domains_stay_whole_and_where_they_are() -> None:
    wanted = (("a", 2, 0, 8, (2, 3)), ("b", 2, 0, 8, ()))
    inside, plan, binding = bound(
        *wanted, node_count=(4,), nodes_per_domain=2, allocation_granularity=AllocationGranularity.DOMAIN
    )
    assert [numbers(binding, name) for name in "ab"] == [[2, 3], [0, 1]]
    assert verify(inside, plan, binding=binding).feasible


def test_a_group_of_one_domain_gathers_where_its_running_job_is() -> None:
    twins = (Group(name="g", kind=GroupKind.SAME_DOMAIN, jobs=("a", "b")),)
    _, _, binding = bound(("b", 1, 1, 4, ()), ("a", 1, 0, 8, (3,)), groups=twins, node_count=(6,), nodes_per_domain=3)
    assert numbers(binding, "a") == [3]
    assert numbers(binding, "b")[0] in (4, 5)


def test_a_node_with_a_window_ahead_is_kept_up_to_it_and_others_give_way() -> None:
    window = (Maintenance(node=0, start_time=at(4), end_time=at(6)),)
    inside, plan, binding = bound(("a", 1, 0, 4, (0,)), ("b", 1, 1, 7, ()), node_count=(2,), maintenance=window)
    assert (numbers(binding, "a"), numbers(binding, "b")) == ([0], [1])
    assert binding.issues == ()
    assert verify(inside, plan, binding=binding).feasible


def test_maintenance_of_a_node_in_use_moves_the_job_and_the_binding_says_so() -> None:
    window = (Maintenance(node=0, start_time=at(4), end_time=at(6)),)
    inside, plan, binding = bound(("a", 1, 0, 8, (0,)), node_count=(2,), maintenance=window)
    assert numbers(binding, "a") == [1]
    (issue,) = binding.issues
    assert (issue.kind, issue.job, issue.group) == (BindingIssueKind.RUNNING_JOB_CHANGES_NODES, "a", "")
    assert "'a'" in issue.message
    assert verify(inside, plan, binding=binding).feasible
    untold = verify(inside, plan, binding=replace(binding, issues=()))
    assert [found.rule for found in untold.violations] == [Rule.CLAIM_DIFFERS]
    assert "other nodes than it holds" in untold.violations[0].message


def test_a_change_that_is_told_and_does_not_happen_is_refused() -> None:
    inside, plan, binding = bound(("a", 1, 0, 8, (0,)), node_count=(2,))
    window = (Maintenance(node=0, start_time=at(4), end_time=at(6)),)
    _, _, other = bound(("a", 1, 0, 8, (0,)), node_count=(2,), maintenance=window)
    checked = verify(inside, plan, binding=replace(binding, issues=other.issues))
    assert [found.rule for found in checked.violations] == [Rule.CLAIM_DIFFERS]


@examples(60)
@given(st.data())
def test_without_maintenance_every_running_job_stays_and_the_rest_finds_nodes(data: st.DataObject) -> None:
    count, size = data.draw(st.integers(1, 9)), data.draw(st.sampled_from((1, 2, 3)))
    free = list(data.draw(st.permutations(range(count))))
    load = [0] * SLOT_COUNT
    wanted: list[Wanted] = []
    for name in "abcdef"[: data.draw(st.integers(1, 6))]:
        held, start, slots = data.draw(st.booleans()), data.draw(st.integers(0, 5)), data.draw(st.integers(1, 8))
        start = 0 if held else start
        span = range(start, min(SLOT_COUNT, start + slots))
        nodes = data.draw(st.integers(1, 3))
        if max(load[slot] for slot in span) + nodes > count or (held and len(free) < nodes):
            continue
        for slot in span:
            load[slot] += nodes
        own = tuple(free.pop() for _ in range(nodes)) if held else ()
        wanted.append((name, nodes, start, len(span), own))
    inside, plan, binding = bound(*wanted, node_count=(count,), nodes_per_domain=size)
    assert verify(inside, plan, binding=binding).feasible
    for name, _, _, _, own in wanted:
        assert not own or set(numbers(binding, name)) == set(own)
