"""The tables kernels read: the part of ``Columns`` that decides worth and fit, in the form that is fastest to read.

Limits that every window uses alike are merged into one row (their minimum is the same constraint), limits that cannot
bind are dropped, and the uses of a window are sorted by how scarce they are, so that a column that does not fit is
refused early. Nothing is rounded: a plan that fits here is feasible for the ``Columns``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.columns.table import RATE_SCALE, Columns, IndexArray, IntArray
from optimizer.engines.price.bound.profiles import joined, joined_first
from optimizer.engines.price.jit import compiled
from optimizer.engines.price.plans.plant_table import PlantTable, plant_table
from optimizer.engines.price.ties.tie_table import tie_table

FloatArray = NDArray[np.float64]


class Tables(NamedTuple):
    """What kernels read. ``W`` windows, ``M`` merged limits, ``B`` budgets, ``S`` sites, ``T`` slots, ``J`` jobs."""

    job_first: IntArray  # [J + 1]
    job: IndexArray  # [W]
    site: IndexArray  # [W]
    pool: IndexArray  # [W]
    start_first: IndexArray  # [W]
    start_last: IndexArray  # [W]
    duration: IndexArray  # [W]
    use_first: IntArray  # [W + 1]
    use_limit: IndexArray  # [uses] index of a merged limit
    use_amount: IntArray  # [uses]
    budget_use_first: IntArray  # [W + 1]
    budget_use_index: IndexArray
    budget_use_amount: IntArray
    budget_prefix: IntArray  # [B, T + 1]
    budget_divisor: IntArray  # [B]
    base: IntArray  # [W] micro-units
    power_w: IntArray  # [W]
    energy_prefix: IntArray  # [S, T + 1]
    carbon_prefix: IntArray  # [S, T + 1]
    cost_prefix: FloatArray  # [pools, T + 1] micro-units per W: energy, carbon, load displaced (``plant_guide``), for scores
    heat_prefix: FloatArray  # [S, T + 1] micro-units per W of liquid heat: what it earns, for scores; 0 where it is not sold
    due_slot: IndexArray  # [J]
    tardiness_cost: IntArray  # [J]
    ties: IndexArray  # order and groups, see ``tie_table``
    lure: FloatArray  # [J] micro-units that jobs waiting for this one are worth at best: it may run at a loss for them
    urgency: FloatArray  # [J] micro-units that a slot of delay costs those jobs, for scores
    bonus: IntArray  # [J] micro-units a placed mandatory job counts beyond its worth in any search; else 0
    capacity: IntArray  # [M, T]
    budget_capacity: IntArray  # [B]
    share_first: IntArray  # [W + 1]
    share_index: IndexArray  # the share floor that a run counts towards ...
    share_amount: IntArray  # ... and by how much
    share_target: IntArray  # [F]
    share_cost: IntArray  # [F] micro-units a unit short
    share_price: FloatArray  # [F] what guides pay a unit, within [0, cost]; the cost unless prices say less
    lead_limit: IndexArray  # [W] the merged limit that a run takes before it starts, -1: none; empty: no run does
    lead_slots: IndexArray  # [W]
    lead_amount: IntArray  # [W]
    merged: IndexArray  # [L] the merged limit of each limit of the Columns, -1 where it cannot bind
    plant: PlantTable


def build_tables(columns: Columns) -> Tables:
    """The kernels' tables of ``columns``; about 10 ns a use."""
    merged, member = _merge_limits(columns)
    capacity = np.full((len(member), columns.slot_count), np.iinfo(np.int64).max, dtype=np.int64)
    for limit, row in enumerate(merged):
        if row >= 0:
            np.minimum(capacity[row], columns.capacity[limit], out=capacity[row])
    scarcity = 1.0 / np.maximum(1.0, capacity.mean(axis=1)) if len(member) else np.zeros(0)
    use_first, use_limit, use_amount = _merge_uses(
        columns.use_first, columns.use_limit, columns.use_amount, merged, np.asarray(member, np.int32), scarcity
    )
    fleet = _fleet_tables(columns, capacity, merged, site_of_named_pool(columns))
    return _tables(columns, use_first, use_limit, use_amount, fleet)


