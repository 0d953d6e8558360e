"""Tiny random columns whose jobs are tied: order with lags, and groups that share a key of two or three pools."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np

from optimizer.columns.table import Columns
from optimizer.columns.ties import Precedences, Together
from tests.engines.tiny_columns import random_columns


def tied_columns(seed: int) -> Columns:
    """`random_columns` on random pools, with some precedences along the jobs' numbers and up to two groups.

    What a mandatory job waits for is mandatory too, as in every problem.
    """
    draw = random.Random(1_000 + seed)
    columns = random_columns(seed)
    jobs = columns.job_count
    pairs = sorted({tuple(sorted(draw.sample(range(jobs), 2))) for _ in range(draw.randrange(0, 3))} if jobs > 1 else set())
    mandatory = columns.mandatory.copy()
    for before, after in reversed(pairs):
        mandatory[before] |= mandatory[after]
    groups = (
        [sorted(draw.sample(range(jobs), draw.randrange(2, jobs + 1))) for _ in range(draw.randrange(0, 3))] if jobs > 1 else []
    )
    keys = [[draw.randrange(2) for _ in range(3)] for _ in groups]
    return replace(
        columns,
        mandatory=mandatory,
        pool=np.array([draw.randrange(3) for _ in range(columns.window_count)], dtype=np.int32),
        precedences=Precedences(
            *np.array([(a, b, draw.randrange(0, 2)) for a, b in pairs], dtype=np.int32).reshape(-1, 3).T.copy(),
            tuple((f"job {a}", f"job {b}") for a, b in pairs),
        ),
        together=Together(
            first=np.cumsum([0] + [len(group) for group in groups]).astype(np.int64),
            job=np.array([job for group in groups for job in group], dtype=np.int32),
            key_of_pool=np.array(keys, dtype=np.int32).reshape(len(groups), 3),
        ),
    )
