"""Warm against cold, and single jobs against current prices: ``python -m benchmarks.warm [--jobs 10000] [--seconds 20]``.

A fleet is solved once. Then 1 % of its jobs change, or one limit does, or six hours pass, and the changed problem is solved
cold for the given seconds and warm for half of them. The table states when each first reached the same gap, a multiple of
the one with which the cold solve ended, and the ratio of the two times; they count from the problem, checks included.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from benchmarks.moved import hours_passed
from optimizer import pipeline
from optimizer.certificates import Certificate
from optimizer.generate.uk_no import generate_uk_no
from optimizer.insertion import PriceBook
from optimizer.monitor import Progress
from optimizer.moved_horizon import told_in
from optimizer.params import SolveParams
from optimizer.problem import Job, Problem
from optimizer.solution import Assignment, Result, relative_gap

#: Gaps compared: these multiples of the gap with which the cold solve ends.
PARTS = (1.5, 1.2, 1.1, 1.02, 1.0)
HOURS_PASSED = 6
CHANGED_SHARE = 0.01
LIMIT_FACTOR = 0.9
INSERTED = 1_000


@dataclass
class Trace:
    """A monitor that notes (CPU seconds, gap) whenever the gap falls: the seconds of one thread on a machine left alone."""

    begin: float = field(default_factory=time.process_time)
    points: list[tuple[float, float]] = field(default_factory=list)

    def cancelled(self) -> bool:
        return False

    def progress(self, progress: Progress) -> None:
        gap = progress.relative_gap
        if gap is not None and (not self.points or gap < self.points[-1][1]):
            self.points.append((time.process_time() - self.begin, gap))

    def plan(self, result: Result) -> None:
        """The progress that follows says the same."""

    def note(self, result: Result) -> None:
        """The gap of the answer, at its end."""
        gap = relative_gap(result.termination.objective_micros, result.termination.bound_micros)
        if gap is not None and (not self.points or gap < self.points[-1][1]):
            self.points.append((time.process_time() - self.begin, gap))

    def reached(self, gap: float) -> float | None:
        """When the gap was first at most ``gap``."""
        return next((seconds for seconds, found in self.points if found <= gap), None)


def solve(
    problem: Problem, params: SolveParams, initial: Sequence[Assignment] = (), certificate: Certificate | None = None
) -> tuple[Result, Trace]:
    gc.collect()
    trace = Trace()
    result = pipeline.solve(problem, params, initial=initial, initial_certificate=certificate, monitor=trace)
    trace.note(result)
    return result, trace


def jobs_changed(problem: Problem) -> Problem:
    """1 % of the jobs are replaced by others of the same kind of fleet."""
    donors = [job for job in generate_uk_no(len(problem.jobs), 1).jobs if job.running is None]
    every = round(1 / CHANGED_SHARE)
    jobs = [
        replace(donors[index % len(donors)], name=job.name) if index % every == 0 and job.running is None else job
        for index, job in enumerate(problem.jobs)
    ]
    return replace(problem, jobs=tuple(jobs))


def limit_changed(problem: Problem) -> Problem:
    """The first site with a stated grid connection has a tenth less of it."""
    index = next(i for i, site in enumerate(problem.sites) if site.import_limit_kw)
    site = problem.sites[index]
    less = replace(site, import_limit_kw=tuple(kw * LIMIT_FACTOR for kw in site.import_limit_kw))
    return replace(problem, sites=(*problem.sites[:index], less, *problem.sites[index + 1 :]))


def compare(problem: Problem, params: SolveParams, seconds: float) -> None:
    first, _ = solve(problem, params)
    changes: tuple[tuple[str, Problem], ...] = (
        ("1 % of jobs", jobs_changed(problem)),
        ("one limit", limit_changed(problem)),
        (f"{HOURS_PASSED} hours on", hours_passed(problem, first, HOURS_PASSED)),
    )
    print(f"{'change':14} {'gap':>8} {'cold':>8} {'warm':>8} {'ratio':>7}")
    for name, changed in changes:
        hint = told_in(first, changed.time_grid)
        _, cold = solve(changed, params)
        _, warm = solve(changed, replace(params, time_limit_seconds=seconds / 2), *hint)
        for part in PARTS:
            gap = cold.points[-1][1] * part
            cold_seconds, warm_seconds = cold.reached(gap), warm.reached(gap)
            assert cold_seconds is not None
            if warm_seconds is None:
                best = warm.points[-1][1] if warm.points else float("nan")
                print(f"{name:14} {gap:8.3%} {cold_seconds:7.2f}s {'not':>8} {'-':>7}   (warm reached {best:.3%})")
            else:
                print(f"{name:14} {gap:8.3%} {cold_seconds:7.2f}s {warm_seconds:7.2f}s {cold_seconds / warm_seconds:6.1f}x")


def insert(problem: Problem, params: SolveParams) -> None:
    """Every tenth job or so is kept out of the solve and quoted one by one."""
    every = max(2, len(problem.jobs) // INSERTED)
    new: list[Job] = [job for index, job in enumerate(problem.jobs) if index % every == 0 and job.running is None]
    names = {job.name for job in new}
    known = replace(problem, jobs=tuple(job for job in problem.jobs if job.name not in names))
    result, _ = solve(known, params)
    book = PriceBook(known, result)
    book.quote(new[0])
    gc.collect()
    gc.freeze()
    times: list[float] = []
    work: list[float] = []
    placed = 0
    for job in new:
        begin, begun = time.perf_counter(), time.process_time()
        placed += book.place(job) is not None
        work.append((time.process_time() - begun) * 1e3)
        times.append((time.perf_counter() - begin) * 1e3)
    print(f"\n{len(new)} jobs inserted one by one beside {len(known.jobs)}; {placed} found room")
    for name, series in (("elapsed", sorted(times)), ("CPU", sorted(work))):
        shown = ", ".join(f"p{percent} {series[percent * len(series) // 100]:.2f}" for percent in (50, 90, 95, 99))
        print(f"{name:8} {shown}, most {series[-1]:.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    params = SolveParams(engine="price", time_limit_seconds=arguments.seconds, thread_count=arguments.threads)
    problem = generate_uk_no(arguments.jobs, 0)
    # compiled kernels are loaded before anything is timed
    pipeline.solve(generate_uk_no(60, 0), replace(params, time_limit_seconds=None, work_limit=10_000))
    compare(problem, params, arguments.seconds)
    insert(problem, replace(params, time_limit_seconds=arguments.seconds / 2))


if __name__ == "__main__":
    main()
