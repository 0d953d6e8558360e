"""Batteries in plans: held as they are while jobs move, and fitted to the jobs where these have come to rest.

A search sees connections less what batteries take of them, and a buyer of what comes out, who takes it, as heat is taken, of
what jobs draw. At first batteries do what they did on average in the ascent, or do at its prices. Beside a plan each is run by
the dynamic programme of the bound within what jobs leave of the connection and what the site draws: at the prices of energy,
at those of the dual too, and below the peak that then costs least.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from optimizer.arrays import IntArray
from optimizer.columns.batteries import Batteries
from optimizer.columns.plant_cutter import MOST_LIMITS
from optimizer.columns.table import Columns, Selection
from optimizer.engines.price.bound.batteries import BatteryAgents, battery_agents
from optimizer.engines.price.bound.kernel import FloatArray
from optimizer.formulation.selections import beside, value_of, with_batteries
from optimizer.peaks import UW_PER_KW

#: Columns of jobs left out that are tried with batteries fitted to each, after a search.
MOST_JOINED = 60
#: Peaks tried between the least and what is drawn without the battery: each leaves so much of what is between.
PEAK_STEPS = 24
GOLDEN = 0.618


class BatteryPlans:
    """The batteries of ``columns``, run as ``net_w[B, T]`` beside the plan that is being searched."""

    def __init__(self, columns: Columns, start: Selection | None) -> None:
        self._columns = columns
        self._agents: BatteryAgents = battery_agents(columns.plant.batteries)
        self.net_w = columns.plant.batteries.at_rest()
        if start is not None:
            self.take(start)

    def __bool__(self) -> bool:
        return len(self._agents) > 0

    @property
    def beside(self) -> Columns:
        """The columns as the search sees them. Where a site sells heat as well, that alone depends on what jobs give there."""
        columns, plant = self._columns, self._columns.plant
        own = plant.batteries
        if not self:
            return columns
        capacity = own.taken_from(columns.capacity, self.net_w)
        capacity[own.export] = columns.capacity[own.export]
        buys = np.flatnonzero(~np.isin(own.site, plant.site[plant.sells_heat]))
        rows = np.full((len(buys), MOST_LIMITS), -1, dtype=np.int64)
        rows[:, 0] = own.export[buys]
        nothing = np.zeros((len(buys), columns.slot_count), dtype=np.int64)
        beside = replace(
            plant,
            site=np.concatenate([plant.site, own.site[buys]]),
            limit=np.concatenate([plant.limit.reshape(-1, MOST_LIMITS), rows]),
            power_w=np.concatenate([plant.power_w, np.maximum(0, -self.net_w[buys])]),
            value_rate=np.concatenate([plant.value_rate, np.maximum(0, own.rate[buys])]),
            energy_rate=np.concatenate([plant.energy_rate, nothing]),
            carbon_rate=np.concatenate([plant.carbon_rate, nothing]),
            sells_heat=np.concatenate([plant.sells_heat, np.ones(len(buys), dtype=np.bool_)]),
            hall=np.concatenate([plant.hall, np.full(len(buys), -1, dtype=np.int32)]),
            batteries=Batteries(),
        )
        return replace(columns, capacity=capacity, plant=beside)

    def take(self, selection: Selection) -> None:
        """From now on run as in ``selection``."""
        self.net_w = self._columns.plant.batteries.at_rest() if selection.net_w is None else selection.net_w

    def ways(self, mean_w: FloatArray | None, price: FloatArray) -> Iterator[FloatArray | None]:
        """What plans are listed beside: what batteries did on average, and what they do at ``price[L, T]``, which is all that
        they can where a whole run needs it. None alone without batteries.
        """
        if not self:
            yield None
            return
        if mean_w is not None:
            yield mean_w
        yield self._agents.turn(price).net_w

    def follow(self, wanted_w: FloatArray) -> None:
        """From now on run near ``wanted_w[B, T]``, as if whatever comes out were drawn."""
        own, free = self._columns.plant.batteries, self._columns.capacity.copy()
        free[own.export] += own.discharge_w
        near = own.whole(free, self._columns.plant.sinks_w(), wanted_w)
        self.net_w = own.at_rest() if near is None else near

    def kept(self, selection: Selection) -> tuple[Selection, int | None]:
        """``selection`` with batteries as they are, or as near to that as its jobs let them; and what it is worth."""
        whole = replace(selection, net_w=self.net_w)
        objective = value_of(self._columns, whole)
        if objective is None:
            whole = with_batteries(self._columns, selection, self.net_w.astype(np.float64))
            objective = value_of(self._columns, whole)
        return whole, objective

    def fitted(self, selection: Selection, price: FloatArray | None) -> tuple[Selection, int | None]:
        """``selection`` with batteries as pays best of what is tried, at ``price[L, T]`` too; and what it is worth."""
        best, most = selection, value_of(self._columns, selection)
        for wanted_w in self._wishes(selection, price):
            found = with_batteries(self._columns, selection, wanted_w)
            objective = value_of(self._columns, found)
            if objective is not None and (most is None or objective > most):
                best, most = found, objective
        return best, most

    def joined(self, selection: Selection, worth: int) -> tuple[Selection, int | None]:
        """A plan with a job more that fits only beside batteries fitted to it, beside the others or instead of those at its
        site, where that is worth more than ``worth``; else ``selection`` and None.
        """
        for tried, more in enumerate(self._with_one_more(selection)):
            if tried == MOST_JOINED:
                break
            found, objective = self.fitted(more, None)
            if objective is not None and objective > worth:
                return found, objective
        return selection, None

    def _with_one_more(self, selection: Selection) -> Iterator[Selection]:
        """Dearest jobs first, at each of their columns."""
        columns, first = self._columns, self._columns.job_first
        absent = [job for job in np.flatnonzero(selection.window < 0).tolist() if job not in selection.pieces]
        absent = [job for job in absent if first[job] < first[job + 1]]
        at_site = np.full(columns.job_count, -1)
        placed = selection.window >= 0
        at_site[placed] = columns.site[selection.window[placed]]
        for job in sorted(absent, key=lambda job: -int(columns.base[first[job] : first[job + 1]].max())):
            for window in range(int(first[job]), int(first[job + 1])):
                gives_way = (at_site == columns.site[window]) & ~columns.mandatory
                for start in range(int(columns.start_first[window]), int(columns.start_last[window]) + 1):
                    for leaving in (np.zeros_like(gives_way), gives_way):
                        window_of = np.where(leaving, -1, selection.window)
                        start_of = selection.start.copy()
                        window_of[job], start_of[job] = window, start
                        # halls as the runs need them
                        yield replace(selection, window=window_of, start=start_of, on=None)

    def _wishes(self, selection: Selection, price: FloatArray | None) -> Iterator[FloatArray]:
        free, plant = beside(self._columns, selection)
        own = plant.batteries
        lowest = -np.minimum(own.discharge_w, np.maximum(0, free[own.export] + plant.sinks_w()))
        highest = np.minimum(own.charge_w, free[own.limit] - own.discharge_w)
        nothing = np.zeros(self._columns.capacity.shape)
        yield self._run(self._agents.tolls(nothing), lowest, highest)
        yield self._below_peaks(free, lowest, highest)
        if price is not None:
            yield self._run(self._agents.tolls(price), lowest, highest)

    def _run(self, tolls: FloatArray, lowest: IntArray, highest: IntArray) -> FloatArray:
        net_w = np.zeros(tolls.shape)
        for index, toll in enumerate(tolls):
            net_w[index] = self._agents.run(index, toll, lowest[index], highest[index])[1]
        return net_w

    def _below_peaks(self, free: IntArray, lowest: IntArray, highest: IntArray) -> FloatArray:
        """At the prices of energy, with a demand charge below the peak that is best without load; by golden section."""
        plant, tolls = self._columns.plant, self._agents.tolls(np.zeros(self._columns.capacity.shape))
        net_w = self._run(tolls, lowest, highest)
        for index, site in enumerate(plant.batteries.site.tolist()):
            for peak in np.flatnonzero(plant.peaks.site == site).tolist():
                net_w[index] = self._below_peak(index, peak, free, tolls[index], lowest[index], highest[index])
        return net_w

    def _below_peak(
        self, index: int, peak: int, free: IntArray, toll: FloatArray, lowest: IntArray, highest: IntArray
    ) -> FloatArray:
        peaks, own = self._columns.plant.peaks, self._columns.plant.batteries
        pue, charge = peaks.pue_ppm[peak], peaks.charge[peak] / UW_PER_KW
        resting = peaks.overhead_uw[peak] + pue * (peaks.capacity[peak] - free[peaks.limit[peak]] + own.discharge_w[index])

        def below(most_uw: float) -> tuple[float, FloatArray]:
            room = np.minimum(highest, np.floor((most_uw - resting) / pue))
            gained, net_w, _ = self._agents.run(index, toll, lowest, room)
            return gained - charge * most_uw, net_w

        least, most = max(0.0, float((resting + pue * lowest).max())), float((resting + pue * np.maximum(0, highest)).max())
        best = below(most)
        inner = [most - GOLDEN * (most - least), least + GOLDEN * (most - least)]
        found = [below(at) for at in inner]
        for _ in range(PEAK_STEPS):
            best = max(best, *found, key=lambda pair: pair[0])
            if found[0][0] >= found[1][0] and np.isfinite(found[0][0]):
                most, inner[1], found[1] = inner[1], inner[0], found[0]
                inner[0] = most - GOLDEN * (most - least)
                found[0] = below(inner[0])
            else:
                least, inner[0], found[0] = inner[0], inner[1], found[1]
                inner[1] = least + GOLDEN * (most - least)
                found[1] = below(inner[1])
        return max(best, *found, key=lambda pair: pair[0])[1]
