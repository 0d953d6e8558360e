import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AllocationGranularity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALLOCATION_GRANULARITY_UNSPECIFIED: _ClassVar[AllocationGranularity]
    ALLOCATION_GRANULARITY_NODE: _ClassVar[AllocationGranularity]
    ALLOCATION_GRANULARITY_DOMAIN: _ClassVar[AllocationGranularity]

class CoolingKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COOLING_KIND_UNSPECIFIED: _ClassVar[CoolingKind]
    COOLING_KIND_DRY_COOLER: _ClassVar[CoolingKind]
    COOLING_KIND_CHILLER: _ClassVar[CoolingKind]
    COOLING_KIND_POINTS: _ClassVar[CoolingKind]

class Quantity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QUANTITY_UNSPECIFIED: _ClassVar[Quantity]
    QUANTITY_IMPORT_LIMIT_KW: _ClassVar[Quantity]
    QUANTITY_PUE: _ClassVar[Quantity]
    QUANTITY_OVERHEAD_KW: _ClassVar[Quantity]
    QUANTITY_ENERGY_PRICE_PER_MWH: _ClassVar[Quantity]
    QUANTITY_CARBON_INTENSITY_G_PER_KWH: _ClassVar[Quantity]
    QUANTITY_OUTSIDE_TEMPERATURE_C: _ClassVar[Quantity]

class GroupKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GROUP_KIND_UNSPECIFIED: _ClassVar[GroupKind]
    GROUP_KIND_SAME_SITE: _ClassVar[GroupKind]
    GROUP_KIND_DIFFERENT_SITES: _ClassVar[GroupKind]
    GROUP_KIND_SAME_HALL: _ClassVar[GroupKind]
    GROUP_KIND_SAME_POOL: _ClassVar[GroupKind]
    GROUP_KIND_SAME_DOMAIN: _ClassVar[GroupKind]
ALLOCATION_GRANULARITY_UNSPECIFIED: AllocationGranularity
ALLOCATION_GRANULARITY_NODE: AllocationGranularity
ALLOCATION_GRANULARITY_DOMAIN: AllocationGranularity
COOLING_KIND_UNSPECIFIED: CoolingKind
COOLING_KIND_DRY_COOLER: CoolingKind
COOLING_KIND_CHILLER: CoolingKind
COOLING_KIND_POINTS: CoolingKind
QUANTITY_UNSPECIFIED: Quantity
QUANTITY_IMPORT_LIMIT_KW: Quantity
QUANTITY_PUE: Quantity
QUANTITY_OVERHEAD_KW: Quantity
QUANTITY_ENERGY_PRICE_PER_MWH: Quantity
QUANTITY_CARBON_INTENSITY_G_PER_KWH: Quantity
QUANTITY_OUTSIDE_TEMPERATURE_C: Quantity
GROUP_KIND_UNSPECIFIED: GroupKind
GROUP_KIND_SAME_SITE: GroupKind
GROUP_KIND_DIFFERENT_SITES: GroupKind
GROUP_KIND_SAME_HALL: GroupKind
GROUP_KIND_SAME_POOL: GroupKind
GROUP_KIND_SAME_DOMAIN: GroupKind

class ChurnBudget(_message.Message):
    __slots__ = ("max_change_count", "max_gpu_hours")
    MAX_CHANGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    MAX_GPU_HOURS_FIELD_NUMBER: _ClassVar[int]
    max_change_count: int
    max_gpu_hours: float
    def __init__(self, max_change_count: _Optional[int] = ..., max_gpu_hours: _Optional[float] = ...) -> None: ...

