"""What the service tells its operator: one line a call on stderr, as ``key=value`` pairs."""

from __future__ import annotations

import logging
import sys
import time
from dataclasses import dataclass, field

log = logging.getLogger("loadstone.call")


def set_up_logging(level: str) -> None:
    """For the server's main program only; a library never sets up logging."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter(
        "time=%(asctime)s.%(msecs)03dZ level=%(levelname)s logger=%(name)s %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


@dataclass(slots=True)
class CallRecord:
    """One call, from its first byte to its end."""

    method: str
    peer: str
    request_bytes: int = 0
    code: str = "OK"
    reason: str = ""
    started: float = field(default_factory=time.monotonic)

    def write(self) -> None:
        line = " ".join(
            [
                f"method={self.method}",
                f"code={self.code}",
                *([f"reason={self.reason}"] if self.reason else []),
                f"seconds={time.monotonic() - self.started:.3f}",
                f"request_bytes={self.request_bytes}",
                f"peer={self.peer}",
            ]
        )
        log.info("%s", line)
