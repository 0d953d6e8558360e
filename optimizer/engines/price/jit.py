"""The one decorator through which the bound side of this package compiles its loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

R = TypeVar("R")


def compiled(function: Callable[..., R]) -> Callable[..., R]:
    """``function`` compiled by numba: cached on disk and free of the interpreter lock.

    ``nnan`` and ``nsz`` let a running maximum use vector instructions; sums keep their order, so results do not depend
    on the machine. Callers pass long runs of arrays, so only the result is typed.
    """
    return cast(Callable[..., R], numba.njit(cache=True, nogil=True, fastmath={"nnan", "nsz"}, error_model="numpy")(function))
