"""Jobs that only a battery could carry, and that it cannot: it never holds what they take."""

from __future__ import annotations

from collections.abc import Callable

from optimizer.accounting.ledger import Run
from optimizer.columns.candidates import Candidates
from optimizer.columns.table import IntArray
from optimizer.exact.problem import ExactJob, ExactProblem, ExactSite
from optimizer.explain.nearest import paying_starts
from optimizer.solution import Assignment, Unplaced, UnplacedReason


def beyond_battery(found: Candidates, job: ExactJob, worth: Callable[[int], IntArray]) -> Unplaced | None:
    """Why ``job`` cannot run though it has columns, all of them beyond what connection and battery carry, were it alone on an
    empty fleet; None where they carry one. ``worth`` says what each start of a window adds.
    """
    problem = found.problem
    nearest: Run | None = None
    for window, starts in paying_starts(found, job, worth):
        mode, pool = job.modes[found.columns.mode[window]], problem.pools[found.columns.pool[window]]
        for start in starts:
            run = Run(job, mode, pool, start)
            if _carries(problem, run):
                return None
            nearest = nearest or run
    if nearest is None:
        return None
    site = problem.sites[nearest.pool.site]
    return Unplaced(
        job=job.name,
        reason=UnplacedReason.POWER_EXCEEDS_LIMIT,
        nearest_miss=Assignment(job=job.name, mode=nearest.mode.name, pool=nearest.pool.name, start_slot=nearest.start),
        message=f"even on an empty fleet the connection of {site.name!r} does not carry it, nor has its battery what lacks",
    )


def _carries(problem: ExactProblem, run: Run) -> bool:
    """Whether the site's connection carries ``run`` alone, its hall's standby included, with what its battery can give."""
    site, rules = problem.sites[run.pool.site], problem.halls[run.pool.hall].commitment
    battery = site.battery
    if battery is None:
        return True
    needed = run.mode.it_power_w + (rules.standby_w if rules else 0)
    held = battery.initial_uw
    for slot in range(problem.slot_count):
        left = _imported_w(site, slot) - (needed if run.start <= slot < run.end else 0)
        if left < 0:
            held += left * battery.given_uw[slot]
            if held < 0 or -left > battery.discharge_w[slot]:
                return False
        else:
            held = min(battery.capacity_uw, held + min(left, battery.charge_w[slot]) * battery.stored_uw[slot])
    return held >= battery.final_uw


def _imported_w(site: ExactSite, slot: int) -> int:
    """The IT watts that the connection carries, the battery at rest."""
    return (site.it_limit_w(slot) or 0) - site.resting_w(slot)
