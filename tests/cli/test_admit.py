"""``loadstone admit``: jobs beside a plan, here and at a server, what is written of them, and what is refused."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from optimizer.admission import AdmissionOutcome
from optimizer.cli.admission_text import OUTCOME_WORDS
from optimizer.cli.exit_codes import ExitCode
from optimizer.cli.main import main
from optimizer.io.document import to_document
from optimizer.io.files import read_plan, read_problem, write_plan, write_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.solution import BoundSource, TerminationReason
from tests.certificates import priced_result
from tests.conformance.battery_problems import RIDE_THROUGH
from tests.conformance.problems import NODES
from tests.fleet import job, mode
from tests.integration.service_harness import scripted_service

#: The pool of two nodes and four hours runs job a in two of them; a run of two more hours fits once.
ARRIVALS = (job("poor", mode(16, 2), value=1.0), job("rich", mode(16, 2), value=500.0), job("late", mode(16, 2), value=900.0))


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, str]:
    whole = priced_result("nodes")
    write_problem(NODES, tmp_path / "nodes.json")
    plan = replace(whole, placements=tuple(placement for placement in whole.placements if placement.job == "a"))
    write_plan(plan, tmp_path / "plan.json")
    (tmp_path / "jobs.json").write_text(json.dumps([to_document(each) for each in ARRIVALS]), encoding="utf-8")
    return str(tmp_path / "nodes.json"), str(tmp_path / "plan.json"), str(tmp_path / "jobs.json")


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["admit", *arguments, "--json"]) == ExitCode.SOLVED
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def outcomes(found: dict[str, Any]) -> list[str]:
    return [each["outcome"] for each in found["admissions"]]


def test_jobs_are_admitted_one_after_the_other(files: tuple[str, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, *files)
    assert outcomes(found) == ["NO_SURPLUS", "PLACED", "NOTHING_FITS"]
    assert (found["objective_before"], found["objective"]) == (100.0, 600.0)
    poor, rich, late = found["admissions"]
    assert poor["surplus"] < 0 < rich["surplus"] == rich["worth"] - rich["opportunity_cost"]
    assert (rich["pool"], rich["end_slot"] - rich["start_slot"], rich["worth"]) == ("pool", 2, 500.0)
    assert (late["pool"], late["start_slot"], late["worth"], late["surplus"], late["violations"]) == (
        None,
        None,
        None,
        None,
        [],
    )


@pytest.mark.parametrize(
    ("policy", "expected", "objective"),
    [("fit", ["PLACED", "NOTHING_FITS", "NOTHING_FITS"], 101.0), ("quote", ["QUOTED"] * 3, 100.0)],
)
def test_policies(
    files: tuple[str, str, str], capsys: pytest.CaptureFixture[str], policy: str, expected: list[str], objective: float
) -> None:
    found = told(capsys, *files, "--policy", policy)
    assert (outcomes(found), found["objective"]) == (expected, objective)


def test_the_text_has_a_row_a_job_and_what_the_plan_is_worth(
    files: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["admit", *files]) == ExitCode.SOLVED
    heading, poor, rich, late, _, count, worth = capsys.readouterr().out.splitlines()
    assert heading.split() == ["Job", "Outcome", "Worth", "Costs", "others", "Surplus", "Where"]
    assert "No surplus" in poor
    assert rich.split()[:3] == ["rich", "Placed", "£500.00"]
    assert "H100x16 on pool from" in rich
    assert late.split() == ["late", "Nothing", "fits"]
    assert count == "3 jobs: 1 without surplus, 1 placed, 1 without room."
    assert worth == "2 jobs run, worth £600.00, £500.00 more than before."


def test_every_outcome_has_its_words() -> None:
    assert set(OUTCOME_WORDS) == set(AdmissionOutcome)


def test_what_is_written_holds_and_goes_on(files: tuple[str, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(files[0]).parent
    grown, plan = str(folder / "grown.json.gz"), str(folder / "grown.plan.json")
    assert main(["admit", *files, "--out", plan, "--instance-out", grown]) == ExitCode.SOLVED
    assert [each.name for each in read_problem(grown).jobs] == ["a", "b", "c", "rich"]
    written = read_plan(plan)
    assert {placement.job for placement in written.placements} == {"a", "rich"}
    assert written.termination.reason is TerminationReason.FEASIBLE
    assert written.termination.bound_source is BoundSource.CERTIFICATE
    assert written.termination.bound_micros is not None
    # 500 and 100 can run together
    assert written.termination.bound_micros >= written.termination.objective_micros == 600_000_000
    capsys.readouterr()
    assert main(["verify", grown, plan]) == ExitCode.SOLVED
    assert "no plan is worth more than" in capsys.readouterr().out
    # it is full: the same jobs again find no room, and one's name is taken
    assert main(["admit", grown, plan, files[2], "--json"]) == ExitCode.INVALID_INPUT
    captured = capsys.readouterr()
    assert outcomes(json.loads(captured.out)) == ["NOTHING_FITS", "INVALID", "NOTHING_FITS"]
    assert captured.err.startswith("error: job 'rich': job.name: ")


def test_an_instance_is_read_for_its_jobs(files: tuple[str, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    instance = Path(files[0]).with_name("more.json")
    write_problem(replace(NODES, jobs=ARRIVALS[1:2]), instance)
    assert outcomes(told(capsys, files[0], files[1], str(instance))) == ["PLACED"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"tenants": []}', "error: jobs: expected a list of jobs"),
        ('[{"name": "x"}, {"name": 1}]', "error: jobs[1].name: "),
        ("[3]", "error: jobs[0]: "),
        ("[", "MALFORMED_JSON"),
    ],
)
def test_jobs_that_cannot_be_read(
    files: tuple[str, str, str], capsys: pytest.CaptureFixture[str], content: str, message: str
) -> None:
    Path(files[2]).write_text(content, encoding="utf-8")
    assert main(["admit", *files]) == ExitCode.INVALID_INPUT
    captured = capsys.readouterr()
    assert message in captured.err
    assert not captured.out


def test_a_plan_without_prices_and_one_that_breaks_a_rule(
    files: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    plan = read_plan(files[1])
    write_plan(replace(plan, certificate=None), files[1])
    assert main(["admit", *files]) == ExitCode.INVALID_INPUT
    assert capsys.readouterr().err.startswith("error: certificate: the plan has no certificate")
    write_plan(replace(plan, placements=(replace(plan.placements[0], start_slot=3),)), files[1])
    assert main(["admit", *files]) == ExitCode.REFUSED
    assert "ends after slot" in capsys.readouterr().err
    nothing = replace(plan.termination, reason=TerminationReason.NO_PLAN_FOUND, objective_micros=None)
    write_plan(replace(plan, placements=(), termination=nothing), files[1])
    assert main(["admit", *files]) == ExitCode.REFUSED
    assert "holds no plan to admit jobs beside" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--out", "--instance-out"])
def test_nothing_is_written_over_what_is_read(
    files: tuple[str, str, str], capsys: pytest.CaptureFixture[str], option: str
) -> None:
    assert main(["admit", *files, option, files[2]]) == ExitCode.INVALID_INPUT
    assert f"it is JOBS as well as {option} [SAME_FILE]" in capsys.readouterr().err


async def test_a_server_says_the_same(
    files: tuple[str, str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = told(capsys, *files)
    # in several messages
    monkeypatch.setattr("optimizer.cli.service.ADMITTED_AT_ONCE", 2)
    async with scripted_service() as service:
        assert await asyncio.to_thread(told, capsys, *files, "--server", service.server.address) == here


def test_what_no_book_carries_is_told_of_a_plan_that_a_battery_carries(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_problem(RIDE_THROUGH, tmp_path / "instance.json")
    write_plan(solve(RIDE_THROUGH, SolveParams(engine="price", work_limit=50)), tmp_path / "plan.json")
    (tmp_path / "jobs.json").write_text("[]", encoding="utf-8")
    files = (str(tmp_path / name) for name in ("instance.json", "plan.json", "jobs.json"))
    assert main(["admit", *files]) == ExitCode.INVALID_INPUT
    assert "sites[0].battery: BATTERY is not supported by a price book" in capsys.readouterr().err
