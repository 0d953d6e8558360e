"""Compiles the kernels once per installation, so that no solve's time limit pays for it.

numba keeps compiled kernels on disk, but a kernel is compiled when it is first called: some minutes of a core on a
fresh installation. ``ensure_warm`` does that ahead, in a process of its own, and leaves a mark.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TextIO

from optimizer.problem import GpuPool, Hall, Job, Mode, Problem, Site, TimeGrid

#: A compilation that takes longer than this is given up; solves then compile for themselves.
COMPILE_SECONDS = 900.0
#: How often is looked whether another process, which compiles the same, has ended.
LOOK_SECONDS = 0.2


def ensure_warm(say: Callable[[str], None] = lambda _: None) -> None:
    """Compiles what this installation has not compiled yet, telling ``say`` first; does nothing where all is compiled.

    Where that fails or takes too long, ``say`` is told and the next call tries again; what was compiled is kept.
    """
    if is_warm():
        return
    mark = _mark()
    say("Compiling kernels, once per installation: two or three minutes.")
    deadline = time.monotonic() + COMPILE_SECONDS
    with mark.with_suffix(".turn").open("w") as turn:
        if not _has_turn(turn, deadline):
            say(f"Another process has not compiled kernels within {COMPILE_SECONDS:g} s; solves compile the rest.")
        elif not mark.exists():
            _compile(mark, turn, deadline, say)


def is_warm() -> bool:
    """Whether this installation has compiled its kernels."""
    return _mark().exists()


def _has_turn(turn: TextIO, deadline: float) -> bool:
    """Whether nobody else compiles any more before ``deadline``: many that begin at once would each do all of the work."""
    while True:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(LOOK_SECONDS)
        else:
            return True


def _compile(mark: Path, turn: TextIO, deadline: float, say: Callable[[str], None]) -> None:
    """The process that compiles has the turn too: where this one is killed, that goes on, and the next waits for it."""
    command = [sys.executable, "-m", "optimizer.compile_kernels"]
    seconds = max(1.0, deadline - time.monotonic())
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False, pass_fds=(turn.fileno(),))
    except subprocess.TimeoutExpired:
        say(f"Kernels were not compiled within {COMPILE_SECONDS:g} s; solves compile the rest and are slower for it.")
        return
    if done.returncode == 0:
        mark.touch()
    else:
        last_line = done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
        say(f"Kernels were not compiled ({last_line}); solves compile them and are slower for it.")


def tiny_problem() -> Problem:
    """Two jobs that compete for one node, one of them mandatory and with a second mode; a budget, a price and a due time."""
    pool = GpuPool(name="pool", gpu_model="H100", node_count=(1,), gpus_per_node=8)
    site = Site(
        name="site",
        region_code="GB",
        energy_price_per_mwh=(50.0,),
        energy_budget_mwh=1.0,
        halls=(Hall(name="hall", it_power_limit_kw=(20.0,), pools=(pool,)),),
    )
    mode = Mode(gpu_model="H100", gpu_count=8, duration=timedelta(hours=2), it_power_kw=10.0)
    slow = Mode(gpu_model="H100", gpu_count=4, duration=timedelta(hours=3), it_power_kw=5.0)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return Problem(
        time_grid=TimeGrid(start_time=start, slot_count=6),
        sites=(site,),
        jobs=(
            Job(name="must", modes=(mode, slow)),
            Job(name="may", value=9.0, modes=(mode,), due_time=start + timedelta(hours=1), tardiness_cost_per_hour=1.0),
            Job(name="late", value=8.0, modes=(mode, slow)),
        ),
    )


def _mark() -> Path:
    """A file that exists once this source with these libraries was compiled for this user."""
    sources = sorted((Path(__file__).parent / "engines" / "price").rglob("*.py"))
    stamps = "".join(f"{path}{path.stat().st_mtime_ns}" for path in sources)
    key = f"{os.getuid()}{sys.version}{version('numba')}{version('numpy')}{stamps}"
    return Path(tempfile.gettempdir()) / f"loadstone-warm-{hashlib.sha256(key.encode()).hexdigest()[:24]}"
