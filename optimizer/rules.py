"""The rules a plan may break, and how a breach is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """The rule a plan breaks."""

    UNKNOWN_JOB = "UNKNOWN_JOB"
    UNKNOWN_MODE = "UNKNOWN_MODE"
    UNKNOWN_POOL = "UNKNOWN_POOL"
    JOB_PLACED_TWICE = "JOB_PLACED_TWICE"
    MANDATORY_JOB_LEFT_OUT = "MANDATORY_JOB_LEFT_OUT"
    NOT_ALLOWED_HERE = "NOT_ALLOWED_HERE"
    DATA_NOT_REACHABLE = "DATA_NOT_REACHABLE"
    STARTS_TOO_EARLY = "STARTS_TOO_EARLY"
    ENDS_TOO_LATE = "ENDS_TOO_LATE"
    NOT_MOVABLE = "NOT_MOVABLE"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    CLAIM_DIFFERS = "CLAIM_DIFFERS"
    CERTIFICATE_MALFORMED = "CERTIFICATE_MALFORMED"
    CERTIFICATE_ROW_BROKEN = "CERTIFICATE_ROW_BROKEN"
    BOUND_NOT_PROVED = "BOUND_NOT_PROVED"
    PIECES_MALFORMED = "PIECES_MALFORMED"
    PAUSES_TOO_OFTEN = "PAUSES_TOO_OFTEN"
    CHANGES_TOO_OFTEN = "CHANGES_TOO_OFTEN"
    RESUMES_ELSEWHERE = "RESUMES_ELSEWHERE"
    CHECKPOINT_NOT_THERE = "CHECKPOINT_NOT_THERE"
    RUN_TOO_SHORT = "RUN_TOO_SHORT"
    WORK_NOT_DONE = "WORK_NOT_DONE"
    WORK_OVERDONE = "WORK_OVERDONE"
    GROUP_SPLIT = "GROUP_SPLIT"
    GROUP_NOT_APART = "GROUP_NOT_APART"
    PREDECESSOR_NOT_PLACED = "PREDECESSOR_NOT_PLACED"
    STARTS_BEFORE_PREDECESSOR_ENDS = "STARTS_BEFORE_PREDECESSOR_ENDS"
    UNKNOWN_HALL = "UNKNOWN_HALL"
    HALL_SCHEDULE_MALFORMED = "HALL_SCHEDULE_MALFORMED"
    HALL_OFF = "HALL_OFF"
    HALL_ON_TOO_SHORT = "HALL_ON_TOO_SHORT"
    HALL_OFF_TOO_SHORT = "HALL_OFF_TOO_SHORT"
    BINDING_MALFORMED = "BINDING_MALFORMED"
    NODE_OUTSIDE = "NODE_OUTSIDE"
    NODE_USED_TWICE = "NODE_USED_TWICE"
    NODE_IN_MAINTENANCE = "NODE_IN_MAINTENANCE"
    DOMAIN_NOT_WHOLE = "DOMAIN_NOT_WHOLE"
    BUFFER_NOT_FREE = "BUFFER_NOT_FREE"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleViolation:
    """One rule broken: by which job or at which element, in which slot, by how much of which unit."""

    rule: Rule
    message: str
    job: str = ""
    element: str = ""
    slot: int | None = None
    amount: int | None = None
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.rule}: {self.message}"
