"""POP-style partitioning: one part a site, each job in one part, each part solved by itself by the price engine.

The union of the parts' plans keeps every limit of a site by construction; a limit that several sites share is split among
them by demand. What the parts leave out is then offered to what is left of the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.peers.base import Answer, Deadline, Report, ReportingMonitor
from benchmarks.peers.lists import best_of_orders, guides
from benchmarks.peers.warm_up import compile_kernels
from optimizer.columns.table import Columns, IndexArray, IntArray, Selection
from optimizer.formulation.rows import offsets, ranges
from optimizer.formulation.selections import empty_selection
from optimizer.params import SolveParams

if TYPE_CHECKING:
    from optimizer.engines.price.plans.schedule import Plan
    from optimizer.engines.price.tables import FloatArray

#: Share of the time in which the plan to beat is looked for.
START_SHARE = 0.05
#: Share of the time left for the parts; the rest completes their union.
PARTS_SHARE = 0.95


class Partitioned:
    """Parts share the limit by their windows, so each limit is a run of its own; where parts end early, another partition
    is drawn. A part's bound bounds nothing of the whole: none."""

    name = "partitioned"
    anytime = False

    def available(self) -> str | None:
        return None

    def prepare(self) -> None:
        compile_kernels()

    def run(self, columns: Columns, seconds: float, seed: int, threads: int, report: Report) -> Answer:
        from optimizer.engines.price.plans.schedule import Plan
        from optimizer.engines.price.tables import build_tables

        deadline = Deadline(seconds)
        tables = build_tables(columns)
        best = best_of_orders(tables, Deadline(START_SHARE * seconds))
        random = np.random.default_rng(seed)
        while True:
            if not best.missing:
                report.plan(best.selection(), best.objective)
            if deadline.passed():
                return Answer(None if best.missing else best.selection())
            union = Plan.of(tables, _union(columns, random, PARTS_SHARE * deadline.remaining(), threads))
            for plan in _completions(union):
                best = max(best, plan, key=lambda each: each.rank)
                if deadline.passed():
                    break


def _union(columns: Columns, random: np.random.Generator, seconds: float, threads: int) -> Selection:
    """One partition, its parts solved one after another with all threads; each has its share of what time is left."""
    from optimizer.engines import registry

    deadline = Deadline(seconds)
    engine = registry.get("price")
    union = empty_selection(columns)
    parts = [(windows, part) for windows, part in partition(columns, assigned_sites(columns, random)) if len(windows)]
    windows_left = sum(len(windows) for windows, _ in parts)
    for windows, part in parts:
        part_deadline = Deadline(max(0.01, deadline.remaining() * len(windows) / windows_left))
        windows_left -= len(windows)
        params = SolveParams(
            engine="price",
            time_limit_seconds=part_deadline.seconds,
            seed=int(random.integers(2**31)),
            thread_count=threads,
        )
        answer = engine.solve(part, params, None, ReportingMonitor(part_deadline, _Unheard()))
        if answer.selection is not None:
            taken = np.flatnonzero(answer.selection.window >= 0)
            union.window[taken] = windows[answer.selection.window[taken]]
            union.start[taken] = answer.selection.start[taken]
    return union


def _completions(union: Plan) -> Iterator[Plan]:
    """The union, and with the jobs left out offered in every greedy order."""
    from optimizer.engines.price.plans.schedule import NO_BUDGET_PRICES, list_schedule

    yield union
    for guide in guides(union.tables):
        plan = union.copy()
        list_schedule(plan, guide.order, guide.prices, NO_BUDGET_PRICES)
        yield plan


def assigned_sites(columns: Columns, random: np.random.Generator) -> IndexArray:
    """The site of each job (-1: it has no window); shape ``[J]``.

    In random order each job goes where the most loaded limit it uses is least loaded after it; at each site it counts with
    its dearest window there.
    """
    dearest = _dearest_windows(columns)
    first = np.searchsorted(columns.job[dearest], np.arange(columns.job_count + 1)).tolist()
    supply = np.maximum(1.0, columns.capacity.sum(axis=1, dtype=np.float64))
    load = np.zeros(len(columns.limits))
    site_of_job = np.full(columns.job_count, -1, dtype=np.int32)
    for job in random.permutation(columns.job_count).tolist():
        windows = dearest[first[job] : first[job + 1]].tolist()
        if not windows:
            continue
        taken = {window: _load_with(columns, window, load, supply) for window in windows}
        window = min(taken, key=lambda each: float(taken[each].max(initial=0.0)))
        load[columns.uses(window)[0]] = taken[window]
        site_of_job[job] = columns.site[window]
    return site_of_job


