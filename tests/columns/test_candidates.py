"""Columns are exactly the assignments that ``verify`` passes alone, with exactly the worth and uses of ``accounting``.

Alone but for two things that columns leave to the plan: what the others fall short of, and the job it waits for. A column that
order rules out whatever the plan (`optimizer.accounting.order`) is none.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.accounting import ledger
from optimizer.accounting.ledger import Run
from optimizer.accounting.order import order_windows
from optimizer.columns.candidates import ColumnCutter, candidates
from optimizer.columns.cut import with_windows
from optimizer.columns.lead_cutter import data_from
from optimizer.columns.table import Selection
from optimizer.exact.problem import ExactProblem, exact
from optimizer.limits import LimitKind, LimitLabel
from optimizer.problem import Commitment, Preemption, Problem
from optimizer.solution import Assignment
from optimizer.verify.plan import Rule, verify
from tests.conformance.problems import PROBLEMS
from tests.fleet import at, hall, job, mode, pool, problem, site


def all_assignments(instance: Problem) -> list[Assignment]:
    inside = exact(instance)
    return [
        Assignment(job=item.name, mode=way.name, pool=place.name, start_slot=start, data_from=copy)
        for item in inside.jobs
        for way in item.modes
        for place in inside.pools
        for start in range(inside.slot_count)
        # a column says where its data comes from only where that is not the cheapest
        for copy in ("", *(other.from_site for other in inside.data_ways(item, inside.sites[place.site])[1:]))
    ]


#: What a run alone cannot help breaking.
OF_THE_PLAN = {Rule.MANDATORY_JOB_LEFT_OUT, Rule.PREDECESSOR_NOT_PLACED}


def in_order(inside: ExactProblem, assignment: Assignment) -> bool:
    """Whether a run in one piece keeps to the window that order leaves its job."""
    window = order_windows(inside).get(assignment.job)
    if window is None:
        return True
    item = next(item for item in inside.jobs if item.name == assignment.job)
    duration = next(way.duration for way in item.modes if way.name == assignment.mode)
    return window.first_start <= assignment.start_slot and assignment.start_slot + duration <= window.last_end


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_columns_are_what_verify_allows_alone(name: str) -> None:
    instance = PROBLEMS[name]
    inside = exact(instance)
    found = candidates(inside)
    columns = found.columns
    from_columns: dict[Assignment, int] = {}
    for window in range(columns.window_count):
        item = inside.jobs[columns.job[window]]
        worths = columns.worth(window)
        for offset, start in enumerate(range(columns.start_first[window], columns.start_last[window] + 1)):
            assignment = Assignment(
                job=item.name,
                mode=item.modes[columns.mode[window]].name,
                pool=inside.pools[columns.pool[window]].name,
                start_slot=start,
                data_from=data_from(inside, columns, item, window),
            )
            assert assignment not in from_columns
            from_columns[assignment] = int(worths[offset]) + columns.constant
    allowed = {}
    for assignment in all_assignments(instance):
        checked = verify(inside, [assignment])
        if {violation.rule for violation in checked.violations} <= OF_THE_PLAN and in_order(inside, assignment):
            terms = checked.terms
            of_no_job = terms.shortfall_cost_micros + terms.hall_cost_micros + terms.switching_cost_micros
            beside = sum(operation.terms.objective_micros for operation in checked.operations)
            allowed[assignment] = checked.objective_micros + of_no_job - beside
    if any(hall.commitment is not None for hall in inside.halls) or any(site.battery for site in inside.sites):
        # whether the grid carries a hall's standby, or a run, depends on a schedule or a battery: more columns may be left
        assert allowed.items() <= from_columns.items()
        return
    assert from_columns == allowed
    assert columns.column_count == len(allowed)


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_window_uses_what_accounting_says(name: str) -> None:
    inside = exact(PROBLEMS[name])
    columns = candidates(inside).columns
    for window in range(columns.window_count):
        item = inside.jobs[columns.job[window]]
        run = Run(item, item.modes[columns.mode[window]], inside.pools[columns.pool[window]], int(columns.start_first[window]))
        rows, amounts = columns.uses(window)
        stated = {columns.limits[row]: int(amount) for row, amount in zip(rows, amounts, strict=True)}
        assert stated == dict(ledger.slot_uses(inside, item.claimant, run.mode, run.pool))
        budgets = {columns.budgets[b]: amount for b, amount in columns.budget_uses(window, run.start)}
        assert {label: n for label, n in budgets.items() if n} == dict(ledger.horizon_uses(inside, run))


WINDOW_FIELDS = ("mode", "pool", "site", "start_first", "start_last", "duration", "base", "power_w")
USE_FIELDS = ("use_first", "use_limit", "use_amount", "budget_use_first", "budget_use_index", "budget_use_amount")


@pytest.mark.parametrize("name", PROBLEMS)
def test_one_job_alone_has_the_columns_it_has_among_others(name: str) -> None:
    inside = exact(PROBLEMS[name])
    tied = {each for pair in inside.precedences for each in (pair.predecessor, pair.successor)}
    tied |= {each for group in inside.groups for each in group.jobs}
    cutter = ColumnCutter(inside)
    columns = cutter.columns(inside.jobs)
    for item in inside.jobs:
        if item.name in tied:
            continue
        of_job = np.flatnonzero(columns.job == item.index)
        among = with_windows(columns, of_job)
        alone = cutter.columns_alone(replace(item, index=0))
        for field in (*WINDOW_FIELDS, *USE_FIELDS):
            assert getattr(alone, field).tolist() == getattr(among, field).tolist(), field
        assert alone.job_first.tolist() == [0, len(of_job)]


def test_windows_are_sorted_and_grouped_by_job() -> None:
    columns = candidates(exact(PROBLEMS["all_rules"])).columns
    keys = list(zip(columns.job, columns.mode, columns.pool, columns.start_first, strict=True))
    assert keys == sorted(keys)
    for index in range(columns.job_count):
        assert set(columns.job[columns.job_first[index] : columns.job_first[index + 1]]) <= {index}


def test_a_dip_in_a_limit_splits_a_window() -> None:
    instance = problem(
        job("job", mode(16, 2)), sites=(site("s", hall("h", pool(node_count=(2, 2, 1, 2, 2, 2)))),), slot_count=6
    )
    columns = candidates(exact(instance)).columns
    assert list(zip(columns.start_first.tolist(), columns.start_last.tolist(), strict=True)) == [(0, 0), (3, 4)]


def test_the_standby_of_its_hall_counts_beside_a_run() -> None:
    """The hall carries no standby in slot 1, the connection none beside the run in slot 3."""
    own = hall("h", it_power_limit_kw=(9.0, 1.0, 9.0, 9.0), commitment=Commitment(standby_power_kw=2.0))
    switched = site("s", own, import_limit_kw=(9.0, 9.0, 9.0, 6.0))
    for power_kw, open_slots in ((0.0, [0, 2, 3]), (5.0, [0, 2]), (7.0, [0, 2]), (7.001, [])):
        pausing = job("b", mode(8, 2, power_kw), preemption=Preemption(max_pause_count=1))
        columns = candidates(exact(problem(job("a", mode(8, 1, power_kw)), pausing, sites=(switched,)))).columns
        windows = range(int(columns.job_first[1]))
        assert [t for w in windows for t in range(columns.start_first[w], columns.start_last[w] + 1)] == open_slots
        lanes = columns.lanes
        assert [t for lane in lanes.open_row for t in np.flatnonzero(lanes.open_slots[lane])] == open_slots


def test_ignored_limits_do_not_cut_columns() -> None:
    inside = exact(problem(job("job", mode(24, 1))))
    assert candidates(inside).columns.column_count == 0
    label = LimitLabel(LimitKind.POOL_NODES, "pool", "nodes")
    relaxed = candidates(inside, frozenset({label}))
    assert relaxed.columns.column_count == 4
    assert relaxed.own_capacity.tolist() == [[2, 2, 2, 2]]


def test_selection_and_assignments_are_inverse() -> None:
    found = candidates(exact(problem(job("a", mode(8, 1), mode(16, 2)), job("b"), job("c", latest_end_time=at(2)))))
    plan = (
        Assignment(job="a", mode="H100x16", pool="pool", start_slot=1),
        Assignment(job="c", mode="H100x8", pool="pool", start_slot=0),
    )
    assert found.assignments(found.selection(plan)) == plan
    stale = (*plan[:1], Assignment(job="c", mode="H100x8", pool="pool", start_slot=3))
    assert found.assignments(found.selection(stale)) == plan[:1]
    nothing = Selection(np.full(3, -1, np.int32), np.zeros(3, np.int32))
    assert found.assignments(nothing) == ()
