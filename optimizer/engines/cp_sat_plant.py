"""What sites run beside their jobs in a CP-SAT model: whole watts by slot, peaks, and the whole micro-units that they gain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import gcd, lcm
from typing import Any, NamedTuple

import numpy as np

from optimizer.columns.lanes import Piece
from optimizer.columns.table import Columns
from optimizer.engines.cp_sat_batteries import BatteryVariables
from optimizer.engines.cp_sat_runs import Runs
from optimizer.formulation.plant_rows import plant_rows
from optimizer.peaks import UW_PER_KW
from optimizer.units import PPM, RATE_SCALE


class _User(NamedTuple):
    """What a run takes of a limit in ``slots`` where ``literal`` holds; ``floats``: it may start in several of them."""

    limit: int
    literal: Any
    amount: int
    slots: range
    floats: bool


class PlantVariables:
    """``watts`` are loads and headroom of ``formulation.plant_rows``, in that order; ``drawn[L]`` lists (slot, watts) by limit.

    ``_given[L]`` lists those that are given: of what a site draws, all that a battery does not. A peak is counted in *grains*:
    the largest number of microwatts that divides what a watt draws in every slot.
    """

    def __init__(self, model: Any, columns: Columns) -> None:
        self._model, self._columns, self._rows = model, columns, plant_rows(columns)
        upper = self._rows.upper.tolist()
        self.watts: list[Any] = [model.new_int_var(0, most, "") for most in upper[: len(self._rows.slot)]]
        self.drawn: list[list[tuple[int, Any]]] = [[] for _ in columns.limits]
        for variable, (watts, slot) in enumerate(zip(self.watts, self._rows.slot.tolist())):
            for limit in self._rows.limit[self._rows.first[variable] : self._rows.first[variable + 1]].tolist():
                self.drawn[limit].append((slot, watts))
        self._given: list[list[tuple[int, Any]]] = [[] for _ in columns.limits]
        for load, row in enumerate(self._rows.export.tolist()):
            if row >= 0:
                self._given[row].append((int(self._rows.slot[load]), self.watts[load]))
        self.batteries = BatteryVariables(model, columns.plant.batteries)
        for index, (limit, export) in enumerate(self._exports()):
            for variables in (self.batteries.charge[index], self.batteries.spared[index]):
                self.drawn[limit] += enumerate(variables)
                self._given[export] += enumerate(variables)
        #: Limits that runs give to and do not take of.
        self.given_limits = frozenset(self._rows.heat_limit.tolist()) | {export for _, export in self._exports()}
        self._grain = [gcd(PPM, *row) for row in self._rows.peaks.pue_ppm.tolist()]
        self._peaks = [model.new_int_var(0, most // grain, "") for most, grain in zip(upper[len(self.watts) :], self._grain)]
        self._below_peaks()

    def _exports(self) -> list[tuple[int, int]]:
        """(row of the connection, row of what the site draws) by battery."""
        batteries = self._columns.plant.batteries
        return list(zip(batteries.limit.tolist(), batteries.export.tolist()))

    def _below_peaks(self) -> None:
        """(73) What the limit would draw, less what headroom leaves of it, is at most the peak."""
        peaks = self._rows.peaks
        in_all = peaks.draw_uw(peaks.capacity).tolist()
        for index, (peak, grain) in enumerate(zip(self._peaks, self._grain)):
            first = self._rows.load_count + index * self._columns.slot_count
            for slot, factor in enumerate(peaks.pue_ppm[index].tolist()):
                self._model.add(peak + factor // grain * self.watts[first + slot] >= in_all[index][slot] // grain)

    def share(
        self, runs: Runs, taken: Sequence[Any], present: Mapping[Piece, Any], on: Sequence[Sequence[Any]]
    ) -> frozenset[int]:
        """The limits that plants draw on as rows slot by slot, which bound better than intervals of variable height.

        ``taken`` holds where a run is, ``present`` where a piece is, and ``on[k][t]`` where a hall is on. Returns the limits
        that are stated so: all of recovered heat (81) and of what a site draws (87), which a run with several starts gives
        wherever it may be; of the others those that no such run uses, and that are there whether or not a hall is on.
        """
        users: dict[int, list[tuple[Any, int, range]]] = {
            limit: [] for limit, shares in enumerate(zip(self.drawn, self._given)) if any(shares)
        }
        halls = self._columns.halls
        held = set(np.flatnonzero(halls.hall_of_limit >= 0).tolist())
        for hall, limit, watts in halls.drawn_on():
            if limit in users:
                users[limit] += [(literal, watts, range(slot, slot + 1)) for slot, literal in enumerate(on[hall])]
        for user in self._users(runs, taken, present):
            if user.limit in users:
                users[user.limit].append((user.literal, user.amount, user.slots))
                if user.floats and user.limit not in self.given_limits:
                    held.add(user.limit)
        stated = frozenset(users.keys() - held)
        for limit in stated:
            self._share_limit(limit, users[limit])
        return stated | self.given_limits

    def _share_limit(self, limit: int, users: list[tuple[Any, int, range]]) -> None:
        from ortools.sat.python import cp_model

        terms: dict[int, list[Any]] = defaultdict(list)
        amounts: dict[int, list[int]] = defaultdict(list)
        for slot, watts in self.drawn[limit]:
            terms[slot].append(watts)
            amounts[slot].append(1)
        for slot, watts in self._given[limit]:
            terms[slot].append(watts)
            amounts[slot].append(-1)
        capacity = self._columns.capacity[limit].copy()
        for index, (_, export) in enumerate(self._exports()):
            if export == limit:
                # what is spared is counted as given
                capacity -= self._columns.plant.batteries.discharge_w[index]
        for literal, amount, slots in users:
            for slot in slots:
                terms[slot].append(literal)
                amounts[slot].append(amount)
        for slot, factors in amounts.items():
            used = cp_model.LinearExpr.weighted_sum(terms[slot], factors)
            self._model.add(used <= int(capacity[slot]))

    def _users(self, runs: Runs, taken: Sequence[Any], present: Mapping[Piece, Any]) -> Iterator[_User]:
        columns, lanes = self._columns, self._columns.lanes
        for literal, window, first, last in zip(taken, runs.window.tolist(), runs.first.tolist(), runs.last.tolist()):
            slots = range(first, last + int(columns.duration[window]))
            for limit, amount in zip(*(array.tolist() for array in columns.uses(window))):
                yield _User(limit, literal, amount, slots, first < last)
        for piece, literal in present.items():
            span = slice(int(lanes.use_first[piece.lane]), int(lanes.use_first[piece.lane + 1]))
            for limit, amount in zip(lanes.use_limit[span].tolist(), lanes.use_amount[span].tolist()):
                yield _User(limit, literal, amount, range(piece.start, piece.end), False)

    def hint(self, amounts: Sequence[int]) -> None:
        """Start from what each variable is in ``formulation.plant_rows``."""
        for variable, amount in zip(self.watts, amounts):
            self._model.add_hint(variable, amount)
        for variable, amount, grain in zip(self._peaks, amounts[len(self.watts) :], self._grain):
            self._model.add_hint(variable, amount // grain)

    def gained(self) -> Any:
        """At most the exact sum, rounded down: a bound on it is one on what any operation counts."""
        from ortools.sat.python import cp_model

        rates = self._rows.rate.tolist()
        charges = [micros * grain * RATE_SCALE for micros, grain in zip(self._rows.peaks.charge.tolist(), self._grain)]
        stores, store_rates, constant, moved = self.batteries.gained()
        if not rates and not charges and not stores:
            return 0
        most = sum(max(0, rate) * watts for rate, watts in zip(rates, self._rows.power_w.tolist())) // RATE_SCALE + moved
        lost = sum(max(0, -rate) * watts for rate, watts in zip(rates, self._rows.power_w.tolist())) // RATE_SCALE + 1 + moved
        paid = sum(-(-charge * peak // (UW_PER_KW * RATE_SCALE)) for charge, peak in zip(charges, self._most_grains()))
        # what a grain is charged may be a fraction of a rate's unit
        whole = lcm(*(UW_PER_KW // gcd(UW_PER_KW, charge) for charge in charges))
        gained = self._model.new_int_var(-paid - lost, most, "")
        factors = [*(rate * whole for rate in (*rates, *store_rates)), *(-charge * whole // UW_PER_KW for charge in charges)]
        terms = [*self.watts[: len(rates)], *stores, *self._peaks]
        in_all = cp_model.LinearExpr.weighted_sum(terms, factors) + constant * whole
        self._model.add(gained * (RATE_SCALE * whole) <= in_all)
        return gained

    def _most_grains(self) -> list[int]:
        return [most // grain for most, grain in zip(self._rows.upper.tolist()[len(self.watts) :], self._grain)]
