import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TerminationReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TERMINATION_REASON_UNSPECIFIED: _ClassVar[TerminationReason]
    TERMINATION_REASON_OPTIMAL: _ClassVar[TerminationReason]
    TERMINATION_REASON_FEASIBLE: _ClassVar[TerminationReason]
    TERMINATION_REASON_INFEASIBLE: _ClassVar[TerminationReason]
    TERMINATION_REASON_NO_PLAN_FOUND: _ClassVar[TerminationReason]

class StoppedBy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STOPPED_BY_UNSPECIFIED: _ClassVar[StoppedBy]
    STOPPED_BY_NONE: _ClassVar[StoppedBy]
    STOPPED_BY_TIME_LIMIT: _ClassVar[StoppedBy]
    STOPPED_BY_WORK_LIMIT: _ClassVar[StoppedBy]
    STOPPED_BY_CANCELLED: _ClassVar[StoppedBy]
    STOPPED_BY_WORKER_LOST: _ClassVar[StoppedBy]

class BoundSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BOUND_SOURCE_UNSPECIFIED: _ClassVar[BoundSource]
    BOUND_SOURCE_NONE: _ClassVar[BoundSource]
    BOUND_SOURCE_CERTIFICATE: _ClassVar[BoundSource]
    BOUND_SOURCE_ENGINE: _ClassVar[BoundSource]

class UnplacedReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNPLACED_REASON_UNSPECIFIED: _ClassVar[UnplacedReason]
    UNPLACED_REASON_NO_COMPATIBLE_POOL: _ClassVar[UnplacedReason]
    UNPLACED_REASON_REGION_NOT_ALLOWED: _ClassVar[UnplacedReason]
    UNPLACED_REASON_SITE_NOT_ALLOWED: _ClassVar[UnplacedReason]
    UNPLACED_REASON_DATA_NOT_REACHABLE: _ClassVar[UnplacedReason]
    UNPLACED_REASON_GANG_EXCEEDS_POOL: _ClassVar[UnplacedReason]
    UNPLACED_REASON_POWER_EXCEEDS_LIMIT: _ClassVar[UnplacedReason]
    UNPLACED_REASON_HEAT_EXCEEDS_COOLING: _ClassVar[UnplacedReason]
    UNPLACED_REASON_RESOURCE_EXCEEDED: _ClassVar[UnplacedReason]
    UNPLACED_REASON_BUDGET_EXCEEDED: _ClassVar[UnplacedReason]
    UNPLACED_REASON_WINDOW_TOO_SHORT: _ClassVar[UnplacedReason]
    UNPLACED_REASON_QUOTA_EXCEEDED: _ClassVar[UnplacedReason]
    UNPLACED_REASON_RESERVED_FOR_OTHERS: _ClassVar[UnplacedReason]
    UNPLACED_REASON_CAPACITY_TAKEN: _ClassVar[UnplacedReason]
    UNPLACED_REASON_WORTH_LESS_THAN_COST: _ClassVar[UnplacedReason]
    UNPLACED_REASON_PREDECESSOR_NOT_PLACED: _ClassVar[UnplacedReason]
    UNPLACED_REASON_GROUP_ELSEWHERE: _ClassVar[UnplacedReason]

class LimitKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIMIT_KIND_UNSPECIFIED: _ClassVar[LimitKind]
    LIMIT_KIND_POOL_NODES: _ClassVar[LimitKind]
    LIMIT_KIND_HALL_POWER: _ClassVar[LimitKind]
    LIMIT_KIND_LIQUID_COOLING: _ClassVar[LimitKind]
    LIMIT_KIND_AIR_COOLING: _ClassVar[LimitKind]
    LIMIT_KIND_GRID_IMPORT: _ClassVar[LimitKind]
    LIMIT_KIND_TENANT_QUOTA: _ClassVar[LimitKind]
    LIMIT_KIND_RESERVATION: _ClassVar[LimitKind]
    LIMIT_KIND_RESOURCE: _ClassVar[LimitKind]
    LIMIT_KIND_ENERGY_BUDGET: _ClassVar[LimitKind]
    LIMIT_KIND_CARBON_BUDGET: _ClassVar[LimitKind]
    LIMIT_KIND_CONSUMABLE: _ClassVar[LimitKind]
    LIMIT_KIND_GROUP_DOMAIN: _ClassVar[LimitKind]
    LIMIT_KIND_GROUP_APART: _ClassVar[LimitKind]
    LIMIT_KIND_CHURN_JOBS: _ClassVar[LimitKind]
    LIMIT_KIND_CHURN_GPU_SLOTS: _ClassVar[LimitKind]
    LIMIT_KIND_POOL_PART: _ClassVar[LimitKind]
    LIMIT_KIND_LINK: _ClassVar[LimitKind]
    LIMIT_KIND_RECOVERED_HEAT: _ClassVar[LimitKind]
    LIMIT_KIND_GRID_EXPORT: _ClassVar[LimitKind]

class BindingIssueKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BINDING_ISSUE_KIND_UNSPECIFIED: _ClassVar[BindingIssueKind]
    BINDING_ISSUE_KIND_GROUP_NOT_IN_ONE_DOMAIN: _ClassVar[BindingIssueKind]
    BINDING_ISSUE_KIND_RUNNING_JOB_CHANGES_NODES: _ClassVar[BindingIssueKind]
