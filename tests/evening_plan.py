"""The best plan of the evening of every contract, written out, and every way to break one contract by the least there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from optimizer.generate.evening import contracts_evening
from optimizer.problem import Job, Problem, Tenant
from optimizer.solution import Assignment, Segment
from optimizer.verify.rules import Rule

EVENING = contracts_evening()
H100, A100, OSLO_H100, OSLO_A100 = "slough-a-h100", "slough-a-a100", "oslo-a-h100", "oslo-b-a100"


def whole(job: str, mode: str, pool: str, start_slot: int) -> Assignment:
    return Assignment(job=job, mode=mode, pool=pool, start_slot=start_slot)


def pieces(job: str, *steps: tuple[str, str, int, int]) -> Assignment:
    """``job`` in (mode, pool, first slot, end slot) after another."""
    segments = tuple(Segment(mode=mode, pool=pool, start_slot=start, end_slot=end) for mode, pool, start, end in steps)
    first = segments[0]
    return Assignment(job=job, mode=first.mode, pool=first.pool, start_slot=first.start_slot, segments=segments)


def pretrain(*slots: tuple[int, int]) -> Assignment:
    return pieces("pretrain", *(("H100x24", H100, start, end) for start, end in slots))


def sweep(*steps: tuple[str, int, int]) -> Assignment:
    return pieces("sweep", *(("H100x24", pool, start, end) for pool, start, end in steps))


def tune(*steps: tuple[str, int, int]) -> Assignment:
    return pieces("tune", *((mode, A100, start, end) for mode, start, end in steps))


NARROW, CAPPED, WIDE = "A100x16", "A100x16@250W", "A100x32"
PLAN = {
    assignment.job: assignment
    for assignment in (
        whole("registry", "H100x8", H100, 0),
        whole("census", "H100x24", H100, 8),
        pretrain((0, 3), (7, 10)),
        whole("score", "H100x8", H100, 11),
        tune((NARROW, 0, 3), (CAPPED, 3, 7), (WIDE, 7, 12)),
        whole("backtest", "A100x16", A100, 0),
        whole("risk-1", "H100x32", OSLO_H100, 0),
        sweep((H100, 0, 3), (OSLO_H100, 8, 12)),
        whole("ablation", "A100x16", A100, 0),
        whole("export", "A100x8", OSLO_A100, 4),
        whole("replica-a", "A100x16", OSLO_A100, 8),
        whole("replica-b", "A100x8", A100, 8),
        whole("climate", "H100x32", OSLO_H100, 0),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One contract broken: in the plan by other ``assignments``, or for the plan by another ``problem``.

    ``limit`` is the kind of the limit that is exceeded, where the rule is that one.
    """

    rule: Rule
    amount: int | None = None
    assignments: tuple[Assignment, ...] = ()
    problem: Problem = EVENING
    limit: str = ""

    @property
    def plan(self) -> list[Assignment]:
        return list({**PLAN, **{assignment.job: assignment for assignment in self.assignments}}.values())


def with_job(name: str, change: Callable[[Job], Job]) -> Problem:
    return replace(EVENING, jobs=tuple(change(job) if job.name == name else job for job in EVENING.jobs))


def with_preemption(name: str, **fields: Any) -> Problem:
    return with_job(name, lambda job: replace(job, preemption=job.preemption and replace(job.preemption, **fields)))


def with_running(name: str, **fields: Any) -> Problem:
    return with_job(name, lambda job: replace(job, running=job.running and replace(job.running, **fields)))


def with_tenant(name: str, change: Callable[[Tenant], Tenant]) -> Problem:
    return replace(EVENING, tenants=tuple(change(tenant) if tenant.name == name else tenant for tenant in EVENING.tenants))


def with_quota(name: str, index: int, gpu_count: int) -> Problem:
    def lower(tenant: Tenant) -> Tenant:
        quotas = [replace(quota, gpu_count=gpu_count) if at == index else quota for at, quota in enumerate(tenant.quotas)]
        return replace(tenant, quotas=tuple(quotas))

    return with_tenant(name, lower)


def with_reservation(**fields: Any) -> Problem:
    def change(tenant: Tenant) -> Tenant:
        return replace(tenant, reservations=tuple(replace(held, **fields) for held in tenant.reservations))

    return with_tenant("uk-government", change)


def with_churn(**fields: Any) -> Problem:
    return replace(EVENING, churn_budget=EVENING.churn_budget and replace(EVENING.churn_budget, **fields))


def _with_lag(hours: int) -> Problem:
    return replace(EVENING, precedences=tuple(replace(order, lag=timedelta(hours=hours)) for order in EVENING.precedences))


