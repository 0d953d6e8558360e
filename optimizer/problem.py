"""The problem as its users state it: sites, jobs, tenants. Frozen data in the units of the field names; no behaviour.

Field names and nesting are those of ``proto/loadstone/v1/problem.proto`` (a test holds the two equal), so an instance file
is the proto-JSON of ``Problem``. ``optimizer.exact`` turns this into integers; ``optimizer.validate`` says what is allowed.

The fleet's part is stated in ``optimizer.site``, work profiles and weather in modules of their own; all names are imported from
here. A ``Series`` holds no value (unset), one value (it holds in every slot), or ``slot_count`` values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from optimizer.site import AllocationGranularity as AllocationGranularity
from optimizer.site import Battery as Battery
from optimizer.site import Commitment as Commitment
from optimizer.site import FlexibleLoad as FlexibleLoad
from optimizer.site import GpuPool as GpuPool
from optimizer.site import Hall as Hall
from optimizer.site import HeatOfftake as HeatOfftake
from optimizer.site import IntSeries as IntSeries
from optimizer.site import Maintenance as Maintenance
from optimizer.site import Resource as Resource
from optimizer.site import Series as Series
from optimizer.site import Site as Site
from optimizer.weather import ExchangeRate
from optimizer.work_profile import GpuThroughput as GpuThroughput
from optimizer.work_profile import PowerCap as PowerCap
from optimizer.work_profile import WidthEfficiency as WidthEfficiency
from optimizer.work_profile import WorkProfile as WorkProfile

ONE_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeGrid:
    """``slot_count`` slots of ``slot_duration`` (whole seconds) from ``start_time`` (with a UTC offset)."""

    start_time: datetime
    slot_duration: timedelta = ONE_HOUR
    slot_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceUse:
    name: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """One way to run a job: GPU model x width x power cap, with its duration and IT power.

    ``name`` defaults to ``<gpu_model>x<gpu_count>[@<power_cap_w>W]``. An empty ``gpu_model`` fits every pool. ``pools`` and
    ``sites``, where given, are the only ones the mode is for. ``value`` replaces the job's; ``cost`` is paid when the mode
    is taken. Own heat replaces what the pool's liquid share would give. A mode of DOMAIN granularity takes whole domains
    in every pool; unset and NODE leave it to the pool.
    """

    name: str = ""
    gpu_model: str = ""
    gpu_count: int = 0
    duration: timedelta
    it_power_kw: float = 0.0
    power_cap_w: float | None = None
    value: float | None = None
    cost: float = 0.0
    liquid_heat_kw: float | None = None
    air_heat_kw: float | None = None
    resource_uses: tuple[ResourceUse, ...] = ()
    pools: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    allocation_granularity: AllocationGranularity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """Where a job's data lies. At another site the run starts only after staging over an admissible link.

    A copy in a region or at a site that is denied to the job, or in a region that is not allowed, is not read.
    """

    sites: tuple[str, ...]
    size_gb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningPlacement:
    """Where a job runs already. Kept means: same pool and mode, starting in the first slot; it needs no staging.

    The same pool from the first slot in another mode is a resize and pays ``resize_cost`` (unset: ``move_cost``); any other
    placement is a move and pays ``move_cost``. A job that is not ``movable`` is kept, resized where ``resize_cost`` is set
    or, where it has a value, stopped; a stop pays ``stop_cost``. Durations of a running job's modes are what remains.
    Neither a kept nor a resized job waits for a release or stages data. ``nodes``: the numbers of all nodes that it holds
    (empty: not known). A binding leaves it on them where it goes on; they decide nothing else.
    """

    pool: str
    mode: str
    movable: bool = True
    move_cost: float = 0.0
    resize_cost: float | None = None
    stop_cost: float = 0.0
    nodes: IntSeries = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preemption:
    """A job that may pause, at most ``max_pause_count`` times, and resume: in its pool or, where allowed, elsewhere.

    A run between pauses does at least ``min_run_duration`` of work (the whole work, if that is less). Each resumption costs
    ``resume_cost`` and holds the nodes for ``resume_duration`` before work goes on. Resumed at another site, the checkpoint
    of ``checkpoint_size_gb`` comes over the cheapest link first. ``vacate_duration``: how long the job takes to save and
    leave when its nodes are reclaimed.
    """

    max_pause_count: int
    min_run_duration: timedelta = timedelta(0)
    resume_duration: timedelta = timedelta(0)
    resume_cost: float = 0.0
    checkpoint_size_gb: float = 0.0
    may_resume_elsewhere: bool = False
    vacate_duration: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elasticity:
    """A job that may change its mode (width, power cap) at slot boundaries on its pool, at most ``max_change_count`` times.

    Each change costs ``change_cost`` and holds the new mode's nodes for ``change_duration`` before work goes on; between
    changes a mode does at least ``min_run_duration`` of work. A job that changes counts its work in ``work_step_count``
    equal steps (0: the least common multiple of its modes' slots, at most 1,000), of which a mode does a whole number
    in a slot, rounded down.
    """

    max_change_count: int
    change_duration: timedelta = timedelta(0)
    change_cost: float = 0.0
    min_run_duration: timedelta = timedelta(0)
    work_step_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """``value`` absent (and none on its modes): mandatory. Times have a UTC offset; unset means the horizon's ends.

    ``earliest_start_time`` is the release. ``due_time`` is soft: each started hour of lateness is charged by slot at
    ``tardiness_cost_per_hour``. ``latest_end_time`` is the hard deadline. Empty allow lists allow all.
    """

    name: str
    tenant: str = ""
    value: float | None = None
    earliest_start_time: datetime | None = None
    due_time: datetime | None = None
    tardiness_cost_per_hour: float = 0.0
    latest_end_time: datetime | None = None
    allowed_regions: tuple[str, ...] = ()
    denied_regions: tuple[str, ...] = ()
    allowed_sites: tuple[str, ...] = ()
    denied_sites: tuple[str, ...] = ()
    data_set: DataSet | None = None
    running: RunningPlacement | None = None
    modes: tuple[Mode, ...] = ()
    work_profile: WorkProfile | None = None
    preemption: Preemption | None = None
    priority_tier: int | None = None
    elasticity: Elasticity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """At most ``gpu_count`` GPUs at once at ``site``, in ``pool``, of ``gpu_model``; what is empty does not narrow."""

    gpu_count: int
    site: str = ""
    pool: str = ""
    gpu_model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """``node_count`` nodes of ``pool`` by slot that only the tenant's jobs may take.

    With a ``reclaim_duration``, idle nodes are lent to jobs that may pause and vacate within it. ``fee_per_node_hour`` is
    paid whether the nodes are used or not (take or pay): it is reported and decides nothing.
    """

    pool: str
    node_count: IntSeries
    reclaim_duration: timedelta | None = None
    fee_per_node_hour: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareFloor:
    """The tenant's jobs get at least ``gpu_hours`` over the horizon; what is short costs ``shortfall_cost_per_gpu_hour``."""

    gpu_hours: float
    shortfall_cost_per_gpu_hour: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    name: str
    quotas: tuple[Quota, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    share_floor: ShareFloor | None = None


class GroupKind(StrEnum):
    SAME_SITE = "SAME_SITE"
    DIFFERENT_SITES = "DIFFERENT_SITES"
    SAME_HALL = "SAME_HALL"
    SAME_POOL = "SAME_POOL"
    SAME_DOMAIN = "SAME_DOMAIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Jobs that belong together or apart; the rule holds for those of them that are placed.

    SAME_POOL is one rack set. SAME_DOMAIN is one NVLink domain: one pool, and in no slot more nodes than a domain has.
    """

    name: str
    kind: GroupKind
    jobs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedence:
    """``successor`` runs only if ``predecessor`` does, and starts no earlier than ``lag`` after it ends."""

    predecessor: str
    successor: str
    lag: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A path for data from site to site. ``throughput_gb_per_hour``: what one transfer reaches at most.

    ``capacity_gb_per_hour`` by slot: what all transfers at once may take. Unset, there is no end to it, or where the link is
    ``capacity_limited`` its throughput, which transfers then share.
    """

    from_site: str
    to_site: str
    throughput_gb_per_hour: float
    cost_per_gb: float = 0.0
    capacity_limited: bool = False
    capacity_gb_per_hour: Series = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChurnBudget:
    """How much of the running work a plan may move or resize: at most so many jobs, and so many of their GPU-hours.

    A job counts the GPU-hours it would still take if it were kept. A stop does not count.
    """

    max_change_count: int | None = None
    max_gpu_hours: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Everything one solve needs. All money is in ``currency`` (ISO 4217)."""

    name: str = ""
    currency: str = "GBP"
    time_grid: TimeGrid
    carbon_price_per_tonne: float = 0.0
    sites: tuple[Site, ...] = ()
    jobs: tuple[Job, ...] = ()
    tenants: tuple[Tenant, ...] = ()
    groups: tuple[Group, ...] = ()
    precedences: tuple[Precedence, ...] = ()
    links: tuple[Link, ...] = ()
    resources: tuple[Resource, ...] = ()
    churn_budget: ChurnBudget | None = None
    exchange_rates: tuple[ExchangeRate, ...] = ()
