"""Warm against cold, and single jobs against current prices: ``python -m benchmarks.warm [--jobs 10000] [--seconds 60]``.

A fleet is solved for the given seconds. Then 1 % of its jobs change, or one limit does, or six hours pass, and the changed
problem is solved cold for as long and warm for a part of that. The table states when each first reached the same gap: that with
which the cold solve ended, and multiples of it; medians over the seeds. Seconds are CPU time of one thread, limits included, so
that other programs on the machine change nothing; they count from the problem on. The floor is what comes before any search:
checks, columns and the first verified plan.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from statistics import median
from types import SimpleNamespace
from unittest import mock

from benchmarks.moved import hours_passed
from optimizer import pipeline
from optimizer.certificates import Certificate
from optimizer.generate.uk_no import generate_uk_no
from optimizer.insertion import PriceBook
from optimizer.monitor import Progress, SilentMonitor
from optimizer.moved_horizon import told_in
from optimizer.params import SolveParams
from optimizer.problem import Job, Problem
from optimizer.solution import Assignment, Result, relative_gap

#: Gaps compared: these multiples of the gap with which the cold solve ends.
PARTS = (1.25, 1.1, 1.05, 1.0)
HOURS_PASSED = 6
CHANGED_SHARE = 0.01
LIMIT_FACTOR = 0.9
#: New jobs come from a fleet of this seed.
DONOR_SEED = 11
INSERTED = 1_000
#: Of the cold solve's seconds, how many the warm one gets.
WARM_SHARE = 0.1
#: Seconds of the solve beside whose plan single jobs are placed.
BOOK_SECONDS = 10.0
CHANGES = ("1 % of jobs", "one limit", f"{HOURS_PASSED} hours on")


@dataclass
class Trace(SilentMonitor):
    """A monitor that notes (CPU seconds, gap) whenever the gap falls: the seconds of one thread on a machine left alone."""

    begin: float = field(default_factory=time.process_time)
    points: list[tuple[float, float]] = field(default_factory=list)
    floor: float = 0.0

    def progress(self, progress: Progress) -> None:
        """The first plan of all jobs ends what every solve does first; an early one of some does not."""
        if progress.phase != pipeline.CUTTING_COLUMNS:
            self.floor = self.floor or time.process_time() - self.begin
        self._note(progress.objective_micros, progress.bound_micros)

    def note(self, result: Result) -> None:
        """The gap of the answer, at its end."""
        self._note(result.termination.objective_micros, result.termination.bound_micros)

    def _note(self, objective: int | None, bound: int | None) -> None:
        gap = relative_gap(objective, bound)
        if gap is not None and (not self.points or gap < self.points[-1][1]):
            self.points.append((time.process_time() - self.begin, gap))

    def reached(self, gap: float) -> float | None:
        """When the gap was first at most ``gap``."""
        return next((seconds for seconds, found in self.points if found <= gap), None)


@dataclass(frozen=True)
class Comparison:
    """Seconds of the cold and of the warm solve to one gap; ``warm`` None: not reached, ``best`` was."""

    gap: float
    cold: float
    warm: float | None
    best: float
    floors: tuple[float, float]

    @property
    def ratio(self) -> float:
        """0 where the warm solve did not get there."""
        return 0.0 if self.warm is None else self.cold / self.warm

    @property
    def ratio_above_floor(self) -> float:
        """The same without what every solve does first."""
        if self.warm is None:
            return 0.0
        return (self.cold - self.floors[0]) / max(1e-3, self.warm - self.floors[1])


@contextmanager
def cpu_clock() -> Iterator[None]:
    """Time limits count CPU seconds of this process."""
    with mock.patch("optimizer.relay.time", SimpleNamespace(monotonic=time.process_time)):
        yield


def solve(
    problem: Problem, params: SolveParams, initial: Sequence[Assignment] = (), certificate: Certificate | None = None
) -> tuple[Result, Trace]:
    gc.collect()
    trace = Trace()
    with cpu_clock():
        result = pipeline.solve(problem, params, initial=initial, initial_certificate=certificate, monitor=trace)
    trace.note(result)
    return result, trace


def jobs_changed(problem: Problem) -> Problem:
    """1 % of the jobs are replaced by others of the same kind of fleet."""
    donors = [job for job in generate_uk_no(len(problem.jobs), DONOR_SEED).jobs if job.running is None]
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


def changed(problem: Problem, first: Result, change: str) -> Problem:
    """``problem`` after one of `CHANGES`."""
    if change == CHANGES[0]:
        return jobs_changed(problem)
    return limit_changed(problem) if change == CHANGES[1] else hours_passed(problem, first, HOURS_PASSED)


def compare(after: Problem, first: Result, params: SolveParams) -> list[Comparison]:
    """Cold and warm on ``after``, one comparison a multiple of the gap."""
    assert params.time_limit_seconds is not None
    _, cold = solve(after, params)
    short = replace(params, time_limit_seconds=WARM_SHARE * params.time_limit_seconds)
    _, warm = solve(after, short, *told_in(first, after.time_grid))
    best = warm.points[-1][1] if warm.points else float("inf")
    found = []
    for part in PARTS:
        gap = cold.points[-1][1] * part
        seconds = cold.reached(gap)
        assert seconds is not None
        found.append(Comparison(gap, seconds, warm.reached(gap), best, (cold.floor, warm.floor)))
    return found


def print_table(of_change: dict[str, list[list[Comparison]]]) -> None:
    """One row a change and multiple: medians over the seeds, and how many of them got there."""
    print(f"\n{'change':12} {'gap x':>5} {'gap':>7} {'cold':>8} {'warm':>8} {'ratio':>6} {'above floor':>11} {'least':>6}")
    for change, runs in of_change.items():
        for index, part in enumerate(PARTS):
            each = [run[index] for run in runs]
            there = [one.warm for one in each if one.warm is not None]
            warm = f"{median(there):7.2f}s" if len(there) == len(each) else f"{len(there)} of {len(each)}"
            ratios = [one.ratio for one in each]
            print(
                f"{change:12} {part:5.2f} {median(one.gap for one in each):7.2%} {median(one.cold for one in each):7.2f}s "
                f"{warm:>8} {median(ratios):6.1f} {median(one.ratio_above_floor for one in each):11.1f} {min(ratios):6.1f}"
                + ("" if len(there) == len(each) else f"   (warm reached {median(one.best for one in each):.2%})")
            )


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
    parser.add_argument("--seconds", type=float, default=60.0, help="CPU seconds of the earlier solve and of each cold one")
    parser.add_argument("--seeds", default="0,1,2", help="of the fleets and of the solves")
    parser.add_argument("--changes", default=",".join(CHANGES), help="none: single jobs only")
    arguments = parser.parse_args()
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    changes = [change for change in arguments.changes.split(",") if change in CHANGES]
    params = SolveParams(engine="price", time_limit_seconds=arguments.seconds, thread_count=1)
    # compiled kernels are loaded before anything is timed
    pipeline.solve(generate_uk_no(60, 0), replace(params, time_limit_seconds=None, work_limit=10_000))
    of_change: dict[str, list[list[Comparison]]] = {change: [] for change in changes}
    for seed in seeds if changes else ():
        problem, own = generate_uk_no(arguments.jobs, seed), replace(params, seed=seed)
        first, trace = solve(problem, own)
        print(f"seed {seed}: the earlier plan is within {trace.points[-1][1]:.2%}", flush=True)
        for change in changes:
            runs = compare(changed(problem, first, change), first, own)
            of_change[change].append(runs)
            print(change, "; ".join(f"{one.gap:.2%} {one.cold:.2f} {one.warm or one.best:.2f}" for one in runs), flush=True)
    print_table(of_change)
    insert(generate_uk_no(arguments.jobs, seeds[0]), replace(params, time_limit_seconds=min(arguments.seconds, BOOK_SECONDS)))


if __name__ == "__main__":
    main()
