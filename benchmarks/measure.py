"""One instance, one engine, in a process of its own: seconds of each phase, objective, bound and peak memory as JSON."""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from optimizer.columns.candidates import candidates
from optimizer.exact.problem import exact
from optimizer.io.files import read_problem
from optimizer.io.importers import import_problem
from optimizer.monitor import SilentMonitor
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem
from optimizer.solution import Result
from optimizer.validate import check
from optimizer.verify.plan import verify_result
from optimizer.warm import tiny_problem


@dataclass(slots=True)
class Measurement:
    """Phases in seconds; money in micro-units; ``error`` instead of figures where the run failed."""

    instance: str
    engine: str
    jobs: int = 0
    columns: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    objective_micros: int | None = None
    bound_micros: int | None = None
    gap: float | None = None
    termination: str = ""
    stopped_by: str = ""
    verified: bool = False
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    error: str = ""

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - begun


class _FirstPlan(SilentMonitor):
    """Notes when the first verified plan came, counted from the call."""

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.seconds: float | None = None

    def plan(self, result: Result) -> None:
        del result
        if self.seconds is None:
            self.seconds = time.perf_counter() - self.begun


def measure(path: Path, import_format: str, params: SolveParams) -> Measurement:
    """Runs every phase of one solve."""
    row = Measurement(instance=path.name, engine=params.engine)
    # a service's workers have loaded the kernels before a problem comes
    solve(tiny_problem(), SolveParams(engine="greedy"))
    with row.phase("read"):
        problem = _read(path, import_format)
    row.jobs = len(problem.jobs)
    with row.phase("validate"):
        check(problem)
    with row.phase("candidates"):
        row.columns = candidates(exact(problem)).columns.column_count
    watch = _FirstPlan()
    cpu_begun = time.process_time()
    with row.phase("solve"):
        result = solve(problem, params, monitor=watch)
    row.cpu_seconds = time.process_time() - cpu_begun
    if watch.seconds is not None:
        row.seconds["first plan"] = watch.seconds
    with row.phase("verify"):
        row.verified = result.verified and verify_result(exact(problem), result).feasible
    end = result.termination
    row.objective_micros, row.bound_micros = end.objective_micros, end.bound_micros
    row.gap, row.termination, row.stopped_by = end.relative_gap, end.reason, end.stopped_by
    row.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return row


def _read(path: Path, import_format: str) -> Problem:
    if not import_format:
        return read_problem(path)
    return import_problem(import_format, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--format", default="", dest="import_format")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    params = SolveParams(engine=given.engine, time_limit_seconds=given.time_limit, thread_count=given.threads, seed=given.seed)
    # a solver that outlasts its limit may still hold what is written to the standard output, as Pyomo does to HiGHS's
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as output:
        json.dump(asdict(measure(given.path, given.import_format, params)), output)


if __name__ == "__main__":
    main()
