"""What changes from one plan to another, job by job. Data only; ``optimizer.changes.difference`` finds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from optimizer.solution import BindingLimit, CostBreakdown, Placement
from optimizer.verify.rules import RuleViolation


class ChangeKind(StrEnum):
    """What becomes of a job: the first that applies."""

    PLACED = "PLACED"  # runs, and did not
    LEFT_OUT = "LEFT_OUT"  # does not run, and did; a job that runs already is stopped
    FINISHED = "FINISHED"  # its run ended before the later plan begins
    GONE = "GONE"  # the later problem does not have it
    MOVED = "MOVED"  # another pool
    RESIZED = "RESIZED"  # another mode in its pool
    SHIFTED = "SHIFTED"  # another start
    REARRANGED = "REARRANGED"  # other pieces
    REPRICED = "REPRICED"  # the same run at another worth


@dataclass(frozen=True, slots=True, kw_only=True)
class JobChange:
    """``terms`` is after less before, a stop included; ``later_seconds`` is how much later it starts, where it runs in both.

    ``message`` is a sentence for people, without a full stop.
    """

    job: str
    kind: ChangeKind
    message: str
    before: Placement | None = None
    after: Placement | None = None
    terms: CostBreakdown = field(default_factory=CostBreakdown)
    later_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """``terms`` is after less before: exactly the sum of the changes' terms and of ``other_terms``, which are those of runs
    that go on from one snapshot to the next, and of floors.

    ``moved_gpu_hours``: what moved and resized jobs would still have taken where they were, at their widest. ``new_limits``
    keep work out of the later plan and did not of the earlier; ``past_limits`` the other way round.
    ``earlier_violations``: the rules of the later problem that the earlier plan breaks.
    """

    changes: tuple[JobChange, ...]
    unchanged_count: int
    terms: CostBreakdown
    other_terms: CostBreakdown
    moved_gpu_hours: float
    new_limits: tuple[BindingLimit, ...] = ()
    past_limits: tuple[BindingLimit, ...] = ()
    earlier_violations: tuple[RuleViolation, ...] = ()

    def count(self, kind: ChangeKind) -> int:
        """How many jobs change so."""
        return sum(change.kind is kind for change in self.changes)
