"""Dual feasible rows of the limit rows (see ``optimizer.certificates``), found where a relaxed solution breaks them.

Where gangs are large beside their pool they close most of the relaxation's gap, and few of them bind.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.columns.table import IntArray
from optimizer.formulation.rows import RowFamily, Rows, make_rows, ranges

ORDERS = (1, 2, 3, 4, 5)


def dual_feasible(use: IntArray, capacity: IntArray, order: int) -> IntArray:
    """``certificates.dual_feasible``, elementwise."""
    quotient, remainder = np.divmod((order + 1) * use, capacity)
    coefficient: IntArray = np.where(remainder > 0, (order + 1) * quotient, order * quotient)
    return coefficient


def violated_rows(rows: Rows, activity: NDArray[np.float64], known: set[tuple[int, int]], tolerance: float = 1e-4) -> Rows:
    """The dual feasible rows that ``activity`` (one value a column) breaks by more than ``tolerance`` of their capacity.

    ``known`` holds (row index, order) of the rows made before and gets those made now.
    """
    # of recovered heat there is no capacity
    is_limit = (rows.family == RowFamily.LIMIT) & (rows.capacity > 0)
    limit_entry = is_limit[rows.entry_row] & (activity[rows.column] > 1e-9)
    entry = np.flatnonzero(limit_entry)
    row = rows.entry_row[entry]
    made: list[tuple[int, int]] = []
    for order in ORDERS:
        coefficient = dual_feasible(rows.coefficient[entry], rows.capacity[row], order)
        total = np.bincount(row, weights=coefficient * activity[rows.column[entry]], minlength=rows.count)
        broken = np.flatnonzero(total > (1 + tolerance) * order * (order + 1)).tolist()
        made += [(index, order) for index in broken if (index, order) not in known]
    known.update(made)
    return _rows(rows, made)


def _rows(rows: Rows, made: list[tuple[int, int]]) -> Rows:
    index, order = np.array(made, dtype=np.int64).reshape(-1, 2).T
    lengths = np.diff(rows.first)[index]
    entry = ranges(rows.first[index], lengths)
    coefficient = np.zeros(len(entry), dtype=np.int64)
    entry_order = np.repeat(order, lengths)
    capacity = np.repeat(rows.capacity[index], lengths)
    for each in ORDERS:
        of_order = entry_order == each
        coefficient[of_order] = dual_feasible(rows.coefficient[entry[of_order]], capacity[of_order], each)
    positive = coefficient > 0
    row = np.repeat(np.arange(len(index)), lengths)
    return make_rows(
        RowFamily.DUAL_FEASIBLE,
        element=rows.element[index],
        slot=rows.slot[index],
        order=order,
        capacity=order * (order + 1),
        lengths=np.bincount(row[positive], minlength=len(index)),
        column=rows.column[entry[positive]],
        coefficient=coefficient[positive],
    )
