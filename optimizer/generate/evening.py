"""An evening under every contract at once: what a fleet's jobs and customers ask for, in one small problem.

Twelve hours from noon at Slough and Oslo, at a fiftieth of their build-out. Slough gives back most of its connection from 15:00
to 19:00, when power is dearest. Work that runs already is kept, paused, resized, moved or stopped within a churn budget; idle
reserved nodes are lent; one tenant has a floor, another quotas; jobs wait for each other, stay together or apart; and the
tiers of the contracts come before money. Each contract changes the plan: without it, another one is best.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from optimizer.generate.draws import Draws
from optimizer.generate.fleet import build_links, build_sites, plans_of
from optimizer.generate.node_modes import DOUBLE_WIDTH_GAIN, node_mode, running_on
from optimizer.generate.series import START_TIME
from optimizer.problem import (
    ChurnBudget,
    Elasticity,
    Group,
    GroupKind,
    Job,
    Precedence,
    Preemption,
    Problem,
    Quota,
    Reservation,
    Series,
    ShareFloor,
    Site,
    Tenant,
    TimeGrid,
)

#: The file in ``instances/contracts`` that holds it.
EVENING_FILE = "evening.json"
CARBON_PRICE_PER_TONNE = 45.0
SITE_NAMES = ("slough", "oslo")
BUILD_OUT_SHARE = 0.02
FIRST_HOUR = 12
SLOT_COUNT = 12
CURTAILED_SLOTS = range(3, 7)
#: What Slough may draw of its connection in those hours.
CURTAILED_SHARE = 0.18

CHURN_BUDGET = ChurnBudget(max_change_count=2, max_gpu_hours=110.0)
FLOOR = ShareFloor(gpu_hours=256.0, shortfall_cost_per_gpu_hour=0.75)
RECLAIM = timedelta(minutes=15)
#: Pounds, whether a node is used or not.
FEE_PER_NODE_HOUR = 14.0
SOVEREIGN_TIER, CONTRACT_TIER = 1, 2


def contracts_evening() -> Problem:
    """Always the same problem."""
    whole_day = build_sites(plans_of(SITE_NAMES), BUILD_OUT_SHARE, FIRST_HOUR + SLOT_COUNT, Draws(0))
    sites = tuple(_evening(site) for site in whole_day)
    return Problem(
        name="uk-no-evening",
        time_grid=TimeGrid(start_time=START_TIME + timedelta(hours=FIRST_HOUR), slot_count=SLOT_COUNT),
        carbon_price_per_tonne=CARBON_PRICE_PER_TONNE,
        sites=sites,
        jobs=(*_government(), *_fintech(), *_start_ups(), *_research()),
        tenants=_tenants(),
        groups=(
            Group(name="pretrain-and-score", kind=GroupKind.SAME_SITE, jobs=("pretrain", "score")),
            Group(name="replicas", kind=GroupKind.DIFFERENT_SITES, jobs=("replica-a", "replica-b")),
        ),
        precedences=(Precedence(predecessor="pretrain", successor="score", lag=timedelta(hours=1)),),
        links=build_links(sites),
        churn_budget=CHURN_BUDGET,
    )


def _evening(site: Site) -> Site:
    """The site from noon on; in Britain, with what the grid leaves of its connection in the curtailed hours."""
    limit = _from_noon(site.import_limit_kw)
    if site.region_code == "GB":
        limit = tuple(round(limit[0] * (CURTAILED_SHARE if t in CURTAILED_SLOTS else 1.0), 1) for t in range(SLOT_COUNT))
    halls = tuple(
        replace(
            hall,
            air_cooling_limit_kw=_from_noon(hall.air_cooling_limit_kw),
            pools=tuple(replace(pool, node_count=tuple(pool.node_count[-SLOT_COUNT:])) for pool in hall.pools),
        )
        for hall in site.halls
    )
    return replace(
        site,
        import_limit_kw=limit,
        pue=_from_noon(site.pue),
        energy_price_per_mwh=_from_noon(site.energy_price_per_mwh),
        carbon_intensity_g_per_kwh=_from_noon(site.carbon_intensity_g_per_kwh),
        halls=halls,
    )


def _from_noon(series: Series) -> Series:
    return series[-SLOT_COUNT:]


def _tenants() -> tuple[Tenant, ...]:
    held = Reservation(pool="slough-a-h100", node_count=(4,), reclaim_duration=RECLAIM, fee_per_node_hour=FEE_PER_NODE_HOUR)
    return (
        Tenant(name="uk-government", reservations=(held,)),
        Tenant(name="fintech", quotas=(Quota(gpu_count=32, pool="slough-a-h100"), Quota(gpu_count=40, gpu_model="A100"))),
        Tenant(name="start-ups", quotas=(Quota(gpu_count=48, site="slough"),)),
        Tenant(name="nordic-research", share_floor=FLOOR),
    )


def _government() -> tuple[Job, ...]:
    """Sovereign work, first of all: one job runs and stays, one comes in the evening for its reserved nodes."""
    registry = Job(
        name="registry", tenant="uk-government", value=90.0, priority_tier=SOVEREIGN_TIER, allowed_regions=("GB",),
        modes=(node_mode("H100", 1, 12),), running=running_on("slough-a-h100", "H100", 1, movable=False, stop_cost=400.0),
    )  # fmt: skip
    census = Job(
        name="census", tenant="uk-government", value=45.0, priority_tier=SOVEREIGN_TIER, allowed_regions=("GB",),
        earliest_start_time=_at(8), modes=(node_mode("H100", 3, 4),),
    )  # fmt: skip
    return registry, census


def _fintech() -> tuple[Job, ...]:
    """Contracts of the second tier, and two jobs that money decides: both would fill Oslo."""
    pauses = Preemption(
        max_pause_count=1, min_run_duration=timedelta(hours=2), resume_duration=timedelta(minutes=20), resume_cost=1.5,
        vacate_duration=timedelta(minutes=30),
    )  # fmt: skip
    pretrain = Job(
        name="pretrain", tenant="fintech", value=60.0, priority_tier=CONTRACT_TIER, allowed_regions=("GB",), preemption=pauses,
        modes=(node_mode("H100", 3, 5),), running=running_on("slough-a-h100", "H100", 3, move_cost=20.0, stop_cost=15.0),
    )  # fmt: skip
    score = Job(name="score", tenant="fintech", value=12.0, priority_tier=CONTRACT_TIER, modes=(node_mode("H100", 1, 1),))
    tune = Job(
        name="tune", tenant="fintech", value=55.0, priority_tier=CONTRACT_TIER, allowed_regions=("GB",),
        modes=(node_mode("A100", 2, 12), node_mode("A100", 2, 12, capped=True), node_mode("A100", 4, 12 / DOUBLE_WIDTH_GAIN)),
        elasticity=Elasticity(max_change_count=2, change_duration=timedelta(minutes=10), change_cost=0.5, work_step_count=84),
    )  # fmt: skip
    backtest = Job(
        name="backtest", tenant="fintech", value=40.0, priority_tier=CONTRACT_TIER, modes=(node_mode("A100", 2, 3),),
        running=running_on("slough-a-a100", "A100", 2, move_cost=6.0, stop_cost=10.0),
    )  # fmt: skip
    risk_1 = Job(name="risk-1", tenant="fintech", value=330.0, allowed_regions=("NO",), modes=(node_mode("H100", 4, 12),))
    risk_2 = Job(name="risk-2", tenant="fintech", value=210.0, allowed_regions=("NO",), modes=(node_mode("H100", 4, 10),))
    return pretrain, score, tune, backtest, risk_1, risk_2


def _start_ups() -> tuple[Job, ...]:
    """Work of no tier: ``sweep`` borrows, ``render`` pays more than the tiers before it, the rest runs where there is room."""
    leaves = Preemption(
        max_pause_count=1, min_run_duration=timedelta(hours=1), resume_duration=timedelta(minutes=10), resume_cost=0.5,
        checkpoint_size_gb=800.0, may_resume_elsewhere=True, vacate_duration=timedelta(minutes=5),
    )  # fmt: skip
    sweep = Job(name="sweep", tenant="start-ups", value=48.0, modes=(node_mode("H100", 3, 6),), preemption=leaves)
    render = Job(name="render", tenant="start-ups", value=120.0, allowed_regions=("GB",), modes=(node_mode("H100", 4, 3),))
    ablation = Job(
        name="ablation", tenant="start-ups", value=9.0,
        modes=(node_mode("A100", 1, 5), node_mode("A100", 2, 5 / DOUBLE_WIDTH_GAIN)),
        running=running_on("slough-a-a100", "A100", 1, move_cost=4.0, resize_cost=0.5, stop_cost=0.5),
    )  # fmt: skip
    export, archive = (
        Job(
            name=name, tenant="start-ups", value=value, modes=(node_mode("A100", 1, 8),),
            running=running_on("slough-a-a100", "A100", 1, move_cost=2.0, stop_cost=0.5),
        )
        for name, value in (("export", 7.0), ("archive", 5.0))
    )  # fmt: skip
    replica_a = Job(name="replica-a", tenant="start-ups", value=20.0, modes=(node_mode("A100", 2, 4),))
    replica_b = Job(name="replica-b", tenant="start-ups", value=11.0, modes=(node_mode("A100", 1, 4),))
    return sweep, render, ablation, export, archive, replica_a, replica_b


def _research() -> tuple[Job, ...]:
    return (
        Job(name="climate", tenant="nordic-research", value=60.0, allowed_regions=("NO",), modes=(node_mode("H100", 4, 8),)),
    )


def _at(hour: float) -> datetime:
    return START_TIME + timedelta(hours=FIRST_HOUR + hour)
