"""Times and durations as they are written: RFC 3339 and ``"3600s"`` texts, and seconds with nanoseconds.

The ranges are those of ``google.protobuf.Timestamp`` and ``Duration``. Both are read to the microsecond; anything finer
is dropped.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from optimizer.io.schema import Reason, quoted

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ONE_MICROSECOND = timedelta(microseconds=1)
#: Seconds since the epoch, inclusive: 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
TIMESTAMP_SECONDS = (-62_135_596_800, 253_402_300_799)
#: Seconds of a duration, inclusive: about 10,000 years either way.
DURATION_SECONDS = (-315_576_000_000, 315_576_000_000)
NANOS_PER_SECOND = 1_000_000_000
#: Hours and minutes that a clock is off UTC at most, either way.
MOST_OFFSET = "23:59"

#: Times repeat: on an hourly grid, a hundred thousand jobs name a few hundred instants.
CACHE_SIZE = 8_192

_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_DURATION = re.compile(r"(-?)(\d{1,15})(?:\.(\d{1,9}))?s", re.ASCII)


class TimeFormatError(ValueError):
    """A time or duration that cannot be read or written; ``reason`` is stable, the text is for people."""

    def __init__(self, reason: Reason, message: str) -> None:
        self.reason = reason
        super().__init__(message)


@lru_cache(maxsize=CACHE_SIZE)
def timestamp_from_parts(seconds: int, nanos: int) -> datetime:
    """The instant ``seconds`` and ``nanos`` (0 to 999,999,999) after the epoch, in UTC."""
    low, high = TIMESTAMP_SECONDS
    if not (low <= seconds <= high and 0 <= nanos < NANOS_PER_SECOND):
        message = f"{seconds} s and {nanos} ns after 1970 is no time in the years 1 to 9999"
        raise TimeFormatError(Reason.OUT_OF_RANGE, message)
    return EPOCH + timedelta(seconds=seconds, microseconds=nanos // 1_000)


@lru_cache(maxsize=CACHE_SIZE)
def timestamp_parts(time: datetime) -> tuple[int, int]:
    """(seconds, nanos) after the epoch; nanos are not negative."""
    if time.utcoffset() is None:
        raise TimeFormatError(Reason.NAIVE_DATETIME, f"the time {time.isoformat()} has no UTC offset")
    micros = (time - EPOCH) // ONE_MICROSECOND
    seconds, fraction = divmod(micros, 1_000_000)
    low, high = TIMESTAMP_SECONDS
    if not low <= seconds <= high:
        raise TimeFormatError(Reason.OUT_OF_RANGE, f"the time {time.isoformat()} is not in the years 1 to 9999 of UTC")
    return seconds, fraction * 1_000


@lru_cache(maxsize=CACHE_SIZE)
def parse_timestamp(text: str) -> datetime:
    """``2026-01-31T06:00:00Z`` or with an offset (``+01:00``), to an instant in UTC."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        message = f'{quoted(text)} is no time; write it as "2026-01-31T06:00:00Z" or with an offset such as "+01:00"'
        raise TimeFormatError(Reason.MALFORMED_TEXT, message)
    clock, fraction, offset = match.groups()
    if offset is None:
        raise TimeFormatError(Reason.NAIVE_DATETIME, f'{quoted(text)} has no UTC offset; end it with "Z" or "+01:00"')
    if offset[1:] > MOST_OFFSET:
        message = f"{quoted(text)} is no time: its UTC offset must be in [-{MOST_OFFSET}, +{MOST_OFFSET}]"
        raise TimeFormatError(Reason.MALFORMED_TEXT, message)
    try:
        time = datetime.fromisoformat(clock + ("+00:00" if offset == "Z" else offset))
        time = time.replace(microsecond=_micros(fraction)).astimezone(UTC)
    except ValueError as error:
        raise TimeFormatError(Reason.MALFORMED_TEXT, f"{quoted(text)} is no time: {error}") from None
    except OverflowError:
        raise TimeFormatError(Reason.OUT_OF_RANGE, f"{quoted(text)} is not in the years 1 to 9999 of UTC") from None
    return time


@lru_cache(maxsize=CACHE_SIZE)
def format_timestamp(time: datetime) -> str:
    """RFC 3339 in UTC with as many digits as needed, of 0, 3 or 6."""
    seconds, nanos = timestamp_parts(time)
    clock = (EPOCH + timedelta(seconds=seconds)).strftime("%m-%dT%H:%M:%S")
    return f"{(EPOCH + timedelta(seconds=seconds)).year:04d}-{clock}{_fraction(nanos // 1_000)}Z"


@lru_cache(maxsize=CACHE_SIZE)
def duration_from_parts(seconds: int, nanos: int) -> timedelta:
    """``seconds`` and ``nanos`` of the same sign, as one duration."""
    low, high = DURATION_SECONDS
    in_range = low <= seconds <= high and abs(nanos) < NANOS_PER_SECOND
    if not in_range or seconds * nanos < 0:
        message = f"{seconds} s and {nanos} ns is no duration of at most {high} s with both parts of one sign"
        raise TimeFormatError(Reason.OUT_OF_RANGE, message)
    return timedelta(seconds=seconds, microseconds=_toward_zero(nanos, 1_000))


@lru_cache(maxsize=CACHE_SIZE)
def duration_parts(duration: timedelta) -> tuple[int, int]:
    """(seconds, nanos), both of the duration's sign."""
    micros = duration // ONE_MICROSECOND
    seconds = _toward_zero(micros, 1_000_000)
    low, high = DURATION_SECONDS
    if not low <= seconds <= high:
        raise TimeFormatError(Reason.OUT_OF_RANGE, f"a duration of {seconds} s is not within {high} s")
    return seconds, (micros - seconds * 1_000_000) * 1_000


@lru_cache(maxsize=CACHE_SIZE)
def parse_duration(text: str) -> timedelta:
    """``3600s`` or ``1.5s``, with a sign where negative."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise TimeFormatError(Reason.MALFORMED_TEXT, f'{quoted(text)} is no duration; write seconds as "3600s" or "0.5s"')
    minus, whole, fraction = match.groups()
    sign = -1 if minus else 1
    return duration_from_parts(sign * int(whole), sign * _micros(fraction) * 1_000)


@lru_cache(maxsize=CACHE_SIZE)
def format_duration(duration: timedelta) -> str:
    """Seconds with as many digits as needed, of 0, 3 or 6, and an ``s``."""
    seconds, nanos = duration_parts(duration)
    minus = "-" if seconds < 0 or nanos < 0 else ""
    return f"{minus}{abs(seconds)}{_fraction(abs(nanos) // 1_000)}s"


def _micros(fraction: str | None) -> int:
    return int(fraction[:6].ljust(6, "0")) if fraction else 0


def _fraction(micros: int) -> str:
    if micros == 0:
        return ""
    return f".{micros // 1_000:03d}" if micros % 1_000 == 0 else f".{micros:06d}"


def _toward_zero(number: int, divisor: int) -> int:
    return number // divisor if number >= 0 else -(-number // divisor)
