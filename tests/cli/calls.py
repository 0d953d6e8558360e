"""Two ways to call the command: as scripts and people do, and without what a new process costs, which is mostly imports."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from subprocess import CompletedProcess

from optimizer.cli.main import main

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "proto")))}
LOADSTONE = (sys.executable, "-m", "optimizer.cli")


def in_own_process(*arguments: str | Path, cwd: Path | None = None) -> CompletedProcess[str]:
    command = [*LOADSTONE, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, cwd=cwd, check=False)


def in_this_process(*arguments: str | Path) -> CompletedProcess[str]:
    command = [*map(str, arguments)]
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        try:
            code = int(main(command))
        except SystemExit as end:
            code = int(end.code or 0)
    return CompletedProcess(command, code, out.getvalue(), err.getvalue())
