"""Ranked windows: the score of every column at given prices, and the tables with each job's best windows first."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np

from optimizer.columns.table import IndexArray, IntArray
from optimizer.engines.price.interrupt import WINDOW_CHUNK, GiveWay, chunks, never
from optimizer.engines.price.plans.residual import ScoreArray, kernel, score_window
from optimizer.engines.price.plans.shares import share_gain
from optimizer.engines.price.tables import FloatArray, Tables

Whole = TypeVar("Whole", IntArray, IndexArray)


class ScoreTable(NamedTuple):
    """Reduced value of every column of ranked tables."""

    first: IntArray  # [W + 1] first column of each window
    score: ScoreArray  # [columns]
    window_best: ScoreArray  # [W]
    origin: IndexArray  # [W] the window of the Columns that each ranked window is


def build_scores(
    tables: Tables, prices: FloatArray, budget_prices: FloatArray, give_way: GiveWay = never
) -> tuple[Tables, ScoreTable]:
    """``tables`` with each job's windows from the best to the worst at ``prices`` ``[M, T]``, and their scores.

    4 bytes a column. Ranked windows lie side by side in memory, and a search over them may stop at the first whose
    best start is not good enough.
    """
    best = np.empty(len(tables.job), dtype=np.float32)
    prefix, scores = np.zeros(tables.energy_prefix.shape[1]), np.empty(tables.energy_prefix.shape[1], dtype=np.float32)
    for begin, end in chunks(len(best), WINDOW_CHUNK, give_way):
        _fill_best(tables, prices, budget_prices, begin, end, prefix, scores, best)
    origin = _best_first(tables, best, give_way)
    ranked = permute_windows(tables, origin, give_way)
    first = np.zeros(len(origin) + 1, dtype=np.int64)
    np.cumsum(ranked.start_last - ranked.start_first + 1, out=first[1:])
    score = np.empty(first[-1], dtype=np.float32)
    window_best = np.empty(len(origin), dtype=np.float32)
    for begin, end in chunks(len(origin), WINDOW_CHUNK, give_way):
        _fill_scores(ranked, prices, budget_prices, begin, end, first, prefix, score, window_best)
    return ranked, ScoreTable(first, score, window_best, origin)


@kernel
def _fill_best(
    tables: Tables,
    prices: FloatArray,
    budget_prices: FloatArray,
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
