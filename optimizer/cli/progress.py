"""Follows a solve: a bar on a terminal, a plain line now and then elsewhere; the first Ctrl-C asks it to stop."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from optimizer.cli.console import Console, printable
from optimizer.monitor import Progress, SilentMonitor
from optimizer.report.words import gap_percent, money, seconds

PLAIN_LINE_EVERY_SECONDS = 2.0
BAR_WIDTH = 20


class ConsoleMonitor(SilentMonitor):
    """Prints progress, and nothing of a plan before the end; ``stop`` makes ``cancelled`` true."""

    def __init__(self, console: Console, currency: str, time_limit_seconds: float | None, quiet: bool) -> None:
        self._console, self._currency, self._limit, self._quiet = console, currency, time_limit_seconds, quiet
        self._stop = False
        self._next_line_at = 0.0
        self._last_figures: tuple[int | None, int | None] = (None, None)

    def cancelled(self) -> bool:
        return self._stop

    def stop(self) -> None:
        self._stop = True
        if not self._quiet:
            self._console.status("\nStopping; Ctrl-C again to leave at once.\n")

    def progress(self, progress: Progress) -> None:
        if self._quiet or self._stop:
            return
        if self._console.error_is_terminal:
            width = shutil.get_terminal_size().columns - 1
            line = f"{self._bar(progress.elapsed_seconds)}{self._words(progress)}"[:width]
            self._console.status(f"\r{line.ljust(width)}")
        elif self._due(progress):
            self._console.status(f"{self._words(progress)}\n")

    def close(self) -> None:
        """Leave the terminal's line clean."""
        if not self._quiet and self._console.error_is_terminal:
            self._console.status(f"\r{' ' * (shutil.get_terminal_size().columns - 1)}\r")

    def _due(self, progress: Progress) -> bool:
        figures = (progress.objective_micros, progress.bound_micros)
        if figures == self._last_figures or progress.elapsed_seconds < self._next_line_at:
            return False
        self._last_figures = figures
        self._next_line_at = progress.elapsed_seconds + PLAIN_LINE_EVERY_SECONDS
        return True

    def _bar(self, elapsed_seconds: float) -> str:
        if self._limit is None:
            return ""
        done = min(BAR_WIDTH, int(BAR_WIDTH * elapsed_seconds / self._limit))
        return f"[{'#' * done}{'.' * (BAR_WIDTH - done)}] "

    def _words(self, progress: Progress) -> str:
        parts = [seconds(progress.elapsed_seconds), printable(progress.phase)]
        if progress.objective_micros is not None:
            parts.append(f"incumbent {money(progress.objective_micros, self._currency)}")
        if progress.bound_micros is not None:
            parts.append(f"bound {money(progress.bound_micros, self._currency)}")
        if progress.relative_gap is not None:
            parts.append(f"gap {gap_percent(progress.relative_gap)}")
        return "  ".join(parts)


@contextmanager
def stopped_by_signals(monitor: ConsoleMonitor) -> Iterator[None]:
    """SIGINT and SIGTERM ask the solve to stop and show its best plan; a second SIGINT leaves at once."""

    def ask(number: int, frame: FrameType | None) -> None:
        del number, frame
        signal.signal(signal.SIGINT, signal.default_int_handler)
        monitor.stop()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        monitor.close()
        for number, handler in before.items():
            signal.signal(number, handler)