def unmerged_fleet(columns: Columns, site_of_pool: IntArray) -> FleetTables:
    """What `unmerged_tables` shares between jobs: each limit of ``columns`` is a row of its own."""
    every = np.arange(len(columns.limits), dtype=np.int32)
    return _fleet_tables(columns, columns.capacity, every, site_of_pool)


def unmerged_tables(columns: Columns, fleet: FleetTables) -> Tables:
    """As `build_tables`, for the few jobs of ``columns`` on ``fleet``, against a residual of its limits."""
    return _tables(columns, columns.use_first, columns.use_limit, columns.use_amount, fleet)


class FleetTables(NamedTuple):
    """The fields of `Tables` that jobs do not change."""

    budget_prefix: IntArray
    budget_divisor: IntArray
    energy_prefix: IntArray
    carbon_prefix: IntArray
    cost_prefix: FloatArray
    heat_prefix: FloatArray
    capacity: IntArray
    budget_capacity: IntArray
    share_target: IntArray
    share_cost: IntArray
    share_price: FloatArray
    merged: IndexArray
    plant: PlantTable


def _fleet_tables(columns: Columns, capacity: IntArray, merged: IndexArray, site_of_pool: IntArray) -> FleetTables:
    contiguous, floors = np.ascontiguousarray, columns.floors
    return FleetTables(
        budget_prefix=contiguous(columns.budget_prefix),
        budget_divisor=contiguous(columns.budget_divisor),
        energy_prefix=contiguous(columns.energy_prefix),
        carbon_prefix=contiguous(columns.carbon_prefix),
        cost_prefix=cost_by_pool(columns, site_of_pool),
        heat_prefix=heat_by_site(columns, columns.plant.rate),
        capacity=capacity,
        budget_capacity=contiguous(columns.budget_capacity),
        share_target=contiguous(floors.target),
        share_cost=contiguous(floors.cost),
        share_price=floors.cost.astype(np.float64),
        merged=merged,
        plant=plant_table(columns, merged),
    )


def _tables(columns: Columns, use_first: IntArray, use_limit: IndexArray, use_amount: IntArray, fleet: FleetTables) -> Tables:
    contiguous, bonus, merged = np.ascontiguousarray, _mandatory_bonus(columns), fleet.merged
    ties = tie_table(columns, bonus)
    floors, leads = columns.floors, columns.leads
    return Tables(
        job_first=contiguous(columns.job_first),
        job=contiguous(columns.job),
        site=contiguous(columns.site),
        pool=contiguous(columns.pool),
        start_first=contiguous(columns.start_first),
        start_last=contiguous(columns.start_last),
        duration=contiguous(columns.duration),
        use_first=use_first,
        use_limit=use_limit,
        use_amount=use_amount,
        budget_use_first=contiguous(columns.budget_use_first),
        budget_use_index=contiguous(columns.budget_use_index),
        budget_use_amount=contiguous(columns.budget_use_amount),
        base=contiguous(columns.base),
        power_w=contiguous(columns.power_w),
        due_slot=contiguous(columns.due_slot),
        tardiness_cost=contiguous(columns.tardiness_cost),
        ties=ties.ties,
        lure=ties.lure,
        urgency=ties.urgency,
        bonus=bonus,
        share_first=contiguous(floors.use_first) if len(floors) else np.zeros(columns.window_count + 1, dtype=np.int64),
        share_index=contiguous(floors.use_index),
        share_amount=contiguous(floors.use_amount),
        lead_limit=np.where(leads.limit >= 0, merged[leads.limit], -1).astype(np.int32) if len(leads) else leads.limit,
        lead_slots=contiguous(leads.slots),
        lead_amount=contiguous(leads.amount),
        **fleet._asdict(),
    )


