"""What ties jobs to each other, in a CP-SAT model: order, togetherness, and lateness of runs whose start is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from optimizer.columns.table import Columns


class Way(NamedTuple):
    """One way to run a job: a literal that says whether it is taken, its start (a number or a variable), its slots and pool.

    ``late_cost``: micro-units for each slot that it ends after the job's due slot, where its worth does not count them.
    """

    taken: Any
    start: Any
    slots: int
    pool: int
    late_cost: int


Ways = Sequence[Sequence[Way]]


def precedence(model: Any, columns: Columns, ways: Ways, job_start: Mapping[int, Any]) -> None:
    """(11) A successor runs only if its predecessor does, and starts at or after its end and the lag.

    ``job_start``: the variable that all ways of a job share, where their starts are open.
    """

    def start(job: int) -> Any:
        return job_start[job] if job in job_start else _total(ways[job], [int(way.start) for way in ways[job]])

    order = columns.precedences
    for before, after, lag in zip(order.predecessor.tolist(), order.successor.tolist(), order.lag.tolist()):
        if not ways[after]:
            continue
        ended = start(before) + _total(ways[before], [way.slots for way in ways[before]])
        in_order = model.add(start(after) >= ended + lag)
        runs: Any = 1
        if not columns.mandatory[after]:
            runs = model.new_bool_var("")
            model.add(_total(ways[after], [1] * len(ways[after])) == runs)
            in_order.only_enforce_if(runs)
        # a column cut may make a successor mandatory and not the one it waits for
        model.add(_total(ways[before], [1] * len(ways[before])) >= runs)


def together(model: Any, columns: Columns, ways: Ways) -> None:
    """(12) The placed jobs of a group share a key."""
    groups = columns.together
    for group in range(len(groups)):
        key_of = groups.key_of_pool[group]
        chosen = {key: model.new_bool_var("") for key in np.unique(key_of).tolist()}
        model.add_at_most_one(chosen.values())
        for job in groups.job[groups.first[group] : groups.first[group + 1]].tolist():
            for way in ways[job]:
                model.add_implication(way.taken, chosen[int(key_of[way.pool])])


def lateness(model: Any, columns: Columns, ways: Ways) -> Any:
    """What late slots cost the ways whose worth does not count them, job by job."""
    costs: list[Any] = []
    for job, own in enumerate(ways):
        open_ways = [way for way in own if way.late_cost]
        if open_ways:
            late = model.new_int_var(0, columns.slot_count, "")
            due = int(columns.due_slot[job])
            for way in open_ways:
                model.add(late >= way.start + way.slots - due).only_enforce_if(way.taken)
            costs.append(late * open_ways[0].late_cost)
    return sum(costs)


def _total(ways: Sequence[Way], weights: Sequence[int]) -> Any:
    from ortools.sat.python.cp_model import LinearExpr

    return LinearExpr.weighted_sum([way.taken for way in ways], weights)
