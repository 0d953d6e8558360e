"""The windows whose runs take a link before they start, as `lead_pricing` reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from optimizer.columns.table import Columns, IndexArray, IntArray
from optimizer.columns.ties import Floors
from optimizer.engines.price.bound.prices import FloatArray
from optimizer.engines.price.bound.profiles import Profiles

Scalar = TypeVar("Scalar", np.int64, np.float64)


@dataclass(frozen=True, slots=True)
class LeadWindows:
    """Windows that take a link before they start, sorted by profile, with what `lead_pricing` reads laid out in that order."""

    window: IndexArray  # [W']
    profile: IndexArray
    position: IndexArray  # index of the window's job among the table's
    start_first: IndexArray
    start_last: IndexArray
    duration: IndexArray
    base: FloatArray
    due_slot: IndexArray
    tardiness_cost: FloatArray
    links: IndexArray  # [K] the limits that are links
    link: IndexArray  # [W'] index in ``links``
    slots: IndexArray
    amount: IntArray
    floors: Floors


def lead_windows(columns: Columns, profiles: Profiles, jobs: IntArray) -> LeadWindows | None:
    """Those of ``jobs`` (ascending); None where there are none."""
    if not len(columns.leads):
        return None
    position_of_job = np.full(columns.job_count, -1, dtype=np.int32)
    position_of_job[jobs] = np.arange(len(jobs), dtype=np.int32)
    found = np.flatnonzero((columns.leads.limit >= 0) & (position_of_job[columns.job] >= 0))
    if not len(found):
        return None
    window: IndexArray = found[np.argsort(profiles.of_window[found], kind="stable")].astype(np.int32)
    job = columns.job[window]
    links, link = np.unique(columns.leads.limit[window], return_inverse=True)
    return LeadWindows(
        window=window,
        profile=profiles.of_window[window],
        position=position_of_job[job],
        start_first=columns.start_first[window],
        start_last=columns.start_last[window],
        duration=columns.duration[window],
        base=columns.base[window].astype(np.float64),
        due_slot=columns.due_slot[job],
        tardiness_cost=columns.tardiness_cost[job].astype(np.float64),
        links=links,
        link=link.astype(np.int32),
        slots=columns.leads.slots[window],
        amount=columns.leads.amount[window],
        floors=columns.floors.of_windows(window),
    )


def lead_toll(columns: Columns, window: int, limit_price: NDArray[Scalar], starts: IntArray) -> NDArray[Scalar]:
    """What a run of ``window`` pays for its transfer at ``limit_price[L, T]``, by ``starts``."""
    lead = columns.leads.of_window(window)
    if lead is None:
        return np.zeros(len(starts), dtype=limit_price.dtype)
    sums = sums_over_slots(limit_price[lead.limit : lead.limit + 1])[0]
    toll: NDArray[Scalar] = lead.amount * (sums[starts] - sums[starts - lead.slots])
    return toll


def sums_over_slots(prices: NDArray[Scalar]) -> NDArray[Scalar]:
    """Sums from the start, ``[links, T + 1]``."""
    return np.concatenate([np.zeros((len(prices), 1), dtype=prices.dtype), np.cumsum(prices, axis=1)], axis=1)
