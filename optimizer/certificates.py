"""The certificate of an upper bound: integer prices that a stranger can check with plain loops.

What it proves
--------------
Take the problem's *columns*: every (job, mode, pool, start, way of its data) that may run, alone but for the standby of a hall
that it keeps on, without breaking a limit. A column has a worth in micro-units and uses of limits, all integers. Let
``unit = 2 ** unit_bits``; every price is a whole number of ``1 / unit`` micro-units. For prices >= 0, no plan is worth more
than ``floor(total / unit)`` where

    total = sum over slot prices, slots t    price[t] x capacity[t]
          + sum over budget prices           price x capacity
          + sum over dual feasible rows      price x k (k + 1)
          + sum over pattern rows, slots t   price[t] x rhs
          - sum over floor prices            price x target
          + sum over halls that may be switched off, in place of what their own limits and rows pay back    best(hall)
          + sum over jobs                    best(job)
          + sum over blocks                  best(block)
          + sum over flexible loads, slots t power[t] x best(watt)         of loads in no such hall
          + sum over sites with a charge     best(peak)
          + sum over heat offtakes, slots t  most[t] x best(heat)
          + sum over batteries               best(battery)

    best(job) = max over its columns and itineraries of (worth x unit - paid); and what leaving it out is worth, if that is
                larger, unless the job is mandatory: 0, or for a running job minus its stop cost x unit
    best(watt) = max(0, what a watt earns beyond its energy and carbon x unit, rounded up - the slot prices of the limits
                that a watt of the load takes a watt of + where the site has a battery, that of the site's export);
                power x best(watt) of a load in a hall that may be switched off is part of best(hall)
    best(peak) = max over peaks P of (sum over slots t of price[t] x min(capacity[t], (P - overhead[t]) / PUE[t])
                - charge x P x unit) - sum over t of price[t] x capacity[t]; prices are those of the site's connection, each
                term is rounded up; P is the largest overhead (a battery at full power takes off what it gives, and P is not
                below 0), or larger and such that some slot's capacity is just carried
    best(heat) = max(0, what a watt is sold for x unit, rounded up - the slot price of the site's recovered heat; runs use a
                negative amount of that, so they are paid)
    best(battery) = rounded up once, with prices q[t] of the energy that it holds (0 where there are none),
                sum over slots t of max(0, in[t] x (added[t] x q[t] - toll[t]), out[t] x (toll[t] - taken[t] x q[t]))
                - sum over t of price[t] x out[t] + q[0] x initial + sum over t > 0 of capacity x max(0, q[t] - q[t - 1])
                + max(- q[T - 1] x final, - q[T - 1] x capacity);  toll[t] = (energy rate + carbon rate) x unit + price[t] -
                price[t] of the site's export; price[t] is that of its connection; see docs/model.md, equation (89)
    paid      = sum over slots t of the run, over slot prices    price[t] x use
              + of a run in one piece, for a link with a capacity that its data comes over: sum over slots t of the
                transfer                                         price[t] x its rate
              + sum over budget prices                           price x use over the horizon
              + sum over dual feasible rows in a slot of the run price x f(use, capacity in that slot, k)
              + sum over pattern rows, slots t of the run        price[t] x the coefficient of the run's gang, 0 if
                                                                 it is not listed
              - the floor price of the job's tenant x the GPU-slots of the run
              + sum over precedences of it as successor, slots t from its start              price[t]
              - sum over precedences of it as predecessor, slots t from its end and the lag  price[t]

because every plan keeps every capacity and every row, so the prices take from it no more than ``total`` pays back. A floor
price lies in [0, cost x unit]: what a plan is short of a floor then costs it no less than ``price x (target - GPU-slots)``.

Itineraries
-----------
A job that may pause or change also has *itineraries*: runs in two pieces or more, each in open slots, in which the use of its
mode and pool alone breaks no limit by slot. A piece pays in its slots what a run would; start and end count once, and links
are free, which only loosens the bound. Energy, carbon and metered budgets are rounded by slot, so the best itinerary is a
shortest path (`optimizer.priced.itinerary_value`).

Order
-----
The row of a precedence at slot ``t`` says: what has started of the successor by ``t`` is no more than what has ended, lag
included, of the predecessor. Its right-hand side is 0. A column that starts before its predecessor can have ended, or ends
too late for a successor that must run, is in no plan and does not count (`optimizer.accounting.order`).

Blocks
------
The jobs of a group that shares a site, hall or pool form a block; a job in several such groups belongs to the block of the
first only. A block's best is the most over the keys (sites, halls or pools) of the sum over its jobs of the best column with
that key, 0 if that is larger unless the job is mandatory; a key that has no column for a mandatory job does not count.

Halls
-----
What a hall that may be switched off has of its own (its power and cooling, its pools' nodes, resources and reservations) is
there only while it is on, and a run needs its hall on. Its standby draws on its power limit, whose capacity is what standby
leaves, wherever a certificate looks at it. So these terms of ``total`` are not simply added: the slot prices and
dual feasible rows of its own limits, and the pattern rows each of whose gangs uses one of them. A schedule earns

    gain[t] = price x capacity of its own limits + price x k (k + 1) + price x rhs of its own rows
              - standby cost x unit - standby power x (price of the site's grid connection - that of the site's export)
              + power[t] x best(watt) of the flexible loads in the hall

in each slot that it is on, less ``unit`` x its start-up and shut-down costs; ``total`` has the most that any schedule earns
that keeps the least times on and off, and that is off wherever the hall's own power limit does not carry its standby
(`optimizer.priced.halls`, by the dynamic programme of `optimizer.accounting.switching`). A plan's own schedule earns no more.

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
``t``, or with ``t`` open for a piece of it and not before a first piece may begin, and the uses add up to no more than the
capacity of any limit at ``t``. A depth-first search over the gangs, in plain loops, settles that; one search with the largest
counts and capacities of its slots settles them all (`optimizer.priced.patterns`).

How to check it
---------------
1. No price is negative but those of stored energy, which a site with a battery has at most once, no floor price is above
   its floor's cost, no floor has two, every series has one price a slot, every named limit, floor and slot exists, each
   ``order`` is at least 1, and a pattern row names no gang twice and no coefficient below 1.
2. Every pattern row holds in each slot it has a price for.
3. Recompute ``total`` as above in integers of any size, enumerating columns and itineraries from the problem, and compare
   ``total // unit`` with ``bound_micros``: it must not be more. A capacity below 0 counts as 0.

`optimizer.verify.bound` does so.

Every certificate that passes these proves its bound, whoever made it and however the prices were found.
"""

