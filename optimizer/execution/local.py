"""Solves in worker processes on this machine, one fresh process a solve: a crash, hang or lack of memory harms one solve.

Workers come from a fork server: a process of one thread, started clean and with the heavy modules loaded, so that a fresh
worker costs milliseconds and no thread of the parent (gRPC has many) is ever forked. Where there is none, they are spawned.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import pickle
import queue
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from multiprocessing.context import BaseContext

from optimizer.errors import WorkerError
from optimizer.execution import worker
from optimizer.execution.base import DEFAULT_PARAMS, PIPELINE_SOLVE, SILENT
from optimizer.execution.messages import Event, Failed, Finished, Lost, Refused, Task
from optimizer.monitor import Progress, SolveMonitor
from optimizer.params import SolveParams
from optimizer.problem import Problem
from optimizer.solution import Assignment, Result, StoppedBy, Termination, TerminationReason

#: Loaded once by the fork server of a long-lived service.
SERVICE_PRELOAD = ("optimizer.execution.preload",)

#: How often a running solve's monitor is asked whether to stop, and its clock is read.
TICK_SECONDS = 0.05

#: A worker that crashes before its first plan is replaced this many times.
RETRY_COUNT = 1

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalOptions:
    """How local workers run.

    Attributes:
        function: what they run, as ``module:name``.
        grace_seconds: time past the limit or a cancel before a worker is killed; >= 0.
        memory_limit_bytes: cap on a worker's address space; None: no cap.
        preload: modules the fork server loads before it makes workers.
    """

    function: str = PIPELINE_SOLVE
    grace_seconds: float = 1.0
    memory_limit_bytes: int | None = None
    preload: tuple[str, ...] = ()


class LocalExecutor:
    """See ``Executor``. The last verified plan of a worker that died is returned, marked with how the worker ended."""

    def __init__(self, options: LocalOptions | None = None) -> None:
        self._options = options or LocalOptions()
        self._context = _fresh_process_context(self._options.preload)

    def warm_up(self) -> None:
        """Return once a worker can start at once: the fork server runs and has loaded its modules."""
        process = self._context.Process(target=worker.no_operation, daemon=True)  # type: ignore[attr-defined]
        process.start()
        process.join()

    def solve(
        self,
        problem: Problem,
        params: SolveParams = DEFAULT_PARAMS,
        *,
        initial: Sequence[Assignment] = (),
        monitor: SolveMonitor = SILENT,
        grace_seconds: float | None = None,
    ) -> Result:
        started = time.monotonic()
        limit_seconds = params.time_limit_seconds
        task = Task(
            function=self._options.function,
            problem=problem,
            params=params,
            initial=tuple(initial),
            deadline=None if limit_seconds is None else started + limit_seconds,
            grace_seconds=self._options.grace_seconds if grace_seconds is None else grace_seconds,
        )
        retries_left = RETRY_COUNT
        while True:
            attempt = _Attempt(task, monitor)
            result = attempt.run(self._context, self._options.memory_limit_bytes)
            if result is not None:
                return replace(result, wall_seconds=time.monotonic() - started)
            _log.warning("solve without a plan yet: %s", attempt.end_detail)
            if not attempt.worth_retrying or retries_left == 0:
                raise WorkerError(attempt.end_detail)
            retries_left -= 1

    def close(self) -> None:
        """Nothing outlives a solve."""


class _Attempt:
    """One worker's run at a task: follows its events, ends it when time or patience is over."""

    def __init__(self, task: Task, monitor: SolveMonitor) -> None:
        self._task = task
        self._monitor = monitor
        self._plan: Result | None = None
        self._stopped_by = StoppedBy.WORKER_LOST
        self._kill_at = float("inf") if task.deadline is None else task.deadline + task.grace_seconds
        self.end_detail = ""
        self.worth_retrying = False

    def run(self, context: BaseContext, memory_limit_bytes: int | None) -> Result | None:
        """The answer, or the best that is left of it; None where the worker died and left nothing."""
        process = _WorkerProcess(context, self._task, memory_limit_bytes)
        try:
            while True:
                event = process.next_event(TICK_SECONDS)
                if isinstance(event, Finished):
                    return event.result
                if isinstance(event, Refused):
                    raise event.error()
                if isinstance(event, Failed | Lost):
                    return self._after_loss(event, process)
                self._pass_on(event)
                self._enforce(process)
        finally:
            process.end()

    def _pass_on(self, event: Progress | Result | None) -> None:
        if isinstance(event, Progress):
            self._monitor.progress(event)
        elif event is not None:
            self._plan = event
            self._monitor.plan(event)

    def _enforce(self, process: _WorkerProcess) -> None:
        """Pass on the wish to stop; kill what does not stop in time."""
        if not process.asked_to_stop and self._monitor.cancelled():
            process.ask_to_stop()
            self._stopped_by = StoppedBy.CANCELLED
            self._kill_at = min(self._kill_at, time.monotonic() + self._task.grace_seconds)
        if not process.killed and time.monotonic() >= self._kill_at:
            if self._stopped_by is not StoppedBy.CANCELLED:
                self._stopped_by = StoppedBy.TIME_LIMIT
            process.kill()

    def _after_loss(self, event: Failed | Lost, process: _WorkerProcess) -> Result | None:
        if isinstance(event, Failed):
            _log.error("%s\n%s", event.summary, event.traceback)
            self.end_detail = event.summary
        elif process.killed:
            self.end_detail = f"the worker did not stop within {self._task.grace_seconds:g} s of grace and was killed"
        else:
            self.end_detail = f"the worker {process.how_it_ended()}"
            deadline = self._task.deadline
            self.worth_retrying = deadline is None or time.monotonic() < deadline
        if self._plan is not None:
            return _as_last_plan(self._plan, self._stopped_by, self.end_detail)
        if self._stopped_by is StoppedBy.WORKER_LOST:
            return None
        termination = Termination(reason=TerminationReason.NO_PLAN_FOUND, stopped_by=self._stopped_by, detail=self.end_detail)
        return Result(termination=termination, engine=self._task.params.engine)


