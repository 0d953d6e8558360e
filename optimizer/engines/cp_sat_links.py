"""(90) Transfers as intervals on the limits of their links: just before a run, and where an itinerary has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from optimizer.columns.itineraries import Pieces, link_uses
from optimizer.columns.table import Columns


def transfers(
    model: Any, columns: Columns, runs: Iterable[tuple[Any, Any, int]], itineraries: Iterable[tuple[Any, Pieces]]
) -> Iterator[tuple[int, Any, int]]:
    """(limit, interval, MB per hour) of each transfer of the (literal, start, window) of ``runs`` and of ``itineraries``."""
    for taken, start, window in runs:
        if (lead := columns.leads.of_window(window)) is not None:
            interval = model.new_optional_fixed_size_interval_var(start - lead.slots, lead.slots, taken, "")
            yield lead.limit, interval, lead.amount
    for taken, pieces in itineraries:
        for limit, first, end, amount in link_uses(columns, pieces):
            yield limit, model.new_optional_fixed_size_interval_var(first, end - first, taken, ""), amount
