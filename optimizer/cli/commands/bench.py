"""``loadstone bench``: runs a benchmark suite where the benchmarks are (a checkout of the repository)."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from importlib.util import find_spec

from optimizer.cli.console import Console
from optimizer.cli.exit_codes import ExitCode

#: The benchmarks belong to the repository, not to the installed package: found in the working directory, by name.
BENCHMARKS = "benchmarks.run"


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Hands the suite to the benchmark runner, which prints its own table and returns an exit code."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    if find_spec("benchmarks") is None or find_spec(BENCHMARKS) is None:
        console.error("error: no benchmarks here; run this in a checkout of the Loadstone repository")
        return ExitCode.UNAVAILABLE
    return ExitCode(import_module(BENCHMARKS).main([arguments.suite, *arguments.rest]))
