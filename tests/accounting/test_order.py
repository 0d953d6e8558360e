"""The windows that order alone implies, and the columns left in them."""

from __future__ import annotations

from itertools import product

from optimizer.accounting.ledger import Run
from optimizer.accounting.order import OrderWindow, order_windows, topological
from optimizer.columns.candidates import candidates
from optimizer.exact.problem import exact
from optimizer.formulation.selections import value_of
from optimizer.problem import Group, GroupKind, Precedence, Problem
from optimizer.solution import Assignment
from optimizer.verify.plan import verify
from tests.fleet import at, hall, hours, job, mode, pool, problem, site


def after(*pairs: tuple[str, str, float]) -> tuple[Precedence, ...]:
    return tuple(Precedence(predecessor=a, successor=b, lag=hours(lag)) for a, b, lag in pairs)


def test_successors_are_pushed_and_predecessors_of_jobs_that_must_run_are_pulled() -> None:
    instance = problem(
        job("a", mode(8, 2), mode(16, 1), earliest_start_time=at(1)),
        job("b", mode(8, 3), value=None, latest_end_time=at(9)),
        job("c", mode(8, 1)),
        precedences=after(("a", "b", 1), ("b", "c", 0)),
        slot_count=10,
    )
    assert order_windows(exact(instance)) == {
        "a": OrderWindow(1, 5),
        "b": OrderWindow(3, 9),
        "c": OrderWindow(6, 10),
    }


def test_an_optional_successor_pulls_nothing() -> None:
    instance = problem(job("a"), job("b", mode(8, 3)), precedences=after(("a", "b", 0)))
    assert order_windows(exact(instance))["a"] == OrderWindow(0, 4)


def test_a_problem_without_order_has_no_windows() -> None:
    assert order_windows(exact(problem(job("a")))) == {}


def test_every_job_comes_after_all_it_waits_for() -> None:
    instance = exact(problem(*map(job, "abcd"), precedences=after(("d", "b", 0), ("b", "a", 0), ("d", "a", 0), ("a", "c", 0))))
    assert topological(instance.precedences) == ["d", "b", "a", "c"]


def _choices(instance: Problem) -> list[list[Assignment | None]]:
    inside = exact(instance)
    return [
        [None]
        + [
            Assignment(job=item.name, mode=way.name, pool=where.name, start_slot=start)
            for way in item.modes
            for where in inside.pools
            for start in range(inside.slot_count)
            if Run(item, way, where, start).end <= inside.slot_count
        ]
        for item in inside.jobs
    ]


def test_selections_are_judged_as_plans_are() -> None:
    """Columns, ``value_of`` and ``verify`` agree on every plan of a problem with order and groups of each kind."""
    instance = problem(
        job("a", mode(8, 1)),
        job("b", mode(8, 1), value=90.0),
        job("c", mode(8, 1), value=None),
        precedences=after(("a", "c", 0), ("b", "c", 1)),
        groups=(
            Group(name="near", kind=GroupKind.SAME_HALL, jobs=("a", "b")),
            Group(name="far", kind=GroupKind.DIFFERENT_SITES, jobs=("b", "c")),
            Group(name="rack", kind=GroupKind.SAME_DOMAIN, jobs=("a", "b")),
        ),
        sites=(site("s", hall("h", pool("p", nodes_per_domain=2))), site("n", hall("k", pool("q", nodes_per_domain=2)))),
        slot_count=4,
    )
    inside = exact(instance)
    found = candidates(inside)
    kept = 0
    for choice in product(*_choices(instance)):
        plan = [item for item in choice if item is not None]
        checked = verify(inside, plan)
        selection = found.selection(plan)
        value = value_of(found.columns, selection) if (selection.window >= 0).sum() == len(plan) else None
        assert value == (checked.objective_micros if checked.feasible else None)
        kept += checked.feasible
    assert kept > 1
