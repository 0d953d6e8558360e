"""How long a service takes to quote one job: ``python -m benchmarks.admission [--instance FILE] [--tries 5]``.

Three quarters of the instance's jobs are planned with a work limit. A service in a process of its own opens a book beside the
plan, over the loopback, and each of the other jobs is quoted several times, one after the other. The table states the time from
the call of the client to its answer: of all tries, and of each job's least, which leaves out much of what other programs cost;
beside them the CPU time of the same quotes by a `PriceBook` in this process.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from loadstone.client import PlacementClient

from optimizer import pipeline
from optimizer.admission import Admission, AdmissionPolicy
from optimizer.insertion import PriceBook
from optimizer.io.files import read_problem
from optimizer.params import SolveParams
from optimizer.problem import Job, Problem

INSTANCE = Path(__file__).parents[1] / "instances" / "uk-no" / "medium.json"
PLAN = SolveParams(engine="price", work_limit=20_000, thread_count=1)
PLANNED_SHARE = 0.75
#: Of the jobs that are quoted, so many before any time counts: code and caches are warm then.
UNCOUNTED = 10

SERVER_PROGRAM = """
from server.app import serve
from server.config import ServerConfig
serve(ServerConfig.from_environment(port=0))
"""
ADDRESS_MARK = "serving address="


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instance", type=Path, default=INSTANCE)
    parser.add_argument("--tries", type=int, default=5)
    arguments = parser.parse_args()
    problem, others = split(read_problem(arguments.instance))
    plan = pipeline.solve(problem, PLAN)
    here = PriceBook(problem, plan)
    print(f"{len(others)} jobs quoted {arguments.tries} times beside {len(plan.placements)} that run, milliseconds")
    print("| time | p50 | p90 | p99 | most |\n| --- | ---: | ---: | ---: | ---: |")

    def quote_here(job: Job) -> Admission:
        return here.admit(job, AdmissionPolicy.QUOTE_ONLY)

    print(row("library, CPU, least", times_of(quote_here, others, arguments.tries, time.process_time).min(axis=1)))
    with server() as address, PlacementClient(address) as client:
        began = time.perf_counter()
        with client.admission(problem, plan) as book:
            opened_seconds = time.perf_counter() - began
            times = times_of(book.quote, others, arguments.tries, time.perf_counter)
    print(row("service, wall, least", times.min(axis=1)))
    print(row("service, wall, all", times.ravel()))
    print(f"opened in {opened_seconds:.2f} s")


def split(whole: Problem) -> tuple[Problem, tuple[Job, ...]]:
    """The problem of the jobs that are planned, and the others."""
    planned = round(PLANNED_SHARE * len(whole.jobs))
    names = {job.name for job in whole.jobs[:planned]}
    ties = tuple(tie for tie in whole.precedences if {tie.predecessor, tie.successor} <= names)
    groups = tuple(group for group in whole.groups if set(group.jobs) <= names)
    return replace(whole, jobs=whole.jobs[:planned], precedences=ties, groups=groups), whole.jobs[planned:]


def times_of(
    quote: Callable[[Job], Admission], jobs: Sequence[Job], tries: int, clock: Callable[[], float]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Milliseconds ``[J, tries]``."""
    for job in jobs[:UNCOUNTED]:
        quote(job)
    times = np.empty((len(jobs), tries))
    for index, job in enumerate(jobs):
        for attempt in range(tries):
            began = clock()
            quote(job)
            times[index, attempt] = 1e3 * (clock() - began)
    return times


def row(name: str, times: np.ndarray[tuple[int], np.dtype[np.float64]]) -> str:
    figures = (f"{figure:.2f}" for figure in (*np.percentile(times, (50, 90, 99)), times.max()))
    return f"| {name} | {' | '.join(figures)} |"


@contextmanager
def server() -> Iterator[str]:
    """The address of a service with the default settings, for as long as the context."""
    process = subprocess.Popen([sys.executable, "-c", SERVER_PROGRAM], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if ADDRESS_MARK in line:
                yield line.partition(ADDRESS_MARK)[2].split()[0]
                return
        raise RuntimeError("the service did not start")
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
