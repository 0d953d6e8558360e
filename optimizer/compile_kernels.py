"""Calls every kernel once, so that numba compiles and keeps it; run as a program by ``optimizer.warm.ensure_warm``."""

from __future__ import annotations

from dataclasses import replace

from optimizer.columns.candidates import candidates
from optimizer.engines.price.halls.soft import SoftSearch
from optimizer.exact.problem import exact
from optimizer.generate.uk_no import generate_uk_no
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Commitment, Problem
from optimizer.verify.bound import verify_with_bound
from optimizer.warm import tiny_problem

#: Enough jobs that every kernel is called.
FLEET_JOB_COUNT = 40


def main() -> None:
    """Places a small fleet, half of which may pause, and the tiny problem with every engine that has kernels."""
    fleet = generate_uk_no(FLEET_JOB_COUNT, 1, preemptible_share=0.5)
    for thread_count in (1, 2):
        for problem in (tiny_problem(), fleet):
            _place(problem, thread_count)
    switched = with_switched_halls(tiny_problem())
    _place(switched, thread_count=1)
    # needs some 100 jobs in a solve
    SoftSearch(candidates(exact(switched)).columns).run(lambda: 0.0, lambda: None, work=1)
    solve(fleet, SolveParams(engine="auto", time_limit_seconds=5.0))
    solve(tiny_problem(), SolveParams(engine="greedy"))


def with_switched_halls(problem: Problem) -> Problem:
    """The same; every hall may be switched off."""
    rules = Commitment(standby_power_kw=1.0, start_up_cost=1.0)
    sites = (replace(site, halls=tuple(replace(hall, commitment=rules) for hall in site.halls)) for site in problem.sites)
    return replace(problem, sites=tuple(sites))


def _place(problem: Problem, thread_count: int) -> None:
    answer = solve(problem, SolveParams(engine="price", work_limit=2_000, thread_count=thread_count))
    verify_with_bound(exact(problem), answer)


if __name__ == "__main__":
    main()
