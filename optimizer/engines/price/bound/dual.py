"""Dual ascent: prices whose Lagrangian bound is as low as the evaluations allow.

Minimise ``L(y) = capacity y + sum of each job's best profit`` over ``y >= 0`` (slot limits, budgets, share floors up to
their cost, rows of order, slot rows) by the projected subgradient ``capacity - use``, taken relative to capacity, with Adam's
normalisation (Kingma and Ba, 2015): a price moves by about ``step`` of its unit, and steps decay geometrically over the
planned evaluations. A subgradient method's last iterates circle the optimum, so their average is tried as well: it is usually
the better point.

Nothing here looks at a clock: the same evaluations give the same prices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from optimizer.columns.table import BoolArray, Columns, IntArray
from optimizer.engines.price.bound.kernel import BestColumns, FloatArray, Prices, PricingTable, best_columns
from optimizer.engines.price.bound.plant import PlantAgents, plant_agents
from optimizer.engines.price.halls.agents import HallAgents, best_turn, hall_agents
from optimizer.engines.price.pieces.recent import DIVE_INTERVAL, INTERVAL, RecentItineraries
from optimizer.engines.price.rows.slot_rows import Activity, Runs, SlotRows, add_activity, no_slot_rows, usage_of_runs
from optimizer.engines.price.ties.tied_pricing import price_tied
from optimizer.engines.price.ties.tied_table import TiedTable
from optimizer.interrupt import GiveWay, never

#: A price of order, a slot, beside what a job is worth on average in each slot of the horizon.
ORDER_UNIT = 4.0
#: Of a price's unit, for each evaluation there is time for: few large steps overshoot prices that begin at zero.
SHORT_STEP = 0.0002


@dataclass(frozen=True, slots=True)
class AscentParams:
    """How an ascent moves; ``0 < final_step <= first_step``, ``0 <= momentum, memory, inertia < 1``.

    Steps are in units of a price (see `DualAscent`). ``momentum`` and ``memory`` smooth the subgradient and its square,
    ``inertia`` the averaged prices, which are tried every ``average_interval`` evaluations of the second half.
    """

    first_step: float = 0.02
    final_step: float = 0.0002
    momentum: float = 0.95
    memory: float = 0.99
    inertia: float = 0.95
    average_interval: int = 20


@dataclass(frozen=True, slots=True)
class DualPoint:
    """Multipliers >= 0 in micro-units: per unit of ``limit[L, T]``, ``budget[B]``, ``row[R]``, ``floor[F]``, ``order[P, T]``.

    A floor's is at most its cost; an empty ``floor`` or ``order`` is 0 for all. The rows of order are those of the precedences
    of `tied_table`.
    """

    limit: FloatArray
    budget: FloatArray
    row: FloatArray
    floor: FloatArray = field(default_factory=lambda: np.zeros(0))
    order: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))

    def prices(self, rows: SlotRows) -> Prices:
        return Prices(self.limit, self.budget, rows.surcharge(self.row) if rows.count else None, self.floor)

    def floors(self, count: int) -> FloatArray:
        """``floor`` of ``count`` floors."""
        return self.floor if len(self.floor) else np.zeros(count)

    def orders(self, count: int, slot_count: int) -> FloatArray:
        """``order`` of ``count`` precedences; all 0 where these are not the precedences it has prices for."""
        return self.order if self.order.shape == (count, slot_count) else np.zeros((count, slot_count))


class Smoothing:
    """Adam's running means of the subgradient and of its square, elementwise; ``direction`` takes the next subgradient."""

    def __init__(self, size: int) -> None:
        self._momentum, self._square, self._count = np.zeros(size), np.zeros(size), 0

    def direction(self, slope: FloatArray, p: AscentParams) -> FloatArray:
        """Where to go, of about unit size wherever the subgradient keeps its sign."""
        self._count += 1
        self._momentum += (1.0 - p.momentum) * (slope - self._momentum)
        self._square += (1.0 - p.memory) * (slope * slope - self._square)
        mean = self._momentum / (1.0 - p.momentum**self._count)
        scale = np.sqrt(self._square / (1.0 - p.memory**self._count)) + 1e-3
        step: FloatArray = mean / scale
        return step


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The Lagrangian bound at a point, in micro-units, and the subgradient there relative to capacity."""

    bound: float
    subgradient: FloatArray


class DualAscent:
    """One ascent over the jobs of ``table``; call `run` as often as there is time and read `best_point`, `best_bound`.

    ``capacity``, ``budget_capacity`` and ``floor_target`` stand in for the columns' own where part of them is taken, or where
    the jobs are a sample; columns that use more than ``residual`` alone are left out. ``agents`` stand in for the halls of the
    columns, ``plant`` for what runs beside their jobs. A price's unit is what a unit of the limit would cost if the limit
    alone earned the whole bound, so one step size suits watts, nodes and tonnes; a floor's is its cost.
    """

    def __init__(
        self,
        table: PricingTable,
        rows: SlotRows | None = None,
        start: DualPoint | None = None,
        capacity: IntArray | FloatArray | None = None,
        budget_capacity: IntArray | FloatArray | None = None,
        residual: IntArray | None = None,
        keep_activity: bool = False,
        params: AscentParams | None = None,
        give_way: GiveWay = never,
        floor_target: IntArray | FloatArray | None = None,
        agents: HallAgents | None = None,
        plant: PlantAgents | None = None,
    ) -> None:
        columns, floors = table.columns, table.columns.floors
        self.table = table
        self.rows = no_slot_rows(table.profiles.count, columns.slot_count) if rows is None else rows
        self.params = AscentParams() if params is None else params
        self._residual = residual
        self._give_way = give_way
        self._recent, self._interval = RecentItineraries(), INTERVAL
        shape = table.profiles.count, columns.slot_count
        self._activity = np.zeros(shape, dtype=np.int32) if keep_activity else None
        self._plant = plant_agents(columns) if plant is None else plant
        self._mandatory = columns.mandatory[table.jobs]
        self._shape = columns.capacity.shape
        # a floor asks for at least its target: as a row, at most minus that
        self._order_shape = (0 if table.tied is None else len(table.tied.precedence), columns.slot_count)
        self._capacity = np.concatenate([
            np.maximum(0, columns.capacity if capacity is None else capacity).ravel(),
            np.maximum(0, columns.budget_capacity if budget_capacity is None else budget_capacity),
            -np.maximum(0, floors.target if floor_target is None else floor_target),
            np.zeros(self._order_shape[0] * columns.slot_count),
            self.rows.rhs,
        ]).astype(np.float64)  # fmt: skip
        self._floor_first = columns.capacity.size + len(columns.budgets)
        self._order_first = self._floor_first + len(floors)
        self._row_first = self._order_first + self._order_shape[0] * columns.slot_count
        self._most = np.full(len(self._capacity), np.inf)
        self._most[: columns.capacity.size] = self._plant.most(self._shape).ravel()
        self._most[self._floor_first : self._order_first] = floors.cost
        self._at = np.zeros(len(self._capacity))
        if start is not None:
            given = self._flat(start)
            self._at[: len(given)] = np.minimum(given, self._most[: len(given)])
        self._average = self._at
        self._net_w = np.zeros(self._plant.batteries.rate.shape)
        self._smoothing = Smoothing(len(self._at))
        self._scale = np.maximum(np.abs(self._capacity), 1.0)
        self._agents = hall_agents(columns) if agents is None else agents
        self._hall_rules = self._agents.rules
        self._on_count = np.zeros((len(self._agents), columns.slot_count), dtype=np.int32)
        self._switched = np.zeros(len(self._capacity), dtype=np.bool_)
        self._switched[: columns.capacity.size].reshape(self._shape)[self._agents.limit] = True
        self._switched[self._row_first :] = self.rows.hall >= 0
        self.evaluation_count = 0
        self._averaged = 0
        self.best_bound = np.inf
        self._best = self._at
        self._unit = self._units()

    def activity(self) -> Activity:
        """The runs of each profile in each slot, and the halls that are on, over the second half of the runs so far."""
        if self._activity is None:
            raise ValueError("this ascent was not asked to keep its activity")
        return Activity(self._activity, max(1, self._averaged), self._on_count if len(self._agents) else None)

    @property
    def mean_net_w(self) -> FloatArray | None:
        """Mean net watts ``[B, T]`` of batteries over the second half of the runs so far; None where there was none."""
        return self._net_w / self._averaged if self._averaged and len(self._plant.batteries) else None

    @property
    def best_point(self) -> DualPoint:
        return self._point(self._best)

    def run(
        self,
        evaluation_count: int,
        stopping: Callable[[], bool] = lambda: False,
        share: Callable[[], float] = lambda: 0.0,
    ) -> float:
        """Ascend for about ``evaluation_count`` evaluations with steps from first to final; return `best_bound`.

        ``share()`` is how much of the time has passed, from 0 to 1: where that runs out first, steps shrink with it.
        """
        p = self.params
        self._smoothing = Smoothing(len(self._at))
        averaging = False
        for n in range(evaluation_count):
            if stopping():
                break
            slope = self._evaluate(self._at, averaging, bounding=False).subgradient
            timed = min(1.0, share())
            passed = max(n / evaluation_count, timed)
            first = min(p.first_step, SHORT_STEP * (n + 1) / timed) if timed > 0.0 else p.first_step
            step = first * min(1.0, p.final_step / first) ** passed
            averaging = passed >= 0.5
            self._at = self._moved(step, slope)
            self._average = p.inertia * self._average + (1.0 - p.inertia) * self._at if averaging else self._at
            if averaging and (n % p.average_interval == 0 or n == evaluation_count - 1):
                self._evaluate(self._average, averaging)
        return self.best_bound

    def _moved(self, step: float, slope: FloatArray) -> FloatArray:
        """The multipliers one step down the ``slope``, within what each may be."""
        moved = self._at - step * self._unit * self._smoothing.direction(slope, self.params)
        return np.clip(moved, 0.0, self._most)

    def narrow(self, table: PricingTable, residual: IntArray, budget_left: IntArray, share_left: IntArray) -> None:
        """From now on only the jobs of ``table`` are left, and so much of each limit, budget and share floor.

        Prices and smoothing go on, and slopes stay relative to the whole capacity, so a limit that fills up does not
        shake its price. Only without slot rows and rows of order; `best_bound` starts again.
        """
        if self.rows.count or self._order_shape[0]:
            raise ValueError("an ascent with slot rows or rows of order cannot be narrowed")
        self._recent.narrow(self.table.jobs, table.jobs)
        self._interval = DIVE_INTERVAL
        self.table, self._residual = table, residual
        self._mandatory = table.columns.mandatory[table.jobs]
        left = np.maximum(0, np.concatenate([residual.ravel(), budget_left]))
        self._capacity = np.concatenate([left, -np.maximum(0, share_left)]).astype(np.float64)
        self.best_bound = np.inf

    def drift(self, evaluation_count: int, step: float) -> None:
        """Follow what `narrow` changed: ``evaluation_count`` steps of one size, without settling; read `average_point`."""
        inertia = self.params.inertia
        for _ in range(evaluation_count):
            slope = self._evaluate(self._at, False, bounding=False).subgradient
            self._at = self._moved(step, slope)
            self._average = inertia * self._average + (1.0 - inertia) * self._at

    @property
    def average_point(self) -> DualPoint:
        """The average of the last iterates, later ones with more weight."""
        return self._point(self._average)

    def evaluate(self, point: DualPoint) -> Evaluation:
        """The bound and subgradient at ``point``, which becomes `best_point` if nothing was better."""
        return self._evaluate(self._flat(point), False)

    def _flat(self, point: DualPoint) -> FloatArray:
        """All multipliers in one row: limits, budgets, floors, order, rows."""
        floor, order = point.floors(len(self.table.columns.floors)), point.orders(*self._order_shape)
        return np.concatenate([point.limit.ravel(), point.budget, floor, order.ravel(), point.row])

    def _evaluate(self, at: FloatArray, averaging: bool, *, bounding: bool = True) -> Evaluation:
        """Without ``bounding`` most evaluations price only itineraries that won of late: a direction, and no bound."""
        # what follows a pricing takes as long as some of its chunks
        self._give_way()
        columns, profiles, tied = self.table.columns, self.table.profiles, self.table.tied
        point = self._point(at)
        prices = point.prices(self.rows)
        best = best_columns(self.table, prices, self._residual, self._give_way)
        if tied is not None:
            price_tied(self.table, tied, prices, point.order, self._residual, best)
        floor = np.where(self._mandatory, best.profit, np.maximum(best.profit, 0.0))
        full = bounding or self._recent.due(self.table, self._interval)
        if full:
            pieces = self._recent.full(self.table, prices, floor, self._residual, self._give_way)
        else:
            pieces = self._recent.again(self.table, prices, floor)
        whole = ((best.profit > 0.0) | self._mandatory) & (best.window >= 0)
        whole[pieces.position] = False
        taken = np.flatnonzero(whole)
        runs = Runs(best.window[taken], best.start[taken], pieces.lane, pieces.start, pieces.end, pieces.opens)
        usage = usage_of_runs(columns, profiles, self.rows, runs)
        self._averaged += averaging
        if averaging and self._activity is not None:
            add_activity(self._activity, columns, profiles, runs)
        self.evaluation_count += 1
        # Not a BLAS product: its threads would cost more than they save, and make the last digits depend on them.
        bound = float((self._capacity * at).sum() + best.profit[taken].sum() + pieces.profit.sum())
        there = self._capacity
        on = None
        if len(self._agents):
            value, there, on = self._turn(at, point)
            bound += value
            self._on_count += averaging * on
        limit_use = usage.limit.ravel().astype(np.float64)
        if self._plant:
            turn = self._plant.turn(point.limit, on)
            bound += turn.value
            limit_use += turn.taken.ravel()
            if averaging:
                self._net_w += turn.net_w
        if full and bound < self.best_bound:
            self.best_bound, self._best = bound, at
        placed = columns.floors.counted(runs.window, pieces.lane, pieces.end - pieces.start)
        ordered = np.zeros(0) if tied is None else _order_use(columns, tied, best, taken).ravel()
        use = np.concatenate([limit_use, usage.budget, -placed, ordered, usage.row])
        return Evaluation(bound, (there - use) / self._scale)

    def _turn(self, at: FloatArray, point: DualPoint) -> tuple[float, FloatArray, BoolArray]:
        """What halls that may be switched off earn at ``at``, less what their limits would if always on; what there is; and
        when they are on.
        """
        agents, rows = self._agents, self.rows
        load_gain = self._plant.hall_gain(point.limit, len(agents))
        turn = best_turn(agents, self._hall_rules, point.limit, rows, point.row, load_gain)
        there = np.where(self._switched, 0.0, self._capacity)
        limit = there[: self._shape[0] * self._shape[1]].reshape(self._shape)
        np.add.at(limit, agents.limit, agents.capacity * turn.on[agents.hall])
        for hall, drawn_on, watts in agents.halls.drawn_on():
            limit[drawn_on] -= watts * turn.on[hall]
        own = np.flatnonzero(rows.hall >= 0)
        there[self._row_first + own] = rows.rhs[own] * turn.on[rows.hall[own], rows.slot[own]]
        return float(turn.value.sum()) - float((self._capacity * at)[self._switched].sum()), there, turn.on

    def _units(self) -> FloatArray:
        """Micro-units per unit of each row; see the class."""
        free = self._evaluate(np.zeros(len(self._capacity)), False)
        limit_size = self._shape[0] * self._shape[1]
        limit = self._capacity[:limit_size].reshape(self._shape)
        use = limit - free.subgradient[:limit_size].reshape(self._shape) * np.maximum(limit, 1.0)
        # where jobs must run, or a peak be paid, the bound may be a cost, and what halls cost is what prices have to pay
        scale = abs(free.bound) + self._agents.cost_on_throughout
        of_limit = scale / np.maximum(np.maximum(use.sum(axis=1), limit.sum(axis=1)), 1.0)
        rest = scale / np.maximum(self._capacity[limit_size:], 1.0)
        rest[self._row_first - limit_size :] /= self._shape[1]
        floors, order = slice(self._floor_first, self._order_first), slice(self._order_first, self._row_first)
        unit = np.concatenate([self._plant.units(np.repeat(of_limit[:, None], self._shape[1], axis=1)).ravel(), rest])
        unit[floors] = self._most[floors]
        unit[order] = ORDER_UNIT * scale / max(1, self.table.columns.job_count) / self._shape[1]
        return unit

    def _point(self, at: FloatArray) -> DualPoint:
        limit_size = self._shape[0] * self._shape[1]
        return DualPoint(
            at[:limit_size].reshape(self._shape),
            at[limit_size : self._floor_first],
            at[self._row_first :],
            at[self._floor_first : self._order_first],
            at[self._order_first : self._row_first].reshape(self._order_shape),
        )


def _order_use(columns: Columns, tied: TiedTable, best: BestColumns, taken: IntArray) -> FloatArray:
    start, end = np.full(columns.job_count, -1, dtype=np.int64), np.zeros(columns.job_count, dtype=np.int64)
    start[taken] = best.start[taken]
    end[taken] = best.start[taken] + columns.duration[best.window[taken]]
    return tied.order_use(start, end)
