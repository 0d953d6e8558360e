"""Runs peers, each in a process that is ended at its limit plus a grace, and has every plan judged by another process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.peers.base import Peer
from benchmarks.peers.instance import instance_name
from benchmarks.peers.judge import Mark, Verdict
from benchmarks.peers.worker import FINISHED, STARTED
from benchmarks.registry import ROOT
from benchmarks.run import machine

#: Reading, warming up and judging may take so long before a run counts as failed.
SET_UP_SECONDS = 900.0
#: Beyond its limit a run has this share of it, and at least so many seconds, until its process is ended.
GRACE_SHARE = 0.25
LEAST_GRACE_SECONDS = 10.0
KILLED = "killed after its limit"
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Setting:
    """What all peers get alike. ``marks`` are seconds, ascending; the last is the limit."""

    marks: tuple[float, ...]
    seeds: tuple[int, ...]
    threads: int


@dataclass(frozen=True, slots=True)
class Run:
    """One peer on one instance with one seed at one limit. ``ended`` is FINISHED, KILLED, or says what went wrong."""

    instance: str
    peer: str
    seed: int
    threads: int
    limit_seconds: float
    machine: str
    ended: str
    job_count: int = 0
    column_count: int = 0
    marks: tuple[Mark, ...] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Run:
        fields = json.loads(line)
        return cls(**{**fields, "marks": tuple(Mark(**mark) for mark in fields["marks"])})


def run_all(paths: list[Path], chosen: list[Peer], setting: Setting) -> Iterator[Run]:
    """Every peer on every instance: one run at the longest limit where its plans do not depend on it, else one a mark."""
    for path in paths:
        for peer in chosen:
            for seed in setting.seeds:
                for marks in [setting.marks] if peer.anytime else [(mark,) for mark in setting.marks]:
                    yield run_one(path, peer.name, marks, seed, setting.threads)


def run_one(path: Path, peer: str, marks: tuple[float, ...], seed: int, threads: int) -> Run:
    """One run in a process of its own, judged."""
    limit = marks[-1]
    with TemporaryDirectory(prefix="peers-") as name:
        folder = Path(name)
        ended = _worker(path, peer, marks, seed, threads, folder)
        # the clock starts with the marker; without it the peer never ran
        verdict = _judge(path, folder) if (folder / STARTED).exists() else None
    if isinstance(verdict, str):
        ended, verdict = verdict, None
    return Run(
        instance=instance_name(path),
        peer=peer,
        seed=seed,
        threads=threads,
        limit_seconds=limit,
        machine=machine(),
        ended=ended,
        job_count=verdict.job_count if verdict else 0,
        column_count=verdict.column_count if verdict else 0,
        marks=verdict.marks if verdict else (),
    )


def _worker(path: Path, peer: str, marks: tuple[float, ...], seed: int, threads: int, folder: Path) -> str:
    limit = marks[-1]
    command = [
        sys.executable, "-m", "benchmarks.peers.worker", str(path.resolve()), peer,
        "--seconds", str(limit), "--marks", ",".join(f"{mark:g}" for mark in marks),
        "--seed", str(seed), "--threads", str(threads), "--folder", str(folder),
    ]  # fmt: skip
    out, errors = folder / "stdout", folder / "stderr"
    with out.open("w") as stdout, errors.open("w") as stderr:
        process = subprocess.Popen(command, cwd=ROOT, env=_environment(), stdout=stdout, stderr=stderr)
        try:
            killed = not _ends_in_time(process, limit, folder / STARTED)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
    if killed:
        return KILLED if (folder / STARTED).exists() else "failed: not ready to run in time"
    if process.returncode:
        last = (errors.read_text().strip().splitlines() or ["no message"])[-1]
        return f"failed ({process.returncode}): {last}"
    return (out.read_text().strip().splitlines() or [FINISHED])[-1]


def _ends_in_time(process: subprocess.Popen[bytes], limit: float, started: Path) -> bool:
    """Whether the process ends by itself: set-up has its own allowance, the limit counts from ``started``."""
    until = time.monotonic() + SET_UP_SECONDS
    running = False
    while process.poll() is None:
        if not running and started.exists():
            running = True
            until = time.monotonic() + limit + max(LEAST_GRACE_SECONDS, GRACE_SHARE * limit)
        if time.monotonic() >= until:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _judge(path: Path, folder: Path) -> Verdict | str:
    """The verdict, or why there is none."""
    command = [sys.executable, "-m", "benchmarks.peers.judge", str(path.resolve()), str(folder)]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=_environment(), capture_output=True, text=True, timeout=SET_UP_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return "failed: its plans could not be judged in time"
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return f"failed: its plans could not be judged: {last}"
    fields = json.loads(done.stdout)
    return Verdict(fields["job_count"], fields["column_count"], tuple(Mark(**mark) for mark in fields["marks"]))


def _environment() -> dict[str, str]:
    paths = [str(ROOT), str(ROOT / "proto"), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}
