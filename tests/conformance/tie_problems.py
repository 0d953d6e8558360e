"""Tiny problems of order and groups, alone, together and beside pauses."""

from __future__ import annotations

from dataclasses import replace

from optimizer.problem import DataSet, Group, GroupKind, Link, Precedence, Preemption, Problem
from tests.fleet import at, hall, hours, job, mode, pool, problem, site

TWO_SITES = (
    site("s", hall("h", pool("p", (2,), nodes_per_domain=2))),
    site("n", hall("k", pool("q", (2,), nodes_per_domain=2)), region_code="NO", energy_price_per_mwh=(30.0,)),
)
ORDER = problem(
    job("prepare", mode(8, 1), mode(16, 1, cost=3.0), value=0.0),
    job("train", mode(16, 2), value=60.0, due_time=at(3), tardiness_cost_per_hour=4.0),
    job("report", mode(8, 1), value=20.0),
    job("other", mode(16, 2), value=30.0),
    precedences=(
        Precedence(predecessor="prepare", successor="train", lag=hours(0.5)),
        Precedence(predecessor="train", successor="report"),
    ),
    slot_count=5,
)
ORDER_AT_A_LOSS = problem(
    job("costly", mode(8, 1, cost=40.0), value=10.0),
    job("rich", mode(8, 1), value=60.0),
    job("poor", mode(8, 1), value=5.0),
    job("dear", mode(8, 1, cost=9.0), value=1.0),
    precedences=(
        Precedence(predecessor="costly", successor="rich"),
        Precedence(predecessor="dear", successor="poor"),
    ),
)
ORDER_MANDATORY = problem(
    job("first", mode(8, 2, 900.0), value=3.0),
    job("must", mode(16, 1), value=None, latest_end_time=at(4)),
    job("rich", mode(16, 2), value=90.0),
    precedences=(Precedence(predecessor="first", successor="must", lag=hours(1)),),
    sites=(site("s", energy_price_per_mwh=(90.0, 10.0, 10.0, 10.0, 10.0)),),
    slot_count=5,
)
ORDER_IMPOSSIBLE = problem(
    job("first", mode(8, 2)),
    job("must", mode(8, 2), value=None, latest_end_time=at(3)),
    precedences=(Precedence(predecessor="first", successor="must"),),
)
SAME_SITE = problem(
    job("a", mode(16, 2)), job("b", mode(16, 2), value=70.0), job("c", mode(16, 3), value=95.0),
    groups=(Group(name="near", kind=GroupKind.SAME_SITE, jobs=("a", "b")),), sites=TWO_SITES,
)  # fmt: skip
SAME_HALL_AND_POOL = problem(
    job("a", mode(8, 2, pools=("p", "r"))), job("b", mode(8, 2), value=80.0), job("c", mode(16, 4), value=60.0),
    groups=(
        Group(name="hall", kind=GroupKind.SAME_HALL, jobs=("a", "b", "c")),
        Group(name="pool", kind=GroupKind.SAME_POOL, jobs=("a", "b")),
    ),
    sites=(site("s", hall("h", pool("p", (1,)), pool("r", (2,))), hall("k", pool("q", (2,)))),),
    slot_count=4,
)  # fmt: skip
DIFFERENT_SITES = problem(
    job("a", mode(8, 1)), job("b", mode(8, 1), value=70.0), job("c", mode(8, 1), value=65.0), job("d", mode(16, 3)),
    groups=(Group(name="apart", kind=GroupKind.DIFFERENT_SITES, jobs=("a", "b", "c")),), sites=TWO_SITES, slot_count=3,
)  # fmt: skip
SAME_DOMAIN = problem(
    job("a", mode(8, 2)), job("b", mode(16, 1), value=50.0), job("c", mode(8, 1), value=45.0),
    job("d", mode(16, 2), value=20.0),
    groups=(Group(name="rack", kind=GroupKind.SAME_DOMAIN, jobs=("a", "b", "c")),),
    sites=(site("s", hall("h", pool("p", (4,), nodes_per_domain=2))),), slot_count=3,
)  # fmt: skip
TIES_TOGETHER = problem(
    job("prepare", mode(8, 1, 20.0), value=1.0),
    job("train", mode(16, 2, 30.0), value=80.0, due_time=at(2), tardiness_cost_per_hour=5.0),
    job("twin", mode(8, 2, 15.0), value=40.0, data_set=DataSet(sites=("s",), size_gb=90.0)),
    job("must", mode(8, 1), value=None, latest_end_time=at(4)),
    precedences=(
        Precedence(predecessor="prepare", successor="train"),
        Precedence(predecessor="prepare", successor="must", lag=hours(1)),
    ),
    groups=(
        Group(name="near", kind=GroupKind.SAME_SITE, jobs=("prepare", "train")),
        Group(name="apart", kind=GroupKind.DIFFERENT_SITES, jobs=("train", "twin")),
        Group(name="rack", kind=GroupKind.SAME_DOMAIN, jobs=("prepare", "must")),
    ),
    links=(Link(from_site="s", to_site="n", throughput_gb_per_hour=100.0, cost_per_gb=0.02),),
    sites=TWO_SITES,
)

ORDER_WITH_PAUSES = replace(
    ORDER,
    jobs=tuple(
        replace(each, preemption=Preemption(max_pause_count=1)) if each.name in ("train", "other") else each
        for each in ORDER.jobs
    ),
)
GROUP_WITH_PAUSES = replace(
    SAME_SITE,
    jobs=tuple(
        replace(each, preemption=Preemption(max_pause_count=1)) if each.name in ("a", "c") else each for each in SAME_SITE.jobs
    ),
)

PROBLEMS: dict[str, Problem] = {
    name.lower(): value for name, value in globals().items() if name.isupper() and isinstance(value, Problem)
}
