"""A monitor that keeps what it hears and never, or at once, asks to stop."""

from __future__ import annotations

from optimizer.columns.table import Selection


class Recorder:
    def __init__(self, *, seconds: float = 60.0, stop: bool = False) -> None:
        self.incumbents: list[tuple[Selection, int]] = []
        self.bounds: list[int] = []
        self._seconds, self._stop = seconds, stop

    def stopping(self) -> bool:
        return self._stop

    def remaining_seconds(self) -> float:
        return self._seconds

    def incumbent(self, selection: Selection, objective: int) -> None:
        self.incumbents.append((selection, objective))

    def bound(self, objective_bound: int, certificate: object = None) -> None:
        self.bounds.append(objective_bound)
