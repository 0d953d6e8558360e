"""How a fleet's columns are cut for several machines: blocks of jobs to price, zones of sites to search.

A zone's sub-problem holds some sites and the jobs assigned there. What any zones place fits together: a limit of one zone is
wholly its own, and a limit that several use (quotas, fleet resources) is split among them so that the parts add up to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.columns.cut import with_windows
from optimizer.columns.table import BoolArray, Columns, IndexArray, IntArray, Selection
from optimizer.engines.price.bound.kernel import PricingTable


@dataclass(frozen=True, slots=True)
class Part:
    """Some jobs and windows of larger columns, numbered anew in ``columns``; ``jobs`` and ``windows`` are the old ones."""

    columns: Columns
    jobs: IntArray  # [J'] ascending
    windows: IntArray  # [W'] ascending

    def inwards(self, whole: Selection) -> Selection:
        """What ``whole`` places in this part."""
        window = whole.window[self.jobs]
        at = np.searchsorted(self.windows, window).clip(max=max(0, len(self.windows) - 1))
        inside = (window >= 0) & (self.windows[at] == window) if len(self.windows) else np.zeros(len(window), dtype=bool)
        return Selection(np.where(inside, at, -1).astype(np.int32), whole.start[self.jobs].astype(np.int32))

    def outwards(self, own: Selection, whole: Selection) -> None:
        """Write ``own`` over what ``whole`` has for the jobs of this part."""
        placed = own.window >= 0
        whole.window[self.jobs] = -1
        whole.window[self.jobs[placed]] = self.windows[own.window[placed]]
        whole.start[self.jobs] = own.start


def part_of(columns: Columns, jobs: IntArray, windows: IntArray) -> Part:
    """``jobs`` with those of their windows that are in ``windows``, both ascending; limits are kept whole."""
    job = np.searchsorted(jobs, columns.job[windows]).astype(np.int32)
    kept = with_windows(
        columns,
        windows,
        mandatory=columns.mandatory[jobs],
        job_first=np.searchsorted(job, np.arange(len(jobs) + 1)).astype(np.int64),
        job=job,
        due_slot=columns.due_slot[jobs],
        tardiness_cost=columns.tardiness_cost[jobs],
    )
    return Part(kept, jobs, windows)


def pricing_blocks(table: PricingTable, count: int) -> list[PricingTable]:
    """``table`` in ``count`` runs of jobs of about equal pricing work, each without the columns it does not price."""
    columns, none = table.columns, np.zeros(0, dtype=np.int32)
    # Pricing reads windows from the layout and what they use from the profiles.
    few = part_of(columns, none.astype(np.int64), none.astype(np.int64)).columns
    profiles = replace(table.profiles, of_window=none, of_lane=none)
    ends = columns.job_first[table.jobs + 1]
    cuts = np.searchsorted(ends, [columns.window_count * n // count for n in range(1, count)], side="left")
    return [
        replace(table.restricted(jobs), columns=few, profiles=profiles, elsewhere=None) for jobs in np.split(table.jobs, cuts)
    ]


def zones_of_sites(weight: IntArray, count: int, order: IntArray) -> IntArray:
    """The zone of each site: sites in ``order``, each to the lightest zone; ``weight[S]`` is the jobs at a site."""
    zone = np.zeros(len(weight), dtype=np.int64)
    load = np.zeros(count)
    for site in order:
        zone[site] = int(load.argmin())
        load[zone[site]] += weight[site] + 1
    return zone


def zone_parts(columns: Columns, zone_of_site: IntArray, zone_of_job: IntArray, plan: Selection) -> list[Part]:
    """Each zone's jobs with their windows there, and its share of every limit beside what ``plan`` uses; empty ones too."""
    zone_of_window = zone_of_site[columns.site]
    own = zone_of_window == zone_of_job[columns.job]
    zones = range(int(zone_of_site.max(initial=0)) + 1)
    parts = [
        part_of(columns, np.flatnonzero(zone_of_job == zone), np.flatnonzero(own & (zone_of_window == zone))) for zone in zones
    ]
    used = [_used(part.columns, part.inwards(plan)) for part in parts]
    users = np.array([_takes(part.columns) for part in parts])
    budget_users = np.array([
        np.bincount(part.columns.budget_use_index, minlength=len(columns.budgets)) > 0 for part in parts
    ])  # fmt: skip
    capacity = split(columns.capacity, [limit for limit, _ in used], users[:, :, None])
    budget = split(columns.budget_capacity, [budget for _, budget in used], budget_users)
    return [
        replace(part, columns=replace(part.columns, capacity=capacity[zone], budget_capacity=budget[zone]))
        for zone, part in enumerate(parts)
    ]


def _takes(columns: Columns) -> BoolArray:
    """``[L]``: the limits that some window takes."""
    taken: BoolArray = np.bincount(columns.use_limit, minlength=len(columns.limits)) > 0
    taken[columns.leads.links] = True
    return taken


def split(total: IntArray, used: Sequence[IntArray], users: BoolArray) -> IntArray:
    """``total`` in parts, each at least what is ``used``, what is left in proportion to use; parts add up to ``total``.

    Whoever does not use a limit at all has no part of it. Where ``total`` is below zero nothing is used, and nothing given.
    """
    users = np.broadcast_to(users, (len(used), *total.shape))
    use = np.stack(used)
    weight = np.where(users, use + 1.0, 0.0)
    share = weight / np.maximum(weight.sum(axis=0), 1.0)
    spare = np.maximum(0, total - use.sum(axis=0))
    parts = use.copy()
    left = spare.copy()
    for zone in range(len(used)):
        # floats may round up, so no part takes more than is left; the last user gets all that is
        last = ~users[zone + 1 :].any(axis=0) & users[zone]
        given = np.where(last, left, np.minimum(left, np.floor(share[zone] * spare).astype(np.int64)))
        parts[zone] += given
        left -= given
    return parts


def _used(columns: Columns, plan: Selection) -> tuple[IntArray, IntArray]:
    """What ``plan`` takes of the slot limits ``[L, T]`` and of the budgets ``[B]``, exactly."""
    steps = np.zeros((len(columns.limits), columns.slot_count + 1), dtype=np.int64)
    budget = np.zeros(len(columns.budgets), dtype=np.int64)
    placed = np.flatnonzero(plan.window >= 0)
    for window, start in zip(plan.window[placed].tolist(), plan.start[placed].tolist(), strict=True):
        limit, amount = columns.uses(window)
        steps[limit, start] += amount
        steps[limit, start + int(columns.duration[window])] -= amount
        if (lead := columns.leads.of_window(window)) is not None:
            steps[lead.limit, start - lead.slots] += lead.amount
            steps[lead.limit, start] -= lead.amount
        for b, use in columns.budget_uses(window, start):
            budget[b] += use
    return np.cumsum(steps, axis=1)[:, :-1], budget


def homes(columns: Columns, plan: Selection, window: IndexArray) -> IntArray:
    """The site of each job: where ``plan`` has it, else that of ``window[J]``, else (-1) site 0, where it has no window."""
    chosen = np.where(plan.window >= 0, plan.window, window)
    return np.where(chosen >= 0, columns.site[np.maximum(chosen, 0)] if columns.window_count else 0, 0).astype(np.int64)
