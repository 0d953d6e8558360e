"""The comparison of warm with cold: what changes, what is compared, and that limits count CPU seconds."""

from __future__ import annotations

import time

import pytest

from benchmarks import warm
from optimizer import relay
from optimizer.generate.uk_no import generate_uk_no
from optimizer.params import SolveParams


def test_one_job_in_a_hundred_changes_and_keeps_its_name() -> None:
    problem = generate_uk_no(200, 0)
    after = warm.jobs_changed(problem)
    assert [job.name for job in after.jobs] == [job.name for job in problem.jobs]
    assert 1 <= sum(old != new for old, new in zip(problem.jobs, after.jobs, strict=True)) <= 2


def test_one_connection_has_a_tenth_less() -> None:
    problem = generate_uk_no(20, 0)
    after = warm.limit_changed(problem)
    changed = [(old, new) for old, new in zip(problem.sites, after.sites, strict=True) if old != new]
    assert len(changed) == 1
    old, new = changed[0]
    assert new.import_limit_kw == pytest.approx([0.9 * kw for kw in old.import_limit_kw])


def test_a_trace_keeps_the_falling_gaps_and_says_when_one_was_reached() -> None:
    trace = warm.Trace()
    for objective, bound in ((50, 100), (40, 100), (90, 100)):
        trace._note(objective, bound)
    assert [gap for _, gap in trace.points] == pytest.approx([0.5, 0.1])
    assert trace.reached(0.2) == trace.points[1][0]
    assert trace.reached(0.01) is None


def test_a_ratio_counts_with_and_without_what_every_solve_does_first() -> None:
    one = warm.Comparison(gap=0.01, cold=21.0, warm=3.0, best=0.01, floors=(1.0, 1.0))
    assert (one.ratio, one.ratio_above_floor) == (7.0, 10.0)
    never = warm.Comparison(gap=0.01, cold=21.0, warm=None, best=0.02, floors=(1.0, 1.0))
    assert (never.ratio, never.ratio_above_floor) == (0.0, 0.0)


def test_the_clock_of_a_limit_is_the_cpu_time_of_the_process() -> None:
    with warm.cpu_clock():
        clock = relay.Clock.start(1.0)
        assert abs(clock.begin - time.process_time()) < 60.0
    assert relay.time is time


def test_warm_and_cold_are_compared_at_the_gap_where_the_cold_solve_ends(capsys: pytest.CaptureFixture[str]) -> None:
    problem, params = generate_uk_no(20, 0), SolveParams(engine="price", time_limit_seconds=1.0, thread_count=1)
    # loads the kernels, which would take most of the first limit
    warm.solve(problem, SolveParams(engine="price", work_limit=1, thread_count=1))
    first, trace = warm.solve(problem, params)
    assert 0.0 < trace.floor <= trace.points[-1][0]
    runs = warm.compare(warm.changed(problem, first, "one limit"), first, params)
    assert [run.gap for run in runs] == sorted((run.gap for run in runs), reverse=True)
    assert runs[-1].cold >= runs[0].cold
    warm.print_table({"one limit": [runs]})
    assert capsys.readouterr().out.count("one limit") == len(warm.PARTS)
