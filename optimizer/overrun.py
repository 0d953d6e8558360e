"""Lets an engine run past its limit without making the caller wait: solvers do not always stop when asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

#: How long an engine may take to stop once it is asked to.
PATIENCE_SECONDS = 0.4
#: How often the wish to stop is looked at while an engine runs.
LOOK_SECONDS = 0.02


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


def run_until_stopped(function: Callable[[], T], stopping: Callable[[], bool]) -> T | None:
    """What ``function`` returns or raises; None where it has not returned ``PATIENCE_SECONDS`` after ``stopping``.

    It runs in a thread of its own, which is left behind in that case; a worker process takes it along when it ends.
    """
    call = _Call(function)
    thread = threading.Thread(target=call.run, daemon=True, name="engine")
    thread.start()
    while not call.done.wait(LOOK_SECONDS):
        if stopping():
            call.done.wait(PATIENCE_SECONDS)
            break
    if not call.done.is_set():
        return None
    thread.join()
    if call.error is not None:
        raise call.error
    return call.value
