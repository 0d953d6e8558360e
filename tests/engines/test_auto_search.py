"""The search that ``auto`` puts before its exact one: a part of the time, or of the work, and never of both."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from optimizer.columns.candidates import candidates
from optimizer.engines import auto
from optimizer.engines.base import EngineResult, Outcome
from optimizer.engines.price.halls.run import HallRun
from optimizer.engines.price.run import PriceRun
from optimizer.exact.problem import exact
from optimizer.formulation.selections import empty_selection, value_of
from optimizer.params import SolveParams
from optimizer.problem import Commitment
from tests.conformance.problems import PROBLEMS
from tests.engines.recorder import Recorder
from tests.fleet import hall, job, pool, problem, site


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


def test_a_plan_worth_nothing_is_better_than_one_at_a_loss() -> None:
    """Standby would be paid for at prices below 0, but costs more in the demand charge."""
    switched = hall("h", pool("p"), it_power_limit_kw=(20.0,), commitment=Commitment(standby_power_kw=10.0))
    where = site("s", switched, import_limit_kw=(40.0,), energy_price_per_mwh=(-12.5,), demand_charge_per_kw=0.5)
    columns = candidates(exact(problem(job("worthless", value=0.001), sites=(where,), slot_count=2))).columns
    on = empty_selection(columns)
    assert (value_of(columns, on) or 0) < 0
    run = SimpleNamespace(
        incumbent=on,
        fixing=lambda: SimpleNamespace(columns=columns, window_before=np.arange(columns.window_count)),
        result=lambda: EngineResult(Outcome.FINISHED, on, None),
    )
    answer = auto._Closing(columns, run, SolveParams(thread_count=1, work_limit=10), Recorder()).conclude(run)
    assert answer.selection is not None
    assert (answer.outcome, answer.bound, value_of(columns, answer.selection)) == (Outcome.OPTIMAL, 0, 0)
