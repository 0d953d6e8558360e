"""``loadstone bench icon FOLDER`` and ``bench tbp FOLDER``: halls that are switched, on files that are not shipped.

``icon``: every folder inside FOLDER that has an ``instance.txt``; costs in euro. Each plan is written as a solution file and
held to the challenge's own rules (`benchmarks.icon_rules`), and its certificate is recomputed where that takes minutes at
most. ``tbp``: every file inside FOLDER; bins.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.icon_rules import icon_cost
from benchmarks.run import GRACE_SECONDS, machine
from optimizer.exact.problem import ExactProblem, exact
from optimizer.io.exporters.icon import icon_solution
from optimizer.io.importers import import_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.solution import BoundSource, Result
from optimizer.verify.bound import prove

#: Columns up to which a certificate is recomputed here; some microseconds each.
PROVED_COLUMN_COUNT = 3_000_000
PROOF_SECONDS = 600.0
#: The model rounds the price of a watt and slot to 1e-4 micro-units; a challenge price is a few whole ones.
PRICE_ROUNDING = 3e-5
HEADER = ("instance", "tasks", "halls", "plan", "bound", "gap", "ended", "bound is", "actual prices", "solve s", "peak MB")


@dataclass(frozen=True, slots=True)
class Row:
    """One solve; ``plan`` and ``bound`` are costs, None where there is none. ``actual``: euro at the day's prices."""

    jobs: int
    halls: int
    plan: float | None
    bound: float | None
    gap: float | None
    ended: str
    proof: str
    actual: float | None
    seconds: float
    peak_mb: float


def main(suite: str, argv: Sequence[str]) -> int:
    """Prints the table; exit code 70 where a run failed, 2 where there is nothing to run."""
    given = _parse(suite, argv)
    if given.one:
        print(json.dumps(asdict(measure(suite, Path(given.folder), given))))
        return 0
    instances = _instances(suite, Path(given.folder))
    if not instances:
        print(f"error: no {suite} instances in {given.folder}", file=sys.stderr)
        return 2
    print(f"{suite}: {given.engine}, {given.time_limit:g} s a run, {given.threads} threads, {machine()}\n")
    print("| " + " | ".join(HEADER) + " |\n|" + " --- |" * len(HEADER))
    failed = False
    for path in instances:
        if given.instance and path.name not in given.instance:
            continue
        row = _apart(suite, path, given)
        failed |= row is None
        print("| " + " | ".join(_cells(suite, path, row)) + " |", flush=True)
    return 70 if failed else 0


def measure(suite: str, path: Path, given: argparse.Namespace) -> Row:
    """One solve in this process."""
    problem = import_problem(suite, path)
    begun = time.perf_counter()
    params = SolveParams(engine=given.engine, time_limit_seconds=given.time_limit, thread_count=given.threads, seed=given.seed)
    result = solve(problem, params)
    seconds = time.perf_counter() - begun
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    end = result.termination
    actual = None
    if suite == "icon" and result.placements:
        cost = icon_cost(path, icon_solution(problem, result))
        assert end.objective_micros is not None
        if abs(float(cost.forecast) * 1e6 + end.objective_micros) > PRICE_ROUNDING * abs(end.objective_micros):
            raise ValueError(
                f"the plan costs {float(cost.forecast)} by the challenge's rules, not {-end.objective_micros / 1e6}"
            )
        actual = None if cost.actual is None else float(cost.actual)
    halls = sum(len(site.halls) for site in problem.sites)
    return Row(
        len(problem.jobs), halls, _cost(end.objective_micros), _cost(end.bound_micros), end.relative_gap, end.reason,
        _proof(exact(problem), result), actual, seconds, peak_mb,
    )  # fmt: skip


def _proof(problem: ExactProblem, result: Result) -> str:
    columns = next((int(statistic.value) for statistic in result.statistics if statistic.name == "column_count"), 0)
    source = result.termination.bound_source
    if source is not BoundSource.CERTIFICATE or result.certificate is None:
        return source.lower()
    if columns > PROVED_COLUMN_COUNT:
        return "certified"
    return "REFUTED" if prove(problem, result.certificate).violations else "certified, recomputed"


def _cost(micros: int | None) -> float | None:
    return None if micros is None else -micros / 1e6


def _instances(suite: str, folder: Path) -> list[Path]:
    if suite == "icon":
        return sorted(
            (path.parent for path in folder.glob("*/instance.txt")), key=lambda path: (path.name[0] != "s", path.name)
        )
    return sorted(path for path in folder.rglob("*.txt") if path.is_file())


def _apart(suite: str, path: Path, given: argparse.Namespace) -> Row | None:
    """Measured in a fresh process, so that peak memory is this run's own; None where it failed."""
    command = [
        sys.executable, "-m", "benchmarks.run", suite, str(path), "--one", "--engine", given.engine,
        "--time-limit", str(given.time_limit), "--threads", str(given.threads), "--seed", str(given.seed),
    ]  # fmt: skip
    limit = given.time_limit + GRACE_SECONDS + PROOF_SECONDS
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False, env=dict(os.environ))
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        print(f"error: {path}: {(done.stderr.strip() or 'it ended without a word').splitlines()[-1]}", file=sys.stderr)
        return None
    return Row(**json.loads(done.stdout.strip().splitlines()[-1]))


def _cells(suite: str, path: Path, row: Row | None) -> list[str]:
    if row is None:
        return [path.stem, *[""] * 5, "failed", *[""] * 4]
    digits = 2 if suite == "icon" else 0

    def money(value: float | None) -> str:
        return "" if value is None else f"{value:,.{digits}f}"

    return [
        path.stem, f"{row.jobs:,}", f"{row.halls}", money(row.plan), money(row.bound),
        "" if row.gap is None else f"{row.gap:.2%}", row.ended, row.proof, money(row.actual), f"{row.seconds:.1f}",
        f"{row.peak_mb:,.0f}",
    ]  # fmt: skip


def _parse(suite: str, argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"loadstone bench {suite}", description=__doc__)
    parser.add_argument("folder", metavar="FOLDER", help="where the benchmark's files are")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--instance", action="append", default=[], help="only this one (repeatable)")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds a run")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(argv)
