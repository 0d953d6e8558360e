from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from optimizer.io.schema import Reason
from optimizer.io.wire_time import (
    TimeFormatError,
    duration_from_parts,
    duration_parts,
    format_duration,
    format_timestamp,
    parse_duration,
    parse_timestamp,
    timestamp_from_parts,
    timestamp_parts,
)

TIMES = st.datetimes(timezones=st.just(UTC))
DURATIONS = st.timedeltas(timedelta(days=-3_652_500), timedelta(days=3_652_500))


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-31T06:00:00Z", datetime(2026, 1, 31, 6, tzinfo=UTC)),
        ("2026-07-01T06:00:00+01:00", datetime(2026, 7, 1, 5, tzinfo=UTC)),
        ("2026-07-01T06:00:00-23:59", datetime(2026, 7, 2, 5, 59, tzinfo=UTC)),
        ("2026-01-31T06:00:00.5Z", datetime(2026, 1, 31, 6, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-01-31T06:00:00.123456789Z", datetime(2026, 1, 31, 6, 0, 0, 123_456, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999999Z", datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_a_timestamp_is_an_instant_in_utc(text: str, time: datetime) -> None:
    read = parse_timestamp(text)
    assert read == time
    assert read.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-01-31T06:00:00", Reason.NAIVE_DATETIME),
        ("2026-01-31T06:00:00.5", Reason.NAIVE_DATETIME),
        ("2026-01-31", Reason.MALFORMED_TEXT),
        ("2026-01-31 06:00:00Z", Reason.MALFORMED_TEXT),
        ("2026-02-30T06:00:00Z", Reason.MALFORMED_TEXT),
        ("2026-01-31T24:00:00Z", Reason.MALFORMED_TEXT),
        ("2026-01-31T06:00:00+25:00", Reason.MALFORMED_TEXT),
        ("2026-01-31T06:00:00Z\n", Reason.MALFORMED_TEXT),
        ("２０２６-01-31T06:00:00Z", Reason.MALFORMED_TEXT),
        ("", Reason.MALFORMED_TEXT),
        ("0000-01-01T00:00:00Z", Reason.MALFORMED_TEXT),
        ("0001-01-01T00:00:00+01:00", Reason.OUT_OF_RANGE),
        ("9999-12-31T23:59:59-01:00", Reason.OUT_OF_RANGE),
    ],
)
def test_a_text_that_is_no_instant_is_refused_with_its_reason(text: str, reason: Reason) -> None:
    with pytest.raises(TimeFormatError) as caught:
        parse_timestamp(text)
    assert caught.value.reason is reason


@pytest.mark.parametrize("parse", [parse_timestamp, parse_duration])
def test_a_long_text_is_quoted_by_its_beginning(parse: Callable[[str], object]) -> None:
    with pytest.raises(TimeFormatError) as caught:
        parse("1800s" * 1_000)
    assert "1800s1800s" in str(caught.value)
    assert "..." in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("3600s", timedelta(hours=1)),
        ("0s", timedelta(0)),
        ("-1.5s", timedelta(seconds=-1.5)),
        ("-0.25s", timedelta(seconds=-0.25)),
        ("1.000000999s", timedelta(seconds=1)),
        ("315576000000s", timedelta(seconds=315_576_000_000)),
    ],
)
def test_a_duration_is_read(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("3600", Reason.MALFORMED_TEXT),
        ("1h", Reason.MALFORMED_TEXT),
        ("+1s", Reason.MALFORMED_TEXT),
        ("1.s", Reason.MALFORMED_TEXT),
        (".5s", Reason.MALFORMED_TEXT),
        ("1e3s", Reason.MALFORMED_TEXT),
        ("1.0000000001s", Reason.MALFORMED_TEXT),
        ("", Reason.MALFORMED_TEXT),
        ("315576000001s", Reason.OUT_OF_RANGE),
        ("-315576000001s", Reason.OUT_OF_RANGE),
    ],
)
def test_a_text_that_is_no_duration_is_refused_with_its_reason(text: str, reason: Reason) -> None:
    with pytest.raises(TimeFormatError) as caught:
        parse_duration(text)
    assert caught.value.reason is reason


@given(TIMES)
def test_times_are_written_as_protobuf_writes_them(time: datetime) -> None:
    message = Timestamp(seconds=timestamp_parts(time)[0], nanos=timestamp_parts(time)[1])
    assert message.ToDatetime(UTC) == time
    assert format_timestamp(time) == message.ToJsonString()
    assert parse_timestamp(format_timestamp(time)) == time
    assert timestamp_from_parts(message.seconds, message.nanos) == time


@given(DURATIONS)
def test_durations_are_written_as_protobuf_writes_them(duration: timedelta) -> None:
    message = Duration()
    message.FromTimedelta(duration)
    assert duration_parts(duration) == (message.seconds, message.nanos)
    assert format_duration(duration) == message.ToJsonString()
    assert parse_duration(format_duration(duration)) == duration
    assert duration_from_parts(message.seconds, message.nanos) == duration


def test_a_time_without_an_offset_is_not_written() -> None:
    with pytest.raises(TimeFormatError, match="no UTC offset"):
        format_timestamp(datetime(2026, 1, 1))


def test_a_time_outside_the_years_of_utc_is_not_written() -> None:
    with pytest.raises(TimeFormatError, match="years 1 to 9999"):
        format_timestamp(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))))


def test_a_duration_too_long_for_the_wire_is_not_written() -> None:
    with pytest.raises(TimeFormatError, match="not within"):
        format_duration(timedelta.max)


@pytest.mark.parametrize(("seconds", "nanos"), [(2**63 - 1, 0), (-(2**63), 0), (0, -1), (0, 10**9), (253402300800, 0)])
def test_wire_times_out_of_range_are_refused(seconds: int, nanos: int) -> None:
    with pytest.raises(TimeFormatError) as caught:
        timestamp_from_parts(seconds, nanos)
    assert caught.value.reason is Reason.OUT_OF_RANGE


@pytest.mark.parametrize(("seconds", "nanos"), [(2**63 - 1, 0), (1, -1), (-1, 1), (0, 10**9), (0, -(10**9))])
def test_wire_durations_out_of_range_are_refused(seconds: int, nanos: int) -> None:
    with pytest.raises(TimeFormatError) as caught:
        duration_from_parts(seconds, nanos)
    assert caught.value.reason is Reason.OUT_OF_RANGE


@pytest.mark.parametrize("offset", ["+24:00", "-99:00"])
def test_an_offset_of_a_day_and_more_is_told_with_its_range(offset: str) -> None:
    with pytest.raises(TimeFormatError, match=r"its UTC offset must be in \[-23:59, \+23:59\]"):
        parse_timestamp(f"2026-07-01T06:00:00{offset}")
