"""Every engine on every conformance problem: the brute-forced optimum, verified, or a proof that there is none."""

from __future__ import annotations

import pytest

from optimizer.engines import registry
from optimizer.engines.base import Capability
from optimizer.features import OF_ANY_ENGINE, features
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.solution import TerminationReason
from tests.conformance.brute_force import best_worths, optimum_micros
from tests.conformance.problems import PROBLEMS
from tests.conformance.solved import solved_by_work, solved_to_the_end

EXACT = tuple(name for name in registry.names() if Capability.PROVES_OPTIMALITY in registry.create(name).capabilities)
HEURISTIC = tuple(name for name in registry.names() if name not in EXACT)


def skip_unless_declared(engine: str, name: str) -> None:
    """An engine refuses by name what it does not declare; test_pipeline holds it to that."""
    lacking = set(features(PROBLEMS[name])) - registry.create(engine).features - OF_ANY_ENGINE
    if lacking:
        pytest.skip(f"{engine} does not declare {', '.join(sorted(lacking))}")


def optimum(name: str) -> int | None:
    return optimum_micros(PROBLEMS[name])


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("engine", EXACT)
def test_exact_engines_prove_the_optimum(engine: str, name: str) -> None:
    skip_unless_declared(engine, name)
    result = solved_to_the_end(engine, name)
    end = result.termination
    if optimum(name) is None:
        assert end.reason is TerminationReason.INFEASIBLE
        assert end.objective_micros is None
        assert not result.placements
        assert result.conflict is not None
        assert result.conflict.jobs
    else:
        assert end.reason is TerminationReason.OPTIMAL
        assert result.verified
        assert end.objective_micros == optimum(name)
        assert end.bound_micros is not None
        assert end.bound_micros >= end.objective_micros
        if PROBLEMS[name].jobs and any(job.priority_tier is not None for job in PROBLEMS[name].jobs):
            assert tuple(tier.objective_micros for tier in result.tiers) == best_worths(PROBLEMS[name])
            assert all(tier.relative_gap == pytest.approx(0.0, abs=1e-8) for tier in result.tiers)
        else:
            assert end.relative_gap == pytest.approx(0.0, abs=1e-8)


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("engine", HEURISTIC)
def test_heuristic_engines_stay_below_the_optimum(engine: str, name: str) -> None:
    skip_unless_declared(engine, name)
    result = solved_by_work(engine, name)
    end = result.termination
    if end.objective_micros is None:
        assert PROBLEMS[name].jobs
        assert any(job.value is None for job in PROBLEMS[name].jobs), "only mandatory jobs may leave a plan unfound"
    else:
        assert result.verified
        best = best_worths(PROBLEMS[name])
        assert best is not None
        mine = tuple(tier.objective_micros for tier in result.tiers) or (end.objective_micros,)
        assert mine <= best
    if end.bound_micros is not None and optimum(name) is not None:
        assert end.bound_micros >= (optimum(name) or 0)


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_job_is_placed_or_explained_and_terms_add_up(name: str) -> None:
    result = solve(PROBLEMS[name], SolveParams(engine="highs", time_limit_seconds=60))
    if result.termination.objective_micros is None:
        return
    told = [placement.job for placement in result.placements] + [entry.job for entry in result.unplaced]
    assert sorted(told) == sorted(job.name for job in PROBLEMS[name].jobs)
    assert result.terms.objective_micros == result.termination.objective_micros
    parts = (*result.placements, *result.operations)
    of_no_job = result.terms.stop_cost_micros + result.terms.shortfall_cost_micros
    of_no_job += result.terms.hall_cost_micros + result.terms.switching_cost_micros
    assert result.terms.objective_micros == sum(p.terms.objective_micros for p in parts) - of_no_job
    assert all(headroom >= 0 for usage in result.usages for headroom in usage.headroom if usage.used != usage.capacity)
