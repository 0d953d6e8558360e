"""Statuses of the service as the exceptions it would have raised here."""

from __future__ import annotations

from typing import Any, NoReturn

import grpc
from google.rpc import error_details_pb2, status_pb2

from optimizer.errors import (
    EngineUnavailableError,
    InvalidProblemError,
    LoadstoneError,
    VerificationError,
    Violation,
    WorkerError,
)

_DETAILS_KEY = "grpc-status-details-bin"
_OPENING_PREFIX = "open."
_PROBLEM_PREFIX = "problem."


class ServiceError(LoadstoneError):
    """The service did not answer: full, too large, out of time, not reached, or at fault.

    ``code`` is the gRPC status; ``reason`` the service's stable word for it, empty where there is none;
    ``retry_after_seconds`` is set where trying again later can help; ``violations`` say what is too large.
    """

    def __init__(
        self,
        code: grpc.StatusCode,
        message: str,
        reason: str = "",
        retry_after_seconds: float | None = None,
        violations: tuple[Violation, ...] = (),
    ) -> None:
        self.code, self.reason = code, reason
        self.retry_after_seconds = retry_after_seconds
        self.violations = violations
        super().__init__(f"{code.name}: {message}")


def raise_as_here(error: Any) -> NoReturn:
    """The exception the service would have raised here, from the status and its details."""
    details = _details(error)
    info = details.get("ErrorInfo", error_details_pb2.ErrorInfo())
    violations = _violations(details.get("BadRequest", error_details_pb2.BadRequest()))
    code, message = error.code(), error.details() or ""
    if code is grpc.StatusCode.INVALID_ARGUMENT and violations:
        raise InvalidProblemError(violations) from error
    if info.reason == "ENGINE_UNAVAILABLE":
        raise EngineUnavailableError(info.metadata["engine"], info.metadata["detail"]) from error
    if info.reason == "PLAN_FAILED_VERIFICATION":
        raise VerificationError([Violation("plan", info.reason, message)]) from error
    if info.reason == "WORKER_LOST":
        raise WorkerError(message) from error
    retry = details.get("RetryInfo")
    retry_after_seconds = None if retry is None else retry.retry_delay.ToNanoseconds() / 1e9
    raise ServiceError(code, message, info.reason, retry_after_seconds, violations) from error


def _details(error: Any) -> dict[str, Any]:
    trailers = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers.get(_DETAILS_KEY, b""))
    found = {}
    for packed in status.details:
        kind = packed.TypeName().rpartition(".")[2]
        message = getattr(error_details_pb2, kind, lambda: None)()
        if message is not None and packed.Unpack(message):
            found[kind] = message
    return found


def _violations(bad_request: error_details_pb2.BadRequest) -> tuple[Violation, ...]:
    """As the service stated them, with paths inside the problem as local checks give them."""
    return tuple(
        Violation(entry.field.removeprefix(_OPENING_PREFIX).removeprefix(_PROBLEM_PREFIX), entry.reason, entry.description)
        for entry in bad_request.field_violations
    )
