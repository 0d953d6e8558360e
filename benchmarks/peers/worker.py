"""One peer, one instance, one limit, in a process of its own. Snapshots go to a folder; the last line says how it ended."""

from __future__ import annotations

import argparse
import gc
from pathlib import Path

from benchmarks.peers.base import DeclinedError
from benchmarks.peers.instance import read_candidates
from benchmarks.peers.recorder import Recorder
from benchmarks.peers.registry import peers

#: Appears in the folder when the clock starts.
STARTED = "started"
FINISHED = "finished"
DECLINED = "declined: "


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("peer")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--marks", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    marks = tuple(float(mark) for mark in given.marks.split(","))
    print(run(given.path, given.peer, given.seconds, marks, given.seed, given.threads, given.folder), flush=True)


def run(path: Path, name: str, seconds: float, marks: tuple[float, ...], seed: int, threads: int, folder: Path) -> str:
    """How the run ended: ``FINISHED`` or ``DECLINED`` and why."""
    peer = peers()[name]
    if why := peer.available():
        return DECLINED + why
    columns = read_candidates(path).columns
    peer.prepare()
    gc.collect()
    gc.freeze()
    (folder / STARTED).touch()
    recorder = Recorder(marks, folder)
    try:
        answer = peer.run(columns, seconds, seed, threads, recorder)
    except DeclinedError as error:
        return DECLINED + str(error)
    if answer.bound is not None:
        recorder.bound(answer.bound)
    recorder.finish()
    return FINISHED


if __name__ == "__main__":
    main()
