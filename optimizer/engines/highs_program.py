"""One integer program inside HiGHS: arrays in, scaled so that no tolerance breaks an integer row; callbacks out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.columns.table import IntArray
from optimizer.formulation.milp import Milp
from optimizer.formulation.rows import Rows

FloatArray = NDArray[np.float64]

#: HiGHS's absolute tolerances. With coefficients up to ``_MOST_COEFFICIENT`` a row of a hundred thousand of them cannot
#: be passed by one unit of its greatest common divisor; larger ones are scaled down by a power of two, exactly.
_TOLERANCE = 1e-9
_MOST_COEFFICIENT = 2.0**10
#: Worths are scaled into this range; HiGHS's gap and dual tolerances are absolute too.
_MOST_WORTH = 1e4
#: HiGHS takes so many in about ten milliseconds.
COEFFICIENTS_AT_ONCE = 250_000


@dataclass(frozen=True, slots=True)
class Stop:
    """When to return: asked to (polled from callbacks), out of seconds, or out of nodes."""

    asked: Callable[[], bool]
    seconds: float
    node_limit: int | None = None


class Point(NamedTuple):
    """Columns at 1, and what goes in and out of batteries, ``[B, T]``."""

    ones: IntArray
    net_w: FloatArray


class HighsProgram:
    """``maximise worth x`` over binary columns. HiGHS holds one at a time; ``worth_unit`` micro-units are 1 inside."""

    def __init__(self, milp: Milp, rows: Rows, *, integral: bool, thread_count: int, seed: int) -> None:
        import highspy

        self._api = highspy
        self._milp, self._rows = milp, rows
        # a floor's shortfall is counted in steps of its scaled row
        self._floor_scale = _scale(milp.floors.first, milp.floors.coefficient)
        self._shortfall_cost = milp.floors.cost / self._floor_scale
        # the watts of a plant's variable are counted in parts of its upper bound
        parts = (milp.worth, self._shortfall_cost, milp.plant.worth)
        largest = max(float(np.abs(part).max(initial=0)) for part in parts)
        self.worth_unit = max(1.0, largest / _MOST_WORTH)
        # HiGHS keeps one scheduler a process and refuses another thread count until it is reset
        highspy.Highs.resetGlobalScheduler(True)
        self._highs = highspy.Highs()
        for option, value in {
            "output_flag": False,
            "threads": thread_count,
            "random_seed": seed,
            "presolve": "off",
            "primal_feasibility_tolerance": _TOLERANCE,
            "dual_feasibility_tolerance": _TOLERANCE,
            "mip_feasibility_tolerance": _TOLERANCE,
        }.items():
            self._accept(self._highs.setOptionValue(option, value))
        self._accept(self._highs.changeObjectiveSense(highspy.ObjSense.kMaximize))
        self._pass_columns(integral)
        self._pass_rows()

    def _pass_columns(self, integral: bool) -> None:
        binary_count, floors, plant = self._milp.column_count, self._milp.floors, self._milp.plant
        worth = np.concatenate([self._milp.worth, -self._shortfall_cost, plant.worth]) / self.worth_unit
        lower = np.concatenate([np.zeros(binary_count + floors.count), plant.lower])
        upper = np.concatenate([np.ones(binary_count), floors.target * self._floor_scale, np.ones(plant.count)])
        nothing, no_value = np.zeros(0, dtype=np.int32), np.zeros(0)
        none_in_each = np.zeros(len(worth), dtype=np.int32)
        self._accept(self._highs.addCols(len(worth), worth, lower, upper, 0, none_in_each, nothing, no_value))
        if integral:
            is_whole = np.concatenate([np.ones(binary_count, np.bool_), np.zeros(floors.count, np.bool_), plant.is_binary])
            whole = np.flatnonzero(is_whole).astype(np.int32)
            kinds = np.full(len(whole), int(self._api.HighsVarType.kInteger), dtype=np.uint8)
            self._accept(self._highs.changeColsIntegrality(len(whole), whole, kinds))

    def _pass_rows(self) -> None:
        rows, floors, plant = self._rows, self._milp.floors, self._milp.plant
        scale, target = row_scale(rows), floors.target * self._floor_scale
        self._add(target, np.full(floors.count, np.inf), *self._floor_entries())
        own_first, own_column, own_value, least, most = plant.own_rows()
        self._add(least, most, own_first, self._milp.column_count + floors.count + own_column, own_value)
        least = np.where(rows.equality, rows.capacity * scale, -np.inf)
        self._add(least, (rows.capacity - plant.resting(rows)) * scale, *self._row_entries(scale))

    def _add(self, lower: FloatArray, upper: FloatArray, first: IntArray, column: IntArray, value: FloatArray) -> None:
        """Rows, in parts: a call into HiGHS holds the interpreter lock, and no other thread sees that it must stop."""
        begin, count = 0, len(lower)
        while begin < count:
            most = int(np.searchsorted(first, first[begin] + COEFFICIENTS_AT_ONCE, side="right")) - 1
            end = min(max(begin + 1, most), count)
            part, entries = slice(begin, end), slice(first[begin], first[end])
            self._accept(
                self._highs.addRows(
                    end - begin,
                    lower[part],
                    upper[part],
                    int(first[end] - first[begin]),
                    (first[part] - first[begin]).astype(np.int32),
                    column[entries].astype(np.int32),
                    value[entries],
                )
            )
            begin = end

    def _floor_entries(self) -> tuple[IntArray, IntArray, FloatArray]:
        """The floors' rows as (first, column, value), the shortfall last in each; columns after the binary ones."""
        floors = self._milp.floors
        at = floors.first[1:]
        column: IntArray = np.insert(floors.column, at, self._milp.column_count + np.arange(floors.count))
        value: FloatArray = np.insert(floors.coefficient * np.repeat(self._floor_scale, np.diff(floors.first)), at, 1.0)
        return floors.first + np.arange(floors.count + 1), column, value

    def _row_entries(self, scale: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
        """The rows as (first, column, value), a plant's variables last in each; columns after the floors' shortfalls."""
        rows, plant = self._rows, self._milp.plant
        row, variable, sign = plant.entries(rows)
        at = rows.first[row + 1]
        value = rows.coefficient * np.repeat(scale, np.diff(rows.first))
        first = rows.first + np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows.count))])
        column: IntArray = np.insert(rows.column, at, self._milp.column_count + self._milp.floors.count + variable)
        return first, column, np.insert(value, at, sign * plant.upper[variable] * scale[row])

    def add_rows(self, rows: Rows) -> None:
        """More rows over the same columns."""
        scale = row_scale(rows)
        value: FloatArray = np.repeat(scale, np.diff(rows.first)) * rows.coefficient
        self._add(np.full(rows.count, -np.inf), rows.capacity * scale, rows.first, rows.column, value)

    def start_from(self, positions: IntArray, plant: IntArray) -> None:
        """A feasible point to start from: the columns at 1, all others at 0; ``plant`` is each of the plant's variables."""
        point = self._api.HighsSolution()
        values = np.zeros(self._milp.column_count)
        values[positions] = 1.0
        short = self._milp.floors.shortfall(positions) * self._floor_scale
        point.col_value = [*values.tolist(), *short.tolist(), *(plant / np.maximum(1, self._milp.plant.upper)).tolist()]
        self._accept(self._highs.setSolution(point))

    def accept_gap(self, relative: float, absolute_micros: int) -> None:
        self._accept(self._highs.setOptionValue("mip_rel_gap", relative))
        self._accept(self._highs.setOptionValue("mip_abs_gap", absolute_micros / self.worth_unit))

    def run(
        self,
        stop: Stop,
        *,
        on_point: Callable[[Point], None] | None = None,
        on_bound: Callable[[float], None] | None = None,
    ) -> None:
        """Solve until ``stop``; improving points and bounds (micro-units) go to the callbacks as HiGHS finds them."""
        kinds = self._api.cb.HighsCallbackType
        interrupts = (kinds.kCallbackMipInterrupt, kinds.kCallbackSimplexInterrupt)

        def callback(kind: Any, message: str, out: Any, answer: Any, data: Any) -> None:
            del message, data
            if kind == kinds.kCallbackMipImprovingSolution and on_point is not None:
                on_point(self._point(np.asarray(out.mip_solution, dtype=np.float64)))
            elif kind == kinds.kCallbackMipLogging and on_bound is not None:
                on_bound(float(out.mip_dual_bound) * self.worth_unit)
            elif kind in interrupts and stop.asked():
                answer.user_interrupt = True

        self._accept(self._highs.setCallback(callback, None))
        for kind in (*interrupts, kinds.kCallbackMipImprovingSolution, kinds.kCallbackMipLogging):
            self._accept(self._highs.startCallback(kind))
        # HiGHS's clock goes on from one run to the next
        self._accept(self._highs.setOptionValue("time_limit", self._highs.getRunTime() + max(0.01, stop.seconds)))
        if stop.node_limit is not None:
            self._accept(self._highs.setOptionValue("mip_max_nodes", stop.node_limit))
        self._highs.run()

    def infeasible(self) -> bool:
        return bool(self._highs.getModelStatus() == self._api.HighsModelStatus.kInfeasible)

    def optimal(self) -> bool:
        return bool(self._highs.getModelStatus() == self._api.HighsModelStatus.kOptimal)

    def activity(self) -> FloatArray:
        """Value of each column."""
        return np.array(self._highs.getSolution().col_value[: self._milp.column_count], dtype=np.float64)

    def chosen(self) -> Point | None:
        """The best point, or None where there is none."""
        information = self._highs.getInfo()
        if information.primal_solution_status != self._api.SolutionStatus.kSolutionStatusFeasible:
            return None
        return self._point(np.array(self._highs.getSolution().col_value, dtype=np.float64))

    def _point(self, values: FloatArray) -> Point:
        plant = self._milp.plant
        stores = values[len(values) - plant.stores.count :]
        return Point(_ones(values[: self._milp.column_count]), plant.stores.net_w(stores))

    def price(self, rows: Rows) -> FloatArray:
        """Dual value of each of ``rows`` (those passed and added, in order), micro-units per unit of the row."""
        solution = self._highs.getSolution()
        if not solution.dual_valid:
            return np.zeros(rows.count)
        of_rows = np.array(solution.row_dual, dtype=np.float64)[self._milp.floors.count + self._milp.plant.row_count :]
        price: FloatArray = of_rows * row_scale(rows) * self.worth_unit
        return price

    def floor_price(self) -> FloatArray:
        """What a unit more towards each floor is worth, in micro-units; shape ``[F]``."""
        solution, count = self._highs.getSolution(), self._milp.floors.count
        if not solution.dual_valid:
            return np.zeros(count)
        price: FloatArray = -np.array(solution.row_dual[:count], dtype=np.float64) * self._floor_scale * self.worth_unit
        return price

    def stored_price(self) -> FloatArray:
        """What a watt-slot more that a battery holds is worth, in micro-units; shape ``[B, T]``."""
        solution, plant, first = self._highs.getSolution(), self._milp.plant, self._milp.floors.count
        if not solution.dual_valid:
            return np.zeros(plant.stores.batteries.charge_w.shape)
        of_own = np.array(solution.row_dual, dtype=np.float64)[first : first + plant.row_count]
        return plant.stored_price(of_own * self.worth_unit)

    def tree_bound(self) -> float:
        """The bound of the search tree in micro-units; infinite where there is none."""
        bound = float(self._highs.getInfo().mip_dual_bound)
        return bound * self.worth_unit if abs(bound) < self._api.kHighsInf else float("inf")

    def node_count(self) -> int:
        return max(0, int(self._highs.getInfo().mip_node_count))

    def _accept(self, status: Any) -> None:
        # what HiGHS refuses (NaN, huge numbers) it would otherwise drop, and then call the rest optimal
        if status == self._api.HighsStatus.kError:
            raise RuntimeError("HiGHS refused the program or an option")


def row_scale(rows: Rows) -> FloatArray:
    """What each row is multiplied by: over its coefficients' greatest common divisor, then down by a power of two."""
    return _scale(rows.first, rows.coefficient)


def _scale(first: IntArray, coefficient: IntArray) -> FloatArray:
    divisor = np.ones(len(first) - 1)
    largest = divisor.copy()
    filled = np.flatnonzero(np.diff(first))
    if len(filled):
        divisor[filled] = np.gcd.reduceat(np.abs(coefficient), first[filled])
        largest[filled] = np.maximum.reduceat(np.abs(coefficient), first[filled])
    excess = np.maximum(1.0, largest / divisor / _MOST_COEFFICIENT)
    scale: FloatArray = 1.0 / divisor / 2.0 ** np.ceil(np.log2(excess))
    return scale


def _ones(values: FloatArray) -> IntArray:
    return np.flatnonzero(values > 0.5)
