"""Tiny problems of running jobs: kept, resized, moved or stopped, under churn budgets."""

from __future__ import annotations

from dataclasses import replace

from optimizer.problem import ChurnBudget, DataSet, Problem, Quota, RunningPlacement, Tenant
from tests.fleet import at, hall, job, mode, pool, problem, site

# "Now" is where they run, on one pool with nodes for all of them unless a problem says otherwise.
DEAR_AND_CHEAP = (
    site("s", hall("h", pool("p", (2,))), energy_price_per_mwh=(900.0,)),
    site("n", hall("k", pool("q", (2,))), region_code="NO", energy_price_per_mwh=(100.0,)),
)
NOW = RunningPlacement(pool="p", mode="H100x8")
KEPT_WHERE_MOVING_DOES_NOT_PAY = problem(job("a", mode(8, 2, 20.0), running=replace(NOW, move_cost=33.0)), sites=DEAR_AND_CHEAP)
MOVED_WHERE_IT_PAYS = problem(job("a", mode(8, 2, 20.0), running=replace(NOW, move_cost=31.0)), sites=DEAR_AND_CHEAP)
RESIZE_BEATS_MOVE = problem(
    job("a", mode(8, 2, 20.0), mode(4, 3, 6.0), running=replace(NOW, move_cost=31.0, resize_cost=4.0, stop_cost=1.0)),
    job("late data", mode(8, 2, 20.0), mode(4, 3, 6.0), running=replace(NOW, resize_cost=4.0), earliest_start_time=at(3),
        data_set=DataSet(sites=("n",), size_gb=1.0)),
    sites=DEAR_AND_CHEAP,
)  # fmt: skip
STOP_BEATS_BOTH = problem(
    job("a", mode(8, 2, 20.0), mode(4, 3, 6.0), value=10.0,
        running=replace(NOW, move_cost=31.0, resize_cost=14.0, stop_cost=12.0)),
    job("without cost", mode(8, 2, 20.0), value=10.0, running=replace(NOW, move_cost=31.0)),
    sites=DEAR_AND_CHEAP,
)  # fmt: skip
STOP_TOO_DEAR = problem(
    job("a", mode(8, 2, 20.0), value=10.0, running=replace(NOW, move_cost=31.0, stop_cost=27.0)), sites=DEAR_AND_CHEAP
)
NOT_MOVABLE = problem(
    job("resized", mode(8, 2, 20.0), mode(4, 3, 6.0), running=replace(NOW, movable=False, resize_cost=5.0, stop_cost=90.0)),
    job("kept", mode(8, 2, 20.0), mode(4, 3, 6.0), running=replace(NOW, movable=False, stop_cost=90.0)),
    job("stopped", mode(8, 2, 20.0), mode(4, 3, 6.0), value=5.0, running=replace(NOW, movable=False, stop_cost=25.0)),
    sites=(site("s", hall("h", pool("p", (3,))), energy_price_per_mwh=(900.0,)), DEAR_AND_CHEAP[1]),
)
MUST_GO_ON = problem(
    job("must", mode(8, 2), value=None, running=replace(NOW, move_cost=20.0, stop_cost=1.0)),
    job("may", mode(8, 2), value=30.0, running=replace(NOW, move_cost=40.0, stop_cost=15.0)),
    job("better", mode(16, 4, pools=("p",)), value=60.0),
    sites=DEAR_AND_CHEAP,
)
CHURN_OF_ONE_JOB = problem(
    job("a", mode(8, 2, 20.0), running=replace(NOW, move_cost=10.0)),
    job("b", mode(8, 2, 20.0), running=replace(NOW, move_cost=9.0)),
    sites=DEAR_AND_CHEAP,
    churn_budget=ChurnBudget(max_change_count=1),
)
CHURN_OF_GPU_HOURS = problem(
    job("a", mode(8, 3, 20.0), running=replace(NOW, move_cost=1.0)),
    job("b", mode(8, 2, 20.0), mode(4, 2, 12.0), running=replace(NOW, move_cost=9.0, resize_cost=1.0)),
    sites=DEAR_AND_CHEAP,
    churn_budget=ChurnBudget(max_gpu_hours=39.999),
)
CHURN_OF_NOTHING = problem(
    job("kept", mode(8, 2, 20.0), running=replace(NOW, move_cost=1.0, resize_cost=0.0)),
    job("stopped", mode(8, 2, 20.0), value=1.0, running=replace(NOW, stop_cost=2.0)),
    job("new", mode(8, 2, 20.0)),
    sites=DEAR_AND_CHEAP,
    churn_budget=ChurnBudget(max_change_count=0, max_gpu_hours=0.0),
)
SNAPSHOT_UNDER_A_CAP = problem(
    job("keeps", mode(8, 3, 10.0), tenant="lab", running=replace(NOW, move_cost=30.0, stop_cost=40.0)),
    job("shrinks", mode(8, 2, 10.0), mode(4, 4, 5.0), running=replace(NOW, move_cost=30.0, resize_cost=3.0, stop_cost=40.0)),
    job("moves", mode(8, 2, 10.0), value=60.0, running=replace(NOW, move_cost=12.0, stop_cost=30.0)),
    job("stops", mode(8, 4, 10.0), value=8.0, running=replace(NOW, move_cost=25.0, stop_cost=2.0)),
    tenants=(Tenant(name="lab", quotas=(Quota(gpu_count=16),)),),
    carbon_price_per_tonne=50.0,
    sites=(
        site("s", hall("h", pool("p", (4,))), import_limit_kw=(15.0, 15.0, 15.0, 40.0), energy_price_per_mwh=(90.0,),
             carbon_intensity_g_per_kwh=(200.0,), carbon_budget_kg=40.0),
        site("n", hall("k", pool("q", (1,))), region_code="NO", energy_price_per_mwh=(40.0,)),
    ),
    churn_budget=ChurnBudget(max_change_count=2, max_gpu_hours=32.0),
)  # fmt: skip

PROBLEMS: dict[str, Problem] = {
    name.lower(): value for name, value in globals().items() if name.isupper() and isinstance(value, Problem)
}
