"""The week of a mining site that becomes an AI site: the shipped file, its optimum, and who gives way to whom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.exact.problem import exact
from optimizer.features import Feature, features
from optimizer.generate.transition import BATCH_HOURS, LINE_WORK_HOURS, TRANSITION_FILE, mining_value_per_mwh, transition_week
from optimizer.io.best_known import read_best_known
from optimizer.io.files import read_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem
from optimizer.report import render_report
from optimizer.report.earnings import money_by_slot
from optimizer.report.figures import site_figures
from optimizer.report.plant import it_watts
from optimizer.solution import Result, TerminationReason
from optimizer.units import MICROS_PER_UNIT
from optimizer.validate import validate
from optimizer.verify.bound import verify_with_bound

UK_NO = Path(__file__).parents[2] / "instances" / "uk-no"
WEEK = transition_week()
(SITE,) = WEEK.sites
S19, S9 = SITE.flexible_loads
#: Hours of the week's last day in which a megawatt-hour costs more than old rigs, and more than newer ones, earn from it.
DEAR, DEAREST = range(148, 165), (150, 151)


def solved(problem: Problem) -> Result:
    result = solve(problem, SolveParams(engine="auto", work_limit=10_000, thread_count=1))
    assert result.termination.reason is TerminationReason.OPTIMAL
    assert verify_with_bound(exact(problem), result).violations == ()
    return result


@pytest.fixture(scope="module")
def best() -> Result:
    return solved(WEEK)


def drawn_w(result: Result) -> tuple[tuple[int, ...], tuple[int, ...]]:
    (operation,) = result.operations
    s19, s9 = (item.power_w for item in operation.flexible_loads)
    return s19, s9


def test_the_shipped_file_is_the_week() -> None:
    problem = read_problem(UK_NO / TRANSITION_FILE)
    assert problem == WEEK
    assert not validate(problem)
    assert set(features(problem)) == {Feature.FLEXIBLE_LOAD, Feature.DEMAND_CHARGE}


def test_what_rigs_earn_follows_from_the_hash_price() -> None:
    # 60 USD for 0.732 MWh, at 1.22 USD for a pound
    assert mining_value_per_mwh(30.5) == pytest.approx(60 / 0.732 / 1.22, abs=0.005)
    assert (S19.value_per_mwh, S9.value_per_mwh) == ((67.19,), (20.91,))


def test_auto_proves_the_best_known_plan(best: Result) -> None:
    assert best.termination.objective_micros == read_best_known(UK_NO)[TRANSITION_FILE].objective_micros


def test_mining_is_curtailed_where_power_is_dear_or_short(best: Result) -> None:
    s19, s9 = drawn_w(best)
    assert [slot for slot, watts in enumerate(s19) if not watts] == list(DEAREST)
    assert not any(s9[slot] for slot in (*LINE_WORK_HOURS, *DEAR))
    assert all(0 < s19[slot] < s19[0] for slot in LINE_WORK_HOURS)


def test_jobs_fill_the_converted_hall_and_take_watts_from_the_old_rigs(best: Result) -> None:
    (figures,) = site_figures(WEEK, best)
    converted = next(pool for pool in figures.pools if pool.pool.gpu_model == "B200")
    peaks = [max(converted.nodes_used[a:b]) for a, b in zip((0, *BATCH_HOURS), (*BATCH_HOURS, 168), strict=True)]
    assert peaks[0] == 0
    assert peaks == sorted(peaks[:-1]) + peaks[-1:]
    (_, s9), (_, alone) = drawn_w(best), drawn_w(solved(replace(WEEK, jobs=())))
    jobs_w, _ = it_watts(WEEK, figures)
    # a full connection: what jobs take, old rigs lack
    full = [t for t in range(BATCH_HOURS[1]) if t >= 13 and 0 < s9[t] < alone[t]]
    assert full
    assert all(jobs_w[t] > 0 for t in full)


def test_the_money_of_each_by_the_hour_adds_up_and_is_in_the_report(best: Result) -> None:
    (figures,) = site_figures(WEEK, best)
    money = money_by_slot(WEEK, figures)
    assert sum(money.flexible) == pytest.approx(best.terms.flexible_value_micros, abs=168)
    assert sum(money.jobs) == pytest.approx(best.terms.value_micros)
    objective = best.termination.objective_micros or 0
    assert sum(money.net) - best.terms.demand_charge_micros == pytest.approx(objective, abs=MICROS_PER_UNIT / 1000)
    page = render_report(WEEK, best)
    assert all(words in page for words in ("Money by slot", "mining-s19", "mining-s9", "Demand charge"))
