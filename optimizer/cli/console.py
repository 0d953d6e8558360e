"""Standard output and standard error as the commands see them: styles, tables, and a reader that may go away."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TextIO

BOLD, DIM, RED = "1", "2", "31"


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; ``figures`` columns are set flush right."""

    heading: str
    figures: bool = False


class Console:
    """Writes lines; after the reader of standard output has gone (``| head``) the rest is dropped and work goes on."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._out, self._err = out or sys.stdout, err or sys.stderr
        self._out_open = True
        for stream in (self._out, self._err):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="replace")

    @property
    def error_is_terminal(self) -> bool:
        return self._err.isatty()

    def line(self, words: str = "", style: str = "") -> None:
        self._write_out(_styled(words, style if colours(self._out) else "") + "\n")

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
        headings, *lines = table_lines(columns, rows)
        self.line(headings, DIM)
        for line in lines:
            self.line(line)

    def error(self, words: str) -> None:
        self.status(_styled(words, RED if colours(self._err) else "") + "\n")

    def status(self, words: str) -> None:
        """To standard error as it is, at once."""
        self._err.write(words)
        self._err.flush()

    def finish(self) -> None:
        """Flush; what cannot be delivered any more is dropped in silence."""
        self._write_out("")

    def _write_out(self, words: str) -> None:
        if not self._out_open:
            return
        try:
            self._out.write(words)
            self._out.flush()
        except BrokenPipeError:
            self._out_open = False
            # The interpreter flushes standard output once more at exit, which must not fail either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())


def colours(stream: TextIO) -> bool:
    """On a terminal, unless NO_COLOR is set to anything or the terminal is dumb."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _styled(words: str, style: str) -> str:
    return f"\x1b[{style}m{words}\x1b[0m" if style and words else words


def printable(words: str) -> str:
    """A name from a file may hold control characters; a terminal must not act on them."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in words)


def table_lines(columns: Sequence[Column], rows: Iterable[Sequence[str]], indent: str = "  ") -> list[str]:
    """The heading and the rows, in columns as wide as their widest cell; the last one ends where its text ends."""
    cells = [[c.heading for c in columns], *([printable(cell) for cell in row] for row in rows)]
    widths = [max(len(row[k]) for row in cells) for k in range(len(columns))]
    return [
        (
            indent
            + "  ".join(
                cell.rjust(width) if column.figures else cell.ljust(width)
                for cell, width, column in zip(row, widths, columns, strict=True)
            )
        ).rstrip()
        for row in cells
    ]
