"""Links in integers: the ways for data to come to a site, what each takes in slots, money and rate, and what a link carries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from optimizer.problem import Link
from optimizer.units import SECONDS_PER_HOUR, divide_up, round_down, round_up, to_micros

MB_PER_GB = 1_000


@dataclass(frozen=True, slots=True)
class ExactLink:
    """``capacity_mb_per_hour`` by slot is for all transfers at once; None where any number of them fits."""

    from_site: str
    to_site: str
    throughput_gb_per_hour: float
    cost_per_gb: float
    capacity_mb_per_hour: tuple[int, ...] | None


class Way(NamedTuple):
    """How data may come: over the link from one site to another, in the last ``slots`` before a run.

    ``mb_per_hour``: what the transfer takes of the link in each of them, the size spread evenly and rounded up.
    """

    cost_micros: int
    slots: int
    from_site: str = ""
    to_site: str = ""
    size_gb: float = 0.0
    mb_per_hour: int = 0
    is_limited: bool = False


#: Nothing has to come.
NO_WAY_TO_GO = Way(0, 0)


def exact_links(links: Iterable[Link], slot_count: int) -> tuple[ExactLink, ...]:
    """Capacities rounded down; a link that shares its throughput carries that much."""
    return tuple(
        ExactLink(link.from_site, link.to_site, link.throughput_gb_per_hour, link.cost_per_gb, _capacity(link, slot_count))
        for link in links
    )


def _capacity(link: Link, slot_count: int) -> tuple[int, ...] | None:
    stated = link.capacity_gb_per_hour or ((link.throughput_gb_per_hour,) if link.capacity_limited else ())
    if not stated:
        return None
    capacity = tuple(round_down(value, MB_PER_GB) for value in stated)
    return capacity * slot_count if len(capacity) == 1 else capacity


def ways_over(links: Iterable[ExactLink], size_gb: float, slot_seconds: int) -> tuple[Way, ...]:
    """The cheapest first, the faster of equals; none after one whose link carries any number of transfers."""
    # MB per hour times seconds, without a rounding of the size before that of the rate
    mb_per_hour_seconds = round_up(size_gb, MB_PER_GB * SECONDS_PER_HOUR)
    ways = [_way(link, size_gb, mb_per_hour_seconds, slot_seconds) for link in links]
    if len(ways) > 1:
        ways.sort(key=lambda way: way[:2])
    for place, way in enumerate(ways):
        if not way.is_limited:
            return tuple(ways[: place + 1])
    return tuple(ways)


def _way(link: ExactLink, size_gb: float, mb_per_hour_seconds: int, slot_seconds: int) -> Way:
    seconds = round_up(size_gb / link.throughput_gb_per_hour, SECONDS_PER_HOUR)
    slots = divide_up(seconds, slot_seconds)
    return Way(
        cost_micros=to_micros(link.cost_per_gb * size_gb),
        slots=slots,
        from_site=link.from_site,
        to_site=link.to_site,
        size_gb=size_gb,
        mb_per_hour=divide_up(mb_per_hour_seconds, slots * slot_seconds) if slots else 0,
        is_limited=link.capacity_mb_per_hour is not None,
    )
