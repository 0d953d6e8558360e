"""The day of contracts: the shipped file, its optimum, and what lending and the floor change in it."""

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.exact.problem import exact
from optimizer.generate.contracts import CONTRACTS_FILE, contracts_day
from optimizer.io.best_known import read_best_known
from optimizer.io.files import read_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem
from optimizer.solution import Result, TerminationReason
from optimizer.validate import validate
from optimizer.verify.bound import verify_with_bound

UK_NO = Path(__file__).parents[2] / "instances" / "uk-no"
BORROWERS = {"sweep-1", "sweep-2"}
RESEARCH = {"climate-1", "climate-2"}


def solved(problem: Problem, engine: str = "highs") -> Result:
    result = solve(problem, SolveParams(engine=engine, time_limit_seconds=60, thread_count=1))
    assert result.termination.reason is TerminationReason.OPTIMAL
    assert verify_with_bound(exact(problem), result).violations == ()
    return result


def placed(result: Result) -> set[str]:
    return {placement.job for placement in result.placements}


def test_the_shipped_file_is_the_day():
    problem = read_problem(UK_NO / CONTRACTS_FILE)
    assert problem == contracts_day()
    assert not validate(problem)


@pytest.mark.parametrize("engine", ["highs", "cp_sat"])
def test_idle_nodes_are_lent_and_research_gets_its_share(engine):
    result = solved(contracts_day(), engine)
    assert result.termination.objective_micros == read_best_known(UK_NO)[CONTRACTS_FILE].objective_micros
    assert placed(result) >= BORROWERS | RESEARCH
    (usage,), (share,) = result.tenancy, result.shares
    assert usage.reserved_node_slots == 5 * 24
    assert usage.used_node_slots == 3 * 6 + 5 * 4
    assert usage.lent_node_slots > 0
    assert usage.fee_micros == 5 * 24 * 14 * 1_000_000
    assert (share.shortfall_gpu_slots, share.shortfall_cost_micros) == (0, 0)


def test_nobody_borrows_what_is_not_lent():
    day = contracts_day()
    tenants = tuple(
        replace(tenant, reservations=tuple(replace(held, reclaim_duration=None) for held in tenant.reservations))
        for tenant in day.tenants
    )
    result = solved(replace(day, tenants=tenants))
    assert not placed(result) & BORROWERS
    assert [usage.lent_node_slots for usage in result.tenancy] == [0]


def test_without_its_floor_research_is_outbid():
    day = contracts_day()
    result = solved(replace(day, tenants=tuple(replace(tenant, share_floor=None) for tenant in day.tenants)))
    assert not placed(result) & RESEARCH
    assert "risk-3" in placed(result)
