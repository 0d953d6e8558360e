"""Whoever asks a solve to stop waits neither for its worker's answer nor for its worker's end."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace

import pytest

from optimizer.certificates import Certificate
from optimizer.execution.attempt import run_with_retry
from optimizer.execution.messages import Event, Finished, Lost, Task
from optimizer.monitor import Progress
from optimizer.params import SolveParams
from optimizer.solution import BoundSource, StoppedBy, TerminationReason
from tests.execution import fakes
from tests.execution.support import Recorder

PROOF = Certificate(bound_micros=9, unit_bits=0, slot_prices=())
PLAN = fakes.result(objective_micros=5)
BOUND = Progress(phase="search", elapsed_seconds=0.0, objective_micros=5, bound_micros=9)


class Deaf:
    """A worker that has told ``events`` and never hears anything; it is gone only once it ``may_go``."""

    def __init__(self, *events: Event, when_killed: Event | None = None) -> None:
        self.asked_to_stop = self.killed = False
        self.may_go, self.gone = threading.Event(), threading.Event()
        self._events, self._when_killed = deque(events), when_killed

    def next_event(self, timeout_seconds: float) -> Event | None:
        return self._events.popleft() if self._events else None

    def ask_to_stop(self) -> None:
        self.asked_to_stop = True

    def kill(self) -> None:
        self.killed = True
        if self._when_killed is not None:
            self._events.append(self._when_killed)

    def how_it_ended(self) -> str:
        raise AssertionError("it was ended from here")

    def end(self) -> None:
        self.may_go.wait()
        self.gone.set()


def task() -> Task:
    return Task(
        function="", problem=fakes.problem("x"), params=SolveParams(), initial=(), deadline=None, grace_seconds=600.0,
        stop_seconds=0.0,
    )  # fmt: skip


def test_what_was_told_is_the_answer_before_the_worker_is_gone() -> None:
    worker = Deaf(PLAN, BOUND)
    result = run_with_retry(lambda: worker, task(), Recorder(stop_after_plans=1))
    end = result.termination
    assert (end.reason, end.stopped_by) == (TerminationReason.FEASIBLE, StoppedBy.CANCELLED)
    assert (end.objective_micros, end.bound_micros) == (5, 9)
    assert result.placements == PLAN.placements
    assert worker.asked_to_stop
    assert worker.killed
    assert not worker.gone.is_set()
    worker.may_go.set()
    assert worker.gone.wait(60)


@pytest.mark.parametrize(
    ("later_bounds", "bound", "source"),
    [((), 9, BoundSource.CERTIFICATE), ((8,), 8, BoundSource.ENGINE)],
    ids=["proved", "the engine's word"],
)
def test_the_proof_told_last_outlives_the_worker(later_bounds: tuple[int, ...], bound: int, source: BoundSource) -> None:
    looser = replace(PROOF, bound_micros=10)
    later = [replace(BOUND, bound_micros=later_bound) for later_bound in later_bounds]
    worker, monitor = Deaf(PLAN, looser, PROOF, BOUND, *later, when_killed=Lost()), Recorder(stop_after_plans=1)
    worker.may_go.set()
    result = run_with_retry(lambda: worker, task(), monitor)
    assert result.certificate == PROOF
    assert monitor.proofs_seen == [looser, PROOF]
    assert (result.termination.bound_micros, result.termination.bound_source) == (bound, source)


@pytest.mark.parametrize("last", [Finished(fakes.result(objective_micros=7)), Lost()])
def test_what_it_said_just_before_is_heard(last: Event) -> None:
    worker = Deaf(PLAN, BOUND, when_killed=last)
    result = run_with_retry(lambda: worker, task(), Recorder(stop_after_plans=1))
    assert result.termination.objective_micros == (5 if isinstance(last, Lost) else 7)
    assert not worker.gone.is_set()
    worker.may_go.set()
    assert worker.gone.wait(60)