TERMINATION_REASON_UNSPECIFIED: TerminationReason
TERMINATION_REASON_OPTIMAL: TerminationReason
TERMINATION_REASON_FEASIBLE: TerminationReason
TERMINATION_REASON_INFEASIBLE: TerminationReason
TERMINATION_REASON_NO_PLAN_FOUND: TerminationReason
STOPPED_BY_UNSPECIFIED: StoppedBy
STOPPED_BY_NONE: StoppedBy
STOPPED_BY_TIME_LIMIT: StoppedBy
STOPPED_BY_WORK_LIMIT: StoppedBy
STOPPED_BY_CANCELLED: StoppedBy
STOPPED_BY_WORKER_LOST: StoppedBy
BOUND_SOURCE_UNSPECIFIED: BoundSource
BOUND_SOURCE_NONE: BoundSource
BOUND_SOURCE_CERTIFICATE: BoundSource
BOUND_SOURCE_ENGINE: BoundSource
UNPLACED_REASON_UNSPECIFIED: UnplacedReason
UNPLACED_REASON_NO_COMPATIBLE_POOL: UnplacedReason
UNPLACED_REASON_REGION_NOT_ALLOWED: UnplacedReason
UNPLACED_REASON_SITE_NOT_ALLOWED: UnplacedReason
UNPLACED_REASON_DATA_NOT_REACHABLE: UnplacedReason
UNPLACED_REASON_GANG_EXCEEDS_POOL: UnplacedReason
UNPLACED_REASON_POWER_EXCEEDS_LIMIT: UnplacedReason
UNPLACED_REASON_HEAT_EXCEEDS_COOLING: UnplacedReason
UNPLACED_REASON_RESOURCE_EXCEEDED: UnplacedReason
UNPLACED_REASON_BUDGET_EXCEEDED: UnplacedReason
UNPLACED_REASON_WINDOW_TOO_SHORT: UnplacedReason
UNPLACED_REASON_QUOTA_EXCEEDED: UnplacedReason
UNPLACED_REASON_RESERVED_FOR_OTHERS: UnplacedReason
UNPLACED_REASON_CAPACITY_TAKEN: UnplacedReason
UNPLACED_REASON_WORTH_LESS_THAN_COST: UnplacedReason
UNPLACED_REASON_PREDECESSOR_NOT_PLACED: UnplacedReason
UNPLACED_REASON_GROUP_ELSEWHERE: UnplacedReason
LIMIT_KIND_UNSPECIFIED: LimitKind
LIMIT_KIND_POOL_NODES: LimitKind
LIMIT_KIND_HALL_POWER: LimitKind
LIMIT_KIND_LIQUID_COOLING: LimitKind
LIMIT_KIND_AIR_COOLING: LimitKind
LIMIT_KIND_GRID_IMPORT: LimitKind
LIMIT_KIND_TENANT_QUOTA: LimitKind
LIMIT_KIND_RESERVATION: LimitKind
LIMIT_KIND_RESOURCE: LimitKind
LIMIT_KIND_ENERGY_BUDGET: LimitKind
LIMIT_KIND_CARBON_BUDGET: LimitKind
LIMIT_KIND_CONSUMABLE: LimitKind
LIMIT_KIND_GROUP_DOMAIN: LimitKind
LIMIT_KIND_GROUP_APART: LimitKind
LIMIT_KIND_CHURN_JOBS: LimitKind
LIMIT_KIND_CHURN_GPU_SLOTS: LimitKind
LIMIT_KIND_POOL_PART: LimitKind
LIMIT_KIND_LINK: LimitKind
LIMIT_KIND_RECOVERED_HEAT: LimitKind
LIMIT_KIND_GRID_EXPORT: LimitKind
BINDING_ISSUE_KIND_UNSPECIFIED: BindingIssueKind
BINDING_ISSUE_KIND_GROUP_NOT_IN_ONE_DOMAIN: BindingIssueKind
BINDING_ISSUE_KIND_RUNNING_JOB_CHANGES_NODES: BindingIssueKind

