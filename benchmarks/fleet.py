"""``python -m benchmarks.fleet``: certified gaps at fleet scale, medians of seeds, as a Markdown table.

Each row is an instance and a limit; each seed makes its own instance where the generator does, and seeds the search alone where
the instance is a file (``--yardstick FOLDER``: the files of that benchmark, which are not shipped). One process a run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.measure import Measurement
from benchmarks.registry import Instance
from benchmarks.run import machine, run_one
from optimizer.generate.uk_no import generate_uk_no
from optimizer.io.files import write_problem

HEADER = (
    "instance",
    "limit s",
    "gap",
    "worst gap",
    "objective",
    "bound",
    "proved",
    "first plan s",
    "solve s",
    "CPU s",
    "peak MB",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a yardstick file, or a generated fleet of ``jobs``, with all contracts of a fleet or without."""

    name: str
    limit_seconds: float
    jobs: int = 0
    contracts: bool = False


ROWS = (
    Row("j20", 5.0),
    Row("j100", 10.0),
    Row("j500", 30.0),
    Row("j500", 60.0),
    Row("j2000", 60.0),
    Row("uk-no 1,000", 60.0, jobs=1_000),
    Row("uk-no 10,000", 20.0, jobs=10_000),
    Row("uk-no 10,000", 60.0, jobs=10_000),
    Row("uk-no 10,000 contracts", 60.0, jobs=10_000, contracts=True),
    Row("uk-no 100,000", 40.0, jobs=100_000),
    Row("uk-no 100,000", 60.0, jobs=100_000),
)
#: What "contracts" means: a third may pause, a tenth runs already, a fifth of the nodes is reserved and lent while idle.
PREEMPTIBLE_SHARE, RUNNING_SHARE, RESERVED_SHARE = 0.33, 0.1, 0.2


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 where every run gave a verified plan."""
    given = _parse(argv)
    print(f"fleet: engine {given.engine}, {given.threads} threads, seeds {given.seeds}, {machine()}\n")
    print("| " + " | ".join(HEADER) + " |")
    print("|" + " --- |" * len(HEADER))
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for row in ROWS:
            if (given.row and row.name not in given.row) or (not row.jobs and given.yardstick is None):
                continue
            instances = {seed: _instance(row, seed, given.yardstick, Path(folder)) for seed in given.seeds}
            runs = [run_one(it, given.engine, row.limit_seconds, given.threads, seed) for seed, it in instances.items()]
            failed |= any(run.error or not run.verified for run in runs)
            print("| " + " | ".join(_cells(row, runs)) + " |", flush=True)
    return 70 if failed else 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    parser.add_argument("--row", action="append", default=[], help="only the rows of this name (repeatable)")
    parser.add_argument("--seeds", type=lambda text: [int(part) for part in text.split(",")], default=[0, 1, 2])
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--yardstick", type=Path, default=None, help="folder with j20.json.gz and its like")
    return parser.parse_args(argv)


def _instance(row: Row, seed: int, yardstick: Path | None, folder: Path) -> Instance:
    if not row.jobs:
        assert yardstick is not None
        return Instance(name=row.name, path=(yardstick / f"{row.name}.json.gz").resolve(), import_format="aiplace")
    path = folder / f"{row.jobs}-{row.contracts}-{seed}.json.gz"
    if not path.exists():
        shares = (PREEMPTIBLE_SHARE, RUNNING_SHARE, RESERVED_SHARE) if row.contracts else ()
        names = ("preemptible_share", "running_share", "reserved_share")
        write_problem(generate_uk_no(row.jobs, seed, **dict(zip(names, shares, strict=False))), path)
    return Instance(name=row.name, path=path)


def _cells(row: Row, runs: Sequence[Measurement]) -> list[str]:
    """Medians over the seeds; a run that failed makes the row fail."""
    wrong = next((run.error for run in runs if run.error), None)
    if wrong is not None:
        return [row.name, f"{row.limit_seconds:g}", f"failed: {wrong}", *[""] * (len(HEADER) - 3)]
    gaps = [1.0 if run.gap is None else run.gap for run in runs]
    return [
        row.name,
        f"{row.limit_seconds:g}",
        f"{median(gaps):.2%}",
        f"{max(gaps):.2%}",
        f"{median(run.objective_micros or 0 for run in runs) / 1e6:,.2f}",
        f"{median(run.bound_micros or 0 for run in runs) / 1e6:,.2f}",
        f"{sum(run.termination == 'OPTIMAL' for run in runs)} of {len(runs)}",
        f"{median(run.seconds.get('first plan', float('inf')) for run in runs):.2f}",
        f"{median(run.seconds['solve'] for run in runs):.1f}",
        f"{median(run.cpu_seconds for run in runs):.1f}",
        f"{median(run.peak_mb for run in runs):,.0f}",
    ]


if __name__ == "__main__":
    sys.exit(main())
