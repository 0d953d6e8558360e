"""Profiles: windows and lanes that cost the same in every slot share one series of prices.

A *profile* is a distinct (site, power, uses of slot limits, uses of budgets). A fleet's windows differ mostly in release,
deadline and duration, so thousands of windows share one profile and pricing a column is one subtraction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from optimizer.columns.table import Columns, IndexArray, IntArray
from optimizer.engines.price.jit import compiled


@dataclass(frozen=True, slots=True)
class Profiles:
    """``P`` profiles: which one each window and each lane has, and what it is."""

    of_window: IndexArray  # [W]
    of_lane: IndexArray  # [N]
    site: IndexArray  # [P]
    power_w: IntArray  # [P]
    use_first: IntArray  # [P + 1]
    use_limit: IndexArray
    use_amount: IntArray
    budget_use_first: IntArray  # [P + 1]
    budget_use_index: IndexArray
    budget_use_amount: IntArray

    @property
    def count(self) -> int:
        return len(self.site)

    def uses(self, profile: int) -> tuple[IndexArray, IntArray]:
        """As `Columns.uses`."""
        span = slice(self.use_first[profile], self.use_first[profile + 1])
        return self.use_limit[span], self.use_amount[span]


def profiles_of(columns: Columns) -> Profiles:
    """Number the profiles of ``columns`` in order of first appearance, windows before lanes."""
    lanes = columns.lanes
    site, power_w = joined(columns.site, lanes.site), joined(columns.power_w, lanes.power_w)
    use_first = joined_first(columns.use_first, lanes.use_first)
    use_limit, use_amount = joined(columns.use_limit, lanes.use_limit), joined(columns.use_amount, lanes.use_amount)
    budget_first = joined_first(columns.budget_use_first, lanes.budget_use_first)
    budget_index = joined(columns.budget_use_index, lanes.budget_use_index)
    budget_amount = joined(columns.budget_use_amount, lanes.budget_use_amount)
    number, first = distinct_uses(site, power_w, use_first, use_limit, use_amount, budget_first, budget_index, budget_amount)
    use, own_first = gather(use_first, first)
    budget_use, own_budget_first = gather(budget_first, first)
    return Profiles(
        number[: columns.window_count],
        number[columns.window_count :],
        site[first],
        power_w[first],
        own_first,
        use_limit[use],
        use_amount[use],
        own_budget_first,
        budget_index[budget_use],
        budget_amount[budget_use],
    )


def gather(first: IntArray, chosen: IndexArray) -> tuple[IntArray, IntArray]:
    """Indices of the entries of ``chosen`` in order, and where each one's begin among them."""
    counts = first[chosen + 1] - first[chosen]
    new_first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    indices = np.arange(new_first[-1]) + np.repeat(first[chosen] - new_first[:-1], counts)
    return indices, new_first


A = TypeVar("A", bound=np.generic)


def joined(windows: NDArray[A], lanes: NDArray[A]) -> NDArray[A]:
    """One after the other; without a copy where there are no lanes."""
    return np.concatenate([windows, lanes]) if len(lanes) else windows


def joined_first(windows: IntArray, lanes: IntArray) -> IntArray:
    return np.concatenate([windows, windows[-1] + lanes[1:]]) if len(lanes) > 1 else windows


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
def distinct_uses(
    site: IndexArray,
    power_w: IntArray,
    use_first: IntArray,
    use_limit: IndexArray,
    use_amount: IntArray,
    budget_use_first: IntArray,
    budget_use_index: IndexArray,
    budget_use_amount: IntArray,
) -> tuple[IndexArray, IndexArray]:
    """(which distinct one each window is, a window of each), numbered as they come.

    Open addressing with exact comparison: a hash only says where to look.
    """
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
