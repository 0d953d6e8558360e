"""What a reader meets first: names that fit their margin, few changes at once, and no key for what is not drawn."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from optimizer.changes.change import ChangeKind, Difference, JobChange
from optimizer.problem import FlexibleLoad, HeatOfftake, TimeGrid
from optimizer.report.difference import CHANGES_AT_ONCE, MOST_CHANGES, MOST_UNFOLDED, difference_section
from optimizer.report.earnings import money_key
from optimizer.report.svg import NAME_ROOM, NAME_WIDTH, SMALLEST_NAME_SHARE, TimeAxis, name_label
from optimizer.solution import CostBreakdown
from tests.fleet import site


def changes(placed: int, moved: int) -> Difference:
    kinds = [ChangeKind.PLACED] * placed + [ChangeKind.MOVED] * moved
    told = tuple(
        JobChange(job=f"j{k}", kind=kind, message=f"j{k} is {kind.lower()}", terms=CostBreakdown())
        for k, kind in enumerate(kinds)
    )
    return Difference(changes=told, unchanged_count=0, terms=CostBreakdown(), other_terms=CostBreakdown(), moved_gpu_hours=0.0)


def test_what_becomes_of_runs_comes_before_what_is_new_and_the_rest_is_folded_away() -> None:
    section = difference_section("GBP", changes(placed=20, moved=2))
    first, _, rest = section.partition("<details>")
    assert first.index("j20 is moved") < first.index("j0 is placed")
    assert first.count(" is ") == CHANGES_AT_ONCE
    assert f"{22 - CHANGES_AT_ONCE} more changes" in rest
    assert rest.count(" is placed") == 22 - CHANGES_AT_ONCE


def test_few_changes_are_not_folded_and_too_many_are_counted() -> None:
    assert "<details>" not in difference_section("GBP", changes(placed=MOST_UNFOLDED, moved=0))
    assert "5 more changes not listed" in difference_section("GBP", changes(placed=MOST_CHANGES + 5, moved=0))


def test_a_long_name_shrinks_before_it_is_cut() -> None:
    room = int(NAME_ROOM / NAME_WIDTH)
    assert name_label("n" * room, 0) == f'<text x="0" y="0" class="name">{"n" * room}</text>'
    for more in range(1, 7):
        longer = name_label("n" * (room + more), 0)
        assert "font-size" in longer
        assert "n" * (room + more) + "<" in longer, more
    cut = name_label("n" * 200, 0)
    assert f"<title>{'n' * 200}</title>" in cut
    assert "n" * (int(NAME_ROOM / (NAME_WIDTH * SMALLEST_NAME_SHARE)) - 1) + "…" in cut


@pytest.mark.parametrize(
    ("first_hour", "slot_count", "day_stands_before"), [(12, 12, True), (0, 12, False), (12, 24, False), (1, 3, True)]
)
def test_every_axis_tells_the_day(first_hour: int, slot_count: int, day_stands_before: bool) -> None:
    start = datetime(2026, 1, 5, first_hour, tzinfo=UTC)
    axis = TimeAxis(TimeGrid(start_time=start, slot_count=slot_count)).draw(0, 10)
    assert re.findall(r"(?:Mon 5|Tue 6) Jan", axis)
    assert ('text-anchor="end">Mon 5 Jan<' in axis) is day_stands_before


def test_the_key_of_money_names_what_the_site_can_earn() -> None:
    load = FlexibleLoad(name="mine", power_kw=(1.0,), value_per_mwh=(60.0,))
    assert "heat sold" not in money_key(site("s", flexible_loads=(load,)))
    assert "flexible load" in money_key(site("s", flexible_loads=(load,)))
    sells = site("s", heat_offtake=HeatOfftake(limit_kw=(1.0,), price_per_mwh=(1.0,)))
    assert "heat sold" in money_key(sells)
    assert "flexible load" not in money_key(sells)
