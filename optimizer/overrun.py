"""Lets an engine run past its limit without making the caller wait: solvers do not always stop when asked."""

from __future__ import annotations

import atexit
import math
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

#: How long an engine may take to stop once its time is over, and once somebody who waits has asked.
PATIENCE_SECONDS, CANCELLED_PATIENCE_SECONDS = 0.4, 0.02
#: How often the wish to stop is looked at while an engine runs.
LOOK_SECONDS = 0.01
#: How long a process that ends waits for the engines it left behind: a solver torn down while it runs aborts the process.
EXIT_PATIENCE_SECONDS = 20.0


class _Call(Generic[T]):
    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self.value: T | None = None
        self.error: BaseException | None = None
        self.done = threading.Event()

    def run(self) -> None:
        try:
            self.value = self._function()
        except BaseException as error:
            self.error = error
        finally:
            self.done.set()


_left_behind: list[threading.Event] = []


@atexit.register
def _wait_for_those_left_behind() -> None:
    deadline = time.monotonic() + EXIT_PATIENCE_SECONDS
    for done in _left_behind:
        done.wait(max(0.0, deadline - time.monotonic()))


def run_until_stopped(
    function: Callable[[], T], stopping: Callable[[], bool], cancelled: Callable[[], bool] = lambda: False
) -> T | None:
    """What ``function`` returns or raises; None where it has not returned ``PATIENCE_SECONDS`` after ``stopping``.

    After ``cancelled`` it has ``CANCELLED_PATIENCE_SECONDS``: what is lost is what it has not told yet.

    It runs in a thread of its own, which is left behind in that case. A worker process takes it along when it ends; any other
    waits for it at its end, up to ``EXIT_PATIENCE_SECONDS``.
    """
    call = _Call(function)
    thread = threading.Thread(target=call.run, daemon=True, name="engine")
    thread.start()
    patience = math.inf
    while patience > 0.0 and not call.done.wait(min(LOOK_SECONDS, patience)):
        patience -= LOOK_SECONDS
        if cancelled():
            patience = min(patience, CANCELLED_PATIENCE_SECONDS)
        elif patience == math.inf and stopping():
            patience = PATIENCE_SECONDS
    if not call.done.is_set():
        _left_behind[:] = [*(done for done in _left_behind if not done.is_set()), call.done]
        return None
    thread.join()
    if call.error is not None:
        raise call.error
    return call.value
