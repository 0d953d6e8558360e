"""Cuts the halls that may be switched off for columns; ``optimizer.accounting.halls`` says which limits hang on a hall."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from optimizer.accounting.halls import committed_halls, own_limits, standby_micros
from optimizer.arrays import IndexArray
from optimizer.columns.halls import Halls
from optimizer.exact.problem import ExactHall, ExactProblem
from optimizer.limits import LimitKind, LimitLabel


def cut_halls(problem: ExactProblem, rows: Mapping[LimitLabel, int], ignored: Collection[LimitLabel]) -> Halls:
    """The halls of ``problem`` that may be switched off; ``rows`` are the slot limits by label, of which ``ignored`` ones do
    not hold.
    """
    committed = committed_halls(problem)
    if not committed:
        return Halls()
    place = {hall.index: k for k, (hall, _) in enumerate(committed)}
    hall_of_limit = np.full(len(rows), -1, dtype=np.int32)
    slots = range(problem.slot_count)
    for hall, _ in committed:
        for label in own_limits(problem, hall):
            hall_of_limit[rows[label]] = place[hall.index]
    return Halls(
        name=tuple(hall.name for hall, _ in committed),
        rules=tuple(rules for _, rules in committed),
        on_cost=np.array([[standby_micros(problem, hall, t) for t in slots] for hall, _ in committed], dtype=np.int64),
        carries=np.array(
            [[_carries(hall, t, rules.standby_w, ignored) for t in slots] for hall, rules in committed], dtype=np.bool_
        ),
        hall_of_pool=np.array([place.get(pool.hall, -1) for pool in problem.pools], dtype=np.int32),
        hall_of_limit=hall_of_limit,
        grid_limit=_of_sites(problem, rows, LimitKind.GRID_IMPORT),
        export_limit=_of_sites(problem, rows, LimitKind.GRID_EXPORT),
    )


def _carries(hall: ExactHall, slot: int, standby_w: int, ignored: Collection[LimitLabel]) -> bool:
    limit = hall.it_power_w
    return limit is None or LimitLabel(LimitKind.HALL_POWER, hall.name, "W") in ignored or limit[slot] >= standby_w


def _of_sites(problem: ExactProblem, rows: Mapping[LimitLabel, int], kind: LimitKind) -> IndexArray:
    """``[K]``: the limit of this kind of each hall's site, or -1."""
    sites = [problem.sites[hall.site].name for hall, _ in committed_halls(problem)]
    return np.array([rows.get(LimitLabel(kind, name, "W"), -1) for name in sites], dtype=np.int32)
