"""What sites run beside their jobs, as variables of a program.

Four kinds, in this order: the watts of each *load* (flexible load, or heat sold) in each slot where it may run; for each site
with a demand charge the *headroom* of its connection in each slot, what is left of the limit; its *peak* in microwatts; and
those of batteries (``battery_rows``). Loads and headroom take a watt a watt of limit rows, and loads give one of export rows.
Where all is drawn but the headroom, the draw is at most the peak: those
are rows of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optimizer.arrays import BoolArray, IntArray, no_ints
from optimizer.columns.plant import Peaks, Plant
from optimizer.columns.table import Columns
from optimizer.formulation.battery_rows import BatteryRows, OwnRows
from optimizer.formulation.peak_prices import best_of_peaks
from optimizer.formulation.rows import RowFamily, Rows, offsets, ranges
from optimizer.peaks import UW_PER_KW
from optimizer.units import RATE_SCALE


@dataclass(frozen=True, slots=True)
class PlantRows:
    """``G`` variables of loads, each in ``[0, power_w]`` and worth ``rate`` (1e-4 micro-units) a watt, and ``D`` of ``peaks``.

    ``V = G + D T + D`` variables, and those of ``stores``. Variable ``v < G + D T`` takes a watt a watt of the limit rows
    ``limit[first[v]:first[v + 1]]`` in ``slot[v]``.
    """

    load: IntArray = field(default_factory=no_ints)  # [G]
    power_w: IntArray = field(default_factory=no_ints)  # [G] > 0
    rate: IntArray = field(default_factory=no_ints)  # [G] > 0, of a load beside a battery of any sign
    peaks: Peaks = field(default_factory=Peaks)
    slot: IntArray = field(default_factory=no_ints)  # [G + D T]
    first: IntArray = field(default_factory=lambda: no_ints(1))  # [G + D T + 1]
    limit: IntArray = field(default_factory=no_ints)
    export: IntArray = field(default_factory=no_ints)  # [G] the export row that a watt gives one of; -1 without a battery
    stores: BatteryRows = field(default_factory=BatteryRows)
    heat_limit: IntArray = field(default_factory=no_ints)  # the limits of recovered heat

    @property
    def count(self) -> int:
        return self.battery_first + self.stores.count

    @property
    def battery_first(self) -> int:
        """The first variable of batteries."""
        return len(self.slot) + len(self.peaks)

    @property
    def load_count(self) -> int:
        return len(self.load)

    @property
    def row_count(self) -> int:
        """The rows of its own: a slot of each site with a charge each, and those of batteries."""
        return self.headroom_count + self.stores.row_count

    @property
    def headroom_count(self) -> int:
        return len(self.slot) - len(self.load)

    @property
    def upper(self) -> IntArray:
        """``[V]`` watts, microwatts of peaks, and what ``stores`` counts in."""
        most = self.peaks.draw_uw(self.peaks.capacity).max(axis=1, initial=1)
        return np.concatenate([self.power_w, self.peaks.capacity.ravel(), most, self.stores.upper])

    @property
    def lower(self) -> NDArray[np.float64]:
        """``[V]``, in parts of ``upper``."""
        return np.concatenate([np.zeros(self.battery_first), self.stores.lower])

    @property
    def is_binary(self) -> BoolArray:
        return np.concatenate([np.zeros(self.battery_first, dtype=np.bool_), self.stores.is_binary])

    @property
    def worth(self) -> NDArray[np.float64]:
        """Micro-units of each variable at its upper bound."""
        gained = self.rate.astype(np.float64) * self.power_w / RATE_SCALE
        charged = self.upper[len(self.slot) : self.battery_first] * (self.peaks.charge / UW_PER_KW)
        return np.concatenate([gained, np.zeros(self.headroom_count), -charged, self.stores.worth])

    def entries(self, rows: Rows) -> tuple[IntArray, IntArray, IntArray]:
        """(row, variable, sign) wherever a variable stands in one of ``rows``, by row; each with a watt a watt of that sign."""
        parts = []
        # what a load takes of a hall that may be switched off, it takes of the row that closes the hall too
        for family in (RowFamily.LIMIT, RowFamily.HALL):
            row, variable = self._taken(rows, self.first, self.limit, family)
            parts.append((row, variable, np.ones(len(row), dtype=np.int64)))
        if len(self.stores.batteries):
            gives = np.flatnonzero(self.export >= 0)
            first = np.zeros(len(self.slot) + 1, dtype=np.int64)
            first[gives + 1] = 1
            row, variable = self._taken(rows, np.cumsum(first), self.export[gives], RowFamily.LIMIT)
            parts.append((row, variable, -np.ones(len(row), dtype=np.int64)))
            row, variable, sign = self.stores.entries(rows)
            parts.append((row, self.battery_first + variable, sign))
        row, variable, sign = (np.concatenate(part) for part in zip(*parts, strict=True))
        by_row = np.argsort(row, kind="stable")
        return row[by_row], variable[by_row], sign[by_row]

    def _taken(self, rows: Rows, first: IntArray, limit: IntArray, family: RowFamily) -> tuple[IntArray, IntArray]:
        """(row, variable) wherever a load or headroom stands in a ``family``'s rows of ``limit[first[v]:first[v + 1]]``."""
        if not len(self.slot):
            return no_ints(), no_ints()
        limits = np.flatnonzero((rows.family == family) & (rows.element >= 0))
        stride = int(self.slot.max()) + 1
        here = limits[rows.slot[limits] < stride]
        key = rows.element[here] * stride + rows.slot[here]
        order = np.argsort(key, kind="stable")
        variable = np.repeat(np.arange(len(self.slot)), np.diff(first))
        wanted = limit * stride + self.slot[variable]
        at = np.minimum(np.searchsorted(key[order], wanted), max(0, len(here) - 1))
        found = np.flatnonzero(key[order][at] == wanted) if len(here) else no_ints()
        return here[order[at[found]]], variable[found]

    def resting(self, rows: Rows) -> IntArray:
        """``[M]``: what of ``rows`` is taken whatever the variables are."""
        return self.stores.resting(rows)

    def own_rows(self) -> OwnRows:
        """In each slot: what the limit would draw in all, less what the headroom leaves of it, is at most the peak. Then those
        of batteries.
        """
        peaks, most = self.peaks, self.upper[len(self.slot) : self.battery_first].astype(np.float64)
        in_all = peaks.draw_uw(peaks.capacity)
        spared = (peaks.pue_ppm * peaks.capacity).astype(np.float64)
        number = np.arange(self.headroom_count)
        site = np.repeat(np.arange(len(peaks)), in_all.shape[-1] if len(peaks) else 0)
        variable = np.stack([self.load_count + number, len(self.slot) + site], axis=1).ravel()
        value = np.stack([spared.ravel() / most[site], np.ones(self.headroom_count)], axis=1).ravel()
        stores, unbounded = self.stores.own_rows(), np.full(self.headroom_count, np.inf)
        return OwnRows(
            np.concatenate([2 * np.arange(self.headroom_count), 2 * self.headroom_count + stores.first]),
            np.concatenate([variable, self.battery_first + stores.variable]),
            np.concatenate([value, stores.value]),
            np.concatenate([in_all.ravel() / most[site], stores.low]),
            np.concatenate([unbounded, stores.high]),
        )

    def stored_price(self, dual: NDArray[np.float64]) -> NDArray[np.float64]:
        """``[B, T]`` micro-units a watt-slot that a battery holds, from the duals (micro-units) of ``own_rows``."""
        return self.stores.stored_price(dual[self.headroom_count :])

    def touched(self, rows: Rows) -> NDArray[np.bool_]:
        """``[M]``: the rows with a variable in them."""
        touched = np.zeros(rows.count, dtype=np.bool_)
        touched[self.entries(rows)[0]] = True
        return touched

    def best(self, rows: Rows, price: IntArray, stored: IntArray, unit_bits: int) -> int:
        """No plant gains more after it has paid ``price[M]``, in units of ``2 ** -unit_bits`` micro-units, rounded up.

        ``stored[B, T]``: prices of a watt-slot that a battery holds.
        """
        row, variable, sign = self.entries(rows)
        own = variable < len(self.slot)
        paid = np.zeros(len(self.slot), dtype=np.int64)
        np.add.at(paid, variable[own], sign[own] * price[row[own]])
        whole = np.array([-((-rate << unit_bits) // RATE_SCALE) for rate in self.rate.tolist()], dtype=np.int64)
        margin = np.maximum(0, whole - paid[: self.load_count])
        of_connections = paid[self.load_count :].reshape(self.peaks.capacity.shape)
        of_stores = self.stores.best(rows, price, stored, unit_bits)
        return int((margin * self.power_w).sum()) + best_of_peaks(self.peaks, of_connections, unit_bits) + of_stores

    def capped(self, rows: Rows, price: IntArray, unit_bits: int) -> IntArray:
        """``price[M]``, of recovered heat no more than it is sold for: more would bound no better.

        So no run that is worth nothing even if all its heat were sold can gain at the prices.
        """
        heat = np.flatnonzero((rows.family == RowFamily.LIMIT) & np.isin(rows.element, self.heat_limit))
        most = np.zeros(rows.count, dtype=np.int64)
        row, variable, _ = self.entries(rows)
        of_loads = variable < self.load_count
        whole = [-((-rate << unit_bits) // RATE_SCALE) for rate in self.rate[variable[of_loads]].tolist()]
        most[row[of_loads]] = whole
        capped = price.copy()
        capped[heat] = np.minimum(price[heat], most[heat])
        return capped

    def largest(self) -> float:
        """A figure that ``best`` does not pass beyond what is paid, rounding included."""
        return float(np.abs(self.worth).sum() + self.power_w.sum() + self.headroom_count) + self.stores.largest()

    def amounts(self, plant: Plant, free: IntArray, net_w: IntArray | None = None) -> IntArray:
        """Each variable where what pays best of ``plant`` runs in what is ``free[L, T]``, batteries as ``net_w[B, T]``; shape
        ``[V]``.
        """
        batteries = self.stores.batteries
        net_w = batteries.at_rest() if net_w is None else net_w
        watts, peak_uw = plant.operate(free, net_w)
        peaks, free = self.peaks, batteries.taken_from(free, net_w)
        left = free[peaks.limit] - np.array(
            [watts[plant.loads_of(site)].sum(axis=0) for site in peaks.site.tolist()], dtype=np.int64
        ).reshape(len(peaks), free.shape[1])
        loads = watts[self.load, self.slot[: self.load_count]]
        return np.concatenate([loads, left.ravel(), peak_uw, self.stores.amounts(net_w)])


def plant_rows(columns: Columns) -> PlantRows:
    """The variables of the plant of ``columns``: loads by load and slot, headroom by site and slot, peaks, and batteries."""
    plant = columns.plant
    if plant.is_empty:
        return PlantRows()
    load, slot = np.nonzero(plant.may_run)
    export = np.full(int(plant.site.max(initial=-1)) + 1, -1, dtype=np.int64)
    for site, row in zip(plant.batteries.site.tolist(), plant.batteries.export.tolist()):
        export[site : site + 1] = row
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
        export=np.where(plant.sells_heat[load], -1, export[plant.site[load]]),
        stores=BatteryRows(plant.batteries),
        heat_limit=plant.heat_limits,
    )
