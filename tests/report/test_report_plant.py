"""Flexible load in the report, in the terminal and in the summary for programs."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest

from optimizer.cli.console import Console
from optimizer.cli.outcome import outcome
from optimizer.cli.plan_text import print_result
from optimizer.exact.problem import exact
from optimizer.problem import FlexibleLoad, HeatOfftake
from optimizer.report import render_report
from optimizer.report.earnings import earnings_table, money_by_slot
from optimizer.report.figures import site_figures
from optimizer.report.plant import layers
from optimizer.solution import Assignment, Result
from optimizer.units import MICROS_PER_UNIT
from optimizer.verify.plan import verify
from tests.fleet import hall, job, mode, pool, problem, site
from tests.report.samples import checked_result

MINE = FlexibleLoad(name="mine <1>", power_kw=(20.0,), value_per_mwh=(60.0,), hall="h")
INSTANCE = problem(
    job("train", mode(8, 2, 10.0), value=8.0),
    sites=(
        site(
            "s",
            hall("h", pool("p")),
            import_limit_kw=(45.0,),
            pue=(1.5,),
            overhead_kw=(6.0,),
            energy_price_per_mwh=(10.0, 10.0, 90.0, 10.0),
            flexible_loads=(MINE,),
        ),
    ),
)


def plan_of(*chosen: Assignment) -> Result:
    return checked_result(INSTANCE, chosen)


@pytest.fixture(scope="module")
def plan() -> Result:
    return plan_of(Assignment(job="train", mode="H100x8", pool="p", start_slot=0))


def printed(result: Result) -> str:
    stream = io.StringIO()
    print_result(INSTANCE, result, Console(stream, stream))
    return stream.getvalue()


def test_the_connection_carries_overhead_jobs_and_load_with_pue(plan: Result) -> None:
    (figures,) = site_figures(INSTANCE, plan)
    overhead, jobs, flexible = layers(INSTANCE, figures)
    assert overhead == (6_000,) * 4
    assert jobs == (15_000, 15_000, 0, 0)
    assert flexible == (24_000, 24_000, 0, 30_000)  # 16 and 20 kW of IT power; dear in the third hour


def test_money_by_slot_adds_up_to_the_objective(plan: Result) -> None:
    (figures,) = site_figures(INSTANCE, plan)
    money = money_by_slot(INSTANCE, figures)
    assert money.jobs == (4_000_000, 4_000_000, 0, 0)
    assert money.flexible == (960_000, 960_000, 0, 1_200_000)
    assert not any(money.heat)
    assert money.paid == (390_000, 390_000, 0, 300_000)  # 26 kW and 20 kW of IT power at 15 a MWh
    assert sum(money.net) == plan.termination.objective_micros


def test_what_each_earns_is_in_a_table(plan: Result) -> None:
    (figures,) = site_figures(INSTANCE, plan)
    rows = [re.sub("<[^>]+>", "|", row) for row in earnings_table(INSTANCE, figures).split("<tr>")]
    jobs, mine, whole = ([cell for cell in row.split("|") if cell] for row in rows[2:])
    assert jobs == ["Jobs", "30 kWh", "£8.00", "-£0.30", "£7.70", "£256.67"]
    assert mine == ["mine &lt;1&gt;", "78 kWh", "£3.12", "-£0.78", "£2.34", "£30.00"]
    assert whole == ["s", "£10.04"]


def test_the_page_draws_what_each_draws_and_earns(plan: Result) -> None:
    page = render_report(INSTANCE, plan)
    assert "What draws on the connection" in page
    assert "Money by slot" in page
    assert "mine <1>" not in page
    assert "Flexible load" in page


def test_the_terminal_says_how_much_each_load_draws(plan: Result) -> None:
    text = printed(plan)
    (row,) = [line.split() for line in text.splitlines() if "mine <1>" in line]
    assert row == ["s", "mine", "<1>", "52", "kWh", "65.0%", "1", "of", "4"]
    (term,) = [line for line in text.splitlines() if line.strip().startswith("Flexible load ")]
    assert "3.120000" in term
    assert "-" not in term


def test_a_site_without_jobs_still_shows_its_load() -> None:
    idle = plan_of()
    assert "mine <1>" in printed(idle)
    assert "Money by slot" in render_report(INSTANCE, idle)


def test_the_summary_for_programs_has_the_operation(plan: Result) -> None:
    (operation,) = outcome(INSTANCE, plan)["operations"]  # type: ignore[misc]
    assert operation["site"] == "s"
    assert operation["flexible_loads"] == [{"name": "mine <1>", "power_w": [16_000, 16_000, 0, 20_000]}]
    assert operation["objective"] == pytest.approx(2.34)
    assert plan.terms.flexible_value_micros == 3.12 * MICROS_PER_UNIT


def test_the_peak_that_is_charged_is_said_everywhere(plan: Result) -> None:
    (before,) = INSTANCE.sites
    charged = replace(INSTANCE, sites=(replace(before, demand_charge_per_kw=0.5, flexible_loads=()),))
    checked = verify(exact(charged), [placement.assignment for placement in plan.placements])
    result = replace(plan, operations=checked.operations, terms=checked.terms)
    stream = io.StringIO()
    print_result(charged, result, Console(stream, stream))
    (row,) = [line.split() for line in stream.getvalue().splitlines() if line.startswith("  s  ") and "21 kW" in line][-1:]
    assert row[:3] == ["s", "21", "kW"]
    page = render_report(charged, result)
    assert "The demand charge is on a peak of 21 kW" in page
    assert "Money by slot" not in page
    assert outcome(charged, result)["operations"] == [
        {"site": "s", "objective": pytest.approx(-10.5), "peak_w": 21_000, "heat_w": [], "flexible_loads": [], "battery": None}
    ]


def test_heat_that_is_sold_is_drawn_and_listed(plan: Result) -> None:
    (before,) = INSTANCE.sites
    offtake = HeatOfftake(limit_kw=(3.0,), price_per_mwh=(50.0,), recovered_share=0.5)
    halls = (hall("h", pool("p", liquid_heat_share=0.8)),)
    selling = replace(INSTANCE, sites=(replace(before, halls=halls, heat_offtake=offtake, flexible_loads=()),))
    checked = verify(exact(selling), [placement.assignment for placement in plan.placements])
    result = replace(plan, operations=checked.operations, terms=checked.terms)
    (figures,) = site_figures(selling, result)
    assert money_by_slot(selling, figures).heat == (150_000, 150_000, 0, 0)
    stream = io.StringIO()
    print_result(selling, result, Console(stream, stream))
    (row,) = [line.split() for line in stream.getvalue().splitlines() if "6 kWh" in line and "12 kWh" in line]
    assert row[0] == "s"
    assert "heat sold" in render_report(selling, result)
    (operation,) = outcome(selling, result)["operations"]  # type: ignore[misc]
    assert operation["heat_w"] == [6_000, 6_000, 0, 0]
