"""Batteries in the bound: each is run as pays best at the prices of its connection and of what its site draws.

A watt in pays for its energy and the connection and gets the price of what the site draws, one out the other way round. Of the
connection a battery at rest takes all that it could give (`optimizer.columns.batteries`), and pays for that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.arrays import IntArray
from optimizer.columns.batteries import Batteries
from optimizer.engines.price.bound.kernel import FloatArray
from optimizer.engines.price.bound.storage import storage_turn
from optimizer.formulation.battery_rows import best_of_batteries
from optimizer.units import PPM, RATE_SCALE


@dataclass(frozen=True, slots=True)
class BatteryTurn:
    """What batteries do at some prices: micro-units gained in all, net watts, and the worth of a watt-slot held, ``[B, T]``."""

    value: float
    net_w: FloatArray
    stored: FloatArray


@dataclass(frozen=True, slots=True)
class BatteryAgents:
    """Batteries with what a dynamic programme reads: rates in micro-units, energies in watt-slots."""

    batteries: Batteries
    rate: FloatArray  # [B, T] micro-units that a watt in costs
    stored: FloatArray  # [B, T] watt-slots
    given: FloatArray  # [B, T]
    held: FloatArray  # [B, 3] capacity, at first, least at the end

    def __len__(self) -> int:
        return len(self.batteries)

    def tolls(self, price: FloatArray) -> FloatArray:
        """What a watt in costs, and one out saves, at ``price[L, T]`` micro-units a unit of the limits; ``[B, T]``."""
        tolls: FloatArray = self.rate + price[self.batteries.limit] - price[self.batteries.export]
        return tolls

    def turn(self, price: FloatArray) -> BatteryTurn:
        """The best that batteries gain at ``price[L, T]``, and how."""
        own, tolls = self.batteries, self.tolls(price)
        net_w, stored = np.zeros(tolls.shape), np.zeros(tolls.shape)
        value = -float((price[own.limit] * own.discharge_w).sum())
        for index in range(len(self)):
            gained, net_w[index], stored[index] = self.run(index, tolls[index], -own.discharge_w[index], own.charge_w[index])
            value += gained
        return BatteryTurn(value, net_w, stored)

    def run(
        self, index: int, toll: FloatArray, lowest: IntArray | FloatArray, highest: IntArray | FloatArray
    ) -> tuple[float, FloatArray, FloatArray]:
        """`storage_turn` of one battery at ``toll[T]``, its net between ``lowest`` and ``highest``."""
        low, high = lowest.astype(np.float64), highest.astype(np.float64)
        return storage_turn(toll, low, high, self.stored[index], self.given[index], self.held[index])


def battery_agents(batteries: Batteries) -> BatteryAgents:
    held = np.stack([batteries.capacity_uw, batteries.initial_uw, batteries.final_uw], axis=1) / PPM
    return BatteryAgents(batteries, batteries.rate / RATE_SCALE, batteries.stored_uw / PPM, batteries.given_uw / PPM, held)


def whole_stored_prices(batteries: Batteries, limit_price: IntArray, bits: int) -> IntArray:
    """What a watt-slot held is worth at ``limit_price[L, T]``, ``[B, T]``, all in ``2 ** -bits`` micro-units."""
    stored = battery_agents(batteries).turn(limit_price / 2.0**bits).stored
    return np.clip(np.rint(stored * 2.0**bits), -(2.0**60), 2.0**60).astype(np.int64)


def exact_battery_value(batteries: Batteries, limit_price: IntArray, stored_price: IntArray, bits: int) -> int:
    """What no way to run them gains more than at whole prices, in units of ``2 ** -bits`` micro-units, rounded up."""
    if not len(batteries):
        return 0
    return best_of_batteries(batteries, limit_price[batteries.limit], limit_price[batteries.export], stored_price, bits)