def _mandatory_bonus(columns: Columns) -> IntArray:
    """More than any few jobs together are worth, and small enough that the sum over all jobs stays in 64 bits."""
    if not columns.mandatory.any() or not columns.window_count:
        return columns.mandatory.astype(np.int64)
    largest = max(worth_span(columns))
    bonus = min(16 * largest + 1, 2**61 // columns.job_count)
    return np.where(columns.mandatory, bonus, 0).astype(np.int64)


def worth_span(columns: Columns) -> tuple[int, int]:
    """(most a column can be worth, most it can cost), micro-units, both >= 1: cheap bounds, not attained."""
    swing = 1
    for prefix in (columns.energy_prefix, columns.carbon_prefix):
        if prefix.size:
            rate = int(np.abs(np.diff(prefix, axis=1)).max())
            swing += int((columns.power_w * columns.duration).max()) * rate // RATE_SCALE + 1
    swing += int((columns.tardiness_cost.max() if columns.job_count else 0) * columns.slot_count)
    swing += int(columns.floors.credit(columns.floors.cost, columns.window_count).max(initial=0))
    swing += int(columns.given_credit().max(initial=0))
    return max(1, int(columns.base.max()) + swing), max(1, swing - int(columns.base.min()))


def site_of_named_pool(columns: Columns) -> IntArray:
    """``[pools]``, as many as windows name; 0 for those that none does."""
    site = np.zeros(int(columns.pool.max(initial=-1)) + 1, dtype=np.int64)
    site[columns.pool] = columns.site
    return site


def cost_by_pool(columns: Columns, site_of_pool: IntArray) -> FloatArray:
    """Micro-units per W of energy and carbon together, prefix sums ``[pools, T + 1]``."""
    cost: FloatArray = (columns.energy_prefix + columns.carbon_prefix)[site_of_pool] / RATE_SCALE
    return cost


def heat_by_site(columns: Columns, rate: IntArray | FloatArray) -> FloatArray:
    """What heat earns at ``rate[K, T]``, 1e-4 micro-units per W of each taker, prefix sums ``[S, T + 1]``."""
    plant, earned = columns.plant, np.zeros((len(columns.energy_prefix), columns.slot_count + 1))
    for taker in np.flatnonzero(plant.sells_heat).tolist():
        np.cumsum(np.maximum(0, rate[taker]) / RATE_SCALE, out=earned[plant.site[taker], 1:])
    return earned


def merge_prices(tables: Tables, prices: FloatArray) -> FloatArray:
    """Prices ``[L, T]`` of the limits as prices ``[M, T]`` of the merged limits."""
    out = np.zeros(tables.capacity.shape)
    for limit, row in enumerate(tables.merged):
        if row >= 0:
            out[row] += prices[limit]
    return out


def _merge_limits(columns: Columns) -> tuple[IndexArray, list[int]]:
    """(merged limit of each limit, one limit of each merged limit).

    Two limits merge when every window and lane uses the same amount of both; a limit goes when all jobs at once fit under it.
    """
    lanes = columns.lanes
    first, limit_of = joined_first(columns.use_first, lanes.use_first), joined(columns.use_limit, lanes.use_limit)
    amount = joined(columns.use_amount, lanes.use_amount)
    job = joined(columns.job, np.repeat(lanes.job, np.diff(lanes.lane_first)))
    # a job with windows and lanes counts with both, which can only keep a limit
    peak = _peak_demand(job, first, limit_of, amount, len(columns.limits))
    signature = _signatures(first, limit_of, amount, len(columns.limits))
    representative = np.full(len(columns.limits), -1, dtype=np.int32)
    seen: dict[bytes, int] = {}
    for limit in range(len(columns.limits)):
        if peak[limit] > columns.capacity[limit].min():
            representative[limit] = seen.setdefault(signature[limit].tobytes(), limit)
    # A signature is a hash: limits that only look alike stay apart.
    different = _differing(first, limit_of, amount, representative)
    representative = np.where(different, np.arange(len(different)), representative)
    for link in columns.leads.links:
        # used before runs, not by them
        representative[link] = link
    plant = columns.plant
    for limit in np.union1d(plant.limit[plant.limit >= 0], plant.peaks.limit).tolist():
        # load takes it too, or what jobs take of it has a price
        representative[limit] = limit
    member = [limit for limit in range(len(representative)) if representative[limit] == limit]
    row = {limit: i for i, limit in enumerate(member)}
    merged = np.array([row.get(int(limit), -1) for limit in representative], dtype=np.int32)
    return merged, member


@compiled
def _signatures(use_first: IntArray, use_limit: IndexArray, use_amount: IntArray, limit_count: int) -> IntArray:
    """A hash of the windows and amounts that use each limit, and their number; ``[L, 2]``."""
    out = np.zeros((limit_count, 2), dtype=np.int64)
    for w in range(len(use_first) - 1):
        for k in range(use_first[w], use_first[w + 1]):
            mixed = (w + 1) * 0x1E3779B97F4A7C15 ^ use_amount[k] * 0x3F58476D1CE4E5B9
            out[use_limit[k], 0] += mixed ^ (mixed >> 29)
            out[use_limit[k], 1] += 1
    return out


@compiled
def _differing(
    use_first: IntArray, use_limit: IndexArray, use_amount: IntArray, representative: IndexArray
) -> NDArray[np.bool_]:
    """Limits that some window uses otherwise than their representative; ``[L]``. Both have as many uses."""
    out = np.zeros(len(representative), dtype=np.bool_)
    for w in range(len(use_first) - 1):
        for k in range(use_first[w], use_first[w + 1]):
            other = representative[use_limit[k]]
            if other >= 0 and other != use_limit[k]:
                same = False
                for i in range(use_first[w], use_first[w + 1]):
                    same |= use_limit[i] == other and use_amount[i] == use_amount[k]
                if not same:
                    out[use_limit[k]] = True
    return out


@compiled
def _peak_demand(
    job: IndexArray, use_first: IntArray, use_limit: IndexArray, use_amount: IntArray, limit_count: int
) -> FloatArray:
    """Sum over jobs of the most any window of the job uses of each limit; ``[L]``."""
    total = np.zeros(limit_count)
    most = np.zeros(limit_count, dtype=np.int64)
    last = np.full(limit_count, -1, dtype=np.int64)
    for w in range(len(job)):
        for k in range(use_first[w], use_first[w + 1]):
            limit = use_limit[k]
            if last[limit] != job[w]:
                last[limit] = job[w]
                most[limit] = 0
            if use_amount[k] > most[limit]:
                total[limit] += use_amount[k] - most[limit]
                most[limit] = use_amount[k]
    return total


@compiled
def _merge_uses(
    use_first: IntArray,
    use_limit: IndexArray,
    use_amount: IntArray,
    merged: IndexArray,
    member: IndexArray,
    scarcity: FloatArray,
) -> tuple[IntArray, IndexArray, IntArray]:
    """Uses of merged limits only, those of a window sorted by the share of the limit they take, largest first."""
    out_first = np.zeros(len(use_first), dtype=np.int64)
    out_limit = np.empty(len(use_limit), dtype=np.int32)
    out_amount = np.empty(len(use_limit), dtype=np.int64)
    n = 0
    for w in range(len(use_first) - 1):
        begin = n
        for k in range(use_first[w], use_first[w + 1]):
            row = merged[use_limit[k]]
            if row < 0 or member[row] != use_limit[k]:
                continue
            i = n
            share = use_amount[k] * scarcity[row]
            while i > begin and out_amount[i - 1] * scarcity[out_limit[i - 1]] < share:
                out_amount[i] = out_amount[i - 1]
                out_limit[i] = out_limit[i - 1]
                i -= 1
            out_amount[i] = use_amount[k]
            out_limit[i] = row
            n += 1
        out_first[w + 1] = n
    return out_first, out_limit[:n].copy(), out_amount[:n].copy()
