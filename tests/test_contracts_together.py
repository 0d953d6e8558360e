"""One plan under every contract at once: refused when altered by one slot, node, GPU or micro-unit; carried in and out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from loadstone.v1 import placement_service_pb2 as service_pb2

from optimizer.comparison import compare
from optimizer.errors import UnsupportedFeatureError
from optimizer.exact.problem import exact
from optimizer.execution.zones import InlineZones, ZoneEngine
from optimizer.io.files import read_plan, read_problem, write_plan, write_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Job, Problem, Quota
from optimizer.solution import Assignment, Result, Segment
from optimizer.validate import SizeLimits
from optimizer.verify.bound import verify_with_bound
from optimizer.verify.plan import verify, verify_result
from optimizer.verify.rules import Rule, RuleViolation
from server import convert, requests
from server.proposals import assignment_to_proto
from tests.cli.calls import in_own_process, in_this_process
from tests.conformance.contract_problems import ALL_CONTRACTS
from tests.fleet import pool

WORK = SolveParams(engine="cp_sat", work_limit=5, thread_count=1)
INSIDE = exact(ALL_CONTRACTS)


@pytest.fixture(scope="module")
def best() -> Result:
    return solve(ALL_CONTRACTS, WORK)


#: The optimum, written out: what the alterations below start from.
PLAN = {
    "keeps": Assignment(
        job="keeps",
        mode="H100x8",
        pool="p",
        start_slot=0,
        segments=(
            Segment(mode="H100x8", pool="p", start_slot=0, end_slot=1),
            Segment(mode="H100x8", pool="p", start_slot=2, end_slot=4),
        ),
    ),
    "widens": Assignment(job="widens", mode="H100x16", pool="p", start_slot=2),
    "borrows": Assignment(job="borrows", mode="H100x8", pool="q", start_slot=0),
}


def broken(problem: Problem = ALL_CONTRACTS, **changes: Assignment | None) -> tuple[RuleViolation, ...]:
    """What breaks when the plan is changed job by job (None: left out) under ``problem``."""
    plan = [item for item in {**PLAN, **changes}.values() if item is not None]
    return verify(exact(problem), plan).violations


def pieces(*slots: tuple[int, int], mode: str = "H100x8", pool: str = "p") -> Assignment:
    segments = tuple(Segment(mode=mode, pool=pool, start_slot=a, end_slot=b) for a, b in slots)
    return replace(PLAN["keeps"], mode=mode, pool=pool, start_slot=slots[0][0], segments=segments if len(slots) > 1 else ())


def test_the_plan_is_the_optimum(best: Result) -> None:
    assert {placement.job: placement.assignment for placement in best.placements} == PLAN
    assert broken() == ()
    assert verify_with_bound(INSIDE, best).violations == ()


FOLLOWS = Assignment(job="follows", mode="H100x8", pool="q", start_slot=3)


@pytest.mark.parametrize(
    ("changes", "rule", "amount"),
    [
        ({"keeps": pieces((0, 1), (2, 3))}, Rule.WORK_NOT_DONE, 1),
        ({"keeps": pieces((0, 2), (3, 5))}, Rule.ENDS_TOO_LATE, 1),
        ({"keeps": pieces((0, 2), (2, 3))}, Rule.PIECES_MALFORMED, None),
        ({"keeps": pieces((0, 1), (2, 3), (3, 4))}, Rule.PIECES_MALFORMED, None),
        ({"keeps": None, "follows": FOLLOWS, "borrows": None}, Rule.PREDECESSOR_NOT_PLACED, None),
        ({"follows": FOLLOWS, "borrows": None}, Rule.STARTS_BEFORE_PREDECESSOR_ENDS, 1),
        ({"keeps": pieces((0, 3)), "follows": FOLLOWS}, Rule.GROUP_NOT_APART, 1),
        ({"keeps": pieces((1, 4), pool="q"), "borrows": None}, Rule.GROUP_SPLIT, None),
    ],
)
def test_one_slot_or_one_job_amiss_is_refused(changes: dict[str, Assignment | None], rule: Rule, amount: int | None) -> None:
    found = [violation for violation in broken(**changes) if violation.rule is rule]
    assert found
    assert amount in {violation.amount for violation in found}


def _with_pool(count: tuple[int, ...]) -> Problem:
    first, *rest = ALL_CONTRACTS.sites
    return replace(ALL_CONTRACTS, sites=(replace(first, halls=(replace(first.halls[0], pools=(pool("p", count),)),)), *rest))


def _with_tenant(**fields: object) -> Problem:
    return replace(ALL_CONTRACTS, tenants=(replace(ALL_CONTRACTS.tenants[0], **fields),))  # type: ignore[arg-type]


def _with_job(name: str, change: Callable[[Job], Job]) -> Problem:
    return replace(ALL_CONTRACTS, jobs=tuple(change(each) if each.name == name else each for each in ALL_CONTRACTS.jobs))


def _outsider_on_p(problem: Problem) -> tuple[RuleViolation, ...]:
    """``borrows`` beside the reserved nodes instead of at the other site: it takes the last node that is free or lent."""
    return broken(problem, borrows=Assignment(job="borrows", mode="H100x8", pool="p", start_slot=0))


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (broken(_with_pool((2, 1, 2, 3))), "pool_nodes"),
        (broken(_with_tenant(quotas=(Quota(gpu_count=23, pool="p"),))), "tenant_quota"),
        (broken(_with_tenant(quotas=(Quota(gpu_count=23, gpu_model="H100"),))), "tenant_quota"),
    ],
)
def test_one_node_or_gpu_less_is_refused(found: tuple[RuleViolation, ...], kind: str) -> None:
    assert {violation.rule for violation in found} == {Rule.LIMIT_EXCEEDED}
    assert all(violation.message.startswith(kind) and violation.amount == 1 for violation in found)


def test_a_node_is_lent_only_to_who_leaves_in_time() -> None:
    assert _outsider_on_p(ALL_CONTRACTS) == ()
    slow = _with_job(
        "borrows",
        lambda each: replace(each, preemption=replace(each.preemption, vacate_duration=timedelta(seconds=601))),  # type: ignore[type-var]
    )
    (violation,) = _outsider_on_p(slow)
    assert (violation.rule, violation.amount, violation.slot) == (Rule.LIMIT_EXCEEDED, 1, 0)
    assert violation.message.startswith("reservation")


def test_churn_is_refused_by_one_job_and_by_one_gpu_hour() -> None:
    assert ALL_CONTRACTS.churn_budget is not None
    moved = replace(PLAN["keeps"], pool="q", segments=())
    free = replace(ALL_CONTRACTS, groups=())
    for tight, kind in (({"max_change_count": 0}, "churn_jobs"), ({"max_gpu_hours": 23.0}, "churn_gpu_slots")):
        budget = replace(ALL_CONTRACTS.churn_budget, **tight)  # type: ignore[arg-type]
        found = [v for v in broken(replace(free, churn_budget=budget), keeps=moved, borrows=None) if v.message.startswith(kind)]
        assert [(violation.rule, violation.amount) for violation in found] == [
            (Rule.LIMIT_EXCEEDED, 1 if kind == "churn_jobs" else found[0].amount)
        ]
        assert found[0].amount == 1
    assert not [v for v in broken(free, keeps=moved, borrows=None) if v.message.startswith("churn")]


def test_one_micro_unit_in_any_term_is_refused(best: Result) -> None:
    for name in ("energy_cost_micros", "pause_cost_micros", "stop_cost_micros", "shortfall_cost_micros", "value_micros"):
        told = replace(best, terms=replace(best.terms, **{name: getattr(best.terms, name) + 1}))
        assert {violation.rule for violation in verify_result(INSIDE, told).violations} == {Rule.CLAIM_DIFFERS}, name
    share = replace(best.shares[0], shortfall_cost_micros=best.shares[0].shortfall_cost_micros - 1)
    lent = replace(best.tenancy[0], lent_node_slots=best.tenancy[0].lent_node_slots + 1)
    tier = replace(best.tiers[1], objective_micros=best.tiers[1].objective_micros + 1)
    for told in (
        replace(best, shares=(share,)),
        replace(best, tenancy=(lent,)),
        replace(best, tiers=(best.tiers[0], tier, best.tiers[2])),
    ):
        assert Rule.CLAIM_DIFFERS in {violation.rule for violation in verify_with_bound(INSIDE, told).violations}


def test_a_false_entry_is_told_by_its_figure(best: Result) -> None:
    lent = replace(best.tenancy[0], lent_node_slots=best.tenancy[0].lent_node_slots + 1)
    (told,) = verify_result(INSIDE, replace(best, tenancy=(lent, *best.tenancy[1:]))).violations
    right = best.tenancy[0].lent_node_slots
    assert told.message == f"the tenancy of tenant {lent.tenant!r} states lent_node_slots = {right + 1}, it is {right}"
    (told,) = verify_result(INSIDE, replace(best, shares=(*best.shares, best.shares[0]))).violations
    count = len(best.shares)
    assert told.message == f"the plan states the number of entries of share floor = {count + 1}, it is {count}"


def test_files_and_messages_carry_all_of_it(best: Result, tmp_path: Path) -> None:
    write_problem(ALL_CONTRACTS, tmp_path / "all.json")
    write_plan(best, tmp_path / "plan.json")
    assert read_problem(tmp_path / "all.json") == ALL_CONTRACTS
    assert read_plan(tmp_path / "plan.json") == best
    assert convert.problem_from_proto(convert.problem_to_proto(ALL_CONTRACTS)) == ALL_CONTRACTS
    message = service_pb2.CheckPlacementRequest(
        problem=convert.problem_to_proto(ALL_CONTRACTS),
        assignments=[assignment_to_proto(placement.assignment) for placement in best.placements],
    )
    answer = requests.check(message, SizeLimits())
    assert answer.feasible
    message.assignments[0].segments[1].end_slot -= 1
    assert service_pb2.RULE_WORK_NOT_DONE in {violation.rule for violation in requests.check(message, SizeLimits()).violations}


def test_every_command_takes_it(tmp_path: Path) -> None:
    instance, plan, again, page = (tmp_path / name for name in ("all.json", "plan.json", "again.json", "page.html"))
    write_problem(ALL_CONTRACTS, instance)
    for path in (plan, again):
        done = in_own_process("solve", instance, "--engine", "cp_sat", "--work-limit", "5", "--threads", "1", "--out", path)
        assert done.returncode == 0, done.stderr
    assert plan.read_bytes() == again.read_bytes(), "equal work gives an equal answer"
    for command in (("verify", instance, plan), ("explain", instance, plan), ("diff", instance, plan)):
        done = in_this_process(*command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    limited = ("--engine", "cp_sat", "--work-limit", "5", "--threads", "1", "--json")
    done = in_this_process("whatif", instance, plan, "pool_nodes:p:-1:2-3", *limited)
    assert done.returncode == 0, done.stderr
    (effect,) = json.loads(done.stdout)
    assert (effect["kind"], effect["element"], effect["termination"]) == ("pool_nodes", "p", "OPTIMAL")
    assert effect["difference"] < 0, "all three nodes are used then"
    done = in_this_process("report", instance, plan, "--out", page)
    assert done.returncode == 0, done.stderr
    assert page.stat().st_size > 0


def test_the_difference_of_two_plans_tells_pauses_and_moves(best: Result) -> None:
    plan = [placement.assignment for placement in best.placements]
    assert not compare(ALL_CONTRACTS, plan, plan).changes
    whole = [*plan[1:], pieces((0, 3))]
    assert [change.job for change in compare(ALL_CONTRACTS, plan, whole).changes] == ["keeps"]


def test_zones_cannot_carry_it_and_say_so_by_name() -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        solve(ALL_CONTRACTS, replace(WORK, engine="price"), engine=ZoneEngine(InlineZones(2)))
    assert {violation.message.split()[0] for violation in caught.value.violations} == {
        "PREEMPTION", "ELASTICITY", "GROUPS", "PRECEDENCE", "SHARE_FLOORS"
    }  # fmt: skip
