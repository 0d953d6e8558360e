"""What tests of executors and of the service share: a monitor that remembers, and a look at processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from optimizer.certificates import Certificate
from optimizer.execution import attempt
from optimizer.monitor import Progress, SilentMonitor
from optimizer.solution import Assignment, Result

ASSIGNMENT = Assignment(job="a", mode="m", pool="p", start_slot=0)


@dataclass
class Recorder(SilentMonitor):
    """A monitor that keeps what it is told, and asks to stop after so many plans."""

    stop_after_plans: int | None = None
    progress_seen: list[Progress] = field(default_factory=list)
    plans_seen: list[Result] = field(default_factory=list)
    proofs_seen: list[Certificate] = field(default_factory=list)

    def cancelled(self) -> bool:
        return self.stop_after_plans is not None and len(self.plans_seen) >= self.stop_after_plans

    def progress(self, progress: Progress) -> None:
        self.progress_seen.append(progress)

    def plan(self, result: Result) -> None:
        self.plans_seen.append(result)

    def proof(self, certificate: Certificate) -> None:
        self.proofs_seen.append(certificate)


def advance_clock_once(happened: Callable[[], bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock that ends solves jumps past every limit once something ``happened``, and does not before, on no machine."""
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + (1e6 if happened() else 0.0))
    monkeypatch.setattr(attempt, "time", clock)


def figures(result: Result) -> dict[str, float]:
    return {statistic.name: statistic.value for statistic in result.statistics}


def is_running(process_id: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until_gone(process_id: int) -> None:
    while is_running(process_id):
        time.sleep(0.01)
