from __future__ import annotations

import pytest

from optimizer.monitor import Progress, SilentMonitor
from optimizer.solution import Result, Termination, TerminationReason


@pytest.mark.parametrize(
    ("objective", "bound", "gap"),
    [
        (None, 5, None),
        (5, None, None),
        (0, 0, 0.0),
        (50, 100, 0.5),
        (100, 100, 0.0),
        (-100, -50, 0.5),
        (-100, 100, 2.0),
        (101, 100, 0.0),
    ],
)
def test_gap_is_relative_to_the_larger_side(objective: int | None, bound: int | None, gap: float | None) -> None:
    progress = Progress(phase="search", elapsed_seconds=1.0, objective_micros=objective, bound_micros=bound)
    assert progress.relative_gap == gap


def test_silence_listens_and_never_cancels() -> None:
    monitor = SilentMonitor()
    monitor.progress(Progress(phase="search", elapsed_seconds=0.0))
    monitor.plan(Result(termination=Termination(reason=TerminationReason.NO_PLAN_FOUND), engine="fake"))
    assert not monitor.cancelled()
