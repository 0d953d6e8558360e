import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from loadstone.v1 import problem_pb2 as _problem_pb2
from loadstone.v1 import solution_pb2 as _solution_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Rule(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RULE_UNSPECIFIED: _ClassVar[Rule]
    RULE_UNKNOWN_JOB: _ClassVar[Rule]
    RULE_UNKNOWN_MODE: _ClassVar[Rule]
    RULE_UNKNOWN_POOL: _ClassVar[Rule]
    RULE_JOB_PLACED_TWICE: _ClassVar[Rule]
    RULE_MANDATORY_JOB_LEFT_OUT: _ClassVar[Rule]
    RULE_NOT_ALLOWED_HERE: _ClassVar[Rule]
    RULE_DATA_NOT_REACHABLE: _ClassVar[Rule]
    RULE_STARTS_TOO_EARLY: _ClassVar[Rule]
    RULE_ENDS_TOO_LATE: _ClassVar[Rule]
    RULE_NOT_MOVABLE: _ClassVar[Rule]
    RULE_LIMIT_EXCEEDED: _ClassVar[Rule]
    RULE_CLAIM_DIFFERS: _ClassVar[Rule]
    RULE_CERTIFICATE_MALFORMED: _ClassVar[Rule]
    RULE_CERTIFICATE_ROW_BROKEN: _ClassVar[Rule]
    RULE_BOUND_NOT_PROVED: _ClassVar[Rule]
    RULE_PIECES_MALFORMED: _ClassVar[Rule]
    RULE_PAUSES_TOO_OFTEN: _ClassVar[Rule]
    RULE_CHANGES_TOO_OFTEN: _ClassVar[Rule]
    RULE_RESUMES_ELSEWHERE: _ClassVar[Rule]
    RULE_CHECKPOINT_NOT_THERE: _ClassVar[Rule]
    RULE_RUN_TOO_SHORT: _ClassVar[Rule]
    RULE_WORK_NOT_DONE: _ClassVar[Rule]
    RULE_WORK_OVERDONE: _ClassVar[Rule]
    RULE_GROUP_SPLIT: _ClassVar[Rule]
    RULE_GROUP_NOT_APART: _ClassVar[Rule]
    RULE_PREDECESSOR_NOT_PLACED: _ClassVar[Rule]
    RULE_STARTS_BEFORE_PREDECESSOR_ENDS: _ClassVar[Rule]
    RULE_UNKNOWN_HALL: _ClassVar[Rule]
    RULE_HALL_SCHEDULE_MALFORMED: _ClassVar[Rule]
    RULE_HALL_OFF: _ClassVar[Rule]
    RULE_HALL_ON_TOO_SHORT: _ClassVar[Rule]
    RULE_HALL_OFF_TOO_SHORT: _ClassVar[Rule]
    RULE_BINDING_MALFORMED: _ClassVar[Rule]
    RULE_NODE_OUTSIDE: _ClassVar[Rule]
    RULE_NODE_USED_TWICE: _ClassVar[Rule]
    RULE_NODE_IN_MAINTENANCE: _ClassVar[Rule]
    RULE_DOMAIN_NOT_WHOLE: _ClassVar[Rule]
    RULE_BUFFER_NOT_FREE: _ClassVar[Rule]
    RULE_OPERATION_MALFORMED: _ClassVar[Rule]
    RULE_OPERATION_OUT_OF_RANGE: _ClassVar[Rule]
    RULE_BATTERY_BOTH_WAYS: _ClassVar[Rule]
    RULE_BATTERY_ENERGY_OUT_OF_RANGE: _ClassVar[Rule]

class ChangeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANGE_KIND_UNSPECIFIED: _ClassVar[ChangeKind]
    CHANGE_KIND_PLACED: _ClassVar[ChangeKind]
    CHANGE_KIND_LEFT_OUT: _ClassVar[ChangeKind]
    CHANGE_KIND_FINISHED: _ClassVar[ChangeKind]
    CHANGE_KIND_GONE: _ClassVar[ChangeKind]
    CHANGE_KIND_MOVED: _ClassVar[ChangeKind]
    CHANGE_KIND_RESIZED: _ClassVar[ChangeKind]
    CHANGE_KIND_SHIFTED: _ClassVar[ChangeKind]
    CHANGE_KIND_REARRANGED: _ClassVar[ChangeKind]
    CHANGE_KIND_REPRICED: _ClassVar[ChangeKind]

class AdmissionPolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ADMISSION_POLICY_UNSPECIFIED: _ClassVar[AdmissionPolicy]
    ADMISSION_POLICY_QUOTE_ONLY: _ClassVar[AdmissionPolicy]
    ADMISSION_POLICY_PLACE_WITH_SURPLUS: _ClassVar[AdmissionPolicy]
    ADMISSION_POLICY_PLACE_WHERE_IT_FITS: _ClassVar[AdmissionPolicy]

class AdmissionOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ADMISSION_OUTCOME_UNSPECIFIED: _ClassVar[AdmissionOutcome]
    ADMISSION_OUTCOME_PLACED: _ClassVar[AdmissionOutcome]
    ADMISSION_OUTCOME_QUOTED: _ClassVar[AdmissionOutcome]
    ADMISSION_OUTCOME_NO_SURPLUS: _ClassVar[AdmissionOutcome]
    ADMISSION_OUTCOME_NOTHING_FITS: _ClassVar[AdmissionOutcome]
    ADMISSION_OUTCOME_WORTH_LESS_THAN_COST: _ClassVar[AdmissionOutcome]
    ADMISSION_OUTCOME_INVALID: _ClassVar[AdmissionOutcome]

class Capability(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAPABILITY_UNSPECIFIED: _ClassVar[Capability]
    CAPABILITY_MANDATORY_JOBS: _ClassVar[Capability]
    CAPABILITY_BUDGETS: _ClassVar[Capability]
    CAPABILITY_PROVES_OPTIMALITY: _ClassVar[Capability]
    CAPABILITY_WARM_START: _ClassVar[Capability]

class Feature(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FEATURE_UNSPECIFIED: _ClassVar[Feature]
    FEATURE_HALL_COMMITMENT: _ClassVar[Feature]
    FEATURE_FLEXIBLE_LOAD: _ClassVar[Feature]
    FEATURE_HEAT_OFFTAKE: _ClassVar[Feature]
    FEATURE_BATTERY: _ClassVar[Feature]
    FEATURE_DEMAND_CHARGE: _ClassVar[Feature]
    FEATURE_PREEMPTION: _ClassVar[Feature]
    FEATURE_PRIORITY_TIERS: _ClassVar[Feature]
    FEATURE_GROUPS: _ClassVar[Feature]
    FEATURE_PRECEDENCE: _ClassVar[Feature]
    FEATURE_LINK_CAPACITY: _ClassVar[Feature]
    FEATURE_ELASTICITY: _ClassVar[Feature]
    FEATURE_RUNNING_CHANGES: _ClassVar[Feature]
    FEATURE_CHURN_BUDGET: _ClassVar[Feature]
    FEATURE_RESERVATION_LENDING: _ClassVar[Feature]
    FEATURE_QUOTA_SCOPES: _ClassVar[Feature]
    FEATURE_SHARE_FLOORS: _ClassVar[Feature]
    FEATURE_TOPOLOGY: _ClassVar[Feature]
RULE_UNSPECIFIED: Rule
RULE_UNKNOWN_JOB: Rule
RULE_UNKNOWN_MODE: Rule
RULE_UNKNOWN_POOL: Rule
RULE_JOB_PLACED_TWICE: Rule
RULE_MANDATORY_JOB_LEFT_OUT: Rule
RULE_NOT_ALLOWED_HERE: Rule
RULE_DATA_NOT_REACHABLE: Rule
RULE_STARTS_TOO_EARLY: Rule
RULE_ENDS_TOO_LATE: Rule
RULE_NOT_MOVABLE: Rule
RULE_LIMIT_EXCEEDED: Rule
RULE_CLAIM_DIFFERS: Rule
RULE_CERTIFICATE_MALFORMED: Rule
RULE_CERTIFICATE_ROW_BROKEN: Rule
RULE_BOUND_NOT_PROVED: Rule
RULE_PIECES_MALFORMED: Rule
RULE_PAUSES_TOO_OFTEN: Rule
RULE_CHANGES_TOO_OFTEN: Rule
RULE_RESUMES_ELSEWHERE: Rule
RULE_CHECKPOINT_NOT_THERE: Rule
RULE_RUN_TOO_SHORT: Rule
RULE_WORK_NOT_DONE: Rule
RULE_WORK_OVERDONE: Rule
RULE_GROUP_SPLIT: Rule
RULE_GROUP_NOT_APART: Rule
RULE_PREDECESSOR_NOT_PLACED: Rule
RULE_STARTS_BEFORE_PREDECESSOR_ENDS: Rule
RULE_UNKNOWN_HALL: Rule
RULE_HALL_SCHEDULE_MALFORMED: Rule
RULE_HALL_OFF: Rule
RULE_HALL_ON_TOO_SHORT: Rule
RULE_HALL_OFF_TOO_SHORT: Rule
RULE_BINDING_MALFORMED: Rule
RULE_NODE_OUTSIDE: Rule
RULE_NODE_USED_TWICE: Rule
RULE_NODE_IN_MAINTENANCE: Rule
RULE_DOMAIN_NOT_WHOLE: Rule
RULE_BUFFER_NOT_FREE: Rule
RULE_OPERATION_MALFORMED: Rule
RULE_OPERATION_OUT_OF_RANGE: Rule
RULE_BATTERY_BOTH_WAYS: Rule
RULE_BATTERY_ENERGY_OUT_OF_RANGE: Rule
CHANGE_KIND_UNSPECIFIED: ChangeKind
CHANGE_KIND_PLACED: ChangeKind
CHANGE_KIND_LEFT_OUT: ChangeKind
CHANGE_KIND_FINISHED: ChangeKind
CHANGE_KIND_GONE: ChangeKind
CHANGE_KIND_MOVED: ChangeKind
CHANGE_KIND_RESIZED: ChangeKind
CHANGE_KIND_SHIFTED: ChangeKind
CHANGE_KIND_REARRANGED: ChangeKind
CHANGE_KIND_REPRICED: ChangeKind
ADMISSION_POLICY_UNSPECIFIED: AdmissionPolicy
ADMISSION_POLICY_QUOTE_ONLY: AdmissionPolicy
ADMISSION_POLICY_PLACE_WITH_SURPLUS: AdmissionPolicy
ADMISSION_POLICY_PLACE_WHERE_IT_FITS: AdmissionPolicy
ADMISSION_OUTCOME_UNSPECIFIED: AdmissionOutcome
ADMISSION_OUTCOME_PLACED: AdmissionOutcome
ADMISSION_OUTCOME_QUOTED: AdmissionOutcome
ADMISSION_OUTCOME_NO_SURPLUS: AdmissionOutcome
ADMISSION_OUTCOME_NOTHING_FITS: AdmissionOutcome
ADMISSION_OUTCOME_WORTH_LESS_THAN_COST: AdmissionOutcome
ADMISSION_OUTCOME_INVALID: AdmissionOutcome
CAPABILITY_UNSPECIFIED: Capability
CAPABILITY_MANDATORY_JOBS: Capability
CAPABILITY_BUDGETS: Capability
CAPABILITY_PROVES_OPTIMALITY: Capability
CAPABILITY_WARM_START: Capability
FEATURE_UNSPECIFIED: Feature
FEATURE_HALL_COMMITMENT: Feature
FEATURE_FLEXIBLE_LOAD: Feature
FEATURE_HEAT_OFFTAKE: Feature
FEATURE_BATTERY: Feature
FEATURE_DEMAND_CHARGE: Feature
FEATURE_PREEMPTION: Feature
FEATURE_PRIORITY_TIERS: Feature
FEATURE_GROUPS: Feature
FEATURE_PRECEDENCE: Feature
FEATURE_LINK_CAPACITY: Feature
FEATURE_ELASTICITY: Feature
FEATURE_RUNNING_CHANGES: Feature
FEATURE_CHURN_BUDGET: Feature
FEATURE_RESERVATION_LENDING: Feature
FEATURE_QUOTA_SCOPES: Feature
FEATURE_SHARE_FLOORS: Feature
FEATURE_TOPOLOGY: Feature

class SolveParameters(_message.Message):
    __slots__ = ("engine", "time_limit_seconds", "relative_gap", "absolute_gap", "thread_count", "seed", "work_limit", "bind")
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    TIME_LIMIT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    RELATIVE_GAP_FIELD_NUMBER: _ClassVar[int]
    ABSOLUTE_GAP_FIELD_NUMBER: _ClassVar[int]
    THREAD_COUNT_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    WORK_LIMIT_FIELD_NUMBER: _ClassVar[int]
    BIND_FIELD_NUMBER: _ClassVar[int]
    engine: str
    time_limit_seconds: float
    relative_gap: float
    absolute_gap: float
    thread_count: int
    seed: int
    work_limit: int
    bind: bool
    def __init__(self, engine: _Optional[str] = ..., time_limit_seconds: _Optional[float] = ..., relative_gap: _Optional[float] = ..., absolute_gap: _Optional[float] = ..., thread_count: _Optional[int] = ..., seed: _Optional[int] = ..., work_limit: _Optional[int] = ..., bind: _Optional[bool] = ...) -> None: ...

class ProposedAssignment(_message.Message):
    __slots__ = ("job", "mode", "pool", "start_slot", "start_time", "segments", "data_from")
    JOB_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    START_SLOT_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    DATA_FROM_FIELD_NUMBER: _ClassVar[int]
    job: str
    mode: str
    pool: str
    start_slot: int
    start_time: _timestamp_pb2.Timestamp
    segments: _containers.RepeatedCompositeFieldContainer[ProposedSegment]
    data_from: str
    def __init__(self, job: _Optional[str] = ..., mode: _Optional[str] = ..., pool: _Optional[str] = ..., start_slot: _Optional[int] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., segments: _Optional[_Iterable[_Union[ProposedSegment, _Mapping]]] = ..., data_from: _Optional[str] = ...) -> None: ...

class ProposedSegment(_message.Message):
    __slots__ = ("mode", "pool", "start_slot", "start_time", "end_slot", "end_time")
    MODE_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    START_SLOT_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_SLOT_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    mode: str
    pool: str
    start_slot: int
    start_time: _timestamp_pb2.Timestamp
    end_slot: int
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, mode: _Optional[str] = ..., pool: _Optional[str] = ..., start_slot: _Optional[int] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_slot: _Optional[int] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SolvePlacementRequest(_message.Message):
    __slots__ = ("problem", "parameters", "initial_assignments", "validate_only", "initial_certificate")
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    INITIAL_ASSIGNMENTS_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    INITIAL_CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    problem: _problem_pb2.Problem
    parameters: SolveParameters
    initial_assignments: _containers.RepeatedCompositeFieldContainer[ProposedAssignment]
    validate_only: bool
    initial_certificate: _solution_pb2.Certificate
    def __init__(self, problem: _Optional[_Union[_problem_pb2.Problem, _Mapping]] = ..., parameters: _Optional[_Union[SolveParameters, _Mapping]] = ..., initial_assignments: _Optional[_Iterable[_Union[ProposedAssignment, _Mapping]]] = ..., validate_only: _Optional[bool] = ..., initial_certificate: _Optional[_Union[_solution_pb2.Certificate, _Mapping]] = ...) -> None: ...

class SolvePlacementResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: _solution_pb2.Result
    def __init__(self, result: _Optional[_Union[_solution_pb2.Result, _Mapping]] = ...) -> None: ...

class StreamSolvePlacementRequest(_message.Message):
    __slots__ = ("problem", "parameters", "initial_assignments", "validate_only", "initial_certificate", "tell_certificates")
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    INITIAL_ASSIGNMENTS_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    INITIAL_CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    TELL_CERTIFICATES_FIELD_NUMBER: _ClassVar[int]
    problem: _problem_pb2.Problem
    parameters: SolveParameters
    initial_assignments: _containers.RepeatedCompositeFieldContainer[ProposedAssignment]
    validate_only: bool
    initial_certificate: _solution_pb2.Certificate
    tell_certificates: bool
    def __init__(self, problem: _Optional[_Union[_problem_pb2.Problem, _Mapping]] = ..., parameters: _Optional[_Union[SolveParameters, _Mapping]] = ..., initial_assignments: _Optional[_Iterable[_Union[ProposedAssignment, _Mapping]]] = ..., validate_only: _Optional[bool] = ..., initial_certificate: _Optional[_Union[_solution_pb2.Certificate, _Mapping]] = ..., tell_certificates: _Optional[bool] = ...) -> None: ...

class StreamSolvePlacementResponse(_message.Message):
    __slots__ = ("progress", "incumbent", "result", "certificate")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    INCUMBENT_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    progress: Progress
    incumbent: Incumbent
    result: _solution_pb2.Result
    certificate: _solution_pb2.Certificate
    def __init__(self, progress: _Optional[_Union[Progress, _Mapping]] = ..., incumbent: _Optional[_Union[Incumbent, _Mapping]] = ..., result: _Optional[_Union[_solution_pb2.Result, _Mapping]] = ..., certificate: _Optional[_Union[_solution_pb2.Certificate, _Mapping]] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("phase", "elapsed_seconds", "objective_micros", "bound_micros", "relative_gap")
    PHASE_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_SECONDS_FIELD_NUMBER: _ClassVar[int]
    OBJECTIVE_MICROS_FIELD_NUMBER: _ClassVar[int]
    BOUND_MICROS_FIELD_NUMBER: _ClassVar[int]
    RELATIVE_GAP_FIELD_NUMBER: _ClassVar[int]
    phase: str
    elapsed_seconds: float
    objective_micros: int
    bound_micros: int
    relative_gap: float
    def __init__(self, phase: _Optional[str] = ..., elapsed_seconds: _Optional[float] = ..., objective_micros: _Optional[int] = ..., bound_micros: _Optional[int] = ..., relative_gap: _Optional[float] = ...) -> None: ...

class Incumbent(_message.Message):
    __slots__ = ("assignments", "objective_micros", "hall_schedules", "operations")
    ASSIGNMENTS_FIELD_NUMBER: _ClassVar[int]
    OBJECTIVE_MICROS_FIELD_NUMBER: _ClassVar[int]
    HALL_SCHEDULES_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    assignments: _containers.RepeatedCompositeFieldContainer[_solution_pb2.Assignment]
    objective_micros: int
    hall_schedules: _containers.RepeatedCompositeFieldContainer[_solution_pb2.HallSchedule]
    operations: _containers.RepeatedCompositeFieldContainer[_solution_pb2.SiteOperation]
    def __init__(self, assignments: _Optional[_Iterable[_Union[_solution_pb2.Assignment, _Mapping]]] = ..., objective_micros: _Optional[int] = ..., hall_schedules: _Optional[_Iterable[_Union[_solution_pb2.HallSchedule, _Mapping]]] = ..., operations: _Optional[_Iterable[_Union[_solution_pb2.SiteOperation, _Mapping]]] = ...) -> None: ...

class CheckPlacementRequest(_message.Message):
    __slots__ = ("problem", "assignments", "objective_micros", "certificate", "hall_schedules", "operations", "binding")
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENTS_FIELD_NUMBER: _ClassVar[int]
    OBJECTIVE_MICROS_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    HALL_SCHEDULES_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    BINDING_FIELD_NUMBER: _ClassVar[int]
    problem: _problem_pb2.Problem
    assignments: _containers.RepeatedCompositeFieldContainer[ProposedAssignment]
    objective_micros: int
    certificate: _solution_pb2.Certificate
    hall_schedules: _containers.RepeatedCompositeFieldContainer[_solution_pb2.HallSchedule]
    operations: _containers.RepeatedCompositeFieldContainer[_solution_pb2.SiteOperation]
    binding: _solution_pb2.Binding
    def __init__(self, problem: _Optional[_Union[_problem_pb2.Problem, _Mapping]] = ..., assignments: _Optional[_Iterable[_Union[ProposedAssignment, _Mapping]]] = ..., objective_micros: _Optional[int] = ..., certificate: _Optional[_Union[_solution_pb2.Certificate, _Mapping]] = ..., hall_schedules: _Optional[_Iterable[_Union[_solution_pb2.HallSchedule, _Mapping]]] = ..., operations: _Optional[_Iterable[_Union[_solution_pb2.SiteOperation, _Mapping]]] = ..., binding: _Optional[_Union[_solution_pb2.Binding, _Mapping]] = ...) -> None: ...

class CheckPlacementResponse(_message.Message):
    __slots__ = ("feasible", "violations", "placements", "terms", "usages", "objective_micros", "bound_micros", "relative_gap", "tenancy", "shares", "hall_schedules", "operations")
    FEASIBLE_FIELD_NUMBER: _ClassVar[int]
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    PLACEMENTS_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    USAGES_FIELD_NUMBER: _ClassVar[int]
    OBJECTIVE_MICROS_FIELD_NUMBER: _ClassVar[int]
    BOUND_MICROS_FIELD_NUMBER: _ClassVar[int]
    RELATIVE_GAP_FIELD_NUMBER: _ClassVar[int]
    TENANCY_FIELD_NUMBER: _ClassVar[int]
    SHARES_FIELD_NUMBER: _ClassVar[int]
    HALL_SCHEDULES_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    feasible: bool
    violations: _containers.RepeatedCompositeFieldContainer[RuleViolation]
    placements: _containers.RepeatedCompositeFieldContainer[_solution_pb2.Placement]
    terms: _solution_pb2.CostBreakdown
    usages: _containers.RepeatedCompositeFieldContainer[_solution_pb2.LimitUsage]
    objective_micros: int
    bound_micros: int
    relative_gap: float
    tenancy: _containers.RepeatedCompositeFieldContainer[_solution_pb2.TenancyUsage]
    shares: _containers.RepeatedCompositeFieldContainer[_solution_pb2.ShareUsage]
    hall_schedules: _containers.RepeatedCompositeFieldContainer[_solution_pb2.HallSchedule]
    operations: _containers.RepeatedCompositeFieldContainer[_solution_pb2.SiteOperation]
    def __init__(self, feasible: _Optional[bool] = ..., violations: _Optional[_Iterable[_Union[RuleViolation, _Mapping]]] = ..., placements: _Optional[_Iterable[_Union[_solution_pb2.Placement, _Mapping]]] = ..., terms: _Optional[_Union[_solution_pb2.CostBreakdown, _Mapping]] = ..., usages: _Optional[_Iterable[_Union[_solution_pb2.LimitUsage, _Mapping]]] = ..., objective_micros: _Optional[int] = ..., bound_micros: _Optional[int] = ..., relative_gap: _Optional[float] = ..., tenancy: _Optional[_Iterable[_Union[_solution_pb2.TenancyUsage, _Mapping]]] = ..., shares: _Optional[_Iterable[_Union[_solution_pb2.ShareUsage, _Mapping]]] = ..., hall_schedules: _Optional[_Iterable[_Union[_solution_pb2.HallSchedule, _Mapping]]] = ..., operations: _Optional[_Iterable[_Union[_solution_pb2.SiteOperation, _Mapping]]] = ...) -> None: ...

class RuleViolation(_message.Message):
    __slots__ = ("rule", "message", "job", "element", "slot", "amount", "unit")
    RULE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    JOB_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    rule: Rule
    message: str
    job: str
    element: str
    slot: int
    amount: int
    unit: str
    def __init__(self, rule: _Optional[_Union[Rule, str]] = ..., message: _Optional[str] = ..., job: _Optional[str] = ..., element: _Optional[str] = ..., slot: _Optional[int] = ..., amount: _Optional[int] = ..., unit: _Optional[str] = ...) -> None: ...

class DiffPlacementsRequest(_message.Message):
    __slots__ = ("problem", "after", "before", "earlier_problem", "before_is_running", "after_hall_schedules", "after_operations", "before_hall_schedules", "before_operations")
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    EARLIER_PROBLEM_FIELD_NUMBER: _ClassVar[int]
    BEFORE_IS_RUNNING_FIELD_NUMBER: _ClassVar[int]
    AFTER_HALL_SCHEDULES_FIELD_NUMBER: _ClassVar[int]
    AFTER_OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    BEFORE_HALL_SCHEDULES_FIELD_NUMBER: _ClassVar[int]
    BEFORE_OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    problem: _problem_pb2.Problem
    after: _containers.RepeatedCompositeFieldContainer[ProposedAssignment]
    before: _containers.RepeatedCompositeFieldContainer[ProposedAssignment]
    earlier_problem: _problem_pb2.Problem
    before_is_running: bool
    after_hall_schedules: _containers.RepeatedCompositeFieldContainer[_solution_pb2.HallSchedule]
    after_operations: _containers.RepeatedCompositeFieldContainer[_solution_pb2.SiteOperation]
    before_hall_schedules: _containers.RepeatedCompositeFieldContainer[_solution_pb2.HallSchedule]
    before_operations: _containers.RepeatedCompositeFieldContainer[_solution_pb2.SiteOperation]
    def __init__(self, problem: _Optional[_Union[_problem_pb2.Problem, _Mapping]] = ..., after: _Optional[_Iterable[_Union[ProposedAssignment, _Mapping]]] = ..., before: _Optional[_Iterable[_Union[ProposedAssignment, _Mapping]]] = ..., earlier_problem: _Optional[_Union[_problem_pb2.Problem, _Mapping]] = ..., before_is_running: _Optional[bool] = ..., after_hall_schedules: _Optional[_Iterable[_Union[_solution_pb2.HallSchedule, _Mapping]]] = ..., after_operations: _Optional[_Iterable[_Union[_solution_pb2.SiteOperation, _Mapping]]] = ..., before_hall_schedules: _Optional[_Iterable[_Union[_solution_pb2.HallSchedule, _Mapping]]] = ..., before_operations: _Optional[_Iterable[_Union[_solution_pb2.SiteOperation, _Mapping]]] = ...) -> None: ...

class DiffPlacementsResponse(_message.Message):
    __slots__ = ("changes", "unchanged_count", "terms", "other_terms", "moved_gpu_hours", "new_limits", "past_limits", "earlier_violations")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    UNCHANGED_COUNT_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    OTHER_TERMS_FIELD_NUMBER: _ClassVar[int]
    MOVED_GPU_HOURS_FIELD_NUMBER: _ClassVar[int]
    NEW_LIMITS_FIELD_NUMBER: _ClassVar[int]
    PAST_LIMITS_FIELD_NUMBER: _ClassVar[int]
    EARLIER_VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[JobChange]
    unchanged_count: int
    terms: _solution_pb2.CostBreakdown
    other_terms: _solution_pb2.CostBreakdown
    moved_gpu_hours: float
    new_limits: _containers.RepeatedCompositeFieldContainer[_solution_pb2.BindingLimit]
    past_limits: _containers.RepeatedCompositeFieldContainer[_solution_pb2.BindingLimit]
    earlier_violations: _containers.RepeatedCompositeFieldContainer[RuleViolation]
    def __init__(self, changes: _Optional[_Iterable[_Union[JobChange, _Mapping]]] = ..., unchanged_count: _Optional[int] = ..., terms: _Optional[_Union[_solution_pb2.CostBreakdown, _Mapping]] = ..., other_terms: _Optional[_Union[_solution_pb2.CostBreakdown, _Mapping]] = ..., moved_gpu_hours: _Optional[float] = ..., new_limits: _Optional[_Iterable[_Union[_solution_pb2.BindingLimit, _Mapping]]] = ..., past_limits: _Optional[_Iterable[_Union[_solution_pb2.BindingLimit, _Mapping]]] = ..., earlier_violations: _Optional[_Iterable[_Union[RuleViolation, _Mapping]]] = ...) -> None: ...

class JobChange(_message.Message):
    __slots__ = ("job", "kind", "message", "before", "after", "terms", "later_seconds")
    JOB_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    LATER_SECONDS_FIELD_NUMBER: _ClassVar[int]
    job: str
    kind: ChangeKind
    message: str
    before: _solution_pb2.Placement
    after: _solution_pb2.Placement
    terms: _solution_pb2.CostBreakdown
    later_seconds: int
    def __init__(self, job: _Optional[str] = ..., kind: _Optional[_Union[ChangeKind, str]] = ..., message: _Optional[str] = ..., before: _Optional[_Union[_solution_pb2.Placement, _Mapping]] = ..., after: _Optional[_Union[_solution_pb2.Placement, _Mapping]] = ..., terms: _Optional[_Union[_solution_pb2.CostBreakdown, _Mapping]] = ..., later_seconds: _Optional[int] = ...) -> None: ...

class StreamAdmitJobsRequest(_message.Message):
    __slots__ = ("open", "admit")
    OPEN_FIELD_NUMBER: _ClassVar[int]
    ADMIT_FIELD_NUMBER: _ClassVar[int]
    open: OpenBook
    admit: AdmitJobs
    def __init__(self, open: _Optional[_Union[OpenBook, _Mapping]] = ..., admit: _Optional[_Union[AdmitJobs, _Mapping]] = ...) -> None: ...

class OpenBook(_message.Message):
    __slots__ = ("problem", "assignments", "certificate")
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENTS_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    problem: _problem_pb2.Problem
    assignments: _containers.RepeatedCompositeFieldContainer[ProposedAssignment]
    certificate: _solution_pb2.Certificate
    def __init__(self, problem: _Optional[_Union[_problem_pb2.Problem, _Mapping]] = ..., assignments: _Optional[_Iterable[_Union[ProposedAssignment, _Mapping]]] = ..., certificate: _Optional[_Union[_solution_pb2.Certificate, _Mapping]] = ...) -> None: ...

class AdmitJobs(_message.Message):
    __slots__ = ("jobs", "policy")
    JOBS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[_problem_pb2.Job]
    policy: AdmissionPolicy
    def __init__(self, jobs: _Optional[_Iterable[_Union[_problem_pb2.Job, _Mapping]]] = ..., policy: _Optional[_Union[AdmissionPolicy, str]] = ...) -> None: ...

class StreamAdmitJobsResponse(_message.Message):
    __slots__ = ("opened", "admitted")
    OPENED_FIELD_NUMBER: _ClassVar[int]
    ADMITTED_FIELD_NUMBER: _ClassVar[int]
    opened: BookOpened
    admitted: JobsAdmitted
    def __init__(self, opened: _Optional[_Union[BookOpened, _Mapping]] = ..., admitted: _Optional[_Union[JobsAdmitted, _Mapping]] = ...) -> None: ...

class BookOpened(_message.Message):
    __slots__ = ("objective_micros", "placed_count")
    OBJECTIVE_MICROS_FIELD_NUMBER: _ClassVar[int]
    PLACED_COUNT_FIELD_NUMBER: _ClassVar[int]
    objective_micros: int
    placed_count: int
    def __init__(self, objective_micros: _Optional[int] = ..., placed_count: _Optional[int] = ...) -> None: ...

class JobsAdmitted(_message.Message):
    __slots__ = ("admissions",)
    ADMISSIONS_FIELD_NUMBER: _ClassVar[int]
    admissions: _containers.RepeatedCompositeFieldContainer[Admission]
    def __init__(self, admissions: _Optional[_Iterable[_Union[Admission, _Mapping]]] = ...) -> None: ...

class Admission(_message.Message):
    __slots__ = ("job", "outcome", "placement", "worth_micros", "opportunity_cost_micros", "surplus_micros", "violations")
    JOB_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    PLACEMENT_FIELD_NUMBER: _ClassVar[int]
    WORTH_MICROS_FIELD_NUMBER: _ClassVar[int]
    OPPORTUNITY_COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    SURPLUS_MICROS_FIELD_NUMBER: _ClassVar[int]
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    job: str
    outcome: AdmissionOutcome
    placement: _solution_pb2.Placement
    worth_micros: int
    opportunity_cost_micros: int
    surplus_micros: int
    violations: _containers.RepeatedCompositeFieldContainer[Violation]
    def __init__(self, job: _Optional[str] = ..., outcome: _Optional[_Union[AdmissionOutcome, str]] = ..., placement: _Optional[_Union[_solution_pb2.Placement, _Mapping]] = ..., worth_micros: _Optional[int] = ..., opportunity_cost_micros: _Optional[int] = ..., surplus_micros: _Optional[int] = ..., violations: _Optional[_Iterable[_Union[Violation, _Mapping]]] = ...) -> None: ...

class Violation(_message.Message):
    __slots__ = ("path", "reason", "message")
    PATH_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    path: str
    reason: str
    message: str
    def __init__(self, path: _Optional[str] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class EvaluateLimitChangeRequest(_message.Message):
    __slots__ = ("problem", "assignments", "hall_schedules", "operations", "certificate", "bound_micros", "change", "multiples", "parameters")
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENTS_FIELD_NUMBER: _ClassVar[int]
    HALL_SCHEDULES_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    BOUND_MICROS_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    MULTIPLES_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    problem: _problem_pb2.Problem
    assignments: _containers.RepeatedCompositeFieldContainer[ProposedAssignment]
    hall_schedules: _containers.RepeatedCompositeFieldContainer[_solution_pb2.HallSchedule]
    operations: _containers.RepeatedCompositeFieldContainer[_solution_pb2.SiteOperation]
    certificate: _solution_pb2.Certificate
    bound_micros: int
    change: ProposedLimitChange
    multiples: _containers.RepeatedScalarFieldContainer[int]
    parameters: SolveParameters
    def __init__(self, problem: _Optional[_Union[_problem_pb2.Problem, _Mapping]] = ..., assignments: _Optional[_Iterable[_Union[ProposedAssignment, _Mapping]]] = ..., hall_schedules: _Optional[_Iterable[_Union[_solution_pb2.HallSchedule, _Mapping]]] = ..., operations: _Optional[_Iterable[_Union[_solution_pb2.SiteOperation, _Mapping]]] = ..., certificate: _Optional[_Union[_solution_pb2.Certificate, _Mapping]] = ..., bound_micros: _Optional[int] = ..., change: _Optional[_Union[ProposedLimitChange, _Mapping]] = ..., multiples: _Optional[_Iterable[int]] = ..., parameters: _Optional[_Union[SolveParameters, _Mapping]] = ...) -> None: ...

class ProposedLimitChange(_message.Message):
    __slots__ = ("kind", "element", "power_w", "energy_wh", "carbon_mg", "node_count", "gpu_count", "unit_count", "job_count", "gpu_slots", "mb_per_hour", "first_slot", "start_time", "last_slot", "end_time")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_FIELD_NUMBER: _ClassVar[int]
    POWER_W_FIELD_NUMBER: _ClassVar[int]
    ENERGY_WH_FIELD_NUMBER: _ClassVar[int]
    CARBON_MG_FIELD_NUMBER: _ClassVar[int]
    NODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    GPU_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNIT_COUNT_FIELD_NUMBER: _ClassVar[int]
    JOB_COUNT_FIELD_NUMBER: _ClassVar[int]
    GPU_SLOTS_FIELD_NUMBER: _ClassVar[int]
    MB_PER_HOUR_FIELD_NUMBER: _ClassVar[int]
    FIRST_SLOT_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_SLOT_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    kind: _solution_pb2.LimitKind
    element: str
    power_w: int
    energy_wh: int
    carbon_mg: int
    node_count: int
    gpu_count: int
    unit_count: int
    job_count: int
    gpu_slots: int
    mb_per_hour: int
    first_slot: int
    start_time: _timestamp_pb2.Timestamp
    last_slot: int
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, kind: _Optional[_Union[_solution_pb2.LimitKind, str]] = ..., element: _Optional[str] = ..., power_w: _Optional[int] = ..., energy_wh: _Optional[int] = ..., carbon_mg: _Optional[int] = ..., node_count: _Optional[int] = ..., gpu_count: _Optional[int] = ..., unit_count: _Optional[int] = ..., job_count: _Optional[int] = ..., gpu_slots: _Optional[int] = ..., mb_per_hour: _Optional[int] = ..., first_slot: _Optional[int] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_slot: _Optional[int] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class EvaluateLimitChangeResponse(_message.Message):
    __slots__ = ("before", "effects", "price_holds_to_amount")
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    PRICE_HOLDS_TO_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    before: _solution_pb2.Termination
    effects: _containers.RepeatedCompositeFieldContainer[LimitEffect]
    price_holds_to_amount: int
    def __init__(self, before: _Optional[_Union[_solution_pb2.Termination, _Mapping]] = ..., effects: _Optional[_Iterable[_Union[LimitEffect, _Mapping]]] = ..., price_holds_to_amount: _Optional[int] = ...) -> None: ...

class LimitEffect(_message.Message):
    __slots__ = ("change", "after", "engine", "least_micros", "most_micros", "difference_micros", "priced_micros", "price_holds")
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    LEAST_MICROS_FIELD_NUMBER: _ClassVar[int]
    MOST_MICROS_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_MICROS_FIELD_NUMBER: _ClassVar[int]
    PRICED_MICROS_FIELD_NUMBER: _ClassVar[int]
    PRICE_HOLDS_FIELD_NUMBER: _ClassVar[int]
    change: LimitChange
    after: _solution_pb2.Termination
    engine: str
    least_micros: int
    most_micros: int
    difference_micros: int
    priced_micros: int
    price_holds: bool
    def __init__(self, change: _Optional[_Union[LimitChange, _Mapping]] = ..., after: _Optional[_Union[_solution_pb2.Termination, _Mapping]] = ..., engine: _Optional[str] = ..., least_micros: _Optional[int] = ..., most_micros: _Optional[int] = ..., difference_micros: _Optional[int] = ..., priced_micros: _Optional[int] = ..., price_holds: _Optional[bool] = ...) -> None: ...

class LimitChange(_message.Message):
    __slots__ = ("kind", "element", "amount", "first_slot", "last_slot", "unit")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    FIRST_SLOT_FIELD_NUMBER: _ClassVar[int]
    LAST_SLOT_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    kind: _solution_pb2.LimitKind
    element: str
    amount: int
    first_slot: int
    last_slot: int
    unit: str
    def __init__(self, kind: _Optional[_Union[_solution_pb2.LimitKind, str]] = ..., element: _Optional[str] = ..., amount: _Optional[int] = ..., first_slot: _Optional[int] = ..., last_slot: _Optional[int] = ..., unit: _Optional[str] = ...) -> None: ...

class ListEnginesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListEnginesResponse(_message.Message):
    __slots__ = ("engines",)
    ENGINES_FIELD_NUMBER: _ClassVar[int]
    engines: _containers.RepeatedCompositeFieldContainer[Engine]
    def __init__(self, engines: _Optional[_Iterable[_Union[Engine, _Mapping]]] = ...) -> None: ...

class Engine(_message.Message):
    __slots__ = ("name", "available", "version", "unavailable_reason", "capabilities", "features")
    NAME_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    UNAVAILABLE_REASON_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    name: str
    available: bool
    version: str
    unavailable_reason: str
    capabilities: _containers.RepeatedScalarFieldContainer[Capability]
    features: _containers.RepeatedScalarFieldContainer[Feature]
    def __init__(self, name: _Optional[str] = ..., available: _Optional[bool] = ..., version: _Optional[str] = ..., unavailable_reason: _Optional[str] = ..., capabilities: _Optional[_Iterable[_Union[Capability, str]]] = ..., features: _Optional[_Iterable[_Union[Feature, str]]] = ...) -> None: ...
