"""Prices in micro-units, and the best columns at them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optimizer.columns.table import Columns, IndexArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Surcharge:
    """What further rows add to the price of a profile: ``rate[surcharge_of_profile[P], T]``, -1 for none.

    Micro-units per slot of a run.
    """

    of_profile: IndexArray  # [P]
    rate: FloatArray  # [E, T]


@dataclass(frozen=True, slots=True)
class Prices:
    """Micro-units per unit of each limit and slot ``limit[L, T]`` and of each budget ``budget[B]``; none negative.

    ``floor[F]`` is paid to runs, per unit towards a share floor; empty: nothing.
    """

    limit: FloatArray
    budget: FloatArray
    surcharge: Surcharge | None = None
    floor: FloatArray = field(default_factory=lambda: np.zeros(0))

    @staticmethod
    def zero(columns: Columns) -> Prices:
        return Prices(np.zeros(columns.capacity.shape), np.zeros(len(columns.budgets)))


@dataclass(frozen=True, slots=True)
class BestColumns:
    """The most profitable column of each job asked for, in the order asked; shapes ``[J']``.

    ``profit`` is in micro-units and may be negative: leaving the job out is the caller's option, not a column. A job
    without windows has profit ``-inf`` and window -1. Ties go to the lowest window, then the earliest start.
    """

    profit: FloatArray
    window: IndexArray
    start: IndexArray