class Result(_message.Message):
    __slots__ = ("termination", "engine", "engine_detail", "placements", "unplaced", "terms", "usages", "binding_limits", "conflict", "certificate", "verified", "wall_seconds", "statistics", "shadow_prices", "tiers", "conversions", "tenancy", "shares", "hall_schedules", "binding", "operations")
    TERMINATION_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    ENGINE_DETAIL_FIELD_NUMBER: _ClassVar[int]
    PLACEMENTS_FIELD_NUMBER: _ClassVar[int]
    UNPLACED_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    USAGES_FIELD_NUMBER: _ClassVar[int]
    BINDING_LIMITS_FIELD_NUMBER: _ClassVar[int]
    CONFLICT_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    VERIFIED_FIELD_NUMBER: _ClassVar[int]
    WALL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    STATISTICS_FIELD_NUMBER: _ClassVar[int]
    SHADOW_PRICES_FIELD_NUMBER: _ClassVar[int]
    TIERS_FIELD_NUMBER: _ClassVar[int]
    CONVERSIONS_FIELD_NUMBER: _ClassVar[int]
    TENANCY_FIELD_NUMBER: _ClassVar[int]
    SHARES_FIELD_NUMBER: _ClassVar[int]
    HALL_SCHEDULES_FIELD_NUMBER: _ClassVar[int]
    BINDING_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    termination: Termination
    engine: str
    engine_detail: str
    placements: _containers.RepeatedCompositeFieldContainer[Placement]
    unplaced: _containers.RepeatedCompositeFieldContainer[Unplaced]
    terms: CostBreakdown
    usages: _containers.RepeatedCompositeFieldContainer[LimitUsage]
    binding_limits: _containers.RepeatedCompositeFieldContainer[BindingLimit]
    conflict: Conflict
    certificate: Certificate
    verified: bool
    wall_seconds: float
    statistics: _containers.RepeatedCompositeFieldContainer[Statistic]
    shadow_prices: _containers.RepeatedCompositeFieldContainer[ShadowPrice]
    tiers: _containers.RepeatedCompositeFieldContainer[TierOutcome]
    conversions: _containers.RepeatedCompositeFieldContainer[Conversion]
    tenancy: _containers.RepeatedCompositeFieldContainer[TenancyUsage]
    shares: _containers.RepeatedCompositeFieldContainer[ShareUsage]
    hall_schedules: _containers.RepeatedCompositeFieldContainer[HallSchedule]
    binding: Binding
    operations: _containers.RepeatedCompositeFieldContainer[SiteOperation]
    def __init__(self, termination: _Optional[_Union[Termination, _Mapping]] = ..., engine: _Optional[str] = ..., engine_detail: _Optional[str] = ..., placements: _Optional[_Iterable[_Union[Placement, _Mapping]]] = ..., unplaced: _Optional[_Iterable[_Union[Unplaced, _Mapping]]] = ..., terms: _Optional[_Union[CostBreakdown, _Mapping]] = ..., usages: _Optional[_Iterable[_Union[LimitUsage, _Mapping]]] = ..., binding_limits: _Optional[_Iterable[_Union[BindingLimit, _Mapping]]] = ..., conflict: _Optional[_Union[Conflict, _Mapping]] = ..., certificate: _Optional[_Union[Certificate, _Mapping]] = ..., verified: _Optional[bool] = ..., wall_seconds: _Optional[float] = ..., statistics: _Optional[_Iterable[_Union[Statistic, _Mapping]]] = ..., shadow_prices: _Optional[_Iterable[_Union[ShadowPrice, _Mapping]]] = ..., tiers: _Optional[_Iterable[_Union[TierOutcome, _Mapping]]] = ..., conversions: _Optional[_Iterable[_Union[Conversion, _Mapping]]] = ..., tenancy: _Optional[_Iterable[_Union[TenancyUsage, _Mapping]]] = ..., shares: _Optional[_Iterable[_Union[ShareUsage, _Mapping]]] = ..., hall_schedules: _Optional[_Iterable[_Union[HallSchedule, _Mapping]]] = ..., binding: _Optional[_Union[Binding, _Mapping]] = ..., operations: _Optional[_Iterable[_Union[SiteOperation, _Mapping]]] = ...) -> None: ...

class Conversion(_message.Message):
    __slots__ = ("path", "message")
    PATH_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    path: str
    message: str
    def __init__(self, path: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class TenancyUsage(_message.Message):
    __slots__ = ("tenant", "pool", "reserved_node_slots", "used_node_slots", "lent_node_slots", "fee_micros", "idle_node_slots")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    RESERVED_NODE_SLOTS_FIELD_NUMBER: _ClassVar[int]
    USED_NODE_SLOTS_FIELD_NUMBER: _ClassVar[int]
    LENT_NODE_SLOTS_FIELD_NUMBER: _ClassVar[int]
    FEE_MICROS_FIELD_NUMBER: _ClassVar[int]
    IDLE_NODE_SLOTS_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    pool: str
    reserved_node_slots: int
    used_node_slots: int
    lent_node_slots: int
    fee_micros: int
    idle_node_slots: int
    def __init__(self, tenant: _Optional[str] = ..., pool: _Optional[str] = ..., reserved_node_slots: _Optional[int] = ..., used_node_slots: _Optional[int] = ..., lent_node_slots: _Optional[int] = ..., fee_micros: _Optional[int] = ..., idle_node_slots: _Optional[int] = ...) -> None: ...

class ShareUsage(_message.Message):
    __slots__ = ("tenant", "target_gpu_slots", "placed_gpu_slots", "shortfall_cost_micros", "shortfall_gpu_slots")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    TARGET_GPU_SLOTS_FIELD_NUMBER: _ClassVar[int]
    PLACED_GPU_SLOTS_FIELD_NUMBER: _ClassVar[int]
    SHORTFALL_COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    SHORTFALL_GPU_SLOTS_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    target_gpu_slots: int
    placed_gpu_slots: int
    shortfall_cost_micros: int
    shortfall_gpu_slots: int
    def __init__(self, tenant: _Optional[str] = ..., target_gpu_slots: _Optional[int] = ..., placed_gpu_slots: _Optional[int] = ..., shortfall_cost_micros: _Optional[int] = ..., shortfall_gpu_slots: _Optional[int] = ...) -> None: ...

class SiteOperation(_message.Message):
    __slots__ = ("site", "flexible_loads", "terms", "peak_w", "heat_w", "battery")
    SITE_FIELD_NUMBER: _ClassVar[int]
    FLEXIBLE_LOADS_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    PEAK_W_FIELD_NUMBER: _ClassVar[int]
    HEAT_W_FIELD_NUMBER: _ClassVar[int]
    BATTERY_FIELD_NUMBER: _ClassVar[int]
    site: str
    flexible_loads: _containers.RepeatedCompositeFieldContainer[FlexibleOperation]
    terms: CostBreakdown
    peak_w: int
    heat_w: _containers.RepeatedScalarFieldContainer[int]
    battery: BatteryOperation
    def __init__(self, site: _Optional[str] = ..., flexible_loads: _Optional[_Iterable[_Union[FlexibleOperation, _Mapping]]] = ..., terms: _Optional[_Union[CostBreakdown, _Mapping]] = ..., peak_w: _Optional[int] = ..., heat_w: _Optional[_Iterable[int]] = ..., battery: _Optional[_Union[BatteryOperation, _Mapping]] = ...) -> None: ...

class BatteryOperation(_message.Message):
    __slots__ = ("charge_w", "discharge_w", "energy_wh")
    CHARGE_W_FIELD_NUMBER: _ClassVar[int]
    DISCHARGE_W_FIELD_NUMBER: _ClassVar[int]
    ENERGY_WH_FIELD_NUMBER: _ClassVar[int]
    charge_w: _containers.RepeatedScalarFieldContainer[int]
    discharge_w: _containers.RepeatedScalarFieldContainer[int]
    energy_wh: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, charge_w: _Optional[_Iterable[int]] = ..., discharge_w: _Optional[_Iterable[int]] = ..., energy_wh: _Optional[_Iterable[int]] = ...) -> None: ...

