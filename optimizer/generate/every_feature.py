"""Half a day that uses every feature of the model at once: what an integration tries first, and what every release must hold.

Four small sites from noon on. Slough states weather, half-hourly prices in euros and a hall that may be switched off; Oslo has
mining, a demand charge, heat sold to neighbours, a battery and another such hall behind one connection; Loughton has a battery,
and racks, one of them set apart, one in maintenance, and spare nodes; Glomfjord's series come on clocks of their own, and its
pool grants whole racks. Work runs already, waits for other work, pauses, changes its width, borrows reserved nodes, stages data
over links that carry so much at once, and is due to tenants by tier, quota and share. Every field of the schema is stated
somewhere (a test holds this), but for a currency other than pounds and slots other than hours.
"""

from __future__ import annotations

from optimizer.generate.every_feature_jobs import jobs
from optimizer.generate.every_feature_sites import GBP_PER_NOK, HOUR, NOON, SLOT_COUNT, sites
from optimizer.generate.series import GBP_PER_EUR, climates
from optimizer.problem import (
    ChurnBudget,
    Group,
    GroupKind,
    Link,
    Precedence,
    Problem,
    Quota,
    Reservation,
    Resource,
    ShareFloor,
    Tenant,
    TimeGrid,
)
from optimizer.weather import ExchangeRate

#: The file in ``instances/uk-no`` that holds it.
FULL_FILE = "full.json"
CARBON_PRICE_PER_TONNE = 45.0


def every_feature() -> Problem:
    """Always the same problem."""
    return Problem(
        name="uk-no-full",
        time_grid=TimeGrid(start_time=NOON, slot_count=SLOT_COUNT),
        carbon_price_per_tonne=CARBON_PRICE_PER_TONNE,
        sites=sites(climates()),
        jobs=jobs(),
        tenants=_tenants(),
        groups=_groups(),
        precedences=(Precedence(predecessor="pretrain", successor="score", lag=HOUR),),
        links=_links(),
        resources=(Resource(name="licences", capacity=(2,)), Resource(name="audits", capacity=(1,), consumable=True)),
        churn_budget=ChurnBudget(max_change_count=2, max_gpu_hours=200.0),
        exchange_rates=(ExchangeRate(currency="EUR", rate=GBP_PER_EUR), ExchangeRate(currency="NOK", rate=GBP_PER_NOK)),
    )


def _tenants() -> tuple[Tenant, ...]:
    held = Reservation(pool="slough-a-h100", node_count=(3,), reclaim_duration=HOUR / 4, fee_per_node_hour=14.0)
    return (
        Tenant(name="uk-government", reservations=(held,)),
        Tenant(name="fintech", quotas=(Quota(gpu_count=32, pool="slough-a-h100"), Quota(gpu_count=32, gpu_model="A100"))),
        Tenant(name="start-ups", quotas=(Quota(gpu_count=48, site="slough"),)),
        Tenant(name="nordic-research", share_floor=ShareFloor(gpu_hours=96.0, shortfall_cost_per_gpu_hour=0.6)),
    )


def _groups() -> tuple[Group, ...]:
    """One of each kind."""
    return (
        Group(name="pretrain-and-score", kind=GroupKind.SAME_SITE, jobs=("pretrain", "score")),
        Group(name="replicas", kind=GroupKind.DIFFERENT_SITES, jobs=("replica-a", "replica-b")),
        Group(name="sovereign", kind=GroupKind.SAME_HALL, jobs=("registry", "census")),
        Group(name="align-and-steer", kind=GroupKind.SAME_POOL, jobs=("align", "steer")),
        Group(name="distil-and-draft", kind=GroupKind.SAME_DOMAIN, jobs=("distil", "draft")),
    )


def _links() -> tuple[Link, ...]:
    return (
        Link(from_site="oslo", to_site="slough", throughput_gb_per_hour=900.0, cost_per_gb=0.002, capacity_limited=True),
        Link(
            from_site="slough", to_site="oslo", throughput_gb_per_hour=900.0, cost_per_gb=0.002,
            capacity_gb_per_hour=(600.0,) * 6 + (900.0,) * 6,
        ),
        Link(from_site="oslo", to_site="loughton", throughput_gb_per_hour=1_200.0, cost_per_gb=0.004),
    )  # fmt: skip
