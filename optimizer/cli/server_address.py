"""HOST:PORT of a server, looked at before anything is sent: gRPC takes a port out of range for another one."""

from __future__ import annotations

from optimizer.errors import InvalidProblemError, Violation

PORTS = range(1, 65_536)


def require_address(text: str) -> None:
    """Raises InvalidProblemError where ``text`` is neither HOST:PORT nor another target of gRPC's (``unix:``, ``dns:///``)."""
    host, _, port = text.rpartition(":")
    another = text.startswith("unix:") or "//" in text
    bracketed = ":" not in host or (host.startswith("[") and host.endswith("]"))
    if another or (host and bracketed and port.isascii() and port.isdecimal() and int(port) in PORTS):
        return
    message = f"{text!r} is not HOST:PORT with a port in [{PORTS[0]}, {PORTS[-1]}], such as localhost:50051"
    raise InvalidProblemError([Violation("--server", "MALFORMED_TEXT", message)])
