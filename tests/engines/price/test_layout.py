"""Windows laid out for pricing: each once, profile by profile, in parts that leave none out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.engines.price.bound.layout import WindowLayout, window_layout
from optimizer.engines.price.bound.profiles import profiles_of
from tests.engines.price.instances import random_columns


def laid_out(seed: int, jobs: np.ndarray | None = None) -> WindowLayout:
    columns = random_columns(seed, job_count=25)
    return window_layout(columns, profiles_of(columns), np.arange(25) if jobs is None else jobs)


def test_each_window_stands_once_beside_those_of_its_profile_and_as_many_starts_in_time() -> None:
    columns, layout = random_columns(3, job_count=25), laid_out(3)
    assert sorted(layout.window) == list(range(columns.window_count))
    starts = layout.start_last - layout.start_first + 1
    end, due_slot = layout.start_first + layout.duration, layout.due_slot[layout.position]
    late = end[:, None] + np.arange(starts.max()) > due_slot[:, None]
    late &= (np.arange(starts.max()) < starts[:, None]) & (layout.tardiness_cost[layout.position, None] > 0)
    keys = list(zip(layout.profile, starts - late.sum(axis=1), starts, strict=True))
    assert keys == sorted(keys)
    assert late.any()
    np.testing.assert_array_equal(columns.job[layout.window], layout.jobs[layout.position])


@pytest.mark.parametrize("seed", range(4))
def test_what_is_left_of_a_layout_is_that_of_the_jobs_left(seed: int) -> None:
    columns, some = random_columns(seed, job_count=25), np.array([1, 4, 5, 20, 24])
    kept, afresh = laid_out(seed).restricted(columns, some), laid_out(seed, some)
    for name in ("jobs", "window", "profile", "position", "start_first", "start_last", "duration", "base", "due_slot"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(afresh, name), err_msg=name)
    nobody = kept.restricted(columns, np.zeros(0, dtype=np.int64))
    assert len(nobody) == 0
    assert nobody.parts(2) == ()


@pytest.mark.parametrize("count", [1, 2, 3, 500])
def test_parts_cover_the_windows_one_after_another(count: int) -> None:
    layout = laid_out(5)
    parts = layout.parts(count)
    assert [low for low, _ in parts] == [0, *(high for _, high in parts[:-1])]
    assert parts[-1][1] == len(layout)
    assert 1 <= len(parts) <= count
    assert all(low < high for low, high in parts)


def test_parts_are_cut_by_work_not_by_windows() -> None:
    layout = laid_out(5)
    half, count = len(layout) // 2, len(layout)
    of_one = np.where(np.arange(count) < half, 0, np.arange(count)).astype(np.int32)
    ((_, cut), _) = replace(layout, profile=of_one).parts(2)
    assert half < cut < count, "windows of a profile of their own take longer than those that share one"
    short = np.where(np.arange(count) < half, layout.start_first, layout.start_first + 5_000).astype(np.int32)
    ((_, cut), _) = replace(layout, profile=np.zeros(count, np.int32), start_last=short).parts(2)
    assert half < cut < count, "and windows of many starts longer than those of one"
