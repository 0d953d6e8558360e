"""Batteries as variables of a program, and what they are worth at prices.

Four kinds, in this order: watts of *charge* and of *discharge* by battery and slot, the energy *held* at the end of each slot,
and, where a price below 0 would pay for both at once, a binary *way* by slot: 1 where it is charged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.arrays import BoolArray, IndexArray, IntArray, no_ints
from optimizer.columns.batteries import Batteries
from optimizer.formulation.rows import RowFamily, Rows
from optimizer.units import PPM, RATE_SCALE

FloatArray = NDArray[np.float64]


class OwnRows(NamedTuple):
    """Rows ``low <= sum <= high`` as (first, variable, value), variables in parts of their upper bounds."""

    first: IntArray
    variable: IntArray
    value: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True)
class BatteryRows:
    """``3 B T`` variables of ``B`` batteries, and ``T`` more of each that might waste energy."""

    batteries: Batteries = field(default_factory=Batteries)

    @property
    def size(self) -> int:
        """The variables of one kind."""
        return int(self.batteries.charge_w.size)

    @property
    def count(self) -> int:
        return len(self.upper)

    @property
    def row_count(self) -> int:
        slot_count = int(self.batteries.charge_w.shape[1])
        return 2 * self.size + int(self.batteries.may_waste.sum()) * slot_count

    @property
    def upper(self) -> IntArray:
        """Watts, watts, microwatt-slots, and 1."""
        batteries = self.batteries
        held = np.repeat(batteries.capacity_uw, batteries.charge_w.shape[1])
        ways = np.ones(int(batteries.may_waste.sum()) * batteries.charge_w.shape[1], dtype=np.int64)
        return np.concatenate([batteries.charge_w.ravel(), batteries.discharge_w.ravel(), held, ways])

    @property
    def is_binary(self) -> BoolArray:
        binary: BoolArray = np.arange(self.count) >= 3 * self.size
        return binary

    @property
    def worth(self) -> FloatArray:
        """Micro-units of each variable at its upper bound."""
        rate = self.batteries.rate.ravel() / RATE_SCALE
        worth = np.zeros(self.count)
        worth[: self.size] = -rate * self.batteries.charge_w.ravel()
        worth[self.size : 2 * self.size] = rate * self.batteries.discharge_w.ravel()
        return worth

    def entries(self, rows: Rows) -> tuple[IntArray, IntArray, IntArray]:
        """(row, variable, sign) wherever a watt stands in one of ``rows``."""
        row, variable, sign = [], [], []
        slot_count = self.batteries.charge_w.shape[1]
        for index in range(len(self.batteries)):
            charge = index * slot_count
            for limits, into in ((self.batteries.limit, 1), (self.batteries.export, -1)):
                here = np.flatnonzero((rows.family == RowFamily.LIMIT) & (rows.element == limits[index]))
                for kind, factor in ((charge, into), (self.size + charge, -into)):
                    row.append(here)
                    variable.append(kind + rows.slot[here])
                    sign.append(np.full(len(here), factor, dtype=np.int64))
        if not row:
            return no_ints(), no_ints(), no_ints()
        return np.concatenate(row), np.concatenate(variable), np.concatenate(sign)

    def resting(self, rows: Rows) -> IntArray:
        """``[M]``: what batteries at rest take of ``rows``."""
        taken = np.zeros(rows.count, dtype=np.int64)
        for index, limit in enumerate(self.batteries.limit.tolist()):
            here = np.flatnonzero((rows.family == RowFamily.LIMIT) & (rows.element == limit))
            taken[here] = self.batteries.discharge_w[index, rows.slot[here]]
        return taken

    def own_rows(self) -> OwnRows:
        """First what is held (``B T`` rows), then that a battery is charged or discharged."""
        first, variable, value, low, high = [0], list[int](), list[float](), list[float](), list[float]()

        def add(terms: list[tuple[int, float]], least: float, most: float) -> None:
            variable.extend(index for index, _ in terms)
            value.extend(factor for _, factor in terms)
            first.append(len(variable))
            low.append(least)
            high.append(most)

        batteries, size, slot_count = self.batteries, self.size, self.batteries.charge_w.shape[1]
        scale = self._scale()
        for index in range(len(batteries)):
            capacity = float(batteries.capacity_uw[index] / scale[index])
            for slot in range(slot_count):
                at = index * slot_count + slot
                into = float(batteries.stored_uw[index, slot] * batteries.charge_w[index, slot] / scale[index])
                out = float(batteries.given_uw[index, slot] * batteries.discharge_w[index, slot] / scale[index])
                terms = [(at, -into), (size + at, out), (2 * size + at, capacity)]
                terms += [(2 * size + at - 1, -capacity)] if slot else []
                start = float(batteries.initial_uw[index] / scale[index]) if not slot else 0.0
                add(terms, start, start)
        way = 3 * size
        for index, wastes in enumerate(batteries.may_waste.tolist()):
            for at in range(index * slot_count, (index + 1) * slot_count):
                if wastes:
                    add([(at, 1.0), (way, -1.0)], -np.inf, 0.0)
                    add([(size + at, 1.0), (way, 1.0)], -np.inf, 1.0)
                    way += 1
                else:
                    add([(at, 1.0), (size + at, 1.0)], -np.inf, 1.0)
        return OwnRows(
            np.array(first, dtype=np.int64), np.array(variable, dtype=np.int64), np.array(value), np.array(low), np.array(high)
        )

    @property
    def lower(self) -> FloatArray:
        """The least of each variable, in parts of its upper bound: what has to be held at the end."""
        lower, slot_count = np.zeros(self.count), self.batteries.charge_w.shape[1]
        for index, (final, most) in enumerate(zip(self.batteries.final_uw.tolist(), self.batteries.capacity_uw.tolist())):
            lower[2 * self.size + (index + 1) * slot_count - 1] = final / most if final else 0.0
        return lower

    def _scale(self) -> FloatArray:
        """What the rows of each battery's energy are divided by."""
        batteries = self.batteries
        if not len(batteries):
            return np.zeros(0)
        added = (batteries.stored_uw * batteries.charge_w).max(axis=1)
        taken = (batteries.given_uw * batteries.discharge_w).max(axis=1)
        largest = np.maximum.reduce([batteries.capacity_uw, added, taken])
        scale: FloatArray = np.maximum(1, largest).astype(np.float64)
        return scale

    def stored_price(self, dual: FloatArray) -> FloatArray:
        """``[B, T]`` micro-units a watt-slot held, from the duals (micro-units) of ``own_rows``."""
        shape = self.batteries.charge_w.shape
        if not len(self.batteries):
            return np.zeros(shape)
        price: FloatArray = dual[: self.size].reshape(shape) / self._scale()[:, None] * PPM
        return price

    def amounts(self, net_w: IntArray) -> IntArray:
        """Each variable where the batteries are run as ``net_w[B, T]``."""
        into, out = np.maximum(0, net_w), np.maximum(0, -net_w)
        ways = (net_w > 0)[self.batteries.may_waste].astype(np.int64)
        return np.concatenate([into.ravel(), out.ravel(), self.batteries.held_uw(net_w).ravel(), ways.ravel()])

    def net_w(self, amounts: FloatArray) -> FloatArray:
        """``[B, T]`` out of each variable's amount, in parts of its upper bound."""
        watts = amounts[: 2 * self.size] * self.upper[: 2 * self.size]
        net: FloatArray = (watts[: self.size] - watts[self.size :]).reshape(self.batteries.charge_w.shape)
        return net

    def best(self, rows: Rows, price: IntArray, stored: IntArray, unit_bits: int) -> int:
        """No way to run the batteries gains more after it has paid ``price[M]``; ``stored[B, T]`` parts the slots.

        In units of ``2 ** -unit_bits`` micro-units, rounded up; ``optimizer.priced.battery`` says the same in plain loops.
        """
        connection, export = (self._by_slot(of, rows, price) for of in (self.batteries.limit, self.batteries.export))
        return best_of_batteries(self.batteries, connection, export, stored, unit_bits)

    def _by_slot(self, limits: IndexArray, rows: Rows, price: IntArray) -> IntArray:
        """``price[M]`` by battery and slot; 0 where a limit has no row."""
        series = np.zeros(self.batteries.charge_w.shape, dtype=np.int64)
        for index, limit in enumerate(limits.tolist()):
            here = np.flatnonzero((rows.family == RowFamily.LIMIT) & (rows.element == limit))
            series[index, rows.slot[here]] = price[here]
        return series

    def largest(self) -> float:
        """A figure that ``best`` does not pass beyond what limits and what is held are worth at the prices."""
        return 2.0 * float(np.abs(self.worth).sum())


