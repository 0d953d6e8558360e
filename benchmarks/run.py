"""``loadstone bench SUITE``: every instance by every engine, one process each, as a Markdown table.

With ``--update`` the best objective and bound of each uk-no instance are written to its ``best_known.json``, if better.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.measure import Measurement
from benchmarks.registry import ROOT, UK_NO, Instance, Suite, suites
from optimizer.engines import registry
from optimizer.errors import InvalidProblemError, Violation
from optimizer.io.best_known import read_best_known, write_best_known
from optimizer.io.schema import did_you_mean
from optimizer.params import SolveParams

#: Seconds a run may take beyond its limit before it counts as hung.
GRACE_SECONDS = 60.0
#: Phases of a run in seconds, in order; an engine's own building is part of its solve.
PHASES = ("read", "validate", "candidates", "first plan", "solve", "verify")
#: Suites over files that are not shipped; they take the folder.
FOLDER_SUITES = ("icon", "tbp")
#: What ``benchmarks.measure`` prints begins so.
FIGURES_BEGIN = '{"instance": '
HEADER = (
    "instance",
    "engine",
    "jobs",
    "columns",
    "objective",
    "bound",
    "gap",
    "ended",
    *(f"{phase} s" for phase in PHASES),
    "peak MB",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 where every run gave an answer and, for public instances, no answer contradicts the published optimum."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] in FOLDER_SUITES:
        from benchmarks import halls

        return halls.main(words[0], words[1:])
    given = _parse(words)
    suite = suites()[given.suite]
    engines = tuple(given.engine) or suite.engines
    limit = suite.time_limit_seconds if given.time_limit is None else given.time_limit
    _check(given, suite, engines, limit)
    print(f"{suite.name}: {limit:g} s a run, {machine()}\n")
    print("| " + " | ".join(HEADER) + " |")
    print("|" + " --- |" * len(HEADER))
    failed = False
    for instance in suite.instances:
        if given.instance and instance.name not in given.instance:
            continue
        for engine in engines:
            row = run_one(instance, engine, limit, given.threads, given.seed)
            print("| " + " | ".join(cells(instance, row)) + " |", flush=True)
            failed |= bool(row.error) or _contradicts(instance, row)
            if given.update and suite.name == "uk-no":
                update_best_known(instance, row)
    return 70 if failed else 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="loadstone bench", description=__doc__)
    parser.add_argument("suite", choices=[*sorted(suites()), *FOLDER_SUITES])
    parser.add_argument("--engine", action="append", default=[], help="only this engine (repeatable)")
    parser.add_argument("--instance", action="append", default=[], help="only this instance (repeatable)")
    parser.add_argument("--time-limit", type=float, default=None, help="seconds a run")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--update", action="store_true", help="write better values to best_known.json")
    return parser.parse_args(argv)


def _check(given: argparse.Namespace, suite: Suite, engines: Sequence[str], limit: float) -> None:
    """What is wrong for every run is told once, before the first; raises as ``SolveParams`` and ``registry.create`` do."""
    known = [instance.name for instance in suite.instances]
    unknown = [
        Violation("--instance", "UNKNOWN_NAME", f"{suite.name} has no instance {name!r}{did_you_mean(name, known)}")
        for name in given.instance
        if name not in known
    ]
    if unknown:
        raise InvalidProblemError(unknown)
    for engine in engines:
        registry.create(engine)
        SolveParams(engine=engine, time_limit_seconds=limit, thread_count=given.threads, seed=given.seed)


def machine() -> str:
    """What the figures were taken on."""
    return f"{os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}"


def run_one(instance: Instance, engine: str, limit: float, threads: int | None, seed: int) -> Measurement:
    """Measures in a fresh process, so that peak memory and import state are this run's own."""
    command = [
        sys.executable, "-m", "benchmarks.measure", str(instance.path), "--format", instance.import_format,
        "--engine", engine, "--time-limit", str(limit), "--seed", str(seed),
    ]  # fmt: skip
    if threads:
        command += ["--threads", str(threads)]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "proto"), os.environ.get("PYTHONPATH", "")])
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            timeout=limit + GRACE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Measurement(instance=instance.name, engine=engine, error="no answer in time")
    if done.returncode or not done.stdout.strip():
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return Measurement(instance=instance.name, engine=engine, error=last)
    return figures_of(done.stdout) or Measurement(instance=instance.name, engine=engine, error="no figures")


def figures_of(output: str) -> Measurement | None:
    """The figures among what a run printed: a solver that outlasts its limit may print before them and after."""
    at = output.rfind(FIGURES_BEGIN)
    return Measurement(**json.JSONDecoder().raw_decode(output, at)[0]) if at >= 0 else None


def cells(instance: Instance, row: Measurement) -> list[str]:
    """One row of the table; a failed run says why."""
    if row.error:
        return [instance.name, row.engine, *[""] * (len(HEADER) - 3), f"failed: {row.error}"]
    return [
        instance.name,
        row.engine,
        f"{row.jobs:,}",
        f"{row.columns:,}",
        _money(row.objective_micros),
        _money(row.bound_micros),
        "" if row.gap is None else f"{row.gap:.3%}",
        row.termination + ("" if row.verified or row.objective_micros is None else " UNVERIFIED"),
        *("" if phase not in row.seconds else f"{row.seconds[phase]:.2f}" for phase in PHASES),
        f"{row.peak_mb:,.0f}",
    ]


def _money(micros: int | None) -> str:
    return "" if micros is None else f"{micros / 1e6:,.2f}"


def _contradicts(instance: Instance, row: Measurement) -> bool:
    """A plan better than the proved optimum, or a bound below it, cannot both be right."""
    if instance.optimum_micros is None or row.error:
        return False
    above = row.objective_micros is not None and row.objective_micros > instance.optimum_micros
    below = row.bound_micros is not None and row.bound_micros < instance.optimum_micros
    return above or below


def update_best_known(instance: Instance, row: Measurement) -> None:
    """Keeps the higher objective of a verified plan and the lower bound."""
    records = read_best_known(UK_NO)
    objective = row.objective_micros if row.verified else None
    source = f"{row.engine}, loadstone bench, {datetime.now(UTC):%Y-%m-%d}"
    better = records[instance.path.name].improved_by(objective, row.bound_micros, source)
    write_best_known(UK_NO, (records | {instance.path.name: better}).values())


__all__ = ["Suite", "main", "run_one"]

if __name__ == "__main__":
    sys.exit(main())
