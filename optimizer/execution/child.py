"""Processes of this service that do its work: begun clean, ended with all they started, never left behind.

They come from a fork server: a process of one thread, started clean and with the heavy modules loaded, so that a fresh
worker costs milliseconds and no thread of the parent (gRPC has many) is ever forked. Where there is none, they are spawned.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext


def fresh_process_context(preload: tuple[str, ...] = ()) -> BaseContext:
    """Where children come from. ``preload``: modules the fork server loads first; it is this process's, and started once."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    if preload:
        context.set_forkserver_preload(list(preload))
    return context


def end_with(lifeline: Connection) -> None:
    """The kernel ends this process once the other end of ``lifeline`` is closed, or whoever held it is gone.

    It needs nothing of this process, which may hang in compiled code that lets no Python thread run. ``lifeline`` has to live
    as long as that is to hold.
    """
    import fcntl

    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    if lifeline.poll():
        # closed before the kernel was told
        os._exit(os.EX_TEMPFAIL)


class Child:
    """A process that runs ``target(*args)``, which should make a session of its own (``worker.stand_alone``)."""

    def __init__(self, context: BaseContext, target: Callable[..., None], *args: object) -> None:
        self._process = context.Process(target=target, args=args, daemon=True)  # type: ignore[attr-defined]
        self._process.start()

    def kill(self) -> None:
        """End it and every process it started; from any thread."""
        if self._process.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()

    def how_it_ended(self) -> str:
        """After its pipe closed: what happened, to follow "the worker"."""
        self._process.join(timeout=1.0)
        code = self._process.exitcode
        if code is None:
            return "closed its pipe without an answer"
        if code < 0:
            return f"was ended by signal {-code} ({signal.Signals(-code).name})"
        return f"ended with exit code {code} and no answer"

    def join(self) -> None:
        self._process.join()

    def close(self) -> None:
        """Forget it; it has been joined."""
        self._process.close()