class FlexibleOperation(_message.Message):
    __slots__ = ("name", "power_w")
    NAME_FIELD_NUMBER: _ClassVar[int]
    POWER_W_FIELD_NUMBER: _ClassVar[int]
    name: str
    power_w: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, name: _Optional[str] = ..., power_w: _Optional[_Iterable[int]] = ...) -> None: ...

class TierOutcome(_message.Message):
    __slots__ = ("priority_tier", "job_count", "placed_count", "objective_micros", "bound_micros", "bound_source", "certificate", "relative_gap")
    PRIORITY_TIER_FIELD_NUMBER: _ClassVar[int]
    JOB_COUNT_FIELD_NUMBER: _ClassVar[int]
    PLACED_COUNT_FIELD_NUMBER: _ClassVar[int]
    OBJECTIVE_MICROS_FIELD_NUMBER: _ClassVar[int]
    BOUND_MICROS_FIELD_NUMBER: _ClassVar[int]
    BOUND_SOURCE_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    RELATIVE_GAP_FIELD_NUMBER: _ClassVar[int]
    priority_tier: int
    job_count: int
    placed_count: int
    objective_micros: int
    bound_micros: int
    bound_source: BoundSource
    certificate: Certificate
    relative_gap: float
    def __init__(self, priority_tier: _Optional[int] = ..., job_count: _Optional[int] = ..., placed_count: _Optional[int] = ..., objective_micros: _Optional[int] = ..., bound_micros: _Optional[int] = ..., bound_source: _Optional[_Union[BoundSource, str]] = ..., certificate: _Optional[_Union[Certificate, _Mapping]] = ..., relative_gap: _Optional[float] = ...) -> None: ...

class Termination(_message.Message):
    __slots__ = ("reason", "stopped_by", "detail", "objective_micros", "bound_micros", "bound_source", "relative_gap")
    REASON_FIELD_NUMBER: _ClassVar[int]
    STOPPED_BY_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    OBJECTIVE_MICROS_FIELD_NUMBER: _ClassVar[int]
    BOUND_MICROS_FIELD_NUMBER: _ClassVar[int]
    BOUND_SOURCE_FIELD_NUMBER: _ClassVar[int]
    RELATIVE_GAP_FIELD_NUMBER: _ClassVar[int]
    reason: TerminationReason
    stopped_by: StoppedBy
    detail: str
    objective_micros: int
    bound_micros: int
    bound_source: BoundSource
    relative_gap: float
    def __init__(self, reason: _Optional[_Union[TerminationReason, str]] = ..., stopped_by: _Optional[_Union[StoppedBy, str]] = ..., detail: _Optional[str] = ..., objective_micros: _Optional[int] = ..., bound_micros: _Optional[int] = ..., bound_source: _Optional[_Union[BoundSource, str]] = ..., relative_gap: _Optional[float] = ...) -> None: ...

class Segment(_message.Message):
    __slots__ = ("mode", "pool", "start_slot", "end_slot")
    MODE_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    START_SLOT_FIELD_NUMBER: _ClassVar[int]
    END_SLOT_FIELD_NUMBER: _ClassVar[int]
    mode: str
    pool: str
    start_slot: int
    end_slot: int
    def __init__(self, mode: _Optional[str] = ..., pool: _Optional[str] = ..., start_slot: _Optional[int] = ..., end_slot: _Optional[int] = ...) -> None: ...

class Assignment(_message.Message):
    __slots__ = ("job", "mode", "pool", "start_slot", "segments", "data_from")
    JOB_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    START_SLOT_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    DATA_FROM_FIELD_NUMBER: _ClassVar[int]
    job: str
    mode: str
    pool: str
    start_slot: int
    segments: _containers.RepeatedCompositeFieldContainer[Segment]
    data_from: str
    def __init__(self, job: _Optional[str] = ..., mode: _Optional[str] = ..., pool: _Optional[str] = ..., start_slot: _Optional[int] = ..., segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ..., data_from: _Optional[str] = ...) -> None: ...

