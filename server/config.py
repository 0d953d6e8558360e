"""The service's settings: a frozen dataclass with embedded defaults, read from ``LOADSTONE_*`` variables or given by flags."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields

from optimizer.execution.choice import ExecutorChoice
from optimizer.validate import DEFAULT_SIZE_LIMITS, SizeLimits

MEBIBYTE = 2**20
ENVIRONMENT_PREFIX = "LOADSTONE_"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class ConfigError(ValueError):
    """A setting is out of its range or cannot be read; names the setting."""


def _cpu_count() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """How the service runs; ranges are inclusive.

    Attributes:
        host: address to listen on. The default is this machine only: the service has no authentication of its own.
        port: in [0, 65535]; 0: any free port.
        executor: where solves run: local, ray, or ray:ADDRESS of a cluster.
        worker_count: solves at once, each in a process of its own; in [1, 1024]. Default: the CPUs this process may use.
        queue_length: calls that may wait for a worker; in [0, 100000].
        thread_count: threads of a solve that asks for none, and the most any may ask for; in [1, 256].
            Default: the CPUs, so that a lone solve has all of them.
        default_time_limit_seconds: for a solve that states none; in [0.001, 86400].
        max_time_limit_seconds: longer wishes are cut to this; in [0.001, 86400].
        deadline_margin_seconds: kept back from a call's deadline to stop and answer; in [0, 60]. Where little is left, at
            most a third of it.
        grace_seconds: time past its limit before a worker is killed; in [0, 60].
        worker_memory_limit_mib: cap on a worker's address space; 0: none; else in [512, 2^24].
        book_limit: books open at once, each a call that admits jobs and a process of its own; in [1, 1024].
        book_idle_seconds: a book whose caller neither asks nor reads for so long is closed; in [0.01, 86400].
        max_message_mib: largest request and answer; in [1, 1024].
        drain_seconds: at SIGTERM, time for calls under way to end; in [0, 3600].
        retry_after_seconds: what a full queue tells callers to wait; in [0, 3600].
        handshake_timeout_seconds: a connection that says nothing is dropped after this; in [1, 600].
        pending_request_limit: requests gRPC holds before it refuses some; in [1, 10^6].
        preload_engines: load the engines once, ahead of the first request.
        log_level: DEBUG, INFO, WARNING or ERROR.
        size_limits: the largest problem taken.
    """

    host: str = "127.0.0.1"
    port: int = 50051
    executor: str = "local"
    worker_count: int = field(default_factory=_cpu_count)
    queue_length: int = 256
    thread_count: int = field(default_factory=_cpu_count)
    default_time_limit_seconds: float = 30.0
    max_time_limit_seconds: float = 3600.0
    deadline_margin_seconds: float = 1.5
    grace_seconds: float = 1.0
    worker_memory_limit_mib: int = 8192
    book_limit: int = 16
    book_idle_seconds: float = 600.0
    max_message_mib: int = 64
    drain_seconds: float = 30.0
    retry_after_seconds: float = 1.0
    handshake_timeout_seconds: float = 10.0
    pending_request_limit: int = 20_000
    preload_engines: bool = True
    log_level: str = "INFO"
    size_limits: SizeLimits = DEFAULT_SIZE_LIMITS

    def __post_init__(self) -> None:
        if faults := list(self._faults()):
            raise ConfigError("; ".join(faults))

    def _faults(self) -> Iterator[str]:
        """Every setting that is out of its range."""
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and low <= value <= high):
                yield f"{name} is {value}; it must be in [{low}, {high}]"
        if 0 < self.worker_memory_limit_mib < _LEAST_WORKER_MEMORY_MIB:
            yield (
                f"worker_memory_limit_mib is {self.worker_memory_limit_mib}; "
                f"it must be 0 (no limit) or at least {_LEAST_WORKER_MEMORY_MIB}"
            )
        try:
            ExecutorChoice.read(self.executor)
        except ValueError as error:
            yield f"executor: {error}"
        if self.log_level not in LOG_LEVELS:
            yield f"log_level is {self.log_level!r}; it must be one of {', '.join(LOG_LEVELS)}"

    @property
    def max_message_bytes(self) -> int:
        return self.max_message_mib * MEBIBYTE

    @property
    def worker_memory_limit_bytes(self) -> int | None:
        return self.worker_memory_limit_mib * MEBIBYTE or None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ, **overrides: object) -> ServerConfig:
        """Defaults, then ``LOADSTONE_<FIELD>`` variables, then ``overrides`` (flags) that are not None.

        Raises:
            ConfigError: a variable does not read as its field's type, or a value is out of range.
        """
        settings: dict[str, object] = {}
        for setting in fields(cls):
            text = environment.get(ENVIRONMENT_PREFIX + setting.name.upper())
            if text is not None and setting.name in _READERS:
                settings[setting.name] = _read(setting.name, text)
        settings.update((name, value) for name, value in overrides.items() if value is not None)
        return cls(**settings)  # type: ignore[arg-type]


#: A worker's address space holds the interpreter, NumPy and the engines before any problem.
_LEAST_WORKER_MEMORY_MIB = 512

_RANGES: dict[str, tuple[float, float]] = {
    "port": (0, 65_535),
    "worker_count": (1, 1024),
    "queue_length": (0, 100_000),
    "thread_count": (1, 256),
    "default_time_limit_seconds": (0.001, 86_400),
    "max_time_limit_seconds": (0.001, 86_400),
    "deadline_margin_seconds": (0, 60),
    "grace_seconds": (0, 60),
    "worker_memory_limit_mib": (0, 2**24),
    "book_limit": (1, 1024),
    "book_idle_seconds": (0.01, 86_400),
    "max_message_mib": (1, 1024),
    "drain_seconds": (0, 3600),
    "retry_after_seconds": (0, 3600),
    "handshake_timeout_seconds": (1, 600),
    "pending_request_limit": (1, 1_000_000),
}


def _read_bool(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    return words[text.strip().lower()]


_READERS: dict[str, Callable[[str], object]] = {
    "host": str,
    "port": int,
    "executor": str,
    "worker_count": int,
    "queue_length": int,
    "thread_count": int,
    "default_time_limit_seconds": float,
    "max_time_limit_seconds": float,
    "deadline_margin_seconds": float,
    "grace_seconds": float,
    "worker_memory_limit_mib": int,
    "book_limit": int,
    "book_idle_seconds": float,
    "max_message_mib": int,
    "drain_seconds": float,
    "retry_after_seconds": float,
    "handshake_timeout_seconds": float,
    "pending_request_limit": int,
    "preload_engines": _read_bool,
    "log_level": str.upper,
}


def _read(name: str, text: str) -> object:
    try:
        return _READERS[name](text)
    except (ValueError, KeyError):
        variable = ENVIRONMENT_PREFIX + name.upper()
        raise ConfigError(f"{variable}={text!r} cannot be read as a value of {name}") from None
