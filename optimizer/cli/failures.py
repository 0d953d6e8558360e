"""What can go wrong on the command line beyond the library's own errors."""

from __future__ import annotations

from optimizer.errors import LoadstoneError


class ServerUnavailableError(LoadstoneError):
    """The server was not reached, is full, or did not answer in time."""
