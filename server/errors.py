"""Exceptions to gRPC statuses with ``google.rpc`` details: the one place that knows which error is whose fault.

InvalidProblemError       INVALID_ARGUMENT      BadRequest
MalformedRequestError     INVALID_ARGUMENT      ErrorInfo MALFORMED_REQUEST
TooLargeError             RESOURCE_EXHAUSTED    BadRequest, ErrorInfo TOO_LARGE
QueueFullError            RESOURCE_EXHAUSTED    RetryInfo, ErrorInfo QUEUE_FULL
BookLimitError            RESOURCE_EXHAUSTED    RetryInfo, ErrorInfo BOOK_LIMIT
BookIdleError             ABORTED               ErrorInfo BOOK_IDLE
StoppingError             UNAVAILABLE
DeadlineError             DEADLINE_EXCEEDED
EngineUnavailableError    FAILED_PRECONDITION   ErrorInfo ENGINE_UNAVAILABLE
VerificationError         INTERNAL              ErrorInfo PLAN_FAILED_VERIFICATION
WorkerError               INTERNAL              ErrorInfo WORKER_LOST
anything else             INTERNAL              ErrorInfo UNEXPECTED
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from optimizer.errors import (
    EngineUnavailableError,
    InvalidProblemError,
    LoadstoneError,
    VerificationError,
    Violation,
    WorkerError,
)

ERROR_DOMAIN = "loadstone"
DETAILS_KEY = "grpc-status-details-bin"

#: Details travel in trailers, which are lost past 8 KiB; base64 on the wire makes four bytes of three.
MAX_VIOLATION_COUNT = 50
MAX_DETAIL_BYTES = 5_600
MAX_TEXT_LENGTH = 240

#: Paths that begin so are the request's own; all others lie inside its problem.
_REQUEST_FIELDS = (
    "open",
    "admit",
    "parameters",
    "initial_assignments",
    "initial_certificate",
    "after",
    "before",
    "earlier_problem",
    "assignments",
    "certificate",
    "hall_schedules",
    "operations",
    "binding",
    "objective_micros",
    "bound_micros",
    "change",
    "multiples",
    "problem",
)


class MalformedRequestError(LoadstoneError):
    """The bytes are no message of the method's request type."""


class TooLargeError(LoadstoneError):
    """The problem is past the service's size limits."""

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = tuple(violations)
        super().__init__("\n".join(str(violation) for violation in self.violations))


class QueueFullError(LoadstoneError):
    """All workers are busy and the queue is full."""

    def __init__(self, retry_after_seconds: float) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"all workers are busy and the queue is full; try again in {retry_after_seconds:g} s")


class BookLimitError(LoadstoneError):
    """As many books are open as may be."""

    def __init__(self, book_limit: int, retry_after_seconds: float) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"all {book_limit} books are open; try again in {retry_after_seconds:g} s")


class BookIdleError(LoadstoneError):
    """Nothing was asked of a book for too long."""

    def __init__(self, idle_seconds: float) -> None:
        super().__init__(f"the book was closed: nothing was asked or read for {idle_seconds:g} s; open it anew")


class StoppingError(LoadstoneError):
    """The service is about to stop."""


class DeadlineError(LoadstoneError):
    """The call's deadline came before its turn."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status as it leaves the service."""

    code: grpc.StatusCode
    message: str
    details: tuple[Message, ...] = ()

    def status(self) -> status_pb2.Status:
        status = status_pb2.Status(code=self.code.value[0], message=self.message)
        for detail in self.details:
            packed = AnyMessage()
            packed.Pack(detail)
            status.details.append(packed)
        return status

    def trailers(self) -> tuple[tuple[str, bytes], ...]:
        return ((DETAILS_KEY, self.status().SerializeToString()),) if self.details else ()


