"""A run in a process of its own: its figures reach the table, or what it said last."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from benchmarks import run
from benchmarks.measure import Measurement
from benchmarks.registry import ROOT, Instance

#: As a solver does that still runs when its answer is there.
CAPTURED = """
import os, sys
from benchmarks import measure

def solved(*given):
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return measure.Measurement(instance="tiny", engine="pyomo")

measure.measure = solved
sys.argv = ["measure", "tiny.json"]
measure.main()
"""


def test_figures_are_told_where_a_solver_still_holds_the_output() -> None:
    done = subprocess.run([sys.executable, "-c", CAPTURED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert Measurement(**json.loads(done.stdout)).instance == "tiny"


@pytest.mark.parametrize(("code", "said", "error"), [(0, "", "no message"), (0, "a\nlast", "last"), (3, "last", "last")])
def test_a_run_without_figures_is_a_row_that_says_so(monkeypatch: pytest.MonkeyPatch, code: int, said: str, error: str) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *given, **named: SimpleNamespace(returncode=code, stdout="", stderr=said))
    instance = Instance("tiny", ROOT / "instances/uk-no/tiny.json")
    row = run.run_one(instance, "pyomo", 1.0, None, 0)
    assert (row.instance, row.engine, row.error) == ("tiny", "pyomo", error)
