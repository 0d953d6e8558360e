"""Order and groups: a plan is refused for one slot, one job, one node."""

from __future__ import annotations

import pytest

from optimizer.exact.problem import exact
from optimizer.problem import Group, GroupKind, Precedence, Problem
from optimizer.solution import Assignment
from optimizer.verify.plan import Rule, verify
from tests.fleet import hall, hours, job, mode, pool, problem, site

CHAIN = problem(
    job("first", mode(8, 2)),
    job("second", mode(8, 1)),
    precedences=(Precedence(predecessor="first", successor="second", lag=hours(0.5)),),
    slot_count=6,
)
TWO_SITES = (
    site("s", hall("h", pool("p"), pool("q")), hall("k", pool("r"))),
    site("n", hall("m", pool("u", nodes_per_domain=2)), region_code="NO"),
)


def placed(name: str, start: int = 0, where: str = "pool", gpus: int = 8) -> Assignment:
    return Assignment(job=name, mode=f"H100x{gpus}", pool=where, start_slot=start)


def rules(instance: Problem, *plan: Assignment) -> list[Rule]:
    return [violation.rule for violation in verify(exact(instance), plan).violations]


def test_a_successor_starts_after_the_lag_to_the_slot() -> None:
    assert rules(CHAIN, placed("first"), placed("second", 3)) == []
    assert rules(CHAIN, placed("first"), placed("second", 2)) == [Rule.STARTS_BEFORE_PREDECESSOR_ENDS]
    broken = verify(exact(CHAIN), [placed("first", 1), placed("second", 2)]).violations[0]
    assert (broken.job, broken.element, broken.slot, broken.amount, broken.unit) == ("second", "first", 2, 2, "slots")


def test_a_successor_needs_its_predecessor_and_not_the_other_way_round() -> None:
    assert rules(CHAIN, placed("second", 5)) == [Rule.PREDECESSOR_NOT_PLACED]
    assert rules(CHAIN, placed("first")) == []


def test_what_a_mandatory_job_waits_for_must_run() -> None:
    instance = problem(
        job("first"), job("second", value=None), precedences=(Precedence(predecessor="first", successor="second"),)
    )
    found = verify(exact(instance), [])
    assert [(v.rule, v.job) for v in found.violations] == [
        (Rule.MANDATORY_JOB_LEFT_OUT, "first"),
        (Rule.MANDATORY_JOB_LEFT_OUT, "second"),
    ]
    assert "waits for it" in found.violations[0].message


def grouped(kind: GroupKind) -> Problem:
    return problem(job("a"), job("b"), groups=(Group(name="g", kind=kind, jobs=("a", "b")),), sites=TWO_SITES)


@pytest.mark.parametrize(
    ("kind", "together", "split"),
    [
        (GroupKind.SAME_SITE, "r", "u"),
        (GroupKind.SAME_HALL, "q", "r"),
        (GroupKind.SAME_POOL, "p", "q"),
    ],
)
def test_a_group_shares_its_place(kind: GroupKind, together: str, split: str) -> None:
    instance = grouped(kind)
    assert rules(instance, placed("a", 0, "p"), placed("b", 0, together)) == []
    assert rules(instance, placed("a", 0, "p"), placed("b", 2, split)) == [Rule.GROUP_SPLIT]
    assert rules(instance, placed("a", 0, "p")) == []


def test_a_group_apart_has_one_job_a_site_whenever_it_runs() -> None:
    instance = grouped(GroupKind.DIFFERENT_SITES)
    assert rules(instance, placed("a", 0, "p"), placed("b", 0, "u")) == []
    found = verify(exact(instance), [placed("a", 0, "p"), placed("b", 3, "r")]).violations
    assert [(v.rule, v.element, v.amount, v.unit) for v in found] == [(Rule.GROUP_NOT_APART, "g@s", 1, "jobs")]


def test_one_domain_holds_no_node_more_in_any_slot() -> None:
    instance = problem(
        job("a", mode(8, 2)),
        job("b", mode(16, 1), mode(8, 1)),
        groups=(Group(name="g", kind=GroupKind.SAME_DOMAIN, jobs=("a", "b")),),
        sites=(site("s", hall("h", pool("p", (8,), nodes_per_domain=2))),),
    )
    assert rules(instance, placed("a", 0, "p"), placed("b", 1, "p")) == []
    assert rules(instance, placed("a", 0, "p"), placed("b", 2, "p", 16)) == []
    found = verify(exact(instance), [placed("a", 0, "p"), placed("b", 1, "p", 16)]).violations
    assert [(v.rule, v.element, v.slot, v.amount, v.unit) for v in found] == [(Rule.LIMIT_EXCEEDED, "g@p", 1, 1, "nodes")]


def test_jobs_outside_the_group_do_not_count() -> None:
    instance = problem(
        job("a"), job("b"), job("c", mode(16, 1)),
        groups=(Group(name="g", kind=GroupKind.SAME_DOMAIN, jobs=("a", "b")),),
        sites=(site("s", hall("h", pool("p", (8,), nodes_per_domain=2))),),
    )  # fmt: skip
    assert rules(instance, placed("a", 0, "p"), placed("b", 0, "p"), placed("c", 0, "p", 16)) == []
