"""Ruin and recreate by simulated annealing: the search that improves a plan, in slices, on one or more threads.

Each thread runs its own chain from the same plan; at fixed shares of the run the chains with the worst current plans
take over the best one's. Work is counted in scanned windows and slices end by work, so a run limited by work gives the
same plan whatever the machine does; a run limited by time differs only in how many slices it gets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimizer.columns.table import IndexArray, IntArray, Selection
from optimizer.engines.price.plans import search_state as at
from optimizer.engines.price.plans.moves import MoveWeights, run_moves
from optimizer.engines.price.plans.plan import IN_PIECES
from optimizer.engines.price.plans.plant_value import scratch
from optimizer.engines.price.plans.ranking import ScoreTable, build_scores, scores_of
from optimizer.engines.price.plans.residual import column_worth, kernel
from optimizer.engines.price.plans.schedule import NO_BUDGET_PRICES, NO_PRICES, Plan, drop_forerunners
from optimizer.engines.price.plans.search_state import SearchState
from optimizer.engines.price.tables import FloatArray, Tables
from optimizer.engines.price.threads import for_each
from optimizer.interrupt import GiveWay, never

#: A better plan is told every slice, and on fleets once in so many jobs' worth of slices: to rebuild it costs as much as one.
JOBS_WORTH_A_SLICE = 5_000

#: Arrays of a SearchState that make up its current plan.
CURRENT = (
    "residual",
    "budget_left",
    "window",
    "start",
    "share_left",
    "worth",
    "absent",
    "resident",
    "resident_count",
    "position",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnealingParams:
    """Parameters of the search.

    Attributes:
        hot, cold: first and last temperature, in median reduced values; geometric in between; 0 < cold <= hot.
        by_worth: whether what a job is worth, not what it gains at the prices, says how often it seeds a move, how easily it is
            ejected and when it is inserted. A gang that just pays its prices gains nothing, but where it stands matters.
        eject_share: share of moves that make room for one job, in [0, 1]; the others remove a string.
        mean_string: placements a string removal takes out, on average; >= 1.
        sample: absent jobs tried after each ruin, in [0, 128].
        blink: chance to pass over a window when inserting, in [0, 1).
        seed_power: a job seeds a move with chance proportional to its value to this power; >= 0.
        regret_share: share of the moves that are seeded by regret instead, in [0, 1].
        exchange_count: how often chains compare and the worse take over the best; >= 0.
        slice_work: windows scanned between two looks at the clock, by thread; >= 1. About 5 ms.
        coarse: whether jobs are put in at some starts alone where slots are many (`build_scores`): what follows takes them all.
    """

    hot: float = 3.0
    cold: float = 0.003
    by_worth: bool = False
    eject_share: float = 0.7
    mean_string: float = 6.0
    sample: int = 20
    blink: float = 0.02
    seed_power: float = 0.5
    regret_share: float = 0.0
    exchange_count: int = 16
    slice_work: int = 20_000
    coarse: bool = False


class Search:
    """A running ruin and recreate; ``best`` is feasible at every moment between slices."""

    def __init__(
        self,
        plan: Plan,
        prices: FloatArray = NO_PRICES,
        budget_prices: FloatArray = NO_BUDGET_PRICES,
        params: AnnealingParams | None = None,
        seed: int = 0,
        thread_count: int = 1,
        give_way: GiveWay = never,
    ) -> None:
        """Start from ``plan``. ``prices`` ``[M, T]`` of the merged limits (or none) choose between a job's columns."""
        self.params = params or AnnealingParams()
        self._original = plan.tables
        coarse = self.params.coarse
        self._tables, self._table = build_scores(plan.tables, prices, budget_prices, give_way, coarse=coarse)
        reduced = _reduced_values(self._tables, self._table)
        paying = reduced[reduced > 0]
        self._unit = float(np.median(paying)) if len(paying) else 1.0
        value = _worths(self._tables, reduced) if self.params.by_worth else reduced
        self._weights = MoveWeights(
            float(self.params.eject_share),
            float(self.params.mean_string),
            int(self.params.sample),
            float(self.params.blink),
        )
        give_way()
        # what runs in pieces stays where it is
        self._pieces = plan.pieces
        ranked = _ranked_windows(plan, self._table)
        chance = value**self.params.seed_power
        if self.params.regret_share:
            regret = _regrets(plan, self._tables, self._table, ranked)
            chance = _mixed(chance, regret, self.params.regret_share)
        cumulative = np.cumsum(np.where(plan.window == IN_PIECES, 0.0, chance))
        self._job_count = len(value)
        self._chains = [
            _initial_state(plan, self._tables, ranked, value, cumulative, seed * 1_000_003 + chain)
            for chain in range(thread_count)
        ]

    @property
    def best(self) -> Plan:
        """The best plan of all chains."""
        state = max(self._chains, key=_best_rank)
        placed = state.best_window >= 0
        window = np.where(placed, self._table.origin[state.best_window], -1).astype(np.int32)
        plan = Plan.of(self._original, Selection(window, state.best_start.copy()))
        for job, pieces in self._pieces.items():
            plan.try_pieces(job, pieces)
        drop_forerunners(plan)
        return plan

    @property
    def rank(self) -> tuple[int, int]:
        """``Plan.rank`` of ``best``, without building it."""
        return max(_best_rank(state) for state in self._chains)

    @property
    def work(self) -> int:
        """Windows scanned so far by each chain, at most."""
        return max(int(state.counters[at.WORK]) for state in self._chains)

    @property
    def move_count(self) -> int:
        return sum(int(state.counters[at.MOVES]) for state in self._chains)

    def run(
        self, work: int | None, progress: Callable[[], float] | None = None, improved: Callable[[], None] | None = None
    ) -> None:
        """Anneal until ``work`` windows by chain have been scanned, or until ``progress()`` reaches 1.

        ``progress`` is the share of the run that has passed; without it, the share of ``work``. It is asked every
        slice, so a caller that must stop returns 1. ``improved`` is called between slices after a better plan, on fleets
        not at once.
        """
        first = self.work
        exchange = 1
        told, untold = self.rank, 0
        while True:
            done = self.work - first
            passed = progress() if progress is not None else 0.0
            if work is not None:
                passed = max(passed, done / work)
            if passed >= 1.0:
                return
            self._slice(passed, self.params.slice_work if work is None else min(self.params.slice_work, work))
            untold += 1
            if improved is not None and self.rank > told and untold * JOBS_WORTH_A_SLICE >= self._job_count:
                improved()
                told, untold = self.rank, 0
            if passed * (self.params.exchange_count + 1) >= exchange:
                exchange = int(passed * (self.params.exchange_count + 1)) + 1
                self._exchange()

    def _slice(self, passed: float, work: int) -> None:
        params = self.params
        temperature = self._unit * params.hot * (params.cold / params.hot) ** passed
        for_each(lambda state: run_moves(self._tables, self._table, state, self._weights, temperature, work), self._chains)

    def _exchange(self) -> None:
        """The worse half of the chains go on from the best chain's current plan."""
        ranked = sorted(self._chains, key=_current_rank, reverse=True)
        for state in ranked[(len(ranked) + 1) // 2 :]:
            _adopt(state, ranked[0])


def _best_rank(state: SearchState) -> tuple[int, int]:
    return -int(state.counters[at.BEST_MISSING]), int(state.counters[at.BEST_OBJECTIVE])


def _current_rank(state: SearchState) -> tuple[int, int]:
    return -int(state.counters[at.MISSING]), int(state.counters[at.OBJECTIVE])


def _adopt(state: SearchState, other: SearchState) -> None:
    """Give ``state`` the current plan of ``other``; its own best plan stays."""
    for name in CURRENT:
        np.copyto(getattr(state, name), getattr(other, name))
    for counter in (at.OBJECTIVE, at.MISSING, at.ABSENT):
        state.counters[counter] = other.counters[counter]
    differs = np.flatnonzero((state.window != state.best_window) | (state.start != state.best_start))
    state.changed[: len(differs)] = differs
    state.is_changed[:] = False
    state.is_changed[differs] = True
    state.counters[at.CHANGED] = len(differs)


def _worths(tables: Tables, reduced: FloatArray) -> FloatArray:
    """The most that a run of each job is worth before energy, or its reduced value where that is more. ``[J]``"""
    worth = reduced.copy()
    np.maximum.at(worth, tables.job, tables.base.astype(np.float64))
    return worth


def _reduced_values(tables: Tables, table: ScoreTable) -> FloatArray:
    """Score of each job's best column plus its bonus, >= 0; 0 for a job without a column that pays. ``[J]``"""
    value = np.zeros(len(tables.bonus))
    jobs = np.flatnonzero(np.diff(tables.job_first) > 0)
    value[jobs] = table.window_best[tables.job_first[jobs]]
    value[np.isneginf(value)] = 0.0
    return np.where(value > 0.0, value, 1.0) * (np.diff(tables.job_first) > 0) + tables.bonus


def _ranked_windows(plan: Plan, table: ScoreTable) -> IndexArray:
    """Where the ranked tables have each job's window, -1 for a job without one; ``[J]``."""
    place = np.empty(len(table.origin), dtype=np.int32)
    place[table.origin] = np.arange(len(place), dtype=np.int32)
    window: IndexArray = np.full(len(plan.window), -1, dtype=np.int32)
    placed = np.flatnonzero(plan.window >= 0)
    window[placed] = place[plan.window[placed]]
    return window


def _regrets(plan: Plan, tables: Tables, table: ScoreTable, ranked: IndexArray) -> FloatArray:
    """What each job would gain at the prices by its best column, were there room for it, >= 0; ``[J]``.

    At the prices of a bound, these are the part of the gap that more room for some jobs would close.
    """
    regret = np.zeros(len(ranked))
    jobs = np.flatnonzero(np.diff(tables.job_first) > 0)
    regret[jobs] = table.window_best[tables.job_first[jobs]]
    placed = np.flatnonzero(ranked >= 0)
    score, scratch = np.empty(len(placed)), np.empty(tables.energy_prefix.shape[1], dtype=np.float32)
    scores_of(tables, table, ranked[placed], plan.start[placed], scratch, score)
    regret[placed] -= score
    return np.where(np.isfinite(regret), np.maximum(0.0, regret), 0.0)


def _mixed(chance: FloatArray, other: FloatArray, share: float) -> FloatArray:
    """``chance`` with ``share`` of all of it drawn by ``other``, where that says anything."""
    if not other.any():
        return chance
    mixed: FloatArray = chance * ((1.0 - share) / max(chance.sum(), 1e-300)) + other * (share / other.sum())
    return mixed


@kernel
def _fill_worth(tables: Tables, window: IndexArray, start: IndexArray, worth: IntArray) -> None:
    for job in range(len(window)):
        if window[job] >= 0:
            worth[job] = column_worth(tables, window[job], start[job])


def _initial_state(
    plan: Plan, tables: Tables, window: IndexArray, value: FloatArray, cumulative: FloatArray, seed: int
) -> SearchState:
    job_count, site_count = len(tables.bonus), len(tables.energy_prefix)
    placed = np.flatnonzero(window >= 0)
    resident = np.zeros((site_count, job_count), dtype=np.int32)
    resident_count = np.zeros(site_count, dtype=np.int64)
    position = np.zeros(job_count, dtype=np.int32)
    absent = np.zeros(job_count, dtype=np.int32)
    # those that no column is left for can never come in
    out = np.flatnonzero((plan.window == -1) & (np.diff(tables.job_first) > 0))
    absent[: len(out)], position[out] = out, np.arange(len(out))
    site = tables.site[window[placed]]
    for s in range(site_count):
        here = placed[site == s]
        resident[s, : len(here)], position[here], resident_count[s] = here, np.arange(len(here)), len(here)
    worth = np.zeros(job_count, dtype=np.int64)
    _fill_worth(tables, window, plan.start, worth)
    counters = np.zeros(10, dtype=np.int64)
    counters[[at.OBJECTIVE, at.BEST_OBJECTIVE]] = plan.rank[1]
    counters[[at.MISSING, at.BEST_MISSING]] = plan.missing
    counters[at.ABSENT] = len(out)
    return SearchState(
        residual=plan.residual.copy(),
        budget_left=plan.budget_left.copy(),
        window=window.copy(),
        start=plan.start.copy(),
        share_left=plan.share_left.copy(),
        worth=worth,
        best_window=window.copy(),
        best_start=plan.start.copy(),
        changed=np.zeros(job_count, dtype=np.int32),
        is_changed=np.zeros(job_count, dtype=np.bool_),
        absent=absent,
        resident=resident,
        resident_count=resident_count,
        position=position,
        value=value,
        cumulative=cumulative,
        counters=counters,
        random=np.array([seed], dtype=np.uint64),
        touched=np.zeros(at.TOUCH_LIMIT, dtype=np.int32),
        old_window=np.zeros(at.TOUCH_LIMIT, dtype=np.int32),
        old_start=np.zeros(at.TOUCH_LIMIT, dtype=np.int32),
        touched_at=np.zeros(job_count, dtype=np.int64),
        overlap=np.zeros(at.OVERLAP_LIMIT, dtype=np.int32),
        key=np.zeros(at.OVERLAP_LIMIT),
        queue=np.zeros(at.TOUCH_LIMIT, dtype=np.int32),
        scores=np.zeros(tables.energy_prefix.shape[1], dtype=np.float32),
        plant_taken=scratch(tables.plant),
    )