class Problem(_message.Message):
    __slots__ = ("name", "currency", "time_grid", "carbon_price_per_tonne", "sites", "jobs", "tenants", "groups", "precedences", "links", "resources", "churn_budget", "exchange_rates")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    TIME_GRID_FIELD_NUMBER: _ClassVar[int]
    CARBON_PRICE_PER_TONNE_FIELD_NUMBER: _ClassVar[int]
    SITES_FIELD_NUMBER: _ClassVar[int]
    JOBS_FIELD_NUMBER: _ClassVar[int]
    TENANTS_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    PRECEDENCES_FIELD_NUMBER: _ClassVar[int]
    LINKS_FIELD_NUMBER: _ClassVar[int]
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    CHURN_BUDGET_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_RATES_FIELD_NUMBER: _ClassVar[int]
    name: str
    currency: str
    time_grid: TimeGrid
    carbon_price_per_tonne: float
    sites: _containers.RepeatedCompositeFieldContainer[Site]
    jobs: _containers.RepeatedCompositeFieldContainer[Job]
    tenants: _containers.RepeatedCompositeFieldContainer[Tenant]
    groups: _containers.RepeatedCompositeFieldContainer[Group]
    precedences: _containers.RepeatedCompositeFieldContainer[Precedence]
    links: _containers.RepeatedCompositeFieldContainer[Link]
    resources: _containers.RepeatedCompositeFieldContainer[Resource]
    churn_budget: ChurnBudget
    exchange_rates: _containers.RepeatedCompositeFieldContainer[ExchangeRate]
    def __init__(self, name: _Optional[str] = ..., currency: _Optional[str] = ..., time_grid: _Optional[_Union[TimeGrid, _Mapping]] = ..., carbon_price_per_tonne: _Optional[float] = ..., sites: _Optional[_Iterable[_Union[Site, _Mapping]]] = ..., jobs: _Optional[_Iterable[_Union[Job, _Mapping]]] = ..., tenants: _Optional[_Iterable[_Union[Tenant, _Mapping]]] = ..., groups: _Optional[_Iterable[_Union[Group, _Mapping]]] = ..., precedences: _Optional[_Iterable[_Union[Precedence, _Mapping]]] = ..., links: _Optional[_Iterable[_Union[Link, _Mapping]]] = ..., resources: _Optional[_Iterable[_Union[Resource, _Mapping]]] = ..., churn_budget: _Optional[_Union[ChurnBudget, _Mapping]] = ..., exchange_rates: _Optional[_Iterable[_Union[ExchangeRate, _Mapping]]] = ...) -> None: ...

class TimeGrid(_message.Message):
    __slots__ = ("start_time", "slot_duration", "slot_count")
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    SLOT_DURATION_FIELD_NUMBER: _ClassVar[int]
    SLOT_COUNT_FIELD_NUMBER: _ClassVar[int]
    start_time: _timestamp_pb2.Timestamp
    slot_duration: _duration_pb2.Duration
    slot_count: int
    def __init__(self, start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., slot_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., slot_count: _Optional[int] = ...) -> None: ...

class Resource(_message.Message):
    __slots__ = ("name", "capacity", "consumable")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    CONSUMABLE_FIELD_NUMBER: _ClassVar[int]
    name: str
    capacity: _containers.RepeatedScalarFieldContainer[int]
    consumable: bool
    def __init__(self, name: _Optional[str] = ..., capacity: _Optional[_Iterable[int]] = ..., consumable: _Optional[bool] = ...) -> None: ...

class GpuPool(_message.Message):
    __slots__ = ("name", "gpu_model", "node_count", "gpus_per_node", "nodes_per_domain", "allocation_granularity", "liquid_heat_share", "resources", "whole_domain_count", "maintenance", "failure_buffer_node_count")
    NAME_FIELD_NUMBER: _ClassVar[int]
    GPU_MODEL_FIELD_NUMBER: _ClassVar[int]
    NODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    GPUS_PER_NODE_FIELD_NUMBER: _ClassVar[int]
    NODES_PER_DOMAIN_FIELD_NUMBER: _ClassVar[int]
    ALLOCATION_GRANULARITY_FIELD_NUMBER: _ClassVar[int]
    LIQUID_HEAT_SHARE_FIELD_NUMBER: _ClassVar[int]
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    WHOLE_DOMAIN_COUNT_FIELD_NUMBER: _ClassVar[int]
    MAINTENANCE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_BUFFER_NODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    gpu_model: str
    node_count: _containers.RepeatedScalarFieldContainer[int]
    gpus_per_node: int
    nodes_per_domain: int
    allocation_granularity: AllocationGranularity
    liquid_heat_share: float
    resources: _containers.RepeatedCompositeFieldContainer[Resource]
    whole_domain_count: int
    maintenance: _containers.RepeatedCompositeFieldContainer[Maintenance]
    failure_buffer_node_count: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, name: _Optional[str] = ..., gpu_model: _Optional[str] = ..., node_count: _Optional[_Iterable[int]] = ..., gpus_per_node: _Optional[int] = ..., nodes_per_domain: _Optional[int] = ..., allocation_granularity: _Optional[_Union[AllocationGranularity, str]] = ..., liquid_heat_share: _Optional[float] = ..., resources: _Optional[_Iterable[_Union[Resource, _Mapping]]] = ..., whole_domain_count: _Optional[int] = ..., maintenance: _Optional[_Iterable[_Union[Maintenance, _Mapping]]] = ..., failure_buffer_node_count: _Optional[_Iterable[int]] = ...) -> None: ...

class Maintenance(_message.Message):
    __slots__ = ("node", "domain", "start_time", "end_time")
    NODE_FIELD_NUMBER: _ClassVar[int]
    DOMAIN_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    node: int
    domain: int
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, node: _Optional[int] = ..., domain: _Optional[int] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CurvePoint(_message.Message):
    __slots__ = ("temperature_c", "value")
    TEMPERATURE_C_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    temperature_c: float
    value: float
    def __init__(self, temperature_c: _Optional[float] = ..., value: _Optional[float] = ...) -> None: ...

