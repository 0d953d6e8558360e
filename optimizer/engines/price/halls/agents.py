"""Halls that may be switched off, in the bound: each is an agent that lets its limits at the prices, and is on where that pays.

A run needs its hall on in each of its slots, so what a hall's own limits and rows pay is earned only in slots that it is on:
a plan pays the hall no more than the best of its schedules earns, less standby and switching. That maximum, an exact dynamic
programme over slots, stands in the bound in place of ``capacity x price`` of those limits (`optimizer.certificates`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.accounting.switching import best_schedule, switching_micros
from optimizer.arrays import BoolArray, IndexArray, IntArray
from optimizer.columns.halls import Halls
from optimizer.columns.table import Columns
from optimizer.engines.price.bound.kernel import FloatArray
from optimizer.engines.price.jit import compiled
from optimizer.engines.price.rows.slot_rows import SlotRows


@dataclass(frozen=True, slots=True)
class HallAgents:
    """``K`` halls; the ``n``-th of their limits is ``limit[n]`` (its row of prices), of which hall ``hall[n]`` has
    ``capacity[n, T]`` while it is on. Limits of several halls may share a row of prices (`alike`).
    """

    halls: Halls
    hall: IndexArray  # [N]
    limit: IndexArray  # [N]
    capacity: IntArray  # [N, T] >= 0

    def __len__(self) -> int:
        return len(self.halls)

    @property
    def rules(self) -> IntArray:
        """``[K, 6]``: start-up and shut-down micro-units, least slots on and off, initially on, finally off."""
        rows = [
            (r.start_up_micros, r.shut_down_micros, r.min_up, r.min_down, int(r.initially_on), int(r.finally_off))
            for r in self.halls.rules
        ]
        return np.array(rows, dtype=np.int64).reshape(-1, 6)

    @property
    def cost_on_throughout(self) -> float:
        """Micro-units that all halls cost if they were on in all slots: the scale of what prices have to pay."""
        switching = sum(rules.start_up_micros for rules in self.halls.rules)
        return float(np.maximum(self.halls.on_cost, 0).sum()) + switching


def hall_agents(columns: Columns) -> HallAgents:
    """Those of ``columns``; none where no hall may be switched off."""
    halls = columns.halls
    limit = np.flatnonzero(halls.hall_of_limit >= 0).astype(np.int32)
    return HallAgents(halls, halls.hall_of_limit[limit], limit, np.maximum(0, columns.capacity[limit]))


@dataclass(frozen=True, slots=True)
class HallTurn:
    """What the agents do at some prices: ``on[K, T]``, and what each earns less what it costs, micro-units ``[K]``."""

    on: BoolArray
    value: FloatArray


def best_turn(
    agents: HallAgents,
    rules: IntArray,
    limit_price: FloatArray,
    rows: SlotRows,
    row_price: FloatArray,
    load_gain: FloatArray,
) -> HallTurn:
    """The best schedule of each hall at ``limit_price[L, T]`` and ``row_price[R]``; ``rules`` are those of `HallAgents`.

    ``load_gain[K, T]``: what the flexible loads in it gain in a slot that it is on.
    """
    halls = agents.halls
    gain = load_gain - halls.on_cost
    np.add.at(gain, agents.hall, agents.capacity * limit_price[agents.limit])
    own = rows.hall >= 0
    np.add.at(gain, (rows.hall[own], rows.slot[own]), rows.rhs[own] * row_price[own])
    for hall, limit, watts in halls.drawn_on():
        gain[hall] -= watts * limit_price[limit]
    turn = HallTurn(np.zeros(gain.shape, dtype=np.bool_), np.zeros(len(gain)))
    _best_turns(gain, rules, ~halls.carries, turn.on, turn.value)
    return turn


def exact_values(
    agents: HallAgents,
    bits: int,
    limit_price: IntArray,
    rows: SlotRows,
    row_price: IntArray,
    load_gain: list[list[int]],
) -> list[int]:
    """As `best_turn`, what each hall's best schedule is worth, in integers of any size: units of ``2 ** -bits`` micro-units."""
    halls = agents.halls
    gain = [
        [gained - (cost << bits) for gained, cost in zip(of_loads, costs, strict=True)]
        for of_loads, costs in zip(load_gain, halls.on_cost.tolist(), strict=True)
    ]
    for n, hall in enumerate(agents.hall.tolist()):
        price = limit_price[agents.limit[n]]
        for t in np.flatnonzero(price).tolist():
            gain[hall][t] += int(agents.capacity[n, t]) * int(price[t])
    for r in np.flatnonzero((rows.hall >= 0) & (row_price != 0)).tolist():
        gain[rows.hall[r]][rows.slot[r]] += int(rows.rhs[r]) * int(row_price[r])
    for hall, limit, watts in halls.drawn_on():
        for t in np.flatnonzero(limit_price[limit]).tolist():
            gain[hall][t] -= watts * int(limit_price[limit, t])
    values = []
    nothing = [False] * halls.on_cost.shape[1]
    for hall, rules in enumerate(halls.rules):
        scaled = replace(rules, start_up_micros=rules.start_up_micros << bits, shut_down_micros=rules.shut_down_micros << bits)
        schedule = best_schedule(scaled, gain[hall], nothing, (~halls.carries[hall]).tolist())
        # to be off throughout is always allowed
        assert schedule is not None
        earned = sum(value for value, on in zip(gain[hall], schedule, strict=True) if on)
        values.append(earned - switching_micros(scaled, schedule))
    return values


