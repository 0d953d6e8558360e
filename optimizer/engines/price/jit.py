"""The one decorator through which this package compiles its loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba  # type: ignore[import-untyped]


F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """``function`` compiled by numba: cached on disk, free of the interpreter lock, typed as it was written.

    ``nnan`` and ``nsz`` let a running maximum use vector instructions; sums keep their order, so results do not depend
    on the machine.
    """
    return cast(F, numba.njit(cache=True, nogil=True, fastmath={"nnan", "nsz"}, error_model="numpy")(function))
