"""One solve at a worker, wherever that runs: its events passed on, its end enforced, the best left of it returned."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from optimizer.certificates import Certificate
from optimizer.errors import WorkerError
from optimizer.execution.messages import Event, Failed, Finished, Lost, Refused, Task
from optimizer.interrupt import BATCH
from optimizer.monitor import Progress, SolveMonitor
from optimizer.relay import told_last
from optimizer.solution import Result, StoppedBy, Termination, TerminationReason

#: How often a running solve's monitor is asked whether to stop, and its clock is read.
TICK_SECONDS = 0.01

#: A worker that crashes before its first plan is replaced this many times.
RETRY_COUNT = 1

_log = logging.getLogger(__name__)


class Worker(Protocol):
    """What runs one task: events until a last word, or ``Lost``. ``asked_to_stop`` and ``killed`` say what was done to it."""

    asked_to_stop: bool
    killed: bool

    def next_event(self, timeout_seconds: float) -> Event | None: ...

    def ask_to_stop(self) -> None: ...

    def kill(self) -> None:
        """End it by force; ``Lost`` follows."""
        ...

    def how_it_ended(self) -> str:
        """After ``Lost``: what happened, to follow "the worker"."""
        ...

    def end(self) -> None:
        """Leave nothing behind."""
        ...


def run_with_retry(start: Callable[[], Worker], task: Task, monitor: SolveMonitor) -> Result:
    """The answer of the worker that ``start`` starts, or its last verified plan; a crash before any plan is tried again.

    Raises:
        LoadstoneError: what the solve raised.
        WorkerError: what solved died and left no plan.
    """
    retries_left = RETRY_COUNT
    while True:
        attempt = _Attempt(task, monitor)
        result = attempt.run(start())
        if result is not None:
            return result
        _log.warning("solve without a plan yet: %s", attempt.end_detail)
        if not attempt.worth_retrying or retries_left == 0:
            raise WorkerError(attempt.end_detail)
        retries_left -= 1


class _Attempt:
    """One worker's run at a task: follows its events, ends it when time or patience is over."""

    def __init__(self, task: Task, monitor: SolveMonitor) -> None:
        self._task = task
        self._monitor = monitor
        self._plan: Result | None = None
        self._bound_micros: int | None = None
        self._certificate: Certificate | None = None
        self._stopped_by = StoppedBy.WORKER_LOST
        self._kill_at = float("inf") if task.deadline is None else task.deadline + task.grace_seconds
        self._nothing_to_wait_for = self._given_up = False
        self.end_detail = ""
        self.worth_retrying = False

    def run(self, worker: Worker) -> Result | None:
        """The answer, or the best that is left of it; None where the worker died and left nothing."""
        try:
            while True:
                event = worker.next_event(0.0 if self._given_up else TICK_SECONDS)
                if isinstance(event, Finished):
                    return self._whole(event)
                if isinstance(event, Refused):
                    raise event.error()
                if isinstance(event, Failed | Lost):
                    return self._after_loss(event, worker)
                if event is None and self._given_up:
                    return self._after_loss(Lost(), worker)
                self._pass_on(event)
                self._enforce(worker)
        finally:
            if self._stopped_by is StoppedBy.CANCELLED:
                # what holds much memory takes a tenth of a second to go, for which no answer should wait
                threading.Thread(target=worker.end, name="worker-end").start()
            else:
                worker.end()

    def _whole(self, event: Finished[Result]) -> Result:
        """The answer, with the plan that has come already."""
        if not event.as_told:
            return event.result
        assert self._plan is not None
        return replace(event.result, placements=self._plan.placements)

    def _pass_on(self, event: Progress | Result | Certificate | None) -> None:
        if isinstance(event, Progress):
            self._bound_micros = event.bound_micros
            self._monitor.progress(event)
        elif isinstance(event, Certificate):
            self._certificate = event
            self._monitor.proof(event)
        elif event is not None:
            self._plan = event
            self._monitor.plan(event)

    def _enforce(self, worker: Worker) -> None:
        """Pass on the wish to stop; kill what does not stop in time."""
        if not worker.asked_to_stop and self._monitor.cancelled():
            worker.ask_to_stop()
            self._stopped_by = StoppedBy.CANCELLED
            # a fleet of which no plan has come answers without one: while it is sent and read it could not even be asked
            self._nothing_to_wait_for = self._plan is None and len(self._task.problem.jobs) > BATCH
            patience_seconds = 0.0 if self._nothing_to_wait_for else self._stop_seconds
            self._kill_at = min(self._kill_at, time.monotonic() + patience_seconds)
        if not worker.killed and time.monotonic() >= self._kill_at:
            if self._stopped_by is not StoppedBy.CANCELLED:
                self._stopped_by = StoppedBy.TIME_LIMIT
            worker.kill()
            self._given_up = self._stopped_by is StoppedBy.CANCELLED

    @property
    def _stop_seconds(self) -> float:
        return min(self._task.stop_seconds, self._task.grace_seconds)

    def _after_loss(self, event: Failed | Lost, worker: Worker) -> Result | None:
        if isinstance(event, Failed):
            _log.error("%s\n%s", event.summary, event.traceback)
            self.end_detail = event.summary
        elif self._nothing_to_wait_for:
            self.end_detail = "ended when asked to stop, as no plan had come yet"
        elif self._given_up:
            self.end_detail = f"the worker did not stop within {self._stop_seconds:g} s of being asked and was killed"
        elif worker.killed:
            self.end_detail = f"the worker did not stop within {self._task.grace_seconds:g} s of grace and was killed"
        else:
            self.end_detail = f"the worker {worker.how_it_ended()}"
            deadline = self._task.deadline
            self.worth_retrying = deadline is None or time.monotonic() < deadline
        if self._plan is not None:
            return told_last(self._plan, self._bound_micros, self._certificate, self._stopped_by, self.end_detail)
        if self._stopped_by is StoppedBy.WORKER_LOST:
            return None
        termination = Termination(reason=TerminationReason.NO_PLAN_FOUND, stopped_by=self._stopped_by, detail=self.end_detail)
        return Result(termination=termination, engine=self._task.params.engine)