class _WorkerProcess:
    """A worker, the thread that talks to it, and its end.

    The thread writes the task and reads the events, so that neither a stopped worker nor a large answer can block the
    caller past its deadline.
    """

    def __init__(self, context: BaseContext, task: Task, memory_limit_bytes: int | None) -> None:
        self.asked_to_stop = False
        self.killed = False
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._connection, its_connection = context.Pipe(duplex=True)
        its_lifeline, self._lifeline = context.Pipe(duplex=False)
        self._process = context.Process(  # type: ignore[attr-defined]
            target=worker.main, args=(its_connection, its_lifeline, memory_limit_bytes), daemon=True
        )
        self._process.start()
        its_connection.close()
        its_lifeline.close()
        self._talk = threading.Thread(target=self._exchange, args=(task,), name="worker-pipe", daemon=True)
        self._talk.start()

    def next_event(self, timeout_seconds: float) -> Event | None:
        with contextlib.suppress(queue.Empty):
            return self._events.get(timeout=timeout_seconds)
        return None

    def ask_to_stop(self) -> None:
        self.asked_to_stop = True
        self._lifeline.close()

    def kill(self) -> None:
        """End the worker and every process it started."""
        self.killed = True
        if self._process.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()

    def how_it_ended(self) -> str:
        self._process.join(timeout=1.0)
        code = self._process.exitcode
        if code is None:
            return "closed its pipe without an answer"
        if code < 0:
            return f"was ended by signal {-code} ({signal.Signals(-code).name})"
        return f"ended with exit code {code} and no answer"

    def end(self) -> None:
        """Leave nothing behind: no process, zombie, thread or open pipe."""
        if not self.asked_to_stop:
            self._lifeline.close()
        self.kill()
        self._process.join()
        self._talk.join()
        self._connection.close()
        self._process.close()

    def _exchange(self, task: Task) -> None:
        try:
            with contextlib.suppress(EOFError, OSError):
                self._connection.send_bytes(pickle.dumps(task, pickle.HIGHEST_PROTOCOL))
                while True:
                    self._events.put(pickle.loads(self._connection.recv_bytes()))
        finally:
            self._events.put(Lost())


def _fresh_process_context(preload: tuple[str, ...]) -> BaseContext:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    if preload:
        context.set_forkserver_preload(list(preload))
    return context


def _as_last_plan(plan: Result, stopped_by: StoppedBy, detail: str) -> Result:
    """A plan that came on the way, as the answer. Its bound stays: it was stated together with the plan."""
    termination = replace(plan.termination, reason=TerminationReason.FEASIBLE, stopped_by=stopped_by, detail=detail)
    return replace(plan, termination=termination)
