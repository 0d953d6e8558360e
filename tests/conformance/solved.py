"""Answers to the conformance problems that several tests look at."""

from __future__ import annotations

from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.solution import Result
from tests.conformance.problems import PROBLEMS
from tests.once import once


@once
def solved_to_the_end(engine: str, name: str) -> Result:
    """What an exact engine says of a conformance problem; the time limit is far beyond what it takes."""
    return solve(PROBLEMS[name], SolveParams(engine=engine, time_limit_seconds=60, thread_count=1))


@once
def solved_by_work(engine: str, name: str) -> Result:
    """What an engine says of a conformance problem within a limit of work, so that it always says the same."""
    return solve(PROBLEMS[name], SolveParams(engine=engine, work_limit=2_000, thread_count=1))