class CoolingCurve(_message.Message):
    __slots__ = ("kind", "rated_kw", "rated_temperature_c", "loop_temperature_c", "derating_per_c", "max_kw", "points")
    KIND_FIELD_NUMBER: _ClassVar[int]
    RATED_KW_FIELD_NUMBER: _ClassVar[int]
    RATED_TEMPERATURE_C_FIELD_NUMBER: _ClassVar[int]
    LOOP_TEMPERATURE_C_FIELD_NUMBER: _ClassVar[int]
    DERATING_PER_C_FIELD_NUMBER: _ClassVar[int]
    MAX_KW_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    kind: CoolingKind
    rated_kw: float
    rated_temperature_c: float
    loop_temperature_c: float
    derating_per_c: float
    max_kw: float
    points: _containers.RepeatedCompositeFieldContainer[CurvePoint]
    def __init__(self, kind: _Optional[_Union[CoolingKind, str]] = ..., rated_kw: _Optional[float] = ..., rated_temperature_c: _Optional[float] = ..., loop_temperature_c: _Optional[float] = ..., derating_per_c: _Optional[float] = ..., max_kw: _Optional[float] = ..., points: _Optional[_Iterable[_Union[CurvePoint, _Mapping]]] = ...) -> None: ...

class PueCurve(_message.Message):
    __slots__ = ("free_cooling_pue", "free_cooling_temperature_c", "chiller_pue", "chiller_temperature_c", "points")
    FREE_COOLING_PUE_FIELD_NUMBER: _ClassVar[int]
    FREE_COOLING_TEMPERATURE_C_FIELD_NUMBER: _ClassVar[int]
    CHILLER_PUE_FIELD_NUMBER: _ClassVar[int]
    CHILLER_TEMPERATURE_C_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    free_cooling_pue: float
    free_cooling_temperature_c: float
    chiller_pue: float
    chiller_temperature_c: float
    points: _containers.RepeatedCompositeFieldContainer[CurvePoint]
    def __init__(self, free_cooling_pue: _Optional[float] = ..., free_cooling_temperature_c: _Optional[float] = ..., chiller_pue: _Optional[float] = ..., chiller_temperature_c: _Optional[float] = ..., points: _Optional[_Iterable[_Union[CurvePoint, _Mapping]]] = ...) -> None: ...

