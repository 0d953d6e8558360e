"""Beyond what can be listed: a certificate that the independent check accepts, and plans in pieces."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.exact.problem import exact
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Commitment, Elasticity, Preemption, Problem
from optimizer.solution import BoundSource, TerminationReason
from optimizer.verify.plan import verify_result
from tests.fleet import hall as hall_of
from tests.fleet import hours, job, mode, pool, problem, site


def two_day_queue(job_count: int) -> Problem:
    prices = tuple(20.0 + (hour * 7 % 24) ** 2 for hour in range(48))
    jobs = (
        job(
            f"job {index}",
            mode(8, 8 + index % 3, 100.0),
            mode(16, 5 + index % 3, 190.0),
            value=200.0 + 10 * index,
            preemption=Preemption(max_pause_count=2, resume_cost=1.0, min_run_duration=hours(2)),
            elasticity=Elasticity(max_change_count=1, change_cost=2.0, work_step_count=24),
        )
        for index in range(job_count)
    )
    return problem(*jobs, sites=(site("s", hall_of("h", pool("p", (4,))), energy_price_per_mwh=prices),), slot_count=48)


def test_the_optimum_is_proved_without_listing_all_runs() -> None:
    queue = two_day_queue(2)
    result = solve(queue, SolveParams(engine="highs", time_limit_seconds=120, thread_count=1))
    assert result.termination.reason is TerminationReason.OPTIMAL
    assert any(placement.segments for placement in result.placements)
    assert verify_result(exact(queue), result).violations == ()


def test_the_certificate_of_generated_columns_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.engines.itinerary_generation.MOST_LISTED", 10)
    queue = two_day_queue(3)
    result = solve(queue, SolveParams(engine="highs", time_limit_seconds=20, thread_count=1, work_limit=1))
    assert result.certificate is not None
    assert verify_result(exact(queue), result).violations == ()
    assert result.termination.bound_micros is not None
    assert result.termination.bound_source in (BoundSource.CERTIFICATE, BoundSource.ENGINE)
    assert result.certificate.bound_micros >= result.termination.bound_micros


def test_itineraries_are_generated_beside_halls_that_may_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.engines.itinerary_generation.MOST_LISTED", 0)
    queue = two_day_queue(1)
    (where,) = queue.sites
    switched = replace(where.halls[0], commitment=Commitment(standby_power_kw=5.0, start_up_cost=3.0))
    given = replace(queue, sites=(replace(where, halls=(switched,)),))
    result = solve(given, SolveParams(engine="highs", time_limit_seconds=60, thread_count=1, work_limit=1))
    assert len(result.placements) == 1
    assert verify_result(exact(given), result).violations == ()
