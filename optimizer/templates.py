"""What a run uses, asked of ``accounting`` once per *template*: a tenant's mode shape on each pool that may take it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np

from optimizer import accounting
from optimizer.columns import BoolArray, IndexArray, IntArray
from optimizer.exact import ExactJob, ExactMode, ExactPool, ExactProblem
from optimizer.limits import LimitKind, LimitLabel
from optimizer.units import PPM, SECONDS_PER_HOUR


@dataclass(frozen=True, slots=True)
class Budgets:
    """Rows over the horizon as ``Columns`` holds them."""

    labels: tuple[LimitLabel, ...]
    capacity: IntArray
    prefix: IntArray
    divisor: IntArray


#: A template's key: what decides which pools a mode may use and what it takes there.
Shape = tuple[object, ...]


class UseLists:
    """Lists of (index, amount), appended one by one and read many at once without a copy of them all."""

    def __init__(self) -> None:
        self._first, self._index, self._amount = array("q", [0]), array("q"), array("q")

    def __bool__(self) -> bool:
        """Whether any list holds anything."""
        return bool(self._index)

    def append(self, uses: Iterable[tuple[int, int]]) -> None:
        for index, amount in uses:
            self._index.append(index)
            self._amount.append(amount)
        self._first.append(len(self._index))

    def pairs(self, row: int) -> list[tuple[int, int]]:
        span = slice(self._first[row], self._first[row + 1])
        return list(zip(self._index[span], self._amount[span], strict=True))

    def gathered(self, row: IndexArray) -> tuple[IntArray, IndexArray, IntArray]:
        """The lists of ``row`` one after another: (first, index, amount) in compressed rows."""
        first = as_array(self._first)
        counts = first[row + 1] - first[row]
        out_first = np.concatenate(([0], np.cumsum(counts)))
        at = np.arange(out_first[-1]) + np.repeat(first[row] - out_first[:-1], counts)
        return out_first, as_array(self._index)[at].astype(np.int32), as_array(self._amount)[at]


def as_array(values: array[int]) -> IntArray:
    """A view; ``values`` cannot grow while it lives."""
    return np.frombuffer(values, dtype=np.int64) if values else np.zeros(0, dtype=np.int64)


class Templates:
    """Rows of (pool, free run of slots) per shape, as flat arrays; a row's uses hold for every window cut from it."""

    def __init__(self, problem: ExactProblem, labels: dict[LimitLabel, int], capacity: IntArray, budgets: Budgets) -> None:
        self.problem, self._labels, self._capacity = problem, labels, capacity
        self._horizon_labels = {label: row for row, label in enumerate(budgets.labels)}
        self._shapes: dict[Shape, int] = {}
        self._tenant_matters = bool(problem.quotas) or any(pool.reservations for pool in problem.pools)
        self._least_capacity: list[int] = capacity.min(axis=1).tolist()
        self.first_row = array("q", [0])
        self.pool, self.free_from, self.free_until = array("q"), array("q"), array("q")
        self.uses, self.budget_uses = UseLists(), UseLists()

    def of(self, job: ExactJob, mode: ExactMode) -> int:
        shape: Shape = (
            mode.gpu_model, mode.gpu_count, mode.it_power_w, mode.liquid_w, mode.air_w, mode.resource_uses, mode.pools,
            mode.sites, job.allowed_regions, job.denied_regions, job.allowed_sites, job.denied_sites,
            job.tenant if self._tenant_matters else "",
        )  # fmt: skip
        known = self._shapes.get(shape)
        if known is None:
            known = self._shapes[shape] = len(self.first_row) - 1
            for pool in self.problem.pools:
                if accounting.exclusion(self.problem, job, mode, pool) is None:
                    self._add(job, mode, pool)
            self.first_row.append(len(self.pool))
        return known

    def _add(self, job: ExactJob, mode: ExactMode, pool: ExactPool) -> None:
        uses = [(self._labels[label], n) for label, n in accounting.slot_uses(self.problem, job.tenant, mode, pool)]
        uses.sort()
        budget_uses = self._budget_uses(mode, pool)
        for begin, end in self._free_runs(uses):
            self.pool.append(pool.index)
            self.free_from.append(begin)
            self.free_until.append(end)
            self.uses.append(uses)
            self.budget_uses.append(budget_uses)

    def _free_runs(self, uses: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """``[begin, end)`` of the slots in which a run alone breaks no limit."""
        tight = [(row, amount) for row, amount in uses if amount > self._least_capacity[row]]
        if not tight:
            return [(0, self.problem.slot_count)]
        free = np.ones(self.problem.slot_count, dtype=bool)
        for row, amount in tight:
            free &= amount <= self._capacity[row]
        return runs(free)

    def _budget_uses(self, mode: ExactMode, pool: ExactPool) -> list[tuple[int, int]]:
        """Watts for a metered budget, the amount itself for a consumable."""
        if not self._horizon_labels:
            return []
        site = self.problem.sites[pool.site].name
        metered = [
            (row, mode.it_power_w)
            for label, row in self._horizon_labels.items()
            if label.kind is not LimitKind.CONSUMABLE and label.element == site and mode.it_power_w
        ]
        consumed = [
            (self._horizon_labels[label], amount)
            for name, amount in mode.resource_uses
            for label in accounting.resource_labels(self.problem, pool, name)
            if label in self._horizon_labels
        ]
        return sorted(metered + consumed)


def runs(free: BoolArray) -> list[tuple[int, int]]:
    """Maximal ``[begin, end)`` of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], free.astype(np.int8), [0]))))
    return [(int(b), int(e)) for b, e in zip(edges[::2], edges[1::2], strict=True)]


def prefix_sums(rates: Sequence[Sequence[int]], slot_count: int) -> IntArray:
    prefix = np.zeros((len(rates), slot_count + 1), dtype=np.int64)
    if rates:
        prefix[:, 1:] = np.cumsum(np.array(rates, dtype=np.int64), axis=1)
    return prefix


def meters(problem: ExactProblem, labels: Sequence[LimitLabel]) -> tuple[IntArray, IntArray]:
    """Prefix sums of what one watt adds to each budget, and the divisor that makes it the budget's unit."""
    sites = {site.name: site for site in problem.sites}
    common = gcd(problem.slot_seconds, PPM * SECONDS_PER_HOUR)
    rates: list[list[int]] = []
    divisors: list[int] = []
    for label in labels:
        if label.kind is LimitKind.ENERGY_BUDGET:
            rates.append([pue * (problem.slot_seconds // common) for pue in sites[label.element].pue_ppm])
            divisors.append(PPM * SECONDS_PER_HOUR // common)
        elif label.kind is LimitKind.CARBON_BUDGET:
            rates.append(list(sites[label.element].emission_ug))
            divisors.append(1_000)
        else:
            rates.append([0] * problem.slot_count)
            divisors.append(0)
    return prefix_sums(rates, problem.slot_count), np.array(divisors, dtype=np.int64)
