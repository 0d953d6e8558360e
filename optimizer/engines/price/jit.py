"""How this package compiles its loops, and the minimum and the exponential that vector instructions can take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba.core import types
from numba.core.types.misc import unliteral
from numba.extending import intrinsic

R = TypeVar("R")


def with_wide_integers(dispatcher: Any) -> Any:
    """The same compiled function, called by others with every integer as int64.

    numba compiles a function once for every combination of widths and literals that a caller passes, and for those that a
    variable might have had: six times, for some, a third of all the time that compiling takes.
    """
    template_of = dispatcher.get_call_template

    def of_wide(args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        return template_of(tuple(map(_widened, args)), {name: _widened(kind) for name, kind in kws.items()})

    dispatcher.get_call_template = of_wide
    return dispatcher


def _widened(kind: Any) -> Any:
    plain = unliteral(kind)
    return types.int64 if plain in types.signed_domain else plain


def compiled(function: Callable[..., R]) -> Callable[..., R]:
    """``function`` compiled by numba: cached on disk and free of the interpreter lock.

    ``nnan`` and ``nsz`` let a running maximum use vector instructions; sums keep their order, so results do not depend
    on the machine. Callers pass long runs of arrays, so only the result is typed.
    """
    function_compiled = numba.njit(cache=True, nogil=True, fastmath={"nnan", "nsz"}, error_model="numpy")(function)
    return cast(Callable[..., R], with_wide_integers(function_compiled))


@intrinsic  # type: ignore[untyped-decorator]
def lesser(_typing: Any, _one: Any, _other: Any) -> Any:
    """The lesser of two floats, neither of them nan: as ``min``, but a running minimum of it uses vector instructions.

    A compiler may take minima in another order only where the choice itself is marked free of nan and signed zeros, and
    numba marks comparisons alone.
    """

    def choose(_context: Any, builder: Any, _signature: Any, pair: Any) -> Any:
        flags = ("nnan", "nsz")
        return builder.select(builder.fcmp_ordered("<", *pair, flags=flags), *pair, flags=flags)

    return types.float64(types.float64, types.float64), choose


#: Added to a float of moderate size, it leaves the nearest whole number in the last bits.
WHOLE = 1.5 * 2.0**52


@intrinsic  # type: ignore[untyped-decorator]
def times_two_to(_typing: Any, _factor: Any, _power: Any) -> Any:
    """``factor`` > 0 times 2 to the whole number ``power - WHOLE``, both floats; neither may leave the normal range."""

    def shift(context: Any, builder: Any, _signature: Any, pair: Any) -> Any:
        bits, double = context.get_value_type(types.int64), context.get_value_type(types.float64)
        exponent = builder.shl(builder.bitcast(pair[1], bits), context.get_constant(types.int64, 52))
        return builder.bitcast(builder.add(builder.bitcast(pair[0], bits), exponent), double)

    return types.float64(types.float64, types.float64), shift


@compiled
def exponential(x: float) -> float:
    """e to the power ``x``, for -700 < x < 700, within 2e-7 of it; a sixth of what a call of the C library takes.

    2 to a whole number by the exponent's bits, times the Taylor series of 2 to the rest, which is within half.
    """
    whole = x * 1.4426950408889634 + WHOLE
    rest = (x * 1.4426950408889634 - (whole - WHOLE)) * 0.6931471805599453
    series = 1.0 + rest * (1.0 + rest * (1 / 2 + rest * (1 / 6 + rest * (1 / 24 + rest * (1 / 120 + rest * (1 / 720))))))
    power: float = times_two_to(series, whole)
    return power