def refusal_of(error: Exception) -> Refusal:
    """The status for ``error``. An error nobody meant to raise leaks no text."""
    if isinstance(error, InvalidProblemError):
        return _invalid(error.violations)
    if isinstance(error, MalformedRequestError):
        return Refusal(grpc.StatusCode.INVALID_ARGUMENT, str(error), (_info("MALFORMED_REQUEST"),))
    if isinstance(error, TooLargeError):
        details = (_info("TOO_LARGE"), _bad_request(error.violations))
        return Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, _headline(error.violations), details)
    if isinstance(error, QueueFullError):
        return _full(error, "QUEUE_FULL")
    if isinstance(error, BookLimitError):
        return _full(error, "BOOK_LIMIT")
    if isinstance(error, BookIdleError):
        return Refusal(grpc.StatusCode.ABORTED, str(error), (_info("BOOK_IDLE"),))
    if isinstance(error, StoppingError):
        return Refusal(grpc.StatusCode.UNAVAILABLE, str(error))
    if isinstance(error, DeadlineError):
        return Refusal(grpc.StatusCode.DEADLINE_EXCEEDED, str(error))
    if isinstance(error, EngineUnavailableError):
        info = _info("ENGINE_UNAVAILABLE", engine=error.engine, detail=_short(error.detail))
        return Refusal(grpc.StatusCode.FAILED_PRECONDITION, _short(str(error)), (info,))
    if isinstance(error, VerificationError):
        message = "a plan failed the service's own check and was withheld"
        info = _info("PLAN_FAILED_VERIFICATION", violation_count=str(len(error.violations)))
        return Refusal(grpc.StatusCode.INTERNAL, message, (info,))
    if isinstance(error, WorkerError):
        return Refusal(grpc.StatusCode.INTERNAL, _short(str(error)), (_info("WORKER_LOST"),))
    return Refusal(grpc.StatusCode.INTERNAL, "an unexpected error; the service's log has it", (_info("UNEXPECTED"),))


def _full(error: QueueFullError | BookLimitError, reason: str) -> Refusal:
    delay = Duration()
    delay.FromNanoseconds(round(error.retry_after_seconds * 1e9))
    details = (_info(reason), error_details_pb2.RetryInfo(retry_delay=delay))
    return Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, str(error), details)


def _invalid(violations: Sequence[Violation]) -> Refusal:
    bad_request = _bad_request(violations)
    info = _info(
        "INVALID_REQUEST",
        violation_count=str(len(violations)),
        omitted_count=str(len(violations) - len(bad_request.field_violations)),
    )
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, _headline(violations), (info, bad_request))


def _headline(violations: Sequence[Violation]) -> str:
    if not violations:
        return "the request is invalid"
    more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
    return _short(f"{request_path(violations[0].path)}: {violations[0].message}") + more


def _bad_request(violations: Iterable[Violation]) -> error_details_pb2.BadRequest:
    """As many violations as trailers carry, in order."""
    message = error_details_pb2.BadRequest()
    size = 0
    for violation in violations:
        entry = error_details_pb2.BadRequest.FieldViolation(
            field=_short(request_path(violation.path)),
            description=_short(violation.message),
            reason=violation.reason,
        )
        size += entry.ByteSize() + 4
        if size > MAX_DETAIL_BYTES - 4 * MAX_TEXT_LENGTH or len(message.field_violations) == MAX_VIOLATION_COUNT:
            break
        message.field_violations.append(entry)
    return message


def request_path(path: str) -> str:
    """``path`` from the request's root."""
    if path.startswith(_REQUEST_FIELDS):
        return path
    return f"problem.{path}" if path else "problem"


def _info(reason: str, **metadata: str) -> error_details_pb2.ErrorInfo:
    return error_details_pb2.ErrorInfo(reason=reason, domain=ERROR_DOMAIN, metadata=metadata)


def _short(text: str) -> str:
    """At most MAX_TEXT_LENGTH bytes, which also bounds what names in a request can do to the trailers."""
    data = text.encode("utf-8", "replace")
    if len(data) <= MAX_TEXT_LENGTH:
        return data.decode("utf-8")
    return data[: MAX_TEXT_LENGTH - 3].decode("utf-8", "ignore") + "..."