class Transfer(_message.Message):
    __slots__ = ("from_site", "to_site", "size_gb", "start_slot", "end_slot", "mb_per_hour", "cost_micros")
    FROM_SITE_FIELD_NUMBER: _ClassVar[int]
    TO_SITE_FIELD_NUMBER: _ClassVar[int]
    SIZE_GB_FIELD_NUMBER: _ClassVar[int]
    START_SLOT_FIELD_NUMBER: _ClassVar[int]
    END_SLOT_FIELD_NUMBER: _ClassVar[int]
    MB_PER_HOUR_FIELD_NUMBER: _ClassVar[int]
    COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    from_site: str
    to_site: str
    size_gb: float
    start_slot: int
    end_slot: int
    mb_per_hour: int
    cost_micros: int
    def __init__(self, from_site: _Optional[str] = ..., to_site: _Optional[str] = ..., size_gb: _Optional[float] = ..., start_slot: _Optional[int] = ..., end_slot: _Optional[int] = ..., mb_per_hour: _Optional[int] = ..., cost_micros: _Optional[int] = ...) -> None: ...

class Placement(_message.Message):
    __slots__ = ("job", "mode", "pool", "start_slot", "site", "hall", "end_slot", "start_time", "end_time", "gpu_count", "node_count", "it_power_w", "energy_wh", "carbon_mg", "terms", "segments", "data_from", "transfers")
    JOB_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    START_SLOT_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    END_SLOT_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    GPU_COUNT_FIELD_NUMBER: _ClassVar[int]
    NODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    IT_POWER_W_FIELD_NUMBER: _ClassVar[int]
    ENERGY_WH_FIELD_NUMBER: _ClassVar[int]
    CARBON_MG_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    DATA_FROM_FIELD_NUMBER: _ClassVar[int]
    TRANSFERS_FIELD_NUMBER: _ClassVar[int]
    job: str
    mode: str
    pool: str
    start_slot: int
    site: str
    hall: str
    end_slot: int
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    gpu_count: int
    node_count: int
    it_power_w: int
    energy_wh: int
    carbon_mg: int
    terms: CostBreakdown
    segments: _containers.RepeatedCompositeFieldContainer[Segment]
    data_from: str
    transfers: _containers.RepeatedCompositeFieldContainer[Transfer]
    def __init__(self, job: _Optional[str] = ..., mode: _Optional[str] = ..., pool: _Optional[str] = ..., start_slot: _Optional[int] = ..., site: _Optional[str] = ..., hall: _Optional[str] = ..., end_slot: _Optional[int] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., gpu_count: _Optional[int] = ..., node_count: _Optional[int] = ..., it_power_w: _Optional[int] = ..., energy_wh: _Optional[int] = ..., carbon_mg: _Optional[int] = ..., terms: _Optional[_Union[CostBreakdown, _Mapping]] = ..., segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ..., data_from: _Optional[str] = ..., transfers: _Optional[_Iterable[_Union[Transfer, _Mapping]]] = ...) -> None: ...

class SlotInterval(_message.Message):
    __slots__ = ("start_slot", "end_slot")
    START_SLOT_FIELD_NUMBER: _ClassVar[int]
    END_SLOT_FIELD_NUMBER: _ClassVar[int]
    start_slot: int
    end_slot: int
    def __init__(self, start_slot: _Optional[int] = ..., end_slot: _Optional[int] = ...) -> None: ...

class HallSchedule(_message.Message):
    __slots__ = ("hall", "on")
    HALL_FIELD_NUMBER: _ClassVar[int]
    ON_FIELD_NUMBER: _ClassVar[int]
    hall: str
    on: _containers.RepeatedCompositeFieldContainer[SlotInterval]
    def __init__(self, hall: _Optional[str] = ..., on: _Optional[_Iterable[_Union[SlotInterval, _Mapping]]] = ...) -> None: ...

class CostBreakdown(_message.Message):
    __slots__ = ("value_micros", "energy_cost_micros", "carbon_cost_micros", "tardiness_cost_micros", "staging_cost_micros", "move_cost_micros", "mode_cost_micros", "pause_cost_micros", "change_cost_micros", "stop_cost_micros", "shortfall_cost_micros", "hall_cost_micros", "switching_cost_micros", "flexible_value_micros", "demand_charge_micros", "heat_value_micros", "objective_micros")
    VALUE_MICROS_FIELD_NUMBER: _ClassVar[int]
    ENERGY_COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    CARBON_COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    TARDINESS_COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    STAGING_COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    MOVE_COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    MODE_COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    PAUSE_COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    CHANGE_COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    STOP_COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    SHORTFALL_COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    HALL_COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    SWITCHING_COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    FLEXIBLE_VALUE_MICROS_FIELD_NUMBER: _ClassVar[int]
    DEMAND_CHARGE_MICROS_FIELD_NUMBER: _ClassVar[int]
    HEAT_VALUE_MICROS_FIELD_NUMBER: _ClassVar[int]
    OBJECTIVE_MICROS_FIELD_NUMBER: _ClassVar[int]
    value_micros: int
    energy_cost_micros: int
    carbon_cost_micros: int
    tardiness_cost_micros: int
    staging_cost_micros: int
    move_cost_micros: int
    mode_cost_micros: int
    pause_cost_micros: int
    change_cost_micros: int
    stop_cost_micros: int
    shortfall_cost_micros: int
    hall_cost_micros: int
    switching_cost_micros: int
    flexible_value_micros: int
    demand_charge_micros: int
    heat_value_micros: int
    objective_micros: int
    def __init__(self, value_micros: _Optional[int] = ..., energy_cost_micros: _Optional[int] = ..., carbon_cost_micros: _Optional[int] = ..., tardiness_cost_micros: _Optional[int] = ..., staging_cost_micros: _Optional[int] = ..., move_cost_micros: _Optional[int] = ..., mode_cost_micros: _Optional[int] = ..., pause_cost_micros: _Optional[int] = ..., change_cost_micros: _Optional[int] = ..., stop_cost_micros: _Optional[int] = ..., shortfall_cost_micros: _Optional[int] = ..., hall_cost_micros: _Optional[int] = ..., switching_cost_micros: _Optional[int] = ..., flexible_value_micros: _Optional[int] = ..., demand_charge_micros: _Optional[int] = ..., heat_value_micros: _Optional[int] = ..., objective_micros: _Optional[int] = ...) -> None: ...

