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


def test_a_model_of_more_runs_in_pieces_than_a_file_lists_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from optimizer.generate.uk_no import generate_uk_no
    from optimizer.io.files import write_problem

    instance, model = tmp_path / "fleet.json", tmp_path / "model.lp"
    write_problem(generate_uk_no(40, 1, preemptible_share=1.0), instance)
    assert main(["export", str(instance), "--format", "lp", "--out", str(model)]) == ExitCode.INVALID_INPUT
    assert capsys.readouterr().err.startswith(
        "error: jobs: the jobs that may pause or change have more than 20,000 runs in pieces"
    )
    assert not model.exists()


def test_a_plan_that_the_format_cannot_hold_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    instance, model = INSTANCES / "uk-no" / "tiny.json", tmp_path / "model.lp"
    asked = ["export", str(instance), "--format", "lp", "--plan", "plan.json", "--out", str(model)]
    assert main(asked) == ExitCode.INVALID_INPUT
    assert "error: --plan: only the icon format writes a plan" in capsys.readouterr().err
    assert not model.exists()
