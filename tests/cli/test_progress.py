"""What a waiting user sees, and how a signal becomes a wish to stop."""

from __future__ import annotations

import io
import signal

import pytest

from optimizer.cli.console import Console
from optimizer.cli.progress import ConsoleMonitor, stopped_by_signals
from optimizer.monitor import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def monitor_on(stream: io.StringIO, quiet: bool = False) -> ConsoleMonitor:
    return ConsoleMonitor(Console(io.StringIO(), stream), "GBP", 10.0, quiet)


def at(seconds: float, objective: int | None = None, bound: int | None = None) -> Progress:
    return Progress(phase="highs", elapsed_seconds=seconds, objective_micros=objective, bound_micros=bound)


def test_plain_lines_say_incumbent_bound_and_gap() -> None:
    stream = io.StringIO()
    monitor_on(stream).progress(at(1.0, 90_000_000, 100_000_000))
    assert stream.getvalue() == "1.00 s  highs  incumbent £90.00  bound £100.00  gap 10 %\n"


def test_plain_lines_are_few() -> None:
    stream = io.StringIO()
    monitor = monitor_on(stream)
    for k in range(100):
        monitor.progress(at(k / 50, 1_000_000 + k))  # news in every call, within two seconds
    assert stream.getvalue().count("\n") == 1
    monitor.progress(at(60.0, 2_000_000))
    assert stream.getvalue().count("\n") == 2
    monitor.progress(at(90.0, 2_000_000))  # no news
    assert stream.getvalue().count("\n") == 2


def test_a_terminal_gets_one_line_that_fills_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    stream = Terminal()
    monitor = monitor_on(stream)
    monitor.progress(at(5.0, 90_000_000))
    assert "\n" not in stream.getvalue()
    assert "[##########..........]" in stream.getvalue()
    monitor.progress(at(50.0, 90_000_000))
    assert "[####################]" in stream.getvalue()
    monitor.close()
    assert stream.getvalue().endswith(" \r")


def test_quiet_is_silent() -> None:
    stream = Terminal()
    monitor = monitor_on(stream, quiet=True)
    monitor.progress(at(1.0, 5))
    monitor.stop()
    monitor.close()
    assert stream.getvalue() == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_the_solve_to_stop_and_handlers_come_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    monitor = monitor_on(io.StringIO())
    with stopped_by_signals(monitor):
        assert not monitor.cancelled()
        signal.raise_signal(number)
        assert monitor.cancelled()
    assert signal.getsignal(number) is before


def test_a_second_interrupt_leaves_at_once() -> None:
    monitor = monitor_on(io.StringIO())
    with stopped_by_signals(monitor):
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
