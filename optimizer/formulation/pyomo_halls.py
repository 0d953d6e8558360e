"""Halls that may be switched off, in the Pyomo model: (54) to (57) and (59) of docs/model.md, one function a family."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from optimizer.columns.table import Columns


class Place(NamedTuple):
    hall: int
    slot: int
    job: int


def add_variables(model: Any, columns: Columns) -> None:
    """Binary ``on``, ``start`` and ``stop`` ``[hall, slot]``."""
    import pyomo.environ as pyo

    places = [(hall, slot) for hall in range(len(columns.halls)) for slot in range(columns.slot_count)]
    for name in ("on", "start", "stop"):
        setattr(model, name, pyo.Var(places, domain=pyo.Binary))


def cost(model: Any, columns: Columns) -> Any:
    """What standby and switching cost, in micro-units."""
    total: Any = 0
    for hall, rules in enumerate(columns.halls.rules):
        for slot, on_cost in enumerate(columns.halls.on_cost[hall].tolist()):
            total += on_cost * model.on[hall, slot]
            total += rules.start_up_micros * model.start[hall, slot] + rules.shut_down_micros * model.stop[hall, slot]
        if rules.finally_off:
            total += rules.shut_down_micros * model.on[hall, columns.slot_count - 1]
    return total


def standby(model: Any, columns: Columns, limit: int, slot: int) -> Any:
    """What the halls draw on ``limit`` in ``slot`` while they are on or, below 0, let a battery give."""
    return sum(watts * model.on[hall, slot] for hall, drawn_on, watts in columns.halls.drawn_on() if drawn_on == limit)


def drawn_on(columns: Columns) -> set[tuple[int, int]]:
    """(limit, slot) wherever standby draws on a limit of its site."""
    return {(limit, slot) for _, limit, _ in columns.halls.drawn_on() for slot in range(columns.slot_count)}


def add_rules(model: Any, columns: Columns, use: Mapping[tuple[int, int], Any], inside: Mapping[Place, Any]) -> None:
    """(54) to (57), (59). ``use[limit, slot]``: what runs and load take; ``inside``: a job's columns in a hall and slot."""
    import pyomo.environ as pyo

    halls, count = columns.halls, columns.slot_count
    own = [key for key in use if len(halls) and halls.hall_of_limit[key[0]] >= 0]
    places = [(hall, slot) for hall in range(len(halls)) for slot in range(count)]

    def hall_limit(model: Any, limit: int, slot: int) -> Any:
        return use[limit, slot] <= int(columns.capacity[limit, slot]) * model.on[int(halls.hall_of_limit[limit]), slot]

    def too_little_power(model: Any, hall: int, slot: int) -> Any:
        return model.on[hall, slot] <= 0

    def cover(model: Any, hall: int, slot: int, job: int) -> Any:
        return inside[Place(hall, slot, job)] <= model.on[hall, slot]

    def load_inside(model: Any, load: int, slot: int) -> Any:
        most = int(columns.plant.power_w[load, slot])
        return model.flexible[load, slot] <= most * model.on[int(columns.plant.hall[load]), slot]

    def change(model: Any, hall: int, slot: int) -> Any:
        before = model.on[hall, slot - 1] if slot else int(halls.rules[hall].initially_on)
        return model.on[hall, slot] - before == model.start[hall, slot] - model.stop[hall, slot]

    def one_change(model: Any, hall: int, slot: int) -> Any:
        return model.start[hall, slot] + model.stop[hall, slot] <= 1

    def stays_on(model: Any, hall: int, slot: int) -> Any:
        first = max(0, slot - halls.rules[hall].min_up + 1)
        return sum(model.start[hall, t] for t in range(first, slot + 1)) <= model.on[hall, slot]

    def stays_off(model: Any, hall: int, slot: int) -> Any:
        first = max(0, slot - halls.rules[hall].min_down + 1)
        return sum(model.stop[hall, t] for t in range(first, slot + 1)) <= 1 - model.on[hall, slot]

    model.hall_limit = pyo.Constraint(own, rule=hall_limit)
    model.too_little_power = pyo.Constraint([place for place in places if not halls.carries[place]], rule=too_little_power)
    model.cover = pyo.Constraint([tuple(place) for place in inside], rule=cover)
    model.load_inside = pyo.Constraint([key for key in model.flexible if columns.plant.hall[key[0]] >= 0], rule=load_inside)
    model.change = pyo.Constraint(places, rule=change)
    model.one_change = pyo.Constraint(places, rule=one_change)
    model.stays_on = pyo.Constraint(places, rule=stays_on)
    model.stays_off = pyo.Constraint(places, rule=stays_off)


def standing_in(columns: Columns, runs: list[tuple[Any, int, int, int, int]]) -> dict[Place, Any]:
    """The columns of each job in each hall and slot; ``runs`` are (column, job, pool, start, end), one a piece."""
    inside: dict[Place, list[Any]] = defaultdict(list)
    for column, job, pool, start, end in runs if len(columns.halls) else ():
        if (hall := int(columns.halls.hall_of_pool[pool])) >= 0:
            for slot in range(start, end):
                inside[Place(hall, slot, job)].append((column, 1))
    return dict(inside)
