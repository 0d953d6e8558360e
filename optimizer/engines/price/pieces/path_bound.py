"""A bound on all itineraries of a component: a few passes over its slots, where the dynamic programme takes hundreds."""

from __future__ import annotations

from typing import Any

from optimizer.engines.price.pieces.path_table import NumberArray, PathScratch, PathTable
from optimizer.engines.price.plans.residual import kernel, kernel_part

#: Prices of work tried for the best bound; each is one pass over the slots.
_TRIALS = 6


@kernel_part
def window_of(table: PathTable, component: int) -> tuple[int, int]:
    """The slots ``[begin, stop)`` of the component's itineraries."""
    low, high = table.lane_first[component], table.lane_first[component + 1]
    begin, stop = table.first_slot[low], table.end_slot[low]
    for i in range(low, high):
        begin = 0 if table.goes_on[i] else min(begin, table.first_slot[i])
        stop = max(stop, table.end_slot[i])
    return begin, stop


@kernel_part
def _priced(table: PathTable, component: int, scratch: PathScratch, begin: int, stop: int, each: Any) -> tuple[Any, int]:
    """(least the slots cost where a step of work earns ``each``, steps they then do)."""
    low = table.lane_first[component]
    if table.lane_first[component + 1] - low == 1:
        cost, taken = _below(scratch.price[0], begin, stop, each * table.rate[low])
        return cost, taken * table.rate[low]
    cost, steps = each * 0, 0
    for t in range(begin, stop):
        least, done = each * 0, 0
        for i in range(table.lane_first[component + 1] - low):
            gain = scratch.price[i, t] - each * table.rate[low + i]
            if gain < least:
                least, done = gain, table.rate[low + i]
        cost += least
        steps += done
    return cost, steps


@kernel_part
def _below(price: NumberArray, begin: int, stop: int, level: Any) -> tuple[Any, int]:
    """(sum of the prices below ``level`` less it, how many there are), in four sums that do not wait for each other."""
    a, b, c, d = level * 0, level * 0, level * 0, level * 0
    i, j, k, m = 0, 0, 0, 0
    t = begin
    while t + 4 <= stop:
        p, q, r, s = price[t] - level, price[t + 1] - level, price[t + 2] - level, price[t + 3] - level
        a += min(p, level * 0)
        b += min(q, level * 0)
        c += min(r, level * 0)
        d += min(s, level * 0)
        i += p < 0
        j += q < 0
        k += r < 0
        m += s < 0
        t += 4
    while t < stop:
        a += min(price[t] - level, level * 0)
        i += price[t] < level
        t += 1
    return (a + b) + (c + d), i + j + k + m


@kernel
def most_value(table: PathTable, component: int, unit: Any, closed: Any, floor: Any, scratch: PathScratch) -> Any:
    """No itinerary of the component is worth more; stops early at a value not above ``floor``.

    Slots that do the work cost at least ``need x + sum of min(0, price - rate x)`` for every price ``x >= 0`` of a step,
    however they fall into pieces, overhead included. The greatest of that concave function lies where a line that rises and
    one that falls meet, and where they meet is tried next.
    """
    low, high = table.lane_first[component], table.lane_first[component + 1]
    begin, stop = window_of(table, component)
    need = table.need[component]
    base, fastest, slowest = scratch.base[0], table.rate[low], table.rate[low]
    for i in range(high - low):
        base = max(base, scratch.base[i])
        if begin == 0:
            base = max(base, scratch.base_at_zero[i])
        fastest, slowest = max(fastest, table.rate[low + i]), min(slowest, table.rate[low + i])
    cheapest = table.way_cost[table.way_first[low]]
    for y in range(table.way_first[low], table.way_first[high]):
        cheapest = min(cheapest, table.way_cost[y])
    base -= cheapest * unit + scratch.late[min(stop, begin + (need + fastest - 1) // fastest)]
    dearest = base * 0
    for i in range(high - low):
        for t in range(begin, stop):
            price = scratch.price[i, t]
            dearest = max(dearest, price if price < closed else base * 0)
    under, over = dearest * 0, dearest // slowest + 1
    low_cost, low_steps = _priced(table, component, scratch, begin, stop, under)
    high_cost, high_steps = _priced(table, component, scratch, begin, stop, over)
    if high_steps < need:
        return floor
    low_value, high_value = low_cost, high_cost + need * over
    value = base - max(low_value, high_value)
    for _ in range(_TRIALS):
        if value <= floor or low_steps >= need or high_steps == need:
            break
        rise, fall = need - low_steps, high_steps - need
        each = under + (high_value - low_value + fall * (over - under)) // (rise + fall)
        if each <= under or each >= over:
            break
        cost, steps = _priced(table, component, scratch, begin, stop, each)
        value = min(value, base - cost - need * each)
        if steps < need:
            under, low_value, low_steps = each, cost + need * each, steps
        else:
            over, high_value, high_steps = each, cost + need * each, steps
    return value
