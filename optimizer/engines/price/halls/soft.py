"""Annealing over halls that may be switched off in which limits may be broken, at a toll that rises until none pays it.

Where jobs are large beside their limits, plans that keep every limit lie far apart: on the way from one to the other limits are
broken. The toll begins below what limits are worth and ends far above; the temperature falls meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from optimizer.columns.table import Columns, IndexArray, Selection
from optimizer.engines.price.halls import soft_state as at
from optimizer.engines.price.halls.search import hall_book, searches, unit_of, with_standby_reserved
from optimizer.engines.price.halls.soft_moves import run_soft_moves, scatter
from optimizer.engines.price.halls.soft_state import SoftState
from optimizer.engines.price.halls.state import HallBook
from optimizer.engines.price.tables import Tables, build_tables
from optimizer.engines.price.threads import for_each

#: Windows scanned by a chain between two looks at the clock.
SLICE_WORK = 4_000
#: The toll of a whole limit in a slot, in what jobs cost or are worth a slot and pool on average: at first, and after
#: ``RISING`` of the time.
LOW, HIGH, RISING = 0.7, 16.0, 0.9
#: The part of a limit that a broken slot counts at least.
LEAST_PART = 0.01
#: How often the worse chains go on from where the best one stands.
EXCHANGES = 12
#: The part of the time after which standby counts once.
PLAIN = 0.5
#: In place of the least cost of a plan while costs are not those of plans: nothing is below it.
NOT_KEPT = -np.inf


@dataclass(frozen=True, slots=True)
class Cooling:
    """Temperatures ``hot`` and ``cold`` in what a job costs or is worth on average, geometric in between. In what time is left
    after ``RISING`` the toll grows ``last_rise`` times, and the temperature falls to ``last_fall`` of ``cold`` on top.
    ``shift_share``: the part of moves that shift a block of runs. ``standby``: how many times standby counts at first, till at
    ``PLAIN`` it counts once; until then no plan is written down.
    """

    hot: float
    cold: float
    last_rise: float
    last_fall: float
    shift_share: float
    standby: float


#: Small runs settle, and the last rise leaves nothing broken; as warm as before, it would undo what has settled. Large ones
#: freeze with limits broken that no single run mends: they end warm, and a search that keeps every limit goes on from there,
#: as warm.
SETTLING, WARM = Cooling(0.15, 0.005, 20.0, 0.1, 0.0, 1.0), Cooling(0.3, 0.06, 2.0, 1.0, 0.15, 1.0)


def anneals(columns: Columns) -> bool:
    """Whether this search knows all that counts in ``columns``: limits by slot, runs and halls, and nothing else."""
    return searches(columns) and columns.plant.is_empty and not len(columns.budgets)


def mean_part(columns: Columns) -> float:
    """The largest part of a limit's mean capacity that a run takes, on average over the windows."""
    part = np.zeros(columns.window_count)
    window = np.repeat(np.arange(columns.window_count), np.diff(columns.use_first))
    mean = np.maximum(1.0, columns.capacity.mean(axis=1)) if len(columns.capacity) else np.ones(1)
    np.maximum.at(part, window, columns.use_amount / mean[columns.use_limit] if len(window) else np.zeros(0))
    return float(part.mean()) if len(part) else 0.0


