"""Lets an engine run past its limit without making the caller wait: solvers do not always stop when asked."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

#: How long an engine may take to stop once it is asked to.
PATIENCE_SECONDS = 0.4
#: How often the wish to stop is looked at while an engine runs.
LOOK_SECONDS = 0.02
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


def run_until_stopped(function: Callable[[], T], stopping: Callable[[], bool]) -> T | None:
    """What ``function`` returns or raises; None where it has not returned ``PATIENCE_SECONDS`` after ``stopping``.

    It runs in a thread of its own, which is left behind in that case. A worker process takes it along when it ends; any other
    waits for it at its end, up to ``EXIT_PATIENCE_SECONDS``.
    """
    call = _Call(function)
    thread = threading.Thread(target=call.run, daemon=True, name="engine")
    thread.start()
    while not call.done.wait(LOOK_SECONDS):
        if stopping():
            call.done.wait(PATIENCE_SECONDS)
            break
    if not call.done.is_set():
        _left_behind[:] = [*(done for done in _left_behind if not done.is_set()), call.done]
        return None
    thread.join()
    if call.error is not None:
        raise call.error
    return call.value
