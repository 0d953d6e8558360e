"""The plant of a problem's sites as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from optimizer.arrays import IntArray
from optimizer.exact import ExactProblem, ExactSite
from optimizer.limits import LimitLabel
from optimizer.operation import flexible_limits, grid_label, heat_label
from optimizer.plant import Peaks, Plant
from optimizer.units import PPM

#: A load has a hall's power and its air, and a grid connection.
MOST_LIMITS = 3


class _Taker(NamedTuple):
    site: ExactSite
    limits: list[LimitLabel]
    most_w: Sequence[int]
    value_rate: Sequence[int]
    energy_rate: Sequence[int]
    carbon_rate: Sequence[int]
    sells_heat: bool


def cut_plant(problem: ExactProblem, labels: Sequence[LimitLabel], capacity: IntArray) -> Plant:
    """The plant of all sites, in order; ``labels`` and ``capacity[L, T]`` are those of the slot limits."""
    row_of = {label: row for row, label in enumerate(labels)}
    takers = list(_takers(problem))
    rows = [[row_of[label] for label in taker.limits] for taker in takers]

    def table(values: list[Sequence[int]]) -> IntArray:
        return np.array(values, dtype=np.int64).reshape(len(takers), problem.slot_count)

    return Plant(
        site=np.array([taker.site.index for taker in takers], dtype=np.int32),
        limit=np.array([own + [-1] * (MOST_LIMITS - len(own)) for own in rows], dtype=np.int64).reshape(-1, MOST_LIMITS),
        power_w=table([taker.most_w for taker in takers]),
        value_rate=table([taker.value_rate for taker in takers]),
        energy_rate=table([taker.energy_rate for taker in takers]),
        carbon_rate=table([taker.carbon_rate for taker in takers]),
        sells_heat=np.array([taker.sells_heat for taker in takers], dtype=np.bool_),
        peaks=_peaks(problem, row_of, capacity),
    )


def _takers(problem: ExactProblem) -> Iterator[_Taker]:
    nothing = (0,) * problem.slot_count
    for site in problem.sites:
        for load in site.flexible_loads:
            limits = flexible_limits(problem, site, load)
            yield _Taker(site, limits, load.power_w, load.value_rate, site.energy_rate, site.carbon_rate, False)
        if site.heat_offtake is not None:
            offtake = site.heat_offtake
            yield _Taker(site, [heat_label(site)], offtake.most_w, offtake.rate, nothing, nothing, True)


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
