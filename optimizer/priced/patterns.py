"""Whether a pattern row of a certificate holds: a search in plain loops that gives up rather than take for ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from optimizer.certificates import PatternRow
from optimizer.limits import LimitKind

#: Branches that the search for a choice that breaks a pattern row may visit; a row that takes more is refused.
MOST_ROW_BRANCHES = 50_000
#: Gangs of one pattern row that may run in its slots; the search goes this deep.
MOST_ROW_ITEMS = 400


class PatternRowTooLargeError(ValueError):
    """Whether a pattern row holds is not settled within the branches allowed: it proves nothing."""


class _Rest(NamedTuple):
    """What the items from one on can still add, as one limit allows it: ``free`` of those that do not use the limit, and at
    most ``coefficient / amount`` for each unit of it that is left."""

    free: int
    coefficient: int
    amount: int

    def joined(self, coefficient: int, count: int, amount: int) -> _Rest:
        """With one more item in front."""
        if not amount:
            return _Rest(self.free + coefficient * count, self.coefficient, self.amount)
        if coefficient * self.amount > self.coefficient * amount:
            return _Rest(self.free, coefficient, amount)
        return self


def pattern_row_holds(
    row: PatternRow,
    counts: Sequence[int],
    capacity: Mapping[tuple[LimitKind, str], int],
    most_branches: int = MOST_ROW_BRANCHES,
) -> bool:
    """Whether no choice of at most ``counts[i]`` runs of each item within ``capacity`` exceeds the right-hand side.

    Depth first, an item at a time, most copies first; a branch is left where even all that remains could not exceed it, by
    counts and by what each limit has left. Coefficients are positive and ``capacity`` holds every limit of an item that runs.

    Raises:
        PatternRowTooLargeError: past ``most_branches`` or ``MOST_ROW_ITEMS``.
    """
    running = [(item, count) for item, count in zip(row.items, counts, strict=True) if count > 0]
    running.sort(key=lambda pair: -pair[0].coefficient)
    if len(running) > MOST_ROW_ITEMS:
        raise PatternRowTooLargeError(f"{len(running)} gangs of a pattern row may run at once, more than {MOST_ROW_ITEMS}")
    names = sorted({(kind, element) for item, _ in running for kind, element, _ in item.uses})
    uses = []
    for item, _ in running:
        # what runs give of recovered heat keeps nothing else out
        amount_of = {(kind, element): max(0, amount) for kind, element, amount in item.uses}
        uses.append([amount_of.get(name, 0) for name in names])
    rests = [[_Rest(0, 0, 1) for _ in names]]
    by_counts = [0]
    for (item, count), amounts in zip(reversed(running), reversed(uses), strict=True):
        rests.append([rest.joined(item.coefficient, count, amount) for rest, amount in zip(rests[-1], amounts, strict=True)])
        by_counts.append(by_counts[-1] + item.coefficient * count)
    rests.reverse()
    by_counts.reverse()
    branches = 0

    def exceeds(index: int, total: int, left: Sequence[int]) -> bool:
        nonlocal branches
        if total > row.rhs:
            return True
        if total + by_counts[index] <= row.rhs:
            return False
        for (free, coefficient, each), room in zip(rests[index], left, strict=True):
            if total + free + room * coefficient // each <= row.rhs:
                return False
        item, fitting = running[index]
        for room, amount in zip(left, uses[index], strict=True):
            if amount and room // amount < fitting:
                fitting = room // amount
        for copies in range(fitting, -1, -1):
            branches += 1
            if branches > most_branches:
                raise PatternRowTooLargeError(f"a pattern row takes more than {most_branches:,} branches to settle")
            after = [room - copies * amount for room, amount in zip(left, uses[index], strict=True)]
            if exceeds(index + 1, total + copies * item.coefficient, after):
                return True
        return False

    return not exceeds(0, 0, [max(0, capacity[name]) for name in names])
