"""The worker process: reads one Task, runs it, writes its events and a last word, ends.

Closing the lifeline is how the parent says stop, and what happens when the parent dies: the solve is then asked to return,
and the process ends itself if that takes much longer than the grace.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

from optimizer.certificates import Certificate
from optimizer.errors import LoadstoneError
from optimizer.execution.base import load_function
from optimizer.execution.messages import Event, Failed, Finished, Refused, Task
from optimizer.memory import collection_paused
from optimizer.monitor import Progress, SolveMonitor
from optimizer.params import TIME_LIMIT_SECONDS
from optimizer.solution import Result

#: A worker whose parent is gone or does not act ends itself after this many times the grace.
SELF_END_FACTOR = 3.0

R = TypeVar("R")


class PipeMonitor:
    """A SolveMonitor that writes to the parent. Written before it returns: what was reported survives a crash."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._told: Result | None = None
        self.stopped = threading.Event()

    def cancelled(self) -> bool:
        return self.stopped.is_set()

    def progress(self, progress: Progress) -> None:
        self.send(progress)

    def plan(self, result: Result) -> None:
        self._told = result
        self.send(result)

    def proof(self, certificate: Certificate) -> None:
        self.send(certificate)

    def finish(self, result: Result) -> None:
        """The last word; the plan of a fleet is long, and is not said twice."""
        if self._told is not None and result.placements is self._told.placements:
            self.send(Finished(replace(result, placements=()), as_told=True))
        else:
            self.send(Finished(result))

    def send(self, event: Event) -> None:
        data = pickle.dumps(event, pickle.HIGHEST_PROTOCOL)
        with self._lock:
            self._connection.send_bytes(data)


def main(connection: Connection, lifeline: Connection, memory_limit_bytes: int | None) -> None:
    """Run the one task that comes over ``connection``."""
    stand_alone()
    limit_memory(memory_limit_bytes)
    monitor = PipeMonitor(connection)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, EOFError):
        word = _last_word(connection, lifeline, monitor)
        if isinstance(word, Finished):
            monitor.finish(word.result)
        else:
            monitor.send(word)


def no_operation() -> None:
    """For a worker started only to have everything loaded."""


def _last_word(connection: Connection, lifeline: Connection, monitor: PipeMonitor) -> Finished[Result] | Refused | Failed:
    def run() -> Result:
        with collection_paused():
            task: Task = pickle.loads(connection.recv_bytes())
        _end_with_parent(lifeline, monitor, task)
        left_seconds = None if task.deadline is None else task.deadline - time.monotonic()
        return run_task(task, left_seconds, monitor)

    return last_word(run)


def run_task(task: Task, left_seconds: float | None, monitor: SolveMonitor) -> Result:
    """Solve with what is left of the time limit, now that the process has started and read its task; None: no limit."""
    params = task.params
    if left_seconds is not None:
        shortest, longest = TIME_LIMIT_SECONDS
        params = replace(params, time_limit_seconds=min(max(left_seconds, shortest), longest))
    return load_function(task.function)(
        task.problem, params, initial=task.initial, initial_certificate=task.initial_certificate, monitor=monitor
    )


def last_word(run: Callable[[], R]) -> Finished[R] | Refused | Failed:
    """How ``run`` went; only a lost connection to the parent passes through."""
    try:
        return Finished(run())
    except LoadstoneError as error:
        return Refused.of(error)
    except MemoryError:
        return Failed("the worker ran out of memory", traceback.format_exc())
    except (EOFError, ConnectionError):
        raise
    except Exception as error:
        return Failed(f"the worker raised {type(error).__name__}: {error}", traceback.format_exc())


def stand_alone() -> None:
    """A session of its own: Ctrl-C reaches the parent only, and the worker's own children can be ended with it.

    Where memory runs out the kernel should take a worker, not the service.
    """
    os.setsid()
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


def limit_memory(limit_bytes: int | None) -> None:
    """Cap the address space, so that too big a solve meets MemoryError rather than the kernel's out-of-memory killer."""
    if limit_bytes is None:
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = limit_bytes if hard == resource.RLIM_INFINITY else min(limit_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _end_with_parent(lifeline: Connection, monitor: PipeMonitor, task: Task) -> None:
    patience_seconds = SELF_END_FACTOR * task.grace_seconds
    if task.deadline is not None:
        # The kernel ends the process even where a hung extension never lets the watching thread run.
        left_seconds = max(0.0, task.deadline - time.monotonic())
        signal.setitimer(signal.ITIMER_REAL, left_seconds + patience_seconds + 1.0)

    def watch() -> None:
        with contextlib.suppress(EOFError, OSError):
            lifeline.recv_bytes()
        monitor.stopped.set()
        time.sleep(patience_seconds)
        os._exit(os.EX_TEMPFAIL)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
