"""What the fork server loads must leave it fit to fork."""

from __future__ import annotations

import subprocess
import sys

from optimizer.execution.local import SERVICE_PRELOAD

LOADS_AND_COUNTS = """
import sys
from importlib import import_module
for module in sys.argv[1:]:
    import_module(module)
assert {"highspy", "numba", "ortools.sat.python.cp_model"} <= sys.modules.keys()
import os
import time
deadline = time.monotonic() + 30.0
while len(os.listdir("/proc/self/task")) > 1 and time.monotonic() < deadline:
    time.sleep(0.05)  # a joined thread leaves the list a moment later
print(len(os.listdir("/proc/self/task")))
"""


def test_preloading_starts_no_thread() -> None:
    """OpenBLAS ends its pool around a fork by itself, so it is told to have none here."""
    environment = {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-c", LOADS_AND_COUNTS, *SERVICE_PRELOAD]
    assert subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip() == "1"


def test_the_tiny_problem_is_one_that_can_be_placed() -> None:
    from optimizer.pipeline import solve
    from optimizer.warm import tiny_problem

    result = solve(tiny_problem())
    assert result.verified
    assert len(result.placements) == 3
