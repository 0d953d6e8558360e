"""Readers of public formats: each turns one file into a ``Problem`` whose objective is the published number up to its sign.

| format    | what a file states                              | objective          |
| --------- | ----------------------------------------------- | ------------------ |
| `gap`     | generalized assignment, minimum cost            | minus the cost     |
| `mkp`     | multidimensional knapsack                       | the profit         |
| `mmkp`    | multiple-choice multidimensional knapsack       | the profit         |
| `mmrcpsp` | multi-mode project scheduling                   | minus the makespan |
| `icon`    | a folder: tasks on machines that can be switched off, priced energy | minus the cost |
| `tbp`     | temporal bin packing                            | minus the bins     |
| `aiplace` | `aiplace/1` JSON: jobs on sites, halls and pools | value less energy |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from optimizer.errors import InvalidProblemError, Violation
from optimizer.io.importers.aiplace import read_aiplace
from optimizer.io.importers.gap import read_gap
from optimizer.io.importers.icon import read_icon
from optimizer.io.importers.mkp import read_mkp
from optimizer.io.importers.mmkp import read_mmkp
from optimizer.io.importers.mmrcpsp import read_mmrcpsp
from optimizer.io.importers.tbp import read_tbp
from optimizer.problem import Problem

Reader = Callable[[Path], Problem]

#: Format name to reader. Every reader takes plain or gzip-compressed files.
IMPORTERS: Mapping[str, Reader] = MappingProxyType(
    {
        "aiplace": read_aiplace,
        "gap": read_gap,
        "mkp": read_mkp,
        "mmkp": read_mmkp,
        "icon": read_icon,
        "mmrcpsp": read_mmrcpsp,
        "tbp": read_tbp,
    }
)


def import_problem(format_name: str, path: Path) -> Problem:
    """The file at ``path``, read as ``format_name``.

    Raises:
        InvalidProblemError: the format is unknown, or the file cannot be read or is not of it (with the line or field, and
            what was expected there).
    """
    reader = IMPORTERS.get(format_name)
    if reader is None:
        known = ", ".join(sorted(IMPORTERS))
        raise InvalidProblemError(
            [Violation("format", "UNKNOWN_FORMAT", f"there is no format {format_name!r}; there are {known}")]
        )
    return reader(path)
