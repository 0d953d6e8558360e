"""Calls that admit jobs one by one: each has a book of its own, open as long as the call, in a process of its own.

Nothing is kept between calls. The event loop only passes messages on: what blocks is done on a thread for each open book.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from loadstone.v1 import placement_service_pb2 as service_pb2
from loadstone.v1 import problem_pb2

from optimizer.admission import Admission, AdmissionOutcome, BookOpened
from optimizer.errors import InvalidProblemError, Violation
from optimizer.execution.book_process import BookProcess
from optimizer.problem import Job
from optimizer.validate import Reason
from server import convert
from server.config import ServerConfig
from server.errors import BookIdleError, BookLimitError, StoppingError, TooLargeError, request_path
from server.requests import read_opening
from server.runner import call_soon

Request = service_pb2.StreamAdmitJobsRequest
Response = service_pb2.StreamAdmitJobsResponse
T = TypeVar("T")


class AdmissionDesk:
    """At most ``book_limit`` books at once."""

    def __init__(self, config: ServerConfig, new_book: Callable[[int | None], BookProcess] = BookProcess) -> None:
        """``new_book``: of the memory its process may take."""
        self._config = config
        self._new_book = new_book
        self._threads = ThreadPoolExecutor(config.book_limit, thread_name_prefix="book")
        self._books: set[BookProcess] = set()
        self._waits: set[asyncio.Timeout] = set()
        self._stopping = False

    async def serve(self, requests: AsyncIterator[Request], write: Callable[[Response], Awaitable[None]]) -> None:
        """Answer one call to its end. Cancelling this coroutine kills the book's process.

        Raises:
            BookLimitError: as many books are open as may be.
            BookIdleError: the caller neither asked nor read for too long.
            StoppingError: the service is about to stop.
            InvalidProblemError, TooLargeError: a request is malformed, or its plan breaks a rule.
            WorkerError: the book's process died.
        """
        async with self._book() as book:
            if (request := await self._next(requests)) is None:
                return
            opened = await self._open(book, request)
            await self._patiently(write(Response(opened=convert.opened_to_proto(opened))))
            while (request := await self._next(requests)) is not None:
                await self._patiently(write(await self._admit(book, request)))

    def stop(self) -> None:
        """Close every book as soon as it has answered what it was asked; open no more."""
        self._stopping = True
        for wait in self._waits:
            wait.reschedule(asyncio.get_running_loop().time())

    def close(self) -> None:
        """Kill what is still open; from any thread."""
        for book in tuple(self._books):
            book.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)

    @contextlib.asynccontextmanager
    async def _book(self) -> AsyncIterator[BookProcess]:
        if len(self._books) >= self._config.book_limit:
            raise BookLimitError(self._config.book_limit, self._config.retry_after_seconds)
        book = self._new_book(self._config.worker_memory_limit_bytes)
        self._books.add(book)
        try:
            yield book
        finally:
            # on a thread: a process may still be starting, and one that is killed takes its time to go
            threading.Thread(target=self._end, args=(book, asyncio.get_running_loop()), daemon=True).start()

    def _end(self, book: BookProcess, loop: asyncio.AbstractEventLoop) -> None:
        book.end()
        call_soon(loop, self._books.discard, book)

    async def _next(self, requests: AsyncIterator[Request]) -> Request | None:
        """The caller's next request, None after the last."""
        if self._stopping:
            raise StoppingError("the service is about to stop")
        try:
            async with asyncio.timeout(None) as wait:
                self._waits.add(wait)
                return await self._patiently(anext(requests, None))
        except TimeoutError:
            raise StoppingError("the service is about to stop") from None
        finally:
            self._waits.discard(wait)

    async def _patiently(self, caller: Awaitable[T]) -> T:
        """What the caller does, unless it takes too long."""
        try:
            async with asyncio.timeout(self._config.book_idle_seconds):
                return await caller
        except TimeoutError:
            raise BookIdleError(self._config.book_idle_seconds) from None

    async def _open(self, book: BookProcess, request: Request) -> BookOpened:
        if request.WhichOneof("request") != "open":
            raise _malformed("open", "the first request of the call opens the book")

        def read_and_open() -> BookOpened:
            with _paths_below("open"):
                return book.open(*read_opening(request.open, self._config.size_limits))

        return await self._on_thread(read_and_open)

    async def _admit(self, book: BookProcess, request: Request) -> Response:
        if request.WhichOneof("request") != "admit":
            raise _malformed("admit", "every request after the first brings jobs")
        policy = convert.policy_from_proto(request.admit.policy, "admit.policy")

        def admit() -> Response:
            read = [_read(message) for message in request.admit.jobs]
            answers = iter(book.admit([job for job in read if isinstance(job, Job)], policy))
            admissions = [next(answers) if isinstance(job, Job) else job for job in read]
            return Response(admitted=convert.admissions_to_proto(admissions))

        return await self._on_thread(admit)

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _read(message: problem_pb2.Job) -> Job | Admission:
    """The job, or what is wrong with it: one that cannot be read does not end the call."""
    try:
        return convert.job_from_proto(message)
    except InvalidProblemError as error:
        return Admission(job=message.name, outcome=AdmissionOutcome.INVALID, violations=error.violations)


def _malformed(field: str, message: str) -> InvalidProblemError:
    return InvalidProblemError([Violation(field, Reason.MISSING, message)])


@contextlib.contextmanager
def _paths_below(field: str) -> Iterator[None]:
    """What is wrong with the message in ``field`` is told with paths that begin there."""
    try:
        yield
    except InvalidProblemError as error:
        raise InvalidProblemError(_below(field, error.violations)) from error
    except TooLargeError as error:
        raise TooLargeError(_below(field, error.violations)) from error


def _below(field: str, violations: Sequence[Violation]) -> list[Violation]:
    return [Violation(f"{field}.{request_path(v.path)}", v.reason, v.message) for v in violations]
