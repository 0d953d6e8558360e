"""The objective by named term."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

#: The terms that are earned; the others are paid.
EARNED = frozenset({"value_micros", "flexible_value_micros", "heat_value_micros"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CostBreakdown:
    """The objective by named term, in micro-units; ``objective_micros`` is exactly their signed sum."""

    value_micros: int = 0
    energy_cost_micros: int = 0
    carbon_cost_micros: int = 0
    tardiness_cost_micros: int = 0
    staging_cost_micros: int = 0
    move_cost_micros: int = 0
    mode_cost_micros: int = 0
    pause_cost_micros: int = 0
    change_cost_micros: int = 0
    stop_cost_micros: int = 0
    shortfall_cost_micros: int = 0
    hall_cost_micros: int = 0
    switching_cost_micros: int = 0
    flexible_value_micros: int = 0
    demand_charge_micros: int = 0
    heat_value_micros: int = 0

    @property
    def objective_micros(self) -> int:
        return self.earned_micros - self.paid_micros

    @property
    def earned_micros(self) -> int:
        return self.value_micros + self.flexible_value_micros + self.heat_value_micros

    @property
    def paid_micros(self) -> int:
        return (
            self.energy_cost_micros
            + self.carbon_cost_micros
            + self.tardiness_cost_micros
            + self.staging_cost_micros
            + self.move_cost_micros
            + self.mode_cost_micros
            + self.pause_cost_micros
            + self.change_cost_micros
            + self.stop_cost_micros
            + self.shortfall_cost_micros
            + self.hall_cost_micros
            + self.switching_cost_micros
            + self.demand_charge_micros
        )

    def signed(self) -> Iterator[tuple[str, int]]:
        """Each term by name, as it enters the objective: what is paid is negated."""
        for term in fields(self):
            micros = getattr(self, term.name)
            yield term.name, micros if term.name in EARNED else -micros
