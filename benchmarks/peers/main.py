"""Every peer on every instance, and the table.

    python -m benchmarks.peers FILE... --seconds 1,10,60 --seeds 0,1,2 --threads 2 --raw runs.jsonl
    python -m benchmarks.peers --from-json runs.jsonl

Instances are files of the product's own format or ``aiplace/1``. docs/benchmarks-peers.md has the protocol.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.registry import peers
from benchmarks.peers.runs import Run, Setting, run_all
from benchmarks.peers.table import markdown
from benchmarks.peers.worker import FINISHED


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 where every plan that was offered is what it claims to be; 70 where the judge refused one."""
    parser = _parser()
    given = parser.parse_args(argv)
    if bool(given.files) == bool(given.from_json):
        parser.error("give instance files, or --from-json with the raw results of an earlier run")
    runs = _stored(given.from_json) if given.from_json else _measured(given)
    print(markdown(runs))
    return 70 if any(mark.refused for run in runs for mark in run.marks) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="instances")
    parser.add_argument("--seconds", type=_numbers, default=(1.0, 10.0, 60.0), help="time marks; the last is the limit")
    parser.add_argument("--seeds", type=_whole_numbers, default=(0, 1, 2))
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--peer", action="append", default=[], choices=list(peers()), help="only this one (repeatable)")
    parser.add_argument("--raw", type=Path, default=None, help="append one JSON line a run to this file")
    parser.add_argument("--from-json", action="append", type=Path, default=[], help="stored runs (repeatable)")
    return parser


def _numbers(text: str) -> tuple[float, ...]:
    numbers = tuple(sorted({float(part) for part in text.split(",")}))
    if numbers[0] <= 0:
        raise argparse.ArgumentTypeError("seconds are above 0")
    return numbers


def _whole_numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _stored(paths: Sequence[Path]) -> list[Run]:
    return [Run.from_json(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _measured(given: argparse.Namespace) -> list[Run]:
    """Runs what was asked for; each run is told on standard error and appended to the raw file as soon as it ends."""
    chosen = [peer for name, peer in peers().items() if not given.peer or name in given.peer]
    setting = Setting(marks=given.seconds, seeds=given.seeds, threads=given.threads)
    runs = []
    for run in run_all(given.files, chosen, setting):
        runs.append(run)
        _tell(run)
        if given.raw is not None:
            with given.raw.open("a", encoding="utf-8") as raw:
                raw.write(run.to_json() + "\n")
    return runs


def _tell(run: Run) -> None:
    figures = ", ".join(
        f"{mark.seconds:g} s: {'none' if mark.objective_micros is None else f'{mark.objective_micros / 1e6:,.2f}'}"
        for mark in run.marks
    )
    how = "" if run.ended == FINISHED else f" [{run.ended}]"
    print(f"{run.instance} {run.peer} seed {run.seed}: {figures}{how}", file=sys.stderr, flush=True)
