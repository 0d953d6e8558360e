"""The search that ``auto`` puts before its exact one: a part of the time, or of the work, and never of both."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from optimizer.columns.candidates import candidates
from optimizer.engines import auto
from optimizer.engines.price.halls.run import HallRun
from optimizer.engines.price.run import PriceRun
from optimizer.exact.problem import exact
from optimizer.params import SolveParams
from tests.conformance.problems import PROBLEMS
from tests.engines.recorder import Recorder


@pytest.mark.parametrize(("name", "run"), [("mandatory", PriceRun), ("standby_takes_grid", HallRun)])
@pytest.mark.parametrize(("work_limit", "passed"), [(1_000, 0.0), (None, 1.0)])
def test_under_a_work_limit_no_clock_ends_it(
    name: str, run: type, work_limit: int | None, passed: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares: list[float] = []
    search = run.search

    def watched(self: object, share: Callable[[], float]) -> None:
        shares.append(min(1.0, share()))
        search(self, share)

    monkeypatch.setattr(run, "search", watched)
    monkeypatch.setattr(auto, "FIRST_SEARCH_SECONDS", 1e-9)
    monkeypatch.setattr(auto, "HALL_SEARCH_SECONDS", 1e-9)
    columns = candidates(exact(PROBLEMS[name])).columns
    auto.AutoEngine().solve(columns, SolveParams(thread_count=1, work_limit=work_limit), None, Recorder())
    assert shares[0] == passed
