"""Guides beside a plant: runs pay in their scores for the load that they displace, and earn what their heat is sold for.

At the prices of the dual a watt that a job takes of a limit costs what the load gains that would otherwise run there, where the
limit's price says that both do not fit. That is a cost like energy: a run that is worth less does not pay. What is left of the
prices is scarcity among jobs, which only ranks runs. The price of recovered heat is what a watt of it still earns: all that it
is sold for where more could be sold, nothing where the limit of the offtake is reached.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.arrays import IntArray
from optimizer.columns.table import Columns
from optimizer.engines.price.bound.dual import DualPoint
from optimizer.engines.price.bound.kernel import FloatArray
from optimizer.engines.price.bound.plant import plant_agents
from optimizer.engines.price.plans.plant_table import best_levels
from optimizer.engines.price.plans.shares import guided
from optimizer.engines.price.tables import Tables, cost_by_pool, heat_by_site, site_of_named_pool
from optimizer.units import RATE_SCALE


def guided_by(columns: Columns, tables: Tables, point: DualPoint, part: float = 1.0) -> tuple[Tables, DualPoint]:
    """``tables`` whose guide pays for floors and a ``part`` of what is displaced as ``point`` says, and the rest of its prices.

    What just fits beside the load has a price too: with a part only, runs on that margin are tried. So of what heat earns at
    best, a part of what the prices say it does not is taken off.
    """
    tables = guided(tables, point.floor)
    if columns.plant.is_empty:
        return tables, point
    displaced = part * displacement(columns, point.limit)
    by_pool = cost_by_pool(columns, site_of_named_pool(columns))
    by_pool[:, 1:] += np.cumsum(_watts_by_pool(columns) @ displaced[_rows(columns)], axis=1)
    tables = heat_priced(columns, tables._replace(cost_prefix=by_pool), point.limit, part)
    return tables, replace(point, limit=np.maximum(0.0, point.limit - displaced))


def heat_priced(columns: Columns, tables: Tables, price: FloatArray, part: float = 1.0) -> Tables:
    """``tables`` whose guide sells heat at ``price[L, T]`` or, with a ``part`` only, so much nearer to it than at the best."""
    plant = columns.plant
    if not plant.sells_heat.any():
        return tables
    best = np.maximum(0, plant.rate).astype(np.float64)
    asked = np.minimum(price[plant.limit[:, 0]] * RATE_SCALE, best)
    return tables._replace(heat_prefix=heat_by_site(columns, best - part * (best - asked)))


def unpriced(columns: Columns) -> DualPoint:
    """The prices of who knows none: nothing costs anything, and heat is sold at its best."""
    limit, plant = np.zeros(columns.capacity.shape), columns.plant
    if plant.sells_heat.any():
        limit[plant.heat_limits] = np.maximum(0, plant.rate[plant.sells_heat]) / RATE_SCALE
    return DualPoint(limit, np.zeros(len(columns.budgets)), np.zeros(0))


def displacement(columns: Columns, price: FloatArray) -> FloatArray:
    """What of the prices ``[L, T]`` pays for load displaced and for peaks, and for heat, ``[L, T]``: no more than they are."""
    plant, agents = columns.plant, plant_agents(columns)
    displaced = np.zeros(price.shape)
    for load, left in enumerate(agents.rate):
        # the connection first, which all loads of the site share
        for limit in plant.limits_of(load)[::-1].tolist():
            paid = np.minimum(price[limit], left)
            displaced[limit] = np.maximum(displaced[limit], paid)
            left = left - paid
    peaks = plant.peaks
    for index, (limit, peak) in enumerate(zip(peaks.limit.tolist(), agents.turn(price).peak_uw.tolist(), strict=True)):
        below = peak < peaks.overhead_uw[index] + peaks.pue_ppm[index] * peaks.capacity[index]
        displaced[limit] = np.where(below, price[limit], displaced[limit])
    return displaced


def level_peaks(columns: Columns, tables: Tables, free: IntArray) -> Tables:
    """``tables`` whose loads draw up to the peaks that are best where ``free[L, T]`` is left."""
    return tables._replace(plant=tables.plant._replace(level_uw=best_levels(columns, free)))


def _rows(columns: Columns) -> IntArray:
    """Those that runs take of; not recovered heat, which they give."""
    limit = columns.plant.limit[~columns.plant.sells_heat]
    rows: IntArray = np.union1d(limit[limit >= 0], columns.plant.peaks.limit).astype(np.int64)
    return rows


def _watts_by_pool(columns: Columns) -> FloatArray:
    """What a watt of a run in each pool takes at most of each of the plant's rows; ``[P, R]``."""
    rows = _rows(columns)
    window = np.repeat(np.arange(columns.window_count), np.diff(columns.use_first))
    own = np.flatnonzero(np.isin(columns.use_limit, rows) & (columns.power_w[window] > 0))
    part = columns.use_amount[own] / columns.power_w[window[own]]
    watts = np.zeros((int(columns.pool.max(initial=-1)) + 1, len(rows)))
    np.maximum.at(watts, (columns.pool[window[own]], np.searchsorted(rows, columns.use_limit[own])), part)
    return watts
