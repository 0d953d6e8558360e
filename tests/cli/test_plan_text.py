"""Plans and conflicts in a terminal's tables."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest

from optimizer.cli.console import Console
from optimizer.cli.exit_codes import ExitCode, of_result
from optimizer.cli.outcome import outcome
from optimizer.cli.plan_text import print_result
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem
from optimizer.solution import Result, StoppedBy, Termination, TerminationReason
from tests.fleet import job, mode, problem, site
from tests.report.samples import infeasible_result, optimal, sample_problem, sample_result


def printed(problem: Problem, result: Result, everything: bool = False) -> str:
    stream = io.StringIO()
    print_result(problem, result, Console(stream, stream), everything=everything)
    return stream.getvalue()


def test_a_small_plan_is_printed_whole() -> None:
    problem = sample_problem(12)
    result = sample_result(problem)
    text = printed(problem, result)
    assert all(re.search(rf"^  {p.job} ", text, re.MULTILINE) for p in result.placements)
    assert all(f"{site.name} ({site.region_code})\n" in text for site in problem.sites)
    assert "Verified; at most 0.40 % from optimal.\n" in text
    assert "not shown" not in text


def test_the_terms_add_up_as_printed() -> None:
    problem = sample_problem(40, nodes=16)
    text = printed(problem, sample_result(problem))
    table = text.partition("Objective by term\n")[2].partition("\n\n")[0]
    amounts = [float(found.replace("£", "").replace(",", "")) for found in re.findall(r"(-?£[\d,.]+)$", table, re.MULTILINE)]
    assert len(amounts) > 2
    assert sum(amounts[:-1]) == pytest.approx(amounts[-1], abs=1e-6)


def test_a_large_plan_shows_what_matters_and_counts_the_rest() -> None:
    problem = sample_problem(400, nodes=16)
    result = sample_result(problem)
    assert len(result.placements) > 60
    assert len(result.unplaced) > 20
    text = printed(problem, result)
    assert f"and {len(result.unplaced) - 20:,} more jobs not shown" in text
    assert text.count("\n") < 100
    hidden = sum(int(found.replace(",", "")) for found in re.findall(r"and ([\d,]+) more jobs? not shown", text))
    shown = len(re.findall(r"^  train-", text, re.MULTILINE))
    assert hidden + shown == 400
    assert "not shown" not in printed(problem, result, everything=True)


def test_an_infeasible_answer_is_the_conflict_and_what_helps() -> None:
    text = printed(sample_problem(12), infeasible_result())
    assert text.startswith("The mandatory jobs cannot all run.\n")
    assert "would help: +400 kW of grid connection at Loughton, Mon 1 Jun 17:00 to 19:00" in text
    assert "would not help alone: GPU nodes at narvik-h100" in text
    assert "erified" not in text


def test_the_outcome_for_machines() -> None:
    problem = sample_problem(12)
    result = sample_result(problem)
    found = outcome(problem, result)
    assert found["objective"] == result.termination.objective_micros / 1e6  # type: ignore[operator]
    assert found["placed_count"] == len(result.placements)
    assert found["termination"] == "FEASIBLE"
    assert found["verified"] is True
    empty = outcome(problem, infeasible_result())
    assert (empty["objective"], empty["bound"], empty["relative_gap"]) == (None, None, None)


def test_a_plan_without_reasons_still_counts_what_it_leaves_out() -> None:
    problem = sample_problem(200, nodes=8)
    result = sample_result(problem)
    left_out = 200 - len(result.placements)
    assert left_out > 0
    cut_short = replace(result, unplaced=())
    text = printed(problem, cut_short)
    assert text.startswith(f"{len(result.placements)} of 200 jobs run")
    assert f"Left out: {left_out} jobs\n  without reasons" in text
    assert outcome(problem, cut_short)["unplaced_count"] == left_out


def ended(reason: TerminationReason, stopped_by: StoppedBy) -> Result:
    return Result(termination=Termination(reason=reason, stopped_by=stopped_by), engine="greedy")


def test_exit_codes_follow_the_termination() -> None:
    problem = sample_problem(12)
    stopped = sample_result(problem)
    assert of_result(stopped) is ExitCode.STOPPED_WITH_PLAN
    assert of_result(optimal(stopped)) is ExitCode.SOLVED
    assert of_result(ended(TerminationReason.FEASIBLE, StoppedBy.NONE)) is ExitCode.SOLVED
    assert of_result(ended(TerminationReason.FEASIBLE, StoppedBy.CANCELLED)) is ExitCode.STOPPED_WITH_PLAN
    assert of_result(ended(TerminationReason.INFEASIBLE, StoppedBy.NONE)) is ExitCode.INFEASIBLE
    assert of_result(ended(TerminationReason.NO_PLAN_FOUND, StoppedBy.TIME_LIMIT)) is ExitCode.STOPPED_WITHOUT_PLAN
    assert of_result(ended(TerminationReason.NO_PLAN_FOUND, StoppedBy.NONE)) is ExitCode.STOPPED_WITHOUT_PLAN


def test_overhead_on_a_connection_of_nothing_is_past_it() -> None:
    dark = problem(job("idle", mode(8, 1, 0.0)), sites=(site("s", overhead_kw=(3.0,), import_limit_kw=(0.0,)),))
    text = printed(dark, solve(dark, SolveParams(engine="highs", time_limit_seconds=30)))
    assert re.search(r"^  s +1 +3 kW +0 W +> 100% ", text, re.MULTILINE), text
