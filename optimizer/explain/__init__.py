"""Why a plan is what it is: reasons for jobs left out, limits that bind, and what stands in the way of mandatory jobs."""

from optimizer.explain.binding import binding_limits
from optimizer.explain.conflict import conflict
from optimizer.explain.reasons import explain_job, unplaced

__all__ = ["binding_limits", "conflict", "explain_job", "unplaced"]
