"""Share floors over the columns of a program: what each column counts, beside one shortfall variable a floor.

maximise  ... - sum of cost x shortfall
floor     each floor: sum of units over the chosen columns + shortfall >= target,  0 <= shortfall <= target
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optimizer.arrays import no_ints
from optimizer.columns.table import Columns, IntArray
from optimizer.columns.ties import Scalar
from optimizer.formulation.itinerary_columns import NO_ITINERARIES, Itineraries
from optimizer.formulation.rows import offsets, ranges


@dataclass(frozen=True, slots=True)
class FloorRows:
    """``F`` floors; row ``f`` is ``column[first[f]:first[f + 1]]``, every coefficient a positive integer."""

    target: IntArray = field(default_factory=no_ints)  # [F]
    cost: IntArray = field(default_factory=no_ints)  # [F] micro-units a unit short
    first: IntArray = field(default_factory=lambda: no_ints(1))  # [F + 1]
    column: IntArray = field(default_factory=no_ints)
    coefficient: IntArray = field(default_factory=no_ints)

    @property
    def count(self) -> int:
        return len(self.target)

    def over(self, columns: NDArray[np.int64], column_count: int) -> FloorRows:
        """The same floors over ``columns`` (ascending indices) only, renumbered."""
        if not self.count:
            return self
        new_index = np.full(column_count, -1, dtype=np.int64)
        new_index[columns] = np.arange(len(columns))
        column = new_index[self.column]
        inside = column >= 0
        row = np.repeat(np.arange(self.count), np.diff(self.first))[inside]
        first = offsets(np.bincount(row, minlength=self.count))
        return FloorRows(self.target, self.cost, first, column[inside], self.coefficient[inside])

    def shortfall(self, chosen: IntArray) -> IntArray:
        """What each floor is short of when only the columns ``chosen`` run; shape ``[F]``."""
        row = np.repeat(np.arange(self.count), np.diff(self.first))
        placed = np.zeros(self.count, dtype=np.int64)
        taken = np.isin(self.column, chosen)
        np.add.at(placed, row[taken], self.coefficient[taken])
        short: IntArray = np.maximum(0, self.target - placed)
        return short

    def credit(self, price: NDArray[Scalar], column_count: int) -> NDArray[Scalar]:
        """What each column adds up to at ``price[F]`` a unit; shape ``[N]``, of the type of ``price``."""
        credit = np.zeros(column_count, dtype=price.dtype)
        if self.count:
            paid = np.repeat(price, np.diff(self.first)) * self.coefficient
            np.add.at(credit, self.column, paid.astype(price.dtype))
        return credit


def floor_rows(columns: Columns, window: IntArray, itineraries: Itineraries = NO_ITINERARIES) -> FloorRows:
    """The floors of ``columns`` over the program's columns: those of windows ``window[N]``, then ``itineraries``."""
    floors = columns.floors
    if not len(floors):
        return FloorRows()
    counts = np.diff(floors.use_first)[window]
    use = ranges(floors.use_first[window], counts)
    itinerary = len(window) + np.repeat(np.arange(len(itineraries)), np.diff(itineraries.floor_use_first))
    column = np.concatenate([np.repeat(np.arange(len(window)), counts), itinerary])
    index = np.concatenate([floors.use_index[use], itineraries.floor_use_index])
    amount = np.concatenate([floors.use_amount[use], itineraries.floor_use_amount])
    by_floor = np.argsort(index, kind="stable")
    first = offsets(np.bincount(index, minlength=len(floors)))
    return FloorRows(floors.target, floors.cost, first, column[by_floor], amount[by_floor])


def most_worth(columns: Columns, window: IntArray, worth: IntArray) -> IntArray:
    """The most that each column (its ``window`` and ``worth``) can change the objective by.

    As if every floor were short, and all its heat were sold at the best price.
    """
    earned = columns.floors.credit(columns.floors.cost, columns.window_count) + columns.given_credit()
    return worth + earned[window]
