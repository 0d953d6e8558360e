"""Why a plan is what it is: reasons for jobs left out, limits that bind and what more of them is worth, and what stands in
the way of mandatory jobs."""

from optimizer.explain.binding import binding_limits
from optimizer.explain.conflict import conflict
from optimizer.explain.reasons import unplaced
from optimizer.explain.shadow_prices import shadow_prices

__all__ = ["binding_limits", "conflict", "shadow_prices", "unplaced"]
