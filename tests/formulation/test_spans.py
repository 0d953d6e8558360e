"""Span rows hold for every selection, and cut off halves of a job in two places."""

from __future__ import annotations

import itertools

import numpy as np

from optimizer.columns.table import Columns
from optimizer.formulation.milp import Milp, pulse
from optimizer.formulation.rows import RowFamily
from optimizer.formulation.spans import PLAIN, Span, broken_span_rows, span_row
from optimizer.formulation.strengthen import ORDERS
from tests.engines.tiny_columns import TinyWindow, random_columns, tiny_columns


def two_jobs() -> tuple[Columns, Milp]:
    """Job 0 runs two slots from slot 0 or 2, job 1 all four; together they do not fit."""
    windows = [TinyWindow(0, 0, 2, base=10, duration=2, uses={0: 6}), TinyWindow(1, 0, 0, base=10, duration=4, uses={0: 6})]
    columns = tiny_columns(windows, [[10] * 4], slot_count=4, mandatory=[False] * 2)
    return columns, pulse(columns)


def selections_that_fit(milp: Milp) -> list[np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Every 0-1 point of ``milp``, none over a row."""
    rows, points = milp.rows, []
    of_job = [[None, *np.flatnonzero(milp.job == job).tolist()] for job in np.unique(milp.job)]
    for choice in itertools.product(*of_job):
        point = np.zeros(milp.column_count)
        point[[c for c in choice if c is not None]] = 1.0
        total = np.bincount(rows.entry_row, rows.coefficient * point[rows.column], minlength=rows.count)
        if (total <= rows.capacity).all():
            points.append(point)
    return points


def test_half_a_job_now_and_half_of_it_later_is_cut_off() -> None:
    columns, milp = two_jobs()
    at = {(int(w), int(s)): i for i, (w, s) in enumerate(zip(milp.window, milp.start))}
    activity = np.zeros(milp.column_count)
    activity[[at[0, 0], at[0, 2], at[1, 0]]] = 0.5
    rows = broken_span_rows(columns, milp, activity, set())
    assert rows is not None
    assert set(rows.family.tolist()) == {RowFamily.SPAN}
    total = np.bincount(rows.entry_row, rows.coefficient * activity[rows.column], minlength=rows.count)
    assert (total > rows.capacity).all()
    assert (1, 2) in set(zip(rows.order.tolist(), rows.capacity.tolist()))


def test_a_span_is_made_once() -> None:
    columns, milp = two_jobs()
    activity = np.full(milp.column_count, 0.5)
    known: set[Span] = set()
    assert broken_span_rows(columns, milp, activity, known) is not None
    assert broken_span_rows(columns, milp, activity, known) is None


def test_a_plan_breaks_none() -> None:
    columns, milp = two_jobs()
    for point in selections_that_fit(milp):
        assert broken_span_rows(columns, milp, point, set()) is None


def test_every_span_row_holds_for_every_selection_that_fits() -> None:
    checked = 0
    for seed in range(40):
        columns = random_columns(seed)
        milp = pulse(columns)
        points = selections_that_fit(milp)
        for limit, order, job in itertools.product(range(len(columns.limits)), (PLAIN, *ORDERS[:3]), np.unique(milp.job)):
            for first, last in itertools.combinations(range(columns.slot_count), 2):
                capacity = int(columns.capacity[limit, first : last + 1].max())
                if capacity <= 0:
                    continue
                row = span_row(columns, milp, Span(0.0, limit, order, capacity, int(job), first, last))
                for point in points:
                    assert (row.coefficient * point[row.column]).sum() <= row.capacity[0]
                    checked += 1
    assert checked > 10_000


def test_found_rows_are_broken_by_what_they_answer() -> None:
    found = 0
    for seed in range(40):
        columns = random_columns(seed)
        milp = pulse(columns)
        activity = np.random.default_rng(seed).random(milp.column_count)
        rows = broken_span_rows(columns, milp, activity, set())
        if rows is not None:
            total = np.bincount(rows.entry_row, rows.coefficient * activity[rows.column], minlength=rows.count)
            assert (total > rows.capacity).all()
            found += rows.count
    assert found > 20
