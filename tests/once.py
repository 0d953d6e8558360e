"""What many tests look at is worked out once in a test run, by whichever of its processes asks first."""

from __future__ import annotations

import fcntl
import pickle
from collections.abc import Callable, Hashable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Found = TypeVar("Found")

#: Where the processes of a run keep what they found for each other; None: there is one process.
_shared_folder: Path | None = None


def share_in(folder: Path) -> None:
    """Look in ``folder`` for what other processes found, and leave there what this one finds."""
    global _shared_folder
    _shared_folder = folder


def once(function: Callable[Given, Found]) -> Callable[Given, Found]:
    """``function``, called once in a test run with the same arguments, which are told apart by ``repr``."""

    @cache
    def remembered(*given: Hashable) -> Found:
        if _shared_folder is None:
            return function(*given)  # type: ignore[call-arg, arg-type]
        key = f"{function.__module__}.{function.__qualname__}{given!r}"
        with (_shared_folder / sha256(key.encode()).hexdigest()).open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # who comes second waits for the first
            file.seek(0)
            if not (kept := file.read()):
                kept = pickle.dumps(function(*given))  # type: ignore[call-arg, arg-type]
                file.write(kept)
        found: Found = pickle.loads(kept)
        return found

    return remembered  # type: ignore[return-value]
