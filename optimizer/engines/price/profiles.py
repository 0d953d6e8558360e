"""Profiles: windows that cost the same in every slot share one prefix sum of prices.

A *profile* is a distinct (site, power, uses of slot limits, uses of budgets). A fleet's windows differ mostly in release,
deadline and duration, so thousands of windows share one profile and pricing a column is one subtraction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.columns import Columns, IndexArray, IntArray
from optimizer.engines.price.jit import compiled


@dataclass(frozen=True, slots=True)
class Profiles:
    """``of_window[W]`` numbers each window's profile; ``representative[P]`` is the first window that has it."""

    of_window: IndexArray
    representative: IndexArray

    @property
    def count(self) -> int:
        return len(self.representative)


def profiles_of(columns: Columns) -> Profiles:
    """Number the profiles of ``columns`` in order of first appearance."""
    of_window, representative = _number(
        columns.site,
        columns.power_w,
        columns.use_first,
        columns.use_limit,
        columns.use_amount,
        columns.budget_use_first,
        columns.budget_use_index,
        columns.budget_use_amount,
    )
    return Profiles(of_window, representative)


@compiled
def _mixed(key: np.uint64, value: np.uint64) -> np.uint64:
    key = (key ^ value) * np.uint64(0x9E3779B97F4A7C15)
    return key ^ (key >> np.uint64(29))


@compiled
def _same_uses(a: int, b: int, first: IntArray, index: IndexArray, amount: IntArray) -> bool:
    if first[a + 1] - first[a] != first[b + 1] - first[b]:
        return False
    for k in range(first[a + 1] - first[a]):
        i, j = first[a] + k, first[b] + k
        if index[i] != index[j] or amount[i] != amount[j]:
            return False
    return True


@compiled
def _number(
    site: IndexArray,
    power_w: IntArray,
    use_first: IntArray,
    use_limit: IndexArray,
    use_amount: IntArray,
    budget_use_first: IntArray,
    budget_use_index: IndexArray,
    budget_use_amount: IntArray,
) -> tuple[IndexArray, IndexArray]:
    """Open addressing with exact comparison: a hash only says where to look."""
    window_count = len(site)
    size = 16
    while size < 2 * window_count:
        size *= 2
    table = np.full(size, -1, dtype=np.int32)
    of_window = np.empty(window_count, dtype=np.int32)
    representative = np.empty(window_count, dtype=np.int32)
    count = 0
    for w in range(window_count):
        key = _mixed(np.uint64(site[w]), np.uint64(power_w[w]))
        for k in range(use_first[w], use_first[w + 1]):
            key = _mixed(_mixed(key, np.uint64(use_limit[k])), np.uint64(use_amount[k]))
        for k in range(budget_use_first[w], budget_use_first[w + 1]):
            key = _mixed(_mixed(key, np.uint64(budget_use_index[k])), np.uint64(budget_use_amount[k]))
        cell = np.int64(key & np.uint64(size - 1))
        while True:
            profile = table[cell]
            if profile < 0:
                table[cell] = count
                of_window[w] = count
                representative[count] = w
                count += 1
                break
            r = representative[profile]
            if (
                site[r] == site[w]
                and power_w[r] == power_w[w]
                and _same_uses(r, w, use_first, use_limit, use_amount)
                and _same_uses(r, w, budget_use_first, budget_use_index, budget_use_amount)
            ):
                of_window[w] = profile
                break
            cell = (cell + 1) & (size - 1)
    return of_window, representative[:count].copy()
