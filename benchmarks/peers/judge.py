"""Checks the plans of a run in a process that never saw the peer: every rule and the objective, by ``optimizer.verify``."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.peers.instance import read_candidates
from benchmarks.peers.recorder import Snapshot
from optimizer.columns.candidates import Candidates
from optimizer.verify.plan import verify


@dataclass(frozen=True, slots=True)
class Mark:
    """What a peer had at a mark. ``objective_micros`` is recomputed; ``refused`` says why a plan does not count."""

    seconds: float
    objective_micros: int | None
    bound_micros: int | None
    found_seconds: float | None
    first_plan_seconds: float | None
    peak_mb: float
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    job_count: int
    column_count: int
    marks: tuple[Mark, ...]


def judged(found: Candidates, snapshots: list[Snapshot]) -> Verdict:
    """Each snapshot with what is true of its plan."""
    return Verdict(
        job_count=found.columns.job_count,
        column_count=found.columns.column_count,
        marks=tuple(_mark(found, snapshot) for snapshot in snapshots),
    )


def _mark(found: Candidates, snapshot: Snapshot) -> Mark:
    objective, refused = None, ""
    if snapshot.selection is not None:
        checked = verify(found.problem, found.assignments(snapshot.selection))
        if not checked.feasible:
            refused = str(checked.violations[0])
        elif checked.objective_micros != snapshot.objective_micros:
            refused = f"claims {snapshot.objective_micros}, is worth {checked.objective_micros} micro-units"
        else:
            objective = checked.objective_micros
    return Mark(
        seconds=snapshot.mark_seconds,
        objective_micros=objective,
        bound_micros=snapshot.bound_micros,
        found_seconds=snapshot.found_seconds,
        first_plan_seconds=None if refused else snapshot.first_plan_seconds,
        peak_mb=snapshot.peak_mb,
        refused=refused,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    snapshots = sorted((Snapshot.read(path) for path in given.folder.glob("mark-*.npz")), key=lambda each: each.mark_seconds)
    json.dump(asdict(judged(read_candidates(given.path), snapshots)), sys.stdout)


if __name__ == "__main__":
    main()
