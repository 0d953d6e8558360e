"""Itineraries as columns of the time-indexed program: all of them where they are few, else those that were generated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from optimizer.arrays import no_ints
from optimizer.columns.itineraries import ItineraryWorths, Pieces, itineraries, itinerary_use
from optimizer.columns.table import Columns, IntArray
from optimizer.formulation.rows import offsets, ranges
from optimizer.units import RATE_SCALE

#: Up to so many itineraries in all are listed, unless the caller asks for fewer.
MOST_ITINERARIES = 20_000


@dataclass(frozen=True, slots=True)
class Itineraries:
    """``K`` itineraries; ``worth`` in micro-units. ``complete``: no selection of worth needs another.

    ``use_*``: entries (limit, slot, amount) of each, those of ``k`` in ``use_first[k]:use_first[k + 1]``; budgets and
    floors likewise.
    """

    complete: bool = True
    pieces: tuple[Pieces, ...] = ()
    job: IntArray = field(default_factory=no_ints)  # [K]
    worth: IntArray = field(default_factory=no_ints)  # [K]
    use_first: IntArray = field(default_factory=lambda: no_ints(1))  # [K + 1]
    use_limit: IntArray = field(default_factory=no_ints)
    use_slot: IntArray = field(default_factory=no_ints)
    use_amount: IntArray = field(default_factory=no_ints)
    budget_use_first: IntArray = field(default_factory=lambda: no_ints(1))  # [K + 1]
    budget_use_index: IntArray = field(default_factory=no_ints)
    budget_use_amount: IntArray = field(default_factory=no_ints)
    floor_use_first: IntArray = field(default_factory=lambda: no_ints(1))  # [K + 1]
    floor_use_index: IntArray = field(default_factory=no_ints)
    floor_use_amount: IntArray = field(default_factory=no_ints)

    def __len__(self) -> int:
        return len(self.pieces)

    def most_worth(self, columns: Columns) -> IntArray:
        """The most that each can change the objective by: as if every floor were short, and its heat sold at the best price."""
        credit = np.zeros(len(self), dtype=np.int64)
        itinerary = np.repeat(np.arange(len(self)), np.diff(self.floor_use_first))
        np.add.at(credit, itinerary, columns.floors.cost[self.floor_use_index] * self.floor_use_amount)
        heat = columns.plant.given_rate(self.use_limit)
        user = np.repeat(np.arange(len(self)), np.diff(self.use_first))
        sold = np.bincount(user, weights=-heat * self.use_amount / RATE_SCALE, minlength=len(self))
        return self.worth + credit + np.ceil(sold).astype(np.int64)

    def take(self, keep: IntArray) -> Itineraries:
        """Those at the indices ``keep``, in that order."""
        lengths, budget_lengths = np.diff(self.use_first)[keep], np.diff(self.budget_use_first)[keep]
        entry = ranges(self.use_first[keep], lengths)
        budget_entry = ranges(self.budget_use_first[keep], budget_lengths)
        floor_lengths = np.diff(self.floor_use_first)[keep]
        floor_entry = ranges(self.floor_use_first[keep], floor_lengths)
        return Itineraries(
            complete=self.complete,
            pieces=tuple(self.pieces[k] for k in keep.tolist()),
            job=self.job[keep],
            worth=self.worth[keep],
            use_first=offsets(lengths),
            use_limit=self.use_limit[entry],
            use_slot=self.use_slot[entry],
            use_amount=self.use_amount[entry],
            budget_use_first=offsets(budget_lengths),
            budget_use_index=self.budget_use_index[budget_entry],
            budget_use_amount=self.budget_use_amount[budget_entry],
            floor_use_first=offsets(floor_lengths),
            floor_use_index=self.floor_use_index[floor_entry],
            floor_use_amount=self.floor_use_amount[floor_entry],
        )


NO_ITINERARIES = Itineraries()


def tabulate(columns: Columns, chosen: Iterable[tuple[int, Pieces]], *, complete: bool) -> Itineraries:
    """``chosen`` (job, pieces) with their worths and uses."""
    pairs = list(chosen)
    uses = [itinerary_use(columns, pieces) for _, pieces in pairs]
    worths = ItineraryWorths(columns)
    budgets = np.array([pair for use in uses for pair in use.budgets], dtype=np.int64).reshape(-1, 2)
    floors = np.array([pair for use in uses for pair in use.floors], dtype=np.int64).reshape(-1, 2)
    return Itineraries(
        complete=complete,
        pieces=tuple(pieces for _, pieces in pairs),
        job=np.array([job for job, _ in pairs], dtype=np.int64),
        worth=np.array([worths.of(job, pieces) for job, pieces in pairs], dtype=np.int64),
        use_first=offsets(np.array([len(use.limit) for use in uses], dtype=np.int64)),
        use_limit=_joined([use.limit for use in uses]),
        use_slot=_joined([use.slot for use in uses]),
        use_amount=_joined([use.amount for use in uses]),
        budget_use_first=offsets(np.array([len(use.budgets) for use in uses], dtype=np.int64)),
        budget_use_index=budgets[:, 0],
        budget_use_amount=budgets[:, 1],
        floor_use_first=offsets(np.array([len(use.floors) for use in uses], dtype=np.int64)),
        floor_use_index=floors[:, 0],
        floor_use_amount=floors[:, 1],
    )


def all_itineraries(columns: Columns, most: int = MOST_ITINERARIES) -> Itineraries | None:
    """Every itinerary of every job; None where there are more than ``most``."""
    chosen: list[tuple[int, Pieces]] = []
    for job in columns.lanes.job.tolist():
        chosen += ((job, pieces) for pieces in islice(itineraries(columns, job), most + 1 - len(chosen)))
        if len(chosen) > most:
            return None
    return tabulate(columns, chosen, complete=True)


def _joined(parts: list[IntArray]) -> IntArray:
    return np.concatenate(parts) if parts else no_ints()
