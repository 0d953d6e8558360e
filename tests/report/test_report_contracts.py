"""The page of the evening of every contract shows each of them where it is in the plan."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from optimizer.accounting.tiers import tier_standings, tier_worths
from optimizer.comparison import compare
from optimizer.exact.problem import exact
from optimizer.problem import Reservation, Tenant
from optimizer.report import render_report
from optimizer.report.timeline import most_reserved
from optimizer.report.words import search_words
from optimizer.solution import Result, StoppedBy, Termination, TerminationReason, TierOutcome
from optimizer.verify.plan import verify
from tests.evening_plan import EVENING, H100, PLAN


@pytest.fixture(scope="module")
def page() -> str:
    inside = exact(EVENING)
    checked = verify(inside, list(PLAN.values()))
    placed = {placement.job for placement in checked.placements}
    standings = zip(tier_standings(inside, placed), tier_worths(inside, checked.placements, checked.terms), strict=True)
    result = Result(
        termination=Termination(reason=TerminationReason.FEASIBLE, objective_micros=checked.objective_micros),
        engine="by hand",
        placements=checked.placements,
        terms=checked.terms,
        usages=checked.usages,
        tenancy=checked.tenancy,
        shares=checked.shares,
        tiers=tuple(
            TierOutcome(priority_tier=number, job_count=jobs, placed_count=count, objective_micros=worth)
            for (number, jobs, count), worth in standings
        ),
    )
    return render_report(EVENING, result, compare(EVENING, list(PLAN.values())))


@pytest.mark.parametrize(
    "words",
    [
        "Priority tiers, none giving way to a later one",
        "tune, A100x16@250W</text>",
        "tune, A100x32</text>",
        "sweep, then oslo-a-h100</text>",
        "pretrain pauses</title>",
        "score waits for pretrain</title>",
        "4 reserved</text>",
        "Reservations and share floors",
        "nordic-research gets 256.0 GPU-hours: its floor of 256.0 is met.",
        "archive is stopped on slough-a-a100",
        "ablation changes from A100x8 to A100x16",
        "export moves from slough-a-a100 to oslo-b-a100",
        "pretrain runs in 2 pieces",
        "Order and groups",
        "tier 2",
        ">by hand<",
    ],
)
def test_each_contract_is_on_the_page(page: str, words: str) -> None:
    assert words in page


def test_lines_join_what_they_should_and_nothing_else(page: str) -> None:
    assert page.count('class="pause"') == 1, "sweep goes on at another site, tune goes on at once"
    assert page.count('class="wait"') == 1
    assert page.count('class="swatch pause"') == 1
    assert page.count('class="swatch wait"') == 1
    assert not re.search(r"NaN|inf", "".join(re.findall(r' d="[^"]*"', page)))


def test_what_several_tenants_hold_is_added_up_slot_by_slot() -> None:
    held = ((3, 0, *[0] * 10), (1,), (0, 4, *[0] * 10))
    tenants = tuple(
        Tenant(name=f"t{n}", reservations=(Reservation(pool=H100, node_count=nodes),)) for n, nodes in enumerate(held)
    )
    problem = replace(EVENING, tenants=tenants)
    assert most_reserved(problem, H100) == 5
    assert most_reserved(problem, "oslo-a-h100") == 0


def test_a_search_that_states_no_time_tells_none() -> None:
    stopped = Termination(reason=TerminationReason.FEASIBLE, stopped_by=StoppedBy.WORK_LIMIT)
    assert search_words(Result(termination=stopped, engine="price")) == "price, stopped by the work limit"
    assert (
        search_words(Result(termination=stopped, engine="price", wall_seconds=1.5))
        == "price, 1.50 s, stopped by the work limit"
    )
