"""The plant of a problem's sites as arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.arrays import IntArray
from optimizer.exact import ExactProblem
from optimizer.limits import LimitLabel
from optimizer.operation import flexible_limits, grid_label
from optimizer.plant import Peaks, Plant
from optimizer.units import PPM

#: A load has a hall's power and its air, and a grid connection.
_MOST_LIMITS = 3


def cut_plant(problem: ExactProblem, labels: Sequence[LimitLabel], capacity: IntArray) -> Plant:
    """The plant of all sites, in order; ``labels`` and ``capacity[L, T]`` are those of the slot limits."""
    row_of = {label: row for row, label in enumerate(labels)}
    peaks = _peaks(problem, row_of, capacity)
    loads = [(site, load) for site in problem.sites for load in site.flexible_loads]
    if not loads:
        nothing = np.zeros((0, problem.slot_count), dtype=np.int64)
        return Plant(power_w=nothing, value_rate=nothing, energy_rate=nothing, carbon_rate=nothing, peaks=peaks)
    rows = [[row_of[label] for label in flexible_limits(problem, site, load)] for site, load in loads]
    return Plant(
        site=np.array([site.index for site, _ in loads], dtype=np.int32),
        limit=np.array([own + [-1] * (_MOST_LIMITS - len(own)) for own in rows], dtype=np.int64),
        power_w=np.array([load.power_w for _, load in loads], dtype=np.int64),
        value_rate=np.array([load.value_rate for _, load in loads], dtype=np.int64),
        energy_rate=np.array([site.energy_rate for site, _ in loads], dtype=np.int64),
        carbon_rate=np.array([site.carbon_rate for site, _ in loads], dtype=np.int64),
        peaks=peaks,
    )


def _peaks(problem: ExactProblem, row_of: dict[LimitLabel, int], capacity: IntArray) -> Peaks:
    sites = [site for site in problem.sites if site.demand_charge_micros_per_kw]
    limit = np.array([row_of[grid_label(site)] for site in sites], dtype=np.int32)
    shape = (len(sites), problem.slot_count)
    return Peaks(
        site=np.array([site.index for site in sites], dtype=np.int32),
        limit=limit,
        capacity=capacity[limit],
        pue_ppm=np.array([site.pue_ppm for site in sites], dtype=np.int64).reshape(shape),
        overhead_uw=np.array([site.overhead_w for site in sites], dtype=np.int64).reshape(shape) * PPM,
        charge=np.array([site.demand_charge_micros_per_kw for site in sites], dtype=np.int64),
    )
