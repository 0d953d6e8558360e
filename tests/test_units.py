from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer import units
from tests.fleet import HOUR, START, at, hours


@pytest.mark.parametrize(
    ("value", "up", "down", "nearest"),
    [
        (1.1, 1100, 1100, 1100),
        (0.1, 100, 100, 100),
        (10.2, 10200, 10200, 10200),
        (2.9999999, 3000, 2999, 3000),
        (0.0004, 1, 0, 0),
        (0.0005, 1, 0, 1),
        (-0.0005, 0, -1, -1),
        (1e-9, 1, 0, 0),
        (123_456.789, 123_456_789, 123_456_789, 123_456_789),
    ],
)
def test_a_float_means_the_decimal_it_is_written_as(value: float, up: int, down: int, nearest: int) -> None:
    assert (units.round_up(value, 1_000), units.round_down(value, 1_000), units.round_nearest(value, 1_000)) == (
        up,
        down,
        nearest,
    )


@pytest.mark.parametrize(("numerator", "rounded"), [(5, 1), (4, 0), (15, 2), (-5, 0), (-6, -1), (-15, -1)])
def test_halves_go_up(numerator: int, rounded: int) -> None:
    assert units.divide_half_up(numerator, 10) == rounded


@pytest.mark.parametrize(("duration", "slots"), [(hours(1), 1), (hours(1.0001), 2), (hours(0.1), 1), (hours(24), 24)])
def test_a_started_slot_counts_whole(duration: timedelta, slots: int) -> None:
    assert units.slots_up(duration, HOUR) == slots


@pytest.mark.parametrize(("hour", "after", "before"), [(0, 0, 0), (0.5, 1, 0), (3, 3, 3), (-0.5, 0, -1), (-1, -1, -1)])
def test_times_become_slot_boundaries(hour: float, after: int, before: int) -> None:
    assert units.slot_at_or_after(at(hour), START, HOUR) == after
    assert units.slot_at_or_before(at(hour), START, HOUR) == before


@given(
    st.one_of(
        st.floats(-1e9, 1e9, allow_nan=False),
        st.decimals(-1_000_000_000, 1_000_000_000, places=6).map(float),
        st.integers(-(10**15), 10**15).map(lambda n: n / 1_000_000),
    ),
    st.sampled_from((1_000, 3_600, 1_000_000, 1_000_000_000)),
)
def test_the_short_way_gives_what_the_decimal_gives(value: float, scale: int) -> None:
    written = Decimal(repr(value)) * scale
    assert units.round_up(value, scale) == written.to_integral_value(ROUND_CEILING)
    assert units.round_down(value, scale) == written.to_integral_value(ROUND_FLOOR)
    assert units.round_nearest(value, scale) == written.to_integral_value(ROUND_HALF_UP)
