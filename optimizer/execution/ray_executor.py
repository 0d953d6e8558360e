"""Solves on a Ray cluster, one fresh process a solve, wherever there is room: how a service outgrows one machine.

A solve is one Ray task. Bytes go in; its events come back through a mailbox, an actor of its own, so that what a worker has
reported survives the worker. A task that does not stop in time is cancelled by force.
"""

from __future__ import annotations

import pickle
import threading
import time
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from optimizer.certificates import Certificate
from optimizer.errors import WorkerError
from optimizer.execution.attempt import run_with_retry
from optimizer.execution.base import DEFAULT_PARAMS, PIPELINE_SOLVE, SILENT, STOP_SECONDS
from optimizer.execution.mailbox import Mailbox
from optimizer.execution.messages import Event, Lost, Task
from optimizer.execution.ray_cluster import connected_ray, cpu_counts
from optimizer.execution.worker import last_word, run_task
from optimizer.memory import collection_paused
from optimizer.monitor import Progress, SolveMonitor
from optimizer.params import SolveParams
from optimizer.problem import Problem
from optimizer.solution import Assignment, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class RayOptions:
    """How solves run on the cluster.

    Attributes:
        address: of the cluster, as ``ray.init`` takes it; None: a cluster of this machine alone.
        function: what workers run, as ``module:name``; Loadstone must be installed on every node.
        grace_seconds: time past the limit before a task is cancelled by force; >= 0.
        stop_seconds: time past a cancel before it is, where that is less; >= 0.
    """

    address: str | None = None
    function: str = PIPELINE_SOLVE
    grace_seconds: float = 1.0
    stop_seconds: float = STOP_SECONDS


class RayExecutor:
    """See ``Executor``. A solve has a CPU for each thread (1 unless asked), all of one node, and waits for them in its time."""

    def __init__(self, options: RayOptions | None = None) -> None:
        """Connects, which may take seconds. Raises EngineUnavailableError."""
        self._options = options or RayOptions()
        self._ray = connected_ray(self._options.address)
        self._mailbox = self._ray.remote(num_cpus=0, max_restarts=-1)(Mailbox).remote()
        # Engines keep state in their process (HiGHS its threads), so each process solves once, as on one machine.
        self._run = self._ray.remote(max_retries=0, max_calls=1)(solve_task)

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
        # a task that asks for more than any node has would wait for ever, and one that asks for nothing gets one CPU
        cpus = min(params.thread_count or 1, max(cpu_counts(self._ray)))
        task = Task(
            function=self._options.function,
            problem=problem,
            params=replace(params, thread_count=cpus),
            initial=tuple(initial),
            initial_certificate=initial_certificate,
            deadline=None if limit_seconds is None else started + limit_seconds,
            grace_seconds=self._options.grace_seconds if grace_seconds is None else grace_seconds,
            stop_seconds=self._options.stop_seconds,
        )
        run = self._run.options(num_cpus=cpus)
        result = run_with_retry(lambda: _RayWorker(self._ray, self._mailbox, run, task), task, monitor)
        return replace(result, wall_seconds=params.stated_seconds(time.monotonic() - started))

    def close(self) -> None:
        """Solves under way are lost; the connection stays, for it is the process's."""
        self._ray.kill(self._mailbox)


def solve_task(mailbox: Any, token: str, task_bytes: bytes) -> None:
    """The Ray task: one solve, its events and its last word put in the mailbox before it returns."""
    ray = connected_ray()
    monitor = _MailboxMonitor(ray, mailbox, token)
    threading.Thread(target=monitor.wait_for_stop, name="stop", daemon=True).start()

    def run() -> Result:
        with collection_paused():
            task: Task = pickle.loads(task_bytes)
        return run_task(task, ray.get(mailbox.left_seconds.remote(token)), monitor)

    monitor.send(last_word(run))


class _MailboxMonitor:
    """A SolveMonitor at the worker's end. An event is in the mailbox before the call returns."""

    def __init__(self, ray: Any, mailbox: Any, token: str) -> None:
        self._ray, self._mailbox, self._token = ray, mailbox, token
        self._stopped = threading.Event()

    def cancelled(self) -> bool:
        return self._stopped.is_set()

    def progress(self, progress: Progress) -> None:
        self.send(progress)

    def plan(self, result: Result) -> None:
        self.send(result)

    def proof(self, certificate: Certificate) -> None:
        self.send(certificate)

    def send(self, event: Event) -> None:
        self._ray.get(self._mailbox.put.remote(self._token, pickle.dumps(event, pickle.HIGHEST_PROTOCOL)))

    def wait_for_stop(self) -> None:
        """Blocks until the solve should stop, be it that the mailbox is gone and nobody waits for an answer."""
        try:
            self._ray.get(self._mailbox.stop_asked.remote(self._token))
        except self._ray.exceptions.RayError:
            pass
        finally:
            self._stopped.set()


class _RayWorker:
    """A solve on the cluster, seen from the process that asked for it. See ``attempt.Worker``."""

    def __init__(self, ray: Any, mailbox: Any, run: Any, task: Task) -> None:
        self.asked_to_stop = False
        self.killed = False
        self._ray, self._mailbox = ray, mailbox
        self._token = uuid.uuid4().hex
        self._events: deque[Event] = deque()
        self._lost = False
        left_seconds = None if task.deadline is None else task.deadline - time.monotonic()
        try:
            ray.get(mailbox.open.remote(self._token, left_seconds))
        except ray.exceptions.RayError as error:
            raise WorkerError(f"the cluster takes no solves: {type(error).__name__}") from error
        # a deadline of this machine's clock means nothing on another
        task_bytes = pickle.dumps(replace(task, deadline=None), pickle.HIGHEST_PROTOCOL)
        self._running = run.remote(mailbox, self._token, task_bytes)
        self._taking = mailbox.take.remote(self._token)

    def next_event(self, timeout_seconds: float) -> Event | None:
        if not self._events and not self._lost:
            self._receive(timeout_seconds)
        return self._events.popleft() if self._events else None

    def ask_to_stop(self) -> None:
        self.asked_to_stop = True
        self._mailbox.ask_to_stop.remote(self._token)

    def kill(self) -> None:
        self.killed = True
        self._ray.cancel(self._running, force=True)
        self._take_the_rest()

    def how_it_ended(self) -> str:
        try:
            self._ray.get(self._running, timeout=1.0)
        except self._ray.exceptions.RayError as error:
            return f"was lost on the cluster: {type(error).__name__}"
        return "ended without an answer"

    def end(self) -> None:
        if not self._lost:
            self._ray.cancel(self._running, force=True)
        self._mailbox.close.remote(self._token)

    def _receive(self, timeout_seconds: float) -> None:
        ready, _ = self._ray.wait([self._taking, self._running], num_returns=1, timeout=timeout_seconds)
        if self._taking in ready:
            self._take()
        elif ready:
            self._take_the_rest()

    def _take(self) -> None:
        try:
            self._events.extend(map(pickle.loads, self._ray.get(self._taking)))
        except self._ray.exceptions.RayError:
            self._give_up()
        else:
            self._taking = self._mailbox.take.remote(self._token)

    def _take_the_rest(self) -> None:
        """The task is over: what it left in the mailbox, then nothing."""
        if self._lost:
            return
        try:
            self._ray.get(self._mailbox.finish.remote(self._token))
            self._events.extend(map(pickle.loads, self._ray.get(self._taking)))
        except self._ray.exceptions.RayError:
            pass
        self._give_up()

    def _give_up(self) -> None:
        self._lost = True
        self._events.append(Lost())
