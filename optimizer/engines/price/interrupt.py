"""Giving way: long pieces of work ask between chunks whether the run must end now, and are abandoned where it must.

That is another question than whether a phase has had its share of the time, after which it rounds off what it has: what is
abandoned here is not worth waiting for, since the best plan and the best proof are kept as they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

#: Called between chunks; raises `Interrupted` where the run must end now.
GiveWay = Callable[[], None]

#: Chunks of about ten milliseconds: jobs given a place, windows priced at every start.
JOB_CHUNK = 1_000
WINDOW_CHUNK = 20_000


class Interrupted(Exception):
    """The run was asked to end; what the piece of work had is lost."""


def never() -> None:
    """For callers who wait: nothing is ever abandoned."""


def giving_way(stopping: Callable[[], bool]) -> GiveWay:
    """Interrupts once ``stopping`` says so."""

    def give_way() -> None:
        if stopping():
            raise Interrupted

    return give_way


def chunks(count: int, size: int, give_way: GiveWay) -> Iterator[tuple[int, int]]:
    """``[begin, end)`` of pieces of ``size``; may be interrupted between two of them, never before the first."""
    for begin in range(0, count, size):
        if begin:
            give_way()
        yield begin, min(begin + size, count)
