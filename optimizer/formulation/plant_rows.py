"""What sites run beside their jobs, as variables of a program: the watts of each flexible load in each slot where it gains."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optimizer.arrays import IntArray, no_ints
from optimizer.columns import Columns
from optimizer.formulation.rows import RowFamily, Rows, offsets, ranges
from optimizer.units import RATE_SCALE


@dataclass(frozen=True, slots=True)
class PlantRows:
    """``V`` variables, each in ``[0, upper]`` watts and worth ``rate`` (1e-4 micro-units) a watt.

    Variable ``v`` takes a watt a watt of the limit rows ``limit[first[v]:first[v + 1]]`` in its slot.
    """

    load: IntArray = field(default_factory=no_ints)  # [V]
    slot: IntArray = field(default_factory=no_ints)  # [V]
    upper: IntArray = field(default_factory=no_ints)  # [V] > 0
    rate: IntArray = field(default_factory=no_ints)  # [V] > 0
    first: IntArray = field(default_factory=lambda: no_ints(1))  # [V + 1]
    limit: IntArray = field(default_factory=no_ints)

    @property
    def count(self) -> int:
        return len(self.load)

    @property
    def worth(self) -> NDArray[np.float64]:
        """Micro-units of each variable at its upper bound."""
        worth: NDArray[np.float64] = self.rate.astype(np.float64) * self.upper / RATE_SCALE
        return worth

    def entries(self, rows: Rows) -> tuple[IntArray, IntArray]:
        """(row, variable) wherever a variable stands in one of ``rows``, by row; each with coefficient 1 a watt."""
        if not self.count:
            return no_ints(), no_ints()
        limits = np.flatnonzero(rows.family == RowFamily.LIMIT)
        stride = int(self.slot.max()) + 1
        here = limits[rows.slot[limits] < stride]
        key = rows.element[here] * stride + rows.slot[here]
        order = np.argsort(key, kind="stable")
        variable = np.repeat(np.arange(self.count), np.diff(self.first))
        wanted = self.limit * stride + self.slot[variable]
        at = np.minimum(np.searchsorted(key[order], wanted), max(0, len(here) - 1))
        found = np.flatnonzero(key[order][at] == wanted) if len(here) else no_ints()
        row = here[order[at[found]]]
        by_row = np.argsort(row, kind="stable")
        return row[by_row], variable[found[by_row]]

    def touched(self, rows: Rows) -> NDArray[np.bool_]:
        """``[M]``: the rows with a variable in them."""
        touched = np.zeros(rows.count, dtype=np.bool_)
        touched[self.entries(rows)[0]] = True
        return touched

    def margin(self, rows: Rows, price: IntArray, unit_bits: int) -> IntArray:
        """What a watt of each variable gains at ``price[M]``, in units of ``2 ** -unit_bits`` micro-units, rounded up; >= 0."""
        row, variable = self.entries(rows)
        paid = np.zeros(self.count, dtype=np.int64)
        np.add.at(paid, variable, price[row])
        whole = np.array([-((-rate << unit_bits) // RATE_SCALE) for rate in self.rate.tolist()], dtype=np.int64)
        margin: IntArray = np.maximum(0, whole - paid)
        return margin


def plant_rows(columns: Columns) -> PlantRows:
    """The variables of the plant of ``columns``, by load and slot."""
    plant = columns.plant
    if not len(plant):
        return PlantRows()
    load, slot = np.nonzero((plant.rate > 0) & (plant.power_w > 0))
    counts = (plant.limit >= 0).sum(axis=1)[load]
    return PlantRows(
        load=load.astype(np.int64),
        slot=slot.astype(np.int64),
        upper=plant.power_w[load, slot],
        rate=plant.rate[load, slot],
        first=offsets(counts),
        limit=plant.limit[np.repeat(load, counts), ranges(np.zeros(len(load), dtype=np.int64), counts)],
    )
