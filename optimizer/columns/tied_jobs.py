"""Order and togetherness of the jobs of a problem as the arrays of ``optimizer.columns.ties``."""

from __future__ import annotations

import numpy as np

from optimizer.accounting import grouping
from optimizer.columns.ties import NO_GROUPS, NO_PRECEDENCES, Precedences, Together
from optimizer.exact.problem import ExactProblem


def precedences(problem: ExactProblem) -> Precedences:
    """The precedences whose two jobs are both in ``problem``, by index."""
    if not problem.precedences:
        return NO_PRECEDENCES
    index = {job.name: job.index for job in problem.jobs}
    kept = [p for p in problem.precedences if p.predecessor in index and p.successor in index]
    rows = [(index[p.predecessor], index[p.successor], p.lag) for p in kept]
    predecessor, successor, lag = np.array(rows, dtype=np.int32).reshape(-1, 3).T.copy()
    return Precedences(predecessor, successor, lag, tuple((p.predecessor, p.successor) for p in kept))


def together(problem: ExactProblem) -> Together:
    """The groups that share a key, with those of their jobs that are in ``problem``; what is left with one says nothing."""
    if not problem.groups:
        return NO_GROUPS
    index = {job.name: job.index for job in problem.jobs}
    groups = [(group, sorted(index[name] for name in group.jobs if name in index)) for group in grouping.together(problem)]
    groups = [(group, jobs) for group, jobs in groups if len(jobs) > 1]
    keys = [[grouping.key(group.kind, pool) for pool in problem.pools] for group, _ in groups]
    return Together(
        first=np.cumsum([0] + [len(jobs) for _, jobs in groups]).astype(np.int64),
        job=np.array([job for _, jobs in groups for job in jobs], dtype=np.int32),
        key_of_pool=np.array(keys, dtype=np.int32).reshape(len(groups), len(problem.pools)),
    )
