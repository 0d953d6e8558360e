"""Executors by name, as command line and settings give them: ``local``, ``ray``, ``ray:ADDRESS``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExecutorChoice:
    """``address`` is Ray's; None: a cluster of this machine alone, or no Ray."""

    on_ray: bool
    address: str | None = None

    @classmethod
    def read(cls, name: str) -> ExecutorChoice:
        """Raises ValueError, with a sentence for people."""
        kind, separator, address = name.partition(":")
        if name == "local":
            return cls(False)
        if kind != "ray" or (separator and not address):
            raise ValueError(f"there is no executor {name!r}; choose local, ray or ray:ADDRESS")
        return cls(True, address or None)
