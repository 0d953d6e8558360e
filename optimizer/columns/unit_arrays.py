"""The conversions of ``optimizer.units`` for many numbers at once, with the same integers.

A product of floats lies within four parts in 2^53 of the decimal that `units` rounds. Where no whole number (or half of one)
is that near, both round alike; what is left, a few numbers in a thousand, is asked of `units` one by one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from optimizer import units
from optimizer.arrays import BoolArray, IntArray

FloatArray = NDArray[np.float64]

#: Of a product, how far it may lie from that of the shortest decimals.
ERROR = 4 * 2.0**-53


def round_up_all(values: FloatArray, scale: int) -> IntArray:
    """`units.round_up` of each of ``values``; the results must fit 64 bits."""
    scaled = values * scale
    away = np.abs(scaled - np.rint(scaled))
    return _rounded(values, scale, np.ceil(scaled), away > ERROR * np.abs(scaled), units.round_up)


def round_nearest_all(values: FloatArray, scale: int) -> IntArray:
    """`units.round_nearest` of each of ``values``; the results must fit 64 bits."""
    scaled = values * scale
    away = np.abs(scaled - np.floor(scaled) - 0.5)
    return _rounded(values, scale, np.rint(scaled), away > ERROR * np.abs(scaled), units.round_nearest)


def _rounded(
    values: FloatArray, scale: int, found: FloatArray, is_clear: BoolArray, one_by_one: Callable[[float, int], int]
) -> IntArray:
    # a whole number is its own shortest decimal, and its product is exact
    scaled = values * scale
    whole = (values == np.rint(values)) & (np.abs(scaled) < units.MOST_PLAIN)
    is_clear = (is_clear & (np.abs(scaled) < units.MOST_PLAIN)) | whole
    rounded = np.where(is_clear, np.where(whole, scaled, found), 0.0).astype(np.int64)
    for index in np.flatnonzero(~is_clear).tolist():
        rounded.flat[index] = one_by_one(float(values.flat[index]), scale)
    return rounded
