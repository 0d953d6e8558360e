"""Span rows: a job is in one place at a time, however its relaxed runs are spread.

Take a limit, a span of slots, one job, and a function ``f`` with ``sum f(use) <= f(capacity)`` (the use itself or a dual
feasible one). What runs through the whole span, and any run of the job that so much as touches it, all meet in some slot:

    sum f(use) x over runs of other jobs that cover the span + sum f(use) x over runs of the job that touch it <= f(capacity)

with the largest capacity of the span. Rows of single slots cannot see this: half a job now and half of it later pass them.
For ``f`` of order 1 these are the facets with right-hand side 1 of single-machine scheduling (van den Akker, Van Hoesel and
Savelsbergh, 1999).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.columns.table import Columns, IntArray
from optimizer.formulation.milp import Milp
from optimizer.formulation.rows import RowFamily, Rows, make_rows, stack
from optimizer.formulation.strengthen import ORDERS, dual_feasible

FloatArray = NDArray[np.float64]

#: Order of the row whose function is the use itself.
PLAIN = 0
_LEAST_VIOLATION = 0.01
_LEAST_VALUE = 1e-7


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """``violation`` is minus the part of ``capacity`` by which it is broken, so that the worst come first."""

    violation: float
    limit: int
    order: int
    capacity: int
    job: int
    first: int
    last: int  # inclusive


def broken_span_rows(columns: Columns, milp: Milp, activity: FloatArray, known: set[Span], most: int = 200) -> Rows | None:
    """The span rows that ``activity[N]`` breaks most: one a limit, order and job, at most ``most``; None without any.

    ``known`` holds the spans made before (with violation 0) and gets those made now.
    """
    active = np.flatnonzero(activity > _LEAST_VALUE)
    found = [
        span
        for limit, capacity, use in _uses_of_limits(columns, milp.window[active])
        for order in (PLAIN, *ORDERS)
        for span in _broken(columns, milp, active, activity[active], limit, capacity, use, order)
    ]
    parts: list[Rows] = []
    for span in sorted(found):
        name = Span(0.0, span.limit, span.order, span.capacity, span.job, span.first, span.last)
        if name not in known and len(parts) < most:
            known.add(name)
            parts.append(span_row(columns, milp, name))
    return stack(parts) if parts else None


def span_row(columns: Columns, milp: Milp, span: Span) -> Rows:
    """The row of ``span`` over all columns of ``milp``."""
    use = _use_of_limit(columns, milp.window, span.limit)
    end = milp.start + columns.duration[milp.window]
    covers = (milp.start <= span.first) & (end > span.last)
    touches = (milp.job == span.job) & (milp.start <= span.last) & (end > span.first)
    coefficient = np.where((covers | touches) & (use <= span.capacity), _function(use, span.capacity, span.order), 0)
    column = np.flatnonzero(coefficient)
    return make_rows(
        RowFamily.SPAN,
        element=np.array([span.limit]),
        slot=np.array([span.first]),
        order=np.array([span.order]),
        capacity=np.array([_whole(span.capacity, span.order)]),
        lengths=np.array([len(column)]),
        column=column,
        coefficient=coefficient[column],
    )


def _function(use: IntArray, capacity: int, order: int) -> IntArray:
    return use if order == PLAIN else dual_feasible(use, np.full(len(use), capacity, dtype=np.int64), order)


def _whole(capacity: int, order: int) -> int:
    return capacity if order == PLAIN else order * (order + 1)


def _use_of_limit(columns: Columns, window: IntArray, limit: int) -> IntArray:
    of_window = np.zeros(columns.window_count, dtype=np.int64)
    entry = np.flatnonzero(columns.use_limit == limit)
    of_window[np.searchsorted(columns.use_first, entry, side="right") - 1] = columns.use_amount[entry]
    return of_window[window]


def _uses_of_limits(columns: Columns, window: IntArray) -> list[tuple[int, int, IntArray]]:
    """(limit, capacity, use of each window) for each level of capacity; of limits alike in both, the first."""
    seen: set[tuple[bytes, bytes]] = set()
    out = []
    for limit in range(len(columns.limits)):
        use = _use_of_limit(columns, window, limit)
        key = use.tobytes(), columns.capacity[limit].tobytes()
        if not use.any() or key in seen:
            continue
        seen.add(key)
        out += [(limit, int(level), use) for level in np.unique(columns.capacity[limit]) if level > 0]
    return out


def _broken(
    columns: Columns,
    milp: Milp,
    active: IntArray,
    value: FloatArray,
    limit: int,
    capacity: int,
    use: IntArray,
    order: int,
) -> list[Span]:
    """The worst broken span of each job; spans of best rows begin where a run starts and end where one ends."""
    part = np.where(use <= capacity, _function(use, capacity, order), 0) * value / _whole(capacity, order)
    users = np.flatnonzero(part > _LEAST_VALUE)
    if part[users].sum() <= 1.0 + _LEAST_VIOLATION:
        return []
    part, column = part[users], active[users]
    start, job = milp.start[column], milp.job[column]
    last = start + columns.duration[milp.window[column]] - 1
    begin, end = np.unique(start), np.unique(last)
    allowed = _of_level(columns.capacity[limit], capacity, begin, end)
    if not allowed.any():
        return []
    covering = (start[:, None] <= begin)[:, :, None] & (last[:, None] >= end)[:, None, :]
    touching = (last[:, None] >= begin)[:, :, None] & (start[:, None] <= end)[:, None, :]
    cover = np.tensordot(part, covering, 1)
    more = part[:, None, None] * (touching & ~covering)
    found = []
    for each, runs in zip(*np.unique(job, return_counts=True)):
        if runs < 2:
            continue
        total = np.where(allowed, cover + more[job == each].sum(axis=0), 0.0)
        b, e = np.unravel_index(int(total.argmax()), total.shape)
        if total[b, e] > 1.0 + _LEAST_VIOLATION:
            broken = -round(float(total[b, e]) - 1.0, 6)
            found.append(Span(broken, limit, order, capacity, int(each), int(begin[b]), int(end[e])))
    return found


def _of_level(series: IntArray, level: int, begin: IntArray, end: IntArray) -> NDArray[np.bool_]:
    """``[begin, end]``: whether the largest capacity from begin to end is ``level``."""
    below = np.concatenate([[0], np.cumsum(series < level)])
    above = np.concatenate([[0], np.cumsum(series > level)])
    length = end[None, :] + 1 - begin[:, None]
    higher = above[end + 1][None, :] - above[begin][:, None]
    lower = below[end + 1][None, :] - below[begin][:, None]
    allowed: NDArray[np.bool_] = (length > 1) & (higher == 0) & (lower < length)
    return allowed