class Shortfall(_message.Message):
    __slots__ = ("limit", "element", "amount", "unit", "first_slot", "last_slot")
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    FIRST_SLOT_FIELD_NUMBER: _ClassVar[int]
    LAST_SLOT_FIELD_NUMBER: _ClassVar[int]
    limit: str
    element: str
    amount: int
    unit: str
    first_slot: int
    last_slot: int
    def __init__(self, limit: _Optional[str] = ..., element: _Optional[str] = ..., amount: _Optional[int] = ..., unit: _Optional[str] = ..., first_slot: _Optional[int] = ..., last_slot: _Optional[int] = ...) -> None: ...

class Unplaced(_message.Message):
    __slots__ = ("job", "reason", "message", "nearest_miss", "shortfall", "blocking_jobs")
    JOB_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    NEAREST_MISS_FIELD_NUMBER: _ClassVar[int]
    SHORTFALL_FIELD_NUMBER: _ClassVar[int]
    BLOCKING_JOBS_FIELD_NUMBER: _ClassVar[int]
    job: str
    reason: UnplacedReason
    message: str
    nearest_miss: Assignment
    shortfall: Shortfall
    blocking_jobs: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, job: _Optional[str] = ..., reason: _Optional[_Union[UnplacedReason, str]] = ..., message: _Optional[str] = ..., nearest_miss: _Optional[_Union[Assignment, _Mapping]] = ..., shortfall: _Optional[_Union[Shortfall, _Mapping]] = ..., blocking_jobs: _Optional[_Iterable[str]] = ...) -> None: ...

class LimitUsage(_message.Message):
    __slots__ = ("kind", "element", "unit", "capacity", "used")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    kind: str
    element: str
    unit: str
    capacity: _containers.RepeatedScalarFieldContainer[int]
    used: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, kind: _Optional[str] = ..., element: _Optional[str] = ..., unit: _Optional[str] = ..., capacity: _Optional[_Iterable[int]] = ..., used: _Optional[_Iterable[int]] = ...) -> None: ...

class BindingLimit(_message.Message):
    __slots__ = ("kind", "element", "unit", "slots", "blocked_job_count")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    BLOCKED_JOB_COUNT_FIELD_NUMBER: _ClassVar[int]
    kind: str
    element: str
    unit: str
    slots: _containers.RepeatedScalarFieldContainer[int]
    blocked_job_count: int
    def __init__(self, kind: _Optional[str] = ..., element: _Optional[str] = ..., unit: _Optional[str] = ..., slots: _Optional[_Iterable[int]] = ..., blocked_job_count: _Optional[int] = ...) -> None: ...

class ShadowPrice(_message.Message):
    __slots__ = ("kind", "element", "unit", "price_micros", "row_price_micros", "row_slots")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    PRICE_MICROS_FIELD_NUMBER: _ClassVar[int]
    ROW_PRICE_MICROS_FIELD_NUMBER: _ClassVar[int]
    ROW_SLOTS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    element: str
    unit: str
    price_micros: _containers.RepeatedScalarFieldContainer[int]
    row_price_micros: _containers.RepeatedScalarFieldContainer[int]
    row_slots: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, kind: _Optional[str] = ..., element: _Optional[str] = ..., unit: _Optional[str] = ..., price_micros: _Optional[_Iterable[int]] = ..., row_price_micros: _Optional[_Iterable[int]] = ..., row_slots: _Optional[_Iterable[int]] = ...) -> None: ...

class Relaxation(_message.Message):
    __slots__ = ("kind", "element", "unit", "amount", "first_slot", "last_slot", "message")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    FIRST_SLOT_FIELD_NUMBER: _ClassVar[int]
    LAST_SLOT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    kind: str
    element: str
    unit: str
    amount: int
    first_slot: int
    last_slot: int
    message: str
    def __init__(self, kind: _Optional[str] = ..., element: _Optional[str] = ..., unit: _Optional[str] = ..., amount: _Optional[int] = ..., first_slot: _Optional[int] = ..., last_slot: _Optional[int] = ..., message: _Optional[str] = ...) -> None: ...

