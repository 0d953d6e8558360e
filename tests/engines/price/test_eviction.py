"""Room for large jobs: what gives way is worth less, goes elsewhere where it fits, and stays where it must."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.columns.candidates import Candidates, candidates
from optimizer.columns.table import Selection
from optimizer.engines.price.plans.eviction import make_room
from optimizer.engines.price.plans.schedule import NO_BUDGET_PRICES, Plan, mark_jobs
from optimizer.engines.price.tables import build_tables
from optimizer.exact.problem import exact
from optimizer.problem import Job, Precedence, Problem
from tests import fleet
from tests.engines.brute_force import assert_keeps_every_rule

LARGE = 4


def problem(*jobs: Job, slot_count: int) -> Problem:
    """One pool of as many nodes as the large job takes."""
    return fleet.problem(
        *jobs, slot_count=slot_count, sites=(fleet.site("site", fleet.hall("hall", fleet.pool("pool", (LARGE,)))),)
    )


def asked(*jobs: Job, slot_count: int = 1) -> Candidates:
    return candidates(exact(problem(*jobs, slot_count=slot_count)))


def large(value: float) -> Job:
    return fleet.job("large", fleet.mode(gpu_count=8 * LARGE), value=value)


def small(count: int, value: float | None = 1.0) -> list[Job]:
    return [fleet.job(f"s{n}", fleet.mode(), value=value) for n in range(count)]


def after(found: Candidates, placed: dict[str, int]) -> dict[str, int]:
    """Who starts when after one pass at prices of zero, from the plan ``placed``."""
    columns = found.columns
    names = [job.name for job in found.problem.jobs]
    window = np.full(columns.job_count, -1, dtype=np.int32)
    start = window.copy()
    for name, slot in placed.items():
        job = names.index(name)
        window[job], start[job] = columns.job_first[job], slot
    tables = build_tables(columns)
    plan = Plan.of(tables, Selection(window, start))
    prices = np.zeros(tables.capacity.shape)
    made = make_room(plan, mark_jobs(tables, prices, NO_BUDGET_PRICES), prices, NO_BUDGET_PRICES)
    assert made.rank >= plan.rank
    assert_keeps_every_rule(columns, made.selection(), made.objective)
    return {names[job]: int(made.start[job]) for job in np.flatnonzero(made.window >= 0)}


def test_many_small_jobs_give_way_to_one_that_is_worth_more() -> None:
    found = asked(*small(LARGE), large(10.0))
    assert after(found, {f"s{n}": 0 for n in range(LARGE)}) == {"large": 0}


def test_nothing_gives_way_to_what_is_worth_less() -> None:
    found = asked(*small(LARGE), large(2.0))
    before = {f"s{n}": 0 for n in range(LARGE)}
    assert after(found, before) == before


def test_those_that_give_way_go_where_there_is_room() -> None:
    # worth less than what gives way, which loses nothing by going an hour later
    found = asked(*small(LARGE), replace(large(2.0), latest_end_time=fleet.at(1)), slot_count=2)
    assert after(found, {f"s{n}": 0 for n in range(LARGE)}) == {"large": 0} | {f"s{n}": 1 for n in range(LARGE)}


def test_only_as_many_give_way_as_are_in_the_way_and_the_least_worth_first() -> None:
    dear, cheap = fleet.job("dear", fleet.mode(), value=9.0), fleet.job("cheap", fleet.mode(), value=1.0)
    half = fleet.job("half", fleet.mode(gpu_count=8 * (LARGE - 1)), value=5.0)
    found = asked(dear, cheap, half)
    assert after(found, {"dear": 0, "cheap": 0}) == {"dear": 0, "half": 0}


def test_a_job_that_must_run_gives_way_to_nobody() -> None:
    found = asked(*small(1, None), large(10.0))
    assert after(found, {"s0": 0}) == {"s0": 0}


def test_jobs_in_order_stay_as_they_are() -> None:
    two_hours = fleet.job("large", fleet.mode(8 * LARGE, 2), value=10.0)
    ordered = replace(problem(*small(2), two_hours, slot_count=2), precedences=(Precedence(predecessor="s0", successor="s1"),))
    assert after(candidates(exact(ordered)), {"s0": 0, "s1": 1}) == {"s0": 0, "s1": 1}
