"""Links that carry so much at once: alone, by slot, with the law, and beside everything else that moves work about."""

from __future__ import annotations

from dataclasses import replace

from optimizer.problem import (
    ChurnBudget,
    Commitment,
    DataSet,
    FlexibleLoad,
    Group,
    GroupKind,
    Link,
    Precedence,
    Preemption,
    Problem,
    RunningPlacement,
)
from tests.fleet import at, hall, job, mode, pool, problem, site

FLEET = (
    site("s", hall("h", pool("p", (1,)))),
    site("u", hall("g", pool("r", (1,)))),
    site("n", hall("k", pool("q", (3,))), region_code="NO"),
)
AT_S = DataSet(sites=("s",), size_gb=100.0)
SHARED = Link(from_site="s", to_site="n", throughput_gb_per_hour=100.0, cost_per_gb=0.01, capacity_limited=True)
WIDE = Link(from_site="u", to_site="n", throughput_gb_per_hour=200.0, cost_per_gb=0.05)

#: All data comes over one link, one transfer at a time.
LINK_SHARED = problem(
    *(
        job(name, mode(8, 2), data_set=AT_S, allowed_sites=("n",), value=v)
        for name, v in zip("abc", (90.0, 80.0, 70.0), strict=True)
    ),
    links=(SHARED,),
    sites=FLEET,
)
#: Two fit at once, three do not; in one slot nothing does. A full link sends data the dearer way, whose own link is free.
LINK_BY_SLOT = problem(
    job("a", mode(8, 1), data_set=DataSet(sites=("s",), size_gb=50.0), allowed_sites=("n",), latest_end_time=at(2)),
    job("b", mode(8, 1), data_set=DataSet(sites=("s",), size_gb=150.0), allowed_sites=("n",), value=90.0),
    job("c", mode(8, 1), data_set=DataSet(sites=("u", "s"), size_gb=60.0), allowed_sites=("n",), value=80.0,
        due_time=at(2), tardiness_cost_per_hour=2.0),
    job("d", mode(8, 1), data_set=DataSet(sites=("s", "u"), size_gb=40.0), allowed_sites=("n",), value=70.0,
        due_time=at(2), tardiness_cost_per_hour=0.5),
    links=(replace(SHARED, capacity_gb_per_hour=(110.0, 75.0, 75.0, 0.0, 75.0)), WIDE),
    sites=FLEET,
    slot_count=5,
)  # fmt: skip
#: A copy where the law bars the job is no copy; a link without room is no way.
LINK_AND_LAW = problem(
    job("british", mode(8, 1), data_set=DataSet(sites=("n", "u"), size_gb=80.0), allowed_regions=("GB",), denied_sites=("u",)),
    job("not from s", mode(8, 1), data_set=DataSet(sites=("s", "u"), size_gb=80.0), denied_sites=("s",), value=60.0),
    job("stranded", mode(8, 1), data_set=DataSet(sites=("u",), size_gb=100.0), allowed_sites=("s",), value=50.0),
    links=(
        SHARED,
        replace(WIDE, capacity_gb_per_hour=(50.0, 100.0)),
        Link(from_site="n", to_site="s", throughput_gb_per_hour=1_000.0),
        Link(from_site="u", to_site="s", throughput_gb_per_hour=100.0, capacity_gb_per_hour=(99.0,)),
    ),
    sites=FLEET,
    slot_count=2,
)
#: A checkpoint and data sets over the same link.
LINK_AND_PIECES = problem(
    job("moves", mode(8, 2), value=80.0,
        preemption=Preemption(max_pause_count=1, resume_cost=1.0, checkpoint_size_gb=100.0, may_resume_elsewhere=True)),
    job("a", mode(8, 1), data_set=AT_S, allowed_sites=("n",), value=70.0),
    job("b", mode(8, 3), value=60.0, allowed_sites=("s",), latest_end_time=at(4), earliest_start_time=at(1)),
    links=(SHARED,),
    sites=(FLEET[0], site("n", hall("k", pool("q", (0, 0, 0, 2)))),),
)  # fmt: skip
#: Order, groups, tiers apart, running jobs, budgets and prices beside a link.
LINKS_TOGETHER = problem(
    job("runs", mode(8, 4), running=RunningPlacement(pool="p", mode="H100x8", move_cost=3.0), data_set=AT_S, value=60.0),
    job("first", mode(8, 1, 20.0), data_set=AT_S, value=5.0, allowed_sites=("n",)),
    job("then", mode(8, 1, 20.0), data_set=replace(AT_S, size_gb=50.0), value=80.0, due_time=at(2),
        tardiness_cost_per_hour=3.0),
    job("must", mode(8, 1), value=None, data_set=DataSet(sites=("s", "u"), size_gb=100.0), allowed_sites=("n",)),
    precedences=(Precedence(predecessor="first", successor="then"),),
    groups=(Group(name="near", kind=GroupKind.SAME_SITE, jobs=("first", "then")),),
    churn_budget=ChurnBudget(max_change_count=1),
    links=(SHARED, replace(WIDE, capacity_limited=True)),
    sites=(
        FLEET[0], FLEET[1],
        site("n", hall("k", pool("q", (2,)), it_power_limit_kw=(40.0,)), energy_price_per_mwh=(300.0, 200.0, 400.0, 100.0),
             energy_budget_mwh=0.05),
    ),
)  # fmt: skip

#: A hall that is switched on late, and a mine and a demand charge at the other end of the link.
LINK_AND_SITES = problem(
    job("a", mode(8, 1), data_set=AT_S, value=60.0, allowed_sites=("n",)),
    job("b", mode(8, 1), data_set=AT_S, value=50.0, allowed_sites=("n",), latest_end_time=at(3)),
    job("c", mode(8, 2), value=20.0),
    links=(SHARED,),
    sites=(
        site("s", hall("h", pool("p", (1,))), demand_charge_per_kw=0.5, import_limit_kw=(30.0,),
             flexible_loads=(FlexibleLoad(name="mine", power_kw=(20.0,), value_per_mwh=(70.0,), hall="h"),),
             energy_price_per_mwh=(20.0,)),
        site("n", hall("k", pool("q", (2,)), commitment=Commitment(standby_power_kw=2.0, start_up_cost=4.0)), region_code="NO",
             import_limit_kw=(40.0,), energy_price_per_mwh=(90.0, 400.0, 40.0, 60.0)),
    ),
)  # fmt: skip

PROBLEMS: dict[str, Problem] = {
    name.lower(): value for name, value in globals().items() if name.isupper() and isinstance(value, Problem)
}
