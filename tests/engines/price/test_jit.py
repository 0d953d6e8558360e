"""Compiled once: calls among kernels differ in the widths of their integers, and cost no compilation for it. Exponentials."""

from __future__ import annotations

from typing import Any, cast

import numba
import numpy as np
from numba.core import types

from optimizer.engines.price.jit import exponential, with_wide_integers


def test_a_kernel_that_others_call_with_integers_of_any_width_is_compiled_once() -> None:
    doubled = with_wide_integers(numba.njit(lambda number: 2 * number))

    @numba.njit
    def sum_of(narrow: Any, wide: Any) -> Any:
        chosen = -1
        for i in range(len(wide)):
            if wide[i] > 0:
                chosen = i
        return doubled(narrow[0]) + doubled(wide[0]) + doubled(7) + doubled(chosen)

    assert sum_of(np.array([3], dtype=np.int32), np.array([2**40, -1])) == 2 * (3 + 2**40 + 7 + 0)
    assert [arguments for (arguments,) in doubled.signatures] == [types.int64]


def test_floats_and_unsigned_numbers_keep_their_kind() -> None:
    same = with_wide_integers(numba.njit(lambda number: number))

    @numba.njit
    def both(half: Any, seed: Any) -> Any:
        return same(half), same(seed)

    assert both(np.float32(0.1), np.uint64(2**64 - 1)) == (np.float32(0.1), 2**64 - 1)
    assert {kind for (kind,) in cast(list[tuple[Any]], same.signatures)} == {types.float32, types.uint64}


def test_exponentials_are_those_of_the_library_within_2e_7() -> None:
    powers = np.concatenate([np.linspace(-700.0, 700.0, 14_001), np.linspace(-25.0, 0.0, 10_001)])
    assert np.allclose([exponential(power) for power in powers], np.exp(powers), rtol=2e-7, atol=0.0)
    assert exponential(0.0) == 1.0
