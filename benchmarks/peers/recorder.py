"""What a peer had at each time mark, kept on disk: a run that is killed afterwards loses nothing before the mark."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Timer

import numpy as np

from optimizer.columns.table import Selection

#: A report counts for a mark up to this much later: reading a clock and a plan out takes time. For every peer alike.
LATE_SHARE = 0.02
LATE_SECONDS = 0.05
NONE = -1.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The best reported by ``mark_seconds``; ``found_seconds`` is when the plan came. Money in micro-units."""

    mark_seconds: float
    objective_micros: int | None
    bound_micros: int | None
    found_seconds: float | None
    first_plan_seconds: float | None
    peak_mb: float
    selection: Selection | None

    def write(self, folder: Path) -> None:
        """As ``mark-<seconds>.npz``; appears whole or not at all."""
        path = folder / f"mark-{self.mark_seconds:g}.npz"
        partial = folder / f"partial-{self.mark_seconds:g}.npz"
        nothing = np.zeros(0, dtype=np.int32)
        figures = [self.found_seconds, self.first_plan_seconds, self.peak_mb]
        np.savez(
            partial,
            figures=np.array([self.mark_seconds, *(NONE if value is None else value for value in figures)]),
            known=np.array([self.objective_micros is not None, self.bound_micros is not None]),
            micros=np.array([self.objective_micros or 0, self.bound_micros or 0], dtype=np.int64),
            window=nothing if self.selection is None else self.selection.window,
            start=nothing if self.selection is None else self.selection.start,
        )
        partial.rename(path)

    @classmethod
    def read(cls, path: Path) -> Snapshot:
        with np.load(path) as stored:
            mark, found, first, peak = (float(value) for value in stored["figures"])
            objective, bound = (
                int(value) if known else None for value, known in zip(stored["micros"], stored["known"], strict=True)
            )
            selection = None if objective is None else Selection(stored["window"], stored["start"])
        return cls(
            mark_seconds=mark,
            objective_micros=objective,
            bound_micros=bound,
            found_seconds=None if found == NONE else found,
            first_plan_seconds=None if first == NONE else first,
            peak_mb=peak,
            selection=selection,
        )


class Recorder:
    """A peer's report. Its clock starts when it is made."""

    def __init__(self, marks: tuple[float, ...], folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._left, self._folder = sorted(marks), folder
        self._clock, self._begin = clock, clock()
        self._lock = Lock()
        self._selection: Selection | None = None
        self._objective: int | None = None
        self._bound: int | None = None
        self._found: float | None = None
        self._first: float | None = None
        self._timers = [Timer(_due(mark), self._tick) for mark in marks]
        for timer in self._timers:
            timer.daemon = True
            timer.start()

    def plan(self, selection: Selection, objective: int) -> None:
        with self._lock:
            now = self._pass_marks()
            # leaving every job out is known without a search
            if not (selection.window >= 0).any() or (self._objective is not None and objective <= self._objective):
                return
            self._selection = Selection(selection.window.copy(), selection.start.copy())
            self._objective, self._found = objective, now
            self._first = now if self._first is None else self._first

    def bound(self, objective_bound: int, certificate: object = None) -> None:
        with self._lock:
            self._pass_marks()
            if self._bound is None or objective_bound < self._bound:
                self._bound = objective_bound

    def finish(self) -> None:
        """The run is over: what it has now is what it has at every mark left."""
        for timer in self._timers:
            timer.cancel()
        with self._lock:
            for mark in self._left:
                self._snapshot(mark).write(self._folder)
            self._left = []

    def _tick(self) -> None:
        with self._lock:
            self._pass_marks()

    def _pass_marks(self) -> float:
        """Writes down what there was at the marks that have passed; returns the time."""
        now = self._clock() - self._begin
        while self._left and now >= _due(self._left[0]):
            self._snapshot(self._left.pop(0)).write(self._folder)
        return now

    def _snapshot(self, mark: float) -> Snapshot:
        return Snapshot(mark, self._objective, self._bound, self._found, self._first, peak_mb(), self._selection)


def _due(mark: float) -> float:
    return mark * (1.0 + LATE_SHARE) + LATE_SECONDS


def peak_mb() -> float:
    """Peak resident memory of this process, in MB: interpreter, solver, instance and columns included."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise OSError("the kernel does not say how much memory this process has used at most")
