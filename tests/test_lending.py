"""Idle reserved nodes are lent to whom their holder admits, and to nobody else: down to one node, one slot, one second."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import combinations_with_replacement

import pytest

from optimizer.exact.problem import Claimant, ExactPool, ExactProblem, exact
from optimizer.problem import Job, Preemption, Problem, Reservation, Tenant
from optimizer.solution import Assignment
from optimizer.verify.plan import Rule, RuleViolation, verify
from tests.fleet import hall, job, mode, pool, problem, site

MINUTES = timedelta(minutes=1)


def yields(name: str, vacate: timedelta, *, pauses: int = 1, tenant: str = "") -> Job:
    """A job of one node for two hours that leaves within ``vacate``."""
    return job(name, mode(8, 2), tenant=tenant, preemption=Preemption(max_pause_count=pauses, vacate_duration=vacate))


def lent(*jobs: Job, reclaim: timedelta | None = 30 * MINUTES, nodes: int = 3, held: int = 2) -> Problem:
    """``nodes`` nodes, of which the lab holds ``held`` and lends them for as long as it gets them back in time."""
    lab = Tenant(name="lab", reservations=(Reservation(pool="pool", node_count=(held,), reclaim_duration=reclaim),))
    return problem(*jobs, sites=(site("s", hall("h", pool(node_count=(nodes,)))),), tenants=(lab,))


def broken(instance: Problem, *names: str) -> tuple[RuleViolation, ...]:
    plan = [Assignment(job=name, mode="H100x8", pool="pool", start_slot=0) for name in names]
    return verify(exact(instance), plan).violations


def test_a_borrower_may_take_every_idle_node_and_no_more() -> None:
    instance = lent(*(yields(name, 30 * MINUTES) for name in "abcd"))
    assert not broken(instance, "a", "b", "c")
    (found, *_) = broken(instance, "a", "b", "c", "d")
    assert (found.rule, found.element, found.amount) == (Rule.LIMIT_EXCEEDED, "pool", 1)


@pytest.mark.parametrize(
    ("reclaim", "refused"),
    [
        (30 * MINUTES, yields("x", 30 * MINUTES + timedelta(seconds=1))),
        (30 * MINUTES, yields("x", timedelta(0), pauses=0)),
        (30 * MINUTES, job("x", mode(8, 2))),
        (None, yields("x", timedelta(0))),
    ],
    ids=("a second too slow", "pauses zero times", "never pauses", "not lent"),
)
def test_whoever_does_not_leave_in_time_is_refused_down_to_one_node(reclaim: timedelta | None, refused: Job) -> None:
    """One node is nobody's: one such run fits, the second stands on a reserved node and breaks its row by one."""
    other = replace(refused, name="y")
    instance = lent(refused, other, reclaim=reclaim)
    assert not broken(instance, "x")
    found = broken(instance, "x", "y")
    assert [(v.rule, v.element, v.slot, v.amount, v.unit) for v in found] == [
        (Rule.LIMIT_EXCEEDED, "pool held for lab", slot, 1, "nodes") for slot in (0, 1)
    ]


def test_the_holder_s_own_nodes_come_first() -> None:
    """What the lab runs is on its own nodes; a borrower then has only the rest."""
    instance = lent(yields("x", MINUTES), yields("y", MINUTES), job("a", mode(8, 2), tenant="lab"))
    assert not broken(instance, "x", "y", "a")
    full = lent(*(yields(name, MINUTES) for name in "xy"), *(job(name, mode(8, 2), tenant="lab") for name in "ab"))
    assert [(v.element, v.amount) for v in broken(full, "x", "y", "a", "b")] == [("pool", 1), ("pool", 1)]


def test_a_slow_borrower_has_only_the_patient_holder_s_nodes() -> None:
    """Two holders of one node each, reclaiming in 10 and 60 minutes; a job that needs 30 may stand on the second's only."""
    tenants = tuple(
        Tenant(name=name, reservations=(Reservation(pool="pool", node_count=(1,), reclaim_duration=reclaim),))
        for name, reclaim in (("hasty", 10 * MINUTES), ("patient", 60 * MINUTES))
    )
    jobs = (yields("slow", 30 * MINUTES), yields("slow too", 30 * MINUTES), yields("quick", 10 * MINUTES))
    instance = problem(*jobs, sites=(site("s", hall("h", pool(node_count=(2,)))),), tenants=tenants)
    assert not broken(instance, "slow", "quick")
    assert {v.element for v in broken(instance, "slow", "slow too")} == {"pool held for hasty"}


def _admitted(pool: ExactPool, claimants: tuple[Claimant, ...]) -> bool:
    """Whether every claimant gets a node of its own in the first slot, by trying all ways: nodes are held or free."""
    free = pool.node_count[0] - sum(r.node_count[0] for r in pool.reservations)

    def seat(rest: tuple[Claimant, ...], left: tuple[int, ...]) -> bool:
        if not rest:
            return True
        open_to = [True, *(r.admits(rest[0]) for r in pool.reservations)]
        return any(
            left[k] > 0 and open_to[k] and seat(rest[1:], (*left[:k], left[k] - 1, *left[k + 1 :])) for k in range(len(left))
        )

    return seat(claimants, (free, *(r.node_count[0] for r in pool.reservations)))


def _kept(inside: ExactProblem, pool: ExactPool, counts: dict[str, int]) -> bool:
    plan = [
        Assignment(job=f"{name} {k}", mode="H100x8", pool=pool.name, start_slot=0)
        for name, count in counts.items()
        for k in range(count)
    ]
    return verify(inside, plan).feasible


@pytest.mark.parametrize("reclaims", [(None, 10), (10, 60), (10, 10), (0, None)])
def test_the_rows_say_exactly_that_every_run_finds_a_node(reclaims: tuple[int | None, ...]) -> None:
    """Against trying all seats, for every plan of up to four runs of six kinds on four nodes with two holders."""
    tenants = tuple(
        Tenant(
            name=name,
            reservations=(
                Reservation(pool="pool", node_count=(n,), reclaim_duration=None if minutes is None else minutes * MINUTES),
            ),
        )
        for name, n, minutes in zip("ab", (1, 2), reclaims, strict=True)
    )
    kinds = {
        "a's": job("a's", mode(8, 1), tenant="a"),
        "b's": job("b's", mode(8, 1), tenant="b"),
        "a's quick": yields("a's quick", 5 * MINUTES, tenant="a"),
        "b's slow": yields("b's slow", 30 * MINUTES, tenant="b"),
        "slow": yields("slow", 60 * MINUTES),
        "stays": job("stays", mode(8, 1)),
    }
    jobs = [replace(kind, name=f"{name} {k}") for name, kind in kinds.items() for k in range(4)]
    inside = exact(problem(*jobs, sites=(site("s", hall("h", pool(node_count=(4,)))),), tenants=tenants))
    claimant = {found.name: found.claimant for found in inside.jobs}
    agreed = {True: 0, False: 0}
    for count in (3, 4):
        for names in combinations_with_replacement(kinds, count):
            counts = {name: names.count(name) for name in kinds}
            expected = _admitted(inside.pools[0], tuple(claimant[f"{name} 0"] for name in names))
            assert _kept(inside, inside.pools[0], counts) is expected, names
            agreed[expected] += 1
    assert min(agreed.values()) > 0
