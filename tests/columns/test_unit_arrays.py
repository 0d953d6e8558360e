"""Many conversions at once give the integers that each gives alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer import units
from optimizer.columns.unit_arrays import round_nearest_all, round_up_all

SCALES = st.sampled_from([1_000, 3_600, 1_000_000, 3_600_000])
#: Numbers of few decimals, quotients of such, and any others.
NUMBERS = (
    st.integers(-(10**9), 10**9).map(float)
    | st.integers(-(10**9), 10**9).map(lambda n: n / 1_000)
    | st.tuples(st.integers(0, 10**6), st.integers(1, 10**4)).map(lambda pair: pair[0] / pair[1])
    | st.floats(-1e11, 1e11)
)


@given(st.lists(NUMBERS, max_size=20), SCALES)
def test_each_as_alone(values: list[float], scale: int) -> None:
    array = np.array(values, dtype=np.float64)
    assert round_up_all(array, scale).tolist() == [units.round_up(value, scale) for value in values]
    assert round_nearest_all(array, scale).tolist() == [units.round_nearest(value, scale) for value in values]


@pytest.mark.parametrize(
    ("value", "scale", "up", "nearest"),
    [
        (1.1, 1_000, 1_100, 1_100),  # 1100.0000000000002 in floats
        (0.0000005, 1_000_000, 1, 1),  # a half is rounded away from zero
        (-0.0000005, 1_000_000, 0, -1),
        (12345 / 900, 3_600, 49_381, 49_380),  # 13.716666666666667 is written larger than it is
        (1e-300, 1_000, 1, 0),
        (9e11, 3_600_000, 3_240_000_000_000_000_000, 3_240_000_000_000_000_000),  # past the whole numbers of floats
    ],
)
def test_edges(value: float, scale: int, up: int, nearest: int) -> None:
    array = np.array([value])
    assert round_up_all(array, scale).tolist() == [up] == [units.round_up(value, scale)]
    assert round_nearest_all(array, scale).tolist() == [nearest] == [units.round_nearest(value, scale)]


def test_none_at_all() -> None:
    assert round_up_all(np.zeros(0), 1_000).tolist() == []
