"""A run limited by work alone gives the same bytes in any process, on one thread and on two."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TINY = str(ROOT / "instances" / "uk-no" / "tiny.json")
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "proto")))}
SCRIPT = """
import sys
from optimizer import pipeline
from optimizer.generate.uk_no import generate_uk_no
from optimizer.io.files import read_problem, write_plan
from optimizer.params import SolveParams

source, engine, threads, work, path = sys.argv[1:]
problem = generate_uk_no(int(source), 0) if source.isdigit() else read_problem(source)
write_plan(pipeline.solve(problem, SolveParams(engine=engine, thread_count=int(threads), work_limit=int(work))), path)
"""


def plan(path: Path, source: str, engine: str, threads: int, work: int, hash_seed: int) -> bytes:
    command = [sys.executable, "-c", SCRIPT, source, engine, str(threads), str(work), str(path)]
    environment = {**ENVIRONMENT, "PYTHONHASHSEED": str(hash_seed)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return path.read_bytes()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("source", "engine", "work"),
    [
        pytest.param(TINY, "price", 20_000, id="tiny-price"),
        pytest.param(TINY, "greedy", 5, id="tiny-greedy"),
        pytest.param(TINY, "auto", 1_000, id="tiny-auto"),
        pytest.param(TINY, "cp_sat", 5, id="tiny-cp_sat"),
        pytest.param(TINY, "highs", 5, id="tiny-highs"),
        ("60", "price", 20_000),
        ("60", "greedy", 5),
        ("60", "auto", 1_000),
        ("15", "cp_sat", 1),
        ("15", "highs", 1),
    ],
)
def test_equal_work_gives_equal_bytes(source: str, engine: str, work: int, threads: int, tmp_path: Path) -> None:
    first = plan(tmp_path / "first.json", source, engine, threads, work, hash_seed=1)
    assert b'"placements"' in first
    assert plan(tmp_path / "second.json", source, engine, threads, work, hash_seed=2) == first
