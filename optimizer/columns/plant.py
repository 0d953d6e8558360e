"""What sites run beside their jobs, as integer arrays: flexible loads and demand charges, and what pays best beside jobs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from optimizer.arrays import BoolArray, IndexArray, IntArray, no_booleans, no_indices, no_ints
from optimizer.columns.batteries import Batteries
from optimizer.peaks import UW_PER_KW, Rise, best_peak_uw, charge_micros
from optimizer.units import RATE_SCALE

#: Two sums of what is earned and three of costs are rounded against the plan, by less than a micro-unit each.
ROUNDING_MICROS = 5


def _no_table() -> IntArray:
    return no_ints().reshape(0, 0)


@dataclass(frozen=True, slots=True)
class Peaks:
    """``D`` sites with a demand charge. A site draws ``overhead_uw + pue_ppm x IT watts`` at its connection, in microwatts."""

    site: IndexArray = field(default_factory=no_indices)  # [D]
    limit: IndexArray = field(default_factory=no_indices)  # [D] row of the connection's limit
    capacity: IntArray = field(default_factory=_no_table)  # [D, T] of that limit, before anything is taken
    pue_ppm: IntArray = field(default_factory=_no_table)  # [D, T]
    overhead_uw: IntArray = field(default_factory=_no_table)  # [D, T]
    charge: IntArray = field(default_factory=no_ints)  # [D] micro-units a kilowatt

    def __len__(self) -> int:
        return len(self.site)

    def draw_uw(self, watts: IntArray) -> IntArray:
        """What IT watts ``[D, T]`` draw at the connections."""
        drawn: IntArray = self.overhead_uw + self.pue_ppm * watts
        return drawn


class Operated(NamedTuple):
    """How the plant is run: the watts ``[K, T]`` of each taker, and the peak ``[D]`` of each site with a charge."""

    watts: IntArray
    peak_uw: IntArray


@dataclass(frozen=True, slots=True)
class Plant:
    """``K`` takers: flexible loads, and sites that sell heat. And ``peaks`` and ``batteries``.

    Rates are per watt and slot, in 1e-4 micro-units: per IT watt of a load, per watt of liquid heat sold. ``limit[K, 3]`` are
    the rows of the slot limits that each watt of a taker takes a watt of; -1 where it has fewer. Of recovered heat there is no
    capacity: what runs give is their negative use.
    """

    site: IndexArray = field(default_factory=no_indices)  # [K]
    limit: IntArray = field(default_factory=_no_table)  # [K, 3]
    power_w: IntArray = field(default_factory=_no_table)  # [K, T] at most
    value_rate: IntArray = field(default_factory=_no_table)  # [K, T]
    energy_rate: IntArray = field(default_factory=_no_table)  # [K, T]
    carbon_rate: IntArray = field(default_factory=_no_table)  # [K, T]
    sells_heat: BoolArray = field(default_factory=no_booleans)  # [K]
    hall: IndexArray = field(default_factory=no_indices)  # [K] of a load in a hall that may be switched off, that hall; else -1
    peaks: Peaks = field(default_factory=Peaks)
    batteries: Batteries = field(default_factory=Batteries)

    @property
    def is_empty(self) -> bool:
        return not len(self.site) and not len(self.peaks) and not len(self.batteries)

    def under(self, on: BoolArray | None) -> Plant:
        """The plant where halls are ``on[K, T]``: a load in one that is off draws nothing. None: without such halls."""
        inside = np.flatnonzero(self.hall >= 0)
        if on is None or not len(inside):
            return self
        power_w = self.power_w.copy()
        power_w[inside] *= on[self.hall[inside]]
        return replace(self, power_w=power_w)

    def batteries_at_no_cost(self) -> Plant:
        """The batteries alone, run for nothing."""
        if not len(self.batteries):
            return Plant()
        none = {name: getattr(self, name)[:0] for name in _BY_TAKER}
        return Plant(**none, batteries=self.batteries.at_no_cost())

    @property
    def rate(self) -> IntArray:
        """What a watt gains beyond its energy and carbon; shape ``[K, T]``."""
        return self.value_rate - self.energy_rate - self.carbon_rate

    @property
    def rounding_micros(self) -> int:
        """How much less than the best of its relaxation an operation may count.

        Each term is rounded once a site; below a peak, each slot's load is cut to whole watts, and so is what a battery does.
        """
        sites = np.union1d(np.union1d(self.site, self.peaks.site), self.batteries.site)
        cut = np.isin(self.site, self.peaks.site) & ~self.sells_heat
        watts = int(np.maximum(0, self.rate[cut]).max(axis=0, initial=0).sum()) if cut.any() else 0
        stored = int(np.abs(self.batteries.rate).sum())
        return ROUNDING_MICROS * len(sites) + -(-watts // RATE_SCALE) * len(self.peaks) + -(-stored // RATE_SCALE)

    @property
    def most_charged(self) -> float:
        """What the demand charges come to where every connection is used to its limit, in micro-units."""
        peaks = self.peaks
        most = peaks.draw_uw(peaks.capacity).max(axis=1, initial=0)
        return float((most * (peaks.charge / UW_PER_KW)).sum())

    def loads_of(self, site: int) -> BoolArray:
        """``[K]``: the flexible loads of a site."""
        own: BoolArray = (self.site == site) & ~self.sells_heat
        return own

    def given_rate(self, limit: IndexArray | IntArray) -> IntArray:
        """What a watt of each of the limits ``[N]`` is worth at most in any slot, where runs give it: heat, or a battery's way
        out. 0 of the others.
        """
        exports = self.batteries.export
        if not self.sells_heat.any() and not len(exports):
            return np.zeros(len(limit), dtype=np.int64)
        most = max(limit.max(initial=-1), self.limit.max(initial=-1), exports.max(initial=-1))
        best = np.zeros(int(most) + 1, dtype=np.int64)
        best[self.heat_limits] = self.value_rate[self.sells_heat].max(axis=1, initial=0)
        best[exports] = self.batteries.most_worth()
        rate: IntArray = best[limit]
        return rate

    @property
    def heat_limits(self) -> IntArray:
        """The limits of recovered heat, in the order of the takers that sell it."""
        return self.limit[self.sells_heat, 0] if self.sells_heat.any() else no_ints()

    def limits_of(self, load: int) -> IntArray:
        rows: IntArray = self.limit[load][self.limit[load] >= 0]
        return rows

    def touches(self, limit_count: int, slot_count: int) -> BoolArray:
        """``[L, T]``: where a load that may run or a battery takes part of a limit, or a charge is on it."""
        touched = np.zeros((limit_count, slot_count), dtype=np.bool_)
        may_run = self.may_run
        for load in range(len(self.site)):
            touched[self.limits_of(load)] |= may_run[load]
        for rows in (self.peaks.limit, self.batteries.limit, self.batteries.export):
            touched[rows] = True
        return touched

    @property
    def may_run(self) -> BoolArray:
        """``[K, T]``: where a load gains something, or lets a battery give more than it could without."""
        beside: BoolArray = np.isin(self.site, self.batteries.site) & ~self.sells_heat
        runs: BoolArray = ((self.rate > 0) | beside[:, None]) & (self.power_w > 0)
        return runs

    def operate(self, free: IntArray, net_w: IntArray | None = None) -> Operated:
        """What pays best where jobs leave ``free[L, T]``: in each slot, what gains most a watt first, up to the best peak.

        ``net_w[B, T]`` is how the batteries are run; None: they rest. Where they give more than the rest of a site draws,
        loads run at a loss. The limits of loads are nested (halls within a connection), so the order is exact; ties go to the
        first load.
        """
        free = self.batteries.taken_from(free, self.batteries.at_rest() if net_w is None else net_w)
        needed = self._needed(free)
        watts, order = self._filled(free, needed)
        peak_uw = np.zeros(len(self.peaks), dtype=np.int64)
        for index in range(len(self.peaks)):
            self._cut_to_best_peak(index, free, watts, order, peak_uw, needed)
        return Operated(watts, peak_uw)

    def keeps_batteries(self, free: IntArray, net_w: IntArray | None) -> bool:
        """Whether batteries run as ``net_w[B, T]`` keep every rule where jobs leave ``free[L, T]``."""
        batteries = self.batteries
        if not len(batteries):
            return True
        net_w = batteries.at_rest() if net_w is None else net_w
        left = batteries.taken_from(free, net_w)
        if not batteries.keeps(net_w) or (left[batteries.limit] < 0).any():
            return False
        drawn, watts = left[batteries.export], self.operate(free, net_w).watts
        for index, site in enumerate(batteries.site.tolist()):
            drawn[index] += watts[self.loads_of(site)].sum(axis=0)
        return bool((drawn >= 0).all())

    def sinks_w(self) -> IntArray:
        """``[B, T]``: what flexible loads draw at most at the site of each battery."""
        return np.array(
            [self.power_w[self.loads_of(site)].sum(axis=0) for site in self.batteries.site.tolist()], dtype=np.int64
        ).reshape(self.batteries.charge_w.shape)

    def _needed(self, free: IntArray) -> dict[int, IntArray]:
        """By site with a battery, the watts ``[T]`` that its loads have to draw for nothing to be exported."""
        batteries = self.batteries
        short = np.maximum(0, -free[batteries.export]) if len(batteries) else free[:0]
        return {site: short[index] for index, site in enumerate(batteries.site.tolist())}

    def _filled(self, free: IntArray, needed: dict[int, IntArray]) -> tuple[IntArray, IntArray]:
        """The watts ``[K, T]`` were there no charge, and the order ``[K, T]`` in which loads are filled."""
        watts, rate = np.zeros_like(self.power_w), self.rate
        if not len(self.site):
            return watts, watts
        still = np.zeros((int(self.site.max()) + 1, self.power_w.shape[1]), dtype=np.int64)
        for site, short in needed.items():
            if site < len(still):
                still[site] = short
        order: IntArray = np.argsort(-rate, axis=0, kind="stable")
        slots = np.arange(self.power_w.shape[1])
        # a last row that never binds stands for a limit that a load does not have
        left = np.concatenate([np.maximum(0, free), np.full((1, len(slots)), np.iinfo(np.int64).max)])
        for load in order:
            rows = self.limit[load, :].T
            taken = np.minimum(self.power_w[load, slots], left[rows, slots].min(axis=0))
            draws = ~self.sells_heat[load]
            at_a_loss = np.where(draws, np.minimum(taken, np.maximum(0, still[self.site[load], slots])), 0)
            taken = np.where(rate[load, slots] > 0, taken, at_a_loss)
            still[self.site[load], slots] -= np.where(draws, taken, 0)
            watts[load, slots] = taken
            for row in rows:
                left[row, slots] -= np.where(row >= 0, taken, 0)
        return watts, order

    def _cut_to_best_peak(
        self,
        index: int,
        free: IntArray,
        watts: IntArray,
        order: IntArray,
        peak_uw: IntArray,
        needed: dict[int, IntArray],
    ) -> None:
        """Takes off ``watts`` what would pass the best peak of one site, and notes the peak that is left."""
        peaks, own = self.peaks, self.loads_of(int(self.peaks.site[index]))
        pue, overhead = peaks.pue_ppm[index], peaks.overhead_uw[index]
        jobs_w = peaks.capacity[index] - free[peaks.limit[index]]
        draw = overhead + pue * jobs_w
        steps = [row for row in order if own.any()]
        least = int((draw + pue * needed.get(int(peaks.site[index]), 0)).max())
        peak = best_peak_uw(self._rises(watts, steps, own, draw, pue), least, int(peaks.charge[index]))
        room = (peak - draw) // pue
        slots = np.arange(len(draw))
        for row in steps:
            here = own[row]
            kept = np.minimum(watts[row, slots], room)
            watts[row[here], slots[here]] = kept[here]
            room = room - np.where(here, kept, 0)
        peak_uw[index] = int((draw + pue * watts[own].sum(axis=0)).max())

    def _rises(self, watts: IntArray, steps: list[IntArray], own: BoolArray, draw: IntArray, pue: IntArray) -> Iterator[Rise]:
        rate, slots, drawn = self.rate, np.arange(len(draw)), draw.copy()
        for row in steps:
            taken = np.where(own[row], watts[row, slots], 0)
            for slot in np.flatnonzero(taken).tolist():
                begin, factor = int(drawn[slot]), int(pue[slot])
                yield Rise(begin, begin + factor * int(taken[slot]), int(rate[row[slot], slot]), factor)
            drawn = drawn + pue * taken

    def micros(self, free: IntArray, net_w: IntArray | None = None) -> int:
        """What the best operation beside batteries run as ``net_w`` (None: at rest) adds to the objective.

        Rounded as ``optimizer.accounting.operation`` does: once a site and term.
        """
        if self.is_empty:
            return 0
        operated, batteries = self.operate(free, net_w), self.batteries
        net_w = batteries.at_rest() if net_w is None else net_w
        watts, total = operated.watts, 0
        for site in np.union1d(self.site, batteries.site):
            own, stores = self.site == site, batteries.site == site
            for earning in (own & self.sells_heat, own & ~self.sells_heat):
                total += _exact_sum(watts[earning], self.value_rate[earning]) // RATE_SCALE
            energy, carbon = (
                _exact_sum(watts[own], of_loads[own]) + _exact_sum(net_w[stores], of_batteries[stores])
                for of_loads, of_batteries in (
                    (self.energy_rate, batteries.energy_rate),
                    (self.carbon_rate, batteries.carbon_rate),
                )
            )
            total += (-energy) // RATE_SCALE + (-carbon) // RATE_SCALE
        for micros_per_kw, peak in zip(self.peaks.charge.tolist(), operated.peak_uw.tolist()):
            total -= charge_micros(micros_per_kw, peak)
        return total


_BY_TAKER = ("site", "limit", "power_w", "value_rate", "energy_rate", "carbon_rate", "sells_heat", "hall")


def _exact_sum(watts: IntArray, rate: IntArray) -> int:
    """Products stay below 2^63 by the ranges of the problem; their sum is taken in Python integers."""
    return sum((watts * rate).sum(axis=1).tolist())
