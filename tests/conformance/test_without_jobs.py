"""What is left of a conformance problem without its jobs: halls, load and batteries to run, which engines do alike and soon."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.engines import registry
from optimizer.features import OF_ANY_ENGINE, features
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem
from optimizer.solution import TerminationReason
from tests.conformance.problems import PROBLEMS


def without_jobs(meant: Problem) -> Problem:
    return replace(meant, jobs=(), groups=(), precedences=())


def lacking(engine: str, meant: Problem) -> set[str]:
    return set(features(meant)) - registry.create(engine).features - OF_ANY_ENGINE


#: One name for each that differs, where there is something to run: most problems have nothing but their jobs.
NAMES = {
    meant: name
    for name, meant in ((name, without_jobs(each)) for name, each in PROBLEMS.items())
    if any(site.battery or site.flexible_loads or any(hall.commitment for hall in site.halls) for site in meant.sites)
}


@pytest.mark.parametrize("meant", NAMES, ids=NAMES.values())
def test_engines_run_alike_what_is_left(meant: Problem) -> None:
    results = {
        engine: solve(meant, SolveParams(engine=engine, work_limit=2_000, thread_count=1))
        for engine in registry.names()
        if not lacking(engine, meant)
    }
    best = results["highs"].termination
    assert best.reason is TerminationReason.OPTIMAL
    for engine, result in results.items():
        end = result.termination
        assert end.objective_micros is not None, engine
        assert end.objective_micros <= best.objective_micros, engine
        assert end.bound_micros is None or end.bound_micros >= best.objective_micros, engine
        if engine in ("cp_sat", "auto"):
            assert end.objective_micros == best.objective_micros, engine
