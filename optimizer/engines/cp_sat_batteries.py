"""Batteries in a CP-SAT model: whole watts that go in and come out, and what is held, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import Any

import numpy as np

from optimizer.arrays import IntArray
from optimizer.columns.batteries import Batteries
from optimizer.units import RATE_SCALE


class BatteryVariables:
    """``charge[b][t]`` and ``spared[b][t]``: watts that go in, and watts that could come out and do not.

    What is held is counted in *grains* from what there was at the start: the largest amount that divides every change.
    """

    def __init__(self, model: Any, batteries: Batteries) -> None:
        self._model, self._batteries = model, batteries
        self.charge: list[list[Any]] = []
        self.spared: list[list[Any]] = []
        self._ways: list[list[Any]] = []
        self._held: list[list[Any]] = []
        for index in range(len(batteries)):
            self._add(index)

    def _add(self, index: int) -> None:
        model, batteries = self._model, self._batteries
        most_in, most_out = batteries.charge_w[index].tolist(), batteries.discharge_w[index].tolist()
        charge = [model.new_int_var(0, most, "") for most in most_in]
        spared = [model.new_int_var(0, most, "") for most in most_out]
        ways = [model.new_bool_var("") for _ in charge]
        for into, rest, most, way in zip(charge, spared, most_out, ways):
            model.add(into == 0).only_enforce_if(~way)
            model.add(rest == most).only_enforce_if(way)
        grain = self._grain(index)
        initial, capacity, final = (int(of[index]) for of in (batteries.initial_uw, batteries.capacity_uw, batteries.final_uw))
        least, most_held, last = -(initial // grain), (capacity - initial) // grain, -((initial - final) // grain)
        held = [model.new_int_var(least, most_held, "") for _ in charge]
        model.add(held[-1] >= last)
        before: Any = 0
        added, taken = (batteries.stored_uw[index] // grain).tolist(), (batteries.given_uw[index] // grain).tolist()
        for slot, after in enumerate(held):
            out = most_out[slot] - spared[slot]
            model.add(after == before + added[slot] * charge[slot] - taken[slot] * out)
            before = after
        self.charge.append(charge)
        self.spared.append(spared)
        self._ways.append(ways)
        self._held.append(held)

    def _grain(self, index: int) -> int:
        batteries = self._batteries
        return gcd(*batteries.stored_uw[index].tolist(), *batteries.given_uw[index].tolist()) or 1

    def gained(self) -> tuple[list[Any], list[int], int, int]:
        """(variables, rates, rate of nothing, the most and least either way) of what they save, in 1e-4 micro-units."""
        variables: list[Any] = []
        rates: list[int] = []
        constant = most = 0
        for index, (charge, spared) in enumerate(zip(self.charge, self.spared)):
            rate = self._batteries.rate[index].tolist()
            variables += [*charge, *spared]
            rates += [-each for each in rate] * 2
            limits = zip(rate, self._batteries.charge_w[index].tolist(), self._batteries.discharge_w[index].tolist())
            for each, into, out in limits:
                constant += each * out
                most += abs(each) * (into + out)
        return variables, rates, constant, -(-most // RATE_SCALE)

    def hint(self, net_w: IntArray) -> None:
        """Start from ``net_w[B, T]``."""
        batteries = self._batteries
        held = batteries.held_uw(net_w)
        for index, (charge, spared) in enumerate(zip(self.charge, self.spared)):
            grain = self._grain(index)
            most_out, initial = batteries.discharge_w[index].tolist(), int(batteries.initial_uw[index])
            for slot, net in enumerate(net_w[index].tolist()):
                self._model.add_hint(charge[slot], max(0, net))
                self._model.add_hint(spared[slot], most_out[slot] - max(0, -net))
                self._model.add_hint(self._ways[index][slot], net > 0)
                self._model.add_hint(self._held[index][slot], (int(held[index, slot]) - initial) // grain)

    def chosen_by(self, solution: Any) -> IntArray:
        """What goes in and out in a solution; ``[B, T]``."""
        net_w = self._batteries.at_rest()
        for index, (charge, spared) in enumerate(zip(self.charge, self.spared)):
            into, rest = _values(solution, charge), _values(solution, spared)
            net_w[index] = into - (self._batteries.discharge_w[index] - rest)
        return net_w


def _values(solution: Any, variables: Sequence[Any]) -> IntArray:
    return np.array([int(solution.value(variable)) for variable in variables], dtype=np.int64)
