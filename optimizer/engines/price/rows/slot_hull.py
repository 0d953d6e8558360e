"""Rows of a slot's hull: what dual feasible functions of one limit cannot see.

At one slot the gangs of a hall or site must fit several limits at once, and only so many jobs offer each gang. The convex
hull of what fits together is separated exactly: a relaxed plan outside it needs more than one slot's worth of patterns, and
the duals of that covering problem are the coefficients of a row it breaks. Every other gang is then lifted into the row, the
coefficients are whole, and the row serves every slot that allows no more than the one it was found in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.columns.table import Columns, IndexArray, IntArray
from optimizer.engines.price.bound.kernel import FloatArray
from optimizer.engines.price.jit import compiled
from optimizer.engines.price.rows.gangs import Gangs
from optimizer.engines.price.rows.knapsack import best_pattern, covering_duals
from optimizer.engines.price.rows.slot_rows import Activity

#: Searches and simplex runs that need more are given up: the row is not worth its time.
NODE_LIMIT = 5_000
PIVOT_LIMIT = 300
#: Denominators tried for the duals; vertices of these small hulls have small ones.
LARGEST_DENOMINATOR = 60


@dataclass(frozen=True, slots=True)
class Scope:
    """The gangs that use one limit, with every limit they use: ``use[n, m]`` of ``gang[n]`` on ``limit[m]``. What they give of
    recovered heat is none.
    """

    gang: IndexArray
    limit: IndexArray
    use: IntArray


@dataclass(frozen=True, slots=True)
class PatternCut:
    """``coefficient x <= rhs`` over runs of ``gang`` in each of ``slots``."""

    gang: IndexArray
    coefficient: IntArray
    rhs: int
    slots: tuple[int, ...]


def scopes(gangs: Gangs) -> tuple[Scope, ...]:
    """One scope for each distinct set of gangs that some limit sees."""
    found: dict[bytes, Scope] = {}
    uses = np.maximum(0, gangs.use)
    for limit in range(uses.shape[1]):
        gang = np.flatnonzero(uses[:, limit]).astype(np.int32)
        if len(gang) > 1:
            limits = np.flatnonzero(uses[gang].any(axis=0)).astype(np.int32)
            use = np.ascontiguousarray(uses[np.ix_(gang, limits)])
            found.setdefault(gang.tobytes(), Scope(gang, limits, use))
    return tuple(found.values())


def violated_cut(
    columns: Columns, gangs: Gangs, scope: Scope, activity: Activity, on: FloatArray, slot: int, least_violation: float
) -> PatternCut | None:
    """A cut that the mean ``activity`` of gangs breaks at ``slot`` by ``least_violation`` of it; None where none was found.

    ``on[T]``: the part of what a cut allows that is there, since the hall of the scope is off otherwise.
    """
    capacity = np.ascontiguousarray(columns.capacity[scope.limit, slot])
    running = activity.mean(scope.gang, slot)
    fits = np.where(scope.use > 0, capacity // np.maximum(scope.use, 1), np.iinfo(np.int64).max).min(axis=1)
    most = np.minimum(fits, gangs.job_count[scope.gang, slot])
    active = np.flatnonzero((running > 1e-3) & (most > 0))
    there = float(on[slot])
    if not len(active) or not _may_exceed(scope.use[active], running[active], capacity, there):
        return None
    # Distinct tiny additions keep the simplex method from cycling among equal ratios.
    demand = running[active] + 1e-6 * (1.0 + np.arange(len(active)) * 0.6180339887 % 1.0)
    size, duals = covering_duals(
        demand, np.ascontiguousarray(scope.use[active]), capacity, most[active], NODE_LIMIT, PIVOT_LIMIT
    )
    coefficient = np.zeros(len(scope.gang), dtype=np.int64)
    if size > there * (1.0 + least_violation):
        coefficient[active] = _whole_multiples(duals)
    elif size == 0.0 and there < 1.0 and running.max() > there * (1.0 + least_violation):
        # what fits together was not settled, but a run that is there more than its hall is breaks its own row
        coefficient[running.argmax()] = 1
    else:
        return None
    rhs, proved = _lift(coefficient, scope.use, capacity, most, NODE_LIMIT)
    some = np.flatnonzero(coefficient)
    if not proved or float(coefficient @ running) <= rhs * there * (1.0 + least_violation):
        return None
    limits = scope.use[some].any(axis=0)
    allows_less = (columns.capacity[scope.limit[limits]] <= capacity[limits][:, None]).all(axis=0)
    counts = gangs.job_count[scope.gang[some]]
    allows_less &= (counts <= counts[:, slot][:, None]).all(axis=0)
    broken = coefficient[some] @ activity.mean(scope.gang[some], slice(None)) > rhs * on
    return PatternCut(scope.gang[some], coefficient[some], rhs, tuple(int(t) for t in np.flatnonzero(allows_less & broken)))


def _may_exceed(use: IntArray, running: FloatArray, capacity: IntArray, there: float) -> bool:
    """Whether runs may be more than fits: they come near a limit, or one is there more than its hall is."""
    near = bool(((use * running[:, None]).sum(axis=0) >= 0.8 * there * capacity).any())
    # where the hall is always on, a gang alone breaks nothing, and many of one kind may run at once
    return near and len(running) > 1 if there >= 1.0 else near or bool(running.max() > there)


def _whole_multiples(duals: FloatArray) -> IntArray:
    """Whole numbers in the proportions of ``duals``, exactly if a small denominator gives them."""
    duals = np.where(duals > 1e-7, duals, 0.0)
    for denominator in range(1, LARGEST_DENOMINATOR + 1):
        scaled = duals * denominator
        if np.abs(scaled - np.rint(scaled)).max() < 1e-4:
            return np.rint(scaled).astype(np.int64)
    return np.rint(duals * LARGEST_DENOMINATOR).astype(np.int64)


@compiled
def _lift(coefficient: IntArray, use: IntArray, capacity: IntArray, most: IntArray, node_limit: int) -> tuple[int, bool]:
    """The least valid right-hand side, and every zero ``coefficient`` raised as far as it allows, largest gangs first."""
    # most gangs have no part in a row, so only those that have are looked through
    part = np.flatnonzero(coefficient)
    count = len(part)
    value, uses, counts = np.zeros(len(use)), np.zeros_like(use), np.zeros_like(most)
    for k in range(count):
        value[k], uses[k], counts[k] = coefficient[part[k]], use[part[k]], most[part[k]]
    best, _, proved = best_pattern(value[:count], uses[:count], capacity, counts[:count], node_limit)
    rhs = int(np.rint(best))
    if not proved:
        return rhs, False
    size = np.zeros(len(use))
    for i in range(len(use)):
        for m in range(len(capacity)):
            size[i] = max(size[i], use[i, m] / max(capacity[m], 1))
    for i in np.argsort(-size, kind="mergesort"):
        if coefficient[i] > 0 or most[i] == 0:
            continue
        lifted = rhs
        for copies in range(1, most[i] + 1):
            if lifted == 0:
                break
            left = capacity - copies * use[i]
            rest, _, sure = best_pattern(value[:count], uses[:count], left, counts[:count], node_limit)
            lifted = min(lifted, (rhs - int(np.rint(rest))) // copies) if sure else 0
        if lifted > 0:
            coefficient[i] = lifted
            value[count], uses[count], counts[count] = lifted, use[i], most[i]
            count += 1
    return rhs, True
