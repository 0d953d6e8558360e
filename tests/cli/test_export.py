"""Exported models hold all of the model but tiers: another solver that reads one finds the best known worth."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.cli.exit_codes import ExitCode
from optimizer.cli.main import main
from optimizer.io.best_known import read_best_known

INSTANCES = Path(__file__).parents[2] / "instances"
#: What a plan's batteries lose to whole watts.
ROUNDING_MICROS = 1_000


@pytest.mark.parametrize("name", ["plant/battery.json", "plant/switched.json", "links/north.json", "topology/racks.json"])
@pytest.mark.parametrize("format", ["lp", "mps"])
def test_another_solver_finds_the_best_known_worth(name: str, format: str, tmp_path: Path) -> None:
    import highspy

    file, model = INSTANCES / name, tmp_path / f"model.{format}"
    assert main(["export", str(file), "--format", format, "--out", str(model)]) == ExitCode.SOLVED
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.readModel(str(model))
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    best = read_best_known(file.parent)[file.name].objective_micros
    assert best is not None
    assert best - 1 <= solver.getInfo().objective_function_value <= best + ROUNDING_MICROS


def test_tiers_are_refused_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "model.lp"
    assert main(["export", str(INSTANCES / "uk-no" / "tiers.json"), "--format", "lp", "--out", str(model)]) != ExitCode.SOLVED
    assert not model.exists()
    told = capsys.readouterr()
    assert "PRIORITY_TIERS is not supported by export" in told.out + told.err
    assert "a model has one objective" in told.out + told.err
