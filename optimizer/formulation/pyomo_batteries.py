"""Batteries in the reference model: what goes in, comes out and is held, named as in docs/model.md."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.columns.table import Columns, IntArray
from optimizer.units import PPM, RATE_SCALE


def add_variables(model: Any, columns: Columns) -> None:
    """Watts ``charge discharge[b, slot]``, watt-slots ``held[b, slot]``; binary ``way[b, slot]`` where a price is below 0."""
    import pyomo.environ as pyo

    batteries = columns.plant.batteries
    places = _places(columns)
    charge, discharge, capacity = batteries.charge_w, batteries.discharge_w, batteries.capacity_uw
    last, final = columns.slot_count - 1, batteries.final_uw
    model.charge = pyo.Var(places, domain=pyo.NonNegativeReals, bounds=lambda model, b, t: (0, int(charge[b, t])))
    model.discharge = pyo.Var(places, domain=pyo.NonNegativeReals, bounds=lambda model, b, t: (0, int(discharge[b, t])))
    model.held = pyo.Var(
        places, domain=pyo.NonNegativeReals, bounds=lambda model, b, t: (final[b] / PPM if t == last else 0, capacity[b] / PPM)
    )
    model.way = pyo.Var([place for place in places if batteries.may_waste[place[0]]], domain=pyo.Binary)


def add_rules(model: Any, columns: Columns) -> None:
    """(84) What is held at the end of each slot, and (86) that a battery is charged or discharged."""
    import pyomo.environ as pyo

    batteries, places = columns.plant.batteries, _places(columns)

    def storing(model: Any, b: int, t: int) -> Any:
        before = model.held[b, t - 1] if t else batteries.initial_uw[b] / PPM
        into = batteries.stored_uw[b, t] / PPM * model.charge[b, t]
        return model.held[b, t] == before + into - batteries.given_uw[b, t] / PPM * model.discharge[b, t]

    def charging(model: Any, b: int, t: int) -> Any:
        return model.charge[b, t] <= int(batteries.charge_w[b, t]) * model.way[b, t]

    def discharging(model: Any, b: int, t: int) -> Any:
        return model.discharge[b, t] <= int(batteries.discharge_w[b, t]) * (1 - model.way[b, t])

    model.storing = pyo.Constraint(places, rule=storing)
    model.charging = pyo.Constraint(list(model.way), rule=charging)
    model.discharging = pyo.Constraint(list(model.way), rule=discharging)


def cost(model: Any, columns: Columns) -> Any:
    """(88) Energy and carbon of what goes in, less that of what comes out."""
    rate = columns.plant.batteries.rate
    return sum(rate[b, t] / RATE_SCALE * (model.charge[b, t] - model.discharge[b, t]) for b, t in _places(columns))


def taken(model: Any, columns: Columns, limit: int, slot: int) -> Any:
    """What batteries take of a limit in a slot: of a connection all that they do not give, of an export what they give."""
    batteries = columns.plant.batteries
    in_all: Any = 0
    for b, (connection, export) in enumerate(zip(batteries.limit.tolist(), batteries.export.tolist())):
        if limit == connection:
            in_all += int(batteries.discharge_w[b, slot]) + model.charge[b, slot] - model.discharge[b, slot]
        if limit == export:
            in_all += model.discharge[b, slot] - model.charge[b, slot]
    return in_all


def touched(columns: Columns) -> list[tuple[int, int]]:
    """(limit, slot) wherever a battery takes part of a limit."""
    batteries = columns.plant.batteries
    return [(limit, t) for limit in (*batteries.limit.tolist(), *batteries.export.tolist()) for t in range(columns.slot_count)]


def net_w(model: Any, columns: Columns) -> NDArray[np.float64]:
    """What goes in and comes out in a solved model; ``[B, T]``."""
    net = np.zeros(columns.plant.batteries.charge_w.shape)
    for place in _places(columns):
        net[place] = (model.charge[place].value or 0.0) - (model.discharge[place].value or 0.0)
    return net


def start_from(model: Any, columns: Columns, net: IntArray | None) -> None:
    """Set each variable to its value where batteries are run as ``net[B, T]`` (None: at rest)."""
    batteries = columns.plant.batteries
    net = batteries.at_rest() if net is None else net
    held = batteries.held_uw(net)
    for place in _places(columns):
        model.charge[place].set_value(max(0, int(net[place])))
        model.discharge[place].set_value(max(0, -int(net[place])))
        model.held[place].set_value(int(held[place]) / PPM)
    for place in model.way:
        model.way[place].set_value(int(net[place] > 0))


def _places(columns: Columns) -> list[tuple[int, int]]:
    return [(b, t) for b in range(len(columns.plant.batteries)) for t in range(columns.slot_count)]
