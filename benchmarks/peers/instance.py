"""An instance file given on the command line: the product's own format or ``aiplace/1``, told apart by what it says."""

from __future__ import annotations

from pathlib import Path

from optimizer.columns.candidates import Candidates, candidates
from optimizer.exact.problem import exact
from optimizer.io.files import read_document, read_problem
from optimizer.io.importers import import_problem
from optimizer.io.importers.aiplace import FORMAT
from optimizer.validate import check


def read_candidates(path: Path) -> Candidates:
    """The checked problem and its columns: the same for every peer, before any clock starts.

    Raises:
        InvalidProblemError: the file cannot be read, or the problem breaks rules.
    """
    document = read_document(path)
    is_aiplace = isinstance(document, dict) and document.get("format") == FORMAT
    problem = import_problem("aiplace", path) if is_aiplace else read_problem(path)
    check(problem)
    return candidates(exact(problem))


def instance_name(path: Path) -> str:
    """The file's name without its extensions."""
    return path.name.split(".")[0]
