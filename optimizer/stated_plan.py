"""A plan as its maker states it: all that decides what it is worth and whether it keeps the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.solution import Assignment, HallSchedule, Result, SiteOperation


@dataclass(frozen=True, slots=True)
class StatedPlan:
    """Which jobs run, when halls are on, and how the plant of the sites is run; a site that is not listed runs none.

    A hall that is not stated gets the cheapest schedule for the runs. Without ``operations`` the plant runs as pays best beside
    the assignments, and batteries rest.
    """

    assignments: tuple[Assignment, ...] = ()
    hall_schedules: tuple[HallSchedule, ...] = ()
    operations: tuple[SiteOperation, ...] = ()

    @classmethod
    def of(cls, plan: PlanSource) -> StatedPlan:
        """All that ``plan`` states."""
        if isinstance(plan, StatedPlan):
            return plan
        if isinstance(plan, Result):
            return cls(tuple(placement.assignment for placement in plan.placements), plan.hall_schedules, plan.operations)
        return cls(tuple(plan))


#: A plan with all it states, or its assignments alone.
PlanSource = Result | StatedPlan | Sequence[Assignment]
