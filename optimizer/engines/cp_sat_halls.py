"""Halls that may be switched off, in a CP-SAT model: a literal a hall and slot, changes, durations, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from optimizer.columns.table import BoolArray, Columns


class HallLiterals:
    """``on[k][t]`` with the rules of each hall; ``cost`` is what standby and switching cost, in micro-units.

    ``off_interval[k][t]`` and ``on_interval[k][t]`` are there in slot ``t`` while hall ``k`` is off and on.
    """

    def __init__(self, model: Any, columns: Columns) -> None:
        self._model, self._hall_of_pool = model, columns.halls.hall_of_pool
        halls, slots = columns.halls, range(columns.slot_count)
        self.on = [[model.new_bool_var("") for _ in slots] for _ in halls.rules]
        self.on_interval = [[model.new_optional_fixed_size_interval_var(t, 1, own[t], "") for t in slots] for own in self.on]
        self.off_interval = [
            [model.new_optional_fixed_size_interval_var(t, 1, own[t].negated(), "") for t in slots] for own in self.on
        ]
        for own, carries in zip(self.on, halls.carries.tolist()):
            for on, carried in zip(own, carries):
                if not carried:
                    model.add(on == 0)
        costs: list[Any] = [
            on * cost for own, of_hall in zip(self.on, halls.on_cost.tolist()) for on, cost in zip(own, of_hall)
        ]
        for rules, own in zip(halls.rules, self.on):
            before: list[Any] = [int(rules.initially_on), *own[:-1]]
            start = [model.new_bool_var("") for _ in slots]
            stop = [model.new_bool_var("") for _ in slots]
            for t in slots:
                model.add(own[t] - before[t] == start[t] - stop[t])
                model.add_at_most_one([start[t], stop[t]])
                # a change binds for the hall's shortest time
                for later in range(t + 1, min(columns.slot_count, t + rules.min_up)):
                    model.add_implication(start[t], own[later])
                for later in range(t + 1, min(columns.slot_count, t + rules.min_down)):
                    model.add_implication(stop[t], own[later].negated())
            costs += [literal * rules.start_up_micros for literal in start]
            costs += [literal * rules.shut_down_micros for literal in stop]
            if rules.finally_off:
                costs.append(own[-1] * rules.shut_down_micros)
        self.cost = sum(costs)

    def cover(self, runs: Sequence[tuple[int, Any]]) -> None:
        """No interval of ``runs`` (pool, interval) lies where its hall is off."""
        for hall, off in enumerate(self.off_interval):
            inside = [interval for pool, interval in runs if self._hall_of_pool[pool] == hall]
            most = len(inside)
            if most:
                self._model.add_cumulative([*inside, *off], [1] * most + [most] * len(off), most)

    def hint(self, on: BoolArray | None) -> None:
        """Start from ``on[K, T]``."""
        if on is not None:
            for literals, flags in zip(self.on, on.tolist()):
                for literal, flag in zip(literals, flags):
                    self._model.add_hint(literal, flag)

    def chosen_by(self, solution: Any) -> BoolArray | None:
        """``[K, T]`` in a solution; None without halls."""
        if not self.on:
            return None
        return np.array([[solution.boolean_value(literal) for literal in own] for own in self.on], dtype=np.bool_)
