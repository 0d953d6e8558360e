"""What a peer is: one method from columns to a plan and a bound, and a report of what it finds on the way."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from optimizer.columns.table import Columns, Selection
from optimizer.engines.search import Search
from optimizer.params import SolveParams


class DeclinedError(Exception):
    """The peer cannot take this instance; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``selection`` is the best plan found, or None; ``bound`` in micro-units, or None where the peer has none."""

    selection: Selection | None
    bound: int | None = None


class Report(Protocol):
    """Where a peer tells what it has, as soon as it has it. A report out of time does not count."""

    def plan(self, selection: Selection, objective: int) -> None:
        """A plan that keeps every limit and its objective in micro-units."""
        ...

    def bound(self, objective_bound: int, certificate: object = None) -> None:
        """No plan is worth more than this many micro-units."""
        ...


class Peer(Protocol):
    """``anytime``: its plans do not depend on the limit it was given, so one run at the longest limit serves every mark."""

    @property
    def name(self) -> str: ...

    @property
    def anytime(self) -> bool: ...

    def available(self) -> str | None:
        """Why it cannot run here; None where it can."""
        ...

    def prepare(self) -> None:
        """Import and compile what ``run`` needs: done before the clock starts."""
        ...

    def run(self, columns: Columns, seconds: float, seed: int, threads: int, report: Report) -> Answer:
        """Search for ``seconds``, building the model included.

        Raises:
            DeclinedError: the instance is not one for this peer.
        """
        ...


class Deadline:
    """Seconds of one run, counted from here."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._begin = time.monotonic()

    def elapsed(self) -> float:
        return time.monotonic() - self._begin

    def remaining(self) -> float:
        return max(0.0, self.seconds - self.elapsed())

    def passed(self) -> bool:
        return self.remaining() <= 0.0


class ReportingMonitor:
    """An engine's monitor that stops at a deadline and hands everything on to a report."""

    def __init__(self, deadline: Deadline, report: Report) -> None:
        self._deadline, self._report = deadline, report

    def stopping(self) -> bool:
        return self._deadline.passed()

    def remaining_seconds(self) -> float:
        return self._deadline.remaining()

    def incumbent(self, selection: Selection, objective: int) -> None:
        self._report.plan(selection, objective)

    def bound(self, objective_bound: int, certificate: object = None) -> None:
        self._report.bound(objective_bound)


def checked_search(columns: Columns, deadline: Deadline, seed: int, threads: int, report: Report) -> Search:
    """Keeps the best selection offered, checked in integers first; reports each gain."""
    params = SolveParams(time_limit_seconds=max(0.001, deadline.seconds), seed=seed, thread_count=threads)
    return Search(columns, params, None, ReportingMonitor(deadline, report))
