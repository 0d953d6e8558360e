"""What a caller may ask of one solve. Unset (None) means the engine's default."""

from __future__ import annotations

import math
from dataclasses import dataclass

from optimizer.errors import InvalidProblemError, Violation

#: Ranges, inclusive.
TIME_LIMIT_SECONDS = (0.001, 86_400.0)
RELATIVE_GAP = (0.0, 1.0)
THREAD_COUNT = (1, 256)
SEED = (0, 2**31 - 1)
WORK_LIMIT = (1, 10**9)


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveParams:
    """Parameters of one solve.

    Attributes:
        engine: ``auto`` or an engine's name.
        time_limit_seconds: wall time, in [0.001, 86400].
        relative_gap: stop when ``(bound - objective) / max(|objective|, |bound|)`` is at most this; in [0, 1].
        absolute_gap: stop when ``bound - objective`` is at most this much money; >= 0.
        thread_count: in [1, 256].
        seed: in [0, 2^31 - 1].
        work_limit: deterministic work units instead of time: the same units give identical results; in [1, 10^9].
        bind: give the runs of the plan numbered nodes (``Result.binding``).
    """

    engine: str = "auto"
    time_limit_seconds: float | None = None
    relative_gap: float = 0.0
    absolute_gap: float = 0.0
    thread_count: int | None = None
    seed: int = 0
    work_limit: int | None = None
    bind: bool = False

    def __post_init__(self) -> None:
        violations = [
            Violation(f"parameters.{name}", "OUT_OF_RANGE", f"{name} is {value}; it must be in [{low}, {high}]{unit}")
            for name, value, (low, high), unit in (
                ("time_limit_seconds", self.time_limit_seconds, TIME_LIMIT_SECONDS, " seconds"),
                ("relative_gap", self.relative_gap, RELATIVE_GAP, ""),
                ("absolute_gap", self.absolute_gap, (0.0, 1e15), " of the problem's currency"),
                ("thread_count", self.thread_count, THREAD_COUNT, ""),
                ("seed", self.seed, SEED, ""),
                ("work_limit", self.work_limit, WORK_LIMIT, ""),
            )
            if value is not None and not (math.isfinite(value) and low <= value <= high)
        ]
        if violations:
            raise InvalidProblemError(violations)

    def stated_seconds(self, elapsed_seconds: float) -> float:
        """The wall time a result states: none under a work limit, for equal work gives equal bytes wherever it is done."""
        return elapsed_seconds if self.work_limit is None else 0.0
