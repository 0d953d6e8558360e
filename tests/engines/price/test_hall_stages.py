"""The bound of halls that may be switched off: how long its first ascent is, and what prices it begins from."""

from __future__ import annotations

import pytest

from optimizer.engines.price.bound.kernel import pricing_table
from optimizer.engines.price.halls import stages
from optimizer.engines.price.halls.stages import hall_stages
from optimizer.interrupt import never
from optimizer.params import SolveParams
from tests.engines.price.test_hall_search import columns_of, halls_alike


@pytest.mark.parametrize(("jobs", "first", "of_round"), [(8, 300, 200), (40, 400, 400), (2_000, 3_000, 500)])
def test_ascents_are_longer_with_more_jobs_up_to_a_limit(jobs: int, first: int, of_round: int) -> None:
    bounding = stages._bounding(SolveParams(seed=3), jobs, cold=True)
    assert (bounding.ascent_evaluations, bounding.round_evaluations, bounding.seed) == (first, of_round, 3)
    assert stages._bounding(SolveParams(), jobs, cold=False).ascent_evaluations == 300


def test_where_work_limits_the_run_the_ascent_and_the_rounds_of_rows_do_not_grow() -> None:
    bounding = stages._bounding(SolveParams(work_limit=1_000), 2_000, cold=True)
    assert bounding.ascent_evaluations == 300
    assert bounding.row_rounds < stages.PATIENT.row_rounds


def test_prices_of_alike_halls_begin_what_all_halls_go_on_with() -> None:
    table = pricing_table(columns_of(halls_alike(8, 14)))
    found = hall_stages(table, SolveParams(work_limit=1_000), None, lambda: False, never, lambda: 0.0)
    alike, whole = next(found), next(found)
    assert (alike.name, alike.whole) == ("alike halls", False)
    assert (whole.name, whole.whole) == ("all jobs", True)
    assert whole.bound <= alike.bound + 1e-6 * abs(alike.bound)


def test_given_prices_are_gone_on_with_and_alike_halls_left_out() -> None:
    table = pricing_table(columns_of(halls_alike(8, 14)))
    given = next(hall_stages(table, SolveParams(work_limit=1_000), None, lambda: False, never, lambda: 0.0)).point
    first = next(hall_stages(table, SolveParams(work_limit=1_000), given, lambda: False, never, lambda: 0.0))
    assert first.whole
