"""The best selection by trying all: what the exact engines are held against. Tiny columns only."""

from __future__ import annotations

import numpy as np

from optimizer.columns import Columns, Selection


def best_objective(columns: Columns) -> int | None:
    """The optimum in micro-units; None where the mandatory jobs cannot all run. Plain loops, no shared code."""
    free = [[int(c) for c in row] for row in columns.capacity]
    funds = [int(c) for c in columns.budget_capacity]
    return _best(columns, 0, free, funds, [int(target) for target in columns.floors.target])


def _best(columns: Columns, job: int, free: list[list[int]], funds: list[int], short: list[int]) -> int | None:
    if job == columns.job_count:
        return -_shortfall(columns, short)
    best = None if columns.mandatory[job] else _best(columns, job + 1, free, funds, short)
    for window in range(int(columns.job_first[job]), int(columns.job_first[job + 1])):
        worths = columns.worth(window)
        left = _shorter(columns, window, short)
        for start in range(int(columns.start_first[window]), int(columns.start_last[window]) + 1):
            _use(columns, window, start, free, funds, -1)
            if all(room >= 0 for row in free for room in row) and all(fund >= 0 for fund in funds):
                rest = _best(columns, job + 1, free, funds, left)
                if rest is not None:
                    total = rest + int(worths[start - int(columns.start_first[window])])
                    best = total if best is None else max(best, total)
            _use(columns, window, start, free, funds, +1)
    return best


def _shorter(columns: Columns, window: int, short: list[int]) -> list[int]:
    """What the floors lack once a run of ``window`` counts too; below 0 where there is more than asked."""
    left = list(short)
    if left:
        for k in range(int(columns.floors.use_first[window]), int(columns.floors.use_first[window + 1])):
            left[columns.floors.use_index[k]] -= int(columns.floors.use_amount[k])
    return left


def _shortfall(columns: Columns, short: list[int]) -> int:
    return sum(int(cost) * max(0, lack) for cost, lack in zip(columns.floors.cost, short, strict=True))


def _use(columns: Columns, window: int, start: int, free: list[list[int]], funds: list[int], sign: int) -> None:
    for limit, amount in zip(*columns.uses(window)):
        for slot in range(start, start + int(columns.duration[window])):
            free[limit][slot] += sign * int(amount)
    for budget, use in columns.budget_uses(window, start):
        funds[budget] += sign * use


def assert_keeps_every_rule(columns: Columns, selection: Selection, objective: int) -> None:
    """The selection is feasible and worth exactly ``objective``."""
    free = [[int(c) for c in row] for row in columns.capacity]
    funds = [int(c) for c in columns.budget_capacity]
    worth, short = 0, [int(target) for target in columns.floors.target]
    for job in range(columns.job_count):
        window, start = int(selection.window[job]), int(selection.start[job])
        if window < 0:
            assert not columns.mandatory[job], f"mandatory job {job} is left out"
            continue
        assert int(columns.job_first[job]) <= window < int(columns.job_first[job + 1])
        assert int(columns.start_first[window]) <= start <= int(columns.start_last[window])
        worth += int(columns.worth(window)[start - int(columns.start_first[window])])
        _use(columns, window, start, free, funds, -1)
        short = _shorter(columns, window, short)
    assert np.min([room for row in free for room in row], initial=0) >= 0
    assert min(funds, default=0) >= 0
    assert worth - _shortfall(columns, short) == objective
