"""Ranked windows: the score of every column at given prices, and the tables with each job's best windows first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimizer.columns.table import IndexArray, IntArray
from optimizer.engines.price.interrupt import WINDOW_CHUNK, GiveWay, chunks, never
from optimizer.engines.price.plans.residual import ScoreArray, kernel, score_window
from optimizer.engines.price.plans.shares import share_gain
from optimizer.engines.price.tables import FloatArray, Tables


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
    origin = np.lexsort((-best, tables.job)).astype(np.int32)
    give_way()
    ranked = permute_windows(tables, origin)
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


def permute_windows(tables: Tables, origin: IndexArray) -> Tables:
    """``tables`` with window ``i`` replaced by window ``origin[i]``; jobs keep their windows."""
    uses = np.diff(tables.use_first)[origin]
    budget_uses = np.diff(tables.budget_use_first)[origin]
    use, budget_use = _ranges(tables.use_first[origin], uses), _ranges(tables.budget_use_first[origin], budget_uses)
    shares = np.diff(tables.share_first)[origin]
    share = _ranges(tables.share_first[origin], shares)
    return tables._replace(
        site=tables.site[origin],
        pool=tables.pool[origin],
        start_first=tables.start_first[origin],
        start_last=tables.start_last[origin],
        duration=tables.duration[origin],
        use_first=np.concatenate([[0], np.cumsum(uses)]),
        use_limit=tables.use_limit[use],
        use_amount=tables.use_amount[use],
        budget_use_first=np.concatenate([[0], np.cumsum(budget_uses)]),
        budget_use_index=tables.budget_use_index[budget_use],
        budget_use_amount=tables.budget_use_amount[budget_use],
        share_first=np.concatenate([[0], np.cumsum(shares)]),
        share_index=tables.share_index[share],
        share_amount=tables.share_amount[share],
        lead_limit=tables.lead_limit[origin] if len(tables.lead_limit) else tables.lead_limit,
        lead_slots=tables.lead_slots[origin] if len(tables.lead_limit) else tables.lead_slots,
        lead_amount=tables.lead_amount[origin] if len(tables.lead_limit) else tables.lead_amount,
        base=tables.base[origin],
        power_w=tables.power_w[origin],
    )


def _ranges(first: IntArray, count: IntArray) -> IntArray:
    """The concatenation of ``range(first[i], first[i] + count[i])``."""
    shift = first - np.concatenate([[0], np.cumsum(count)[:-1]]) if len(first) else first
    return np.repeat(shift, count) + np.arange(count.sum())


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
