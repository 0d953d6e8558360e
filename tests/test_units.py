from datetime import timedelta

import pytest

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
