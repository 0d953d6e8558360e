"""The plant of a problem's sites as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from optimizer.accounting.halls import committed_halls
from optimizer.accounting.operation import export_label, flexible_limits, grid_label, heat_label
from optimizer.arrays import IntArray
from optimizer.columns.batteries import Batteries
from optimizer.columns.plant import Peaks, Plant
from optimizer.exact.problem import ExactProblem, ExactSite
from optimizer.limits import LimitLabel

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
    hall: int | None


def cut_plant(problem: ExactProblem, labels: Sequence[LimitLabel], capacity: IntArray) -> Plant:
    """The plant of all sites, in order; ``labels`` and ``capacity[L, T]`` are those of the slot limits."""
    row_of = {label: row for row, label in enumerate(labels)}
    takers = list(_takers(problem))
    switched = {hall.index: place for place, (hall, _) in enumerate(committed_halls(problem))}
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
        hall=np.array([-1 if taker.hall is None else switched.get(taker.hall, -1) for taker in takers], dtype=np.int32),
        peaks=_peaks(problem, row_of, capacity),
        batteries=_batteries(problem, row_of),
    )


def _takers(problem: ExactProblem) -> Iterator[_Taker]:
    nothing = (0,) * problem.slot_count
    for site in problem.sites:
        for load in site.flexible_loads:
            limits = flexible_limits(problem, site, load)
            yield _Taker(site, limits, load.power_w, load.value_rate, site.energy_rate, site.carbon_rate, False, load.hall)
        if site.heat_offtake is not None:
            offtake = site.heat_offtake
            yield _Taker(site, [heat_label(site)], offtake.most_w, offtake.rate, nothing, nothing, True, None)


def _peaks(problem: ExactProblem, row_of: dict[LimitLabel, int], capacity: IntArray) -> Peaks:
    sites = [site for site in problem.sites if site.demand_charge_micros_per_kw]
    limit = np.array([row_of[grid_label(site)] for site in sites], dtype=np.int32)
    shape = (len(sites), problem.slot_count)
    return Peaks(
        site=np.array([site.index for site in sites], dtype=np.int32),
        limit=limit,
        capacity=capacity[limit],
        pue_ppm=np.array([site.pue_ppm for site in sites], dtype=np.int64).reshape(shape),
        overhead_uw=np.array(
            [[site.draw_uw(slot, 0) for slot in range(problem.slot_count)] for site in sites], dtype=np.int64
        ).reshape(shape),
        charge=np.array([site.demand_charge_micros_per_kw for site in sites], dtype=np.int64),
    )


def _batteries(problem: ExactProblem, row_of: dict[LimitLabel, int]) -> Batteries:
    pairs = [(site, site.battery) for site in problem.sites if site.battery is not None]
    own = [battery for _, battery in pairs]

    def table(values: Sequence[Sequence[int]]) -> IntArray:
        return np.array(values, dtype=np.int64).reshape(len(pairs), problem.slot_count)

    return Batteries(
        site=np.array([site.index for site, _ in pairs], dtype=np.int32),
        limit=np.array([row_of[grid_label(site)] for site, _ in pairs], dtype=np.int32),
        export=np.array([row_of[export_label(site)] for site, _ in pairs], dtype=np.int32),
        charge_w=table([battery.charge_w for battery in own]),
        discharge_w=table([battery.discharge_w for battery in own]),
        stored_uw=table([battery.stored_uw for battery in own]),
        given_uw=table([battery.given_uw for battery in own]),
        capacity_uw=np.array([battery.capacity_uw for battery in own], dtype=np.int64),
        initial_uw=np.array([battery.initial_uw for battery in own], dtype=np.int64),
        final_uw=np.array([battery.final_uw for battery in own], dtype=np.int64),
        energy_rate=table([battery.energy_rate for battery in own]),
        carbon_rate=table([battery.carbon_rate for battery in own]),
    )
