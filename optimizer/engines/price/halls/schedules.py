"""When halls are on beside a plant: given the runs, a hall is on where its standby, and the load that it takes watts from or
lets in, are worth it.

Without a plant the cheapest schedule for the runs is the best one. Beside one each slot that a hall is on for is worth what the
plant gains more there, and with the other halls as they are the dynamic programme over slots finds the best schedule; hall
after hall, as long as that pays. A demand charge ties slots together: there the prices of the dual stand for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from optimizer.accounting.switching import best_schedule
from optimizer.columns.hall_plans import keeps_halls, required_slots, with_standby
from optimizer.columns.halls import Halls
from optimizer.columns.plant import Peaks, Plant
from optimizer.columns.table import BoolArray, Columns, IntArray, Selection
from optimizer.engines.price.bound.kernel import FloatArray
from optimizer.engines.price.bound.plant import plant_agents
from optimizer.engines.price.plans.plant_guide import displacement
from optimizer.formulation.selections import standing, used_by
from optimizer.units import RATE_SCALE

#: Times that every hall is looked at; they mostly settle in two.
MOST_PASSES = 4


def shares_sites(columns: Columns) -> bool:
    """Whether a plant is at a site of halls that may be switched off, so that their schedules are no matter of runs alone."""
    plant, halls = columns.plant, columns.halls
    of_halls = np.concatenate([halls.grid_limit, halls.export_limit])
    taken = {*plant.limit[~plant.sells_heat].ravel().tolist(), *plant.peaks.limit.tolist(), *plant.batteries.limit.tolist()}
    return bool((plant.hall >= 0).any()) or not taken.isdisjoint(of_halls[of_halls >= 0].tolist())


def standing_gain(columns: Columns, price: FloatArray | None) -> FloatArray:
    """``[K, T]`` micro-units that a hall gains in a slot that it is on beside all others: its loads, less what standby costs
    and, at ``price[L, T]``, takes from the rest of the plant.
    """
    halls, plant = columns.halls, columns.plant
    gain = -halls.on_cost.astype(np.float64)
    if plant.is_empty:
        return gain
    paid = np.zeros(columns.capacity.shape) if price is None else price
    displaced = displacement(columns, paid)
    for hall, limit, watts in halls.drawn_on():
        gain[hall] -= max(0, watts) * displaced[limit]
    gained: FloatArray = gain + plant_agents(columns).hall_gain(paid, len(halls))
    return gained


def ways_to_switch(columns: Columns, selection: Selection, price: FloatArray | None) -> Iterator[Selection]:
    """``selection`` with schedules worth trying, batteries as they are; ``price[L, T]`` are prices that guide."""
    required, used = required_slots(columns, selection), used_by(columns, selection)
    beside = _Beside(columns, used, required, selection.net_w)
    now = standing(columns, selection)
    if now is not None:
        yield replace(selection, on=beside.settled(now, None))
    if price is not None:
        gain = standing_gain(columns, price)
        on = beside.best_at(gain)
        if on is not None:
            yield replace(selection, on=on)
            yield replace(selection, on=beside.settled(on, displacement(columns, price)))


def switched_as(columns: Columns, on: BoolArray) -> Columns:
    """``columns`` whose halls are ``on[K, T]`` whatever runs: standby is off the capacity, and where a hall is off there is
    nothing in it.
    """
    halls = columns.halls
    capacity: IntArray = columns.capacity - with_standby(columns, np.zeros_like(columns.capacity), on)
    own = np.flatnonzero(halls.hall_of_limit >= 0)
    capacity[own] *= on[halls.hall_of_limit[own]]
    nowhere = Halls(
        on_cost=halls.on_cost[:0],
        carries=halls.carries[:0],
        hall_of_pool=np.full_like(halls.hall_of_pool, -1),
        hall_of_limit=np.full_like(halls.hall_of_limit, -1),
    )
    plant = columns.plant.under(on)
    plant = replace(plant, hall=np.full_like(plant.hall, -1))
    return replace(columns, capacity=np.maximum(0, capacity), halls=nowhere, plant=plant)


@dataclass(frozen=True, slots=True)
class _Beside:
    """Runs that use ``used[L, T]`` and need halls in ``required[K, T]``, batteries run as ``net_w``."""

    columns: Columns
    used: IntArray
    required: BoolArray
    net_w: IntArray | None

    def best_at(self, gain: FloatArray) -> BoolArray | None:
        """The best schedules at ``gain[K, T]``, hall by hall; None where they do not fit together."""
        on = self.required.copy()
        for hall in range(len(on)):
            schedule = self._best_of(hall, gain[hall], on)
            if schedule is None:
                return None
            on[hall] = schedule
        return on if self._keeps(on) else None

    def settled(self, on: BoolArray, price: FloatArray | None) -> BoolArray:
        """``on`` with one hall after another in the schedule that is best beside the others; ``price[L, T]`` stands for what a
        peak costs.
        """
        on, changed = on.copy(), True
        for _ in range(MOST_PASSES):
            if not changed:
                break
            changed = False
            for hall in range(len(on)):
                schedule = self._best_of(hall, self._gain_beside(hall, on, price), on)
                if schedule is None or (schedule == on[hall]).all():
                    continue
                before = on[hall].copy()
                on[hall] = schedule
                if self._keeps(on):
                    changed = True
                else:
                    on[hall] = before
        return on

    def _best_of(self, hall: int, gain: FloatArray, on: BoolArray) -> BoolArray | None:
        """The best schedule of one hall where its standby fits beside the others as they are ``on``."""
        halls, rest = self.columns.halls, on.copy()
        rest[hall] = False
        free = self._free(rest)
        forbidden = ~halls.carries[hall] & ~self.required[hall]
        if (grid := int(halls.grid_limit[hall])) >= 0:
            forbidden |= (free[grid] < halls.standby_w[hall]) & ~self.required[hall]
        whole = np.rint(gain).astype(np.int64).tolist()
        schedule = best_schedule(halls.rules[hall], whole, self.required[hall].tolist(), forbidden.tolist())
        return None if schedule is None else np.array(schedule, dtype=np.bool_)

    def _gain_beside(self, hall: int, on: BoolArray, price: FloatArray | None) -> FloatArray:
        """``[T]``: what the plant gains more in a slot if ``hall`` is on there, less what it costs."""
        halls, with_it, without = self.columns.halls, on.copy(), on.copy()
        with_it[hall], without[hall] = True, False
        gain: FloatArray = self._plant_gain(with_it) - self._plant_gain(without) - halls.on_cost[hall]
        peaks = set(self.columns.plant.peaks.limit.tolist())
        for of, limit, watts in halls.drawn_on():
            if of == hall and limit in peaks and price is not None:
                gain = gain - watts * price[limit]
        return gain

    def _plant_gain(self, on: BoolArray) -> FloatArray:
        """``[T]`` micro-units that loads gain, peaks aside."""
        plant: Plant = replace(self.columns.plant.under(on), peaks=Peaks())
        watts = plant.operate(self._free(on, rests=True), self.net_w).watts
        gain: FloatArray = (watts * plant.rate).sum(axis=0) / RATE_SCALE
        return gain

    def _free(self, on: BoolArray, *, rests: bool = False) -> IntArray:
        """What is left where halls are ``on``; what batteries take is off it unless ``rests``."""
        free: IntArray = self.columns.capacity - with_standby(self.columns, self.used, on)
        batteries = self.columns.plant.batteries
        if rests or not len(batteries):
            return free
        return batteries.taken_from(free, batteries.at_rest() if self.net_w is None else self.net_w)

    def _keeps(self, on: BoolArray) -> bool:
        return keeps_halls(self.columns, on, self.required, self.used)
