"""``loadstone doctor``: versions, engines, and whether the solver libraries live together in one process."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib import metadata

from optimizer.cli.console import BOLD, Column, Console
from optimizer.cli.exit_codes import ExitCode
from optimizer.engines import registry

DISTRIBUTIONS = ("loadstone", "numpy", "numba", "highspy", "ortools", "pyomo", "protobuf", "grpcio")
#: Both carry HiGHS; builds that do not agree fail on the second import with an undefined symbol.
CLASHING = (("ortools.sat.python.cp_model", "highspy"), ("highspy", "ortools.sat.python.cp_model"))
IMPORT_TIMEOUT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what, whether it is as it must be, and what was found."""

    what: str
    fine: bool
    detail: str


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Prints every finding; REFUSED where something that must work does not."""
    versions = [Finding("Python", sys.version_info >= (3, 11), platform.python_version())]
    versions += [_version(name) for name in DISTRIBUTIONS]
    imports = [_import_in_order(modules) for modules in CLASHING]
    engines = [Finding(engine.name, engine.available, engine.detail) for engine in registry.listing()]
    if arguments.json:
        groups = {"versions": versions, "imports": imports, "engines": engines}
        console.line(json.dumps({name: [asdict(f) for f in group] for name, group in groups.items()}))
    else:
        for title, group in (("Versions", versions), ("Imports in one process", imports), ("Engines", engines)):
            console.line(title, BOLD)
            console.table(
                (Column("What"), Column("Is"), Column("Detail")),
                [(f.what, "fine" if f.fine else "NOT FINE", f.detail) for f in group],
            )
    # An engine that is not installed is a choice; a library that breaks another is not.
    works = all(f.fine for f in imports) and any(f.fine for f in engines)
    return ExitCode.SOLVED if works else ExitCode.REFUSED


def _version(name: str) -> Finding:
    try:
        return Finding(name, True, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, False, "not installed")


def _import_in_order(modules: tuple[str, ...]) -> Finding:
    what = " then ".join(module.partition(".")[0] for module in modules)
    try:
        done = subprocess.run(
            [sys.executable, "-c", "\n".join(f"import {module}" for module in modules)],
            capture_output=True,
            text=True,
            timeout=IMPORT_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finding(what, False, f"took more than {IMPORT_TIMEOUT_SECONDS} s")
    last_line = done.stderr.strip().rpartition("\n")[2]
    return Finding(what, done.returncode == 0, "imported" if done.returncode == 0 else last_line)
