"""What bindings come to: fragmentation by hand and against the lowest free nodes, and groups kept in one domain."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from optimizer.accounting.binding_figures import fragmentation, groups_not_in_one_domain
from optimizer.binding.binder import bind
from optimizer.exact.problem import ExactProblem, exact
from optimizer.node_numbers import Binding, BindingIssue, BindingIssueKind, BoundRun, PoolFragmentation, node_ranges
from optimizer.problem import Group, GroupKind
from optimizer.solution import Assignment
from optimizer.verify.plan import verify
from optimizer.verify.rules import Rule
from tests.fleet import hall, job, mode, pool, problem, site

Wanted = tuple[str, int, int, int]


def fleet(wanted: Iterable[Wanted], node_count: int, size: int, slot_count: int, *groups: Group) -> ExactProblem:
    """Jobs of (name, nodes, start, slots) for one pool."""
    jobs = [job(name, mode(8 * nodes, slots, name="m")) for name, nodes, _, slots in wanted]
    of = pool("p", (node_count,), nodes_per_domain=size)
    return exact(problem(*jobs, sites=(site("s", hall("h", of)),), groups=groups, slot_count=slot_count))


def plan(wanted: Iterable[Wanted]) -> list[Assignment]:
    return [Assignment(job=name, mode="m", pool="p", start_slot=start) for name, _, start, _ in wanted]


def on(name: str, start: int, end: int, *nodes: int, size: int) -> BoundRun:
    domains = tuple(sorted({node // size for node in nodes}))
    return BoundRun(job=name, pool="p", start_slot=start, end_slot=end, nodes=node_ranges(nodes), domains=domains)


def test_figures_by_hand() -> None:
    # domains of 2, 2 and 1 nodes: a whole one, two halves where one would do, and the last, which one node fills
    inside = fleet([("a", 2, 0, 3), ("b", 2, 1, 2), ("c", 1, 0, 4)], 7, 2, 4)
    runs = (on("a", 0, 3, 0, 1, size=2), on("b", 1, 3, 2, 5, size=2), on("c", 0, 4, 6, size=2))
    assert tuple(fragmentation(inside, runs)) == (
        PoolFragmentation(pool="p", held_count=3 + 2 + 2 + 4, partly_held_count=2 + 2, extra_domain_count=2),
    )
    assert Binding(fragmentation=tuple(fragmentation(inside, runs))).extra_domain_count == 2
    assert tuple(fragmentation(fleet([], 4, 1, 4), ())) == ()


def lowest_free(wanted: Iterable[Wanted], size: int) -> Iterator[BoundRun]:
    """The naive binding: each run, by start, on the free nodes with the lowest numbers."""
    free_from: dict[int, int] = {}
    for name, count, start, slots in sorted(wanted, key=lambda item: item[2]):
        nodes: list[int] = []
        candidate = 0
        while len(nodes) < count:
            if free_from.get(candidate, 0) <= start:
                nodes.append(candidate)
                free_from[candidate] = start + slots
            candidate += 1
        yield on(name, start, start + slots, *nodes, size=size)


def crowd(seed: int, node_count: int, slot_count: int) -> list[Wanted]:
    """Runs of many widths and lengths that fill most of a pool."""
    draw, free = random.Random(seed), [node_count] * slot_count
    wanted = []
    for index in range(120):
        width, length = draw.choice((1, 1, 2, 2, 3, 4, 6, 8, 12)), draw.randint(2, slot_count // 3)
        start = draw.randrange(slot_count - length)
        if min(free[start : start + length]) >= width:
            wanted.append((f"j{index}", width, start, length))
            free = [room - width * (start <= t < start + length) for t, room in enumerate(free)]
    return wanted


def test_runs_lie_in_far_fewer_domains_than_on_the_lowest_free_nodes() -> None:
    size, node_count, slot_count = 8, 64, 48
    bound = naive = 0
    for seed in range(10):
        wanted = crowd(seed, node_count, slot_count)
        inside = fleet(wanted, node_count, size, slot_count)
        found = bind(inside, plan(wanted))
        assert verify(inside, plan(wanted), binding=found).feasible
        bound += found.extra_domain_count
        naive += Binding(fragmentation=tuple(fragmentation(inside, lowest_free(wanted, size)))).extra_domain_count
    assert bound < 0.3 * naive


TWINS = Group(name="twins", kind=GroupKind.SAME_DOMAIN, jobs=("a", "b"))


def test_a_domain_is_kept_from_others_before_a_group_starts_where_that_is_what_it_takes() -> None:
    # first come, tightest fit puts p and q into one domain and r into the other: neither has room for a and b
    wanted = [("p", 1, 0, 8), ("q", 1, 0, 2), ("r", 1, 1, 7), ("a", 1, 2, 4), ("b", 1, 2, 4)]
    inside = fleet(wanted, 4, 2, 8, TWINS)
    binding = bind(inside, plan(wanted))
    assert binding.issues == ()
    domains = {run.job: run.domains for run in binding.runs}
    assert domains["a"] == domains["b"] == domains["q"] != domains["p"] == domains["r"]


def test_where_counts_promise_more_than_nodes_can_keep_the_group_is_told() -> None:
    # a and b need the nodes of w and x to be one domain; then c and d are in it, and y's node and c's in two
    wanted = [("w", 1, 0, 2), ("x", 1, 0, 2), ("y", 1, 0, 6), ("z", 1, 0, 8), ("a", 1, 2, 2), ("b", 1, 2, 2)]
    wanted += [("c", 1, 4, 2), ("d", 1, 4, 4), ("e", 1, 6, 2), ("f", 1, 6, 2)]
    pair = Group(name="pair", kind=GroupKind.SAME_DOMAIN, jobs=("e", "f"))
    inside = fleet(wanted, 4, 2, 8, TWINS, pair)
    assert verify(inside, plan(wanted)).feasible
    binding = bind(inside, plan(wanted))
    (issue,) = binding.issues
    assert issue.kind is BindingIssueKind.GROUP_NOT_IN_ONE_DOMAIN
    assert [(run.job, group) for run, group in groups_not_in_one_domain(inside, binding.runs)] == [(issue.job, issue.group)]
    assert repr(issue.group) in issue.message


def test_jobs_of_a_group_that_do_not_run_at_once_need_not_share_a_domain() -> None:
    inside = fleet([("a", 1, 0, 2), ("b", 1, 2, 2)], 2, 1, 4, TWINS)
    runs = (on("a", 0, 2, 0, size=1), on("b", 2, 4, 1, size=1))
    assert list(groups_not_in_one_domain(inside, runs)) == []


@pytest.fixture(scope="module")
def bound() -> tuple[ExactProblem, list[Assignment], Binding]:
    wanted = [("a", 1, 0, 4), ("b", 1, 0, 4)]
    inside = fleet(wanted, 4, 2, 4, TWINS)
    return inside, plan(wanted), bind(inside, plan(wanted))


def test_what_a_binding_says_of_itself_must_be_so(bound: tuple[ExactProblem, list[Assignment], Binding]) -> None:
    inside, wanted, binding = bound

    def rules(altered: Binding) -> list[Rule]:
        return [found.rule for found in verify(inside, wanted, binding=altered).violations]

    assert rules(binding) == rules(replace(binding, fragmentation=())) == []
    (figures,) = binding.fragmentation
    fewer = replace(figures, held_count=figures.held_count - 1)
    assert rules(replace(binding, fragmentation=(fewer,))) == [Rule.CLAIM_DIFFERS]
    assert rules(replace(binding, fragmentation=(*binding.fragmentation, figures))) == [Rule.CLAIM_DIFFERS]
    apart = replace(binding, runs=(on("a", 0, 4, 0, size=2), on("b", 0, 4, 3, size=2)), fragmentation=())
    assert rules(apart) == [Rule.CLAIM_DIFFERS]
    told = BindingIssue(kind=BindingIssueKind.GROUP_NOT_IN_ONE_DOMAIN, job="b", group="twins", message="")
    assert rules(replace(apart, issues=(told,))) == []
    assert rules(replace(binding, issues=(told,))) == [Rule.CLAIM_DIFFERS]
