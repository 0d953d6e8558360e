"""The evening of every contract: the shipped file, its optimum, and that each contract alone makes another plan the best."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from optimizer import tiers
from optimizer.accounting.tiers import tier_worths
from optimizer.changes.change import ChangeKind
from optimizer.comparison import compare
from optimizer.exact.problem import exact
from optimizer.features import Feature, features
from optimizer.generate.evening import CURTAILED_SLOTS, EVENING_FILE, contracts_evening
from optimizer.io.best_known import read_best_known
from optimizer.io.files import read_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Job, Problem, Tenant
from optimizer.solution import Placement, Result, TerminationReason
from optimizer.validate import validate
from optimizer.verify.bound import verify_with_bound
from optimizer.verify.plan import verify

FOLDER = Path(__file__).parents[2] / "instances" / "contracts"
EVENING = contracts_evening()
INSIDE = exact(EVENING)
#: By tier: sovereign work, contracts, the rest.
WORTHS = (125_458_861, 145_984_703, 470_148_067)


@pytest.fixture
def bounds_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tier's optimum is proved by its search; its prices take ten times as long and are looked at in one test only."""
    monkeypatch.setattr(tiers, "_bound", lambda *_: None)


def solved(problem: Problem, engine: str = "highs") -> Result:
    result = solve(problem, SolveParams(engine=engine, work_limit=10_000, thread_count=1))
    assert result.termination.reason is TerminationReason.OPTIMAL
    return result


@pytest.fixture(scope="module")
def best() -> Iterator[Result]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiers, "_bound", lambda *_: None)
        yield solved(EVENING)


def by_job(result: Result) -> dict[str, Placement]:
    return {placement.job: placement for placement in result.placements}


def test_the_shipped_file_is_the_evening_and_asks_for_every_contract() -> None:
    problem = read_problem(FOLDER / EVENING_FILE)
    assert problem == EVENING
    assert not validate(problem)
    assert set(features(problem)) == {
        Feature.PREEMPTION, Feature.ELASTICITY, Feature.RUNNING_CHANGES, Feature.CHURN_BUDGET, Feature.RESERVATION_LENDING,
        Feature.QUOTA_SCOPES, Feature.SHARE_FLOORS, Feature.GROUPS, Feature.PRECEDENCE, Feature.PRIORITY_TIERS,
    }  # fmt: skip


def test_auto_proves_the_best_known_plan_and_its_certificates_hold() -> None:
    result = solved(EVENING, "auto")
    assert result.termination.objective_micros == read_best_known(FOLDER)[EVENING_FILE].objective_micros
    assert verify_with_bound(INSIDE, result).violations == ()
    assert tuple(tier.objective_micros for tier in result.tiers) == WORTHS
    assert all(tier.certificate is not None for tier in result.tiers)


def test_each_contract_shows_in_the_plan(best: Result) -> None:
    plan = by_job(best)
    paused = plan["pretrain"].segments
    assert [piece.pool for piece in paused] == ["slough-a-h100"] * 2
    assert range(paused[0].end_slot, paused[1].start_slot) == CURTAILED_SLOTS
    assert [piece.pool for piece in plan["sweep"].segments] == ["slough-a-h100", "oslo-a-h100"]
    assert [piece.mode for piece in plan["tune"].segments] == ["A100x16", "A100x16@250W", "A100x32"]
    assert plan["score"].start_slot == plan["pretrain"].end_slot + 1
    assert plan["score"].site == plan["pretrain"].site
    assert plan["replica-a"].site != plan["replica-b"].site
    (usage,), (share,) = best.tenancy, best.shares
    assert usage.lent_node_slots == 2 * 3, "two of sweep's three nodes; the third is nobody's"
    assert share.shortfall_gpu_slots == 0
    changed = {change.job: change.kind for change in compare(EVENING, [p.assignment for p in best.placements]).changes}
    running = {job.name for job in EVENING.jobs if job.running is not None}
    assert {job: kind for job, kind in changed.items() if job in running} == {
        "pretrain": ChangeKind.REARRANGED,
        "ablation": ChangeKind.RESIZED,
        "export": ChangeKind.MOVED,
        "archive": ChangeKind.LEFT_OUT,
    }


