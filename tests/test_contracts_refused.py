"""The evening's best plan, altered by one slot, node, GPU, job or micro-unit in each contract: verification refuses each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.exact.problem import exact
from optimizer.generate.evening import EVENING_FILE, FLOOR
from optimizer.io.best_known import read_best_known
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.solution import Result
from optimizer.verify.bound import verify_with_bound
from optimizer.verify.plan import verify, verify_result
from optimizer.verify.rules import Rule
from tests.evening_plan import BREACHES, EVENING, PLAN, with_tenant

FOLDER = Path(__file__).parents[1] / "instances" / "contracts"
INSIDE = exact(EVENING)


@pytest.fixture(scope="module")
def best() -> Result:
    return solve(EVENING, SolveParams(engine="highs", work_limit=10_000, thread_count=1))


def test_the_plan_keeps_every_rule_and_is_worth_the_optimum() -> None:
    checked = verify(INSIDE, list(PLAN.values()))
    assert checked.violations == ()
    assert checked.objective_micros == read_best_known(FOLDER)[EVENING_FILE].objective_micros


@pytest.mark.parametrize("name", BREACHES)
def test_it_is_refused_and_told_by_how_much(name: str) -> None:
    breach = BREACHES[name]
    told = [violation for violation in verify(exact(breach.problem), breach.plan).violations if violation.rule is breach.rule]
    assert told
    assert all(violation.message.startswith(breach.limit) for violation in told)
    assert {violation.amount for violation in told} == {breach.amount}


def test_a_floor_missed_by_one_gpu_hour_costs_its_price(best: Result) -> None:
    higher = replace(FLOOR, gpu_hours=FLOOR.gpu_hours + 1)
    problem = with_tenant("nordic-research", lambda tenant: replace(tenant, share_floor=higher))
    checked = verify_result(exact(problem), best)
    assert checked.terms.shortfall_cost_micros == 750_000
    assert checked.objective_micros == verify(INSIDE, list(PLAN.values())).objective_micros - 750_000
    assert {v.rule for v in checked.violations} == {Rule.CLAIM_DIFFERS}


def test_tiers_are_told_in_their_order_with_bounds_that_hold(best: Result) -> None:
    assert verify_with_bound(INSIDE, best).violations == ()
    first, second, last = best.tiers
    assert first.certificate is not None
    lowered = replace(first.certificate, bound_micros=first.certificate.bound_micros - 1)
    for told in (
        (second, first, last),
        (first, second),
        (replace(first, objective_micros=first.objective_micros + 1), second, last),
        (replace(first, placed_count=first.placed_count - 1), second, last),
        (replace(first, priority_tier=0), second, last),
        (first, replace(second, bound_micros=second.objective_micros - 1), last),
        (replace(first, certificate=lowered, bound_micros=lowered.bound_micros), second, last),
    ):
        assert verify_with_bound(INSIDE, replace(best, tiers=told)).violations != (), told
