"""What transfers pay for links at given prices, and when a link alone has room for one; by prefix sums over slots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

from optimizer.accounting.links import link_label
from optimizer.exact.links import Way
from optimizer.limits import LimitKind

LimitName = tuple[LimitKind, str]


class PricedLinks:
    """``capacity`` and ``price`` by slot of the limits, by kind and element; what has no price is free."""

    def __init__(self, capacity: Mapping[LimitName, Sequence[int]], price: Mapping[LimitName, Sequence[int]]) -> None:
        self._capacity, self._price = capacity, price
        self._prefix: dict[LimitName, list[int]] = {}

    def open_starts(self, way: Way, starts: Sequence[int]) -> Sequence[int]:
        """The ``starts`` of a run before which the link carries this transfer, were it the only one."""
        if not way.is_limited:
            return starts
        capacity = self._capacity[_name(way)]
        return [s for s in starts if min(capacity[s - way.slots : s], default=way.mb_per_hour) >= way.mb_per_hour]

    def toll(self, way: Way) -> Callable[[int], int]:
        """By start, what the transfer pays."""
        name = _name(way)
        price = self._price.get(name) if way.is_limited else None
        if price is None:
            return _nothing
        prefix = self._prefix.setdefault(name, [0, *accumulate(price)])
        return lambda start: way.mb_per_hour * (prefix[start] - prefix[start - way.slots])


def _nothing(start: int) -> int:
    del start
    return 0


def _name(way: Way) -> LimitName:
    label = link_label(way.from_site, way.to_site)
    return label.kind, label.element
