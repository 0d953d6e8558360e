"""Smaller columns out of larger ones: some windows of them, in any order, each as often as asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from optimizer.columns.batteries import Batteries
from optimizer.columns.table import BoolArray, Columns, IndexArray, IntArray
from optimizer.limits import LimitKind


def with_windows(columns: Columns, windows: IntArray, **changes: Any) -> Columns:
    """``columns`` with the rows of ``windows`` [W'] (sorted by job); ``changes`` replace whole fields.

    Jobs, limits and what ties jobs together stay as they are.
    """
    use, use_first = gathered(columns.use_first, windows)
    budget_use, budget_use_first = gathered(columns.budget_use_first, windows)
    job = columns.job[windows]
    parts: dict[str, Any] = {
        "job_first": np.searchsorted(job, np.arange(columns.job_count + 1)).astype(np.int64),
        **{name: getattr(columns, name)[windows] for name in _BY_WINDOW},
        "use_first": use_first,
        "use_limit": columns.use_limit[use],
        "use_amount": columns.use_amount[use],
        "budget_use_first": budget_use_first,
        "budget_use_index": columns.budget_use_index[budget_use],
        "budget_use_amount": columns.budget_use_amount[budget_use],
    }
    if len(columns.leads):
        parts["leads"] = columns.leads.of_windows(windows)
    if len(columns.floors):
        floor_use, floor_use_first = gathered(columns.floors.use_first, windows)
        parts["floors"] = replace(
            columns.floors,
            use_first=floor_use_first,
            use_index=columns.floors.use_index[floor_use],
            use_amount=columns.floors.use_amount[floor_use],
        )
    return replace(columns, **{**parts, **changes})


def without_itineraries(columns: Columns, jobs: BoolArray) -> Columns:
    """``columns`` in which ``jobs`` [J] run in one piece or not at all: their lanes are never the first."""
    lanes = columns.lanes
    if not len(lanes):
        return columns
    closed = np.repeat(jobs[lanes.job], np.diff(lanes.lane_first))
    first_slot = np.where(closed, columns.slot_count, lanes.first_slot).astype(np.int32)
    return replace(columns, lanes=replace(lanes, first_slot=first_slot, goes_on=lanes.goes_on & ~closed))


def without_plant(columns: Columns) -> Columns:
    """The jobs alone: ``columns`` beside which sites run nothing but batteries at no cost, and sell none of their heat."""
    of_heat = np.array([label.kind is LimitKind.RECOVERED_HEAT for label in columns.limits], dtype=np.bool_)
    return replace(without_uses(columns, of_heat), plant=columns.plant.batteries_at_no_cost())


def beside_batteries(columns: Columns, net_w: IntArray | None) -> Columns:
    """``columns`` for who knows of no batteries: what they take, run as ``net_w[B, T]`` (None: at rest), is off the capacity.

    What they give may be more than runs draw; that is left to check.
    """
    batteries = columns.plant.batteries
    if not len(batteries):
        return columns
    capacity = batteries.taken_from(columns.capacity, batteries.at_rest() if net_w is None else net_w)
    of_export = np.array([label.kind is LimitKind.GRID_EXPORT for label in columns.limits], dtype=np.bool_)
    capacity[of_export] = columns.capacity[of_export]
    plant = replace(columns.plant, batteries=Batteries())
    return without_uses(replace(columns, capacity=capacity, plant=plant), of_export)


def without_uses(columns: Columns, limits: BoolArray) -> Columns:
    """``columns`` in which nothing uses ``limits`` [L]."""
    if not limits.any():
        return columns
    use_first, use_limit, use_amount = _kept(columns.use_first, columns.use_limit, columns.use_amount, limits)
    lanes = columns.lanes
    lane_first, lane_limit, lane_amount = _kept(lanes.use_first, lanes.use_limit, lanes.use_amount, limits)
    lanes = replace(lanes, use_first=lane_first, use_limit=lane_limit, use_amount=lane_amount)
    return replace(columns, use_first=use_first, use_limit=use_limit, use_amount=use_amount, lanes=lanes)


def _kept(first: IntArray, limit: IndexArray, amount: IntArray, dropped: BoolArray) -> tuple[IntArray, IndexArray, IntArray]:
    """The uses that are not of ``dropped`` limits."""
    kept = ~dropped[limit]
    before = np.concatenate(([0], np.cumsum(kept))).astype(np.int64)
    return before[first], limit[kept], amount[kept]


_BY_WINDOW = ("job", "mode", "pool", "site", "start_first", "start_last", "duration", "base", "power_w")


def gathered(first: IntArray, rows: IntArray) -> tuple[IntArray, IntArray]:
    """Where the entries of ``rows`` stand in compressed rows, and the first entry of each in the new ones."""
    counts = first[rows + 1] - first[rows]
    new_first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    at = np.arange(new_first[-1]) + np.repeat(first[rows] - new_first[:-1], counts)
    return at, new_first
