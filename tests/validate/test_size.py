"""The size of a problem, counted before work begins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.validate import SizeLimits, check_size
from tests.validate.full_problem import SLOT_COUNT, edit, full_problem

FULL = full_problem()
#: 3 jobs; 2 + 8 + 1 modes; 2 pools. Each of the first ten modes fits one pool, the last any of the two.
WINDOW_COUNT = 12
#: 2 pools, 1 resource and 2 parts of whole domains, 2 halls x 3, 2 sites and 1 resource, 3 quotas, 2^2 subsets, 1 of the fleet
LIMIT_COUNT = 5 + 6 + 3 + 3 + 4 + 1


@pytest.mark.parametrize(
    ("field", "count", "path"),
    [
        ("max_job_count", 3, "jobs"),
        ("max_mode_count", 11, "jobs"),
        ("max_pool_count", 2, "sites"),
        ("max_slot_count", SLOT_COUNT, "time_grid.slot_count"),
        ("max_window_count", WINDOW_COUNT, "jobs"),
        ("max_column_count", WINDOW_COUNT * SLOT_COUNT, "jobs"),
        ("max_limit_cell_count", LIMIT_COUNT * SLOT_COUNT, "sites"),
    ],
)
def test_each_limit(field: str, count: int, path: str) -> None:
    assert check_size(FULL, replace(SizeLimits(), **{field: count})) == ()
    (found,) = check_size(FULL, replace(SizeLimits(), **{field: count - 1}))
    assert (found.path, found.reason) == (path, "TOO_LARGE")
    assert str(count) in found.message
    assert f"at most {count - 1}" in found.message
    assert field in found.message


def test_all_exceeded_limits_are_reported_at_once() -> None:
    found = check_size(FULL, SizeLimits(max_job_count=0, max_slot_count=0, max_pool_count=1))
    assert [v.path for v in found] == ["jobs", "sites", "time_grid.slot_count"]


def test_many_reserving_tenants_do_not_explode_the_count() -> None:
    problem = replace(FULL, tenants=FULL.tenants * 5_000)
    assert [v.path for v in check_size(problem, SizeLimits(max_limit_cell_count=1_000_000))] == []


@pytest.mark.parametrize("slot_count", [-1, 0, 10**400])
def test_absurd_slot_counts(slot_count: int) -> None:
    found = check_size(edit(FULL, "time_grid.slot_count", slot_count))
    assert {v.path for v in found} == (set() if slot_count <= 0 else {"time_grid.slot_count", "jobs", "sites"})
