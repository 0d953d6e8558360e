"""The time-indexed program stated readably in Pyomo: one function a constraint family, named as in docs/model.md.

It is the reference: ``milp.pulse`` must say exactly the same, and a test holds the two equal. ``x`` are runs in one piece,
``y`` itineraries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, permutations
from typing import Any, NamedTuple

import numpy as np

from optimizer.columns.table import Columns, IntArray, Selection
from optimizer.formulation import pyomo_batteries, pyomo_halls
from optimizer.formulation.itinerary_columns import NO_ITINERARIES, Itineraries
from optimizer.formulation.plant_rows import plant_rows
from optimizer.formulation.selections import beside, empty_selection, standing, with_batteries
from optimizer.formulation.tie_rows import jobs_of_group
from optimizer.interrupt import GiveWay, never, paced
from optimizer.peaks import UW_PER_KW
from optimizer.units import RATE_SCALE

Column = tuple[int, int]  # window, start; of an itinerary -1, index
Running = Mapping[tuple[int, int], list[tuple[Column, int]]]  # by limit, slot


def build(columns: Columns, itineraries: Itineraries = NO_ITINERARIES, give_way: GiveWay = never) -> Any:
    """A ``ConcreteModel``: binary ``x[window, start]``, ``y[itinerary]``, integer ``shortfall[floor]``, binary
    ``on start stop[hall, slot]``, watts ``flexible[load, slot]`` and those of batteries, of which some best values are whole;
    constraints
    ``assign[job]``, ``limit[limit, slot]``, ``budget[b]``, ``floor[floor]``, ``precedence[p, slot]`` and
    ``together[group, job, other, key]``.

    Raises:
        Interrupted: ``give_way``, asked between windows and limits, ends it.
    """
    import pyomo.environ as pyo

    model = pyo.ConcreteModel(name="placement")
    model.x = pyo.Var(list(_columns(columns)), domain=pyo.Binary)
    model.y = pyo.Var(list(range(len(itineraries))), domain=pyo.Binary)
    floors, target = list(range(len(columns.floors))), columns.floors.target.tolist()
    model.shortfall = pyo.Var(floors, domain=pyo.NonNegativeIntegers, bounds=lambda model, floor: (0, target[floor]))
    short = sum(cost * model.shortfall[floor] for floor, cost in enumerate(columns.floors.cost.tolist()))
    pyomo_halls.add_variables(model, columns)
    plant = plant_rows(columns)
    watts = dict(zip(zip(plant.load.tolist(), plant.slot.tolist()), zip(plant.power_w.tolist(), plant.rate.tolist())))
    model.flexible = pyo.Var(list(watts), domain=pyo.NonNegativeReals, bounds=lambda model, *key: (0, watts[key][0]))
    gained = sum(rate / RATE_SCALE * model.flexible[key] for key, (_, rate) in watts.items())
    peaks = columns.plant.peaks
    model.peak_kw = pyo.Var(range(len(peaks)), domain=pyo.NonNegativeReals)
    charged = sum(micros * model.peak_kw[index] for index, micros in enumerate(peaks.charge.tolist()))
    pyomo_batteries.add_variables(model, columns)
    spent = short + pyomo_halls.cost(model, columns) - gained + charged + pyomo_batteries.cost(model, columns)
    model.worth = pyo.Objective(expr=_sum(objective(columns, itineraries), model) - spent, sense=pyo.maximize)
    # a rule over no column at all still has to reach the solver and its file, as a rule over a variable that is 0
    model.nothing = pyo.Var(bounds=(0, 0))
    model.assign = pyo.Constraint(_mandatory_or_placeable(columns, itineraries), rule=assign(columns, itineraries))
    running, drawing = _running(columns, itineraries, give_way), _drawing(columns)
    limited = {*running, *pyomo_halls.drawn_on(columns), *drawing, *_giving(columns)}
    limited |= set(pyomo_batteries.touched(columns))
    # not by Pyomo, which complains aloud of a rule that is interrupted
    model.limit, of_limit = pyo.Constraint(sorted(limited)), limit(columns, running)
    for key in model.limit.index_set():
        give_way()
        model.limit[key] = of_limit(model, *key)
    model.peak = pyo.Constraint(range(len(peaks)), range(columns.slot_count), rule=peak(columns, running))
    model.budget = pyo.Constraint(sorted(_spending(columns, itineraries)), rule=budget(columns, itineraries))
    model.floor = pyo.Constraint(floors, rule=floor(columns, itineraries))
    model.precedence = pyo.Constraint(list(_waits(columns, itineraries)), rule=precedence(columns, itineraries))
    use = {
        key: _sum(running.get(key, []), model) + sum(model.flexible[load, key[1]] for load in drawing.get(key, ()))
        for key in (running.keys() | drawing.keys() if len(columns.halls) else ())
    }
    pyomo_batteries.add_rules(model, columns)
    inside = pyomo_halls.standing_in(columns, list(_pieces(columns, itineraries)))
    pyomo_halls.add_rules(model, columns, use, {place: _sum(terms, model) for place, terms in inside.items()})
    model.together = pyo.Constraint(list(_pairs(columns, itineraries)), rule=together(columns, itineraries))
    return model


def objective(columns: Columns, itineraries: Itineraries) -> list[tuple[Column, int]]:
    """Worth of each column in micro-units."""
    whole = [
        ((window, start), worth)
        for window in range(columns.window_count)
        for start, worth in zip(_starts(columns, window), columns.worth(window).tolist())
    ]
    return whole + [((-1, index), worth) for index, worth in enumerate(itineraries.worth.tolist())]


def assign(columns: Columns, itineraries: Itineraries) -> Any:
    """(1) Each job takes at most one column, a mandatory job exactly one."""
    of_job = defaultdict(list)
    for window, start in _columns(columns):
        of_job[int(columns.job[window])].append(((window, start), 1))
    for index, job in enumerate(itineraries.job.tolist()):
        of_job[job].append(((-1, index), 1))

    def rule(model: Any, job: int) -> Any:
        taken = _sum(of_job[job], model) if of_job[job] else model.nothing
        return taken == 1 if columns.mandatory[job] else taken <= 1

    return rule


def limit(columns: Columns, running: Running) -> Any:
    """(2)-(7) In each slot, what the running columns and flexible loads use of a limit is at most its capacity."""
    drawing, giving = _drawing(columns), _giving(columns)

    def rule(model: Any, limit: int, slot: int) -> Any:
        drawn = sum(model.flexible[load, slot] for load in drawing.get((limit, slot), ()))
        drawn -= sum(model.flexible[load, slot] for load in giving.get((limit, slot), ()))
        drawn += pyomo_batteries.taken(model, columns, limit, slot)
        drawn += pyomo_halls.standby(model, columns, limit, slot)
        return _sum(running.get((limit, slot), []), model) + drawn <= int(columns.capacity[limit, slot])

    return rule


def peak(columns: Columns, running: Running) -> Any:
    """(73) In each slot, a connection with a demand charge draws at most the peak that is charged."""
    drawing, peaks = _drawing(columns), columns.plant.peaks

    def rule(model: Any, index: int, slot: int) -> Any:
        where = int(peaks.limit[index]), slot
        it_w = _sum(running.get(where, []), model) + sum(model.flexible[load, slot] for load in drawing.get(where, ()))
        it_w += pyomo_batteries.taken(model, columns, *where) + pyomo_halls.standby(model, columns, *where)
        overhead_kw = int(peaks.overhead_uw[index, slot]) / UW_PER_KW
        return model.peak_kw[index] >= overhead_kw + int(peaks.pue_ppm[index, slot]) / UW_PER_KW * it_w

    return rule


def budget(columns: Columns, itineraries: Itineraries) -> Any:
    """(8) What the chosen columns use of a budget over the horizon is at most its capacity."""
    spending = _spending(columns, itineraries)

    def rule(model: Any, budget: int) -> Any:
        return _sum(spending[budget], model) <= int(columns.budget_capacity[budget])

    return rule


def floor(columns: Columns, itineraries: Itineraries) -> Any:
    """What the chosen columns count towards a floor, and what is short of it, is at least its target."""
    counting = defaultdict(list)
    for window, start in _columns(columns):
        for index, amount in zip(*(array.tolist() for array in columns.floors.uses(window))):
            counting[index].append(((window, start), amount))
    entries = zip(itineraries.floor_use_index.tolist(), itineraries.floor_use_amount.tolist())
    for index, (floor, amount) in zip(_entry_itinerary(itineraries.floor_use_first), entries):
        counting[floor].append(((-1, index), amount))

    def rule(model: Any, floor: int) -> Any:
        return _sum(counting[floor], model) + model.shortfall[floor] >= int(columns.floors.target[floor])

    return rule


def precedence(columns: Columns, itineraries: Itineraries) -> Any:
    """(11) By each slot, no more has started of a successor than has ended of its predecessor, lag included."""
    of_job = _runs_of_job(columns, itineraries)
    order = columns.precedences

    def rule(model: Any, index: int, slot: int) -> Any:
        waits, goes_first = of_job[int(order.successor[index])], of_job[int(order.predecessor[index])]
        started = [(run.column, 1) for run in waits if run.start <= slot]
        ended = [(run.column, -1) for run in goes_first if run.end + order.lag[index] <= slot]
        return _sum(started + ended, model) <= 0

    return rule


def together(columns: Columns, itineraries: Itineraries) -> Any:
    """(12) Of two jobs of a group, not one with a key and the other with another."""
    of_job = _runs_of_job(columns, itineraries)

    def rule(model: Any, group: int, job: int, other: int, key: int) -> Any:
        key_of = columns.together.key_of_pool[group]
        with_key = [(run.column, 1) for run in of_job[job] if key_of[run.pool] == key]
        without = [(run.column, 1) for run in of_job[other] if key_of[run.pool] != key]
        return _sum(with_key + without, model) <= 1

    return rule


def selection_of(columns: Columns, model: Any, itineraries: Itineraries = NO_ITINERARIES) -> Selection:
    """The columns at 1 in a solved model."""
    selection = empty_selection(columns)
    for (window, start), variable in model.x.items():
        if _is_one(variable):
            job = columns.job[window]
            selection.window[job], selection.start[job] = window, start
    pieces = {
        int(itineraries.job[index]): itineraries.pieces[index] for index, variable in model.y.items() if _is_one(variable)
    }
    on = None
    if len(columns.halls):
        on = np.zeros((len(columns.halls), columns.slot_count), dtype=np.bool_)
        for place, variable in model.on.items():
            on[place] = _is_one(variable)
    chosen = replace(selection, pieces=pieces, on=on)
    return with_batteries(columns, chosen, pyomo_batteries.net_w(model, columns))


def _is_one(variable: Any) -> bool:
    return variable.value is not None and variable.value > 0.5


def start_from(columns: Columns, model: Any, start: Selection, itineraries: Itineraries = NO_ITINERARIES) -> None:
    """Set each variable to its value in ``start``; solvers that take a first point read it."""
    chosen = set(zip(start.window.tolist(), start.start.tolist()))
    for column, variable in model.x.items():
        variable.set_value(int(column in chosen))
    for index, variable in model.y.items():
        variable.set_value(int(start.pieces.get(int(itineraries.job[index])) == itineraries.pieces[index]))
    if (on := standing(columns, start)) is not None:
        for place, variable in model.on.items():
            variable.set_value(int(on[place]))
    floors = columns.floors
    left = floors.left(start.window[start.window >= 0], chain.from_iterable(start.pieces.values()))
    room = beside(columns, start)
    operated = room.plant.operate(room.free, start.net_w)
    pyomo_batteries.start_from(model, columns, start.net_w)
    for key, variable in model.flexible.items():
        variable.set_value(int(operated.watts[key]))
    for index, variable in model.peak_kw.items():
        variable.set_value(int(operated.peak_uw[index]) / UW_PER_KW)
    for floor_index, variable in model.shortfall.items():
        variable.set_value(max(0, int(left[floor_index])))


def _starts(columns: Columns, window: int) -> range:
    return range(int(columns.start_first[window]), int(columns.start_last[window]) + 1)


def _columns(columns: Columns) -> Iterator[Column]:
    return ((window, start) for window in range(columns.window_count) for start in _starts(columns, window))


def _mandatory_or_placeable(columns: Columns, itineraries: Itineraries) -> list[int]:
    placeable = {*columns.job.tolist(), *itineraries.job.tolist()}
    return [job for job in range(columns.job_count) if columns.mandatory[job] or job in placeable]


def _running(columns: Columns, itineraries: Itineraries, give_way: GiveWay) -> Running:
    """What each column uses of (limit, slot), in its run and before."""
    running = defaultdict(list)
    for window, start in paced(_columns(columns), give_way):
        limits, amounts = columns.uses(window)
        for slot in range(start, start + int(columns.duration[window])):
            for limit, amount in zip(limits.tolist(), amounts.tolist()):
                running[limit, slot].append(((window, start), amount))
        if (lead := columns.leads.of_window(window)) is not None:
            for slot in range(start - lead.slots, start):
                running[lead.limit, slot].append(((window, start), lead.amount))
    uses = zip(itineraries.use_limit.tolist(), itineraries.use_slot.tolist(), itineraries.use_amount.tolist())
    for index, (limit, slot, amount) in zip(_entry_itinerary(itineraries.use_first), uses):
        running[limit, slot].append(((-1, index), amount))
    return running


def _drawing(columns: Columns) -> dict[tuple[int, int], list[int]]:
    """The flexible loads that draw on (limit, slot) where they gain something."""
    plant, drawing = plant_rows(columns), defaultdict(list)
    # beside its own variables, a plant has those of headroom, which no constraint here needs
    for variable, (load, slot) in enumerate(zip(plant.load.tolist(), plant.slot.tolist())):
        for limit in plant.limit[plant.first[variable] : plant.first[variable + 1]].tolist():
            drawing[limit, slot].append(load)
    return drawing


def _giving(columns: Columns) -> dict[tuple[int, int], list[int]]:
    """The flexible loads whose draw lets a battery give more, by (limit, slot)."""
    plant, giving = plant_rows(columns), defaultdict(list)
    for load, slot, row in zip(plant.load.tolist(), plant.slot.tolist(), plant.export.tolist()):
        if row >= 0:
            giving[row, slot].append(load)
    return giving


def _spending(columns: Columns, itineraries: Itineraries) -> dict[int, list[tuple[Column, int]]]:
    """What each column uses of a budget; columns that use none of it are left out."""
    spending = defaultdict(list)
    for window, start in _columns(columns):
        for budget, use in columns.budget_uses(window, start):
            if use:
                spending[budget].append(((window, start), use))
    uses = zip(itineraries.budget_use_index.tolist(), itineraries.budget_use_amount.tolist())
    for index, (budget, use) in zip(_entry_itinerary(itineraries.budget_use_first), uses):
        spending[budget].append(((-1, index), use))
    return spending


def _entry_itinerary(first: IntArray) -> list[int]:
    """The itinerary of each entry."""
    entries: list[int] = np.repeat(np.arange(len(first) - 1), np.diff(first)).tolist()
    return entries


class _Run(NamedTuple):
    """A column with its slots ``[start, end)``, pauses included, and its pool."""

    column: Column
    start: int
    end: int
    pool: int


def _runs_of_job(columns: Columns, itineraries: Itineraries) -> dict[int, list[_Run]]:
    of_job = defaultdict(list)
    for window, start in _columns(columns):
        end = start + int(columns.duration[window])
        of_job[int(columns.job[window])].append(_Run((window, start), start, end, int(columns.pool[window])))
    for index, (job, pieces) in enumerate(zip(itineraries.job.tolist(), itineraries.pieces)):
        pool = int(columns.lanes.pool[pieces[0].lane])
        of_job[job].append(_Run((-1, index), pieces[0].start, pieces[-1].end, pool))
    return of_job


def _pieces(columns: Columns, itineraries: Itineraries) -> Iterator[tuple[Column, int, int, int, int]]:
    """(column, job, pool, start, end) of each run in one piece, and of each piece of the others."""
    for window, start in _columns(columns):
        end = start + int(columns.duration[window])
        yield (window, start), int(columns.job[window]), int(columns.pool[window]), start, end
    for index, (job, pieces) in enumerate(zip(itineraries.job.tolist(), itineraries.pieces)):
        for piece in pieces:
            yield (-1, index), job, int(columns.lanes.pool[piece.lane]), piece.start, piece.end


def _waits(columns: Columns, itineraries: Itineraries) -> Iterator[tuple[int, int]]:
    """(precedence, slot) wherever a column of the successor may start."""
    of_job = _runs_of_job(columns, itineraries)
    for index, successor in enumerate(columns.precedences.successor.tolist()):
        yield from ((index, slot) for slot in sorted({run.start for run in of_job[successor]}))


def _pairs(columns: Columns, itineraries: Itineraries) -> Iterator[tuple[int, int, int, int]]:
    """(group, job, other job, key) wherever the one has a column with the key and the other one without it."""
    of_job = _runs_of_job(columns, itineraries)
    for group in range(len(columns.together)):
        key_of = columns.together.key_of_pool[group].tolist()
        keys = {job: {key_of[run.pool] for run in of_job[job]} for job in jobs_of_group(columns, group)}
        for job, other in permutations(keys, 2):
            yield from ((group, job, other, key) for key in sorted(keys[job]) if keys[other] - {key})


def _sum(terms: list[tuple[Column, int]], model: Any) -> Any:
    from pyomo.core.expr import LinearExpression

    variables = [model.y[start] if window < 0 else model.x[window, start] for (window, start), _ in terms]
    return LinearExpression(linear_coefs=[factor for _, factor in terms], linear_vars=variables)
