"""What sites run beside their jobs, as integer arrays: flexible loads, and what pays best in the room that jobs leave."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from optimizer.arrays import IndexArray, IntArray, no_indices, no_ints
from optimizer.units import RATE_SCALE

#: What is earned and each of two costs are rounded against the plan, by less than a micro-unit each.
ROUNDING_MICROS = 3


def _no_table() -> IntArray:
    return no_ints().reshape(0, 0)


@dataclass(frozen=True, slots=True)
class Plant:
    """``K`` flexible loads; rates are per IT watt and slot, in 1e-4 micro-units.

    ``limit[K, 3]`` are the rows of the slot limits that each watt of a load takes a watt of; -1 where it has fewer.
    """

    site: IndexArray = field(default_factory=no_indices)  # [K]
    limit: IntArray = field(default_factory=_no_table)  # [K, 3]
    power_w: IntArray = field(default_factory=_no_table)  # [K, T] at most
    value_rate: IntArray = field(default_factory=_no_table)  # [K, T]
    energy_rate: IntArray = field(default_factory=_no_table)  # [K, T]
    carbon_rate: IntArray = field(default_factory=_no_table)  # [K, T]

    def __len__(self) -> int:
        return len(self.site)

    @property
    def rate(self) -> IntArray:
        """What a watt gains beyond its energy and carbon; shape ``[K, T]``."""
        return self.value_rate - self.energy_rate - self.carbon_rate

    @property
    def rounding_micros(self) -> int:
        """How much less than the exact sum of its rates an operation may count."""
        return ROUNDING_MICROS * len(np.unique(self.site))

    def limits_of(self, load: int) -> IntArray:
        rows: IntArray = self.limit[load][self.limit[load] >= 0]
        return rows

    def touches(self, limit_count: int, slot_count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """``[L, T]``: where a load that gains something takes part of a limit."""
        touched = np.zeros((limit_count, slot_count), dtype=np.bool_)
        for load in range(len(self)):
            touched[self.limits_of(load)] |= (self.rate[load] > 0) & (self.power_w[load] > 0)
        return touched

    def operate(self, free: IntArray) -> IntArray:
        """The watts ``[K, T]`` that pay best where ``free[L, T]`` is left: in each slot, what gains most a watt first.

        The limits of loads are nested (halls within a connection), so this is exact; ties go to the first load.
        """
        watts = np.zeros_like(self.power_w)
        if not len(self):
            return watts
        rate, slots = self.rate, np.arange(self.power_w.shape[1])
        # a last row that never binds stands for a limit that a load does not have
        left = np.concatenate([np.maximum(0, free), np.full((1, len(slots)), np.iinfo(np.int64).max)])
        for load in np.argsort(-rate, axis=0, kind="stable"):
            rows = self.limit[load, :].T
            taken = np.minimum(self.power_w[load, slots], left[rows, slots].min(axis=0))
            taken = np.where(rate[load, slots] > 0, taken, 0)
            watts[load, slots] = taken
            for row in rows:
                left[row, slots] -= np.where(row >= 0, taken, 0)
        return watts

    def micros(self, free: IntArray) -> int:
        """What the best operation adds to the objective, rounded as ``optimizer.operation`` does: once a site and term."""
        if not len(self):
            return 0
        watts = self.operate(free)
        total = 0
        for site in np.unique(self.site):
            own = self.site == site
            earned = _exact_sum(watts[own], self.value_rate[own])
            energy, carbon = (_exact_sum(watts[own], rate[own]) for rate in (self.energy_rate, self.carbon_rate))
            total += earned // RATE_SCALE + (-energy) // RATE_SCALE + (-carbon) // RATE_SCALE
        return total


def _exact_sum(watts: IntArray, rate: IntArray) -> int:
    """Products stay below 2^63 by the ranges of the problem; their sum is taken in Python integers."""
    return sum((watts * rate).sum(axis=1).tolist())
