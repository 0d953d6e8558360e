"""Parameters refuse what is out of range where they are made, and say what is wrong with each."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError

import pytest

from optimizer.errors import InvalidProblemError
from optimizer.params import SolveParams


def test_unset_is_the_engines_default() -> None:
    params = SolveParams()
    assert params.engine == "auto"
    assert (params.time_limit_seconds, params.thread_count, params.work_limit) == (None, None, None)
    assert (params.relative_gap, params.absolute_gap, params.seed) == (0.0, 0.0, 0)


@pytest.mark.parametrize(
    ("field", "low", "high", "below", "above"),
    [
        ("time_limit_seconds", 0.001, 86_400.0, 0.0, 86_400.1),
        ("relative_gap", 0.0, 1.0, -1e-9, 1.000001),
        ("absolute_gap", 0.0, 1e15, -1e-9, 2e15),
        ("thread_count", 1, 256, 0, 257),
        ("seed", 0, 2**31 - 1, -1, 2**31),
        ("work_limit", 1, 10**9, 0, 10**9 + 1),
    ],
)
def test_ranges_are_closed(field: str, low: float, high: float, below: float, above: float) -> None:
    for inside in (low, high):
        assert getattr(SolveParams(**{field: inside}), field) == inside
    for outside in (below, above, math.nan, math.inf, -math.inf):
        with pytest.raises(InvalidProblemError) as caught:
            SolveParams(**{field: outside})
        (violation,) = caught.value.violations
        assert violation.path == f"parameters.{field}"
        assert violation.reason == "OUT_OF_RANGE"
        assert field in violation.message


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidProblemError) as caught:
        SolveParams(time_limit_seconds=-1.0, relative_gap=2.0, thread_count=0)
    paths = [violation.path for violation in caught.value.violations]
    assert paths == ["parameters.time_limit_seconds", "parameters.relative_gap", "parameters.thread_count"]


def test_parameters_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        SolveParams().seed = 1  # type: ignore[misc]
