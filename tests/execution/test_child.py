"""A child ends with its lifeline, even where none of its threads can run."""

from __future__ import annotations

import ctypes
import os
import signal
from multiprocessing.connection import Connection

import pytest

from optimizer.execution.child import Child, end_with, fresh_process_context

pytestmark = pytest.mark.timeout(120)


def hang(lifeline: Connection, told: Connection) -> None:
    """With the interpreter lock held, as a broken extension would."""
    os.setsid()
    end_with(lifeline)
    told.send_bytes(b"begun")
    ctypes.PyDLL(None).pause()


def begin_late(lifeline: Connection, gate: Connection) -> None:
    os.setsid()
    gate.recv_bytes()
    end_with(lifeline)
    raise AssertionError("its lifeline is closed already")


def test_one_that_hangs_is_ended_by_the_kernel() -> None:
    context = fresh_process_context()
    its_lifeline, lifeline = context.Pipe(duplex=False)
    hears, tells = context.Pipe(duplex=False)
    child = Child(context, hang, its_lifeline, tells)
    its_lifeline.close()
    assert hears.recv_bytes() == b"begun"
    lifeline.close()
    child.join()
    assert f"signal {signal.SIGIO.value} " in child.how_it_ended()
    child.close()


def test_one_whose_lifeline_is_closed_before_it_begins_ends_at_once() -> None:
    context = fresh_process_context()
    its_lifeline, lifeline = context.Pipe(duplex=False)
    opens, opened = context.Pipe(duplex=False)
    child = Child(context, begin_late, its_lifeline, opens)
    its_lifeline.close()
    lifeline.close()
    opened.send_bytes(b"go on")
    child.join()
    assert child.how_it_ended() == f"ended with exit code {os.EX_TEMPFAIL} and no answer"
    child.close()
