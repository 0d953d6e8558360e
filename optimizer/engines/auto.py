"""Chooses an engine by what is available and how large the problem is, and says why."""

from __future__ import annotations

from dataclasses import replace

from optimizer.columns import Columns, Selection
from optimizer.engines.base import Availability, Capability, Engine, EngineResult, Monitor
from optimizer.params import SolveParams

#: Above this many columns an exact engine seldom proves anything within a minute.
EXACT_COLUMN_COUNT = 250_000


class AutoEngine:
    """An exact engine up to ``EXACT_COLUMN_COUNT`` columns, the greedy beyond."""

    name = "auto"
    capabilities = frozenset(
        {Capability.MANDATORY_JOBS, Capability.BUDGETS, Capability.WARM_START, Capability.PROVES_OPTIMALITY}
    )

    def availability(self) -> Availability:
        return Availability(True, "chooses among the engines that are available")

    def solve(self, columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        engine, why = _choice(columns)
        answer = engine.solve(columns, params, start, monitor)
        return replace(answer, detail=f"auto chose {engine.name}: {why}. {answer.detail}".strip())


def _choice(columns: Columns) -> tuple[Engine, str]:
    from optimizer.engines import registry

    count = columns.column_count
    if count > EXACT_COLUMN_COUNT:
        return registry.get("greedy"), f"{count:,} columns are more than an exact engine proves in time"
    return registry.get("highs"), f"{count:,} columns are few enough to prove"
