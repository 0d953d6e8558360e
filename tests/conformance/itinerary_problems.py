"""Tiny problems of jobs that pause, change their mode, or both: where it pays, where it does not, where a rule binds."""

from __future__ import annotations

from optimizer.problem import (
    ChurnBudget,
    DataSet,
    Elasticity,
    Link,
    Preemption,
    Problem,
    Quota,
    Reservation,
    Resource,
    ResourceUse,
    RunningPlacement,
    Tenant,
)
from tests.fleet import at, hall, hours, job, mode, pool, problem, site

PEAK = (10.0, 900.0, 10.0, 10.0)
DEAR_PEAKS = (10.0, 900.0, 10.0, 900.0, 10.0)


def _pausing(max_pause_count: int = 1, **fields: object) -> Preemption:
    return Preemption(max_pause_count=max_pause_count, **fields)  # type: ignore[arg-type]


PAUSE_AT_A_PEAK = problem(
    job("a", mode(8, 3, 100.0), preemption=_pausing(resume_cost=5.0)),
    sites=(site("s", energy_price_per_mwh=PEAK),),
)
PAUSE_COSTS_MORE_THAN_IT_SAVES = problem(
    job("a", mode(8, 3, 100.0), preemption=_pausing(resume_cost=89.5), value=200.0),
    sites=(site("s", energy_price_per_mwh=PEAK),),
)
PAUSE_WHILE_CURTAILED = problem(
    job("a", mode(8, 2, 10.0), preemption=_pausing(), value=50.0),
    job("b", mode(8, 1, 10.0), value=20.0),
    sites=(site("s", import_limit_kw=(20.0, 0.0, 10.0)),),
    slot_count=3,
)
ONE_PAUSE_OF_THE_TWO_THAT_WOULD_PAY = problem(
    job("a", mode(8, 3, 100.0), preemption=_pausing(1, resume_cost=1.0), value=200.0),
    job("b", mode(8, 3, 100.0), preemption=_pausing(2, resume_cost=1.0), value=200.0),
    sites=(site("s", energy_price_per_mwh=DEAR_PEAKS),),
    slot_count=5,
)
LEAST_RUN = problem(
    job("a", mode(8, 3, 100.0), preemption=_pausing(2, min_run_duration=hours(2)), value=200.0),
    sites=(site("s", energy_price_per_mwh=DEAR_PEAKS),),
    slot_count=5,
)
RESUMING_TAKES_TIME = problem(
    job("a", mode(8, 3, 100.0), preemption=_pausing(resume_duration=hours(1)), value=300.0),
    job("b", mode(16, 1, 10.0), earliest_start_time=at(2), latest_end_time=at(3), value=70.0),
    slot_count=5,
)
RESUME_ELSEWHERE = problem(
    job(
        "a",
        mode(8, 2, 10.0),
        preemption=_pausing(resume_cost=2.0, checkpoint_size_gb=100.0, may_resume_elsewhere=True),
        value=50.0,
    ),
    job("stays", mode(8, 2, 10.0), preemption=_pausing(checkpoint_size_gb=10.0), value=45.0),
    job(
        "too big to come in time",
        mode(8, 2),
        preemption=_pausing(checkpoint_size_gb=101.0, may_resume_elsewhere=True),
        value=9.0,
    ),
    links=(Link(from_site="s", to_site="n", throughput_gb_per_hour=100.0, cost_per_gb=0.02),),
    sites=(
        site("s", hall("h", pool("p", (3, 0, 0, 1)))),
        site("n", hall("k", pool("q", (0, 0, 2, 0)))),
    ),
)
WIDER_WHEN_NODES_FREE_UP = problem(
    job("a", mode(8, 4), mode(16, 2), elasticity=Elasticity(max_change_count=1, change_cost=1.0), due_time=at(0),
        tardiness_cost_per_hour=10.0),
    job("b", mode(8, 2), latest_end_time=at(2), value=40.0),
)  # fmt: skip
CHANGE_COSTS_TOO_MUCH = problem(
    job("a", mode(8, 4), mode(16, 2), elasticity=Elasticity(max_change_count=2, change_cost=11.0), due_time=at(0),
        tardiness_cost_per_hour=10.0),
    job("b", mode(8, 2), latest_end_time=at(2), value=40.0),
)  # fmt: skip
CHANGING_TAKES_TIME_AND_STEPS_ROUND_DOWN = problem(
    job("a", mode(8, 6), mode(16, 2), elasticity=Elasticity(max_change_count=1, change_duration=hours(1)), value=50.0),
    job(
        "a seventh step is too many",
        mode(8, 6),
        mode(16, 2),
        elasticity=Elasticity(max_change_count=1, change_duration=hours(1), work_step_count=7),
        value=60.0,
    ),
    sites=(site("s", hall("h", pool("p", (2, 1, 1, 1, 1)))),),
    slot_count=5,
)
POWER_CAP_IN_THE_DEAR_HOUR = problem(
    job(
        "a",
        mode(8, 2, 100.0),
        mode(8, 4, 30.0, power_cap_w=400.0),
        elasticity=Elasticity(max_change_count=2, change_cost=0.5, min_run_duration=hours(1)),
        latest_end_time=at(3),
    ),
    sites=(site("s", energy_price_per_mwh=(10.0, 700.0, 10.0)),),
    slot_count=3,
)
PAUSE_AND_CHANGE = problem(
    job(
        "a",
        mode(8, 4, 100.0),
        mode(16, 2, 150.0),
        preemption=_pausing(resume_cost=1.0, may_resume_elsewhere=True),
        elasticity=Elasticity(max_change_count=1, change_cost=2.0),
        value=150.0,
    ),
    sites=(
        site("s", hall("h", pool("p", (0, 0, 1, 1)), pool("q", (2, 0, 0, 0))), energy_price_per_mwh=(10.0, 800.0, 30.0, 10.0)),
    ),
)
GOES_ON_AND_PAUSES = problem(
    job("runs", mode(8, 2, 100.0), preemption=_pausing(resume_cost=1.0), value=80.0,
        running=RunningPlacement(pool="p", mode="H100x8", move_cost=20.0), data_set=DataSet(sites=("n",), size_gb=1.0)),
    job("fixed", mode(8, 2, 100.0), preemption=_pausing(may_resume_elsewhere=True), value=80.0,
        running=RunningPlacement(pool="p", mode="H100x8", movable=False)),
    sites=(
        site("s", hall("h", pool("p", (2,))), energy_price_per_mwh=(10.0, 900.0, 700.0, 10.0)),
        site("n", hall("k", pool("q", (1,))), energy_price_per_mwh=(200.0,)),
    ),
)  # fmt: skip
MANDATORY_IN_PIECES_ONLY = problem(
    job("must", mode(16, 2), preemption=_pausing(resume_cost=30.0), value=None),
    job("b", mode(8, 2), value=45.0),
    sites=(site("s", hall("h", pool("p", (2, 1, 2)))),),
    slot_count=3,
)
MANDATORY_EVEN_IN_PIECES_INFEASIBLE = problem(
    job("must", mode(16, 3), preemption=_pausing(), value=None),
    job("b", mode(8, 1)),
    sites=(site("s", hall("h", pool("p", (2, 1, 2)))),),
    slot_count=3,
)
BUDGETS_AND_RESERVATIONS = problem(
    job("a", mode(8, 2, 10.0, resource_uses=(ResourceUse(name="tape", amount=2),)), tenant="lab", value=50.0,
        preemption=_pausing(resume_cost=1.0, may_resume_elsewhere=True)),
    job("b", mode(8, 2, 10.0), value=40.0, preemption=_pausing(resume_cost=1.0)),
    job("must", mode(8, 1, 10.0), value=None, earliest_start_time=at(1), latest_end_time=at(2)),
    tenants=(
        Tenant(name="lab", quotas=(Quota(gpu_count=8),), reservations=(Reservation(pool="p", node_count=(0, 0, 1, 1)),)),
    ),
    resources=(Resource(name="tape", capacity=(2,), consumable=True),),
    sites=(
        site("s", hall("h", pool("p", (2, 1, 2, 1))), energy_budget_mwh=0.05, energy_price_per_mwh=(50.0, 10.0, 90.0, 20.0)),
    ),
)  # fmt: skip
LATE_OR_IN_PIECES = problem(
    job("a", mode(8, 2, 50.0), preemption=_pausing(resume_cost=3.0), due_time=at(3), tardiness_cost_per_hour=20.0),
    job("b", mode(16, 1, 50.0), earliest_start_time=at(1), latest_end_time=at(2), value=60.0),
    carbon_price_per_tonne=70.0,
    sites=(site("s", carbon_intensity_g_per_kwh=(500.0, 10.0, 300.0, 10.0)),),
)
RUNNING_JOBS_PAUSE_RESIZE_OR_STOP = problem(
    job("pauses", mode(8, 2, 100.0), preemption=_pausing(resume_cost=5.0), value=80.0,
        running=RunningPlacement(pool="p", mode="H100x8", move_cost=60.0, stop_cost=40.0)),
    job("narrows", mode(8, 2, 100.0), mode(4, 3, 30.0), elasticity=Elasticity(max_change_count=1, change_cost=1.0),
        value=80.0, running=RunningPlacement(pool="p", mode="H100x8", movable=False, resize_cost=2.0, stop_cost=30.0)),
    job("stops", mode(8, 2, 100.0), preemption=_pausing(resume_cost=50.0), value=10.0,
        running=RunningPlacement(pool="p", mode="H100x8", movable=False, stop_cost=3.0)),
    sites=(site("s", hall("h", pool("p", (3,))), energy_price_per_mwh=PEAK),),
)  # fmt: skip
CHURN_OF_RUNS_IN_PIECES = problem(
    *(
        job(name, mode(8, 2, 100.0), preemption=_pausing(resume_cost=1.0), value=100.0,
            running=RunningPlacement(pool="p", mode="H100x8", move_cost=cost, stop_cost=9.0))
        for name, cost in (("a", 2.0), ("b", 3.0))
    ),
    sites=(
        site("s", hall("h", pool("p", (2,))), energy_price_per_mwh=(300.0, 900.0, 300.0)),
        site("n", hall("k", pool("q", (2,))), region_code="NO", energy_price_per_mwh=(10.0, 900.0, 10.0)),
    ),
    slot_count=3,
    churn_budget=ChurnBudget(max_change_count=1),
)  # fmt: skip

PROBLEMS: dict[str, Problem] = {
    name.lower(): value for name, value in globals().items() if name.isupper() and isinstance(value, Problem)
}
