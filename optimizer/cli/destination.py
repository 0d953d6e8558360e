"""Whether a file can be written where the user wants it, asked before there is anything to write."""

from __future__ import annotations

import os
from pathlib import Path

from optimizer.errors import InvalidProblemError, Violation


def require_writable(path: str) -> None:
    """Raises InvalidProblemError where it is plain that no file can be written there, before work is done for it."""
    target = Path(path)
    if target.is_dir():
        why = "it is a directory"
    elif not target.parent.is_dir():
        why = f"there is no directory {target.parent}"
    elif not os.access(target if target.exists() else target.parent, os.W_OK):
        why = "permission denied"
    else:
        return
    raise InvalidProblemError([Violation(path, "UNWRITABLE_FILE", f"the file cannot be written: {why}")])
