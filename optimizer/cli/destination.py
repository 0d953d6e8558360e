"""Whether a file can be written where the user wants it, asked before there is anything to write."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from optimizer.errors import InvalidProblemError, Violation


def require_writable(path: str) -> None:
    """Raises InvalidProblemError where it is plain that no file can be written there, before work is done for it."""
    target = Path(path)
    if not path:
        why = "its name is empty"
    elif target.is_dir():
        why = "it is a directory"
    elif not target.parent.is_dir():
        why = f"there is no directory {target.parent}"
    elif not os.access(target if target.exists() else target.parent, os.W_OK):
        why = "permission denied"
    else:
        return
    raise InvalidProblemError([Violation(path, "UNWRITABLE_FILE", f"the file cannot be written: {why}")])


def require_apart(outputs: Mapping[str, str], inputs: Mapping[str, str]) -> None:
    """Raises InvalidProblemError where a file to write is one that is read, or two are one; both by what names them."""
    named = {os.path.realpath(path): name for name, path in inputs.items()}
    for name, path in outputs.items():
        other = named.setdefault(os.path.realpath(path), name)
        # what is no file, such as a terminal or /dev/null, takes several
        if other != name and (not Path(path).exists() or Path(path).is_file()):
            message = f"the file would be written over: it is {other} as well as {name}"
            raise InvalidProblemError([Violation(path, "SAME_FILE", message)])
