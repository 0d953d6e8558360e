"""Solve functions that behave well and badly, for executors to run by their dotted path.

The problem's name is the script: what the function does follows from it, and ``params.seed`` where a number is needed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from optimizer import pipeline
from optimizer.certificates import Certificate, SlotPrices
from optimizer.errors import (
    EngineUnavailableError,
    InvalidProblemError,
    VerificationError,
    Violation,
)
from optimizer.execution.base import DEFAULT_PARAMS, SILENT
from optimizer.limits import LimitKind
from optimizer.monitor import Progress, SolveMonitor
from optimizer.params import SolveParams
from optimizer.problem import Problem, TimeGrid
from optimizer.solution import (
    Assignment,
    BoundSource,
    CostBreakdown,
    Placement,
    Result,
    Statistic,
    Termination,
    TerminationReason,
)

#: To start from; it comes back.
CERTIFICATE = Certificate(7, 4, (SlotPrices(LimitKind.POOL_NODES, "pool", (2**40, 0)),))

SCRIPTED = "tests.execution.fakes:scripted"
START = datetime(2026, 1, 5, tzinfo=UTC)


def problem(name: str) -> Problem:
    return Problem(name=name, time_grid=TimeGrid(start_time=START, slot_count=24))


def placement(number: int) -> Placement:
    return Placement(
        job=f"job-{number}",
        mode="H100x8",
        pool="pool",
        start_slot=number % 24,
        site="site",
        hall="hall",
        end_slot=number % 24 + 1,
        start_time=START,
        end_time=START,
        gpu_count=8,
        node_count=1,
        it_power_w=8000,
        energy_wh=8000,
        carbon_mg=1,
        terms=CostBreakdown(value_micros=number),
    )


def result(objective_micros: int = 7, placement_count: int = 1, **changes: object) -> Result:
    termination = Termination(
        reason=TerminationReason.OPTIMAL,
        objective_micros=objective_micros,
        bound_micros=objective_micros,
        bound_source=BoundSource.CERTIFICATE,
    )
    placements = tuple(placement(number) for number in range(placement_count))
    return Result(
        termination=termination,
        engine="fake",
        placements=placements,
        terms=CostBreakdown(value_micros=objective_micros),
        verified=True,
        **changes,  # type: ignore[arg-type]
    )


def scripted(
    problem: Problem,
    params: SolveParams = DEFAULT_PARAMS,
    *,
    initial: Sequence[Assignment] = (),
    initial_certificate: Certificate | None = None,
    monitor: SolveMonitor = SILENT,
) -> Result:
    """Run the steps in the problem's name, separated by ``+``; an unknown step does nothing.

    The certificate to start from comes back as the answer's where no step answers.
    """
    for step in problem.name.split("+"):
        name, _, argument = step.partition("=")
        answer = _STEPS[name](argument, params, initial, monitor) if name in _STEPS else None
        if answer is not None:
            return answer
    return result(certificate=initial_certificate)


def solved_and_lost(
    problem: Problem,
    params: SolveParams = DEFAULT_PARAMS,
    *,
    initial: Sequence[Assignment] = (),
    initial_certificate: Certificate | None = None,
    monitor: SolveMonitor = SILENT,
) -> Result:
    """A real solve whose worker dies with the answer in its hand."""
    pipeline.solve(problem, params, initial=initial, initial_certificate=initial_certificate, monitor=monitor)
    os._exit(3)


def _report(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> None:
    for number in range(int(argument)):
        monitor.progress(Progress(phase="search", elapsed_seconds=0.0, objective_micros=number, bound_micros=1000))


def _plan(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> None:
    monitor.plan(result(objective_micros=int(argument)))


def _proof(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> None:
    monitor.proof(replace(CERTIFICATE, bound_micros=int(argument)))


def _told(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> Result:
    """Answer with the plan told last."""
    plan = result(placement_count=int(argument))
    monitor.plan(result(placement_count=1))
    monitor.plan(plan)
    return replace(plan, engine_detail="as told")


def _big(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> Result:
    return result(placement_count=int(argument))


def _echo(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> Result:
    """The worker's view of things, as statistics."""
    figures = {
        "time_limit_seconds": params.time_limit_seconds or 0.0,
        "seed": float(params.seed),
        "initial_count": float(len(initial)),
        "process_id": float(os.getpid()),
        "session_id": float(os.getsid(0)),
    }
    return result(statistics=tuple(Statistic(name=name, value=value) for name, value in figures.items()))


def _segfault(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> None:
    ctypes.string_at(0)


def _exit(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> None:
    os._exit(int(argument))


def _die_once(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> None:
    """Die by SIGKILL unless the file is there already."""
    marker = Path(argument)
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def _note(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> None:
    """Append this process's id to a file."""
    with Path(argument).open("a", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n")


def _hang(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> None:
    """Hang with the interpreter lock held, as a broken extension would: no thread of the process runs again."""
    ctypes.PyDLL(None).pause()


def _spawn(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> None:
    """Start a process of the worker's own and note its id in a file."""
    import subprocess

    child = subprocess.Popen(["sleep", "600"])
    Path(argument).write_text(str(child.pid), encoding="ascii")


def _await(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> None:
    """Wait until the file is there."""
    while not Path(argument).exists():
        time.sleep(0.005)


def _sleep(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> None:
    time.sleep(float(argument))


def _eat(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> None:
    hoard = []
    while True:
        hoard.append(bytes(16 * 2**20))  # reserved, never touched


def _until_stopped(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> Result:
    while not monitor.cancelled():
        time.sleep(0.005)
    return result(engine_detail="stopped when asked")


def _violations(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> None:
    raise InvalidProblemError([Violation("jobs[0].name", "REQUIRED", "a job needs a name")])


def _unavailable(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> None:
    raise EngineUnavailableError("pyomo", "not installed")


def _unverified(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> None:
    raise VerificationError([Violation("plan", "POWER", "1 W too many")])


def _bug(argument: str, params: SolveParams, initial: Sequence[Assignment], monitor: SolveMonitor) -> None:
    raise KeyError("pool-9")


_STEPS = {
    "report": _report,
    "plan": _plan,
    "proof": _proof,
    "big": _big,
    "told": _told,
    "echo": _echo,
    "segfault": _segfault,
    "exit": _exit,
    "die_once": _die_once,
    "note": _note,
    "hang": _hang,
    "spawn": _spawn,
    "await": _await,
    "sleep": _sleep,
    "eat": _eat,
    "until_stopped": _until_stopped,
    "violations": _violations,
    "unavailable": _unavailable,
    "unverified": _unverified,
    "bug": _bug,
}
