"""A day of contracts: nodes one tenant holds and seldom fills, lent to jobs that may pause, and a floor for another's share.

Slough and Oslo at a fiftieth of their build-out. The government's block at Slough is idle for most of the day; work that leaves
within its reclaim time borrows it. At Oslo a bank's jobs would outbid research; what the floor on its share costs when it is
missed lets some of it run.
"""

from __future__ import annotations

from datetime import timedelta

from optimizer.generate.draws import Draws
from optimizer.generate.fleet import build_links, build_sites, plans_of
from optimizer.generate.node_modes import node_mode
from optimizer.generate.series import START_TIME
from optimizer.problem import Job, Preemption, Problem, Quota, Reservation, ShareFloor, Tenant, TimeGrid

#: The file in ``instances/uk-no`` that holds it.
CONTRACTS_FILE = "contracts.json"
CARBON_PRICE_PER_TONNE = 45.0
SITE_NAMES = ("slough", "oslo")
BUILD_OUT_SHARE = 0.02
SLOT_COUNT = 24
RECLAIM = timedelta(minutes=15)
#: Pounds, whether a node is used or not.
FEE_PER_NODE_HOUR = 14.0
FLOOR = ShareFloor(gpu_hours=640.0, shortfall_cost_per_gpu_hour=0.75)


def contracts_day() -> Problem:
    """Always the same problem."""
    sites = build_sites(plans_of(SITE_NAMES), BUILD_OUT_SHARE, SLOT_COUNT, Draws(0))
    held = Reservation(pool="slough-a-h100", node_count=(5,), reclaim_duration=RECLAIM, fee_per_node_hour=FEE_PER_NODE_HOUR)
    return Problem(
        name="uk-no-contracts",
        time_grid=TimeGrid(start_time=START_TIME, slot_count=SLOT_COUNT),
        carbon_price_per_tonne=CARBON_PRICE_PER_TONNE,
        sites=sites,
        jobs=(
            _job("census-1", "uk-government", "GB", 3, 6, 900.0),
            _job("census-2", "uk-government", "GB", 5, 4, 1_100.0),
            _job("risk-1", "fintech", "GB", 2, 12, 700.0),
            _job("sweep-1", "start-ups", "GB", 4, 10, 520.0, vacate_minutes=5),
            _job("sweep-2", "start-ups", "GB", 3, 8, 330.0, vacate_minutes=10),
            _job("render-1", "start-ups", "GB", 3, 12, 640.0, vacate_minutes=30),
            _job("risk-2", "fintech", "NO", 4, 22, 1_500.0),
            _job("risk-3", "fintech", "NO", 4, 22, 900.0),
            _job("climate-1", "nordic-research", "NO", 4, 12, 390.0),
            _job("climate-2", "nordic-research", "NO", 4, 10, 300.0),
        ),
        tenants=(
            Tenant(name="uk-government", reservations=(held,)),
            Tenant(name="fintech", quotas=(Quota(gpu_count=80, gpu_model="H100"),)),
            Tenant(name="start-ups", quotas=(Quota(gpu_count=56, pool="slough-a-h100"),)),
            Tenant(name="nordic-research", share_floor=FLOOR),
        ),
        links=build_links(sites),
    )


def _job(
    name: str, tenant: str, region: str, node_count: int, hours: float, value: float, *, vacate_minutes: int | None = None
) -> Job:
    """A job on H100 nodes; with ``vacate_minutes`` it leaves within them when asked, once in its run."""
    preemption = None
    if vacate_minutes is not None:
        vacate = timedelta(minutes=vacate_minutes)
        preemption = Preemption(max_pause_count=1, min_run_duration=timedelta(hours=4), resume_cost=6.0, vacate_duration=vacate)
    mode = node_mode("H100", node_count, hours)
    return Job(name=name, tenant=tenant, value=value, allowed_regions=(region,), modes=(mode,), preemption=preemption)