def _dearest_windows(columns: Columns) -> IntArray:
    """The window of the highest base worth for each job and site, sorted by job."""
    order = np.lexsort((-columns.base, columns.site, columns.job))
    job, site = columns.job[order], columns.site[order]
    leads: IntArray = order[np.r_[True, (np.diff(job) != 0) | (np.diff(site) != 0)][: len(order)]]
    return leads


def _load_with(columns: Columns, window: int, load: FloatArray, supply: FloatArray) -> FloatArray:
    """The load of each limit that ``window`` uses, its own run included, as a share of what there is over the horizon."""
    limits, amounts = columns.uses(window)
    after: FloatArray = load[limits] + amounts * columns.duration[window] / supply[limits]
    return after


def partition(columns: Columns, site_of_job: IndexArray) -> Iterator[tuple[IntArray, Columns]]:
    """For each site: the windows of its jobs there (indices into ``columns``), and the columns over them alone.

    Limits and budgets that windows of several parts use are split by the parts' demand, rounded down.
    """
    parts = [
        np.flatnonzero((site_of_job[columns.job] == site) & (columns.site == site))
        for site in range(len(columns.energy_prefix))
    ]
    by_limit = [_demand(columns, windows) for windows in parts]
    total = np.maximum(1, sum(limit for limit, _ in by_limit))
    budget_total = np.maximum(1, sum(budget for _, budget in by_limit))
    for windows, (demand, budget_demand) in zip(parts, by_limit, strict=True):
        yield (
            windows,
            replace(
                _restricted(columns, windows),
                capacity=_share(columns.capacity, demand[:, None], total[:, None]),
                budget_capacity=_share(columns.budget_capacity, budget_demand, budget_total),
            ),
        )


def _share(capacity: IntArray, demand: IntArray, total: IntArray) -> IntArray:
    """``capacity x demand / total``, rounded down; a part that is alone on a limit has all of it."""
    share: IntArray = np.where(demand == total, capacity, np.floor(capacity * (demand / total))).astype(np.int64)
    return share


def _demand(columns: Columns, windows: IntArray) -> tuple[IntArray, IntArray]:
    """What the windows would use of each limit and budget if each ran once: a measure to split by."""
    limit = np.zeros(len(columns.limits), dtype=np.int64)
    budget = np.zeros(len(columns.budgets), dtype=np.int64)
    for out, first, index, amount in (
        (limit, columns.use_first, columns.use_limit, columns.use_amount),
        (budget, columns.budget_use_first, columns.budget_use_index, columns.budget_use_amount),
    ):
        lengths = np.diff(first)[windows]
        entries = ranges(first[windows], lengths)
        np.add.at(out, index[entries], amount[entries] * np.repeat(columns.duration[windows].astype(np.int64), lengths))
    return limit, budget


def _restricted(columns: Columns, windows: IntArray) -> Columns:
    """The same jobs with ``windows`` (ascending) only; a job without one is no longer mandatory."""
    uses = np.diff(columns.use_first)[windows]
    use = ranges(columns.use_first[windows], uses)
    budget_uses = np.diff(columns.budget_use_first)[windows]
    budget_use = ranges(columns.budget_use_first[windows], budget_uses)
    job = columns.job[windows]
    job_first = np.searchsorted(job, np.arange(columns.job_count + 1)).astype(np.int64)
    return replace(
        columns,
        mandatory=columns.mandatory & (np.diff(job_first) > 0),
        job_first=job_first,
        job=job,
        mode=columns.mode[windows],
        pool=columns.pool[windows],
        site=columns.site[windows],
        start_first=columns.start_first[windows],
        start_last=columns.start_last[windows],
        duration=columns.duration[windows],
        use_first=offsets(uses),
        use_limit=columns.use_limit[use],
        use_amount=columns.use_amount[use],
        budget_use_first=offsets(budget_uses),
        budget_use_index=columns.budget_use_index[budget_use],
        budget_use_amount=columns.budget_use_amount[budget_use],
        base=columns.base[windows],
        power_w=columns.power_w[windows],
    )


class _Unheard:
    """A part's plans and bounds say nothing about the whole."""

    def plan(self, selection: Selection, objective: int) -> None:
        del selection, objective

    def bound(self, objective_bound: int, certificate: object = None) -> None:
        del objective_bound
