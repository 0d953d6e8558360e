"""Ruin and recreate where halls may be switched off: every chain counts exactly what its halls cost.

Standby of all halls is taken off the sites' connections beforehand, so that whatever schedule a hall gets fits there. Beside a
plant of the same site what a hall gains by being off, or on for the load in it, is guessed at the prices that guide: there a
plan's worth is known once its schedules are (`schedules`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from optimizer.columns.table import Columns, IndexArray, IntArray, Selection
from optimizer.engines.price.bound.kernel import FloatArray
from optimizer.engines.price.halls import state as at
from optimizer.engines.price.halls.agents import hall_agents
from optimizer.engines.price.halls.moves import fill_scores, place_all, run_moves
from optimizer.engines.price.halls.schedules import standing_gain
from optimizer.engines.price.halls.state import HallBook, HallState, cheapest
from optimizer.engines.price.plans.plant_guide import heat_priced
from optimizer.engines.price.plans.plant_value import plant_value, scratch
from optimizer.engines.price.plans.residual import ScoreArray
from optimizer.engines.price.tables import Tables, build_tables, merge_prices
from optimizer.engines.price.threads import for_each

#: Windows scanned by a chain between two looks at the clock.
SLICE_WORK = 4_000
#: Temperatures in what a job costs or is worth on average; geometric in between.
HOT, COLD = 0.2, 0.002
#: The temperature of a chain whose plan lacks jobs that must run: below, it keeps to what it has.
SEEKING = 1.0
#: A job that must run and does not counts so many times what a job is worth, for each part of a place that it takes.
PENALTY = 20.0
#: How often the worse chains go on from the best one's plan.
EXCHANGES = 12


def searches(columns: Columns) -> bool:
    """Whether the search knows all that counts in ``columns``: no ties between jobs, floors on shares, transfers on links."""
    parts = (columns.precedences, columns.together, columns.floors, columns.held_budget, columns.leads)
    return not any(len(part) for part in parts)


def with_standby_reserved(columns: Columns) -> Columns:
    """``columns`` with the standby of every hall taken off its site's connection."""
    capacity, halls = columns.capacity.copy(), columns.halls
    for grid, standby in zip(halls.grid_limit.tolist(), halls.standby_w.tolist(), strict=True):
        if grid >= 0:
            capacity[grid] = np.maximum(0, capacity[grid] - standby)
    return replace(columns, capacity=capacity)


