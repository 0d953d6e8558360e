"""The inline executor runs the function it is given, in this process."""

from __future__ import annotations

import os

import pytest

from optimizer.errors import InvalidProblemError
from optimizer.execution.inline import InlineExecutor
from optimizer.params import SolveParams
from tests.execution import fakes
from tests.execution.support import ASSIGNMENT, Recorder, figures


def test_it_runs_here_and_passes_everything_on() -> None:
    recorder = Recorder()
    result = InlineExecutor(fakes.SCRIPTED).solve(
        fakes.problem("report=2+plan=5+echo"), SolveParams(seed=9), initial=[ASSIGNMENT], monitor=recorder
    )
    told = figures(result)
    assert (told["process_id"], told["seed"], told["initial_count"]) == (os.getpid(), 9, 1)
    assert len(recorder.progress_seen) == 2
    assert len(recorder.plans_seen) == 1


def test_errors_pass_through() -> None:
    with pytest.raises(InvalidProblemError):
        InlineExecutor(fakes.SCRIPTED).solve(fakes.problem("violations"))