class TimedSeries(_message.Message):
    __slots__ = ("quantity", "start_time", "step_duration", "values", "currency")
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    STEP_DURATION_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    quantity: Quantity
    start_time: _timestamp_pb2.Timestamp
    step_duration: _duration_pb2.Duration
    values: _containers.RepeatedScalarFieldContainer[float]
    currency: str
    def __init__(self, quantity: _Optional[_Union[Quantity, str]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., step_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., values: _Optional[_Iterable[float]] = ..., currency: _Optional[str] = ...) -> None: ...

class ExchangeRate(_message.Message):
    __slots__ = ("currency", "rate")
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    currency: str
    rate: float
    def __init__(self, currency: _Optional[str] = ..., rate: _Optional[float] = ...) -> None: ...

class Commitment(_message.Message):
    __slots__ = ("standby_power_kw", "start_up_cost", "shut_down_cost", "min_up_duration", "min_down_duration", "initially_on", "finally_off")
    STANDBY_POWER_KW_FIELD_NUMBER: _ClassVar[int]
    START_UP_COST_FIELD_NUMBER: _ClassVar[int]
    SHUT_DOWN_COST_FIELD_NUMBER: _ClassVar[int]
    MIN_UP_DURATION_FIELD_NUMBER: _ClassVar[int]
    MIN_DOWN_DURATION_FIELD_NUMBER: _ClassVar[int]
    INITIALLY_ON_FIELD_NUMBER: _ClassVar[int]
    FINALLY_OFF_FIELD_NUMBER: _ClassVar[int]
    standby_power_kw: float
    start_up_cost: float
    shut_down_cost: float
    min_up_duration: _duration_pb2.Duration
    min_down_duration: _duration_pb2.Duration
    initially_on: bool
    finally_off: bool
    def __init__(self, standby_power_kw: _Optional[float] = ..., start_up_cost: _Optional[float] = ..., shut_down_cost: _Optional[float] = ..., min_up_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., min_down_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., initially_on: _Optional[bool] = ..., finally_off: _Optional[bool] = ...) -> None: ...

class Hall(_message.Message):
    __slots__ = ("name", "it_power_limit_kw", "liquid_cooling_limit_kw", "air_cooling_limit_kw", "pools", "commitment", "liquid_cooling_curve", "air_cooling_curve")
    NAME_FIELD_NUMBER: _ClassVar[int]
    IT_POWER_LIMIT_KW_FIELD_NUMBER: _ClassVar[int]
    LIQUID_COOLING_LIMIT_KW_FIELD_NUMBER: _ClassVar[int]
    AIR_COOLING_LIMIT_KW_FIELD_NUMBER: _ClassVar[int]
    POOLS_FIELD_NUMBER: _ClassVar[int]
    COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    LIQUID_COOLING_CURVE_FIELD_NUMBER: _ClassVar[int]
    AIR_COOLING_CURVE_FIELD_NUMBER: _ClassVar[int]
    name: str
    it_power_limit_kw: _containers.RepeatedScalarFieldContainer[float]
    liquid_cooling_limit_kw: _containers.RepeatedScalarFieldContainer[float]
    air_cooling_limit_kw: _containers.RepeatedScalarFieldContainer[float]
    pools: _containers.RepeatedCompositeFieldContainer[GpuPool]
    commitment: Commitment
    liquid_cooling_curve: CoolingCurve
    air_cooling_curve: CoolingCurve
    def __init__(self, name: _Optional[str] = ..., it_power_limit_kw: _Optional[_Iterable[float]] = ..., liquid_cooling_limit_kw: _Optional[_Iterable[float]] = ..., air_cooling_limit_kw: _Optional[_Iterable[float]] = ..., pools: _Optional[_Iterable[_Union[GpuPool, _Mapping]]] = ..., commitment: _Optional[_Union[Commitment, _Mapping]] = ..., liquid_cooling_curve: _Optional[_Union[CoolingCurve, _Mapping]] = ..., air_cooling_curve: _Optional[_Union[CoolingCurve, _Mapping]] = ...) -> None: ...

class FlexibleLoad(_message.Message):
    __slots__ = ("name", "power_kw", "value_per_mwh", "hall")
    NAME_FIELD_NUMBER: _ClassVar[int]
    POWER_KW_FIELD_NUMBER: _ClassVar[int]
    VALUE_PER_MWH_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    name: str
    power_kw: _containers.RepeatedScalarFieldContainer[float]
    value_per_mwh: _containers.RepeatedScalarFieldContainer[float]
    hall: str
    def __init__(self, name: _Optional[str] = ..., power_kw: _Optional[_Iterable[float]] = ..., value_per_mwh: _Optional[_Iterable[float]] = ..., hall: _Optional[str] = ...) -> None: ...

class HeatOfftake(_message.Message):
    __slots__ = ("limit_kw", "price_per_mwh", "recovered_share")
    LIMIT_KW_FIELD_NUMBER: _ClassVar[int]
    PRICE_PER_MWH_FIELD_NUMBER: _ClassVar[int]
    RECOVERED_SHARE_FIELD_NUMBER: _ClassVar[int]
    limit_kw: _containers.RepeatedScalarFieldContainer[float]
    price_per_mwh: _containers.RepeatedScalarFieldContainer[float]
    recovered_share: float
    def __init__(self, limit_kw: _Optional[_Iterable[float]] = ..., price_per_mwh: _Optional[_Iterable[float]] = ..., recovered_share: _Optional[float] = ...) -> None: ...

class Battery(_message.Message):
    __slots__ = ("energy_capacity_kwh", "charge_limit_kw", "discharge_limit_kw", "round_trip_efficiency", "initial_energy_kwh", "least_final_energy_kwh")
    ENERGY_CAPACITY_KWH_FIELD_NUMBER: _ClassVar[int]
    CHARGE_LIMIT_KW_FIELD_NUMBER: _ClassVar[int]
    DISCHARGE_LIMIT_KW_FIELD_NUMBER: _ClassVar[int]
    ROUND_TRIP_EFFICIENCY_FIELD_NUMBER: _ClassVar[int]
    INITIAL_ENERGY_KWH_FIELD_NUMBER: _ClassVar[int]
    LEAST_FINAL_ENERGY_KWH_FIELD_NUMBER: _ClassVar[int]
    energy_capacity_kwh: float
    charge_limit_kw: float
    discharge_limit_kw: float
    round_trip_efficiency: float
    initial_energy_kwh: float
    least_final_energy_kwh: float
    def __init__(self, energy_capacity_kwh: _Optional[float] = ..., charge_limit_kw: _Optional[float] = ..., discharge_limit_kw: _Optional[float] = ..., round_trip_efficiency: _Optional[float] = ..., initial_energy_kwh: _Optional[float] = ..., least_final_energy_kwh: _Optional[float] = ...) -> None: ...

class Site(_message.Message):
    __slots__ = ("name", "region_code", "time_zone", "import_limit_kw", "pue", "overhead_kw", "energy_price_per_mwh", "carbon_intensity_g_per_kwh", "energy_budget_mwh", "carbon_budget_kg", "halls", "resources", "flexible_loads", "heat_offtake", "battery", "demand_charge_per_kw", "outside_temperature_c", "pue_curve", "timed_series")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    IMPORT_LIMIT_KW_FIELD_NUMBER: _ClassVar[int]
    PUE_FIELD_NUMBER: _ClassVar[int]
    OVERHEAD_KW_FIELD_NUMBER: _ClassVar[int]
    ENERGY_PRICE_PER_MWH_FIELD_NUMBER: _ClassVar[int]
    CARBON_INTENSITY_G_PER_KWH_FIELD_NUMBER: _ClassVar[int]
    ENERGY_BUDGET_MWH_FIELD_NUMBER: _ClassVar[int]
    CARBON_BUDGET_KG_FIELD_NUMBER: _ClassVar[int]
    HALLS_FIELD_NUMBER: _ClassVar[int]
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    FLEXIBLE_LOADS_FIELD_NUMBER: _ClassVar[int]
    HEAT_OFFTAKE_FIELD_NUMBER: _ClassVar[int]
    BATTERY_FIELD_NUMBER: _ClassVar[int]
    DEMAND_CHARGE_PER_KW_FIELD_NUMBER: _ClassVar[int]
    OUTSIDE_TEMPERATURE_C_FIELD_NUMBER: _ClassVar[int]
    PUE_CURVE_FIELD_NUMBER: _ClassVar[int]
    TIMED_SERIES_FIELD_NUMBER: _ClassVar[int]
    name: str
    region_code: str
    time_zone: str
    import_limit_kw: _containers.RepeatedScalarFieldContainer[float]
    pue: _containers.RepeatedScalarFieldContainer[float]
    overhead_kw: _containers.RepeatedScalarFieldContainer[float]
    energy_price_per_mwh: _containers.RepeatedScalarFieldContainer[float]
    carbon_intensity_g_per_kwh: _containers.RepeatedScalarFieldContainer[float]
    energy_budget_mwh: float
    carbon_budget_kg: float
    halls: _containers.RepeatedCompositeFieldContainer[Hall]
    resources: _containers.RepeatedCompositeFieldContainer[Resource]
    flexible_loads: _containers.RepeatedCompositeFieldContainer[FlexibleLoad]
    heat_offtake: HeatOfftake
    battery: Battery
    demand_charge_per_kw: float
    outside_temperature_c: _containers.RepeatedScalarFieldContainer[float]
    pue_curve: PueCurve
    timed_series: _containers.RepeatedCompositeFieldContainer[TimedSeries]
    def __init__(self, name: _Optional[str] = ..., region_code: _Optional[str] = ..., time_zone: _Optional[str] = ..., import_limit_kw: _Optional[_Iterable[float]] = ..., pue: _Optional[_Iterable[float]] = ..., overhead_kw: _Optional[_Iterable[float]] = ..., energy_price_per_mwh: _Optional[_Iterable[float]] = ..., carbon_intensity_g_per_kwh: _Optional[_Iterable[float]] = ..., energy_budget_mwh: _Optional[float] = ..., carbon_budget_kg: _Optional[float] = ..., halls: _Optional[_Iterable[_Union[Hall, _Mapping]]] = ..., resources: _Optional[_Iterable[_Union[Resource, _Mapping]]] = ..., flexible_loads: _Optional[_Iterable[_Union[FlexibleLoad, _Mapping]]] = ..., heat_offtake: _Optional[_Union[HeatOfftake, _Mapping]] = ..., battery: _Optional[_Union[Battery, _Mapping]] = ..., demand_charge_per_kw: _Optional[float] = ..., outside_temperature_c: _Optional[_Iterable[float]] = ..., pue_curve: _Optional[_Union[PueCurve, _Mapping]] = ..., timed_series: _Optional[_Iterable[_Union[TimedSeries, _Mapping]]] = ...) -> None: ...

class ResourceUse(_message.Message):
    __slots__ = ("name", "amount")
    NAME_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    amount: int
    def __init__(self, name: _Optional[str] = ..., amount: _Optional[int] = ...) -> None: ...

class Mode(_message.Message):
    __slots__ = ("name", "gpu_model", "gpu_count", "duration", "it_power_kw", "power_cap_w", "value", "cost", "liquid_heat_kw", "air_heat_kw", "resource_uses", "pools", "sites", "allocation_granularity")
    NAME_FIELD_NUMBER: _ClassVar[int]
    GPU_MODEL_FIELD_NUMBER: _ClassVar[int]
    GPU_COUNT_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    IT_POWER_KW_FIELD_NUMBER: _ClassVar[int]
    POWER_CAP_W_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    LIQUID_HEAT_KW_FIELD_NUMBER: _ClassVar[int]
    AIR_HEAT_KW_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_USES_FIELD_NUMBER: _ClassVar[int]
    POOLS_FIELD_NUMBER: _ClassVar[int]
    SITES_FIELD_NUMBER: _ClassVar[int]
    ALLOCATION_GRANULARITY_FIELD_NUMBER: _ClassVar[int]
    name: str
    gpu_model: str
    gpu_count: int
    duration: _duration_pb2.Duration
    it_power_kw: float
    power_cap_w: float
    value: float
    cost: float
    liquid_heat_kw: float
    air_heat_kw: float
    resource_uses: _containers.RepeatedCompositeFieldContainer[ResourceUse]
    pools: _containers.RepeatedScalarFieldContainer[str]
    sites: _containers.RepeatedScalarFieldContainer[str]
    allocation_granularity: AllocationGranularity
    def __init__(self, name: _Optional[str] = ..., gpu_model: _Optional[str] = ..., gpu_count: _Optional[int] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., it_power_kw: _Optional[float] = ..., power_cap_w: _Optional[float] = ..., value: _Optional[float] = ..., cost: _Optional[float] = ..., liquid_heat_kw: _Optional[float] = ..., air_heat_kw: _Optional[float] = ..., resource_uses: _Optional[_Iterable[_Union[ResourceUse, _Mapping]]] = ..., pools: _Optional[_Iterable[str]] = ..., sites: _Optional[_Iterable[str]] = ..., allocation_granularity: _Optional[_Union[AllocationGranularity, str]] = ...) -> None: ...

class GpuThroughput(_message.Message):
    __slots__ = ("gpu_model", "relative_speed", "it_power_kw_per_gpu")
    GPU_MODEL_FIELD_NUMBER: _ClassVar[int]
    RELATIVE_SPEED_FIELD_NUMBER: _ClassVar[int]
    IT_POWER_KW_PER_GPU_FIELD_NUMBER: _ClassVar[int]
    gpu_model: str
    relative_speed: float
    it_power_kw_per_gpu: float
    def __init__(self, gpu_model: _Optional[str] = ..., relative_speed: _Optional[float] = ..., it_power_kw_per_gpu: _Optional[float] = ...) -> None: ...

class WidthEfficiency(_message.Message):
    __slots__ = ("gpu_count", "efficiency")
    GPU_COUNT_FIELD_NUMBER: _ClassVar[int]
    EFFICIENCY_FIELD_NUMBER: _ClassVar[int]
    gpu_count: int
    efficiency: float
    def __init__(self, gpu_count: _Optional[int] = ..., efficiency: _Optional[float] = ...) -> None: ...

class PowerCap(_message.Message):
    __slots__ = ("power_share", "speed_share")
    POWER_SHARE_FIELD_NUMBER: _ClassVar[int]
    SPEED_SHARE_FIELD_NUMBER: _ClassVar[int]
    power_share: float
    speed_share: float
    def __init__(self, power_share: _Optional[float] = ..., speed_share: _Optional[float] = ...) -> None: ...

class WorkProfile(_message.Message):
    __slots__ = ("gpu_hours", "throughputs", "widths", "power_caps")
    GPU_HOURS_FIELD_NUMBER: _ClassVar[int]
    THROUGHPUTS_FIELD_NUMBER: _ClassVar[int]
    WIDTHS_FIELD_NUMBER: _ClassVar[int]
    POWER_CAPS_FIELD_NUMBER: _ClassVar[int]
    gpu_hours: float
    throughputs: _containers.RepeatedCompositeFieldContainer[GpuThroughput]
    widths: _containers.RepeatedCompositeFieldContainer[WidthEfficiency]
    power_caps: _containers.RepeatedCompositeFieldContainer[PowerCap]
    def __init__(self, gpu_hours: _Optional[float] = ..., throughputs: _Optional[_Iterable[_Union[GpuThroughput, _Mapping]]] = ..., widths: _Optional[_Iterable[_Union[WidthEfficiency, _Mapping]]] = ..., power_caps: _Optional[_Iterable[_Union[PowerCap, _Mapping]]] = ...) -> None: ...

class DataSet(_message.Message):
    __slots__ = ("sites", "size_gb")
    SITES_FIELD_NUMBER: _ClassVar[int]
    SIZE_GB_FIELD_NUMBER: _ClassVar[int]
    sites: _containers.RepeatedScalarFieldContainer[str]
    size_gb: float
    def __init__(self, sites: _Optional[_Iterable[str]] = ..., size_gb: _Optional[float] = ...) -> None: ...

class RunningPlacement(_message.Message):
    __slots__ = ("pool", "mode", "movable", "move_cost", "resize_cost", "stop_cost", "nodes")
    POOL_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    MOVABLE_FIELD_NUMBER: _ClassVar[int]
    MOVE_COST_FIELD_NUMBER: _ClassVar[int]
    RESIZE_COST_FIELD_NUMBER: _ClassVar[int]
    STOP_COST_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    pool: str
    mode: str
    movable: bool
    move_cost: float
    resize_cost: float
    stop_cost: float
    nodes: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, pool: _Optional[str] = ..., mode: _Optional[str] = ..., movable: _Optional[bool] = ..., move_cost: _Optional[float] = ..., resize_cost: _Optional[float] = ..., stop_cost: _Optional[float] = ..., nodes: _Optional[_Iterable[int]] = ...) -> None: ...

