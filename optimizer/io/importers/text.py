"""Reading the text of a benchmark file: plain or gzip, numbers one after the other, every error with its line."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

from optimizer.errors import InvalidProblemError, Violation

#: Whole numbers are at most this in size; 1e999999999 would fill the memory.
LARGEST_WHOLE = 2**53
GZIP_MAGIC = b"\x1f\x8b"


def malformed(path: Path, line: int | None, message: str) -> InvalidProblemError:
    """The error for a file that is not of its format; ``line`` counts from 1."""
    where = str(path) if line is None else f"{path}:{line}"
    return InvalidProblemError([Violation(where, "MALFORMED_FILE", message)])


def read_text(path: Path) -> str:
    """The file's text, decompressed where it starts as gzip does.

    Raises:
        InvalidProblemError: the file cannot be read, or its bytes are neither UTF-8 text nor gzip of it.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise InvalidProblemError([Violation(str(path), "UNREADABLE_FILE", message)]) from error
    try:
        return (gzip.decompress(content) if content.startswith(GZIP_MAGIC) else content).decode("utf-8")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise malformed(path, None, f"the gzip stream is damaged: {error}") from error
    except UnicodeDecodeError as error:
        raise malformed(path, None, f"expected UTF-8 text; byte {error.start} is not") from error


class NumberReader:
    """The whitespace-separated numbers of a file, each asked for by what it means."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tokens = _tokens(read_text(path))
        self._line = 1

    def whole(self, what: str, least: int = 0) -> int:
        """The next number, which must be whole and at least ``least``."""
        token = self._next(what, "a whole number")
        if (number := _whole(token)) is None:
            raise self._error(f"expected {what}, a whole number; found {token!r}")
        if number < least:
            raise self._error(f"{what} is {token}; it must be at least {least}")
        return number

    def number(self, what: str) -> float:
        """The next number, finite."""
        token = self._next(what, "a number")
        try:
            number = float(token)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise self._error(f"expected {what}, a number; found {token!r}")
        return number

    def expect(self, number: int, what: str) -> None:
        """The next number, which must be ``number``."""
        if (found := self.whole(what)) != number:
            raise self._error(f"expected {what}; found {found}")

    def end(self) -> None:
        """Nothing may follow."""
        for line, token in self._tokens:
            self._line = line
            raise self._error(f"expected the end of the file; found {token!r}")

    def _next(self, what: str, kind: str) -> str:
        for line, token in self._tokens:
            self._line = line
            return token
        raise self._error(f"expected {what}, {kind}; the file ends here")

    def _error(self, message: str) -> InvalidProblemError:
        return malformed(self._path, self._line, message)


def _whole(token: str) -> int | None:
    """The whole number a token states, as 7 or 7.00; None where it states none, or one past all measure."""
    try:
        number = Decimal(token)
    except InvalidOperation:
        return None
    if not number.is_finite() or not -LARGEST_WHOLE <= number <= LARGEST_WHOLE or number != number.to_integral_value():
        return None
    return int(number)


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    for line, content in enumerate(text.splitlines(), start=1):
        for token in content.split():
            yield line, token
