"""A price book in a worker process of its own, on this machine: its crash, hang or lack of memory harms no other work."""

from __future__ import annotations

import logging
import pickle
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from optimizer.admission import Admission, AdmissionPolicy, BookOpened, PricedPlan
from optimizer.errors import WorkerError
from optimizer.execution import book_worker
from optimizer.execution.book_worker import Batch, Opening
from optimizer.execution.child import Child, fresh_process_context
from optimizer.execution.messages import Failed, Refused
from optimizer.problem import Job, Problem

_log = logging.getLogger(__name__)


class BookProcess:
    """`open` once, then `admit`; both block. `kill` may come from any thread at any time, and `end` once, after it or not.

    What `open` and `admit` raise:
        LoadstoneError: what the book raised; a plan that breaks a rule is an InvalidProblemError at ``assignments``.
        WorkerError: the process died or was killed.
    """

    def __init__(self, memory_limit_bytes: int | None = None) -> None:
        """Nothing is started yet. ``memory_limit_bytes``: cap on the process's address space; None: no cap."""
        self._memory_limit_bytes = memory_limit_bytes
        self._worker: _Worker | None = None
        self._killed = False
        self._asking = threading.Lock()
        self._changing = threading.Lock()

    def open(self, problem: Problem, plan: PricedPlan) -> BookOpened:
        """Start the process and have it open the book: a second for tens of thousands of jobs."""
        with self._asking:
            with self._changing:
                if self._killed:
                    raise WorkerError("the worker was ended before it began")
                self._worker = _Worker.start(self._memory_limit_bytes)
            opened: BookOpened = self._worker.ask(Opening(problem, plan))
            return opened

    def admit(self, jobs: Sequence[Job], policy: AdmissionPolicy) -> tuple[Admission, ...]:
        """As `PriceBook.admit`, for each job in turn."""
        with self._asking:
            if self._worker is None:
                raise WorkerError("the book is not open")
            admissions: tuple[Admission, ...] = self._worker.ask(Batch(tuple(jobs), policy))
            return admissions

    def kill(self) -> None:
        """End the process by force; who waits for its answer gets a WorkerError. Waits for a start, not for an answer."""
        with self._changing:
            self._killed = True
            if self._worker is not None:
                self._worker.child.kill()

    def end(self) -> None:
        """Leave nothing behind: no process, zombie or open pipe."""
        self.kill()
        with self._asking, self._changing:
            if self._worker is not None:
                self._worker.end()
                self._worker = None


@dataclass(frozen=True, slots=True)
class _Worker:
    """The process, this end of its pipe, and what it ends with."""

    child: Child
    connection: Connection
    lifeline: Connection

    @classmethod
    def start(cls, memory_limit_bytes: int | None) -> _Worker:
        context = fresh_process_context()
        connection, its_connection = context.Pipe(duplex=True)
        its_lifeline, lifeline = context.Pipe(duplex=False)
        child = Child(context, book_worker.main, its_connection, its_lifeline, memory_limit_bytes)
        its_connection.close()
        its_lifeline.close()
        return cls(child, connection, lifeline)

    def end(self) -> None:
        self.child.kill()
        self.child.join()
        self.child.close()
        self.connection.close()
        self.lifeline.close()

    def ask(self, question: Opening | Batch) -> Any:
        """What it answers; raises what it raised, or WorkerError."""
        try:
            self.connection.send_bytes(pickle.dumps(question, pickle.HIGHEST_PROTOCOL))
            word = pickle.loads(self.connection.recv_bytes())
        except (EOFError, OSError) as error:
            raise WorkerError(f"the worker {self.child.how_it_ended()}") from error
        if isinstance(word, Refused):
            raise word.error()
        if isinstance(word, Failed):
            _log.error("%s\n%s", word.summary, word.traceback)
            raise WorkerError(word.summary)
        return word.result
