"""Codes and times of the outside world: regions, currencies, time zones, moments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from optimizer.errors import Violation
from optimizer.validate.ranges import YEAR, field_of, show
from optimizer.validate.reasons import Reason


def check_region(path: str, code: str) -> Iterator[Violation]:
    """ISO 3166-1 alpha-2 in form: two capital letters. UK, a common slip that would match nothing, is refused too."""
    if not _is_code(code, 2) or code == "UK":
        hint = "; the United Kingdom is GB" if code.strip().upper() in ("UK", "GBR") else ""
        message = f"{field_of(path)} is {show(code)}; it must be an ISO 3166-1 alpha-2 code such as GB or NO{hint}"
        yield Violation(path, Reason.INVALID_REGION_CODE, message)


def check_regions(path: str, codes: tuple[str, ...]) -> Iterator[Violation]:
    """Every code of the list is a region code."""
    for index, code in enumerate(codes):
        yield from check_region(f"{path}[{index}]", code)


def check_currency(path: str, code: str) -> Iterator[Violation]:
    """ISO 4217 in form: three capital letters."""
    if not _is_code(code, 3):
        message = f"{field_of(path)} is {show(code)}; it must be an ISO 4217 code such as GBP or NOK"
        yield Violation(path, Reason.INVALID_CURRENCY, message)


def check_time_zone(path: str, name: str) -> Iterator[Violation]:
    """Unset, or a zone of the IANA time zone database."""
    if name and zone_of(name) is None:
        message = f"{field_of(path)} is {show(name)}; it must be an IANA time zone such as Europe/London"
        yield Violation(path, Reason.INVALID_TIME_ZONE, message)


def zone_of(name: str) -> ZoneInfo | None:
    """The zone of that name, or None where there is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return None


def check_time(path: str, time: datetime) -> Iterator[Violation]:
    """With a UTC offset, in a year that dates a plan and not a slip of units."""
    if not YEAR.low <= time.year <= YEAR.high:
        message = f"{field_of(path)} is {show(time)}; its year must be in {YEAR}"
        yield Violation(path, Reason.OUT_OF_RANGE, message)
    elif time.utcoffset() is None:
        message = f"{field_of(path)} is {show(time)}, without a UTC offset; give one, such as {show(time)}+00:00"
        yield Violation(path, Reason.NAIVE_DATETIME, message)


@lru_cache(maxsize=1_024)
def _is_code(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isalpha() and text.isupper()
