from __future__ import annotations

from pathlib import Path

import highspy
import pytest

from optimizer.formulation.export import export
from tests.engines.brute_force import best_objective
from tests.engines.edge_cases import edge_cases
from tests.engines.tiny_columns import random_columns


def solved_from(path: Path) -> float | None:
    """The optimum HiGHS finds in the file, as a maximisation; None where it is infeasible."""
    highspy.Highs.resetGlobalScheduler(True)
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    assert highs.readModel(str(path)) == highspy.HighsStatus.kOk
    highs.run()
    if highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        return None
    value = highs.getInfo().objective_function_value
    return value if highs.getLp().sense_ == highspy.ObjSense.kMaximize else -value


@pytest.mark.parametrize("format", ["lp", "mps"])
def test_files_say_what_the_model_says(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"model.{format}"
    for seed in range(25):
        columns = random_columns(seed)
        if columns.window_count:
            export(columns, path, format)
            optimum = best_objective(columns)
            assert solved_from(path) == (optimum if optimum is None else pytest.approx(optimum))


def test_names_can_be_read_back(tmp_path: Path) -> None:
    columns, _ = edge_cases()["cheap hour"]
    export(columns, tmp_path / "model.lp", "lp")
    text = (tmp_path / "model.lp").read_text()
    for name in ("x(0_3)", "assign(0)", "limit(0_2)"):
        assert name in text


def test_mandatory_job_without_a_window_is_infeasible_in_the_file(tmp_path: Path) -> None:
    columns, _ = edge_cases()["mandatory without a window"]
    export(columns, tmp_path / "model.mps", "mps")
    assert solved_from(tmp_path / "model.mps") is None


def test_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'lp' or 'mps'"):
        export(random_columns(1), tmp_path / "model.nl", "nl")
    assert not (tmp_path / "model.nl").exists()
