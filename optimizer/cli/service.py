"""Solving at a server: streams its progress, and keeps the best plan and proof on the way in case the user stops."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import grpc
from loadstone.client import Event, Incumbent, PlacementClient, ServiceError

from optimizer.admission import AdmissionPolicy, PricedPlan
from optimizer.certificates import Certificate
from optimizer.cli.books import Admitted
from optimizer.cli.failures import ServerUnavailableError
from optimizer.cli.progress import ConsoleMonitor
from optimizer.errors import InvalidProblemError
from optimizer.exact.problem import exact
from optimizer.explain.limit_change import LimitChange
from optimizer.explain.sensitivity import LimitEffect
from optimizer.monitor import Progress
from optimizer.params import SolveParams
from optimizer.problem import Job, Problem
from optimizer.relay import stated, told_last
from optimizer.solution import Assignment, Result, StoppedBy, Termination, TerminationReason
from optimizer.verify.plan import verify

TICK_SECONDS = 0.1
#: Jobs in one message.
ADMITTED_AT_ONCE = 1_000
NO_ANSWER_CODES = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED)


@dataclass
class _Told:
    """The last that came of each kind."""

    plan: Incumbent | None = None
    bound_micros: int | None = None
    certificate: Certificate | None = None


def solve_at(
    address: str,
    problem: Problem,
    params: SolveParams,
    initial: Sequence[Assignment],
    certificate: Certificate | None,
    monitor: ConsoleMonitor,
) -> Result:
    """The server's result; where the monitor is cancelled or the server lost first, the best plan streamed, verified here.

    Raises:
        ServerUnavailableError: the server was not reached, is full, or did not answer in time, and no plan had come.
        InvalidProblemError, EngineUnavailableError, VerificationError, WorkerError: as the server states them.
    """
    started = time.monotonic()
    told = _Told()
    with PlacementClient(address) as client:
        events: queue.SimpleQueue[Event | Exception] = queue.SimpleQueue()
        # The stream blocks where no signal gets through, so it is read on a thread; closing the client ends it.
        threading.Thread(
            target=_listen, args=(client, address, problem, params, initial, certificate, events), daemon=True
        ).start()
        while not monitor.cancelled():
            try:
                event = events.get(timeout=TICK_SECONDS)
            except queue.Empty:
                continue
            if isinstance(event, Result):
                return event
            if isinstance(event, ServerUnavailableError) and told.plan is not None:
                return _last_of(problem, params, told, time.monotonic() - started, StoppedBy.WORKER_LOST, str(event))
            if isinstance(event, Exception):
                raise event
            if isinstance(event, Progress):
                told.bound_micros = event.bound_micros
                monitor.progress(event)
            elif isinstance(event, Certificate):
                told.certificate = event
            else:
                told.plan = event
    return _last_of(problem, params, told, time.monotonic() - started)


def _listen(
    client: PlacementClient,
    address: str,
    problem: Problem,
    params: SolveParams,
    initial: Sequence[Assignment],
    certificate: Certificate | None,
    events: queue.SimpleQueue[Event | Exception],
) -> None:
    try:
        for event in client.stream(problem, params, initial=initial, initial_certificate=certificate, certificates=True):
            events.put(event)
    except ServiceError as error:
        events.put(in_words_of_the_command(error, address))
    except Exception as error:
        events.put(error)


def effects_at(
    address: str, problem: Problem, plan: Result, change: LimitChange, multiples: Sequence[int], params: SolveParams
) -> tuple[LimitEffect, ...]:
    """What the server says of each multiple of ``change``; raises as ``solve_at``."""
    try:
        with PlacementClient(address) as client:
            return client.what_if(problem, plan, change, multiples, params).effects
    except ServiceError as error:
        raise in_words_of_the_command(error, address) from error


def admit_at(address: str, problem: Problem, plan: PricedPlan, jobs: Sequence[Job], policy: AdmissionPolicy) -> Admitted:
    """What becomes of ``jobs`` in a book at the server; raises as ``solve_at``."""
    try:
        with PlacementClient(address) as client, client.admission(problem, plan) as book:
            before_micros = book.objective_micros
            parts = [
                book.admit(jobs[first : first + ADMITTED_AT_ONCE], policy) for first in range(0, len(jobs), ADMITTED_AT_ONCE)
            ]
    except ServiceError as error:
        raise in_words_of_the_command(error, address) from error
    return Admitted(tuple(chain.from_iterable(parts)), book, before_micros)


def in_words_of_the_command(error: ServiceError, address: str) -> Exception:
    """What the server refused as what the command would have raised itself."""
    if error.violations:
        return InvalidProblemError(error.violations)
    return ServerUnavailableError(f"server {address}: {error}") if error.code in NO_ANSWER_CODES else error


def _last_of(
    problem: Problem,
    params: SolveParams,
    told: _Told,
    wall_seconds: float,
    stopped_by: StoppedBy = StoppedBy.CANCELLED,
    detail: str = "",
) -> Result:
    """The best plan streamed so far, verified here, as the answer."""
    best = told.plan
    if best is None:
        nothing = Termination(reason=TerminationReason.NO_PLAN_FOUND, stopped_by=StoppedBy.CANCELLED)
        return Result(termination=nothing, engine=params.engine, wall_seconds=wall_seconds)
    checked = verify(exact(problem), best.assignments, best.hall_schedules, best.operations or None)
    plan = replace(stated(checked, None, params.engine, wall_seconds), verified=checked.feasible)
    return told_last(plan, told.bound_micros, told.certificate, stopped_by, detail)
