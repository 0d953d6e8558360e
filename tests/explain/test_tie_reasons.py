"""A job left out for the sake of its ties says which: the job it waits for, or where its group runs."""

from __future__ import annotations

from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Group, GroupKind, Precedence, Problem, RunningPlacement
from optimizer.solution import TerminationReason, Unplaced, UnplacedReason
from tests.fleet import at, hall, hours, job, mode, pool, problem, site

TWO_SITES = (site("s", hall("h", pool("p", (3,)))), site("n", hall("k", pool("q", (3,))), region_code="NO"))


def left_out(instance: Problem) -> dict[str, Unplaced]:
    return {entry.job: entry for entry in solve(instance, SolveParams(engine="highs", time_limit_seconds=120)).unplaced}


def test_a_successor_is_out_because_its_predecessor_is() -> None:
    told = left_out(
        problem(job("first", mode(24)), job("second"), precedences=(Precedence(predecessor="first", successor="second"),))
    )
    assert told["first"].reason is UnplacedReason.GANG_EXCEEDS_POOL
    assert told["second"].reason is UnplacedReason.PREDECESSOR_NOT_PLACED
    assert told["second"].blocking_jobs == ("first",)


def test_a_predecessor_that_ends_too_late_leaves_no_window() -> None:
    instance = problem(
        job("first", mode(8, 3), value=None),
        job("second", mode(8, 1), latest_end_time=at(4)),
        precedences=(Precedence(predecessor="first", successor="second", lag=hours(1)),),
        slot_count=6,
    )
    second = left_out(instance)["second"]
    assert second.reason is UnplacedReason.WINDOW_TOO_SHORT
    assert second.shortfall is not None
    assert (second.shortfall.amount, second.shortfall.unit) == (1, "slots")
    assert "leaves 1 slot too few" in second.message


def test_the_group_runs_where_the_job_cannot() -> None:
    instance = problem(
        job("a", mode(8, 4, pools=("p",)), value=500.0),
        job("b", mode(8, 4, pools=("q",))),
        groups=(Group(name="near", kind=GroupKind.SAME_SITE, jobs=("a", "b")),),
        sites=TWO_SITES,
    )
    told = left_out(instance)["b"]
    assert told.reason is UnplacedReason.GROUP_ELSEWHERE
    assert told.blocking_jobs == ("a",)
    assert "near" in told.message


def test_a_group_apart_keeps_its_third_job_out() -> None:
    instance = problem(
        *map(job, "abc"), groups=(Group(name="apart", kind=GroupKind.DIFFERENT_SITES, jobs=("a", "b", "c")),), sites=TWO_SITES
    )
    told = left_out(instance)
    assert [entry.reason for entry in told.values()] == [UnplacedReason.GROUP_ELSEWHERE]


def test_a_conflict_counts_order() -> None:
    """Each job alone fits, and both fit side by side; one after the other they do not."""
    instance = problem(
        job("first", mode(8, 2), value=None, earliest_start_time=at(1)),
        job("second", mode(8, 2), value=None, latest_end_time=at(4)),
        precedences=(Precedence(predecessor="first", successor="second"),),
    )
    result = solve(instance, SolveParams(engine="cp_sat", time_limit_seconds=120))
    assert result.termination.reason is TerminationReason.INFEASIBLE
    assert result.conflict is not None
    assert set(result.conflict.jobs) == {"first", "second"}
    assert result.conflict.limits == ()


def test_a_running_job_that_may_not_move_cannot_wait() -> None:
    instance = problem(
        job("first", mode(8, 1)),
        job("second", mode(8, 1), running=RunningPlacement(pool="pool", mode="H100x8", movable=False)),
        precedences=(Precedence(predecessor="first", successor="second"),),
    )
    second = left_out(instance)["second"]
    assert second.reason is UnplacedReason.PREDECESSOR_NOT_PLACED
    assert second.blocking_jobs == ("first",)
