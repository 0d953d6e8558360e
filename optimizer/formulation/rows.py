"""Rows of an integer program, row-wise: which rule each states, its coefficients and its capacity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from optimizer.columns.table import BoolArray, IntArray


class RowFamily(IntEnum):
    """The constraint families of docs/model.md; limits are its equations (2) to (7), budgets (8), links (90)."""

    ASSIGN = 0
    LIMIT = 1
    BUDGET = 2
    DUAL_FEASIBLE = 3  # implied by LIMIT; see optimizer.certificates
    SPAN = 4  # implied by LIMIT and ASSIGN; see formulation.spans; ``slot`` is the span's first
    PRECEDENCE = 5  # its coefficients are 1 and -1; see formulation.tie_rows
    TOGETHER = 6  # see formulation.tie_rows
    HALL = 7  # its coefficients have both signs; see formulation.hall_rows
    LINK = 8  # (90) a limit that is used before runs start; no gang has a use of it


@dataclass(frozen=True, slots=True)
class Rows:
    """``M`` rows ``sum coefficient x <= capacity``, or ``=`` where ``equality``; coefficients are integers, none 0, and
    negative in rows of order, of halls, and of limits that are given to.

    ``element`` is the job, limit, budget, precedence or group; ``slot`` and ``order`` (of a dual feasible row) are -1 where a
    family has none. Row ``i`` is ``column[first[i]:first[i + 1]]``, columns ascending.
    """

    family: IntArray  # [M]
    element: IntArray  # [M]
    slot: IntArray  # [M]
    order: IntArray  # [M]
    capacity: IntArray  # [M]
    equality: BoolArray  # [M]
    first: IntArray  # [M + 1]
    column: IntArray
    coefficient: IntArray

    @property
    def count(self) -> int:
        return len(self.family)

    @property
    def entry_row(self) -> IntArray:
        """The row of each coefficient."""
        return np.repeat(np.arange(self.count), np.diff(self.first))

    def take(self, keep: NDArray[np.int64]) -> Rows:
        """The rows ``keep`` (indices), in that order."""
        lengths = np.diff(self.first)[keep]
        entries = ranges(self.first[keep], lengths)
        return Rows(
            family=self.family[keep],
            element=self.element[keep],
            slot=self.slot[keep],
            order=self.order[keep],
            capacity=self.capacity[keep],
            equality=self.equality[keep],
            first=offsets(lengths),
            column=self.column[entries],
            coefficient=self.coefficient[entries],
        )

    def over(self, columns: NDArray[np.int64], column_count: int) -> Rows:
        """The same rows over ``columns`` (ascending indices) only, renumbered; rows may become empty."""
        new_index = np.full(column_count, -1, dtype=np.int64)
        new_index[columns] = np.arange(len(columns))
        column = new_index[self.column]
        inside = column >= 0
        return Rows(
            family=self.family,
            element=self.element,
            slot=self.slot,
            order=self.order,
            capacity=self.capacity,
            equality=self.equality,
            first=offsets(np.bincount(self.entry_row[inside], minlength=self.count)),
            column=column[inside],
            coefficient=self.coefficient[inside],
        )


def make_rows(
    family: RowFamily,
    *,
    element: IntArray,
    capacity: IntArray,
    lengths: IntArray,
    column: IntArray,
    coefficient: IntArray,
    slot: IntArray | None = None,
    order: IntArray | None = None,
    equality: BoolArray | None = None,
) -> Rows:
    """Rows of one family; ``lengths`` is how many coefficients each has."""
    none = np.full(len(element), -1, dtype=np.int64)
    return Rows(
        family=np.full(len(element), family, dtype=np.int64),
        element=element,
        slot=none if slot is None else slot,
        order=none if order is None else order,
        capacity=capacity,
        equality=np.zeros(len(element), dtype=np.bool_) if equality is None else equality,
        first=offsets(lengths),
        column=column,
        coefficient=coefficient,
    )


def stack(parts: Sequence[Rows]) -> Rows:
    """All rows of ``parts``, in order; they share the numbering of columns."""
    return Rows(
        family=np.concatenate([part.family for part in parts]),
        element=np.concatenate([part.element for part in parts]),
        slot=np.concatenate([part.slot for part in parts]),
        order=np.concatenate([part.order for part in parts]),
        capacity=np.concatenate([part.capacity for part in parts]),
        equality=np.concatenate([part.equality for part in parts]),
        first=offsets(np.concatenate([np.diff(part.first) for part in parts])),
        column=np.concatenate([part.column for part in parts]),
        coefficient=np.concatenate([part.coefficient for part in parts]),
    )


def offsets(lengths: IntArray) -> IntArray:
    """``[0, l0, l0 + l1, ...]``."""
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths, dtype=np.int64)])


def ranges(first: IntArray, lengths: IntArray) -> IntArray:
    """``first[0], first[0] + 1, ...`` for ``lengths[0]`` numbers, then the same from ``first[1]``, and so on."""
    ends = np.cumsum(lengths, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    ramp: IntArray = np.arange(total, dtype=np.int64) + np.repeat(first - (ends - lengths), lengths)
    return ramp
