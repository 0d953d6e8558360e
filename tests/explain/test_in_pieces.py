"""Reasons of jobs that may pause: none claims more than holds of runs in pieces."""

from __future__ import annotations

from optimizer.columns.candidates import candidates
from optimizer.columns.itineraries import itineraries, itinerary_worth
from optimizer.columns.table import Columns
from optimizer.exact.problem import exact
from optimizer.explain import unplaced
from optimizer.explain.in_pieces import most_in_pieces
from optimizer.problem import Elasticity, Preemption, Problem
from optimizer.solution import Unplaced, UnplacedReason
from tests.fleet import hall, job, mode, pool, problem, site

PAUSING = Preemption(max_pause_count=2, resume_cost=0.1)
#: GBP per MWh: two dear hours in the middle.
PRICES = (10.0, 10.0, 900.0, 900.0, 10.0, -5.0)


def priced(*jobs: object, prices: tuple[float, ...] = PRICES, nodes: tuple[int, ...] = (2,)) -> Problem:
    only = site("s", hall("h", pool("p", nodes)), energy_price_per_mwh=prices)
    return problem(*jobs, sites=(only,), slot_count=len(prices))  # type: ignore[arg-type]


def told(instance: Problem) -> Unplaced:
    (found,) = unplaced(candidates(exact(instance)), ())
    return found


def best_of_all(columns: Columns) -> int:
    return max(itinerary_worth(columns, 0, pieces) for pieces in itineraries(columns, 0))


def test_what_is_said_at_most_is_never_less_than_the_best() -> None:
    for item in (
        job("j", mode(8, 3), value=3.0, preemption=PAUSING),
        job("j", mode(8, 4), mode(16, 2, 21.0), value=3.0, elasticity=Elasticity(max_change_count=1)),
        job("j", mode(8, 4), mode(16, 2, 21.0), value=3.0, preemption=PAUSING, elasticity=Elasticity(max_change_count=1)),
    ):
        columns = candidates(exact(priced(item))).columns
        most = most_in_pieces(columns, 0)
        assert most is not None
        assert most >= best_of_all(columns)


def test_a_job_worth_its_cost_only_with_a_pause_is_not_called_worthless() -> None:
    paused = told(priced(job("j", mode(8, 4), value=3.0, preemption=PAUSING)))
    assert paused.reason is UnplacedReason.CAPACITY_TAKEN
    assert "in pieces it could add 2.75 at most" in paused.message
    never = told(priced(job("j", mode(8, 4), value=3.0)))
    assert never.reason is UnplacedReason.WORTH_LESS_THAN_COST


def test_a_job_not_worth_its_cost_in_pieces_either() -> None:
    found = told(priced(job("j", mode(8, 4), value=-1.0, preemption=PAUSING)))
    assert found.reason is UnplacedReason.WORTH_LESS_THAN_COST


def test_a_shortfall_is_said_to_be_that_of_one_piece() -> None:
    instance = priced(job("j", mode(16, 4), preemption=PAUSING), prices=(10.0,) * 6, nodes=(2, 2, 1, 1, 2, 2))
    found = told(instance)
    assert found.message.startswith("in one piece, ")
    assert found.message.endswith("no run in pieces was found either")
    assert not told(priced(job("j", mode(24, 4)))).message.startswith("in one piece")


def test_too_few_open_slots_for_the_work() -> None:
    columns = candidates(exact(priced(job("j", mode(16, 4), preemption=PAUSING), nodes=(2, 1, 1, 1, 2, 2)))).columns
    assert most_in_pieces(columns, 0) is None
