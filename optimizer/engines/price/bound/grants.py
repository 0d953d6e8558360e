"""What a bound grants each job or block of jobs, and what it loses where a plan takes another column than the best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.columns.table import Columns, IntArray
from optimizer.engines.price.ties.tied_pricing import block_gains
from optimizer.engines.price.ties.tied_table import TiedTable

#: Of a job or a key without columns, below every profit; and of a window that no plan takes, above every profit.
IMPOSSIBLE = -(1 << 62)
NEVER = 1 << 62


class MandatoryJobWithoutColumnsError(ValueError):
    """A job that must run can run in no way, so there is no plan and no bound."""


@dataclass(frozen=True, slots=True)
class Grants:
    """Profits in the unit of the prices.

    A plan with a column of window ``w`` falls short of the bound by ``window[w]`` less the column's profit, at least; one
    without job ``j`` by ``left_out[j]``. ``window`` is `NEVER` where no plan takes one.
    """

    total: int  # over all jobs
    window: IntArray  # [W]
    left_out: IntArray  # [J]


def grants(columns: Columns, tied: TiedTable | None, window_profit: IntArray, job_profit: IntArray) -> Grants:
    """``window_profit[W]`` of each window's best column; ``job_profit[J]`` of jobs by themselves, `IMPOSSIBLE` where one that
    must run cannot. Raises `MandatoryJobWithoutColumnsError`.
    """
    alone = np.ones(columns.job_count, dtype=np.bool_)
    if tied is not None:
        alone[tied.job] = False
    if np.any(job_profit[alone] == IMPOSSIBLE):
        raise MandatoryJobWithoutColumnsError("a mandatory job has neither an admissible column nor an itinerary")
    total, window, left_out = sum(job_profit[alone].tolist()), job_profit[columns.job], job_profit.copy()
    if tied is None:
        return Grants(total, window, left_out)
    profit = np.full(tied.cell_count, IMPOSSIBLE, dtype=np.int64)
    np.maximum.at(profit, tied.cell, window_profit[tied.window])
    gains = block_gains(tied, profit, np.int64(IMPOSSIBLE))
    if not gains.possible.all():
        raise MandatoryJobWithoutColumnsError("no site, hall or pool has a column for all the mandatory jobs of a group")
    keys = np.diff(tied.key_first)
    block = np.repeat(np.repeat(np.arange(len(gains.best)), np.diff(tied.block_first)), keys)
    possible = np.repeat(gains.key_possible, keys)
    short = gains.best[block] - gains.without
    window[tied.window] = np.where(possible, short, NEVER)[tied.cell]
    left_out[tied.job] = NEVER
    np.minimum.at(left_out, tied.job[possible], short[possible])
    return Grants(total + sum(gains.best.tolist()), window, left_out)
