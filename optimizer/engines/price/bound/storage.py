"""What a store of energy does at prices, exactly: a concave dynamic programme over slots, by the slopes of its value.

What is held before a slot is worth a concave function of it, linear in pieces. The slot before joins to its pieces two of its
own: what it costs to charge a unit, and what it saves to give one out. Pieces by falling slope are that value, cut to what the
store can hold. Where a toll below 0 pays for wasting energy, charging and giving out are one piece, as in the relaxation.
"""

from __future__ import annotations

import numpy as np

from optimizer.engines.price.bound.kernel import FloatArray
from optimizer.engines.price.jit import compiled


@compiled
def _own_pieces(toll: float, most_in: float, most_out: float, stored: float, given: float, piece: FloatArray) -> None:
    """Into ``piece[2, 2]``: slope and length of what a slot can move, falling slopes, from all in to all out."""
    piece[0, 1], piece[1, 1] = stored * most_in, given * most_out
    piece[0, 0] = toll / stored if piece[0, 1] > 0.0 else 0.0
    piece[1, 0] = toll / given if piece[1, 1] > 0.0 else 0.0
    if piece[0, 1] > 0.0 and piece[1, 1] > 0.0 and piece[0, 0] < piece[1, 0]:
        piece[0, 1] += piece[1, 1]
        piece[0, 0] = toll * (most_in + most_out) / piece[0, 1]
        piece[1, 1] = 0.0


@compiled
def _cut(slope: FloatArray, length: FloatArray, count: int, low: float, capacity: float, same: float) -> tuple[int, float]:
    """The pieces from ``low`` on cut to ``[0, capacity]``, in place: how many are left, and from where on. Up to ``same`` is
    nothing.
    """
    first = 0
    while first < count and low < 0.0:
        gone = min(length[first], -low)
        length[first] -= gone
        low += gone
        if length[first] <= same:
            first += 1
    excess = low - capacity
    for i in range(first, count):
        slope[i - first], length[i - first] = slope[i], length[i]
        excess += length[i]
    count -= first
    while count > 0 and excess > 0.0:
        gone = min(length[count - 1], excess)
        length[count - 1] -= gone
        excess -= gone
        if length[count - 1] <= same:
            count -= 1
    return count, max(0.0, low)


@compiled
def best_storage(
    toll: FloatArray,
    most_in: FloatArray,
    most_out: FloatArray,
    stored: FloatArray,
    given: FloatArray,
    forced: FloatArray,
    held: FloatArray,
    net: FloatArray,
    price: FloatArray,
) -> float:
    """The most that a store gains, and how: what goes in less what comes out into ``net[T]``, the price of a unit held into
    ``price[T]``.

    A watt in costs ``toll[T]`` (of any sign) and adds ``stored[T]``, one out saves it and takes ``given[T]``; ``most_in`` and
    ``most_out`` bound both, beside ``forced`` watts out. ``held`` is (what it can hold, what it holds at first, the least at
    the end). -inf where that cannot be.
    """
    count_of = len(toll)
    slope, length = np.empty((count_of + 1, 2 * count_of + 3)), np.empty((count_of + 1, 2 * count_of + 3))
    count, low = np.zeros(count_of + 1, dtype=np.int64), np.zeros(count_of + 1)
    own = np.zeros((2, 2))
    capacity, same = held[0], 1e-9 * (1.0 + held[0])
    low[count_of] = held[2]
    if capacity > held[2]:
        count[count_of], slope[count_of, 0], length[count_of, 0] = 1, 0.0, capacity - held[2]
    for t in range(count_of - 1, 0, -1):
        _own_pieces(toll[t], most_in[t], most_out[t], stored[t], given[t], own)
        i, j, n = 0, 0, 0
        while i < count[t + 1] or j < 2:
            if j < 2 and own[j, 1] <= 0.0:
                j += 1
                continue
            if j == 2 or (i < count[t + 1] and slope[t + 1, i] >= own[j, 0]):
                slope[t, n], length[t, n] = slope[t + 1, i], length[t + 1, i]
                i += 1
            else:
                slope[t, n], length[t, n] = own[j, 0], own[j, 1]
                j += 1
            n += 1
        count[t], low[t] = _cut(
            slope[t], length[t], n, low[t + 1] + given[t] * forced[t] - stored[t] * most_in[t], capacity, same
        )
    value, energy = 0.0, held[1]
    for t in range(count_of):
        _own_pieces(toll[t], most_in[t], most_out[t], stored[t], given[t], own)
        least = stored[t] * most_in[t]
        energy -= given[t] * forced[t]
        left, moved, gained, i, j = energy - low[t + 1] + least, 0.0, 0.0, 0, 0
        if left < -same:
            return -np.inf
        highest, lowest = np.inf, -np.inf
        while i < count[t + 1] or j < 2:
            if j < 2 and own[j, 1] <= 0.0:
                j += 1
                continue
            of_later = j == 2 or (i < count[t + 1] and slope[t + 1, i] >= own[j, 0])
            at, size = (slope[t + 1, i], length[t + 1, i]) if of_later else (own[j, 0], own[j, 1])
            if left <= same:
                lowest = at
                break
            highest = at
            if of_later:
                i += 1
            else:
                moved += min(size, left)
                gained += at * min(size, left)
                j += 1
            left -= size
            if left < -same:
                lowest = at
                break
        if left > same and lowest == -np.inf:
            return -np.inf
        # what is held between two slots has one price in both, but where the store is empty or full
        q = price[t - 1] if t > 0 else 0.0
        price[t] = min(max(q, lowest), highest)
        starts = most_in[t] if least > 0.0 else 0.0
        value += gained - toll[t] * (starts - forced[t])
        net[t] = starts - gained / toll[t] if toll[t] != 0.0 else _untolled(moved - least, stored[t], given[t])
        net[t] -= forced[t]
        energy = min(max(energy - (moved - least), low[t + 1]), capacity)
    return value


@compiled
def _untolled(change: float, stored: float, given: float) -> float:
    """Watts in less watts out of which ``change`` less is held."""
    return change / -given if change >= 0.0 else -change / stored


def storage_turn(
    toll: FloatArray,
    lowest: FloatArray,
    highest: FloatArray,
    stored: FloatArray,
    given: FloatArray,
    held: FloatArray,
) -> tuple[float, FloatArray, FloatArray]:
    """`best_storage` as (the most gained, net ``[T]``, price ``[T]``), for a net from ``lowest[T] <= 0`` to ``highest[T]``."""
    net, price = np.zeros(len(toll)), np.zeros(len(toll))
    forced = np.maximum(0.0, -highest)
    most_in, most_out = np.maximum(0.0, highest), -lowest - forced
    if (most_out < 0.0).any():
        return -np.inf, net, price
    return float(best_storage(toll, most_in, most_out, stored, given, forced, held, net, price)), net, price