from __future__ import annotations

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
class FloorPrice:
    """What a GPU-slot of the tenant's jobs is worth towards its share floor."""

    tenant: str
    price: int


@dataclass(frozen=True, slots=True)
class PrecedencePrice:
    """Prices of the rows of one precedence, sorted by slot; see the module."""

    predecessor: str
    successor: str
    price: tuple[SlotPrice, ...]


@dataclass(frozen=True, slots=True)
class StoredEnergyPrices:
    """What a watt-slot at the connection is worth that a site's battery holds, ``price[T]`` of any sign; see the module."""

    site: str
    price: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """An upper bound and the prices that prove it. Limits without a price are left out: their price is 0."""

    bound_micros: int
    unit_bits: int
    slot_prices: tuple[SlotPrices, ...]
    budget_prices: tuple[BudgetPrice, ...] = ()
    dual_feasible_prices: tuple[DualFeasiblePrice, ...] = ()
    pattern_rows: tuple[PatternRow, ...] = ()
    floor_prices: tuple[FloorPrice, ...] = ()
    precedence_prices: tuple[PrecedencePrice, ...] = ()
    stored_energy_prices: tuple[StoredEnergyPrices, ...] = ()


def dual_feasible(use: int, capacity: int, order: int) -> int:
    """Coefficient of ``use`` in the dual feasible row of ``order`` of a limit of ``capacity > 0``; see the module."""
    quotient, remainder = divmod((order + 1) * use, capacity)
    return (order + 1) * quotient if remainder else order * quotient