@compiled
def best_hall(
    gain: FloatArray, rules: IntArray, required: BoolArray, forbidden: BoolArray, when: FloatArray, on: BoolArray
) -> float:
    """`optimizer.accounting.switching.best_schedule` of one hall, in floats: its worth, and the schedule into ``on[T]``.

    ``rules`` is a row of `HallAgents.rules`, ``when`` scratch ``[2, T + 1]``. -inf where no schedule is. Off where equal.
    """
    count = len(gain)
    start_up, shut_down, up, down = float(rules[0]), float(rules[1]), rules[2], rules[3]
    when[1, count] = -shut_down if rules[5] else 0.0
    when[0, count] = 0.0
    # sums of the next `up` gains and counts of the slots that bar a state, kept while going backward
    earned, barred_on, barred_off = 0.0, 0, 0
    for slot in range(count - 1, -1, -1):
        earned += gain[slot]
        barred_on += forbidden[slot]
        barred_off += required[slot]
        if slot + up < count:
            earned -= gain[slot + up]
            barred_on -= forbidden[slot + up]
        if slot + down < count:
            barred_off -= required[slot + down]
        stays_on = -np.inf if forbidden[slot] else gain[slot] + when[1, slot + 1]
        stays_off = -np.inf if required[slot] else when[0, slot + 1]
        stops = -np.inf if barred_off else when[0, min(count, slot + down)] - shut_down
        starts = -np.inf if barred_on else earned - start_up + when[1, min(count, slot + up)]
        when[1, slot] = max(stops, stays_on)
        when[0, slot] = max(stays_off, starts)
    is_on = bool(rules[4])
    value = float(when[1, 0] if is_on else when[0, 0])
    if value == -np.inf:
        return value
    slot = 0
    while slot < count:
        off_until = min(count, slot + down) if is_on else slot + 1
        barred = 0
        for t in range(slot, off_until):
            barred += required[t]
        turns_off = -np.inf if barred else when[0, off_until] - (shut_down if is_on else 0.0)
        stays = turns_off >= (when[1, slot] if is_on else when[0, slot])
        until = off_until if stays else slot + 1 if is_on else min(count, slot + up)
        for t in range(slot, until):
            on[t] = not stays
        is_on = not stays
        slot = until
    return value


@compiled
def _best_turns(gain: FloatArray, rules: IntArray, forbidden: BoolArray, on: BoolArray, value: FloatArray) -> None:
    required = np.zeros(gain.shape[1], dtype=np.bool_)
    when = np.empty((2, gain.shape[1] + 1))
    for hall in range(len(gain)):
        value[hall] = best_hall(gain[hall], rules[hall], required, forbidden[hall], when, on[hall])
