"""What a run uses, asked of ``accounting`` once per *template*: a claimant's mode shape on each pool that may take it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import gcd
from operator import itemgetter

import numpy as np

from optimizer.accounting import ledger
from optimizer.accounting.halls import standby_uses
from optimizer.arrays import no_indices, no_ints
from optimizer.columns.table import BoolArray, IndexArray, IntArray
from optimizer.columns.unit_arrays import FloatArray
from optimizer.exact.problem import Claimant, ExactJob, ExactMode, ExactPool, ExactProblem
from optimizer.limits import METERED_KINDS, LimitKind, LimitLabel
from optimizer.units import PPM, SECONDS_PER_HOUR

#: More than floating point can be off where a few numbers are multiplied, or a horizon's slots added.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Budgets:
    """Rows over the horizon as ``Columns`` holds them."""

    labels: tuple[LimitLabel, ...]
    capacity: IntArray
    prefix: IntArray
    divisor: IntArray

    #: What a unit of use adds in the dearest slot and in all slots at most, and what of that there is room for; floats, a
    #: little more and less than the exact numbers.
    peak: FloatArray
    total: FloatArray
    room: FloatArray

    @classmethod
    def of(cls, problem: ExactProblem, labels: tuple[LimitLabel, ...], capacity: IntArray) -> Budgets:
        prefix, divisor = meters(problem, labels)
        rate = np.abs(np.diff(prefix, axis=1)).astype(np.float64)
        counted = divisor == 0
        peak = np.where(counted, 1.0, rate.max(axis=1, initial=0.0))
        total = np.where(counted, 1.0, rate.sum(axis=1))
        room = capacity.astype(np.float64) * np.maximum(1, divisor)
        return cls(labels, capacity, prefix, divisor, peak * (1 + ROUNDING), total * (1 + ROUNDING), room * (1 - ROUNDING))


#: A template's key: what decides which pools a mode may use and what it takes there.
Shape = tuple[object, ...]
SHAPE_FIELDS = (
    "gpu_model", "gpu_count", "it_power_w", "liquid_w", "air_w", "resource_uses", "pools", "sites", "whole_domains",
)  # fmt: skip
#: Of an `ExactMode`, in one step: a fleet has a third of a million.
shape_of = itemgetter(*map(ExactMode._fields.index, SHAPE_FIELDS))


class UseLists:
    """Lists of (index, amount), appended one by one and read many at once without a copy of them all."""

    def __init__(self) -> None:
        self._first, self._index, self._amount = array("q", [0]), array("q"), array("q")

    def __bool__(self) -> bool:
        """Whether any list holds anything."""
        return bool(self._index)

    def append(self, uses: Sequence[tuple[int, int]]) -> None:
        if uses:
            self._index.extend([index for index, _ in uses])
            self._amount.extend([amount for _, amount in uses])
        self._first.append(len(self._index))

    def pairs(self, row: int) -> list[tuple[int, int]]:
        span = slice(self._first[row], self._first[row + 1])
        return list(zip(self._index[span], self._amount[span], strict=True))

    def gathered(self, row: IndexArray) -> tuple[IntArray, IndexArray, IntArray]:
        """The lists of ``row`` one after another: (first, index, amount) in compressed rows."""
        out_first = np.zeros(len(row) + 1, dtype=np.int64)
        if not self._index:
            return out_first, no_indices(), no_ints()
        all_first = as_array(self._first)
        first = all_first[row]
        counts = all_first[row + 1] - first
        counts.cumsum(out=out_first[1:])
        at = np.arange(out_first[-1])
        at += (first - out_first[:-1]).repeat(counts)
        return out_first, as_array(self._index)[at].astype(np.int32), as_array(self._amount)[at]


def as_array(values: array[int]) -> IntArray:
    """A view; ``values`` cannot grow while it lives."""
    return np.frombuffer(values, dtype=np.int64) if values else np.zeros(0, dtype=np.int64)


class Templates:
    """Rows of (pool, free run of slots) per shape, as flat arrays; a row's uses hold for every window cut from it.

    ``capacity`` [L, T] is all that there is of each limit, the standby of halls not taken off.
    """

    def __init__(self, problem: ExactProblem, labels: dict[LimitLabel, int], capacity: IntArray, budgets: Budgets) -> None:
        self.problem, self._labels, self._capacity = problem, labels, capacity
        self._standby = [[(labels[label], watts) for label, watts in standby_uses(problem, hall)] for hall in problem.halls]
        self._horizon_labels = {label: row for row, label in enumerate(budgets.labels)}
        self._shapes: dict[int, dict[Shape, int]] = {}
        self._accesses: dict[Shape, int] = {}
        self._open_pools: dict[Shape, list[ExactPool]] = {}
        self._runs: dict[tuple[tuple[int, int], ...], list[tuple[int, int]]] = {}
        self._limits_over: dict[tuple[Claimant, int], list[tuple[int, ledger.Measure]]] = {}
        self._demands: dict[tuple[object, ...], ledger.Demand] = {}
        self._claimant_matters = bool(problem.quotas or problem.groups) or any(pool.reservations for pool in problem.pools)
        self._least_capacity: list[int] = capacity.min(axis=1).tolist()
        self.site_of_pool: IntArray = np.array([pool.site for pool in problem.pools], dtype=np.int64)
        self.first_row = array("q", [0])
        self.pool, self.free_from, self.free_until = array("q"), array("q"), array("q")
        self.uses, self.budget_uses = UseLists(), UseLists()

    def of(self, job: ExactJob, mode: ExactMode) -> int:
        return self.of_modes(job, (mode,))[0]

    def of_modes(self, job: ExactJob, modes: Iterable[ExactMode]) -> list[int]:
        """The template of each of ``modes``, all of them of ``job``."""
        access: Shape = (
            job.allowed_regions, job.denied_regions, job.allowed_sites, job.denied_sites,
            job.claimant if self._claimant_matters else None,
        )  # fmt: skip
        who = self._accesses.setdefault(access, len(self._accesses))
        shapes = self._shapes.setdefault(who, {})
        found = []
        for mode in modes:
            shape: Shape = shape_of(mode)
            known = shapes.get(shape)
            if known is None:
                known = shapes[shape] = len(self.first_row) - 1
                for pool in self._pools(who, job, mode):
                    self._add(job, mode, pool)
                self.first_row.append(len(self.pool))
            found.append(known)
        return found

    def sites(self, row: IndexArray | IntArray) -> IntArray:
        """Where each of ``row`` lies."""
        return self.site_of_pool[as_array(self.pool)[row]]

    def _pools(self, who: int, job: ExactJob, mode: ExactMode) -> list[ExactPool]:
        """Where the mode may run at all, which neither its width nor its power decides."""
        key: Shape = who, mode.gpu_model, mode.pools, mode.sites, mode.resource_uses, mode.whole_domains
        pools = self._open_pools.get(key)
        if pools is None:
            pools = [pool for pool in self.problem.pools if ledger.exclusion(self.problem, job, mode, pool) is None]
            self._open_pools[key] = pools
        return pools

    def _add(self, job: ExactJob, mode: ExactMode, pool: ExactPool) -> None:
        need = self._demand(mode, pool)
        uses = [(row, need[measure]) for row, measure in self._rows_over(job.claimant, pool) if need[measure]]
        if mode.resource_uses:
            uses += [(self._labels[label], n) for label, n in ledger.renewable_uses(self.problem, mode, pool)]
            uses.sort()
        budget_uses = self._budget_uses(job.claimant, mode, pool) if self._horizon_labels else []
        for begin, end in self._free_runs(_added(uses, self._standby[pool.hall])):
            self.pool.append(pool.index)
            self.free_from.append(begin)
            self.free_until.append(end)
            self.uses.append(uses)
            self.budget_uses.append(budget_uses)

    def _rows_over(self, claimant: Claimant, pool: ExactPool) -> list[tuple[int, ledger.Measure]]:
        """`ledger.limits_over` with the limits' rows, in their order."""
        key = claimant, pool.index
        rows = self._limits_over.get(key)
        if rows is None:
            over = ledger.limits_over(self.problem, claimant, pool)
            rows = self._limits_over[key] = sorted((self._labels[label], measure) for label, measure in over)
        return rows

    def _demand(self, mode: ExactMode, pool: ExactPool) -> ledger.Demand:
        key = mode.gpu_count, mode.it_power_w, mode.liquid_w, mode.air_w, mode.whole_domains, pool.index
        need = self._demands.get(key)
        if need is None:
            need = self._demands[key] = ledger.demand(mode, pool)
        return need

    def _free_runs(self, uses: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """``[begin, end)`` of the slots in which what a run takes with its hall's standby breaks no limit."""
        least = self._least_capacity
        tight = [(row, amount) for row, amount in uses if amount > least[row]]
        if not tight:
            return [(0, self.problem.slot_count)]
        found = self._runs.get(tuple(tight))
        if found is None:
            free = np.ones(self.problem.slot_count, dtype=bool)
            for row, amount in tight:
                free &= amount <= self._capacity[row]
            found = self._runs[tuple(tight)] = runs(free)
        return found

    def _budget_uses(self, claimant: Claimant, mode: ExactMode, pool: ExactPool) -> list[tuple[int, int]]:
        """Watts for a metered budget, the amount itself for one that is counted."""
        site = self.problem.sites[pool.site].name
        metered = [
            (row, mode.it_power_w)
            for label, row in self._horizon_labels.items()
            if label.kind in METERED_KINDS and label.element == site and mode.it_power_w
        ]
        consumed = [
            (self._horizon_labels[label], amount)
            for label, amount in ledger.counted_uses(self.problem, claimant, mode, pool)
            if amount
        ]
        return sorted(metered + consumed)


def _added(uses: Sequence[tuple[int, int]], more: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    """``uses`` with ``more`` of some rows."""
    if not more:
        return uses
    amounts = dict(uses)
    for row, amount in more:
        amounts[row] = amounts.get(row, 0) + amount
    return sorted(amounts.items())


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
