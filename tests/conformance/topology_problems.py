"""Tiny problems of numbered nodes: modes of whole domains, maintenance, failure buffers; alone and together."""

from __future__ import annotations

from optimizer.problem import (
    AllocationGranularity,
    Group,
    GroupKind,
    Maintenance,
    Preemption,
    Problem,
    Reservation,
    Tenant,
)
from tests.fleet import at, hall, job, mode, pool, problem, site

DOMAIN = AllocationGranularity.DOMAIN


def _out(first: float, end: float, **what: int) -> Maintenance:
    return Maintenance(start_time=at(first), end_time=at(end), **what)


MODES_OF_WHOLE_DOMAINS = problem(
    # a mode of 8 GPUs takes a domain of two nodes; the single nodes are no use to it
    job("gang", mode(8, 2, allocation_granularity=DOMAIN), value=40.0),
    job("gang too", mode(16, 2, allocation_granularity=DOMAIN), mode(8, 4, name="spread"), value=50.0),
    job("wide", mode(24, 2), value=90.0),
    job("wider", mode(32, 1), value=500.0),
    job("small", mode(8, 3), value=30.0),
    sites=(site("s", hall("h", pool("p", (5,), nodes_per_domain=2, whole_domain_count=1))),),
)
NO_WHOLE_DOMAINS = problem(
    job("gang", mode(8, 2, allocation_granularity=DOMAIN), value=40.0),
    job("elsewhere", mode(8, 2, allocation_granularity=DOMAIN, gpu_model=""), value=40.0),
    sites=(
        site("s", hall("h", pool("p", (4,), nodes_per_domain=2))),
        site("n", hall("k", pool("q", (2,), gpu_model="A100")), region_code="NO"),
    ),
)
NODES_IN_MAINTENANCE = problem(
    job("through", mode(8, 4), value=30.0),
    job("wide", mode(24, 2), value=100.0),
    job("pair", mode(16, 2), value=60.0),
    sites=(
        site("s", hall("h", pool("p", (3,), maintenance=(_out(0, 1, node=0), _out(1.5, 2.5, node=2), _out(0, 0.5, node=0))))),
    ),
)
DOMAINS_IN_MAINTENANCE = problem(
    *(job(name, mode(8, 2), value=value) for name, value in (("a", 50.0), ("b", 40.0), ("c", 30.0))),
    sites=(
        site(
            "s",
            hall("h", pool("p", (6,), nodes_per_domain=2, allocation_granularity=DOMAIN, maintenance=(_out(1, 2, node=3),))),
        ),
    ),
    slot_count=3,
)
FAILURE_BUFFER = problem(
    *(job(name, mode(8, 2), value=value) for name, value in (("a", 50.0), ("b", 40.0), ("c", 30.0))),
    sites=(site("s", hall("h", pool("p", (3, 3, 2, 3), failure_buffer_node_count=(1, 1, 0, 2)))),),
)
TOPOLOGY = problem(
    job("gang", mode(8, 2, 12.0, allocation_granularity=DOMAIN), value=45.0, tenant="lab"),
    job("pausing", mode(8, 3, 9.0), preemption=Preemption(max_pause_count=1, resume_cost=1.0), value=40.0),
    job("left", mode(8, 2, 9.0), value=30.0),
    job("right", mode(8, 2, 9.0), value=30.0),
    groups=(Group(name="twins", kind=GroupKind.SAME_DOMAIN, jobs=("left", "right")),),
    tenants=(Tenant(name="lab", reservations=(Reservation(pool="p", node_count=(2, 2, 0, 0)),)),),
    sites=(
        site(
            "s",
            hall(
                "h",
                pool("p", (6, 6, 5, 6), nodes_per_domain=2, whole_domain_count=1, failure_buffer_node_count=(1, 0, 0, 1),
                     maintenance=(_out(2, 3, domain=2), _out(3, 4, node=0))),
                it_power_limit_kw=(30.0,),
            ),
            energy_price_per_mwh=(100.0, 300.0, 50.0, 80.0),
        ),
    ),
)  # fmt: skip

PROBLEMS: dict[str, Problem] = {
    name.lower(): value for name, value in globals().items() if name.isupper() and isinstance(value, Problem)
}
