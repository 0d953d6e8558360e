"""The evening of every contract over a real connection and on the command line: the library's answers, byte for byte."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from loadstone.v1 import placement_service_pb2 as service_pb2

from optimizer.cli.exit_codes import ExitCode
from optimizer.cli.main import main
from optimizer.comparison import compare
from optimizer.exact.problem import exact
from optimizer.execution.base import PIPELINE_SOLVE
from optimizer.generate.evening import EVENING_FILE
from optimizer.io.files import read_plan, read_problem, write_plan
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.solution import Result
from optimizer.verify.bound import verify_with_bound
from optimizer.verify.plan import verify
from optimizer.verify.rules import Rule
from server import convert
from tests.evening_plan import BREACHES, EVENING, PLAN
from tests.integration.service_harness import SOLVE, Service, call_with_bytes, scripted_service

FILE = Path(__file__).parents[2] / "instances" / "contracts" / EVENING_FILE
PARAMS = SolveParams(engine="highs", work_limit=10_000, thread_count=1)
REQUEST = service_pb2.SolvePlacementRequest(
    problem=convert.problem_to_proto(EVENING), parameters={"engine": "highs", "work_limit": 10_000, "thread_count": 1}
)


@pytest.fixture(scope="module")
def best() -> Result:
    return solve(EVENING, PARAMS)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with scripted_service(function=PIPELINE_SOLVE) as running:
        yield running


async def test_equal_work_gives_the_librarys_answer_byte_for_byte(service: Service, best: Result) -> None:
    answer = service_pb2.SolvePlacementResponse.FromString(
        await call_with_bytes(service.channel, SOLVE, REQUEST.SerializeToString(deterministic=True))
    )
    expected = service_pb2.SolvePlacementResponse(result=convert.result_to_proto(best))
    assert answer.SerializeToString(deterministic=True) == expected.SerializeToString(deterministic=True)
    assert convert.result_from_proto(answer.result) == best
    assert best.wall_seconds == 0.0


async def test_the_streamed_answer_is_the_same_and_holds(service: Service, best: Result) -> None:
    *_, last = [event async for event in service.client.stream(EVENING, PARAMS)]
    assert last == best
    assert verify_with_bound(exact(EVENING), last).violations == ()


async def test_each_breach_is_refused_over_the_wire_as_in_the_library(service: Service) -> None:
    assert (await service.client.check(EVENING, list(PLAN.values()))).feasible
    for name, breach in BREACHES.items():
        told = await service.client.check(breach.problem, breach.plan)
        assert told.violations == verify(exact(breach.problem), breach.plan).violations, name
        assert breach.rule in {violation.rule for violation in told.violations}, name


async def test_what_becomes_of_the_running_jobs_is_told_over_the_wire(service: Service) -> None:
    plan = list(PLAN.values())
    found = await service.client.diff(EVENING, plan)
    assert found == compare(EVENING, plan)
    assert {"ablation", "export", "archive", "pretrain"} <= {change.job for change in found.changes}
    other = [assignment for assignment in plan if assignment.job != "sweep"]
    assert [change.job for change in (await service.client.diff(EVENING, plan, other)).changes] == ["sweep"]


def test_the_command_line_writes_the_librarys_plan_byte_for_byte(best: Result, tmp_path: Path) -> None:
    arguments = ["--engine", "highs", "--work-limit", "10000", "--threads", "1", "--quiet"]
    assert main(["solve", str(FILE), *arguments, "--out", str(tmp_path / "served.json")]) == ExitCode.SOLVED
    write_plan(best, tmp_path / "own.json")
    assert (tmp_path / "served.json").read_bytes() == (tmp_path / "own.json").read_bytes()


def test_every_other_command_takes_the_plan(best: Result, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan, page = str(tmp_path / "plan.json"), str(tmp_path / "page.html")
    write_plan(best, plan)
    assert read_plan(plan) == best
    assert read_problem(FILE) == EVENING
    for command in (["verify", str(FILE), plan], ["explain", str(FILE), plan], ["diff", str(FILE), plan]):
        assert main(command) == ExitCode.SOLVED, command
    told = capsys.readouterr().out
    assert "render" in told
    assert main(["report", str(FILE), plan, "--out", page]) == ExitCode.SOLVED
    assert "sweep" in Path(page).read_text(encoding="utf-8")


def test_a_breach_is_refused_on_the_command_line(best: Result, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    breach = BREACHES["a slot before the lag is over"]
    checked = verify(exact(EVENING), breach.plan)
    write_plan(Result(termination=best.termination, engine="by hand", placements=checked.placements), tmp_path / "plan.json")
    assert main(["verify", str(FILE), str(tmp_path / "plan.json")]) == ExitCode.REFUSED
    assert Rule.STARTS_BEFORE_PREDECESSOR_ENDS in capsys.readouterr().out