class HallSearch:
    """A running search; ``best`` is its best plan so far, and ``missing`` what that plan lacks of jobs that must run."""

    def __init__(self, columns: Columns, price: FloatArray | None, seed: int = 0, thread_count: int = 1) -> None:
        """``price`` ``[L, T]``: prices that guide, micro-units per unit and slot."""
        self._columns = with_standby_reserved(columns)
        tables = build_tables(self._columns)
        self._tables: Tables = tables if price is None else heat_priced(self._columns, tables, price)
        self._unit = unit_of(self._columns, self._tables)
        self._book = hall_book(self._columns, self._tables, price, self._unit)
        self._chains = [_empty(self._columns, self._tables, self._book, seed * 1_000_003 + c) for c in range(thread_count)]
        self._exchanged = 0

    @property
    def missing(self) -> int:
        return int(self._best_chain().counters[at.BEST_MISSING])

    @property
    def objective(self) -> int:
        """Micro-units of the best plan."""
        return int(self._best_chain().money[at.BEST_OBJECTIVE])

    @property
    def best(self) -> Selection:
        state = self._best_chain()
        return Selection(state.best_window.copy(), np.where(state.best_window >= 0, state.best_start, -1).astype(np.int32))

    @property
    def work(self) -> int:
        """Windows scanned so far by each chain, at most."""
        return max(int(state.counters[at.WORK]) for state in self._chains)

    def begin(self, start: Selection | None) -> None:
        """Every chain gets a plan: what fits of ``start``, and list schedules of the rest, largest jobs first.

        A start that breaks limits leaves jobs out at first: a chain with a list schedule of all would pass for better.
        """
        for number, state in enumerate(self._chains):
            if start is not None:
                _place(self._tables, self._book, state, start)
            order = np.argsort(-self._book.size * (1.0 if number == 0 else 0.8 + 0.4 * _noise(state, len(self._book.size))))
            must = self._tables.bonus[order] > 0
            jobs: IndexArray = np.concatenate([order[must], order[~must]]).astype(np.int32)
            place_all(self._tables, self._book, state, jobs, 1.0)

    def run(
        self,
        share: Callable[[], float],
        improved: Callable[[], None],
        work: int | None = None,
        chain_count: Callable[[], int] | None = None,
        hot: float = HOT,
    ) -> None:
        """Anneal until ``share()`` reaches 1 or ``work`` windows a chain have been scanned; ``improved`` after better plans.

        ``chain_count()`` chains, at least 1, move at any time, by default all; the others wait, and take over the best plan.
        ``hot``: the first temperature, in what a job costs or is worth on average.
        """
        first = self.work
        told = self.missing, -self.objective
        while (passed := max(share(), 0.0 if work is None else (self.work - first) / work)) < 1.0:
            moving = None if chain_count is None else chain_count()
            for_each(partial(self._slice, self._unit * hot * (COLD / hot) ** passed), self._chains[:moving])
            if (self.missing, -self.objective) < told:
                told = self.missing, -self.objective
                improved()
            if passed * EXCHANGES > self._exchanged:
                self._exchanged = int(passed * EXCHANGES) + 1
                self._exchange()

    def _slice(self, settled: float, state: HallState) -> None:
        temperature = self._unit * SEEKING if state.counters[at.BEST_MISSING] else settled
        run_moves(self._tables, self._book, state, temperature, SLICE_WORK)

    def _best_chain(self) -> HallState:
        return min(self._chains, key=lambda state: (state.counters[at.BEST_MISSING], -state.money[at.BEST_OBJECTIVE]))

    def _exchange(self) -> None:
        """The worse chains go on from the best plan."""
        if len(self._chains) > 1:
            best = self._best_chain()
            for state in self._chains:
                if state is not best:
                    _clear(self._tables, self._book, state)
                    _place(self._tables, self._book, state, Selection(best.best_window, best.best_start))


def unit_of(columns: Columns, tables: Tables) -> float:
    """What a job is worth or costs on average in its windows, micro-units; at least 1."""
    if not columns.window_count:
        return 1.0
    mean_rate = np.diff(tables.cost_prefix, axis=1).mean(axis=1)
    worth = np.abs(columns.base - columns.power_w * columns.duration * mean_rate[columns.pool])
    halls = float(np.abs(columns.halls.on_cost).mean()) if columns.halls.on_cost.size else 0.0
    return max(1.0, float(worth.mean()), halls)


def hall_book(columns: Columns, tables: Tables, price: FloatArray | None, unit: float) -> HallBook:
    halls = columns.halls
    merged = np.zeros(tables.capacity.shape) if price is None else merge_prices(tables, price)
    size = _sizes(tables, columns)
    score_first, worth, toll = _scores(tables, merged)
    return HallBook(
        hall_of_pool=halls.hall_of_pool.astype(np.int32),
        rules=hall_agents(columns).rules,
        on_gain=standing_gain(columns, price),
        carries=np.ascontiguousarray(halls.carries),
        penalty=np.where(tables.bonus > 0, PENALTY * unit * (0.1 + size / max(1e-9, float(size.mean()))), 0.0),
        size=size,
        score_first=score_first,
        worth=worth,
        toll=toll,
    )


def _sizes(tables: Tables, columns: Columns) -> FloatArray:
    """``[J]``: the largest part that each job's windows take of a limit, on average, times slots."""
    mean = np.maximum(1.0, tables.capacity.mean(axis=1)) if len(tables.capacity) else np.ones(1)
    part = np.zeros(columns.window_count)
    window = np.repeat(np.arange(columns.window_count), np.diff(tables.use_first))
    np.maximum.at(part, window, tables.use_amount / mean[tables.use_limit] if len(window) else np.zeros(0))
    count = np.maximum(1, np.diff(columns.job_first))
    size: FloatArray = np.bincount(columns.job, (part + 0.01) * columns.duration, columns.job_count) / count
    return size


