"""A fleet some hours later: its plan carried out so far, its series and its horizon moved on, new jobs for those that ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta
from typing import TypeVar

from optimizer.generate.uk_no import generate_uk_no
from optimizer.modes import modes_of
from optimizer.problem import Job, Problem, RunningPlacement, Site
from optimizer.solution import Placement, Result

T = TypeVar("T")

#: New hours at the end repeat those of the day before.
DAY_HOURS = 24
#: What it costs to move a job that runs, as a share of its value.
MOVE_SHARE = 0.1
#: New jobs come from a fleet of this seed.
DONOR_SEED = 12


def hours_passed(problem: Problem, result: Result, hours: int) -> Problem:
    """``problem``, in hourly slots, as it stands ``hours`` after the start of ``result``'s plan."""
    grid = replace(problem.time_grid, start_time=problem.time_grid.start_time + timedelta(hours=hours))
    placed = {placement.job: placement for placement in result.placements}
    donors = [job for job in generate_uk_no(len(problem.jobs), DONOR_SEED).jobs if job.running is None]
    return replace(
        problem,
        time_grid=grid,
        sites=tuple(_later_site(site, hours) for site in problem.sites),
        jobs=tuple(_later_jobs(problem, placed, donors, hours)),
    )


def _later_jobs(problem: Problem, placed: dict[str, Placement], donors: list[Job], hours: int) -> Iterator[Job]:
    for index, job in enumerate(problem.jobs):
        run = placed.get(job.name)
        if run is None or run.start_slot >= hours:
            yield replace(job, running=None)
        elif run.end_slot <= hours:
            yield replace(donors[index % len(donors)], name=f"{job.name} after")
        else:
            mode = next(mode for mode in modes_of(job) if mode.name == run.mode)
            rest = replace(mode, duration=timedelta(hours=run.end_slot - hours))
            held = RunningPlacement(pool=run.pool, mode=run.mode, move_cost=MOVE_SHARE * (job.value or 0.0))
            yield replace(job, modes=(rest,), work_profile=None, running=held)


def _later_site(site: Site, hours: int) -> Site:
    halls = tuple(replace(_later(hall, hours), pools=tuple(_later(pool, hours) for pool in hall.pools)) for hall in site.halls)
    return replace(_later(site, hours), halls=halls)


def _later(thing: T, hours: int) -> T:
    """``thing`` with each of its series of numbers cut at its front and continued."""
    moved = {}
    for field in fields(thing):  # type: ignore[arg-type]
        series = getattr(thing, field.name)
        if isinstance(series, tuple) and len(series) > DAY_HOURS and isinstance(series[0], int | float):
            moved[field.name] = series[hours:] + series[len(series) - DAY_HOURS : len(series) - DAY_HOURS + hours]
    return replace(thing, **moved) if moved else thing  # type: ignore[type-var]