def best_of_batteries(batteries: Batteries, connection: IntArray, export: IntArray, stored: IntArray, unit_bits: int) -> int:
    """What no way to run ``batteries`` gains more than at prices ``[B, T]`` a watt of connection and of what the site draws,
    and a watt-slot held; in units of ``2 ** -unit_bits`` micro-units, rounded up.
    """
    return sum(
        _best(batteries, index, connection[index].tolist(), export[index].tolist(), stored[index].tolist(), unit_bits)
        for index in range(len(batteries))
    )


def _best(batteries: Batteries, index: int, connection: list[int], export: list[int], stored: list[int], unit_bits: int) -> int:
    rate = batteries.rate[index].tolist()
    into, out = batteries.charge_w[index].tolist(), batteries.discharge_w[index].tolist()
    added, taken = batteries.stored_uw[index].tolist(), batteries.given_uw[index].tolist()
    capacity, final = int(batteries.capacity_uw[index]), int(batteries.final_uw[index])
    held = stored[0] * int(batteries.initial_uw[index]) - min(stored[-1] * final, stored[-1] * capacity)
    held += capacity * sum(max(0, after - before) for before, after in pairwise(stored))
    total = held * RATE_SCALE
    for slot, worth in enumerate(stored):
        toll = ((rate[slot] << unit_bits) + (connection[slot] - export[slot]) * RATE_SCALE) * PPM
        charging = into[slot] * (added[slot] * worth * RATE_SCALE - toll)
        discharging = out[slot] * (toll - taken[slot] * worth * RATE_SCALE)
        total += max(0, charging, discharging) - connection[slot] * out[slot] * RATE_SCALE * PPM
    return -(-total // (RATE_SCALE * PPM))
