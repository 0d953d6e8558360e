"""A battery in the report, in the terminal and in the summary for programs."""

from __future__ import annotations

import io

import pytest

from optimizer.cli.console import Console
from optimizer.cli.outcome import outcome
from optimizer.cli.plan_text import print_result
from optimizer.problem import Battery
from optimizer.report import render_report
from optimizer.report.batteries import moved_w
from optimizer.report.earnings import earnings_table, money_by_slot
from optimizer.report.figures import site_figures
from optimizer.solution import Assignment, BatteryOperation, Result, SiteOperation
from tests.fleet import hall, job, mode, pool, problem, site
from tests.report.samples import checked_result

INSTANCE = problem(
    job("train", mode(8, 4, 10.0), value=8.0),
    sites=(
        site(
            "s",
            hall("h", pool("p")),
            import_limit_kw=(45.0,),
            pue=(1.25,),
            energy_price_per_mwh=(20.0, 20.0, 120.0, 20.0),
            battery=Battery(energy_capacity_kwh=10.0, charge_limit_kw=5.0, discharge_limit_kw=5.0, round_trip_efficiency=0.8),
        ),
    ),
)
BATTERY = BatteryOperation(charge_w=(4_000, 0, 0, 0), discharge_w=(0, 0, 3_200, 0))


@pytest.fixture(scope="module")
def plan() -> Result:
    run = Assignment(job="train", mode="H100x8", pool="p", start_slot=0)
    return checked_result(INSTANCE, [run], [SiteOperation(site="s", battery=BATTERY)])


def test_what_goes_in_and_comes_out_is_drawn_at_the_connection(plan: Result) -> None:
    (figures,) = site_figures(INSTANCE, plan)
    assert moved_w(INSTANCE, figures) == ((5_000, 0, 0, 0), (0, 0, 4_000, 0))
    page = render_report(INSTANCE, plan)
    for words in ("What the battery takes, gives and holds", "Energy held by the battery of s", "from the grid", "40% full"):
        assert words in page


def test_what_it_saves_is_counted_by_slot_and_in_all(plan: Result) -> None:
    (figures,) = site_figures(INSTANCE, plan)
    assert sum(money_by_slot(INSTANCE, figures).net) == plan.termination.objective_micros
    (row,) = [row for row in earnings_table(INSTANCE, figures).split("<tr>") if "Battery" in row]
    assert all(amount in row for amount in ("£0.48", "-£0.10", "£0.38"))


def test_the_terminal_says_what_it_did(plan: Result) -> None:
    stream = io.StringIO()
    print_result(INSTANCE, plan, Console(stream, stream))
    lines = stream.getvalue().splitlines()
    (row,) = [line.split() for line in lines[lines.index("Batteries") :] if line.split()[:1] == ["s"]]
    assert row == ["s", "5", "kWh", "4", "kWh", "4", "kWh", "0", "Wh", "£0.38"]


def test_the_summary_for_programs_has_the_battery(plan: Result) -> None:
    (operation,) = outcome(INSTANCE, plan)["operations"]  # type: ignore[misc]
    assert operation["battery"] == {
        "charge_w": [4_000, 0, 0, 0],
        "discharge_w": [0, 0, 3_200, 0],
        "energy_wh": [4_000, 4_000, 0, 0],
    }
