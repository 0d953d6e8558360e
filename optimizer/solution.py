"""What a solve answers: placements, what was left out and why, what it costs, how far from optimal it can be.

Money is in whole micro-units of the problem's currency, power in watts, time in slots; names carry the unit. Field names are
those of ``proto/loadstone/v1/solution.proto``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from optimizer.breakdown import CostBreakdown as CostBreakdown
from optimizer.certificates import Certificate
from optimizer.data_transfer import Transfer
from optimizer.node_numbers import Binding
from optimizer.site_operation import BatteryOperation as BatteryOperation
from optimizer.site_operation import FlexibleOperation as FlexibleOperation
from optimizer.site_operation import SiteOperation as SiteOperation


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of a run: ``mode`` on ``pool`` in the slots ``[start_slot, end_slot)``, resumption or change included."""

    mode: str
    pool: str
    start_slot: int
    end_slot: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The decision for one job, by name: all that a plan has to say; everything else follows from the problem.

    ``segments``: the pieces of a run that pauses or changes, in order of time; empty for a run in one piece. ``mode``,
    ``pool`` and ``start_slot`` are then those of the first. ``data_from``: the site whose copy of the data set is staged;
    empty: the one from which it is cheapest. A run in pieces stages from there alone.
    """

    job: str
    mode: str
    pool: str
    start_slot: int
    segments: tuple[Segment, ...] = ()
    data_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """An assignment with what follows from it. ``worth_micros`` is the sum of ``terms`` (costs are negative)."""

    job: str
    mode: str
    pool: str
    start_slot: int
    site: str
    hall: str
    end_slot: int
    start_time: datetime
    end_time: datetime
    gpu_count: int
    node_count: int
    it_power_w: int
    energy_wh: int
    carbon_mg: int
    terms: CostBreakdown
    segments: tuple[Segment, ...] = ()
    data_from: str = ""
    transfers: tuple[Transfer, ...] = ()

    @property
    def assignment(self) -> Assignment:
        return Assignment(
            job=self.job,
            mode=self.mode,
            pool=self.pool,
            start_slot=self.start_slot,
            segments=self.segments,
            data_from=self.data_from,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotInterval:
    """The slots ``[start_slot, end_slot)``."""

    start_slot: int
    end_slot: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HallSchedule:
    """When a hall that may be switched off is on: intervals in order of time, with a slot or more between two."""

    hall: str
    on: tuple[SlotInterval, ...] = ()


class UnplacedReason(StrEnum):
    NO_COMPATIBLE_POOL = "NO_COMPATIBLE_POOL"
    REGION_NOT_ALLOWED = "REGION_NOT_ALLOWED"
    SITE_NOT_ALLOWED = "SITE_NOT_ALLOWED"
    DATA_NOT_REACHABLE = "DATA_NOT_REACHABLE"
    GANG_EXCEEDS_POOL = "GANG_EXCEEDS_POOL"
    POWER_EXCEEDS_LIMIT = "POWER_EXCEEDS_LIMIT"
    HEAT_EXCEEDS_COOLING = "HEAT_EXCEEDS_COOLING"
    RESOURCE_EXCEEDED = "RESOURCE_EXCEEDED"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED"
    WINDOW_TOO_SHORT = "WINDOW_TOO_SHORT"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    RESERVED_FOR_OTHERS = "RESERVED_FOR_OTHERS"
    CAPACITY_TAKEN = "CAPACITY_TAKEN"
    WORTH_LESS_THAN_COST = "WORTH_LESS_THAN_COST"
    PREDECESSOR_NOT_PLACED = "PREDECESSOR_NOT_PLACED"
    GROUP_ELSEWHERE = "GROUP_ELSEWHERE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """By how much a limit is missed: ``amount`` in ``unit`` at ``element`` over [first_slot, last_slot]."""

    limit: str
    element: str
    amount: int
    unit: str
    first_slot: int
    last_slot: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """Why a job is left out. ``nearest_miss`` is the placement that came closest; ``shortfall`` what it lacked."""

    job: str
    reason: UnplacedReason
    message: str
    nearest_miss: Assignment | None = None
    shortfall: Shortfall | None = None
    blocking_jobs: tuple[str, ...] = ()


class TerminationReason(StrEnum):
    OPTIMAL = "OPTIMAL"  # proved within the asked gap
    FEASIBLE = "FEASIBLE"  # a verified plan, not proved optimal
    INFEASIBLE = "INFEASIBLE"  # proved: the mandatory jobs cannot all run
    NO_PLAN_FOUND = "NO_PLAN_FOUND"  # stopped before any plan was found; nothing is proved


class StoppedBy(StrEnum):
    """The limit that ended the search, if one did."""

    NONE = "NONE"
    TIME_LIMIT = "TIME_LIMIT"
    WORK_LIMIT = "WORK_LIMIT"
    CANCELLED = "CANCELLED"
    WORKER_LOST = "WORKER_LOST"


class BoundSource(StrEnum):
    """Who stands for the bound: a certificate anyone can check, an exact engine's tree, or nobody yet."""

    NONE = "NONE"
    CERTIFICATE = "CERTIFICATE"
    ENGINE = "ENGINE"

    @classmethod
    def of(cls, bound_micros: int | None, certificate: Certificate | None) -> BoundSource:
        """Of a bound beside the tightest certificate there is."""
        if bound_micros is None:
            return cls.NONE
        return cls.CERTIFICATE if certificate is not None and certificate.bound_micros <= bound_micros else cls.ENGINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Termination:
    """``objective_micros`` is None without a plan, ``bound_micros`` without a bound; ``detail`` is for people."""

    reason: TerminationReason
    stopped_by: StoppedBy = StoppedBy.NONE
    detail: str = ""
    objective_micros: int | None = None
    bound_micros: int | None = None
    bound_source: BoundSource = BoundSource.NONE

    @property
    def relative_gap(self) -> float | None:
        return relative_gap(self.objective_micros, self.bound_micros)


