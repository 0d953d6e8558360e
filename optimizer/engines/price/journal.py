"""The journal of a move, compiled: where each job stood before it, so that a refused move is undone exactly."""

from __future__ import annotations

from typing import Protocol

from optimizer.columns.table import IndexArray, IntArray
from optimizer.engines.price.plans.residual import kernel_part

# The first places in the counters of every search state.
TOUCHED, MOVES = range(2)


class Journal(Protocol):
    """What a search state writes down of a move."""

    @property
    def counters(self) -> IntArray:
        """[TOUCHED]: jobs written down; [MOVES]: the number of the move."""

    @property
    def window(self) -> IndexArray:
        """[J] where jobs stand."""

    @property
    def start(self) -> IndexArray: ...

    @property
    def touched(self) -> IndexArray:
        """The jobs written down, in order, and where they stood."""

    @property
    def old_window(self) -> IndexArray: ...

    @property
    def old_start(self) -> IndexArray: ...

    @property
    def touched_at(self) -> IntArray:
        """[J] the move that last touched the job."""


@kernel_part
def touch(state: Journal, job: int) -> None:
    """Write down where ``job`` stands, once a move."""
    counters = state.counters
    if state.touched_at[job] != counters[MOVES]:
        state.touched_at[job] = counters[MOVES]
        i = counters[TOUCHED]
        state.touched[i], state.old_window[i], state.old_start[i] = job, state.window[job], state.start[job]
        counters[TOUCHED] += 1
