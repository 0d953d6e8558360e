"""Ranked windows: the score of every column at given prices, and the tables with each job's best windows first."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np

from optimizer.columns.table import IndexArray, IntArray
from optimizer.engines.price.bound.profiles import distinct_uses
from optimizer.engines.price.chunk_sizes import WINDOW_CHUNK
from optimizer.engines.price.plans.residual import NEVER, ScoreArray, add_up_paid, kernel, score_starts, score_window
from optimizer.engines.price.plans.shares import share_gain
from optimizer.engines.price.tables import FloatArray, Tables
from optimizer.interrupt import GiveWay, chunks, never

Whole = TypeVar("Whole", IntArray, IndexArray)
NOTHING_PAID, NO_INDEX = np.zeros((0, 0), dtype=np.float32), np.zeros(0, dtype=np.int32)


class ScoreTable(NamedTuple):
    """Reduced value of the columns of ranked tables: of every one, or where they are many what `score_starts` finds it from."""

    first: IntArray  # [W + 1] first column of each window
    score: ScoreArray  # [columns]; empty where scores are found as they are asked for
    window_best: ScoreArray  # [W]
    origin: IndexArray  # [W] the window of the Columns that each ranked window is
    paid: ScoreArray  # [distinct uses, T + 1] what a run pays for limits, added up; empty where every score is held
    paid_of: IndexArray  # [W]


#: Columns up to which every score is held, at 4 bytes each: to look up is faster than to find.
MOST_SCORES = 2_500_000
#: A coarse search, and a coarse problem, has starts as far apart as they are where there are so many slots, or nearly.
COARSE_SLOTS = 168


def build_scores(
    tables: Tables, prices: FloatArray, budget_prices: FloatArray, give_way: GiveWay = never, *, coarse: bool = False
) -> tuple[Tables, ScoreTable]:
    """``tables`` with each job's windows from the best to the worst at ``prices`` ``[M, T]``, and their scores.

    ``coarse``: where scores are held, starts at every second, third, ... slot of horizons of more than ``COARSE_SLOTS`` alone;
    the others score ``NEVER``, but in windows that might have none of these.

    Ranked windows lie side by side in memory, and a search over them may stop at the first whose best start is not good
    enough. Fleets whose links and budgets are free hold no scores but those of windows: a search scans few of theirs.
    """
    column_count = int((tables.start_last - tables.start_first + 1).sum(dtype=np.int64))
    held = column_count <= MOST_SCORES or len(tables.lead_limit) > 0 or bool(budget_prices.any())
    stride = max(1, (tables.energy_prefix.shape[1] - 1) // COARSE_SLOTS) if coarse else 1
    best = np.empty(len(tables.job), dtype=np.float32)
    prefix, scores = np.zeros(tables.energy_prefix.shape[1]), np.empty(tables.energy_prefix.shape[1], dtype=np.float32)
    paid, paid_of = (NOTHING_PAID, NO_INDEX) if held else _paid(tables, prices)
    for begin, end in chunks(len(best), WINDOW_CHUNK, give_way):
        if held:
            _fill_best(tables, prices, budget_prices, stride, begin, end, prefix, scores, best)
        else:
            _fill_best_paid(tables, paid, paid_of, begin, end, scores, best)
    origin = _best_first(tables, best, give_way)
    ranked = permute_windows(tables, origin, give_way)
    first = np.zeros(len(origin) + 1, dtype=np.int64)
    np.cumsum(ranked.start_last - ranked.start_first + 1, out=first[1:])
    if not held:
        return ranked, ScoreTable(first, np.empty(0, dtype=np.float32), best[origin], origin, paid, paid_of[origin])
    score = np.empty(first[-1], dtype=np.float32)
    window_best = np.empty(len(origin), dtype=np.float32)
    for begin, end in chunks(len(origin), WINDOW_CHUNK, give_way):
        _fill_scores(ranked, prices, budget_prices, stride, begin, end, first, prefix, score, window_best)
    return ranked, ScoreTable(first, score, window_best, origin, paid, paid_of)


def _paid(tables: Tables, prices: FloatArray) -> tuple[ScoreArray, IndexArray]:
    """`ScoreTable.paid` at ``prices``, and which row of it is that of each window."""
    window_count, slot_count = len(tables.job), tables.energy_prefix.shape[1]
    if prices.shape[0] == 0:
        return np.zeros((1, slot_count), dtype=np.float32), np.zeros(window_count, dtype=np.int32)
    # sites and budgets make no difference
    site, nothing = np.zeros(window_count, dtype=np.int32), np.zeros(window_count + 1, dtype=np.int64)
    uses = tables.use_first, tables.use_limit, tables.use_amount
    row, window = distinct_uses(site, nothing[1:], *uses, nothing, NO_INDEX, nothing[:0])
    paid = np.empty((len(window), slot_count), dtype=np.float32)
    _fill_paid(tables, prices, window, np.empty(slot_count), paid)
    return paid, row


@kernel
def _fill_paid(tables: Tables, prices: FloatArray, window: IndexArray, prefix: FloatArray, paid: ScoreArray) -> None:
    for row in range(len(window)):
        add_up_paid(tables, prices, window[row], 0, len(prefix) - 1, prefix)
        for slot in range(len(prefix)):
            paid[row, slot] = prefix[slot]


@kernel
def _fill_best_paid(
    tables: Tables, paid: ScoreArray, paid_of: IndexArray, begin: int, end: int, scores: ScoreArray, best: ScoreArray
) -> None:
    for w in range(begin, end):
        best[w] = score_starts(tables, w, share_gain(tables, tables.share_target, w), paid[paid_of[w]], scores)


@kernel
def find_scores(tables: Tables, table: ScoreTable, window: int, out: ScoreArray) -> None:
    """The scores of a ranked window that are not held, into ``out``."""
    score_starts(tables, window, share_gain(tables, tables.share_target, window), table.paid[table.paid_of[window]], out)


@kernel
def score_of(tables: Tables, table: ScoreTable, window: int, start: int, scratch: ScoreArray) -> np.float32:
    """The score of one column of a ranked window; ``scratch`` is ``[T + 1]``."""
    i = start - tables.start_first[window]
    score: np.float32
    if len(table.score) > 0:
        score = table.score[table.first[window] + i]
    else:
        find_scores(tables, table, window, scratch)
        score = scratch[i]
    return score


@kernel
def scores_of(
    tables: Tables, table: ScoreTable, window: IndexArray, start: IndexArray, scratch: ScoreArray, out: FloatArray
) -> None:
    """`score_of` column by column."""
    for i in range(len(window)):
        out[i] = score_of(tables, table, window[i], start[i], scratch)


@kernel
def _fill_best(
    tables: Tables,
    prices: FloatArray,
    budget_prices: FloatArray,
    stride: int,
    begin: int,
    end: int,
    prefix: FloatArray,
    scores: ScoreArray,
    best: ScoreArray,
) -> None:
    """Score of each window's best start; ``prefix`` and ``scores`` are scratch, ``[T + 1]``."""
    for w in range(begin, end):
        gain = share_gain(tables, tables.share_target, w)
        best[w] = score_window(tables, prices, budget_prices, w, gain, prefix, scores)
        if stride > 1:
            best[w] = _coarsen(tables, w, stride, scores)