def _scores(tables: Tables, price: FloatArray) -> tuple[IntArray, ScoreArray, ScoreArray]:
    """``HallBook.score_first``, ``worth`` and ``toll`` at ``price[M, T]``."""
    _, row = np.unique(price, axis=0, return_inverse=True) if len(price) else (None, np.zeros(1, dtype=np.int64))
    mixed = (row.ravel()[tables.use_limit] + 1) * 0x1E3779B9 ^ tables.use_amount * 0x3F58476D1CE4E5
    total = np.concatenate([[0], np.cumsum(mixed ^ (mixed >> 29))]).astype(np.int64)
    uses = np.diff(total[tables.use_first])
    key = np.stack([
        tables.job, tables.site, tables.base, tables.power_w, tables.duration, tables.start_first, tables.start_last, uses,
    ], axis=1)  # fmt: skip
    _, window, shared = np.unique(key, axis=0, return_index=True, return_inverse=True)
    counts = (tables.start_last - tables.start_first + 1)[window].astype(np.int64)
    first = np.concatenate([[0], np.cumsum(counts)])
    worth, toll = np.zeros(first[-1], dtype=np.float32), np.zeros(first[-1], dtype=np.float32)
    prefix = np.concatenate([np.zeros((len(price), 1)), np.cumsum(price, axis=1)], axis=1)
    fill_scores(tables, prefix, window, first, worth, toll)
    return first[shared.ravel()], worth, toll


def _noise(state: HallState, count: int) -> FloatArray:
    return np.random.default_rng(int(state.random[0])).random(count)


def _empty(columns: Columns, tables: Tables, book: HallBook, seed: int) -> HallState:
    jobs, slots, halls = columns.job_count, columns.slot_count, len(columns.halls)

    def none(count: int) -> IndexArray:
        return np.full(count, -1, dtype=np.int32)

    state = HallState(
        residual=tables.capacity.copy(),
        budget_left=tables.budget_capacity.copy(),
        window=none(jobs),
        start=none(jobs),
        best_window=none(jobs),
        best_start=none(jobs),
        busy=np.zeros((halls, slots), dtype=np.int32),
        hall_cost=np.zeros(halls),
        head=none(len(book.hall_of_pool)),
        after=none(jobs),
        before=none(jobs),
        absent=np.arange(jobs, dtype=np.int32),
        position=np.arange(jobs, dtype=np.int32),
        touched=none(at.TOUCH_LIMIT),
        old_window=none(at.TOUCH_LIMIT),
        old_start=none(at.TOUCH_LIMIT),
        touched_at=np.zeros(jobs, dtype=np.int64),
        key=np.zeros(at.TOUCH_LIMIT),
        queue=none(at.TOUCH_LIMIT),
        hall_touched=none(halls),
        old_cost=np.zeros(halls),
        hall_touched_at=np.zeros(halls, dtype=np.int64),
        penalty=book.penalty.copy(),
        when=np.zeros((2, slots + 1)),
        flags=np.zeros((3, slots), dtype=np.bool_),
        idle=np.zeros(slots + 1),
        score=np.zeros(slots + 1, dtype=np.float32),
        plant_taken=scratch(tables.plant),
        counters=np.zeros(7, dtype=np.int64),
        money=np.zeros(3),
        random=np.array([seed], dtype=np.uint64),
    )
    state.counters[[at.ABSENT, at.MISSING, at.BEST_MISSING]] = jobs, (tables.bonus > 0).sum(), (tables.bonus > 0).sum()
    state.money[at.PENALTY] = book.penalty.sum()
    for hall in range(halls):
        state.hall_cost[hall] = cheapest(book, state, hall)
    beside = plant_value(tables.plant, state.residual, state.plant_taken) if len(tables.plant.first) else 0
    state.money[[at.OBJECTIVE, at.BEST_OBJECTIVE]] = beside - state.hall_cost.sum()
    return state


def _clear(tables: Tables, book: HallBook, state: HallState) -> None:
    state.counters[[at.TOUCHED, at.HALLS_TOUCHED]] = 0
    state.counters[at.MOVES] += 1
    at.clear(tables, book, state)
    at.settle(book, state)


def _place(tables: Tables, book: HallBook, state: HallState, selection: Selection) -> None:
    """Put in what fits of ``selection``, which is a plan or was one."""
    state.counters[[at.TOUCHED, at.HALLS_TOUCHED]] = 0
    state.counters[at.MOVES] += 1
    at.put_in_fitting(tables, book, state, selection.window, selection.start)
    at.settle(book, state)
    at.keep_best(state)
