"""Prices of halls that are alike, found as if they were one: where a job may run in any of them, one price a slot does for all.

Only a guess of where prices stand: what they prove is worked out over all halls. A hundred halls then price like one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimizer.arrays import IndexArray, IntArray
from optimizer.columns.cut import with_windows
from optimizer.columns.halls import Halls
from optimizer.columns.table import Columns
from optimizer.engines.price.bound.dual import AscentParams, DualAscent, DualPoint
from optimizer.engines.price.bound.kernel import pricing_table
from optimizer.engines.price.halls.agents import HallAgents, hall_agents
from optimizer.engines.price.halls.search import searches

#: Halls to a class, at least, for the ascent over classes to pay.
LEAST_ALIKE = 4.0
EVALUATIONS = 500


@dataclass(frozen=True, slots=True)
class AlikePrices:
    """Prices of all limits, equal among limits that are alike; ``bound`` is in floats and of the classes alone."""

    point: DualPoint
    bound: float
    evaluation_count: int


def alike_prices(columns: Columns, stopping: Callable[[], bool], share: Callable[[], float]) -> AlikePrices | None:
    """The prices after an ascent over one pool a class; None where pools are not alike, or jobs run in pieces or are tied."""
    if len(columns.lanes) or not searches(columns) or not columns.window_count:
        return None
    first = first_alike(columns)
    classes = len(np.unique(first))
    if len(first) < LEAST_ALIKE * classes:
        return None
    limit_of = _limits_alike(columns, first)
    kept = np.flatnonzero(first[columns.pool] == columns.pool)
    missing = np.diff(columns.job_first) > np.bincount(columns.job[kept], minlength=columns.job_count)
    if (missing & (np.bincount(columns.job[kept], minlength=columns.job_count) == 0)).any():
        return None
    own = hall_agents(columns)
    agents = HallAgents(own.halls, own.hall, limit_of[own.limit].astype(np.int32), own.capacity)
    table = pricing_table(with_windows(columns, kept, halls=Halls()))
    ascent = DualAscent(table, agents=agents, params=AscentParams())
    ascent.run(EVALUATIONS, stopping, share)
    point = ascent.best_point
    return AlikePrices(DualPoint(point.limit[limit_of], point.budget, np.zeros(0), point.floor), ascent.best_bound,
                       ascent.evaluation_count)  # fmt: skip


def first_alike(columns: Columns) -> IndexArray:
    """``[pools]``: the first pool whose windows are those of this one, limits of its hall aside; itself where none is.

    Starts may differ: what fits nowhere else in one slot may fit in another pool.
    """
    halls = columns.halls
    first = np.arange(len(halls.hall_of_pool), dtype=np.int32)
    order = np.argsort(columns.pool, kind="stable")
    windows = np.split(order, np.searchsorted(columns.pool[order], first[1:]))
    seen: dict[tuple[object, ...], int] = {}
    for pool, own in enumerate(windows):
        hall = int(halls.hall_of_pool[pool])
        if hall < 0 or (halls.hall_of_pool == hall).sum() > 1:
            continue
        own = own[np.lexsort((columns.mode[own], columns.job[own]))]
        entries = np.concatenate([np.arange(columns.use_first[w], columns.use_first[w + 1]) for w in own]) if len(own) else own
        shared = np.where(halls.hall_of_limit[columns.use_limit[entries]] >= 0, -1, columns.use_limit[entries])
        parts = (columns.job, columns.mode, columns.site, columns.duration, columns.base, columns.power_w)
        key = (*(part[own].tobytes() for part in parts), columns.use_amount[entries].tobytes(), shared.tobytes())
        first[pool] = seen.setdefault(key, pool)
    return first


def _limits_alike(columns: Columns, first: IndexArray) -> IntArray:
    """``[L]``: the limit of the first alike pool that stands where this one does in the uses of a window; else itself."""
    alike = np.arange(len(columns.limits))
    of_pool = [np.zeros(0, dtype=np.int64)] * len(first)
    for pool in range(len(first)):
        windows = np.flatnonzero(columns.pool == pool)
        entries = (columns.use_limit[columns.use_first[w] : columns.use_first[w + 1]] for w in windows[:1000])
        used = np.unique(np.concatenate([np.zeros(0, dtype=np.int32), *entries]))
        of_pool[pool] = used[columns.halls.hall_of_limit[used] >= 0]
    for pool, leader in enumerate(first.tolist()):
        if leader != pool and len(of_pool[pool]) == len(of_pool[leader]):
            alike[of_pool[pool]] = of_pool[leader]
    return alike
