"""Workers do not outlive the process that asked for them, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.execution.support import is_running

ASKER = """
import sys
from types import SimpleNamespace
from optimizer.execution import attempt
from optimizer.execution.local import LocalExecutor, LocalOptions
from optimizer.params import SolveParams
from tests.execution import fakes

if __name__ == "__main__":
    attempt.time = SimpleNamespace(monotonic=lambda: 0.0)  # nothing but the worker itself ends it
    local = LocalExecutor(LocalOptions(function=fakes.SCRIPTED, grace_seconds=0.1))
    local.solve(fakes.problem(sys.argv[1]), SolveParams(time_limit_seconds=float(sys.argv[2])))
"""


@pytest.mark.parametrize(
    ("step", "limit_seconds"),
    [
        pytest.param("sleep=600", "600", id="the closed lifeline ends it"),
        pytest.param("hang", "2", id="hung with the interpreter lock held, the kernel's alarm ends it"),
    ],
)
def test_a_worker_ends_when_its_parent_is_killed(tmp_path: Path, step: str, limit_seconds: str) -> None:
    note = tmp_path / "worker"
    script = tmp_path / "asker.py"
    script.write_text(ASKER, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    asker = subprocess.Popen([sys.executable, script, f"note={note}+{step}", limit_seconds], env=environment)
    while not (note.exists() and note.read_text(encoding="ascii").endswith("\n")):
        assert asker.poll() is None
        time.sleep(0.01)
    worker = int(note.read_text(encoding="ascii"))
    asker.send_signal(signal.SIGKILL)
    asker.wait()
    while is_running(worker):
        time.sleep(0.01)
