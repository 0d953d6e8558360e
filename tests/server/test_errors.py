"""Which error becomes which status, and that details always fit their trailers."""

from __future__ import annotations

import grpc
import pytest
from google.rpc import error_details_pb2

from optimizer.errors import (
    EngineUnavailableError,
    InvalidProblemError,
    UnsupportedFeatureError,
    VerificationError,
    Violation,
    WorkerError,
)
from server.errors import (
    BookIdleError,
    BookLimitError,
    DeadlineError,
    MalformedRequestError,
    QueueFullError,
    Refusal,
    StoppingError,
    TooLargeError,
    refusal_of,
    request_path,
)

VIOLATION = Violation("jobs[0].name", "EMPTY_NAME", "a job needs a name")


def detail(refusal: Refusal, kind: type) -> object:
    [found] = [each for each in refusal.details if isinstance(each, kind)]
    return found


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (InvalidProblemError([VIOLATION]), grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST"),
        (UnsupportedFeatureError([VIOLATION]), grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST"),
        (MalformedRequestError("no message"), grpc.StatusCode.INVALID_ARGUMENT, "MALFORMED_REQUEST"),
        (TooLargeError([VIOLATION]), grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_LARGE"),
        (QueueFullError(1.5), grpc.StatusCode.RESOURCE_EXHAUSTED, "QUEUE_FULL"),
        (BookLimitError(16, 1.5), grpc.StatusCode.RESOURCE_EXHAUSTED, "BOOK_LIMIT"),
        (BookIdleError(600.0), grpc.StatusCode.ABORTED, "BOOK_IDLE"),
        (EngineUnavailableError("pyomo", "not there"), grpc.StatusCode.FAILED_PRECONDITION, "ENGINE_UNAVAILABLE"),
        (VerificationError([VIOLATION]), grpc.StatusCode.INTERNAL, "PLAN_FAILED_VERIFICATION"),
        (WorkerError("died"), grpc.StatusCode.INTERNAL, "WORKER_LOST"),
        (ZeroDivisionError("secret"), grpc.StatusCode.INTERNAL, "UNEXPECTED"),
    ],
)
def test_each_error_has_its_status_and_reason(error: Exception, code: grpc.StatusCode, reason: str) -> None:
    refusal = refusal_of(error)
    assert refusal.code is code
    assert detail(refusal, error_details_pb2.ErrorInfo).reason == reason  # type: ignore[attr-defined]


def test_a_missed_deadline_needs_no_details() -> None:
    assert refusal_of(DeadlineError("late")).code is grpc.StatusCode.DEADLINE_EXCEEDED


def test_a_service_that_stops_needs_no_details() -> None:
    assert refusal_of(StoppingError("stopping")).code is grpc.StatusCode.UNAVAILABLE


def test_what_nobody_meant_to_raise_leaks_no_text() -> None:
    assert "secret" not in str(refusal_of(ZeroDivisionError("secret")).status())


@pytest.mark.parametrize("error", [QueueFullError(1.5), BookLimitError(16, 1.5)])
def test_who_is_full_says_when_to_come_back(error: Exception) -> None:
    retry = detail(refusal_of(error), error_details_pb2.RetryInfo)
    assert retry.retry_delay.ToMilliseconds() == 1500  # type: ignore[attr-defined]


@pytest.mark.parametrize(("text", "count"), [("x", 10), ("x", 5000), ("y" * 100_000, 300), ("€" * 1000, 60), ("\ud800", 3)])
def test_details_fit_the_trailers_and_count_the_rest(text: str, count: int) -> None:
    refusal = refusal_of(InvalidProblemError([Violation(f"jobs[{n}].{text}", "BAD", text) for n in range(count)]))
    [(_, trailer)] = refusal.trailers()
    assert len(trailer) <= 6 * 1024
    told = len(detail(refusal, error_details_pb2.BadRequest).field_violations)  # type: ignore[attr-defined]
    assert 1 <= told <= min(count, 50)
    info = detail(refusal, error_details_pb2.ErrorInfo)
    assert int(info.metadata["omitted_count"]) == count - told  # type: ignore[attr-defined]
    assert len(refusal.message.encode()) < 300


def test_short_violations_are_told_up_to_fifty() -> None:
    refusal = refusal_of(InvalidProblemError([Violation(f"jobs[{n}]", "BAD", "bad") for n in range(60)]))
    assert len(detail(refusal, error_details_pb2.BadRequest).field_violations) == 50  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("jobs[0].name", "problem.jobs[0].name"),
        ("", "problem"),
        ("problem", "problem"),
        ("parameters.seed", "parameters.seed"),
        ("open.problem.jobs[0].name", "open.problem.jobs[0].name"),
        ("admit.policy", "admit.policy"),
        ("after[1].mode", "after[1].mode"),
        ("before_operations[0].site", "before_operations[0].site"),
        ("earlier_problem.jobs[0].name", "earlier_problem.jobs[0].name"),
        ("initial_assignments[1].job", "initial_assignments[1].job"),
    ],
)
def test_paths_start_at_the_request(path: str, whole: str) -> None:
    assert request_path(path) == whole