def _jobs(**fields: Any) -> Callable[[Problem], Problem]:
    return lambda problem: replace(problem, jobs=tuple(replace(job, **fields) for job in problem.jobs))


def _each_job(change: Callable[[Job], Job]) -> Callable[[Problem], Problem]:
    return lambda problem: replace(problem, jobs=tuple(map(change, problem.jobs)))


def _each_tenant(change: Callable[[Tenant], Tenant]) -> Callable[[Problem], Problem]:
    return lambda problem: replace(problem, tenants=tuple(map(change, problem.tenants)))


def _resumed_where_it_was(job: Job) -> Job:
    return replace(job, preemption=job.preemption and replace(job.preemption, may_resume_elsewhere=False))


def _uncapped(job: Job) -> Job:
    return replace(job, modes=tuple(mode for mode in job.modes if mode.power_cap_w is None))


def _unresized(job: Job) -> Job:
    return replace(job, running=job.running and replace(job.running, resize_cost=None))


def _not_lent(tenant: Tenant) -> Tenant:
    return replace(tenant, reservations=tuple(replace(held, reclaim_duration=None) for held in tenant.reservations))


def _without_lag(problem: Problem) -> Problem:
    return replace(problem, precedences=tuple(replace(order, lag=timedelta(0)) for order in problem.precedences))


#: The issue's items and their parts: the evening without one, and the jobs whose place that changes, among others.
WITHOUT: dict[str, tuple[Callable[[Problem], Problem], set[str]]] = {
    "pauses": (_jobs(preemption=None), {"pretrain", "sweep"}),
    "resuming elsewhere": (_each_job(_resumed_where_it_was), {"sweep"}),
    "changes of width": (_jobs(elasticity=None), {"tune"}),
    "power caps": (_each_job(_uncapped), {"tune"}),
    "running work": (lambda problem: _jobs(running=None)(replace(problem, churn_budget=None)), {"archive"}),
    "resizing at its own cost": (_each_job(_unresized), {"ablation"}),
    "the churn budget": (lambda problem: replace(problem, churn_budget=None), {"archive"}),
    "reservations": (_each_tenant(lambda tenant: replace(tenant, reservations=())), {"render", "sweep"}),
    "lending": (_each_tenant(_not_lent), {"sweep"}),
    "quotas": (_each_tenant(lambda tenant: replace(tenant, quotas=())), {"tune"}),
    "the floor": (_each_tenant(lambda tenant: replace(tenant, share_floor=None)), {"climate", "risk-2"}),
    "the group of one site": (lambda problem: replace(problem, groups=problem.groups[1:]), {"score"}),
    "the group of two sites": (lambda problem: replace(problem, groups=problem.groups[:1]), {"replica-b"}),
    "order": (lambda problem: replace(problem, precedences=()), {"pretrain"}),
    "the lag": (_without_lag, {"pretrain"}),
    "tiers": (_jobs(priority_tier=None), {"pretrain", "render"}),
}


@pytest.mark.usefixtures("bounds_are_left_out")
@pytest.mark.parametrize("item", WITHOUT)
def test_without_it_another_plan_is_best(item: str, best: Result) -> None:
    drop, jobs = WITHOUT[item]
    other = solved(drop(EVENING))
    mine, its = by_job(best), by_job(other)
    changed = {name for name in mine.keys() | its.keys() if _assignment(mine, name) != _assignment(its, name)}
    assert jobs <= changed
    # not a second plan of the same worth: here it breaks a rule, or is worth less
    here = verify(INSIDE, [placement.assignment for placement in other.placements])
    assert not here.feasible or tier_worths(INSIDE, here.placements, here.terms) < WORTHS


def _assignment(plan: dict[str, Placement], name: str) -> object:
    return plan[name].assignment if name in plan else None
