"""Room for large jobs: each absent job that would pay at the prices is put where what gives way is worth least.

The moves of ruin and recreate take out a few dozen jobs at a time, drawn at random. A large gang of a changed problem needs a
hundred small ones gone at once, and the right ones. Here each is tried at the best start of every window and of parts of it; in
each place those give way that are worth least for what they free. They go where there is room for them, and the exchange stands
if the plan is worth more.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from optimizer.columns.table import IndexArray, IntArray
from optimizer.engines.price.plans.plan import Plan
from optimizer.engines.price.plans.residual import ScoreArray, budgets_fit, column_worth, kernel, score_window, takes_link
from optimizer.engines.price.plans.schedule import JobMarks, JobOrder, list_schedule
from optimizer.engines.price.plans.search_state import sort_by_key
from optimizer.engines.price.plans.shares import share_gain
from optimizer.engines.price.tables import FloatArray, Tables
from optimizer.interrupt import GiveWay, never

#: Jobs tried in one pass, those first that gain most: so many, and fewer where each try looks at so many jobs that the pass
#: would look at more than this.
MOST_TRIED, MOST_LOOKS = 150, 1_500_000
#: A window is tried at the best start of each of so many parts of its starts.
STARTS = 4
#: Jobs that one gives way to at most, and those looked at for that: more cost more than they find.
MOST_EVICTED, MOST_NEAR = 512, 4_096


def make_room(
    plan: Plan,
    marks: JobMarks,
    prices: FloatArray,
    budget_prices: FloatArray,
    stopping: Callable[[], bool] = lambda: False,
    give_way: GiveWay = never,
) -> Plan:
    """``plan`` after one try for each absent job that pays at ``prices`` ``[M, T]``; ``marks`` are those of the same prices.

    Jobs in order or in groups, and runs that take a link or must run, neither come nor go.
    """
    tables, job_count = plan.tables, len(plan.window)
    fixed = tables.bonus > 0
    if len(tables.ties):
        fixed |= tables.ties[:job_count] > 0
    gain = marks.worth - marks.priced_use
    absent = np.flatnonzero((plan.window == -1) & (gain > 0.0) & ~fixed)
    attempt = _Attempt(tables, marks, prices, budget_prices, fixed)
    most = min(MOST_TRIED, 1 + MOST_LOOKS // job_count)
    for job in absent[np.argsort(-gain[absent], kind="stable")][:most].tolist():
        give_way()
        if stopping():
            break
        changed = attempt(plan, job)
        if changed is not None and changed.rank > plan.rank:
            plan = changed
    return plan


class _Attempt:
    """What every try reads, and the arrays that it writes."""

    def __init__(
        self, tables: Tables, marks: JobMarks, prices: FloatArray, budget_prices: FloatArray, fixed: NDArray[np.bool_]
    ) -> None:
        self._prices, self._budget_prices, self._fixed = prices, budget_prices, fixed
        order = marks.order(tables, JobOrder.REDUCED_VALUE)
        self._place = np.full(len(fixed), len(order))
        self._place[order] = np.arange(len(order))
        slot_count = tables.energy_prefix.shape[1]
        most_uses = int(np.diff(tables.use_first).max(initial=1))
        self._prefix, self._scores = np.zeros(slot_count), np.empty(slot_count, dtype=np.float32)
        self._lack = np.zeros((most_uses, slot_count), dtype=np.int64)
        self._near, self._rate = np.zeros(MOST_NEAR, dtype=np.int32), np.zeros(MOST_NEAR)
        self._out, self._best_out = np.zeros(MOST_EVICTED, dtype=np.int32), np.zeros(MOST_EVICTED, dtype=np.int32)

    def __call__(self, plan: Plan, job: int) -> Plan | None:
        """``plan`` with ``job`` in and what gave way put elsewhere where it fits; None where nothing can give way."""
        window, start, count = _best_room(
            plan.tables, self._prices, self._budget_prices, plan.residual, plan.budget_left, plan.window, plan.start,
            self._fixed, job, self._prefix, self._scores, self._lack, self._near, self._rate, self._out, self._best_out,
        )  # fmt: skip
        if window < 0:
            return None
        changed, out = plan.copy(), self._best_out[:count]
        for other in out.tolist():
            changed.remove(other)
        changed.place(job, window, start)
        list_schedule(changed, out[np.argsort(self._place[out])], self._prices, self._budget_prices)
        return changed


@kernel
def _best_room(
    tables: Tables,
    prices: FloatArray,
    budget_prices: FloatArray,
    residual: IntArray,
    budget_left: IntArray,
    window: IndexArray,
    start: IndexArray,
    fixed: NDArray[np.bool_],
    job: int,
    prefix: FloatArray,
    scores: ScoreArray,
    lack: IntArray,
    near: IndexArray,
    rate: FloatArray,
    out: IndexArray,
    best_out: IndexArray,
) -> tuple[int, int, int]:
    """(window, start, how many give way, in ``best_out``) of the column of ``job`` that is worth most beyond them; or -1."""
    best, chosen, chosen_start, count = -np.inf, -1, -1, 0
    for w in range(tables.job_first[job], tables.job_first[job + 1]):
        gain = share_gain(tables, tables.share_target, w)
        if takes_link(tables, w) or score_window(tables, prices, budget_prices, w, gain, prefix, scores) <= 0.0:
            continue
        first = tables.start_first[w]
        width = tables.start_last[w] - first + 1
        for part in range(STARTS):
            at = -1
            for i in range(part * width // STARTS, (part + 1) * width // STARTS):
                if scores[i] > 0.0 and (at < 0 or scores[i] > scores[at]):
                    at = i
            if at < 0 or not budgets_fit(tables, budget_left, w, first + at):
                continue
            worth = float(column_worth(tables, w, first + at))
            found, lost = _give_way(tables, residual, window, start, fixed, w, first + at, worth - best, lack, near, rate, out)
            if found >= 0:
                best, chosen, chosen_start, count = worth - lost, w, first + at, found
                for i in range(found):
                    best_out[i] = out[i]
    return chosen, chosen_start, count


@kernel
def _give_way(
    tables: Tables,
    residual: IntArray,
    window: IndexArray,
    start: IndexArray,
    fixed: NDArray[np.bool_],
    w: int,
    begin: int,
    most: float,
    lack: IntArray,
    near: IndexArray,
    rate: FloatArray,
    out: IndexArray,
) -> tuple[int, float]:
    """(how many jobs, in ``out``, leave for column (w, begin) to fit, what they are worth); -1 where that is not below
    ``most``, or nobody else can go."""
    end = begin + tables.duration[w]
    base = tables.use_first[w]
    uses = tables.use_first[w + 1] - base
    lacking = 0
    for k in range(uses):
        for t in range(begin, end):
            lack[k, t] = tables.use_amount[base + k] - residual[tables.use_limit[base + k], t]
            lacking += lack[k, t] > 0
    nearby = 0
    if lacking:
        for other in range(len(window)):
            v = window[other]
            if v < 0 or fixed[other] or nearby == len(near):
                continue
            if start[other] < end and start[other] + tables.duration[v] > begin:
                covered = _covered(tables, v, start[other], uses, base, begin, end, lack)
                if covered > 0.0:
                    near[nearby] = other
                    rate[nearby] = float(column_worth(tables, v, start[other])) / covered
                    nearby += 1
        sort_by_key(near, rate, nearby)
    count, lost, first = 0, 0.0, 0
    while lacking:
        # the less is lacking, the less each covers: rates from before are too low, so the first above the best ends it
        chosen, least = -1, np.inf
        while first < nearby and near[first] < 0:
            first += 1
        for i in range(first, nearby):
            other = near[i]
            if other < 0:
                continue
            if rate[i] >= least:
                break
            covered = _covered(tables, window[other], start[other], uses, base, begin, end, lack)
            if covered <= 0.0:
                near[i] = -1
            else:
                now = float(column_worth(tables, window[other], start[other])) / covered
                if now < least:
                    chosen, least = i, now
        if chosen < 0 or count == len(out):
            return -1, 0.0
        other = near[chosen]
        near[chosen] = -1
        lacking -= _count_out(tables, window[other], start[other], uses, base, begin, end, lack)
        out[count] = other
        count += 1
        lost += float(column_worth(tables, window[other], start[other]))
    kept = 0
    for i in range(count):
        # what came later may have made this one's leaving needless
        other = out[i]
        if _may_stay(tables, window[other], start[other], uses, base, begin, end, lack):
            lost -= float(column_worth(tables, window[other], start[other]))
        else:
            out[kept] = other
            kept += 1
    return (kept, lost) if lost < most else (-1, 0.0)


@kernel
def _covered(tables: Tables, v: int, first: int, uses: int, base: int, begin: int, end: int, lack: IntArray) -> float:
    """How much of what is lacking a run of window ``v`` from ``first`` holds, in parts of what is asked."""
    total = 0.0
    low, high = max(begin, first), min(end, first + tables.duration[v])
    for i in range(tables.use_first[v], tables.use_first[v + 1]):
        limit, amount = tables.use_limit[i], tables.use_amount[i]
        for k in range(uses):
            if tables.use_limit[base + k] == limit:
                part = 0
                for t in range(low, high):
                    part += max(0, min(amount, lack[k, t]))
                total += part / tables.use_amount[base + k]
    return total


@kernel
def _count_out(tables: Tables, v: int, first: int, uses: int, base: int, begin: int, end: int, lack: IntArray) -> int:
    """Counts a run out of what is lacking; in how many slots of limits nothing is lacking any more."""
    closed = 0
    low, high = max(begin, first), min(end, first + tables.duration[v])
    for i in range(tables.use_first[v], tables.use_first[v + 1]):
        limit, amount = tables.use_limit[i], tables.use_amount[i]
        for k in range(uses):
            if tables.use_limit[base + k] == limit:
                for t in range(low, high):
                    closed += 0 < lack[k, t] <= amount
                    lack[k, t] -= amount
    return closed


@kernel
def _may_stay(tables: Tables, v: int, first: int, uses: int, base: int, begin: int, end: int, lack: IntArray) -> bool:
    """Whether a run that was counted out fits all the same; then it is counted in again."""
    low, high = max(begin, first), min(end, first + tables.duration[v])
    for sign in range(2):
        for i in range(tables.use_first[v], tables.use_first[v + 1]):
            limit, amount = tables.use_limit[i], tables.use_amount[i]
            for k in range(uses):
                if tables.use_limit[base + k] == limit:
                    for t in range(low, high):
                        if sign == 1:
                            lack[k, t] += amount
                        elif lack[k, t] + amount > 0:
                            return False
    return True
