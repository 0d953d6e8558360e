"""The map of what one more megawatt of grid would be worth."""

from __future__ import annotations

import re
from dataclasses import replace

from optimizer.report import render_report
from optimizer.report.worth import MOST_SITES, grid_worth_map
from optimizer.solution import ShadowPrice
from tests.report.samples import sample_problem, sample_result
from tests.report.test_report_page import HOSTILE, headings, parsed

PROBLEM = sample_problem(12)
SLOTS = PROBLEM.time_grid.slot_count


def price(element: str, worth: dict[int, int], kind: str = "grid_import", rows: dict[int, int] | None = None) -> ShadowPrice:
    return ShadowPrice(
        kind=kind,
        element=element,
        unit="MW",
        price_micros=tuple(worth.get(t, 0) for t in range(SLOTS)),
        row_price_micros=tuple((rows or {}).get(t, 0) for t in range(SLOTS)) if rows else (),
        row_slots=tuple(rows or ()),
    )


def test_cells_are_shaded_by_worth_and_say_what_they_are_worth() -> None:
    html = grid_worth_map(PROBLEM, [price("Narvik", {3: 5_000_000}), price("Loughton", {0: 20_000_000, 17: 10_000_000})])
    assert re.findall(r'class="worth" fill-opacity="([\d.]+)"', html) == ["1", "0.5", "0.2"]
    assert html.count("<title>") == 3
    assert "£20.00 per MW" in html
    assert "Mon 1 Jun 17:00" in html
    assert html.index("Loughton") < html.index("Narvik"), "the site with most at stake comes first"
    assert "£30.00" in html, "the whole horizon"
    parsed(html)


def test_the_part_in_rows_counts_and_is_said_to_be_an_average() -> None:
    html = grid_worth_map(PROBLEM, [price("Narvik", {3: 5_000_000}, rows={3: 1_000_000, 4: 2_000_000})])
    assert "£6.00 per MW" in html
    assert "£2.00 per MW" in html
    assert "average" in html
    assert "average" not in grid_worth_map(PROBLEM, [price("Narvik", {3: 5_000_000})])


def test_there_is_no_map_without_a_price_of_a_grid_connection() -> None:
    assert grid_worth_map(PROBLEM, []) == ""
    assert grid_worth_map(PROBLEM, [price("Narvik", {}), price("narvik-a", {1: 5}, kind="hall_power")]) == ""


def test_the_page_has_the_map_where_there_are_prices() -> None:
    result = sample_result(PROBLEM)
    heading = "What one more megawatt of grid would be worth"
    assert heading not in headings(render_report(PROBLEM, result))
    page = render_report(PROBLEM, replace(result, shadow_prices=(price("Loughton", {0: 20_000_000}),)))
    assert heading in headings(page)
    parsed(page)


def test_names_are_escaped_and_a_large_fleet_is_cut() -> None:
    prices = [price(f"{HOSTILE}{k}", {0: 1_000 + k}) for k in range(MOST_SITES + 5)]
    html = grid_worth_map(PROBLEM, prices)
    assert "<script" not in html
    assert html.count('class="band"') == MOST_SITES
    assert "5 more sites not drawn" in html
