"""What ties jobs to each other, as integer arrays: order, togetherness, and floors on what a tenant's jobs get."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from optimizer.arrays import IndexArray, IntArray, no_indices, no_ints
from optimizer.columns.lanes import Piece

Scalar = TypeVar("Scalar", np.int64, np.float64)


@dataclass(frozen=True, slots=True)
class Precedences:
    """``successor`` runs only if ``predecessor`` does, and starts at or after its end plus ``lag`` slots. Shapes ``[P]``.

    ``names``: those of the two jobs, for certificates.
    """

    predecessor: IndexArray = field(default_factory=no_indices)
    successor: IndexArray = field(default_factory=no_indices)
    lag: IndexArray = field(default_factory=no_indices)
    names: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return len(self.predecessor)

    def take(self, keep: IntArray) -> Precedences:
        """Those at the indices ``keep``."""
        names = tuple(self.names[p] for p in keep.tolist())
        return Precedences(self.predecessor[keep], self.successor[keep], self.lag[keep], names)


@dataclass(frozen=True, slots=True)
class Together:
    """Groups whose placed jobs share a key: the site, hall or pool. Those of group ``g`` are ``job[first[g]:first[g + 1]]``."""

    first: IntArray = field(default_factory=lambda: no_ints(1))  # [G + 1]
    job: IndexArray = field(default_factory=no_indices)
    key_of_pool: IndexArray = field(default_factory=lambda: no_indices(0, 0))  # [G, pools]

    def __len__(self) -> int:
        return len(self.first) - 1


@dataclass(frozen=True, slots=True)
class Floors:
    """What is short of ``target`` costs ``cost`` micro-units a unit; a window taken counts ``use_amount`` units (GPU-slots).

    A run in pieces counts the GPU-slots of its pieces, overheads included. Without floors there are no rows of uses either.
    """

    tenant: tuple[str, ...] = ()  # [F]
    target: IntArray = field(default_factory=no_ints)  # [F]
    cost: IntArray = field(default_factory=no_ints)  # [F]
    use_first: IntArray = field(default_factory=lambda: no_ints(1))  # [W + 1]
    use_index: IndexArray = field(default_factory=no_indices)
    use_amount: IntArray = field(default_factory=no_ints)
    lane_floor: IndexArray = field(default_factory=no_indices)  # [N] the floor that pieces in the lane count towards, or -1
    lane_width: IntArray = field(default_factory=no_ints)  # [N] GPUs: units a slot

    def __len__(self) -> int:
        return len(self.target)

    def uses(self, window: int) -> tuple[IndexArray, IntArray]:
        """The floors that a run of ``window`` counts towards, and by how much."""
        if not len(self):
            return self.use_index, self.use_amount
        span = slice(self.use_first[window], self.use_first[window + 1])
        return self.use_index[span], self.use_amount[span]

    def shortfall_micros(self, windows: IntArray | IndexArray, pieces: Iterable[Piece] = ()) -> int:
        """What it costs that no more than ``windows``, each once, and ``pieces`` run; exact."""
        left = self.left(windows, pieces)
        return sum(short * cost for short, cost in zip(np.maximum(0, left).tolist(), self.cost.tolist(), strict=True))

    def left(self, windows: IntArray | IndexArray, pieces: Iterable[Piece] = ()) -> IntArray:
        """What each target lacks when ``windows``, each once, and ``pieces`` run; below 0 where there is more; ``[F]``."""
        left = self.target.copy()
        for lane, start, end in pieces if len(self) else ():
            if self.lane_floor[lane] >= 0:
                left[self.lane_floor[lane]] -= self.lane_width[lane] * (end - start)
        for window in windows if len(self) else ():
            index, amount = self.uses(int(window))
            left[index] -= amount
        return left

    def counted(self, windows: IntArray | IndexArray, lanes: IndexArray, slots: IndexArray) -> NDArray[np.float64]:
        """What a run of each of ``windows``, and pieces of so many ``slots`` in ``lanes``, add up to; shape ``[F]``."""
        if not len(self):
            return np.zeros(0)
        own, floor = self.of_windows(windows), self.lane_floor[lanes]
        some = floor >= 0
        count: NDArray[np.float64] = np.bincount(own.use_index, own.use_amount.astype(np.float64), len(self)).astype(np.float64)
        return count + np.bincount(floor[some], weights=(self.lane_width[lanes] * slots)[some], minlength=len(self))

    def lane_credit(self, price: NDArray[Scalar], lane_count: int) -> NDArray[Scalar]:
        """What a slot of a piece in each lane adds up to at ``price[F]`` a unit; shape ``[N]``, of the type of ``price``."""
        credit = np.zeros(lane_count, dtype=price.dtype)
        if len(price):
            some = np.flatnonzero(self.lane_floor >= 0)
            credit[some] = price[self.lane_floor[some]] * self.lane_width[some]
        return credit

    def credit(self, price: NDArray[Scalar], window_count: int) -> NDArray[Scalar]:
        """What each window adds up to at ``price[F]`` a unit; shape ``[W]``, of the type of ``price``."""
        credit = np.zeros(window_count, dtype=price.dtype)
        if len(self):
            window = np.repeat(np.arange(window_count), np.diff(self.use_first))
            np.add.at(credit, window, (price[self.use_index] * self.use_amount).astype(price.dtype))
        return credit

    def of_windows(self, windows: IntArray | IndexArray) -> Floors:
        """The same floors over ``windows`` only, in that order."""
        if not len(self):
            return self
        counts = self.use_first[windows + 1] - self.use_first[windows]
        use_first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        use = np.arange(use_first[-1]) + np.repeat(self.use_first[windows] - use_first[:-1], counts)
        return replace(self, use_first=use_first, use_index=self.use_index[use], use_amount=self.use_amount[use])


#: No order, no groups, no floors.
NO_PRECEDENCES, NO_GROUPS, NO_FLOORS = Precedences(), Together(), Floors()
