"""The process of a price book: opens it, then answers batches of jobs, in order, until whoever asks is gone."""

from __future__ import annotations

import contextlib
import gc
import pickle
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from optimizer.admission import Admission, AdmissionPolicy, BookOpened, PricedPlan
from optimizer.errors import InvalidProblemError, VerificationError, Violation
from optimizer.execution.child import end_with
from optimizer.execution.messages import Finished
from optimizer.execution.worker import last_word, limit_memory, stand_alone
from optimizer.memory import collection_paused
from optimizer.problem import Job, Problem

if TYPE_CHECKING:
    from optimizer.insertion import PriceBook


@dataclass(frozen=True, slots=True)
class Opening:
    """What a book is opened with."""

    problem: Problem
    plan: PricedPlan


@dataclass(frozen=True, slots=True)
class Batch:
    """Jobs to admit, one after the other."""

    jobs: tuple[Job, ...]
    policy: AdmissionPolicy


def main(connection: Connection, lifeline: Connection, memory_limit_bytes: int | None) -> None:
    """Answer the one Opening, then every Batch, that comes over ``connection``; its end is the end of the process.

    So is the end of ``lifeline``, whatever the process is at.
    """
    stand_alone()
    end_with(lifeline)
    limit_memory(memory_limit_bytes)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, EOFError):
        _serve(connection)


def _serve(connection: Connection) -> None:
    opened: list[PriceBook] = []

    def open_book() -> BookOpened:
        with collection_paused():
            opening: Opening = pickle.loads(connection.recv_bytes())
        book = _book(opening)
        opened.append(book)
        return BookOpened(objective_micros=book.objective_micros, placed_count=len(book.assignments))

    def admit() -> tuple[Admission, ...]:
        batch: Batch = pickle.loads(connection.recv_bytes())
        return tuple([opened[0].admit(job, batch.policy) for job in batch.jobs])

    word: object = last_word(open_book)
    # The book outlives all answers: collections while jobs wait need not walk it.
    gc.freeze()
    _send(connection, word)
    while isinstance(word, Finished):
        word = last_word(admit)
        _send(connection, word)


def _book(opening: Opening) -> PriceBook:
    from optimizer.insertion import PriceBook

    try:
        return PriceBook(opening.problem, opening.plan)
    except VerificationError as error:
        # the plan is the caller's, not ours
        raise InvalidProblemError(Violation("assignments", v.reason, v.message) for v in error.violations) from error


def _send(connection: Connection, word: object) -> None:
    connection.send_bytes(pickle.dumps(word, pickle.HIGHEST_PROTOCOL))