def _best_first(tables: Tables, best: ScoreArray, give_way: GiveWay) -> IndexArray:
    """The windows of each job from the best to the worst; ``[W]``."""
    origin = np.empty(len(best), dtype=np.int32)
    firsts = tables.job_first[np.searchsorted(tables.job_first, np.arange(0, len(best), WINDOW_CHUNK))]
    for begin, end in pairwise([*np.unique(firsts).tolist(), len(best)]):
        give_way()
        origin[begin:end] = begin + np.lexsort((-best[begin:end], tables.job[begin:end]))
    return origin


def permute_windows(tables: Tables, origin: IndexArray, give_way: GiveWay = never) -> Tables:
    """``tables`` with window ``i`` replaced by window ``origin[i]``; jobs keep their windows."""

    def gathered(field: Whole, index: IntArray | IndexArray = origin) -> Whole:
        give_way()
        return field[index]

    def listed(first: IntArray) -> tuple[IntArray, IntArray]:
        """Where the lists of the windows begin, and where each of their entries stood; ``first`` is that of ``tables``."""
        counts = np.diff(first)[origin]
        begins = np.concatenate([[0], np.cumsum(counts)])
        shift, place = first[origin] - begins[:-1], np.empty(begins[-1], dtype=np.int64)
        for low, high in chunks(len(origin), WINDOW_CHUNK, give_way):
            entries = np.arange(begins[low], begins[high])
            place[begins[low] : begins[high]] = np.repeat(shift[low:high], counts[low:high]) + entries
        give_way()
        return begins, place

    use_first, use = listed(tables.use_first)
    budget_use_first, budget_use = listed(tables.budget_use_first)
    share_first, share = listed(tables.share_first)
    return tables._replace(
        site=gathered(tables.site),
        pool=gathered(tables.pool),
        start_first=gathered(tables.start_first),
        start_last=gathered(tables.start_last),
        duration=gathered(tables.duration),
        use_first=use_first,
        use_limit=gathered(tables.use_limit, use),
        use_amount=gathered(tables.use_amount, use),
        budget_use_first=budget_use_first,
        budget_use_index=gathered(tables.budget_use_index, budget_use),
        budget_use_amount=gathered(tables.budget_use_amount, budget_use),
        share_first=share_first,
        share_index=gathered(tables.share_index, share),
        share_amount=gathered(tables.share_amount, share),
        lead_limit=gathered(tables.lead_limit) if len(tables.lead_limit) else tables.lead_limit,
        lead_slots=gathered(tables.lead_slots) if len(tables.lead_limit) else tables.lead_slots,
        lead_amount=gathered(tables.lead_amount) if len(tables.lead_limit) else tables.lead_amount,
        base=gathered(tables.base),
        power_w=gathered(tables.power_w),
    )


@kernel
def _fill_scores(
    tables: Tables,
    prices: FloatArray,
    budget_prices: FloatArray,
    stride: int,
    begin: int,
    end: int,
    first: IntArray,
    prefix: FloatArray,
    score: ScoreArray,
    window_best: ScoreArray,
) -> None:
    for w in range(begin, end):
        gain = share_gain(tables, tables.share_target, w)
        window_best[w] = score_window(tables, prices, budget_prices, w, gain, prefix, score[first[w] : first[w + 1]])
        if stride > 1:
            window_best[w] = _coarsen(tables, w, stride, score[first[w] : first[w + 1]])


@kernel
def _coarsen(tables: Tables, window: int, stride: int, scores: ScoreArray) -> np.float32:
    """Keep the scores of every ``stride``-th slot, and all of a window of fewer starts; the best of those kept."""
    first = tables.start_first[window]
    count = tables.start_last[window] + 1 - first
    best = NEVER
    for i in range(count):
        if count >= stride and (first + i) % stride != 0:
            scores[i] = NEVER
        best = max(best, scores[i])
    return best
