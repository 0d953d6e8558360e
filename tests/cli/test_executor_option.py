"""``loadstone solve --executor``: what is refused, and what runs where."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from optimizer.cli.exit_codes import ExitCode
from optimizer.cli.main import main
from optimizer.generate.uk_no import generate_uk_no
from optimizer.io.files import read_plan, write_problem
from tests.execution.fake_ray import FakeRay


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("executor") / "fleet.json"
    write_problem(generate_uk_no(20, 1), path)
    return path


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--executor", "cloud"], "choose local, ray or ray:ADDRESS"), (["--zones"], "only --executor ray solves by zones")],
)
def test_what_is_no_executor_is_refused(instance: Path, options: list[str], words: str, capsys: pytest.CaptureFixture) -> None:
    assert main(["solve", str(instance), *options]) == ExitCode.INVALID_INPUT
    assert words in capsys.readouterr().err


def test_without_ray_it_says_how_to_get_it(
    instance: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main(["solve", str(instance), "--executor", "ray"]) == ExitCode.UNAVAILABLE
    assert "loadstone[ray]" in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--zones"]])
def test_on_ray_it_writes_a_verified_plan(
    instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    ray = FakeRay()
    monkeypatch.setitem(sys.modules, "ray", ray)  # type: ignore[arg-type]
    plan = tmp_path / "plan.json"
    arguments = ["--executor", "ray:head:6379", "--engine", "price", "--work-limit", "1000", "--quiet", "--out", str(plan)]
    assert main(["solve", str(instance), *arguments, *options]) == ExitCode.SOLVED
    assert ray.init_arguments is not None
    assert ray.init_arguments["address"] == "head:6379"
    assert read_plan(plan).placements
