"""The best selection by trying all: what the exact engines are held against. Tiny columns only."""

from __future__ import annotations

import numpy as np

from optimizer.columns import Columns, Selection


def best_objective(columns: Columns) -> int | None:
    """The optimum in micro-units; None where the mandatory jobs cannot all run. Plain loops, no shared code."""
    free = [[int(c) for c in row] for row in columns.capacity]
    funds = [int(c) for c in columns.budget_capacity]
    return _best(columns, 0, free, funds)


def _best(columns: Columns, job: int, free: list[list[int]], funds: list[int]) -> int | None:
    if job == columns.job_count:
        return 0
    best = None if columns.mandatory[job] else _best(columns, job + 1, free, funds)
    for window in range(int(columns.job_first[job]), int(columns.job_first[job + 1])):
        worths = columns.worth(window)
        for start in range(int(columns.start_first[window]), int(columns.start_last[window]) + 1):
            _use(columns, window, start, free, funds, -1)
            if all(room >= 0 for row in free for room in row) and all(fund >= 0 for fund in funds):
                rest = _best(columns, job + 1, free, funds)
                if rest is not None:
                    total = rest + int(worths[start - int(columns.start_first[window])])
                    best = total if best is None else max(best, total)
            _use(columns, window, start, free, funds, +1)
    return best


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
    worth = 0
    for job in range(columns.job_count):
        window, start = int(selection.window[job]), int(selection.start[job])
        if window < 0:
            assert not columns.mandatory[job], f"mandatory job {job} is left out"
            continue
        assert int(columns.job_first[job]) <= window < int(columns.job_first[job + 1])
        assert int(columns.start_first[window]) <= start <= int(columns.start_last[window])
        worth += int(columns.worth(window)[start - int(columns.start_first[window])])
        _use(columns, window, start, free, funds, -1)
    assert np.min([room for row in free for room in row], initial=0) >= 0
    assert min(funds, default=0) >= 0
    assert worth == objective