class SoftSearch:
    """A running search: ``plan`` is its best plan, ``found`` whether that breaks no limit."""

    def __init__(
        self,
        columns: Columns,
        seed: int = 0,
        thread_count: int = 1,
        cooling: Cooling = SETTLING,
        start: Selection | None = None,
        begin: float = 0.0,
    ) -> None:
        """From runs anywhere, or from ``start``, as if ``begin`` of the time had passed."""
        self._cooling, self._begin = cooling, begin
        reserved = with_standby_reserved(columns)
        self._tables: Tables = build_tables(reserved)
        self._unit = unit_of(reserved, self._tables)
        self._book: HallBook = hall_book(reserved, self._tables, None, self._unit)
        places = reserved.slot_count * max(1, len(self._book.hall_of_pool))
        self._slot_unit = self._unit * reserved.job_count / places
        self._chains = [_empty(reserved, self._tables, self._book, seed * 1_000_003 + c) for c in range(thread_count)]
        self._on_gain, self._standby = self._book.on_gain, 1.0
        for state in self._chains:
            if start is None:
                scatter(self._tables, self._book, state)
            else:
                at.stand(self._tables, self._book, state, start.window, start.start)
        self._exchanged = 0

    @property
    def found(self) -> bool:
        return any(np.isfinite(state.money[at.BEST_COST]) for state in self._chains)

    @property
    def objective(self) -> int:
        """Micro-units of the best plan, if one was ``found``."""
        return -round(min(float(state.money[at.BEST_COST]) for state in self._chains))

    @property
    def plan(self) -> Selection:
        """The best plan; if none was found, where the best chain stands, which breaks limits."""
        state = min(self._chains, key=lambda state: (state.money[at.BEST_COST], self._total(state, 1.0)))
        best = bool(np.isfinite(state.money[at.BEST_COST]))
        window, start = (state.best_window, state.best_start) if best else (state.window, state.start)
        return Selection(window.copy(), np.where(window >= 0, start, -1).astype(np.int32))

    @property
    def work(self) -> int:
        """Windows scanned so far by each chain, at most."""
        return max(int(state.counters[at.WORK]) for state in self._chains)

    def run(
        self,
        share: Callable[[], float],
        improved: Callable[[], None],
        work: int | None = None,
        chain_count: Callable[[], int] | None = None,
    ) -> None:
        """Anneal until ``share()`` reaches 1 or ``work`` windows a chain have been scanned; ``improved`` after better plans.

        ``chain_count()`` chains, at least 1, move at any time, by default all; the others wait, and go on from the best.
        """
        first, told = self.work, np.inf
        while (spent := max(share(), 0.0 if work is None else (self.work - first) / work)) < 1.0:
            passed = self._begin + (1.0 - self._begin) * spent
            self._count_standby(passed)
            moving = self._chains[: None if chain_count is None else chain_count()]
            for_each(partial(self._slice, self._temperature(passed), self._pressure(passed)), moving)
            if self.found and -self.objective < told:
                told = -self.objective
                improved()
            if passed * EXCHANGES > self._exchanged:
                self._exchanged = int(passed * EXCHANGES) + 1
                best = min(moving, key=lambda state: self._total(state, passed))
                for state in self._chains:
                    if state is not best:
                        _follow(best, state)

    def _count_standby(self, passed: float) -> None:
        """Halls of every chain at what standby counts now."""
        standby = max(1.0, self._cooling.standby + (1.0 - self._cooling.standby) * passed / PLAIN)
        if standby == self._standby:
            return
        self._standby, self._book = standby, self._book._replace(on_gain=self._on_gain * standby)
        for state in self._chains:
            state.money[at.BEST_COST] = NOT_KEPT if standby > 1.0 else np.inf
            at.settle_anew(self._book, state)

    def _slice(self, temperature: float, pressure: float, state: SoftState) -> None:
        run_soft_moves(self._tables, self._book, state, temperature, pressure, self._cooling.shift_share, SLICE_WORK)

    def _temperature(self, passed: float) -> float:
        """Micro-units."""
        p = self._cooling
        return float(self._unit * p.hot * (p.cold / p.hot) ** passed * p.last_fall ** _last(passed))

    def _pressure(self, passed: float) -> float:
        """Micro-units for a whole limit broken in a slot."""
        rising = min(1.0, passed / RISING)
        return float(self._slot_unit * LOW * (HIGH / LOW) ** rising * self._cooling.last_rise ** _last(passed))

    def _total(self, state: SoftState, passed: float) -> float:
        return float(state.money[at.COST] + self._pressure(passed) * state.money[at.TOLL])


def _last(passed: float) -> float:
    """How much of the time after ``RISING`` has passed."""
    return max(0.0, passed - RISING) / (1.0 - RISING)


def _empty(columns: Columns, tables: Tables, book: HallBook, seed: int) -> SoftState:
    jobs, slots, halls = columns.job_count, columns.slot_count, len(columns.halls)
    mean = np.maximum(1.0, tables.capacity.mean(axis=1)) if len(tables.capacity) else np.ones(0)

    def none(count: int) -> IndexArray:
        return np.full(count, -1, dtype=np.int32)

    state = SoftState(
        left=tables.capacity.astype(np.float64),
        part=1.0 / mean,
        least=LEAST_PART * mean,
        window=none(jobs),
        start=none(jobs),
        best_window=none(jobs),
        best_start=none(jobs),
        busy=np.zeros((halls, slots), dtype=np.int32),
        hall_cost=np.zeros(halls),
        stale=np.ones(halls, dtype=np.bool_),
        touched=none(at.TOUCH_LIMIT),
        old_window=none(at.TOUCH_LIMIT),
        old_start=none(at.TOUCH_LIMIT),
        key=np.zeros(at.TOUCH_LIMIT),
        queue=none(at.TOUCH_LIMIT),
        offered=none(at.OFFER_LIMIT),
        value=np.zeros((at.OFFER_LIMIT, slots + 1)),
        rate=np.zeros(slots + 1),
        when=np.zeros((2, slots + 1)),
        flags=np.zeros((3, slots), dtype=np.bool_),
        counters=np.zeros(4, dtype=np.int64),
        money=np.array([0.0, 0.0, np.inf]),
        random=np.array([seed], dtype=np.uint64),
    )
    state.counters[at.STALE] = halls
    return state


def _follow(best: SoftState, state: SoftState) -> None:
    """``state`` goes on from where ``best`` stands; what it has found stays."""
    for name in ("left", "window", "start", "busy", "hall_cost", "stale"):
        getattr(state, name)[:] = getattr(best, name)
    state.counters[[at.BROKEN, at.STALE]] = best.counters[[at.BROKEN, at.STALE]]
    state.money[[at.COST, at.TOLL]] = best.money[[at.COST, at.TOLL]]
