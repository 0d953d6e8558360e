"""As much of Ray as the executors use, on threads of this process: for tests where Ray is not installed.

A task that raises ``Crash`` is a worker that died; one cancelled by force is left behind, as its thread cannot be ended.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, InvalidStateError, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures import wait as wait_for
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from optimizer.params import SolveParams
from optimizer.problem import Problem
from optimizer.solution import Result
from tests.execution import fakes


class Crash(BaseException):
    """Ends a task as a segfault would."""


class RayError(Exception):
    pass


class RayTaskError(RayError):
    pass


class WorkerCrashedError(RayError):
    pass


class TaskCancelledError(RayError):
    pass


class RayActorError(RayError):
    pass


exceptions = SimpleNamespace(RayError=RayError)

Ref = Future


def crashing(problem: Problem, *arguments: Any, **more: Any) -> Result:
    """``fakes.scripted``, then the worker dies."""
    fakes.scripted(problem, *arguments, **more)
    raise Crash


def impatient(problem: Problem, params: SolveParams, **more: Any) -> Result:
    """Never stops."""
    fakes.scripted(problem, params, **more)
    threading.Event().wait()
    raise AssertionError


class FakeRay:
    """Stands for the module ``ray``. ``cpus`` are those of the nodes; ``asked_cpus`` what each task asked for."""

    exceptions = exceptions

    def __init__(self, cpus: Sequence[int] = (2,)) -> None:
        self.cpus = cpus
        self.init_arguments: dict[str, Any] | None = None
        self.asked_cpus: list[int] = []
        self.task_count = 0
        self.actors: list[_Actor] = []

    def is_initialized(self) -> bool:
        return self.init_arguments is not None

    def init(self, **arguments: Any) -> None:
        if arguments.get("address") == "nowhere:1":
            raise ConnectionError("nobody answers")
        self.init_arguments = arguments

    def nodes(self) -> list[dict[str, Any]]:
        return [{"Alive": True, "Resources": {"CPU": float(count)}} for count in self.cpus]

    def remote(self, **options: Any) -> Callable[[Any], Any]:
        def wrap(target: Any) -> Any:
            return _ActorClass(self, target) if isinstance(target, type) else _Function(self, target, options)

        return wrap

    def put(self, value: Any) -> Ref[Any]:
        ref: Ref[Any] = Future()
        ref.set_result(value)
        return ref

    def get(self, refs: Any, timeout: float | None = None) -> Any:
        if isinstance(refs, list):
            return [self.get(ref, timeout) for ref in refs]
        try:
            return refs.result(timeout)
        except FutureTimeoutError as error:
            raise RayError from error

    def wait(self, refs: list[Ref[Any]], num_returns: int, timeout: float) -> tuple[list[Ref[Any]], list[Ref[Any]]]:
        del num_returns
        done, _ = wait_for(refs, timeout, FIRST_COMPLETED)
        ready = [ref for ref in refs if ref in done][:1]
        return ready, [ref for ref in refs if ref not in ready]

    def cancel(self, ref: Ref[Any], force: bool) -> None:
        assert force
        with suppress(InvalidStateError):
            ref.set_exception(TaskCancelledError())

    def kill(self, actor: _Actor) -> None:
        actor.die()


class _Function:
    def __init__(self, ray: FakeRay, function: Callable[..., Any], options: dict[str, Any]) -> None:
        self._ray, self._function, self._options = ray, function, options

    def options(self, **options: Any) -> _Function:
        return _Function(self._ray, self._function, {**self._options, **options})

    def remote(self, *arguments: Any) -> Ref[Any]:
        self._ray.task_count += 1
        self._ray.asked_cpus.append(self._options["num_cpus"])
        ref: Ref[Any] = Future()
        threading.Thread(target=_settle, args=(ref, self._function, arguments), daemon=True).start()
        return ref


class _ActorClass:
    def __init__(self, ray: FakeRay, cls: type) -> None:
        self._ray, self._cls = ray, cls

    def remote(self) -> _Actor:
        actor = _Actor(self._cls)
        self._ray.actors.append(actor)
        return actor


class _Actor:
    """Coroutines run on a loop of the actor's own; plain methods one after the other."""

    def __init__(self, cls: type) -> None:
        self._self = cls()
        self._alive = True
        self._pending: list[Ref[Any]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = ThreadPoolExecutor(1)
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._self, name)
        return SimpleNamespace(remote=lambda *arguments: self._call(method, arguments))

    def die(self) -> None:
        self._alive = False
        for ref in self._pending:
            with suppress(InvalidStateError):
                ref.set_exception(RayActorError())

    def restart(self) -> None:
        """As Ray does with ``max_restarts``: alive again, with nothing kept."""
        self.die()
        self._self, self._alive, self._pending = type(self._self)(), True, []

    def _call(self, method: Callable[..., Any], arguments: tuple[Any, ...]) -> Ref[Any]:
        ref: Ref[Any] = Future()
        if not self._alive:
            ref.set_exception(RayActorError())
            return ref
        self._pending.append(ref)
        if asyncio.iscoroutinefunction(method):
            asyncio.run_coroutine_threadsafe(_settle_async(ref, method, arguments), self._loop)
        else:
            self._thread.submit(_settle, ref, method, arguments)
        return ref


def _values(arguments: tuple[Any, ...]) -> list[Any]:
    return [argument.result() if isinstance(argument, Future) else argument for argument in arguments]


def _settle(ref: Ref[Any], function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    with suppress(InvalidStateError):
        try:
            ref.set_result(function(*_values(arguments)))
        except Crash:
            ref.set_exception(WorkerCrashedError())
        except Exception as error:
            ref.set_exception(RayTaskError(repr(error)))


async def _settle_async(ref: Ref[Any], method: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    with suppress(InvalidStateError):
        try:
            ref.set_result(await method(*arguments))
        except Exception as error:
            ref.set_exception(RayTaskError(repr(error)))
