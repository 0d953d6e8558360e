"""However far a run has got, it does no more than one piece of work of each kind once it is asked to end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from optimizer.certificates import Certificate
from optimizer.columns.table import Selection
from optimizer.engines.price import run
from optimizer.engines.price.bound import dual, exact, kernel
from optimizer.engines.price.engine import PriceEngine
from optimizer.engines.price.plans import dive, ranking, recreate, schedule
from optimizer.interrupt import Interrupted, giving_way
from optimizer.params import SolveParams
from tests.engines.price.instances import random_columns

#: The kernels that take time, and where each is called.
KERNELS = (
    (schedule, "_mark_jobs"),
    (schedule, "_list_schedule"),
    (exact, "_best_of_windows"),
    (kernel, "_price_windows"),
    (ranking, "_fill_best"),
    (ranking, "_fill_scores"),
    (recreate, "run_moves"),
)


class CountingMonitor:
    """Asks to end at its ``last``-th question, and counts the pieces of work done from then on."""

    def __init__(self, last: int) -> None:
        self._last = last
        self.asked = 0
        self.done: Counter[str] = Counter()
        self.late: Counter[str] = Counter()

    def did(self, name: str) -> None:
        self.done[name] += 1
        if self.asked >= self._last:
            self.late[name] += 1

    def stopping(self) -> bool:
        self.asked += 1
        return self.asked >= self._last

    def remaining_seconds(self) -> float:
        return 1.0

    def incumbent(self, selection: Selection, objective: int) -> None:
        """Not looked at."""

    def bound(self, objective_bound: int, certificate: Certificate | None = None) -> None:
        """Not looked at."""


@pytest.fixture
def solve(monkeypatch: pytest.MonkeyPatch) -> Callable[[CountingMonitor], None]:
    """A run with a dive on twelve jobs in chunks of two, each kernel counted."""
    monkeypatch.setattr(run, "DIVE_JOB_COUNT", 1)
    monkeypatch.setattr(schedule, "JOB_CHUNK", 2)
    monkeypatch.setattr(exact, "WINDOW_CHUNK", 2)
    monkeypatch.setattr(kernel, "WINDOW_CHUNK", 2)
    monkeypatch.setattr(ranking, "WINDOW_CHUNK", 2)
    current: list[CountingMonitor] = []

    def counted(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def count(*arguments: Any) -> Any:
            current[0].did(name)
            return work(*arguments)

        return count

    for module, name in KERNELS:
        monkeypatch.setattr(module, name, counted(name, getattr(module, name)))
    columns = random_columns(3, job_count=12)

    def go(monitor: CountingMonitor) -> None:
        current[:] = [monitor]
        PriceEngine().solve(columns, SolveParams(thread_count=1, work_limit=20_000), None, monitor)

    return go


def test_every_phase_gives_way_at_once(solve: Callable[[CountingMonitor], None]) -> None:
    whole = CountingMonitor(10**9)
    solve(whole)
    assert set(whole.done) == {name for _, name in KERNELS}
    for last in [*range(1, 24), *range(24, whole.asked, whole.asked // 30)]:
        monitor = CountingMonitor(last)
        solve(monitor)
        assert all(count <= 1 for count in monitor.late.values()), (last, monitor.late)
        assert sum(monitor.late.values()) <= 2, (last, monitor.late)


def test_a_dive_is_given_up_between_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "JOB_CHUNK", 2)
    columns = random_columns(3, job_count=12)
    tables = schedule.build_tables(columns)
    table = run.pricing_table(columns)
    point = dual.DualAscent(table).best_point
    with pytest.raises(Interrupted):
        dive.dive(schedule.Plan.empty(tables), table, point, give_way=giving_way(lambda: True))
