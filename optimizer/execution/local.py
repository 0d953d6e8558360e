"""Solves in worker processes on this machine, one fresh process a solve: a crash, hang or lack of memory harms one solve."""

from __future__ import annotations

import contextlib
import pickle
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from multiprocessing.context import BaseContext

from optimizer.certificates import Certificate
from optimizer.execution import worker
from optimizer.execution.attempt import run_with_retry
from optimizer.execution.base import DEFAULT_PARAMS, PIPELINE_SOLVE, SILENT, STOP_SECONDS
from optimizer.execution.child import Child, fresh_process_context
from optimizer.execution.messages import Event, Lost, Task
from optimizer.monitor import SolveMonitor
from optimizer.params import SolveParams
from optimizer.problem import Problem
from optimizer.solution import Assignment, Result

#: Loaded once by the fork server of a long-lived service.
SERVICE_PRELOAD = ("optimizer.execution.preload",)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalOptions:
    """How local workers run.

    Attributes:
        function: what they run, as ``module:name``.
        grace_seconds: time past the limit before a worker is killed; >= 0.
        stop_seconds: time past a cancel before it is, where that is less; >= 0.
        memory_limit_bytes: cap on a worker's address space; None: no cap.
        preload: modules the fork server loads before it makes workers.
    """

    function: str = PIPELINE_SOLVE
    grace_seconds: float = 1.0
    stop_seconds: float = STOP_SECONDS
    memory_limit_bytes: int | None = None
    preload: tuple[str, ...] = ()


class LocalExecutor:
    """See ``Executor``. The last verified plan of a worker that died is returned, marked with how the worker ended."""

    def __init__(self, options: LocalOptions | None = None) -> None:
        self._options = options or LocalOptions()
        self._context = fresh_process_context(self._options.preload)

    def warm_up(self) -> None:
        """Return once a worker can start at once: the fork server runs and has loaded its modules."""
        Child(self._context, worker.no_operation).join()

    def solve(
        self,
        problem: Problem,
        params: SolveParams = DEFAULT_PARAMS,
        *,
        initial: Sequence[Assignment] = (),
        initial_certificate: Certificate | None = None,
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
            initial_certificate=initial_certificate,
            deadline=None if limit_seconds is None else started + limit_seconds,
            grace_seconds=self._options.grace_seconds if grace_seconds is None else grace_seconds,
            stop_seconds=self._options.stop_seconds,
        )
        result = run_with_retry(lambda: _WorkerProcess(self._context, task, self._options.memory_limit_bytes), task, monitor)
        return replace(result, wall_seconds=params.stated_seconds(time.monotonic() - started))

    def close(self) -> None:
        """Nothing outlives a solve."""


class _WorkerProcess:
    """A worker process, the thread that talks to it, and its end. See ``attempt.Worker``.

    The thread writes the task and reads the events, so that neither a stopped worker nor a large answer can block the
    caller past its deadline.
    """

    def __init__(self, context: BaseContext, task: Task, memory_limit_bytes: int | None) -> None:
        self.asked_to_stop = False
        self.killed = False
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._connection, its_connection = context.Pipe(duplex=True)
        its_lifeline, self._lifeline = context.Pipe(duplex=False)
        self._child = Child(context, worker.main, its_connection, its_lifeline, memory_limit_bytes)
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
        self._child.kill()

    def how_it_ended(self) -> str:
        return self._child.how_it_ended()

    def end(self) -> None:
        """Leave nothing behind: no process, zombie, thread or open pipe."""
        if not self.asked_to_stop:
            self._lifeline.close()
        self.kill()
        self._child.join()
        self._talk.join()
        self._connection.close()
        self._child.close()

    def _exchange(self, task: Task) -> None:
        try:
            with contextlib.suppress(EOFError, OSError):
                self._connection.send_bytes(pickle.dumps(task, pickle.HIGHEST_PROTOCOL))
                while True:
                    self._events.put(pickle.loads(self._connection.recv_bytes()))
        finally:
            self._events.put(Lost())