class Preemption(_message.Message):
    __slots__ = ("max_pause_count", "min_run_duration", "resume_duration", "resume_cost", "checkpoint_size_gb", "may_resume_elsewhere", "vacate_duration")
    MAX_PAUSE_COUNT_FIELD_NUMBER: _ClassVar[int]
    MIN_RUN_DURATION_FIELD_NUMBER: _ClassVar[int]
    RESUME_DURATION_FIELD_NUMBER: _ClassVar[int]
    RESUME_COST_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_SIZE_GB_FIELD_NUMBER: _ClassVar[int]
    MAY_RESUME_ELSEWHERE_FIELD_NUMBER: _ClassVar[int]
    VACATE_DURATION_FIELD_NUMBER: _ClassVar[int]
    max_pause_count: int
    min_run_duration: _duration_pb2.Duration
    resume_duration: _duration_pb2.Duration
    resume_cost: float
    checkpoint_size_gb: float
    may_resume_elsewhere: bool
    vacate_duration: _duration_pb2.Duration
    def __init__(self, max_pause_count: _Optional[int] = ..., min_run_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., resume_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., resume_cost: _Optional[float] = ..., checkpoint_size_gb: _Optional[float] = ..., may_resume_elsewhere: _Optional[bool] = ..., vacate_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Elasticity(_message.Message):
    __slots__ = ("max_change_count", "change_duration", "change_cost", "min_run_duration", "work_step_count")
    MAX_CHANGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    CHANGE_DURATION_FIELD_NUMBER: _ClassVar[int]
    CHANGE_COST_FIELD_NUMBER: _ClassVar[int]
    MIN_RUN_DURATION_FIELD_NUMBER: _ClassVar[int]
    WORK_STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    max_change_count: int
    change_duration: _duration_pb2.Duration
    change_cost: float
    min_run_duration: _duration_pb2.Duration
    work_step_count: int
    def __init__(self, max_change_count: _Optional[int] = ..., change_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., change_cost: _Optional[float] = ..., min_run_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., work_step_count: _Optional[int] = ...) -> None: ...

class Job(_message.Message):
    __slots__ = ("name", "tenant", "value", "earliest_start_time", "due_time", "tardiness_cost_per_hour", "latest_end_time", "allowed_regions", "denied_regions", "allowed_sites", "denied_sites", "data_set", "running", "modes", "work_profile", "preemption", "priority_tier", "elasticity")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    EARLIEST_START_TIME_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    TARDINESS_COST_PER_HOUR_FIELD_NUMBER: _ClassVar[int]
    LATEST_END_TIME_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_REGIONS_FIELD_NUMBER: _ClassVar[int]
    DENIED_REGIONS_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_SITES_FIELD_NUMBER: _ClassVar[int]
    DENIED_SITES_FIELD_NUMBER: _ClassVar[int]
    DATA_SET_FIELD_NUMBER: _ClassVar[int]
    RUNNING_FIELD_NUMBER: _ClassVar[int]
    MODES_FIELD_NUMBER: _ClassVar[int]
    WORK_PROFILE_FIELD_NUMBER: _ClassVar[int]
    PREEMPTION_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_TIER_FIELD_NUMBER: _ClassVar[int]
    ELASTICITY_FIELD_NUMBER: _ClassVar[int]
    name: str
    tenant: str
    value: float
    earliest_start_time: _timestamp_pb2.Timestamp
    due_time: _timestamp_pb2.Timestamp
    tardiness_cost_per_hour: float
    latest_end_time: _timestamp_pb2.Timestamp
    allowed_regions: _containers.RepeatedScalarFieldContainer[str]
    denied_regions: _containers.RepeatedScalarFieldContainer[str]
    allowed_sites: _containers.RepeatedScalarFieldContainer[str]
    denied_sites: _containers.RepeatedScalarFieldContainer[str]
    data_set: DataSet
    running: RunningPlacement
    modes: _containers.RepeatedCompositeFieldContainer[Mode]
    work_profile: WorkProfile
    preemption: Preemption
    priority_tier: int
    elasticity: Elasticity
    def __init__(self, name: _Optional[str] = ..., tenant: _Optional[str] = ..., value: _Optional[float] = ..., earliest_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., tardiness_cost_per_hour: _Optional[float] = ..., latest_end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., allowed_regions: _Optional[_Iterable[str]] = ..., denied_regions: _Optional[_Iterable[str]] = ..., allowed_sites: _Optional[_Iterable[str]] = ..., denied_sites: _Optional[_Iterable[str]] = ..., data_set: _Optional[_Union[DataSet, _Mapping]] = ..., running: _Optional[_Union[RunningPlacement, _Mapping]] = ..., modes: _Optional[_Iterable[_Union[Mode, _Mapping]]] = ..., work_profile: _Optional[_Union[WorkProfile, _Mapping]] = ..., preemption: _Optional[_Union[Preemption, _Mapping]] = ..., priority_tier: _Optional[int] = ..., elasticity: _Optional[_Union[Elasticity, _Mapping]] = ...) -> None: ...

class Quota(_message.Message):
    __slots__ = ("gpu_count", "site", "pool", "gpu_model")
    GPU_COUNT_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    GPU_MODEL_FIELD_NUMBER: _ClassVar[int]
    gpu_count: int
    site: str
    pool: str
    gpu_model: str
    def __init__(self, gpu_count: _Optional[int] = ..., site: _Optional[str] = ..., pool: _Optional[str] = ..., gpu_model: _Optional[str] = ...) -> None: ...

class Reservation(_message.Message):
    __slots__ = ("pool", "node_count", "reclaim_duration", "fee_per_node_hour")
    POOL_FIELD_NUMBER: _ClassVar[int]
    NODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    RECLAIM_DURATION_FIELD_NUMBER: _ClassVar[int]
    FEE_PER_NODE_HOUR_FIELD_NUMBER: _ClassVar[int]
    pool: str
    node_count: _containers.RepeatedScalarFieldContainer[int]
    reclaim_duration: _duration_pb2.Duration
    fee_per_node_hour: float
    def __init__(self, pool: _Optional[str] = ..., node_count: _Optional[_Iterable[int]] = ..., reclaim_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., fee_per_node_hour: _Optional[float] = ...) -> None: ...

class ShareFloor(_message.Message):
    __slots__ = ("gpu_hours", "shortfall_cost_per_gpu_hour")
    GPU_HOURS_FIELD_NUMBER: _ClassVar[int]
    SHORTFALL_COST_PER_GPU_HOUR_FIELD_NUMBER: _ClassVar[int]
    gpu_hours: float
    shortfall_cost_per_gpu_hour: float
    def __init__(self, gpu_hours: _Optional[float] = ..., shortfall_cost_per_gpu_hour: _Optional[float] = ...) -> None: ...

class Tenant(_message.Message):
    __slots__ = ("name", "quotas", "reservations", "share_floor")
    NAME_FIELD_NUMBER: _ClassVar[int]
    QUOTAS_FIELD_NUMBER: _ClassVar[int]
    RESERVATIONS_FIELD_NUMBER: _ClassVar[int]
    SHARE_FLOOR_FIELD_NUMBER: _ClassVar[int]
    name: str
    quotas: _containers.RepeatedCompositeFieldContainer[Quota]
    reservations: _containers.RepeatedCompositeFieldContainer[Reservation]
    share_floor: ShareFloor
    def __init__(self, name: _Optional[str] = ..., quotas: _Optional[_Iterable[_Union[Quota, _Mapping]]] = ..., reservations: _Optional[_Iterable[_Union[Reservation, _Mapping]]] = ..., share_floor: _Optional[_Union[ShareFloor, _Mapping]] = ...) -> None: ...

class Group(_message.Message):
    __slots__ = ("name", "kind", "jobs")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    JOBS_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: GroupKind
    jobs: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[_Union[GroupKind, str]] = ..., jobs: _Optional[_Iterable[str]] = ...) -> None: ...

