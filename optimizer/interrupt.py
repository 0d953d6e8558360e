"""Giving way: long pieces of work ask between chunks whether the run must end now, and are abandoned where it must.

That is another question than whether a phase has had its share of the time, after which it rounds off what it has: what is
abandoned here is not worth waiting for, since the best plan and the best proof are kept as they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

#: Called between chunks; raises `Interrupted` where the run must end now.
GiveWay = Callable[[], None]

#: Jobs or runs looked at one by one between two questions: some ten milliseconds. So many are never worth abandoning.
BATCH = 2_000


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


def paced(items: Iterable[T], give_way: GiveWay) -> Iterator[T]:
    """``items``; may be interrupted after each ``BATCH`` of them, where more follow."""
    rest = iter(items)
    batch = list(islice(rest, BATCH))
    while batch:
        yield from batch
        if batch := list(islice(rest, BATCH)):
            give_way()
