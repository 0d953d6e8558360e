"""Batteries as integer arrays: what each takes of its connection, what it holds, and the whole watts nearest to a wish."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.arrays import BoolArray, IndexArray, IntArray, no_indices, no_ints


def _no_table() -> IntArray:
    return no_ints().reshape(0, 0)


@dataclass(frozen=True, slots=True)
class Batteries:
    """``B`` batteries as in ``optimizer.exact.battery``. Rates are per watt that goes in and slot, in 1e-4 micro-units.

    How they are run is ``net_w[B, T]``: watts of IT power that go in and, below 0, come out. Of row ``limit`` a battery takes
    ``discharge_w + net_w``, so that one at rest takes all that it could give; of row ``export`` it takes ``-net_w``.
    """

    site: IndexArray = field(default_factory=no_indices)  # [B]
    limit: IndexArray = field(default_factory=no_indices)  # [B] row of the connection
    export: IndexArray = field(default_factory=no_indices)  # [B] row of what the site draws
    charge_w: IntArray = field(default_factory=_no_table)  # [B, T]
    discharge_w: IntArray = field(default_factory=_no_table)  # [B, T]
    stored_uw: IntArray = field(default_factory=_no_table)  # [B, T]
    given_uw: IntArray = field(default_factory=_no_table)  # [B, T] > 0
    capacity_uw: IntArray = field(default_factory=no_ints)  # [B]
    initial_uw: IntArray = field(default_factory=no_ints)  # [B]
    final_uw: IntArray = field(default_factory=no_ints)  # [B]
    energy_rate: IntArray = field(default_factory=_no_table)  # [B, T]
    carbon_rate: IntArray = field(default_factory=_no_table)  # [B, T]

    def __len__(self) -> int:
        return len(self.site)

    @property
    def rate(self) -> IntArray:
        """What a watt that goes in costs, and what one that comes out saves; ``[B, T]``."""
        return self.energy_rate + self.carbon_rate

    @property
    def may_waste(self) -> BoolArray:
        """``[B]``: where a price below 0 would pay for charging and discharging at once."""
        wastes: BoolArray = np.any(self.rate < 0, axis=1)
        return wastes

    def at_no_cost(self) -> Batteries:
        """The same batteries, run for nothing."""
        return replace(self, energy_rate=np.zeros_like(self.energy_rate), carbon_rate=np.zeros_like(self.carbon_rate))

    def at_rest(self) -> IntArray:
        return np.zeros_like(self.charge_w)

    def held_uw(self, net_w: IntArray) -> IntArray:
        """What each holds at the end of each slot; ``[B, T]``."""
        changes = net_w * np.where(net_w > 0, self.stored_uw, self.given_uw)
        held: IntArray = self.initial_uw[:, None] + np.cumsum(changes, axis=1)
        return held

    def keeps(self, net_w: IntArray) -> bool:
        """Whether ``net_w`` is within what each battery takes, gives and holds."""
        held = self.held_uw(net_w)
        in_range = ((-self.discharge_w <= net_w) & (net_w <= self.charge_w)).all()
        return bool(
            in_range
            and (held >= 0).all()
            and (held <= self.capacity_uw[:, None]).all()
            and (held[:, -1:] >= self.final_uw[:, None]).all()
        )

    def taken_from(self, free: IntArray, net_w: IntArray) -> IntArray:
        """``free[L, T]`` less what the batteries take."""
        if not len(self):
            return free
        left = free.copy()
        left[self.limit] -= self.discharge_w + net_w
        left[self.export] += net_w
        return left

    def most_worth(self) -> IntArray:
        """``[B]``: above what a watt more that its site draws can be worth in a slot, in rates; at least 1.

        It lets a watt come out, which saves the dearest price, or makes room for what the lowest price pays for.
        """
        if not len(self):
            return no_ints()
        room = np.max(self.given_uw, axis=1) / np.maximum(1, np.min(self.stored_uw, axis=1))
        low, high = np.maximum(0, -self.rate.min(axis=1)), np.maximum(0, self.rate.max(axis=1))
        worth: IntArray = 1 + high + np.ceil(low * room).astype(np.int64)
        return worth

    def whole(self, free: IntArray, sinks_w: IntArray, wanted_w: NDArray[np.float64]) -> IntArray | None:
        """Whole watts as near to ``wanted_w[B, T]`` as every rule lets them be; None where this finds none.

        ``free[L, T]`` is what jobs leave of the limits, ``sinks_w[B, T]`` what else could draw at the site.
        """
        net_w = self.at_rest()
        for index in range(len(self)):
            highest = np.minimum(self.charge_w[index], free[self.limit[index]] - self.discharge_w[index])
            draw = np.maximum(0, free[self.export[index]] + sinks_w[index])
            lowest = -np.minimum(self.discharge_w[index], draw)
            series = _whole(_Store(self, index), lowest.tolist(), highest.tolist(), np.rint(wanted_w[index]).tolist())
            if series is None:
                return None
            net_w[index] = series
        return net_w


class _Store:
    """One battery in Python integers."""

    def __init__(self, batteries: Batteries, index: int) -> None:
        self.stored: list[int] = batteries.stored_uw[index].tolist()
        self.given: list[int] = batteries.given_uw[index].tolist()
        self.capacity, self.initial = int(batteries.capacity_uw[index]), int(batteries.initial_uw[index])
        self.final = int(batteries.final_uw[index])

    def change(self, slot: int, net_w: int) -> int:
        return net_w * (self.stored[slot] if net_w > 0 else self.given[slot])

    def least_net(self, slot: int, change: int) -> int | None:
        """The fewest watts that change what is held by at least ``change``; None where none do."""
        if change <= 0:
            return -(-change // self.given[slot])
        return -(-change // self.stored[slot]) if self.stored[slot] else None

    def most_net(self, slot: int, change: int) -> int | None:
        """The most watts that change what is held by at most ``change``; None where any number does."""
        if change < 0:
            return change // self.given[slot]
        return change // self.stored[slot] if self.stored[slot] else None


def _whole(store: _Store, lowest: list[int], highest: list[int], wanted: list[float]) -> list[int] | None:
    """Slot by slot the watts nearest to what is wanted from which the rest can still be kept."""
    if any(low > high for low, high in zip(lowest, highest, strict=True)):
        return None
    low_uw, high_uw = _reach(store, lowest, highest)
    held = store.initial
    if not low_uw[0] <= held <= high_uw[0]:
        return None
    series = []
    for slot, want in enumerate(wanted):
        least, most = store.least_net(slot, low_uw[slot + 1] - held), store.most_net(slot, high_uw[slot + 1] - held)
        low = lowest[slot] if least is None else max(lowest[slot], least)
        high = highest[slot] if most is None else min(highest[slot], most)
        net = max(low, min(high, int(want)))
        held += store.change(slot, net)
        if net > highest[slot] or not low_uw[slot + 1] <= held <= high_uw[slot + 1]:
            return None
        series.append(net)
    return series


def _reach(store: _Store, lowest: list[int], highest: list[int]) -> tuple[list[int], list[int]]:
    """The least and most that it may hold at each boundary, ``[T + 1]``, for the slots from there on to be kept."""
    low, high = [store.final], [store.capacity]
    for slot in reversed(range(len(lowest))):
        low.append(max(0, low[-1] - store.change(slot, highest[slot])))
        high.append(min(store.capacity, high[-1] - store.change(slot, lowest[slot])))
    return low[::-1], high[::-1]
