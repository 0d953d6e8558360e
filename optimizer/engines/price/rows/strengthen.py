"""Rows that close the bound where gangs are large beside their limits.

The time-indexed relaxation lets two gangs that each need more than half a limit share it by halves. A *dual feasible
function* ``f`` keeps ``sum f(use) <= f(capacity)`` wherever ``sum use <= capacity`` (Fekete and Schepers, 2001; Alves et al.,
2016), so each order ``k``, limit and slot gives a row. Several limits at once are left to the pattern cuts of
``slot_hull``. Rows that the averaged relaxed plan breaks are added; ``optimizer.certificates`` states both families.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from optimizer.certificates import GangUse, PatternItem, PatternRow
from optimizer.columns.table import BoolArray, Columns, IndexArray, IntArray
from optimizer.engines.price.bound.kernel import FloatArray, PricingTable
from optimizer.engines.price.rows.gangs import Gangs, gangs_of
from optimizer.engines.price.rows.slot_hull import PatternCut, scopes, violated_cut
from optimizer.engines.price.rows.slot_rows import Activity, SlotRow, SlotRows, Weights, slot_rows
from optimizer.priced.patterns import PatternRowTooLargeError, pattern_row_holds

#: Slots in which rows are looked for together.
SLOTS_AT_ONCE = 168


@dataclass(frozen=True, slots=True, order=True)
class DualFeasibleRow:
    """The row of ``order`` of a limit (its index in ``Columns.limits``) at a slot."""

    limit: int
    slot: int
    order: int


@dataclass(frozen=True, slots=True)
class StrengthenParams:
    """``max_order >= 1``; ``least_violation > 0`` in parts of a row; ``cut_trials >= 0`` slot hulls looked at a round."""

    max_order: int = 6
    least_violation: float = 0.01
    cut_trials: int = 1000


@dataclass(frozen=True, slots=True)
class LimitGroup:
    """Limits that every gang uses alike (a site's grid and its only hall): in each slot only the least can bind."""

    limits: tuple[int, ...]  # their indices
    gang: IndexArray  # [n] gangs that use them
    use: IntArray  # [n]
    limit: IndexArray  # [T] the limit of least capacity
    capacity: IntArray  # [T] its capacity
    hall: IndexArray  # [T] the hall that may be switched off whose own limit that is, or -1


def limit_groups(columns: Columns, gangs: Gangs) -> tuple[LimitGroup, ...]:
    """The slot limits some gang uses, grouped by equal use; not those that gangs give to, of which there is no capacity."""
    hall_of_limit = columns.halls.hall_of_limit if len(columns.halls) else np.full(len(columns.limits), -1, dtype=np.int32)
    alike: dict[bytes, list[int]] = {}
    for limit in range(len(columns.limits)):
        alike.setdefault(gangs.use[:, limit].tobytes(), []).append(limit)
    groups = []
    for limits in alike.values():
        use = gangs.use[:, limits[0]]
        gang = np.flatnonzero(use).astype(np.int32)
        if len(gang) and (use >= 0).all():
            capacity = columns.capacity[limits]
            least = np.array(limits, dtype=np.int32)[capacity.argmin(axis=0)]
            groups.append(LimitGroup(tuple(limits), gang, use[gang], least, capacity.min(axis=0), hall_of_limit[least]))
    return tuple(groups)


def coefficients(use: IntArray, capacity: IntArray, order: int) -> IntArray:
    """`certificates.dual_feasible`, elementwise; 0 where ``use`` exceeds ``capacity``, since no column runs there."""
    quotient, remainder = np.divmod((order + 1) * use, np.maximum(capacity, 1))
    coefficient = np.where(remainder > 0, order + 1, order) * quotient
    return np.where(use <= capacity, coefficient, 0)


def violated_rows(
    groups: Iterable[LimitGroup], activity: Activity, params: StrengthenParams, known: BoolArray
) -> list[DualFeasibleRow]:
    """Dual feasible rows that the mean ``activity`` of gangs breaks; not those that are ``known[L, T, order - 1]``.

    A row of a hall that may be switched off allows only the part of its right-hand side for which the hall is on.
    """
    rows = []
    for group in groups:
        every = np.arange(len(group.limit))
        on = np.ones(len(every))
        for hall in np.unique(group.hall).tolist():
            on = np.where(group.hall == hall, activity.on(hall), on)
        for order in range(1, params.max_order + 1):
            most = order * (order + 1) * (1.0 + params.least_violation) * on
            broken = _counted(group, activity, order) > most * activity.plan_count
            for slot in np.flatnonzero(broken & ~known[group.limit, every, order - 1]).tolist():
                rows.append(DualFeasibleRow(int(group.limit[slot]), slot, order))
    return rows


def _counted(group: LimitGroup, activity: Activity, order: int) -> IntArray:
    """What the row of ``order`` counts of all ``activity``, by slot; a week at a time, for the sake of memory."""
    counted = np.empty(activity.count.shape[1], dtype=np.int64)
    for first in range(0, len(counted), SLOTS_AT_ONCE):
        slots = slice(first, first + SLOTS_AT_ONCE)
        capacity, which = np.unique(group.capacity[slots], return_inverse=True)
        coefficient = coefficients(group.use[:, None], capacity, order)
        counted[slots] = (coefficient[:, which] * activity.count[group.gang, slots]).sum(axis=0)
    return counted


@dataclass(frozen=True, slots=True)
class PatternSlot:
    """A pattern cut (its index in `Strengthening.cuts`) in one of its slots."""

    cut: int
    slot: int


def gang_uses(columns: Columns, use: IntArray) -> tuple[GangUse, ...]:
    """What a gang uses of the slot limits, ``use[L]``, as certificates state it."""
    used = [(columns.limits[limit], int(use[limit])) for limit in np.flatnonzero(use)]
    return tuple(sorted(GangUse(label.kind, label.element, amount) for label, amount in used))


class Strengthening:
    """The rows added so far: `labels` and `rows` go together; rows are appended, and dropped by `keep_rows` alone."""

    def __init__(self, table: PricingTable, params: StrengthenParams | None = None) -> None:
        self.params = StrengthenParams() if params is None else params
        self.gangs = gangs_of(table.columns, table.profiles)
        self.cuts: list[PatternCut] = []
        self.labels: list[DualFeasibleRow | PatternSlot] = []
        self._columns = table.columns
        self._groups = limit_groups(table.columns, self.gangs)
        self._group_of = {int(limit): group for group in self._groups for limit in np.unique(group.limit)}
        self._scopes = scopes(self.gangs)
        self._scope_hall = [self._hall_of_gangs(scope.gang) for scope in self._scopes]
        self._slot_rows: list[SlotRow] = []
        self._weights: dict[tuple[bytes, bytes], Weights] = {}
        self._known = np.zeros((*table.columns.capacity.shape, self.params.max_order), dtype=np.bool_)

    @property
    def entry_count(self) -> int:
        """Gangs over all rows."""
        return sum(len(row.weights.gang) for row in self._slot_rows)

    def keep_rows(self, kept: BoolArray) -> None:
        """Drop the others; multipliers of the rows are to be cut alike."""
        chosen = np.flatnonzero(kept).tolist()
        self.labels = [self.labels[r] for r in chosen]
        self._slot_rows = [self._slot_rows[r] for r in chosen]
        self._known[:] = False
        for label in self.labels:
            self._know(label)

    def rows(self) -> SlotRows:
        return slot_rows(self._slot_rows, self.gangs.of_profile, self._columns.slot_count)

    def add_dual_feasible_rows(self, activity: Activity) -> int:
        """Add every dual feasible row that the mean ``activity`` of gangs breaks; return how many."""
        found = violated_rows(self._groups, activity, self.params, self._known)
        self.add_rows(found)
        return len(found)

    def add_rows(self, rows: Iterable[DualFeasibleRow]) -> None:
        """Add those of ``rows`` that some gang takes part in; each limit must be the least of its group in the slot
        (`least_row`).
        """
        hall_of_limit = self._columns.halls.hall_of_limit
        # most slots have the capacity of others, and the same row
        known: dict[tuple[int, int, int], Weights] = {}
        for row in rows:
            capacity = self._columns.capacity[row.limit, row.slot : row.slot + 1]
            alike = row.limit, int(capacity[0]), row.order
            if alike not in known:
                group = self._group_of[row.limit]
                coefficient = coefficients(group.use, capacity, row.order)
                some = coefficient > 0
                known[alike] = self._shared(group.gang[some], coefficient[some])
            hall = int(hall_of_limit[row.limit]) if len(hall_of_limit) else -1
            if len(known[alike].gang):
                self._append(row, SlotRow(row.slot, row.order * (row.order + 1), known[alike], hall))

    def least_row(self, row: DualFeasibleRow) -> DualFeasibleRow | None:
        """``row`` on the limit that can bind in its slot, of those used alike; None where no gang uses it."""
        for group in self._groups:
            if row.limit in group.limits:
                return DualFeasibleRow(int(group.limit[row.slot]), row.slot, row.order)
        return None

    def add_pattern_cuts(
        self, activity: Activity, limit_price: FloatArray, stopping: Callable[[], bool] = lambda: False
    ) -> int:
        """Separate the slot hulls, dearest first, at most ``cut_trials`` of them; return how many rows were added.

        ``activity`` is that of gangs.
        """
        paid = limit_price * self._columns.capacity
        dearest = np.argsort([-paid[scope.limit].sum(axis=0) for scope in self._scopes], axis=None, kind="stable")
        before, served = len(self._slot_rows), set[tuple[int, int]]()
        trials = 0
        for index, slot in zip(*(places.tolist() for places in np.divmod(dearest, self._columns.slot_count)), strict=True):
            if trials == self.params.cut_trials or stopping():
                break
            if (index, slot) in served:
                continue
            trials += 1
            scope, on = self._scopes[index], activity.on(self._scope_hall[index])
            cut = violated_cut(self._columns, self.gangs, scope, activity, on, slot, self.params.least_violation)
            if cut is not None and (not len(self._columns.halls) or self._is_settled(cut)):
                served.update((index, t) for t in cut.slots)
                self.add_cut(cut)
        return len(self._slot_rows) - before

    def add_cut(self, cut: PatternCut) -> None:
        """Add ``cut``, which must hold, in each of its slots."""
        hall, weights = self._hall_of_gangs(cut.gang), self._shared(cut.gang, cut.coefficient)
        for t in cut.slots:
            self._append(PatternSlot(len(self.cuts), t), SlotRow(t, cut.rhs, weights, hall))
        self.cuts.append(cut)

    def _shared(self, gang: IndexArray, coefficient: IntArray) -> Weights:
        """The weights of these coefficients, the same for all rows that have them."""
        return self._weights.setdefault((gang.tobytes(), coefficient.tobytes()), Weights(gang, coefficient))

    def _append(self, label: DualFeasibleRow | PatternSlot, row: SlotRow) -> None:
        self._slot_rows.append(row)
        self.labels.append(label)
        self._know(label)

    def _know(self, label: DualFeasibleRow | PatternSlot) -> None:
        if isinstance(label, DualFeasibleRow):
            self._known[label.limit, label.slot, label.order - 1] = True

    def _hall_of_gangs(self, gang: IndexArray) -> int:
        """The hall that may be switched off of which every gang uses a limit, or -1: while it is off none of them runs."""
        hall_of_limit = self._columns.halls.hall_of_limit
        if not len(hall_of_limit):
            return -1
        halls = np.where(self.gangs.use[gang] > 0, hall_of_limit, -1).max(axis=1)
        return int(halls[0]) if len(halls) and (halls == halls[0]).all() else -1

    def _is_settled(self, cut: PatternCut) -> bool:
        """Whether the check of a certificate can settle that ``cut`` holds; those of halls may list hundreds of gangs."""
        items = tuple(
            PatternItem(gang_uses(self._columns, self.gangs.use[gang]), int(coefficient))
            for gang, coefficient in zip(cut.gang, cut.coefficient, strict=True)
        )
        slots = list(cut.slots)
        counts = self.gangs.job_count[cut.gang][:, slots].max(axis=1).tolist()
        capacity = {
            (label.kind, label.element): max(0, int(self._columns.capacity[limit, slots].max()))
            for limit, label in enumerate(self._columns.limits)
        }
        try:
            return pattern_row_holds(PatternRow(items, cut.rhs, ()), counts, capacity)
        except PatternRowTooLargeError:
            return False
