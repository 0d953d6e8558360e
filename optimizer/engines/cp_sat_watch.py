"""Stopping CP-SAT, which asks nobody while it searches."""

from __future__ import annotations

from collections.abc import Callable


class Watch:
    """Calls ``stop`` from a thread of its own once ``stopping`` says so; CP-SAT asks nobody while it searches."""

    def __init__(self, stopping: Callable[[], bool], stop: Callable[[], None]) -> None:
        import threading

        self._done = threading.Event()
        self._stopping, self._stop = stopping, stop
        self._thread = threading.Thread(target=self._watch, name="cp-sat-watch", daemon=True)

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            if self._stopping():
                self._stop()

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._done.set()
        self._thread.join()
