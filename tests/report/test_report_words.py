"""Figures in words: exact where they must add up, never better than the truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.problem import TimeGrid
from optimizer.report import words
from optimizer.solution import BoundSource, Result, Shortfall, StoppedBy, Termination, TerminationReason
from tests.fleet import job, mode
from tests.report.samples import FIRST_MONDAY, sample_problem

GRID = TimeGrid(start_time=FIRST_MONDAY, slot_count=48)


@pytest.mark.parametrize(
    ("micros", "currency", "expected"),
    [
        (0, "GBP", "£0.00"),
        (1_234_567_890_000, "GBP", "£1,234,567.89"),
        (-3_205_000, "NOK", "-NOK 3.21"),
        (4_999, "EUR", "€0.00"),
        (5_000, "EUR", "€0.01"),
        (1, "", "0.00"),
    ],
)
def test_money(micros: int, currency: str, expected: str) -> None:
    assert words.money(micros, currency) == expected


@pytest.mark.parametrize(
    ("value", "of_modes", "most"),
    [
        (5.0, (None, 7.0), 7.0),
        (-3.0, (None,), -3.0),
        (9.0, (-2.0, -1.0), -1.0),
        (None, (None,), 0.0),
        (0.0, (None,), 0.0),
        (4.0, (), 4.0),
    ],
)
def test_a_job_is_worth_what_its_best_mode_is(value: float | None, of_modes: tuple[float | None, ...], most: float) -> None:
    modes = (mode(name=f"m{i}", value=given) for i, given in enumerate(of_modes))
    assert words.most_value(replace(job("j", value=value), modes=tuple(modes))) == most


def test_exact_money_keeps_every_digit() -> None:
    assert words.money_exact(-1_234_567_891, "GBP") == "-£1,234.567891"


@given(st.floats(min_value=1e-9, max_value=1.0))
def test_a_gap_is_never_printed_smaller_than_it_is(gap: float) -> None:
    printed = float(words.gap_percent(gap).removesuffix(" %"))
    assert printed / 100 >= gap * (1 - 1e-9)
    assert printed > 0


@pytest.mark.parametrize(
    ("gap", "expected"),
    [(0.0, "0 %"), (0.001, "0.10 %"), (0.0123, "1.3 %"), (0.5, "50 %"), (1e-9, "0.0001 %"), (0.00999, "1.00 %")],
)
def test_gap_percent(gap: float, expected: str) -> None:
    assert words.gap_percent(gap) == expected


@pytest.mark.parametrize(
    ("watts", "expected"),
    [(0, "0 W"), (999, "999 W"), (1_500, "1.50 kW"), (48_300, "48.3 kW"), (2_000_000, "2 MW"), (123_400_000, "123 MW")],
)
def test_power(watts: int, expected: str) -> None:
    assert words.power(watts) == expected


def test_spans_merge_neighbours_and_count_what_they_leave_off() -> None:
    assert words.runs([5, 3, 4, 9, 9]) == [(3, 5), (9, 9)]
    assert words.spans(GRID, [3, 4, 5]) == "Mon 1 Jun 03:00 to 06:00"
    assert words.spans(GRID, [1, 3, 5, 6, 8], shown=2) == "Mon 1 Jun 01:00 to 02:00; Mon 1 Jun 05:00 to 07:00; and 2 more"
    assert words.span(GRID, 0, 47) == "the whole horizon"
    assert words.span(GRID, 20, 30) == "Mon 1 Jun 20:00 to Tue 2 Jun 07:00"


def test_what_comes_later_than_any_date_is_said() -> None:
    last = 2**31 - 1
    assert words.moment(GRID, last) == words.span(GRID, last, last) == "after the year 9999"
    assert words.span(GRID, 20, last) == "Mon 1 Jun 20:00 to after the year 9999"


def test_spans_follow_the_length_of_a_slot() -> None:
    grid = TimeGrid(start_time=FIRST_MONDAY, slot_duration=timedelta(minutes=15), slot_count=96)
    assert words.span(grid, 1, 2) == "Mon 1 Jun 00:15 to 00:45"


@pytest.mark.parametrize("limit", ["precedence", "time_window"])
def test_a_shortfall_of_time_is_told_though_no_limit_is_missed(limit: str) -> None:
    missing = Shortfall(limit=limit, element="prepare", amount=2, unit="slots", first_slot=17, last_slot=18)
    assert words.shortfall(GRID, missing).startswith("2 slots")
    assert "prepare" in words.shortfall(GRID, missing)


def test_one_of_a_unit_is_singular_and_nodes_are_named_once() -> None:
    assert (words.amount(1, "nodes"), words.amount(2, "nodes"), words.amount(1, "licences")) == (
        "1 node",
        "2 nodes",
        "1 licences",
    )
    missing = Shortfall(limit="pool_part", element="p whole domains", amount=18, unit="nodes", first_slot=17, last_slot=18)
    assert words.shortfall(GRID, missing) == "18 nodes at p whole domains, Mon 1 Jun 17:00 to 19:00"


def test_a_shortfall_names_limit_place_time_and_unit() -> None:
    missing = Shortfall(limit="grid_import", element="Loughton", amount=400_000, unit="W", first_slot=17, last_slot=18)
    assert words.shortfall(GRID, missing) == "400 kW of grid connection at Loughton, Mon 1 Jun 17:00 to 19:00"


def result_of(reason: TerminationReason, objective: int | None, bound: int | None, **more: StoppedBy) -> Result:
    termination = Termination(reason=reason, objective_micros=objective, bound_micros=bound, **more)
    return Result(termination=termination, engine="greedy", verified=objective is not None)


def test_headlines_claim_no_more_than_is_known() -> None:
    problem = sample_problem(3)
    assert words.headline(problem, result_of(TerminationReason.FEASIBLE, 5_000_000, None)).endswith(
        "how far from optimal is not known."
    )
    assert "proved optimal" in words.headline(problem, result_of(TerminationReason.OPTIMAL, 5_000_000, 5_000_000))
    within = words.headline(problem, result_of(TerminationReason.OPTIMAL, 5_000_000, 5_010_000))
    assert "at most 0.20 % from optimal" in within
    rounded = result_of(TerminationReason.OPTIMAL, 500_000_000, 500_000_001)
    assert "proved optimal to within 0.0001 %" in words.headline(problem, rounded)
    unproved = result_of(TerminationReason.FEASIBLE, 500_000_000, 500_000_001)
    assert "at most 0.0001 % from optimal" in words.headline(problem, unproved)
    assert words.headline(problem, result_of(TerminationReason.INFEASIBLE, None, None)) == (
        "The mandatory jobs cannot all run."
    )
    assert "nothing is proved" in words.headline(problem, result_of(TerminationReason.NO_PLAN_FOUND, None, None))


def test_what_ended_the_search_is_said() -> None:
    stopped = result_of(TerminationReason.FEASIBLE, 1, None, stopped_by=StoppedBy.CANCELLED)
    assert words.search_words(stopped) == "greedy, stopped on request"
    assert words.bound_standing(stopped) == ""
    assert stopped.termination.bound_source is BoundSource.NONE
