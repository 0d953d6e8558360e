"""What sites run beside their jobs in a CP-SAT model: whole watts by slot, and the whole micro-units that they gain."""

from __future__ import annotations

from typing import Any

from optimizer.columns import Columns
from optimizer.formulation.plant_rows import plant_rows
from optimizer.units import RATE_SCALE


class PlantVariables:
    """``watts`` are those of ``formulation.plant_rows``, in that order; ``drawn[L]`` lists (slot, watts) by limit."""

    def __init__(self, model: Any, columns: Columns) -> None:
        self._model, self._rows = model, plant_rows(columns)
        self.watts: list[Any] = [model.new_int_var(0, upper, "") for upper in self._rows.upper.tolist()]
        self.drawn: list[list[tuple[int, Any]]] = [[] for _ in columns.limits]
        for variable, (watts, slot) in enumerate(zip(self.watts, self._rows.slot.tolist())):
            for limit in self._rows.limit[self._rows.first[variable] : self._rows.first[variable + 1]].tolist():
                self.drawn[limit].append((slot, watts))

    def gained(self) -> Any:
        """At most the exact sum, rounded down: a bound on it is one on what any operation counts."""
        from ortools.sat.python import cp_model

        rate, upper = self._rows.rate.tolist(), self._rows.upper.tolist()
        if not rate:
            return 0
        most = sum(each * watts for each, watts in zip(rate, upper)) // RATE_SCALE
        gained = self._model.new_int_var(0, most, "")
        self._model.add(gained * RATE_SCALE <= cp_model.LinearExpr.weighted_sum(self.watts, rate))
        return gained
