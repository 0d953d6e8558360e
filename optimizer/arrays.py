"""The array types of everything that counts in whole numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
IndexArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]


def no_ints(*shape: int) -> IntArray:
    """An array of zeros; of nothing where no shape is given."""
    return np.zeros(shape or (0,), dtype=np.int64)


def no_indices(*shape: int) -> IndexArray:
    """As `no_ints`, of indices."""
    return np.zeros(shape or (0,), dtype=np.int32)


def no_booleans(*shape: int) -> BoolArray:
    """As `no_ints`, of truth values, all false."""
    return np.zeros(shape or (0,), dtype=np.bool_)
