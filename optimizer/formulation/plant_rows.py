"""What sites run beside their jobs, as variables of a program.

Three kinds, in this order: the watts of each *load* (flexible load, or heat sold) in each slot where it gains; for each site
with a demand charge the *headroom* of its connection in each slot, what is left of the limit; and its *peak* in microwatts.
Loads and headroom take a watt a watt of limit rows. Where all is drawn but the headroom, the draw is at most the peak: those
are rows of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optimizer.arrays import IntArray, no_ints
from optimizer.columns import Columns
from optimizer.formulation.peak_prices import best_of_peaks
from optimizer.formulation.rows import RowFamily, Rows, offsets, ranges
from optimizer.peaks import UW_PER_KW
from optimizer.plant import Peaks
from optimizer.units import RATE_SCALE


@dataclass(frozen=True, slots=True)
class PlantRows:
    """``G`` variables of loads, each in ``[0, power_w]`` and worth ``rate`` (1e-4 micro-units) a watt, and ``D`` of ``peaks``.

    ``V = G + D T + D`` variables in all. Variable ``v < G + D T`` takes a watt a watt of the limit rows
    ``limit[first[v]:first[v + 1]]`` in ``slot[v]``.
    """

    load: IntArray = field(default_factory=no_ints)  # [G]
    power_w: IntArray = field(default_factory=no_ints)  # [G] > 0
    rate: IntArray = field(default_factory=no_ints)  # [G] > 0
    peaks: Peaks = field(default_factory=Peaks)
    slot: IntArray = field(default_factory=no_ints)  # [G + D T]
    first: IntArray = field(default_factory=lambda: no_ints(1))  # [G + D T + 1]
    limit: IntArray = field(default_factory=no_ints)
    heat_limit: IntArray = field(default_factory=no_ints)  # the limits of recovered heat

    @property
    def count(self) -> int:
        return len(self.slot) + len(self.peaks)

    @property
    def load_count(self) -> int:
        return len(self.load)

    @property
    def row_count(self) -> int:
        """The rows of its own: a slot of each site with a charge each."""
        return len(self.slot) - len(self.load)

    @property
    def upper(self) -> IntArray:
        """``[V]`` watts, and microwatts of peaks."""
        most = self.peaks.draw_uw(self.peaks.capacity).max(axis=1, initial=1)
        return np.concatenate([self.power_w, self.peaks.capacity.ravel(), most])

    @property
    def worth(self) -> NDArray[np.float64]:
        """Micro-units of each variable at its upper bound."""
        gained = self.rate.astype(np.float64) * self.power_w / RATE_SCALE
        charged = self.upper[len(self.slot) :] * (self.peaks.charge / UW_PER_KW)
        return np.concatenate([gained, np.zeros(self.row_count), -charged])

    def entries(self, rows: Rows) -> tuple[IntArray, IntArray]:
        """(row, variable) wherever a variable stands in one of ``rows``, by row; each with coefficient 1 a watt."""
        if not len(self.slot):
            return no_ints(), no_ints()
        limits = np.flatnonzero(rows.family == RowFamily.LIMIT)
        stride = int(self.slot.max()) + 1
        here = limits[rows.slot[limits] < stride]
        key = rows.element[here] * stride + rows.slot[here]
        order = np.argsort(key, kind="stable")
        variable = np.repeat(np.arange(len(self.slot)), np.diff(self.first))
        wanted = self.limit * stride + self.slot[variable]
        at = np.minimum(np.searchsorted(key[order], wanted), max(0, len(here) - 1))
        found = np.flatnonzero(key[order][at] == wanted) if len(here) else no_ints()
        row = here[order[at[found]]]
        by_row = np.argsort(row, kind="stable")
        return row[by_row], variable[found[by_row]]

    def own_entries(self) -> tuple[IntArray, IntArray, NDArray[np.float64], NDArray[np.float64]]:
        """Its own rows ``sum >= least`` as (first, variable, value, least), variables in parts of their upper bounds.

        In each slot: what the limit would draw in all, less what the headroom leaves of it, is at most the peak.
        """
        peaks, most = self.peaks, self.upper[len(self.slot) :].astype(np.float64)
        in_all = peaks.draw_uw(peaks.capacity)
        spared = (peaks.pue_ppm * peaks.capacity).astype(np.float64)
        number = np.arange(self.row_count)
        site = np.repeat(np.arange(len(peaks)), in_all.shape[-1] if len(peaks) else 0)
        variable = np.stack([self.load_count + number, len(self.slot) + site], axis=1).ravel()
        value = np.stack([spared.ravel() / most[site], np.ones(self.row_count)], axis=1).ravel()
        return 2 * np.arange(self.row_count + 1), variable, value, in_all.ravel() / most[site]

    def touched(self, rows: Rows) -> NDArray[np.bool_]:
        """``[M]``: the rows with a variable in them."""
        touched = np.zeros(rows.count, dtype=np.bool_)
        touched[self.entries(rows)[0]] = True
        return touched

    def best(self, rows: Rows, price: IntArray, unit_bits: int) -> int:
        """No plant gains more after it has paid ``price[M]``, in units of ``2 ** -unit_bits`` micro-units, rounded up."""
        row, variable = self.entries(rows)
        paid = np.zeros(len(self.slot), dtype=np.int64)
        np.add.at(paid, variable, price[row])
        whole = np.array([-((-rate << unit_bits) // RATE_SCALE) for rate in self.rate.tolist()], dtype=np.int64)
        margin = np.maximum(0, whole - paid[: self.load_count])
        of_connections = paid[self.load_count :].reshape(self.peaks.capacity.shape)
        return int((margin * self.power_w).sum()) + best_of_peaks(self.peaks, of_connections, unit_bits)

    def capped(self, rows: Rows, price: IntArray, unit_bits: int) -> IntArray:
        """``price[M]``, of recovered heat no more than it is sold for: more would bound no better.

        So no run that is worth nothing even if all its heat were sold can gain at the prices.
        """
        heat = np.flatnonzero((rows.family == RowFamily.LIMIT) & np.isin(rows.element, self.heat_limit))
        most = np.zeros(rows.count, dtype=np.int64)
        row, variable = self.entries(rows)
        of_loads = variable < self.load_count
        whole = [-((-rate << unit_bits) // RATE_SCALE) for rate in self.rate[variable[of_loads]].tolist()]
        most[row[of_loads]] = whole
        capped = price.copy()
        capped[heat] = np.minimum(price[heat], most[heat])
        return capped

    def largest(self) -> float:
        """A figure that ``best`` does not pass beyond what is paid, rounding included."""
        return float(np.abs(self.worth).sum() + self.power_w.sum() + self.row_count)

    def amounts(self, columns: Columns, free: IntArray) -> IntArray:
        """Each variable where what pays best runs in what is ``free[L, T]``; shape ``[V]``."""
        watts, peak_uw = columns.plant.operate(free)
        peaks = self.peaks
        left = free[peaks.limit] - np.array(
            [watts[columns.plant.loads_of(site)].sum(axis=0) for site in peaks.site.tolist()], dtype=np.int64
        ).reshape(peaks.capacity.shape)
        return np.concatenate([watts[self.load, self.slot[: self.load_count]], left.ravel(), peak_uw])


def plant_rows(columns: Columns) -> PlantRows:
    """The variables of the plant of ``columns``: loads by load and slot, then headroom by site and slot, then peaks."""
    plant = columns.plant
    if plant.is_empty:
        return PlantRows()
    load, slot = np.nonzero((plant.rate > 0) & (plant.power_w > 0))
    counts = (plant.limit >= 0).sum(axis=1)[load] if len(load) else no_ints()
    taken = plant.limit[np.repeat(load, counts), ranges(no_ints(len(load)), counts)] if len(load) else no_ints()
    headroom = np.repeat(plant.peaks.limit.astype(np.int64), columns.slot_count)
    return PlantRows(
        load=load.astype(np.int64),
        power_w=plant.power_w[load, slot],
        rate=plant.rate[load, slot],
        peaks=plant.peaks,
        slot=np.concatenate([slot.astype(np.int64), np.tile(np.arange(columns.slot_count), len(plant.peaks))]),
        first=offsets(np.concatenate([counts, np.ones(len(headroom), dtype=np.int64)])),
        limit=np.concatenate([taken, headroom]),
        heat_limit=plant.heat_limits,
    )