class Precedence(_message.Message):
    __slots__ = ("predecessor", "successor", "lag")
    PREDECESSOR_FIELD_NUMBER: _ClassVar[int]
    SUCCESSOR_FIELD_NUMBER: _ClassVar[int]
    LAG_FIELD_NUMBER: _ClassVar[int]
    predecessor: str
    successor: str
    lag: _duration_pb2.Duration
    def __init__(self, predecessor: _Optional[str] = ..., successor: _Optional[str] = ..., lag: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Link(_message.Message):
    __slots__ = ("from_site", "to_site", "throughput_gb_per_hour", "cost_per_gb", "capacity_limited", "capacity_gb_per_hour")
    FROM_SITE_FIELD_NUMBER: _ClassVar[int]
    TO_SITE_FIELD_NUMBER: _ClassVar[int]
    THROUGHPUT_GB_PER_HOUR_FIELD_NUMBER: _ClassVar[int]
    COST_PER_GB_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_LIMITED_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_GB_PER_HOUR_FIELD_NUMBER: _ClassVar[int]
    from_site: str
    to_site: str
    throughput_gb_per_hour: float
    cost_per_gb: float
    capacity_limited: bool
    capacity_gb_per_hour: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, from_site: _Optional[str] = ..., to_site: _Optional[str] = ..., throughput_gb_per_hour: _Optional[float] = ..., cost_per_gb: _Optional[float] = ..., capacity_limited: _Optional[bool] = ..., capacity_gb_per_hour: _Optional[_Iterable[float]] = ...) -> None: ...
