"""What fits together in one slot: the most valuable multiset of gangs under several limits, by depth-first search."""

from __future__ import annotations

import numpy as np

from optimizer.columns.table import IntArray
from optimizer.engines.price.bound.kernel import FloatArray
from optimizer.engines.price.jit import compiled


@compiled
def load_weights(use: IntArray, capacity: IntArray) -> FloatArray:
    """Parts of the limits each item takes, summed over limits; ``use[n, m]``, ``capacity[m]``; shape ``[n]``."""
    weight = np.zeros(len(use))
    for i in range(len(use)):
        for m in range(len(capacity)):
            if use[i, m] > 0:
                weight[i] += use[i, m] / max(capacity[m], 1)
    return weight


@compiled
def best_pattern(
    value: FloatArray, use: IntArray, capacity: IntArray, most: IntArray, node_limit: int
) -> tuple[float, IntArray, bool]:
    """Maximise ``value x`` over whole ``0 <= x <= most`` with ``use x <= capacity``.

    Returns the best value, a best ``x[n]`` and whether it is proved; items worth nothing stay out. The bound is the
    fractional knapsack of the limits' sum, each in parts of its capacity.
    """
    weight = load_weights(use, capacity)
    order = np.argsort(-value / np.maximum(weight, 1e-12), kind="mergesort")
    count = 0
    for i in order:
        if value[i] > 0.0 and most[i] > 0:
            order[count] = i
            count += 1
    taken, best_taken = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    left = capacity.copy()
    room = float(np.sum(capacity > 0))
    total, best, nodes, depth = 0.0, 0.0, 0, 0
    proved = True
    while True:
        promising = True
        while depth < count:
            nodes += 1
            bound, free, k = total, room, depth
            while k < count and free > 0.0:
                i = order[k]
                part = weight[i] * most[i]
                bound += value[i] * most[i] if part <= free else value[i] * free / weight[i]
                free -= part
                k += 1
            if bound <= best * (1.0 + 1e-9):
                promising = False
                break
            i = order[depth]
            copies = most[i]
            for m in range(len(left)):
                if use[i, m] > 0:
                    copies = min(copies, left[m] // use[i, m])
            taken[depth] = copies
            left -= copies * use[i]
            total += copies * value[i]
            room -= copies * weight[i]
            depth += 1
        if promising and total > best:
            best = total
            best_taken[:] = taken
        if nodes > node_limit:
            proved = False
            break
        depth -= 1
        while depth >= 0 and taken[depth] == 0:
            depth -= 1
        if depth < 0:
            break
        i = order[depth]
        taken[depth] -= 1
        taken[depth + 1 :] = 0
        left += use[i]
        total -= value[i]
        room += weight[i]
        depth += 1
    pattern = np.zeros(len(value), dtype=np.int64)
    for k in range(count):
        pattern[order[k]] = best_taken[k]
    return best, pattern, proved


@compiled
def covering_duals(
    demand: FloatArray, use: IntArray, capacity: IntArray, most: IntArray, node_limit: int, pivot_limit: int
) -> tuple[float, FloatArray]:
    """How many slots' worth of patterns ``demand[n]`` needs, fractionally, and the duals that prove it.

    Solves ``min sum lambda`` over patterns with ``sum lambda x >= demand`` by column generation (Gilmore and Gomory, 1961).
    A value above 1 means the demand lies outside the hull of what fits together; then ``duals x <= 1`` for every
    pattern, violated by it. Returns 0 where it gives up.
    """
    n = len(demand)
    inverse = np.zeros((n, n))
    level = np.zeros(n)
    cost = np.ones(n)
    for i in range(n):
        inverse[i, i] = 1.0 / most[i]
        level[i] = demand[i] / most[i]
    for _ in range(pivot_limit):
        duals = cost @ inverse
        entering = np.zeros(n)
        entering_cost = 1.0
        lowest = np.argmin(duals)
        if duals[lowest] < -1e-9:
            entering[lowest] = -1.0
            entering_cost = 0.0
        else:
            duals = np.maximum(duals, 0.0)
            value, pattern, proved = best_pattern(duals, use, capacity, most, node_limit)
            if not proved:
                return 0.0, duals
            if value <= 1.0 + 1e-7:
                return float(duals @ demand), duals
            entering[:] = pattern
        direction = inverse @ entering
        leaving, ratio = -1, np.inf
        for i in range(n):
            if direction[i] > 1e-9 and level[i] / direction[i] < ratio:
                leaving, ratio = i, level[i] / direction[i]
        if leaving < 0:
            return 0.0, duals
        level -= ratio * direction
        level[leaving] = ratio
        cost[leaving] = entering_cost
        inverse[leaving] /= direction[leaving]
        for i in range(n):
            if i != leaving:
                inverse[i] -= direction[i] * inverse[leaving]
    return 0.0, np.zeros(n)
