"""A snapshot of running jobs on which a curtailment falls: the problem a dispatcher has when the grid calls.

Slough and Oslo at a fiftieth of their build-out; Slough gives back most of its connection for eight hours from now on. What
runs there must give way: the cheapest plan keeps some jobs, shrinks one, moves one to Oslo and stops one, within a churn
budget that allows two changes.
"""

from __future__ import annotations

from dataclasses import replace

from optimizer.generate.draws import Draws
from optimizer.generate.fleet import build_links, build_sites, plans_of
from optimizer.generate.node_modes import DOUBLE_WIDTH_GAIN, node_mode, running_on
from optimizer.generate.series import START_TIME
from optimizer.problem import ChurnBudget, Job, Mode, Problem, Site, TimeGrid

#: The file in ``instances/uk-no`` that holds it.
CURTAILED_FILE = "curtailed.json"
CARBON_PRICE_PER_TONNE = 45.0
SITE_NAMES = ("slough", "oslo")
BUILD_OUT_SHARE = 0.02
SLOT_COUNT = 24
CURTAILED_HOURS = 8
#: What Slough may draw of its connection in those hours.
CURTAILED_SHARE = 0.36
CHURN_BUDGET = ChurnBudget(max_change_count=2, max_gpu_hours=400.0)


def curtailed_snapshot() -> Problem:
    """Always the same problem."""
    sites = build_sites(plans_of(SITE_NAMES), BUILD_OUT_SHARE, SLOT_COUNT, Draws(0))
    return Problem(
        name="uk-no-curtailed",
        time_grid=TimeGrid(start_time=START_TIME, slot_count=SLOT_COUNT),
        carbon_price_per_tonne=CARBON_PRICE_PER_TONNE,
        sites=tuple(_curtailed(site) if site.region_code == "GB" else site for site in sites),
        jobs=(
            _running("serving-1", 2, 12, 900.0, movable=False, stop_cost=400.0),
            _running("serving-2", 1, 16, 640.0, movable=False, stop_cost=250.0),
            _running("train-1", 2, 10, 420.0, move_cost=160.0, resize_cost=12.0, stop_cost=120.0, may_shrink=True),
            _running("train-2", 2, 14, 560.0, move_cost=24.0, stop_cost=150.0, regions=()),
            _running("ablation-1", 1, 18, 60.0, move_cost=55.0, stop_cost=4.0),
            _running("oslo-1", 6, 18, 1_500.0, pool="oslo-a-h100", movable=False, stop_cost=300.0, regions=("NO",)),
            _waiting("queued-1", 2, 8, 310.0),
            _waiting("queued-2", 4, 12, 700.0),
        ),
        links=build_links(sites),
        churn_budget=CHURN_BUDGET,
    )


def _curtailed(site: Site) -> Site:
    """Its import limit lowered in the first hours, and back to what it was."""
    limit = site.import_limit_kw * SLOT_COUNT if len(site.import_limit_kw) == 1 else site.import_limit_kw
    lowered = tuple(round(kw * CURTAILED_SHARE, 1) if hour < CURTAILED_HOURS else kw for hour, kw in enumerate(limit))
    return replace(site, import_limit_kw=lowered)


def _running(
    name: str,
    node_count: int,
    hours: float,
    value: float,
    *,
    pool: str = "slough-a-h100",
    movable: bool = True,
    move_cost: float = 0.0,
    resize_cost: float | None = None,
    stop_cost: float = 0.0,
    may_shrink: bool = False,
    regions: tuple[str, ...] = ("GB",),
) -> Job:
    """A job with ``hours`` left on ``node_count`` nodes, worth ``value`` if it is finished."""
    modes: tuple[Mode, ...] = (node_mode("H100", node_count, hours),)
    if may_shrink:
        modes += (node_mode("H100", node_count // 2, DOUBLE_WIDTH_GAIN * hours),)
    running = running_on(
        pool, "H100", node_count, movable=movable, move_cost=move_cost, resize_cost=resize_cost, stop_cost=stop_cost
    )
    return Job(name=name, value=value, allowed_regions=regions, running=running, modes=modes)


def _waiting(name: str, node_count: int, hours: float, value: float) -> Job:
    return Job(name=name, value=value, modes=(node_mode("H100", node_count, hours),))
