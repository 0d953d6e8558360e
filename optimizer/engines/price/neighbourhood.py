"""Large-neighbourhood moves by CP-SAT: free some jobs, place them again optimally among their best columns.

The sub-problem is the time-indexed program of the freed jobs over what the others leave: pure boolean columns, one at
most a job, and for each merged limit and slot that could bind the sum of uses within the residual. It is exact in
integers, asks for a strict improvement, and is limited by CP-SAT's deterministic time, so the same seed gives the same
plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimizer.columns import IndexArray, IntArray
from optimizer.engines.price.ranking import ScoreTable
from optimizer.engines.price.residual import NEVER, budget_use, column_fits, column_worth
from optimizer.engines.price.schedule import Plan
from optimizer.engines.price.tables import FloatArray, Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourhoodParams:
    """Size of one sub-problem.

    Attributes:
        job_count: placed jobs freed at once; >= 1.
        absent_count: jobs left out that may come in; >= 0.
        column_count: best fitting columns of each job that are offered; >= 1.
        deterministic_seconds: CP-SAT's deterministic time for one sub-problem; > 0.
    """

    job_count: int = 24
    absent_count: int = 12
    column_count: int = 80
    deterministic_seconds: float = 0.5


@dataclass(frozen=True, slots=True)
class SubProblem:
    """Columns offered to the freed jobs, and the rows they may break; ``N`` columns, ``R`` rows."""

    jobs: IndexArray  # the freed jobs
    job: IndexArray  # [N]
    window: IndexArray  # [N]
    start: IndexArray  # [N]
    worth: IntArray  # [N] micro-units, with the bonus of a mandatory job
    row: IntArray  # [non-zeros] ascending
    column: IntArray  # [non-zeros]
    use: IntArray  # [non-zeros]
    limit: IntArray  # [R]


def choose_jobs(plan: Plan, prices: FloatArray, params: NeighbourhoodParams, random: np.random.Generator) -> IndexArray:
    """Placed jobs around one hour of one site, drawn by the hour's price, and absent jobs that could run there.

    ``prices`` ``[M, T]``; where all are zero, any limit and slot may be drawn.
    """
    tables = plan.tables
    weight = prices * tables.capacity if prices.size and prices.any() else np.ones(tables.capacity.shape)
    flat = random.choice(weight.size, p=weight.ravel() / weight.sum())
    limit, slot = divmod(int(flat), tables.capacity.shape[1])
    placed = np.flatnonzero(plan.window >= 0)
    window = plan.window[placed]
    distance = np.maximum(0, np.maximum(plan.start[placed] - slot, slot - plan.start[placed] - tables.duration[window]))
    users = np.unique(np.repeat(np.arange(len(tables.job)), np.diff(tables.use_first))[tables.use_limit == limit])
    sites = np.unique(tables.site[users])
    away = ~np.isin(tables.site[window], sites)
    near = placed[np.argsort(distance + 24 * away + random.uniform(0, 12, len(placed)), kind="stable")]
    absent = np.flatnonzero((plan.window < 0) & (np.diff(tables.job_first) > 0))
    value = np.zeros(len(plan.window))
    np.maximum.at(value, tables.job, tables.base.astype(np.float64))
    # Efraimidis and Spirakis: the largest keys u^(1/w) are a weighted sample without replacement.
    key = random.uniform(size=len(absent)) ** (1.0 / np.maximum(1.0, value[absent] + tables.bonus[absent]))
    chosen = absent[np.argsort(-key, kind="stable")][: params.absent_count]
    return np.concatenate([near[: params.job_count], chosen]).astype(np.int32)


def build_sub_problem(
    rest: Plan, old: Plan, jobs: IndexArray, ranked: Tables, table: ScoreTable, column_count: int
) -> SubProblem:
    """Columns of ``jobs`` that fit what ``rest`` leaves, the best ``column_count`` a job and the one it has in ``old``."""
    job, window, start, worth = [], [], [], []
    for j in jobs:
        offered = _best_columns(rest, int(j), ranked, table, column_count)
        current = (int(old.window[j]), int(old.start[j]))
        if current[0] >= 0 and current not in offered:
            offered.append(current)
        for w, s in offered:
            job.append(int(j))
            window.append(w)
            start.append(s)
            worth.append(int(column_worth(rest.tables, w, s)) + int(rest.tables.bonus[j]))
    window_of, start_of = np.asarray(window, np.int32), np.asarray(start, np.int32)
    row, column, use, limit = _binding_rows(rest, np.asarray(job, np.int32), window_of, start_of)
    return SubProblem(
        jobs, np.asarray(job, np.int32), window_of, start_of, np.asarray(worth, np.int64), row, column, use, limit
    )


def _best_columns(rest: Plan, job: int, ranked: Tables, table: ScoreTable, count: int) -> list[tuple[int, int]]:
    """(window, start) of the ``count`` best columns of ``job`` that fit what ``rest`` leaves; windows of the Columns."""
    begin, end = ranked.job_first[job], ranked.job_first[job + 1]
    first, last = table.first[begin], table.first[end]
    scores = table.score[first:last]
    window = np.repeat(np.arange(begin, end), np.diff(table.first[begin : end + 1]))
    out: list[tuple[int, int]] = []
    for i in np.argsort(-scores, kind="stable"):
        if scores[i] == NEVER:
            break
        w = int(window[i])
        start = int(ranked.start_first[w] + first + i - table.first[w])
        if column_fits(ranked, rest.residual, rest.budget_left, w, start):
            out.append((int(table.origin[w]), start))
            if len(out) == count:
                break
    return out


def _binding_rows(
    rest: Plan, job: IndexArray, window: IndexArray, start: IndexArray
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """(row, column, use, limit): the limits and slots, and budgets, that the freed jobs together could exceed."""
    tables, slot_count = rest.tables, rest.residual.shape[1]
    keys, columns, uses = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for i, (w, s) in enumerate(zip(window.tolist(), start.tolist(), strict=True)):
        slots = np.arange(s, s + tables.duration[w])
        for k in range(tables.use_first[w], tables.use_first[w + 1]):
            keys.append(tables.use_limit[k] * slot_count + slots)
            columns.append(np.full(len(slots), i))
            uses.append(np.full(len(slots), tables.use_amount[k]))
        for k in range(tables.budget_use_first[w], tables.budget_use_first[w + 1]):
            keys.append(np.array([rest.residual.size + tables.budget_use_index[k]]))
            columns.append(np.array([i]))
            uses.append(np.array([budget_use(tables, k, s, s + int(tables.duration[w]))]))
    key, column, use = np.concatenate(keys), np.concatenate(columns), np.concatenate(uses)
    order = np.lexsort((column, key))
    key, column, use = key[order], column[order], use[order]
    limits = np.concatenate([rest.residual.ravel(), rest.budget_left])
    # Most each job can use of a row: the largest of its columns there.
    pair, at = np.unique(key * len(rest.window) + job[column], return_inverse=True)
    most = np.zeros(len(pair), dtype=np.int64)
    np.maximum.at(most, at, use)
    names, at_row = np.unique(pair // len(rest.window), return_inverse=True)
    total = np.zeros(len(names), dtype=np.int64)
    np.add.at(total, at_row, most)
    binding = names[total > limits[names]]
    keep = np.isin(key, binding)
    return np.searchsorted(binding, key[keep]), column[keep], use[keep], limits[binding]


def solve_sub_problem(
    sub: SubProblem, hint: Plan, params: NeighbourhoodParams, seed: int, stop: Callable[[], bool] = lambda: False
) -> list[int] | None:
    """The columns of a strictly better placement of the freed jobs, or None where CP-SAT found none."""
    from ortools.sat.python import cp_model

    if not len(sub.job):
        return None
    model = cp_model.CpModel()
    take = [model.new_bool_var("") for _ in sub.job]
    current = [
        i for i in range(len(take)) if hint.window[sub.job[i]] == sub.window[i] and hint.start[sub.job[i]] == sub.start[i]
    ]
    for members in np.split(np.arange(len(take)), np.flatnonzero(np.diff(sub.job)) + 1):
        model.add_at_most_one([take[i] for i in members])
    bounds = np.searchsorted(sub.row, np.arange(len(sub.limit) + 1))
    for r, limit in enumerate(sub.limit.tolist()):
        members = sub.column[bounds[r] : bounds[r + 1]].tolist()
        model.add(sum(u * take[i] for u, i in zip(sub.use[bounds[r] : bounds[r + 1]].tolist(), members)) <= limit)
    objective = cp_model.LinearExpr.weighted_sum(take, sub.worth.tolist())
    model.add(objective >= int(sub.worth[current].sum()) + 1)
    model.maximize(objective)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = params.deterministic_seconds
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.max_presolve_iterations = 1
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return [i for i, x in enumerate(take) if solver.boolean_value(x)]


def improve(
    plan: Plan,
    ranked: Tables,
    table: ScoreTable,
    prices: FloatArray,
    params: NeighbourhoodParams,
    random: np.random.Generator,
) -> Plan:
    """``plan`` after one neighbourhood: a better plan, or ``plan`` itself. ``ranked``, ``table``: see ``build_scores``."""
    jobs = choose_jobs(plan, prices, params, random)
    rest = plan.copy()
    for job in jobs[plan.window[jobs] >= 0]:
        rest.remove(int(job))
    sub = build_sub_problem(rest, plan, jobs, ranked, table, params.column_count)
    chosen = solve_sub_problem(sub, plan, params, int(random.integers(2**31)))
    if chosen is None:
        return plan
    for i in chosen:
        rest.place(int(sub.job[i]), int(sub.window[i]), int(sub.start[i]))
    return rest if rest.rank > plan.rank else plan
