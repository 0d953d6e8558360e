"""A book in a process of its own: what it answers, and that nothing of it is left behind however it ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.process import BaseProcess

import pytest

from optimizer.admission import AdmissionOutcome, AdmissionPolicy, BookOpened, PricedPlan
from optimizer.errors import InvalidProblemError, WorkerError
from optimizer.execution.book_process import BookProcess
from optimizer.solution import Assignment
from tests import fleet
from tests.execution.fakes import CERTIFICATE
from tests.execution.support import is_running

pytestmark = pytest.mark.timeout(120)

PROBLEM = fleet.problem(fleet.job("busy"))
EMPTY = PricedPlan((), CERTIFICATE)


@pytest.fixture
def others() -> set[BaseProcess]:
    """Processes that other tests have not waited for."""
    return set(multiprocessing.active_children())


def test_it_answers_in_order_until_it_is_killed_and_leaves_nothing(others: set[BaseProcess]) -> None:
    book = BookProcess()
    assert book.open(PROBLEM, EMPTY) == BookOpened(objective_micros=0, placed_count=0)
    [process] = set(multiprocessing.active_children()) - others
    process_id = process.pid
    assert process_id is not None
    jobs = [fleet.job("busy"), fleet.job("a"), fleet.job("a")]
    outcomes = [each.outcome for each in book.admit(jobs, AdmissionPolicy.PLACE_WHERE_IT_FITS)]
    assert outcomes == [AdmissionOutcome.INVALID, AdmissionOutcome.PLACED, AdmissionOutcome.INVALID]
    # it can no longer answer, and is killed while it is asked
    os.kill(process_id, signal.SIGSTOP)
    killing = threading.Timer(0.1, book.kill)
    killing.start()
    with pytest.raises(WorkerError, match="SIGKILL"):
        book.admit([fleet.job("b")], AdmissionPolicy.QUOTE_ONLY)
    killing.join()
    book.end()
    assert not is_running(process_id)


def test_a_plan_that_breaks_a_rule_is_the_callers_fault(others: set[BaseProcess]) -> None:
    book = BookProcess()
    late = Assignment(job="busy", mode="H100x8", pool="pool", start_slot=10_000)
    with pytest.raises(InvalidProblemError) as caught:
        book.open(PROBLEM, PricedPlan((late,), CERTIFICATE))
    assert [(each.path, each.reason) for each in caught.value.violations] == [("assignments", "ENDS_TOO_LATE")]
    book.end()
    assert set(multiprocessing.active_children()) <= others


def test_one_that_was_killed_before_it_began_starts_nothing(others: set[BaseProcess]) -> None:
    book = BookProcess()
    book.kill()
    with pytest.raises(WorkerError, match="before it began"):
        book.open(PROBLEM, EMPTY)
    with pytest.raises(WorkerError, match="not open"):
        book.admit([], AdmissionPolicy.QUOTE_ONLY)
    book.end()
    assert set(multiprocessing.active_children()) <= others


def test_it_ends_with_the_lifeline_of_who_opened_it(others: set[BaseProcess]) -> None:
    book = BookProcess()
    book.open(PROBLEM, EMPTY)
    [process] = set(multiprocessing.active_children()) - others
    assert book._worker is not None
    # its pipe stays open: it may be at work, and not read from there
    book._worker.lifeline.close()
    process.join()
    assert process.exitcode == -signal.SIGIO
    with pytest.raises(WorkerError, match="ended by signal"):
        book.admit([], AdmissionPolicy.QUOTE_ONLY)
    book.end()
