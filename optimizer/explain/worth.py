"""Which of many jobs would gain by running, told from all their columns at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.columns.table import Columns
from optimizer.exact.problem import ExactJob
from optimizer.interrupt import GiveWay, never

#: Fewer jobs are sooner looked at one by one than laid out for the kernels.
LEAST_JOB_COUNT = 1_000


def surely_worth_running(columns: Columns, jobs: Sequence[ExactJob], give_way: GiveWay = never) -> frozenset[str]:
    """Names of ``jobs`` of which some column gains more than a micro-unit; of those not named nothing is said.

    The kernels reckon in floats, so a job that gains next to nothing is left to whoever reckons exactly.
    """
    if len(jobs) < LEAST_JOB_COUNT or len(columns.precedences) or len(columns.together):
        return frozenset()
    from optimizer.engines.price.bound.kernel import best_columns, pricing_table
    from optimizer.engines.price.bound.prices import Prices

    indices = np.array([job.index for job in jobs], dtype=np.int64)
    table = pricing_table(columns, indices)
    give_way()
    best = best_columns(table, Prices.zero(columns), give_way=give_way)
    scale = float(np.abs(columns.base).max(initial=1))
    return frozenset(jobs[k].name for k in np.flatnonzero(best.profit > 1.0 + 1e-9 * scale).tolist())
