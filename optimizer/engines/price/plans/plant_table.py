"""What kernels know of the plant of sites: what load earns in what a plan leaves, what its peak costs, what heat earns.

A watt of a job displaces a watt of load where both do not fit. In a slot loads are filled in the order of what a watt gains,
up to the *level* of the site's peak: with several slots in one charge the best peak is no matter of one slot, so a search
holds it where the plan that it starts from has it best, and pays for what jobs draw beyond. Heat is sold as far as jobs give
it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimizer.arrays import IndexArray, IntArray
from optimizer.columns.table import Columns


class PlantTable(NamedTuple):
    """``K`` loads, by site; ``D`` sites with a demand charge; ``H`` that sell heat. Rows are merged limits."""

    first: IntArray  # [S + 1] the loads of each site; empty where no site has a plant
    row: IntArray  # [K, 3] rows of which a watt takes a watt; -1 where it has fewer
    power_w: IntArray  # [K, T]
    rate: IntArray  # [K, T] 1e-4 micro-units a watt; at least 0
    order: IndexArray  # [K, T] the loads of each site, those that gain most a watt first
    peak: IndexArray  # [S] the demand charge of each site, or -1
    peak_row: IntArray  # [D]
    pue_ppm: IntArray  # [D, T]
    full_uw: IntArray  # [D, T] the draw where nothing is left of ``peak_row``
    level_uw: IntArray  # [D] how high loads may draw
    charge: IntArray  # [D] micro-units a kilowatt
    heat: IndexArray  # [S] the heat offtake of each site, or -1
    heat_row: IntArray  # [H] of which nothing is left but what jobs give
    heat_most_w: IntArray  # [H, T]
    heat_rate: IntArray  # [H, T] 1e-4 micro-units a watt; at least 0


def plant_table(columns: Columns, merged: IndexArray) -> PlantTable:
    """The table of the plant of ``columns``, whose limits are the rows ``merged[L]``; peaks as best without jobs."""
    plant, site_count = columns.plant, len(columns.energy_prefix)
    peaks = plant.peaks
    heat, loads = np.flatnonzero(plant.sells_heat), np.flatnonzero(~plant.sells_heat)
    by_site = loads[np.argsort(plant.site[loads], kind="stable")]
    rate = np.maximum(0, plant.rate[by_site])
    limit = plant.limit[by_site]
    first = np.searchsorted(plant.site[by_site], np.arange(site_count + 1)).astype(np.int64)
    order = np.zeros(rate.shape, dtype=np.int32)
    for site in range(site_count):
        own = slice(first[site], first[site + 1])
        order[own] = first[site] + np.argsort(-rate[own], axis=0, kind="stable")
    peak = np.full(site_count, -1, dtype=np.int32)
    peak[peaks.site] = np.arange(len(peaks))
    offtake = np.full(site_count, -1, dtype=np.int32)
    offtake[plant.site[heat]] = np.arange(len(heat))
    return PlantTable(
        first=first[:0] if plant.is_empty else first,
        row=np.where(limit >= 0, merged[limit], -1).astype(np.int64) if limit.size else limit,
        power_w=np.ascontiguousarray(plant.power_w[by_site]),
        rate=np.ascontiguousarray(rate),
        order=order,
        peak=peak,
        peak_row=merged[peaks.limit].astype(np.int64),
        pue_ppm=peaks.pue_ppm,
        full_uw=peaks.draw_uw(peaks.capacity),
        level_uw=best_levels(columns, columns.capacity),
        charge=peaks.charge,
        heat=offtake,
        heat_row=merged[plant.heat_limits].astype(np.int64),
        heat_most_w=np.ascontiguousarray(plant.power_w[heat]),
        heat_rate=np.maximum(0, plant.rate[heat]),
    )


def best_levels(columns: Columns, free: IntArray) -> IntArray:
    """The peaks ``[D]`` that are best where ``free[L, T]`` is left; no more than overhead needs where no load draws."""
    plant, peaks = columns.plant, columns.plant.peaks
    if not len(peaks):
        return np.zeros(0, dtype=np.int64)
    least = peaks.overhead_uw.max(axis=1)
    with_load = np.isin(peaks.site, plant.site[~plant.sells_heat])
    level: IntArray = np.where(with_load, np.maximum(least, plant.operate(free).peak_uw), least)
    return level
