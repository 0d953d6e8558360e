"""Generated multiple-choice knapsack files are the shipped ones and can be served."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.generate.mmkp import SHIPPED_MMKP, generate_mmkp
from optimizer.io.importers import import_problem

MMKP = Path(__file__).parents[2] / "instances" / "benchmarks" / "mmkp"


@pytest.mark.parametrize("name", SHIPPED_MMKP)
def test_a_shipped_file_is_what_the_generator_gives(name):
    assert (MMKP / name).read_text() == generate_mmkp(*SHIPPED_MMKP[name])


def test_the_text_reads_back_with_its_sizes(tmp_path):
    path = tmp_path / "k.txt"
    path.write_text(generate_mmkp(4, 3, 2, seed=9))
    problem = import_problem("mmkp", path)
    assert [len(job.modes) for job in problem.jobs] == [3] * 4
    assert len(problem.resources) == 2
    assert all(job.modes[0].resource_uses == () and job.modes[0].cost == 0 for job in problem.jobs)
