"""The certificate of an upper bound: integer prices that a stranger can check with plain loops.

What it proves
--------------
Take the problem's *columns*: every (job, mode, pool, start) that may run, alone, without breaking a limit. A column has a
worth in micro-units and uses of limits, all integers. Let ``unit = 2 ** unit_bits``; every price is a whole number of
``1 / unit`` micro-units. For prices >= 0, no plan is worth more than ``floor(total / unit)`` where

    total = sum over slot prices, slots t    price[t] x capacity[t]
          + sum over budget prices           price x capacity
          + sum over dual feasible rows      price x k (k + 1)
          + sum over pattern rows, slots t   price[t] x rhs
          + sum over jobs                    best(job)

    best(job) = max over its columns of (worth x unit - paid); and 0 if that is larger, unless the job is mandatory
    paid      = sum over slots t of the run, over slot prices    price[t] x use
              + sum over budget prices                           price x use over the horizon
              + sum over dual feasible rows in a slot of the run price x f(use, capacity in that slot, k)
              + sum over pattern rows, slots t of the run        price[t] x the coefficient of the run's gang, 0 if
                                                                 it is not listed

because every plan keeps every capacity and every row, so the prices take from it no more than ``total`` pays back.

Dual feasible rows
------------------
If uses ``u_1 + u_2 + ... <= c`` then ``f(u_1) + f(u_2) + ... <= k (k + 1)`` for ``f = dual_feasible(u, c, k)`` (Fekete and
Schepers, 2001): with ``q, r = divmod((k + 1) u, c)``, ``f = k q`` where ``r = 0`` and ``(k + 1) q`` elsewhere. For ``k = 1``
it says that no two gangs above half a limit run at once.

Pattern rows
------------
A run's *gang* is what it uses of the slot limits in every slot of its run: (kind, element, amount), sorted. A pattern row
lists gangs, each once, with positive coefficients and a right-hand side. It holds at slot ``t`` if no choice of ``x[g]``
runs of each listed gang breaks it, where ``x[g]`` is at most the number of jobs with a column of that gang that runs in slot
``t``, and the uses add up to no more than the capacity of any limit at ``t``. A depth-first search over the gangs, in plain
loops, settles that; one search with the largest counts and capacities of its slots settles them all (`pattern_row_holds`).

How to check it
---------------
1. No price is negative, every series has one price a slot, every named limit and slot exists, each ``order`` is at least
   1, and a pattern row names no gang twice and no coefficient below 1.
2. Every pattern row holds in each slot it has a price for.
3. Recompute ``total`` as above in integers of any size, enumerating columns from the problem, and compare
   ``total // unit`` with ``bound_micros``: it must not be more. A capacity below 0 counts as 0.

`optimizer.verify_bound` does so.

Every certificate that passes these proves its bound, whoever made it and however the prices were found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from optimizer.limits import LimitKind


@dataclass(frozen=True, slots=True)
class SlotPrices:
    """Prices of one slot limit, ``price[T]``: units of ``2 ** -unit_bits`` micro-units per unit of the limit and slot."""

    kind: LimitKind
    element: str
    price: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BudgetPrice:
    """Price of one budget, per unit of use over the horizon."""

    kind: LimitKind
    element: str
    price: int


@dataclass(frozen=True, slots=True)
class DualFeasiblePrice:
    """Price of the dual feasible row of order ``k`` of one slot limit at one slot, per unit of the row."""

    kind: LimitKind
    element: str
    slot: int
    order: int
    price: int


class GangUse(NamedTuple):
    """What a gang uses of one slot limit in every slot of its run."""

    kind: LimitKind
    element: str
    amount: int


class SlotPrice(NamedTuple):
    """A price in one slot, per unit of the row."""

    slot: int
    price: int


@dataclass(frozen=True, slots=True)
class PatternItem:
    """A gang, by its uses of slot limits (sorted), and its coefficient > 0 in the row."""

    uses: tuple[GangUse, ...]
    coefficient: int


@dataclass(frozen=True, slots=True)
class PatternRow:
    """``sum of coefficients of what runs <= rhs`` at some slots; ``price`` is sorted by slot."""

    items: tuple[PatternItem, ...]
    rhs: int
    price: tuple[SlotPrice, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """An upper bound and the prices that prove it. Limits without a price are left out: their price is 0."""

    bound_micros: int
    unit_bits: int
    slot_prices: tuple[SlotPrices, ...]
    budget_prices: tuple[BudgetPrice, ...] = ()
    dual_feasible_prices: tuple[DualFeasiblePrice, ...] = ()
    pattern_rows: tuple[PatternRow, ...] = ()


def dual_feasible(use: int, capacity: int, order: int) -> int:
    """Coefficient of ``use`` in the dual feasible row of ``order`` of a limit of ``capacity > 0``; see the module."""
    quotient, remainder = divmod((order + 1) * use, capacity)
    return (order + 1) * quotient if remainder else order * quotient


#: Branches that the search for a choice that breaks a pattern row may visit; a row that takes more is refused.
MOST_ROW_BRANCHES = 200_000
#: Gangs of one pattern row that may run in its slots; the search goes this deep.
MOST_ROW_ITEMS = 400


class PatternRowTooLargeError(ValueError):
    """Whether a pattern row holds is not settled within the branches allowed: it proves nothing."""


@dataclass(frozen=True, slots=True)
class _Rest:
    """What the items from one on can still add, as one limit allows it: ``free`` of those that do not use the limit, and at
    most ``coefficient / amount`` for each unit of it that is left."""

    free: int
    coefficient: int
    amount: int

    def most(self, left: int) -> int:
        return self.free + left * self.coefficient // self.amount

    def joined(self, coefficient: int, count: int, amount: int) -> _Rest:
        """With one more item in front."""
        if not amount:
            return _Rest(self.free + coefficient * count, self.coefficient, self.amount)
        if coefficient * self.amount > self.coefficient * amount:
            return _Rest(self.free, coefficient, amount)
        return self


def pattern_row_holds(row: PatternRow, counts: Sequence[int], capacity: Mapping[tuple[LimitKind, str], int]) -> bool:
    """Whether no choice of at most ``counts[i]`` runs of each item within ``capacity`` exceeds the right-hand side.

    Depth first, an item at a time, most copies first; a branch is left where even all that remains could not exceed it, by
    counts and by what each limit has left. Coefficients are positive and ``capacity`` holds every limit of an item that runs.

    Raises:
        PatternRowTooLargeError: past ``MOST_ROW_BRANCHES`` or ``MOST_ROW_ITEMS``.
    """
    running = [(item, count) for item, count in zip(row.items, counts, strict=True) if count > 0]
    running.sort(key=lambda pair: -pair[0].coefficient)
    if len(running) > MOST_ROW_ITEMS:
        raise PatternRowTooLargeError(f"{len(running)} gangs of a pattern row may run at once, more than {MOST_ROW_ITEMS}")
    names = sorted({(kind, element) for item, _ in running for kind, element, _ in item.uses})
    uses = []
    for item, _ in running:
        amount_of = {(kind, element): amount for kind, element, amount in item.uses}
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
        if any(total + rest.most(room) <= row.rhs for rest, room in zip(rests[index], left, strict=True)):
            return False
        item, count = running[index]
        fitting = min([count, *(room // amount for room, amount in zip(left, uses[index], strict=True) if amount)])
        for copies in range(fitting, -1, -1):
            branches += 1
            if branches > MOST_ROW_BRANCHES:
                raise PatternRowTooLargeError(f"a pattern row takes more than {MOST_ROW_BRANCHES:,} branches to settle")
            after = [room - copies * amount for room, amount in zip(left, uses[index], strict=True)]
            if exceeds(index + 1, total + copies * item.coefficient, after):
                return True
        return False

    return not exceeds(0, 0, [max(0, capacity[name]) for name in names])
