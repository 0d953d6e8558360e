"""What sites run beside their jobs, in the bound: load and sold heat where they gain at the prices, peaks as high as they pay.

A plan's load pays the limits no more than it earns from them, so the most that any operation earns at the prices stands in the
bound beside what jobs gain (`optimizer.certificates`, ``best(watt)`` and ``best(peak)``). Heat is bought from runs: at a price
above what it is sold for nobody buys, and a lower one would do as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.arrays import BoolArray, IntArray
from optimizer.columns.plant import Plant
from optimizer.columns.table import Columns
from optimizer.engines.price.bound.batteries import BatteryAgents, battery_agents, exact_battery_value
from optimizer.engines.price.bound.kernel import FloatArray
from optimizer.formulation.peak_prices import best_of_peaks
from optimizer.peaks import UW_PER_KW
from optimizer.units import RATE_SCALE


@dataclass(frozen=True, slots=True)
class PlantTurn:
    """What the plant does at some prices: micro-units it gains, what it takes of limits ``[L, T]``, peaks ``[D]`` in uW, and
    the net watts ``[B, T]`` of batteries.

    What a peak leaves of a connection counts as taken.
    """

    value: float
    taken: FloatArray
    peak_uw: FloatArray
    net_w: FloatArray


@dataclass(frozen=True, slots=True)
class PlantAgents:
    """The plant of some columns, or a ``share`` of it beside a sample of their jobs."""

    plant: Plant
    rate: FloatArray  # [K, T] micro-units a watt
    row: IntArray  # [K, 3] rows of prices; the last of all, which is free, in place of -1
    export: IntArray  # [K] the row of what a site with a battery draws, which a load gives to; the last of all without one
    in_hall: BoolArray  # [K] loads in halls that may be switched off: what they gain is their hall's
    batteries: BatteryAgents
    share: float

    def __bool__(self) -> bool:
        return not self.plant.is_empty

    def hall_gain(self, limit_price: FloatArray, hall_count: int) -> FloatArray:
        """``[H, T]``: what the loads in each hall gain in a slot that it is on, at ``limit_price[L, T]``."""
        gain = np.zeros((hall_count, limit_price.shape[1]))
        own = np.flatnonzero(self.in_hall)
        if len(own):
            margin = self._margin(np.concatenate([limit_price, np.zeros((1, limit_price.shape[1]))]))[own]
            np.add.at(gain, self.plant.hall[own], self.plant.power_w[own] * np.maximum(0.0, margin))
        return gain

    def _margin(self, price: FloatArray) -> FloatArray:
        """``[K, T]``: what a watt gains after it has paid; the last row of ``price`` is free."""
        margin: FloatArray = self.rate - price[self.row].sum(axis=1) + price[self.export]
        return margin

    def turn(self, limit_price: FloatArray, on: BoolArray | None = None) -> PlantTurn:
        """The best that loads, sales of heat and peaks gain at ``limit_price[L, T]``, micro-units a unit and slot.

        Loads in halls draw where these are ``on[H, T]`` (None: throughout), and what they gain is not counted.
        """
        price = np.concatenate([limit_price, np.zeros((1, limit_price.shape[1]))])
        taken = np.zeros(price.shape)
        value = 0.0
        if len(self.rate):
            margin = self._margin(price)
            watts = np.where(margin > 0.0, self.plant.under(on).power_w, 0)
            value += float((watts * margin)[~self.in_hall].sum())
            for place in range(self.row.shape[1]):
                np.add.at(taken, self.row[:, place], watts)
            np.subtract.at(taken, self.export, watts)
        taken[-1] = 0.0
        net_w = np.zeros(self.batteries.rate.shape)
        if len(self.batteries):
            own, turn = self.batteries.batteries, self.batteries.turn(limit_price)
            value, net_w = value + turn.value, turn.net_w
            taken[own.limit] += own.discharge_w + net_w
            taken[own.export] -= net_w
        peak_uw = np.zeros(len(self.plant.peaks))
        for index, limit in enumerate(self.plant.peaks.limit.tolist()):
            gained, peak_uw[index], kept = self._best_peak(index, price[limit])
            taken[limit] += kept
            value += gained
        return PlantTurn(self.share * value, self.share * taken[:-1], peak_uw, net_w)

    def units(self, unit: FloatArray) -> FloatArray:
        """``unit[L, T]`` of prices, no less where a connection has a demand charge than the charge spread over some slots.

        A peak is held in few of them: a price there is far above what the whole limit earns on average. Of heat, of which
        nothing limits what earns, it is what heat is sold for.
        """
        peaks, raised = self.plant.peaks, unit.copy()
        raised[self.plant.heat_limits] = self._heat_rate
        for limit, export, rate in zip(self.plant.batteries.limit, self.plant.batteries.export, self.batteries.rate):
            raised[export] = np.maximum(unit[limit], np.abs(rate).max(initial=0.0))
        if not len(peaks):
            return raised
        spread = peaks.charge[:, None] / UW_PER_KW * peaks.pue_ppm / np.sqrt(unit.shape[1])
        np.maximum.at(raised, peaks.limit, spread)
        return raised

    def most(self, shape: tuple[int, int]) -> FloatArray:
        """The highest prices that can be best, ``shape`` of the limits: of heat, what it is sold for."""
        most = np.full(shape, np.inf)
        most[self.plant.heat_limits] = self._heat_rate
        return most

    @property
    def _heat_rate(self) -> FloatArray:
        """``[H, T]`` of those that sell heat."""
        rates: FloatArray = self.rate[self.plant.sells_heat] if self.plant.sells_heat.any() else np.zeros((0, 1))
        return rates

    def _best_peak(self, index: int, price: FloatArray) -> tuple[float, float, FloatArray]:
        """(what the best peak of a site gains less the price of its whole limit, the peak, what it leaves of the limit)."""
        peaks = self.plant.peaks
        overhead, capacity = peaks.overhead_uw[index], peaks.capacity[index]
        pue = peaks.pue_ppm[index].astype(np.float64)
        full, charge = (overhead + peaks.pue_ppm[index] * capacity).astype(np.float64), peaks.charge[index] / UW_PER_KW
        # going down from the highest corner, each slot whose limit is passed pays for the next stretch
        order = np.argsort(-full, kind="stable")
        pays = np.cumsum((price / pue)[order]) > charge
        peak = max(0.0, float(overhead.max()))
        if pays.any():
            peak = max(peak, float(full[order[np.argmax(pays)]]))
        kept = np.maximum(0.0, capacity - np.maximum(0.0, peak - overhead) / pue)
        return -float((price * kept).sum()) - charge * peak, peak, kept


def plant_agents(columns: Columns, share: float = 1.0) -> PlantAgents:
    """The agents of ``columns``, or of a ``share`` of them: power, charges and peaks alike."""
    plant, free = columns.plant, len(columns.limits)
    row = np.where(plant.limit >= 0, plant.limit, free)
    export = _exports(plant, free)
    # beside a battery a load may run at a loss
    rate = np.where((export < free)[:, None], plant.rate, np.maximum(0, plant.rate)) if len(export) else plant.rate
    return PlantAgents(plant, rate / RATE_SCALE, row, export, plant.hall >= 0, battery_agents(plant.batteries), share)


def _exports(plant: Plant, free: int) -> IntArray:
    """``[K]``: the row of what its site draws, of a flexible load beside a battery; else ``free``."""
    export = np.full(len(plant.site), free, dtype=np.int64)
    for site, row in zip(plant.batteries.site.tolist(), plant.batteries.export.tolist()):
        export[plant.loads_of(site)] = row
    return export


def exact_plant_value(columns: Columns, bits: int, limit_price: IntArray, stored_price: IntArray) -> int:
    """What no operation gains more than at ``limit_price[L, T]``, in units of ``2 ** -bits`` micro-units, rounded up.

    ``stored_price[B, T]``: of a watt-slot that a battery holds. Loads in halls that may be switched off are theirs.
    """
    plant = columns.plant
    if plant.is_empty:
        return 0
    total = exact_battery_value(plant.batteries, limit_price, stored_price, bits)
    total += sum(sum(_exact_load(columns, load, bits, limit_price)) for load in np.flatnonzero(plant.hall < 0).tolist())
    return total + best_of_peaks(plant.peaks, limit_price[plant.peaks.limit], bits)


def exact_hall_gain(columns: Columns, bits: int, limit_price: IntArray) -> list[list[int]]:
    """As `PlantAgents.hall_gain`, in units of ``2 ** -bits`` micro-units, rounded up."""
    gain = [[0] * columns.slot_count for _ in range(len(columns.halls))]
    for load in np.flatnonzero(columns.plant.hall >= 0).tolist():
        hall = int(columns.plant.hall[load])
        gain[hall] = [a + b for a, b in zip(gain[hall], _exact_load(columns, load, bits, limit_price), strict=True)]
    return gain


def _exact_load(columns: Columns, load: int, bits: int, limit_price: IntArray) -> list[int]:
    """By slot, the most that a load gains after it has paid."""
    plant = columns.plant
    price = np.concatenate([limit_price, np.zeros((1, columns.slot_count), dtype=np.int64)])
    paid = price[plant.limit[load]].sum(axis=0) - price[_exports(plant, len(columns.limits))[load]]
    rates = zip(plant.rate[load].tolist(), plant.power_w[load].tolist(), paid.tolist(), strict=True)
    return [power * max(0, -((-rate << bits) // RATE_SCALE) - due) for rate, power, due in rates]


def plant_magnitude(columns: Columns, limit_price: IntArray) -> float:
    """No number met by `exact_plant_value` in 64 bits is larger."""
    plant = columns.plant
    if plant.is_empty:
        return 0.0
    touched: BoolArray = np.zeros(len(columns.limits), dtype=np.bool_)
    touched[plant.limit[plant.limit >= 0]] = True
    touched[plant.batteries.export] = True
    paid = float(limit_price[touched].max(initial=0)) * (plant.limit.shape[1] + 1)
    peaks = plant.peaks
    bought = (limit_price[peaks.limit].astype(np.float64) * peaks.capacity).max(initial=0.0) if len(peaks) else 0.0
    drawn = peaks.draw_uw(peaks.capacity).max(initial=0)
    return max(float(paid), float(bought), float(drawn))
