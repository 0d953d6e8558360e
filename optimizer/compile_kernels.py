"""Calls every kernel once, so that numba compiles and keeps it; run as a program by ``optimizer.warm.ensure_warm``.

Two processes share the work, for numba compiles on one core: the kernels of fleets, and those of halls that switch.
"""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from numba.core.caching import IndexDataCacheFile

from optimizer.columns.candidates import candidates
from optimizer.engines.price.halls.soft import SETTLING, SoftSearch
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
    """Compiles everything, each part in a process of its own; exits with 1 where one fails, whose error it has printed."""
    with TemporaryDirectory() as folder:
        turn = Path(folder, "turn")
        parts = [get_context("spawn").Process(target=_in_turn, args=(part, turn)) for part in (compile_fleets, compile_halls)]
        for part in parts:
            part.start()
        for part in parts:
            part.join()
    if any(part.exitcode for part in parts):
        sys.exit(1)


def compile_fleets() -> None:
    """Places a small fleet, half of which may pause, and the tiny problem with every engine that has kernels."""
    fleet = generate_uk_no(FLEET_JOB_COUNT, 1, preemptible_share=0.5)
    for thread_count in (1, 2):
        for problem in (tiny_problem(), fleet):
            _place(problem, thread_count)
    solve(fleet, SolveParams(engine="auto", time_limit_seconds=5.0))
    solve(tiny_problem(), SolveParams(engine="greedy"))


def compile_halls() -> None:
    """Places the tiny problem in halls that may be switched off."""
    switched = with_switched_halls(tiny_problem())
    _place(switched, thread_count=1)
    # needs some 100 jobs in a solve
    columns = candidates(exact(switched)).columns
    search = SoftSearch(columns, cooling=replace(SETTLING, standby=2.0))
    search.run(lambda: 0.0, lambda: None, work=1)
    SoftSearch(columns, start=search.plan, begin=0.5)


def _in_turn(part: Callable[[], None], turn: Path) -> None:
    """Runs ``part`` in a process that keeps a kernel only while no other one with the same ``turn`` does.

    numba reads the index of what it keeps, adds to it and writes it back: two at once would name two kernels alike.
    """
    save: Callable[..., None] = IndexDataCacheFile.save

    def save_in_turn(file: IndexDataCacheFile, key: Any, data: Any) -> None:
        with turn.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            save(file, key, data)

    IndexDataCacheFile.save = save_in_turn
    part()


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
