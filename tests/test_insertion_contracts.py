"""Inserting one job beside work under every contract: it takes what they leave, and none of theirs changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from optimizer import pipeline
from optimizer.errors import UnsupportedFeatureError
from optimizer.exact.problem import exact
from optimizer.insertion import PriceBook, Quote
from optimizer.params import SolveParams
from optimizer.problem import Commitment, Mode, Preemption, Problem, ShareFloor, Tenant
from optimizer.solution import Result
from optimizer.verify.plan import verify
from tests import fleet
from tests.evening_plan import EVENING, with_reservation


@pytest.fixture(scope="module")
def evening() -> Result:
    return pipeline.solve(EVENING, SolveParams(engine="highs", work_limit=10_000, thread_count=1))


def nodes(gpu_model: str, count: int, hours: float) -> Mode:
    return Mode(gpu_model=gpu_model, gpu_count=8 * count, duration=timedelta(hours=hours), it_power_kw=6.5 * count)


def placed(problem: Problem, result: Result, book: PriceBook) -> int:
    """The objective with the book's jobs, which keep every rule and leave the others alone."""
    checked = verify(exact(book.problem), book.assignments)
    assert checked.feasible, checked.violations
    assert checked.placements[: len(result.placements)] == result.placements
    return checked.objective_micros


def test_a_job_goes_beside_work_under_every_contract(evening: Result) -> None:
    book = PriceBook(EVENING, evening)
    quotes = [book.place(fleet.job(f"new {n}", nodes("A100", 1, 3), value=10.0)) for n in range(16)]
    taken = [quote for quote in quotes if quote is not None]
    assert 0 < len(taken) < 16
    gained = sum(quote.worth_micros for quote in taken)
    assert placed(EVENING, evening, book) == evening.terms.objective_micros + gained


def test_lent_nodes_are_for_who_leaves_in_time(evening: Result) -> None:
    book = PriceBook(with_reservation(node_count=(5,)), evening)

    def quote(vacate_minutes: int) -> Quote | None:
        leaves = Preemption(max_pause_count=1, vacate_duration=timedelta(minutes=vacate_minutes))
        new = fleet.job(
            "new", nodes("H100", 1, 3), value=10.0, allowed_sites=("slough",), latest_end_time=EVENING.time_grid.start_time
            + timedelta(hours=3), preemption=leaves,
        )  # fmt: skip
        return book.quote(new)

    assert quote(15) is not None
    assert quote(16) is None, "the one node that is left is reserved"


def test_what_a_floor_lacks_counts_for_the_job_that_fills_it() -> None:
    floor = ShareFloor(gpu_hours=24.0, shortfall_cost_per_gpu_hour=2.0)
    problem = fleet.problem(fleet.job("busy", fleet.mode(8, 4)), tenants=(Tenant(name="lab", share_floor=floor),))
    result = pipeline.solve(problem, SolveParams(engine="price", work_limit=1_000, thread_count=1))
    book = PriceBook(problem, result)
    worths = []
    for number in range(2):
        quote = book.place(fleet.job(f"own {number}", fleet.mode(8, 2, 0.0), tenant="lab", value=5.0))
        assert quote is not None
        worths.append(quote.worth_micros)
    assert worths == [5_000_000 + 16 * 2_000_000, 5_000_000 + 8 * 2_000_000]
    assert placed(problem, result, book) == result.terms.objective_micros + sum(worths)


def test_what_a_book_cannot_carry_is_refused_by_name(evening: Result) -> None:
    first, *rest = EVENING.sites
    switched = replace(first, halls=(replace(first.halls[0], commitment=Commitment(standby_power_kw=1.0)), *first.halls[1:]))
    with pytest.raises(UnsupportedFeatureError, match="HALL_COMMITMENT"):
        PriceBook(replace(EVENING, sites=(switched, *rest)), evening)