LIMIT = Rule.LIMIT_EXCEEDED
BREACHES: dict[str, Breach] = {
    "a slot of work is missing": Breach(rule=Rule.WORK_NOT_DONE, amount=1, assignments=(pretrain((0, 3), (7, 9)),)),
    "a slot too many": Breach(rule=Rule.WORK_OVERDONE, amount=1, assignments=(pretrain((0, 3), (7, 11)),)),
    "a run of one hour where two are least": Breach(
        rule=Rule.RUN_TOO_SHORT, amount=1, assignments=(pretrain((0, 1), (6, 11)),)
    ),
    "a second pause": Breach(
        rule=Rule.PAUSES_TOO_OFTEN, amount=1,
        assignments=(sweep((H100, 0, 2), (H100, 3, 5), (OSLO_H100, 8, 12)),),
    ),
    "no pause at all is allowed": Breach(
        rule=Rule.PAUSES_TOO_OFTEN, amount=1, problem=with_preemption("sweep", max_pause_count=0)
    ),
    "resumed before its checkpoint is there": Breach(
        rule=Rule.CHECKPOINT_NOT_THERE, amount=1, assignments=(sweep((H100, 0, 3), (OSLO_H100, 3, 7)),)
    ),
    "resumed elsewhere": Breach(rule=Rule.RESUMES_ELSEWHERE, problem=with_preemption("sweep", may_resume_elsewhere=False)),
    "a third change of width": Breach(
        rule=Rule.CHANGES_TOO_OFTEN, amount=1,
        assignments=(tune((NARROW, 0, 3), (CAPPED, 3, 6), (NARROW, 6, 7), (WIDE, 7, 12)),),
    ),
    "no change of width is allowed": Breach(
        rule=Rule.CHANGES_TOO_OFTEN, amount=2, problem=with_job("tune", lambda job: replace(job, elasticity=None))
    ),
    "widened a slot too late": Breach(
        rule=Rule.WORK_NOT_DONE, amount=1, assignments=(tune((NARROW, 0, 3), (CAPPED, 3, 8), (WIDE, 8, 12)),)
    ),
    "moved, and may not be": Breach(rule=Rule.NOT_MOVABLE, problem=with_running("export", movable=False)),
    "resized, and may not be": Breach(
        rule=Rule.NOT_MOVABLE, problem=with_running("ablation", movable=False, resize_cost=None)
    ),
    "one job more than the churn budget": Breach(
        rule=LIMIT, amount=1, problem=with_churn(max_change_count=1), limit="churn_jobs"
    ),
    "one GPU-hour more than the churn budget": Breach(
        rule=LIMIT, amount=1, problem=with_churn(max_gpu_hours=103.0), limit="churn_gpu_slots"
    ),
    "one GPU more than the quota of a pool": Breach(
        rule=LIMIT, amount=1, problem=with_quota("fintech", 0, 23), limit="tenant_quota"
    ),
    "one GPU more than the quota of a model": Breach(
        rule=LIMIT, amount=1, problem=with_quota("fintech", 1, 31), limit="tenant_quota"
    ),
    "one GPU more than the quota of a site": Breach(
        rule=LIMIT, amount=1, problem=with_quota("start-ups", 0, 39), limit="tenant_quota"
    ),
    "one node more than a reservation leaves": Breach(
        rule=LIMIT, amount=1, problem=with_reservation(node_count=(6,)), limit="reservation"
    ),
    "a second later than lent nodes are reclaimed": Breach(
        rule=LIMIT, amount=2, problem=with_preemption("sweep", vacate_duration=timedelta(minutes=15, seconds=1)),
        limit="reservation",
    ),
    "not lent": Breach(rule=LIMIT, amount=2, problem=with_reservation(reclaim_duration=None), limit="reservation"),
    "a slot before the lag is over": Breach(
        rule=Rule.STARTS_BEFORE_PREDECESSOR_ENDS, amount=1, assignments=(whole("score", "H100x8", H100, 10),)
    ),
    "a lag one slot longer": Breach(rule=Rule.STARTS_BEFORE_PREDECESSOR_ENDS, amount=1, problem=_with_lag(2)),
    "a group at two sites": Breach(rule=Rule.GROUP_SPLIT, assignments=(whole("score", "H100x8", OSLO_H100, 11),)),
    "a group at one site": Breach(
        rule=Rule.GROUP_NOT_APART, amount=1, assignments=(whole("replica-b", "A100x8", OSLO_A100, 8),)
    ),
}  # fmt: skip
