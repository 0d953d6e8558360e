"""Kernels of the plant: what it is worth beside a plan, and by how much a run changes that."""

from __future__ import annotations

import numpy as np

from optimizer.arrays import IntArray
from optimizer.engines.price.plans.plant_table import PlantTable
from optimizer.engines.price.plans.residual import kernel, occupy
from optimizer.engines.price.tables import Tables
from optimizer.peaks import UW_PER_KW
from optimizer.units import RATE_SCALE


@kernel
def _room(plant: PlantTable, residual: IntArray, taken: IntArray, first: int, place: int, slot: int) -> int:
    """The watts left for the load at ``place`` in the order of a slot, after those before it."""
    load = plant.order[place, slot]
    room = plant.power_w[load, slot]
    for i in range(plant.row.shape[1]):
        row = plant.row[load, i]
        if row < 0:
            continue
        left = residual[row, slot]
        for before in range(first, place):
            other = plant.order[before, slot]
            for k in range(plant.row.shape[1]):
                if plant.row[other, k] == row:
                    left -= taken[other]
        room = min(room, left)
    return max(0, int(room))


@kernel
def load_value(plant: PlantTable, residual: IntArray, taken: IntArray, site: int, begin: int, end: int) -> int:
    """Micro-units that the loads of ``site`` earn in slots ``[begin, end)``; ``taken[K]`` is scratch."""
    first, last = plant.first[site], plant.first[site + 1]
    peak = plant.peak[site]
    total = 0
    for slot in range(begin, end):
        below = plant.level_uw[peak] if peak >= 0 else 0
        if peak >= 0:
            drawn = plant.full_uw[peak, slot] - plant.pue_ppm[peak, slot] * residual[plant.peak_row[peak], slot]
            below = max(0, plant.level_uw[peak] - drawn) // plant.pue_ppm[peak, slot]
        for place in range(first, last):
            load = plant.order[place, slot]
            if plant.rate[load, slot] <= 0:
                break
            taken[load] = _room(plant, residual, taken, first, place, slot)
            if peak >= 0:
                taken[load] = min(taken[load], below)
                below -= taken[load]
            total += taken[load] * plant.rate[load, slot] // RATE_SCALE
    return total


@kernel
def heat_value(plant: PlantTable, residual: IntArray, site: int, begin: int, end: int) -> int:
    """Micro-units that the heat of what runs at ``site`` is sold for in slots ``[begin, end)``."""
    heat = plant.heat[site]
    total = 0
    if heat >= 0:
        given = residual[plant.heat_row[heat]]
        for slot in range(begin, end):
            total += min(given[slot], plant.heat_most_w[heat, slot]) * plant.heat_rate[heat, slot] // RATE_SCALE
    return total


@kernel
def slot_value(plant: PlantTable, residual: IntArray, taken: IntArray, site: int, begin: int, end: int) -> int:
    """What ``site`` earns beside its jobs in slots ``[begin, end)``: its loads, and its heat."""
    return load_value(plant, residual, taken, site, begin, end) + heat_value(plant, residual, site, begin, end)


@kernel
def peak_cost(plant: PlantTable, residual: IntArray, site: int) -> int:
    """Micro-units of the demand charge of ``site``: on the level, or on what jobs draw where that is more."""
    peak = plant.peak[site]
    if peak < 0:
        return 0
    most = plant.level_uw[peak]
    row = residual[plant.peak_row[peak]]
    for slot in range(residual.shape[1]):
        most = max(most, plant.full_uw[peak, slot] - plant.pue_ppm[peak, slot] * row[slot])
    # a charge in whole micro-units times microwatts may pass 64 bits
    kilowatts, rest = most // UW_PER_KW, most % UW_PER_KW
    return int(plant.charge[peak] * kilowatts + int(plant.charge[peak] * (rest / UW_PER_KW)))


@kernel
def plant_value(plant: PlantTable, residual: IntArray, taken: IntArray) -> int:
    """Micro-units that all plant adds to the objective, but for rounding, with peaks no lower than their levels."""
    total = 0
    for site in range(len(plant.first) - 1):
        total += slot_value(plant, residual, taken, site, 0, residual.shape[1]) - peak_cost(plant, residual, site)
    return total


@kernel
def occupy_beside(
    tables: Tables, residual: IntArray, taken: IntArray, budget_left: IntArray, window: int, start: int, sign: int
) -> int:
    """`residual.occupy`, and by how many micro-units the plant's worth changes."""
    site, end = tables.site[window], start + tables.duration[window]
    before = slot_value(tables.plant, residual, taken, site, start, end) - peak_cost(tables.plant, residual, site)
    occupy(tables, residual, budget_left, window, start, sign)
    return slot_value(tables.plant, residual, taken, site, start, end) - peak_cost(tables.plant, residual, site) - before


def scratch(plant: PlantTable) -> IntArray:
    """For what each load takes."""
    return np.zeros(len(plant.row), dtype=np.int64)