class Conflict(_message.Message):
    __slots__ = ("jobs", "limits", "relaxations", "message", "minimal")
    JOBS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    RELAXATIONS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    MINIMAL_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedScalarFieldContainer[str]
    limits: _containers.RepeatedScalarFieldContainer[str]
    relaxations: _containers.RepeatedCompositeFieldContainer[Relaxation]
    message: str
    minimal: bool
    def __init__(self, jobs: _Optional[_Iterable[str]] = ..., limits: _Optional[_Iterable[str]] = ..., relaxations: _Optional[_Iterable[_Union[Relaxation, _Mapping]]] = ..., message: _Optional[str] = ..., minimal: _Optional[bool] = ...) -> None: ...

class Statistic(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: float
    def __init__(self, name: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...

class SlotPrices(_message.Message):
    __slots__ = ("kind", "element", "price")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    kind: LimitKind
    element: str
    price: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, kind: _Optional[_Union[LimitKind, str]] = ..., element: _Optional[str] = ..., price: _Optional[_Iterable[int]] = ...) -> None: ...

class BudgetPrice(_message.Message):
    __slots__ = ("kind", "element", "price")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    kind: LimitKind
    element: str
    price: int
    def __init__(self, kind: _Optional[_Union[LimitKind, str]] = ..., element: _Optional[str] = ..., price: _Optional[int] = ...) -> None: ...

class DualFeasiblePrice(_message.Message):
    __slots__ = ("kind", "element", "slot", "order", "price")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    kind: LimitKind
    element: str
    slot: int
    order: int
    price: int
    def __init__(self, kind: _Optional[_Union[LimitKind, str]] = ..., element: _Optional[str] = ..., slot: _Optional[int] = ..., order: _Optional[int] = ..., price: _Optional[int] = ...) -> None: ...

class PrecedencePrice(_message.Message):
    __slots__ = ("predecessor", "successor", "price")
    PREDECESSOR_FIELD_NUMBER: _ClassVar[int]
    SUCCESSOR_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    predecessor: str
    successor: str
    price: _containers.RepeatedCompositeFieldContainer[SlotPrice]
    def __init__(self, predecessor: _Optional[str] = ..., successor: _Optional[str] = ..., price: _Optional[_Iterable[_Union[SlotPrice, _Mapping]]] = ...) -> None: ...

class Certificate(_message.Message):
    __slots__ = ("bound_micros", "unit_bits", "slot_prices", "budget_prices", "dual_feasible_prices", "pattern_rows", "floor_prices", "precedence_prices", "stored_energy_prices")
    BOUND_MICROS_FIELD_NUMBER: _ClassVar[int]
    UNIT_BITS_FIELD_NUMBER: _ClassVar[int]
    SLOT_PRICES_FIELD_NUMBER: _ClassVar[int]
    BUDGET_PRICES_FIELD_NUMBER: _ClassVar[int]
    DUAL_FEASIBLE_PRICES_FIELD_NUMBER: _ClassVar[int]
    PATTERN_ROWS_FIELD_NUMBER: _ClassVar[int]
    FLOOR_PRICES_FIELD_NUMBER: _ClassVar[int]
    PRECEDENCE_PRICES_FIELD_NUMBER: _ClassVar[int]
    STORED_ENERGY_PRICES_FIELD_NUMBER: _ClassVar[int]
    bound_micros: int
    unit_bits: int
    slot_prices: _containers.RepeatedCompositeFieldContainer[SlotPrices]
    budget_prices: _containers.RepeatedCompositeFieldContainer[BudgetPrice]
    dual_feasible_prices: _containers.RepeatedCompositeFieldContainer[DualFeasiblePrice]
    pattern_rows: _containers.RepeatedCompositeFieldContainer[PatternRow]
    floor_prices: _containers.RepeatedCompositeFieldContainer[FloorPrice]
    precedence_prices: _containers.RepeatedCompositeFieldContainer[PrecedencePrice]
    stored_energy_prices: _containers.RepeatedCompositeFieldContainer[StoredEnergyPrices]
    def __init__(self, bound_micros: _Optional[int] = ..., unit_bits: _Optional[int] = ..., slot_prices: _Optional[_Iterable[_Union[SlotPrices, _Mapping]]] = ..., budget_prices: _Optional[_Iterable[_Union[BudgetPrice, _Mapping]]] = ..., dual_feasible_prices: _Optional[_Iterable[_Union[DualFeasiblePrice, _Mapping]]] = ..., pattern_rows: _Optional[_Iterable[_Union[PatternRow, _Mapping]]] = ..., floor_prices: _Optional[_Iterable[_Union[FloorPrice, _Mapping]]] = ..., precedence_prices: _Optional[_Iterable[_Union[PrecedencePrice, _Mapping]]] = ..., stored_energy_prices: _Optional[_Iterable[_Union[StoredEnergyPrices, _Mapping]]] = ...) -> None: ...

class StoredEnergyPrices(_message.Message):
    __slots__ = ("site", "price")
    SITE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    site: str
    price: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, site: _Optional[str] = ..., price: _Optional[_Iterable[int]] = ...) -> None: ...

class FloorPrice(_message.Message):
    __slots__ = ("tenant", "price")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    price: int
    def __init__(self, tenant: _Optional[str] = ..., price: _Optional[int] = ...) -> None: ...

