"""What a CP-SAT model chooses among, and what it chose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from optimizer.columns.table import BoolArray, IntArray


@dataclass(frozen=True, slots=True)
class Runs:
    """``R`` runs: window, first and last start, worth in micro-units (of the best start).

    ``late_cost``: micro-units that each slot after the job's due slot takes off ``worth``; 0 where ``worth`` counts it.
    """

    window: IntArray
    first: IntArray
    last: IntArray
    worth: IntArray
    late_cost: IntArray

    @property
    def count(self) -> int:
        return len(self.window)


def single_starts(window: IntArray, start: IntArray, worth: IntArray) -> Runs:
    """One run a column, at its exact worth."""
    return Runs(window, start, start, worth, np.zeros(len(window), dtype=np.int64))


class Chosen(NamedTuple):
    """What a solution takes: windows and starts of runs in one piece, and indices of itineraries.

    ``on[K, T]``: when halls are on; ``net_w[B, T]``: how batteries are run.
    """

    window: IntArray
    start: IntArray
    itinerary: IntArray
    on: BoolArray | None = None
    net_w: IntArray | None = None
