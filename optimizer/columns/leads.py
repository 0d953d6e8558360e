"""What runs take of links before they start, as integer arrays: transfers of data sets and of checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from optimizer.arrays import IndexArray, IntArray, no_indices, no_ints


@dataclass(frozen=True, slots=True)
class Lead:
    """``amount`` of ``limit`` in each of the ``slots`` before a start."""

    limit: int
    slots: int
    amount: int


@dataclass(frozen=True, slots=True)
class Leads:
    """Of ``W`` windows and ``N`` lanes; all arrays are empty where no link has a capacity.

    A run of a window takes ``amount`` of the limit ``limit`` (-1: of none) in each of the ``slots`` before its start; so does
    an itinerary that begins in a lane. ``way``: which of its job's ways the window takes, 0 the cheapest, -1 none. The
    transfer of a checkpoint of a size (``Lanes.transfer``) from one site to another takes its slots as ``Lanes`` has them.
    """

    limit: IndexArray = field(default_factory=no_indices)  # [W]
    slots: IndexArray = field(default_factory=no_indices)  # [W]
    amount: IntArray = field(default_factory=no_ints)  # [W] MB per hour
    way: IndexArray = field(default_factory=no_indices)  # [W]
    lane_limit: IndexArray = field(default_factory=no_indices)  # [N]
    lane_slots: IndexArray = field(default_factory=no_indices)  # [N]
    lane_amount: IntArray = field(default_factory=no_ints)  # [N]
    checkpoint_limit: IndexArray = field(default_factory=lambda: no_indices(0, 0, 0))  # [X, S, S] -1: none
    checkpoint_amount: IntArray = field(default_factory=lambda: no_ints(0, 0, 0))  # [X, S, S]

    def __len__(self) -> int:
        return len(self.limit)

    @property
    def links(self) -> list[int]:
        """The limits that some transfer takes."""
        every = np.concatenate([self.limit, self.lane_limit, self.checkpoint_limit.ravel()])
        return [int(limit) for limit in np.unique(every) if limit >= 0]

    @property
    def are_in_pieces(self) -> bool:
        """Whether some run in pieces may take a link with a capacity."""
        return bool((self.lane_limit >= 0).any() or (self.checkpoint_limit >= 0).any())

    def of_windows(self, windows: IntArray | IndexArray) -> Leads:
        """With the rows of ``windows`` for windows."""
        if not len(self):
            return self
        return replace(
            self,
            limit=self.limit[windows],
            slots=self.slots[windows],
            amount=self.amount[windows],
            way=self.way[windows],
        )

    def of_window(self, window: int) -> Lead | None:
        """What a run of ``window`` takes before its start; None where that is nothing."""
        if not len(self.limit) or self.limit[window] < 0:
            return None
        return Lead(int(self.limit[window]), int(self.slots[window]), int(self.amount[window]))

    def fit(self, free: IntArray, window: int, start: int) -> bool:
        """Whether what a run of ``window`` takes before it starts is there in ``free[L, T]``."""
        lead = self.of_window(window)
        return lead is None or bool((free[lead.limit, start - lead.slots : start] >= lead.amount).all())

    def of_first_piece(self, lane: int) -> Lead | None:
        """As `of_window`, for an itinerary that begins in ``lane``."""
        if not len(self.lane_limit) or self.lane_limit[lane] < 0:
            return None
        return Lead(int(self.lane_limit[lane]), int(self.lane_slots[lane]), int(self.lane_amount[lane]))

    def of_limit(self, limit: int) -> tuple[IntArray, IntArray, IntArray]:
        """(window, slots, amount) of the windows whose runs take ``limit``."""
        windows = np.flatnonzero(self.limit == limit)
        return windows, self.slots[windows].astype(np.int64), self.amount[windows]


#: No link has a capacity.
NO_LEADS = Leads()
