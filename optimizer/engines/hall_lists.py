"""List scheduling where halls may be switched off: plans over some of the halls, and halls closed one by one where it pays.

A plan is made as if the open halls were on throughout and the others absent, so that any schedule of theirs fits the grid;
its schedules are then the cheapest ones that cover its runs. Where jobs that must run do not fit so, they are placed by
themselves over fewer halls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.columns.cut import with_windows, without_itineraries
from optimizer.columns.hall_plans import required_slots
from optimizer.columns.halls import Halls
from optimizer.columns.table import BoolArray, Columns, IntArray, Selection
from optimizer.formulation.selections import empty_selection, value_of

#: Halls that are tried one by one where jobs that must run find no place over all.
MOST_HALLS = 32


@dataclass(frozen=True, slots=True)
class OpenHalls:
    """``columns`` over the open halls alone, always on; ``origin[w]`` is the window of the whole columns behind ``w``."""

    columns: Columns
    origin: IntArray

    def outwards(self, own: Selection) -> Selection:
        """The same runs in whole columns; when halls are on is left to the runs."""
        placed = own.window >= 0
        window = np.where(placed, self.origin[np.maximum(own.window, 0)] if len(self.origin) else -1, -1)
        return Selection(window.astype(np.int32), own.start.copy())

    def inwards(self, whole: Selection) -> Selection:
        """The runs of ``whole`` in open halls."""
        place = np.full(int(max(self.origin.max(initial=-1), whole.window.max(initial=-1))) + 1, -1, dtype=np.int32)
        place[self.origin] = np.arange(len(self.origin))
        found = np.where(whole.window >= 0, place[np.maximum(whole.window, 0)] if len(place) else -1, -1)
        return Selection(found.astype(np.int32), np.where(found >= 0, whole.start, -1).astype(np.int32))


def over_open(columns: Columns, is_open: BoolArray, *, of_mandatory: bool = False, standing: bool = True) -> OpenHalls:
    """The windows outside halls that may be switched off, and in those of ``is_open[K]``; only those ``of_mandatory`` jobs if
    so asked. ``standing``: connections carry the standby of every open hall throughout.
    """
    halls = columns.halls
    hall = halls.hall_of_pool[columns.pool]
    inside: BoolArray = (hall < 0) | is_open[np.maximum(hall, 0)]
    kept = np.flatnonzero(inside & columns.mandatory[columns.job] if of_mandatory else inside)
    capacity = columns.capacity.copy()
    for index in np.flatnonzero(is_open & standing).tolist():
        if (grid := int(halls.grid_limit[index])) >= 0:
            capacity[grid] = np.maximum(0, capacity[grid] - halls.rules[index].standby_w)
    cut = without_itineraries(columns, np.ones(columns.job_count, dtype=np.bool_))
    plant = columns.plant.under(np.repeat(is_open[:, None], columns.slot_count, axis=1))
    return OpenHalls(with_windows(cut, kept, capacity=capacity, halls=Halls(), plant=plant), kept)


def first_selection(columns: Columns, hint: Selection) -> Selection | None:
    """The best of a list schedule over all halls, what fits of ``hint`` completed, and nothing at all; None where none is."""
    from optimizer.engines.price.plans.list_plans import completed
    from optimizer.engines.price.plans.schedule import first_plan

    opened = over_open(columns, np.ones(len(columns.halls), dtype=np.bool_))
    plans = [first_plan(opened.columns)]
    if (hint.window >= 0).any():
        plans.append(completed(opened.columns, opened.inwards(hint)))
    found = [opened.outwards(plan.selection()) for plan in plans if not plan.missing]
    return _best(columns, [*found, empty_selection(columns)]) or _first_of_mandatory(columns)


def _first_of_mandatory(columns: Columns) -> Selection | None:
    """The best plan of the jobs that must run, with what fits beside them: over all halls as if standby drew nothing, over one
    hall, or over all but one; None where none of these holds them.
    """
    from optimizer.engines.price.plans.list_plans import completed
    from optimizer.engines.price.plans.schedule import first_plan

    if not columns.mandatory.any():
        return None
    every: BoolArray = np.ones(len(columns.halls), dtype=np.bool_)
    choices = [over_open(columns, every, of_mandatory=True, standing=False)]
    for hall in range(min(len(every), MOST_HALLS)):
        one: BoolArray = np.arange(len(every)) == hall
        choices += [over_open(columns, is_open, of_mandatory=True) for is_open in (one, ~one)]
    plans = [(opened, first_plan(opened.columns)) for opened in choices]
    found = _best(columns, [opened.outwards(plan.selection()) for opened, plan in plans if not plan.missing])
    if found is None:
        return None
    opened = over_open(columns, np.logical_or.reduce(required_slots(columns, found), axis=1))
    plan = completed(opened.columns, opened.inwards(found))
    return _best(columns, [found, *([] if plan.missing else [opened.outwards(plan.selection())])])


def closed_one_by_one(columns: Columns, start: Selection, stopping: Callable[[], bool]) -> Iterator[Selection]:
    """Ever better selections: the least used hall that is open is closed, and its jobs go elsewhere, as long as that pays."""
    from optimizer.engines.price.plans.list_plans import completed

    best, value = start, value_of(columns, start)
    if value is None:
        return
    required = required_slots(columns, best)
    is_open: BoolArray = np.logical_or.reduce(required, axis=1)
    tried = np.zeros_like(is_open)
    while not stopping() and (is_open & ~tried).any():
        load = np.where(is_open & ~tried, required.sum(axis=1), np.iinfo(np.int64).max)
        hall = int(load.argmin())
        tried[hall] = True
        left = is_open.copy()
        left[hall] = False
        opened = over_open(columns, left)
        plan = completed(opened.columns, opened.inwards(best))
        found = opened.outwards(plan.selection())
        worth = None if plan.missing else value_of(columns, found)
        if worth is not None and worth > value:
            best, value, is_open = found, worth, left
            required = required_slots(columns, best)
            yield best


def _best(columns: Columns, selections: list[Selection]) -> Selection | None:
    worth = [(value, -index) for index, item in enumerate(selections) if (value := value_of(columns, item)) is not None]
    return selections[-max(worth)[1]] if worth else None