def relative_gap(objective: int | None, bound: int | None) -> float | None:
    """``(bound - objective) / max(|objective|, |bound|)``, 0 where both are 0; None where either is missing."""
    if objective is None or bound is None:
        return None
    scale = max(abs(objective), abs(bound))
    return max(0.0, (bound - objective) / scale) if scale else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TierOutcome:
    """How one priority tier stands. ``priority_tier`` is None for the jobs without one, which come last.

    ``bound_micros``: no plan that gives every earlier tier what this plan gives it gives this one more. ``certificate``
    proves a bound on this tier and all earlier ones together, in the problem of their jobs alone.
    """

    priority_tier: int | None = None
    job_count: int
    placed_count: int
    objective_micros: int
    bound_micros: int | None = None
    bound_source: BoundSource = BoundSource.NONE
    certificate: Certificate | None = None

    @property
    def relative_gap(self) -> float | None:
        return relative_gap(self.objective_micros, self.bound_micros)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitUsage:
    """Use of one limit by slot, in ``unit``; ``capacity`` has the same length (1 for a budget over the horizon)."""

    kind: str
    element: str
    unit: str
    capacity: tuple[int, ...]
    used: tuple[int, ...]

    @property
    def headroom(self) -> tuple[int, ...]:
        return tuple(c - u for c, u in zip(self.capacity, self.used, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingLimit:
    """A limit that keeps work out: slots in which some left-out job that otherwise fits would break it."""

    kind: str
    element: str
    unit: str
    slots: tuple[int, ...]
    blocked_job_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowPrice:
    """What more of one limit is worth at the prices of the certificate: micro-units per ``unit`` and slot, rounded up.

    ``unit`` is MW (for a grid connection: at the connection), MWh, t, or the limit's own; a budget has one number, for the
    horizon. ``price_micros``: the bound rises by at most this for one unit more, while no run comes to fit that broke the
    limit alone, and outside ``row_slots``. There the limit stands in rows over whole gangs, and ``row_price_micros`` (empty:
    none) says what those on this limit alone pay per unit of it: an average, no margin. See docs/certificates.md.
    """

    kind: str
    element: str
    unit: str
    price_micros: tuple[int, ...]
    row_price_micros: tuple[int, ...] = ()
    row_slots: tuple[int, ...] = ()

    @property
    def worth_micros(self) -> tuple[int, ...]:
        """Both prices together, by slot."""
        rows = self.row_price_micros or (0,) * len(self.price_micros)
        return tuple(price + row for price, row in zip(self.price_micros, rows, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class TenancyUsage:
    """What becomes of the nodes that ``tenant`` holds in ``pool``, in nodes times slots over the horizon.

    ``fee_micros`` is paid whether they are used or not; it is in no objective.
    """

    tenant: str
    pool: str
    reserved_node_slots: int
    used_node_slots: int
    lent_node_slots: int
    fee_micros: int

    @property
    def idle_node_slots(self) -> int:
        return self.reserved_node_slots - self.used_node_slots - self.lent_node_slots


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareUsage:
    """How the share floor of ``tenant`` stands, in GPUs times slots over the horizon."""

    tenant: str
    target_gpu_slots: int
    placed_gpu_slots: int
    shortfall_cost_micros: int

    @property
    def shortfall_gpu_slots(self) -> int:
        return max(0, self.target_gpu_slots - self.placed_gpu_slots)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """The least raise of one limit alone that lets the conflicting jobs run together; None: raising it does not help."""

    kind: str
    element: str
    unit: str
    amount: int | None = None
    first_slot: int
    last_slot: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Why the mandatory jobs cannot all run: a minimal set of jobs and limits, and what would help."""

    jobs: tuple[str, ...]
    limits: tuple[str, ...]
    relaxations: tuple[Relaxation, ...]
    message: str
    minimal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """A figure about the run itself (columns, nodes, evaluations); the name carries the unit."""

    name: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What became of something stated otherwise than the model holds it: a series in time or currency, weather by a curve."""

    path: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The whole answer to one solve."""

    termination: Termination
    engine: str
    engine_detail: str = ""
    placements: tuple[Placement, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()
    terms: CostBreakdown = field(default_factory=CostBreakdown)
    usages: tuple[LimitUsage, ...] = ()
    binding_limits: tuple[BindingLimit, ...] = ()
    conflict: Conflict | None = None
    certificate: Certificate | None = None
    shadow_prices: tuple[ShadowPrice, ...] = ()
    verified: bool = False
    wall_seconds: float = 0.0
    statistics: tuple[Statistic, ...] = ()
    tiers: tuple[TierOutcome, ...] = ()
    conversions: tuple[Conversion, ...] = ()
    tenancy: tuple[TenancyUsage, ...] = ()
    shares: tuple[ShareUsage, ...] = ()
    hall_schedules: tuple[HallSchedule, ...] = ()
    binding: Binding | None = None
    operations: tuple[SiteOperation, ...] = ()
