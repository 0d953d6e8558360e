"""Plans of the price engine: placements with what they leave free, exact after every change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from optimizer.arrays import no_ints
from optimizer.columns.itineraries import itinerary_use, itinerary_worth
from optimizer.columns.lanes import Piece
from optimizer.columns.table import Columns, IndexArray, IntArray, Selection
from optimizer.engines.price.plans.plant_value import plant_value, scratch
from optimizer.engines.price.plans.residual import budget_use, column_fits, column_worth, kernel, occupy
from optimizer.engines.price.plans.shares import count_share, whole_shortfall
from optimizer.engines.price.tables import FloatArray, Tables
from optimizer.engines.price.ties.tied import in_order_and_group, predecessors_first

#: In place of the window of a job that runs in pieces.
IN_PIECES = -2


class PlacedPieces(NamedTuple):
    """An itinerary with what it is worth and what it takes; each (row, slot) of the merged limits once."""

    pieces: tuple[Piece, ...]
    worth: int
    row: IntArray
    slot: IntArray
    amount: IntArray
    budgets: tuple[tuple[int, int], ...]
    shares: tuple[tuple[int, int], ...]  # (floor, units)


def placed_pieces(columns: Columns, tables: Tables, job: int, pieces: tuple[Piece, ...]) -> PlacedPieces:
    """What an itinerary of ``job`` that keeps the rules takes and is worth."""
    use = itinerary_use(columns, pieces)
    row = tables.merged[use.limit].astype(np.int64)
    # limits that are one row are used alike, so any of them says how much
    _, first = np.unique(row * columns.slot_count + use.slot, return_index=True)
    first = first[row[first] >= 0]
    floors = columns.floors
    shares = [
        (int(floors.lane_floor[piece.lane]), int(floors.lane_width[piece.lane]) * (piece.end - piece.start))
        for piece in (pieces if len(floors) else ())
        if floors.lane_floor[piece.lane] >= 0
    ]
    worth = itinerary_worth(columns, job, pieces)
    return PlacedPieces(pieces, worth, row[first], use.slot[first], use.amount[first], use.budgets, tuple(shares))


@dataclass(slots=True)
class Plan:
    """A feasible set of placements with what it leaves free. ``missing`` mandatory jobs make it inadmissible as a plan.

    ``residual`` is ``[M, T]`` in units of the merged limits, ``window`` and ``start`` are ``[J]`` (-1: left out;
    ``IN_PIECES``: in ``pieces``), ``objective`` is in micro-units and exact, what share floors lack included and what runs
    beside jobs left out.
    """

    tables: Tables
    residual: IntArray
    budget_left: IntArray
    window: IndexArray
    start: IndexArray
    objective: int = 0
    share_left: IntArray = field(default_factory=no_ints)  # [F] what floors lack; below 0 where there is more than asked
    pieces: dict[int, PlacedPieces] = field(default_factory=dict)

    @classmethod
    def empty(cls, tables: Tables) -> Plan:
        unplaced = np.full(len(tables.bonus), -1, dtype=np.int32)
        return cls(
            tables,
            tables.capacity.copy(),
            tables.budget_capacity.copy(),
            unplaced,
            unplaced.copy(),
            -whole_shortfall(tables),
            tables.share_target.copy(),
        )

    @classmethod
    def of(cls, tables: Tables, selection: Selection, columns: Columns | None = None) -> Plan:
        """The plan of ``selection``, which must be feasible: a column that does not fit raises ValueError.

        ``columns`` are asked for runs in pieces.
        """
        plan = cls.empty(tables)
        plan.window[:], plan.start[:] = selection.window, selection.start
        plan.start[plan.window < 0] = -1
        misfit = plan._occupy_in_order(np.arange(len(plan.window)), 0)
        if misfit >= 0:
            raise ValueError(f"job {misfit} does not fit at window {plan.window[misfit]}, start {plan.start[misfit]}")
        for job, pieces in selection.pieces.items():
            if columns is None or not plan.try_pieces(job, placed_pieces(columns, tables, job, pieces)):
                raise ValueError(f"job {job} does not fit in pieces {pieces}")
        return plan

    @property
    def missing(self) -> int:
        """How many mandatory jobs are not placed."""
        return int(np.count_nonzero((self.tables.bonus > 0) & (self.window == -1)))

    @property
    def rank(self) -> tuple[int, int]:
        """Plans of the same tables compare by this, larger is better: mandatory jobs first, then the objective.

        What a plant earns is rounded by the slot here.
        """
        return -self.missing, self.objective + self._beside

    def place_fitting(self, hint: Selection, prices: FloatArray, budget_prices: FloatArray) -> None:
        """Places what fits of ``hint`` into an empty plan, most worth per priced use first, each after those it waits for.

        ``prices`` ``[M, T]`` and ``budget_prices`` ``[B]`` (or none) are micro-units per unit (and slot).
        """
        density = densities(self.tables, hint.window, hint.start, prices, budget_prices)
        order = np.argsort(-density, kind="stable")
        if len(self.tables.ties):
            self._place_tied(hint, order[hint.window[order] >= 0].astype(np.int32))
            return
        self.window[:], self.start[:] = hint.window, hint.start
        self.start[self.window < 0] = -1
        misfit = 0
        while misfit >= 0:
            misfit = self._occupy_in_order(order, misfit)
            if misfit >= 0:
                self.window[order[misfit]] = self.start[order[misfit]] = -1

    def _occupy_in_order(self, order: IntArray, first: int) -> int:
        """Counts the columns of ``order[first:]`` in; the first place in ``order`` whose column does not fit, or -1."""
        taken = self.residual, self.budget_left, self.share_left
        worth, misfit = _place_all(self.tables, *taken, self.window, self.start, order, first)
        self.objective += int(worth)
        return int(misfit)

    def _place_tied(self, hint: Selection, order: IndexArray) -> None:
        for job in predecessors_first(self.tables, order).tolist():
            window, start = int(hint.window[job]), int(hint.start[job])
            keeps_ties = in_order_and_group(self.tables, self.window, self.start, job, window, start)
            if keeps_ties and column_fits(self.tables, self.residual, self.budget_left, window, start):
                self.place(job, window, start)

    def try_pieces(self, job: int, placed: PlacedPieces) -> bool:
        """Places an absent job in pieces if they fit; whether they do."""
        if (self.residual[placed.row, placed.slot] < placed.amount).any():
            return False
        if any(use > self.budget_left[budget] for budget, use in placed.budgets):
            return False
        self.objective += self._take(placed, 1)
        self.window[job], self.start[job], self.pieces[job] = IN_PIECES, -1, placed
        return True

    def _take(self, placed: PlacedPieces, sign: int) -> int:
        """Count an itinerary in or out; by how much the objective grows."""
        self.residual[placed.row, placed.slot] -= sign * placed.amount
        for budget, use in placed.budgets:
            self.budget_left[budget] -= sign * use
        gain = sign * placed.worth
        for floor, units in placed.shares:
            short = max(0, int(self.share_left[floor]))
            self.share_left[floor] -= sign * units
            gain += int(self.tables.share_cost[floor]) * (short - max(0, int(self.share_left[floor])))
        return gain

    def place(self, job: int, window: int, start: int) -> None:
        self.objective += int(_count(self.tables, self.residual, self.budget_left, self.share_left, window, start, 1))
        self.window[job], self.start[job] = window, start

    def remove(self, job: int) -> None:
        """Take out a placed job."""
        if self.window[job] == IN_PIECES:
            self.objective += self._take(self.pieces.pop(job), -1)
            self.window[job] = -1
            return
        window, start = int(self.window[job]), int(self.start[job])
        self.objective += int(_count(self.tables, self.residual, self.budget_left, self.share_left, window, start, -1))
        self.window[job] = self.start[job] = -1

    def gain_of(self, job: int) -> int:
        """What a placed job brings: its worth, what floors would lack without it, and what it changes beside the jobs."""
        beside = self._beside
        if self.window[job] == IN_PIECES:
            gain = -self._take(self.pieces[job], -1)
            beside -= self._beside
            self._take(self.pieces[job], 1)
            return gain + beside
        window, start = int(self.window[job]), int(self.start[job])
        lost = int(count_share(self.tables, self.share_left, window, -1))
        occupy(self.tables, self.residual, self.budget_left, window, start, -1)
        beside -= self._beside
        occupy(self.tables, self.residual, self.budget_left, window, start, 1)
        count_share(self.tables, self.share_left, window, 1)
        return int(column_worth(self.tables, window, start)) - lost + beside

    @property
    def _beside(self) -> int:
        """What the plant earns, rounded by the slot; peaks no lower than the tables have them."""
        plant = self.tables.plant
        return int(plant_value(plant, self.residual, scratch(plant))) if len(plant.first) else 0

    def copy(self) -> Plan:
        return Plan(
            self.tables,
            self.residual.copy(),
            self.budget_left.copy(),
            self.window.copy(),
            self.start.copy(),
            self.objective,
            self.share_left.copy(),
            dict(self.pieces),
        )

    def selection(self) -> Selection:
        pieces = {job: placed.pieces for job, placed in sorted(self.pieces.items())}
        return Selection(np.maximum(self.window, -1), self.start.copy(), pieces=pieces)


@kernel
def _count(
    tables: Tables, residual: IntArray, budget_left: IntArray, share_left: IntArray, window: int, start: int, sign: int
) -> int:
    """Count a column in (``sign`` 1) or out (-1); by how much the objective grows."""
    occupy(tables, residual, budget_left, window, start, sign)
    gain: int = sign * column_worth(tables, window, start) + count_share(tables, share_left, window, sign)
    return gain


@kernel
def _place_all(
    tables: Tables,
    residual: IntArray,
    budget_left: IntArray,
    share_left: IntArray,
    window: IndexArray,
    start: IndexArray,
    order: IntArray,
    first: int,
) -> tuple[int, int]:
    """The jobs ``order[first:]``: (their gain, -1), or (the gain before it, the first place whose column does not fit)."""
    worth = 0
    for place in range(first, len(order)):
        job = order[place]
        if window[job] < 0:
            continue
        if not column_fits(tables, residual, budget_left, window[job], start[job]):
            return worth, place
        worth += _count(tables, residual, budget_left, share_left, window[job], start[job], 1)
    return worth, -1


def densities(
    tables: Tables, window: IndexArray, start: IndexArray, prices: FloatArray, budget_prices: FloatArray
) -> FloatArray:
    """Worth per priced use of each job's column, more than any other for one that must run; 0 for jobs without. ``[J]``"""
    density = np.zeros(len(window))
    _fill_densities(tables, prices, budget_prices, window, start, density)
    return density


@kernel
def _fill_densities(
    tables: Tables, prices: FloatArray, budget_prices: FloatArray, window: IndexArray, start: IndexArray, density: FloatArray
) -> None:
    for job in range(len(window)):
        w = window[job]
        if w < 0:
            continue
        begin, end = start[job], start[job] + tables.duration[w]
        paid = 1.0
        if len(prices) > 0:
            for k in range(tables.use_first[w], tables.use_first[w + 1]):
                price = prices[tables.use_limit[k]]
                for slot in range(begin, end):
                    paid += tables.use_amount[k] * price[slot]
        if len(budget_prices) > 0:
            for k in range(tables.budget_use_first[w], tables.budget_use_first[w + 1]):
                paid += budget_prices[tables.budget_use_index[k]] * budget_use(tables, k, begin, end)
        density[job] = (float(column_worth(tables, w, begin)) + tables.bonus[job]) / paid