class GangUse(_message.Message):
    __slots__ = ("kind", "element", "amount")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    kind: LimitKind
    element: str
    amount: int
    def __init__(self, kind: _Optional[_Union[LimitKind, str]] = ..., element: _Optional[str] = ..., amount: _Optional[int] = ...) -> None: ...

class PatternItem(_message.Message):
    __slots__ = ("uses", "coefficient")
    USES_FIELD_NUMBER: _ClassVar[int]
    COEFFICIENT_FIELD_NUMBER: _ClassVar[int]
    uses: _containers.RepeatedCompositeFieldContainer[GangUse]
    coefficient: int
    def __init__(self, uses: _Optional[_Iterable[_Union[GangUse, _Mapping]]] = ..., coefficient: _Optional[int] = ...) -> None: ...

class SlotPrice(_message.Message):
    __slots__ = ("slot", "price")
    SLOT_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    slot: int
    price: int
    def __init__(self, slot: _Optional[int] = ..., price: _Optional[int] = ...) -> None: ...

class PatternRow(_message.Message):
    __slots__ = ("items", "rhs", "price")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    RHS_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[PatternItem]
    rhs: int
    price: _containers.RepeatedCompositeFieldContainer[SlotPrice]
    def __init__(self, items: _Optional[_Iterable[_Union[PatternItem, _Mapping]]] = ..., rhs: _Optional[int] = ..., price: _Optional[_Iterable[_Union[SlotPrice, _Mapping]]] = ...) -> None: ...

class NodeRange(_message.Message):
    __slots__ = ("first_node", "node_count")
    FIRST_NODE_FIELD_NUMBER: _ClassVar[int]
    NODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    first_node: int
    node_count: int
    def __init__(self, first_node: _Optional[int] = ..., node_count: _Optional[int] = ...) -> None: ...

class BoundRun(_message.Message):
    __slots__ = ("job", "pool", "start_slot", "end_slot", "nodes", "domains")
    JOB_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    START_SLOT_FIELD_NUMBER: _ClassVar[int]
    END_SLOT_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    DOMAINS_FIELD_NUMBER: _ClassVar[int]
    job: str
    pool: str
    start_slot: int
    end_slot: int
    nodes: _containers.RepeatedCompositeFieldContainer[NodeRange]
    domains: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, job: _Optional[str] = ..., pool: _Optional[str] = ..., start_slot: _Optional[int] = ..., end_slot: _Optional[int] = ..., nodes: _Optional[_Iterable[_Union[NodeRange, _Mapping]]] = ..., domains: _Optional[_Iterable[int]] = ...) -> None: ...

class SpareNodes(_message.Message):
    __slots__ = ("pool", "start_slot", "end_slot", "nodes")
    POOL_FIELD_NUMBER: _ClassVar[int]
    START_SLOT_FIELD_NUMBER: _ClassVar[int]
    END_SLOT_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    pool: str
    start_slot: int
    end_slot: int
    nodes: _containers.RepeatedCompositeFieldContainer[NodeRange]
    def __init__(self, pool: _Optional[str] = ..., start_slot: _Optional[int] = ..., end_slot: _Optional[int] = ..., nodes: _Optional[_Iterable[_Union[NodeRange, _Mapping]]] = ...) -> None: ...

class BindingIssue(_message.Message):
    __slots__ = ("kind", "job", "group", "message")
    KIND_FIELD_NUMBER: _ClassVar[int]
    JOB_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    kind: BindingIssueKind
    job: str
    group: str
    message: str
    def __init__(self, kind: _Optional[_Union[BindingIssueKind, str]] = ..., job: _Optional[str] = ..., group: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class PoolFragmentation(_message.Message):
    __slots__ = ("pool", "held_count", "partly_held_count", "extra_domain_count")
    POOL_FIELD_NUMBER: _ClassVar[int]
    HELD_COUNT_FIELD_NUMBER: _ClassVar[int]
    PARTLY_HELD_COUNT_FIELD_NUMBER: _ClassVar[int]
    EXTRA_DOMAIN_COUNT_FIELD_NUMBER: _ClassVar[int]
    pool: str
    held_count: int
    partly_held_count: int
    extra_domain_count: int
    def __init__(self, pool: _Optional[str] = ..., held_count: _Optional[int] = ..., partly_held_count: _Optional[int] = ..., extra_domain_count: _Optional[int] = ...) -> None: ...

class Binding(_message.Message):
    __slots__ = ("runs", "spares", "issues", "fragmentation")
    RUNS_FIELD_NUMBER: _ClassVar[int]
    SPARES_FIELD_NUMBER: _ClassVar[int]
    ISSUES_FIELD_NUMBER: _ClassVar[int]
    FRAGMENTATION_FIELD_NUMBER: _ClassVar[int]
    runs: _containers.RepeatedCompositeFieldContainer[BoundRun]
    spares: _containers.RepeatedCompositeFieldContainer[SpareNodes]
    issues: _containers.RepeatedCompositeFieldContainer[BindingIssue]
    fragmentation: _containers.RepeatedCompositeFieldContainer[PoolFragmentation]
    def __init__(self, runs: _Optional[_Iterable[_Union[BoundRun, _Mapping]]] = ..., spares: _Optional[_Iterable[_Union[SpareNodes, _Mapping]]] = ..., issues: _Optional[_Iterable[_Union[BindingIssue, _Mapping]]] = ..., fragmentation: _Optional[_Iterable[_Union[PoolFragmentation, _Mapping]]] = ...) -> None: ...
