"""The half day that uses every feature at once: solved and verified by the library, on the command line and over gRPC."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from loadstone.v1 import placement_service_pb2 as service_pb2

from optimizer.changes.change import ChangeKind
from optimizer.cli.exit_codes import ExitCode
from optimizer.cli.main import main
from optimizer.comparison import compare
from optimizer.exact.problem import exact
from optimizer.execution.base import PIPELINE_SOLVE
from optimizer.features import Feature, features
from optimizer.generate.every_feature import FULL_FILE, every_feature
from optimizer.generate.every_feature_sites import CURTAILED_SLOTS, SLOT_COUNT
from optimizer.io.best_known import read_best_known
from optimizer.io.files import read_plan, read_problem, write_plan
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.solution import Placement, Result, TerminationReason
from optimizer.validate import validate
from optimizer.verify.bound import verify_with_bound
from server import convert
from tests.integration.service_harness import SOLVE, Service, call_with_bytes, scripted_service

FOLDER = Path(__file__).parents[2] / "instances" / "uk-no"
FILE = FOLDER / FULL_FILE
FULL = every_feature()
#: For a call whose solve has a work limit: none of its phases is to end by the clock.
NO_DEADLINE_SECONDS = 1_000.0
#: What engines may differ by where each rounds what batteries do to whole watts.
ROUNDING_MICROS = 2_000
PARAMS = SolveParams(engine="highs", work_limit=10_000, thread_count=1, bind=True)
OPTIONS = ("--engine", "highs", "--work-limit", "10000", "--threads", "1", "--bind", "--quiet")


@pytest.fixture(scope="module")
def best() -> Result:
    return solve(FULL, PARAMS)


@pytest.fixture(scope="module")
def plan(best: Result) -> dict[str, Placement]:
    return {placement.job: placement for placement in best.placements}


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with scripted_service(function=PIPELINE_SOLVE) as running:
        yield running


def test_the_shipped_file_uses_every_feature_there_is() -> None:
    problem = read_problem(FILE)
    assert problem == FULL
    assert not validate(problem)
    assert set(features(problem)) == set(Feature), "a feature that comes belongs in optimizer/generate/every_feature.py"
    assert any(job.work_profile for job in FULL.jobs)
    assert any(mode.power_cap_w for job in FULL.jobs for mode in job.modes)
    assert any(job.value is None for job in FULL.jobs)
    assert {series.currency for site in FULL.sites for series in site.timed_series} >= {"EUR", "NOK"}


def test_it_is_solved_to_its_best_known_worth_and_verified(best: Result) -> None:
    assert best.verified
    assert best.termination.reason is TerminationReason.OPTIMAL
    assert best.termination.objective_micros == read_best_known(FOLDER)[FULL_FILE].objective_micros
    assert verify_with_bound(exact(FULL), best).violations == ()
    assert len(best.tiers) == 2


def test_each_feature_shows_in_the_plan(best: Result, plan: dict[str, Placement]) -> None:
    paused = plan["pretrain"].segments
    assert [piece.pool for piece in paused] == ["slough-a-h100"] * 2
    assert range(paused[0].end_slot, paused[1].start_slot) == CURTAILED_SLOTS
    assert [piece.mode for piece in plan["tune"].segments] == ["A100x32", "A100x16@250W", "A100x32"]
    assert plan["score"].start_slot >= plan["pretrain"].end_slot + 1
    assert plan["score"].site == plan["pretrain"].site
    assert plan["replica-a"].site != plan["replica-b"].site
    assert plan["distil"].mode == "GB200x16@66%"
    assert {transfer.from_site for job in ("genome", "climate") for transfer in plan[job].transfers} == {"oslo", "slough"}
    changed = {change.job: change.kind for change in compare(FULL, [each.assignment for each in best.placements]).changes}
    assert changed["ablation"] is ChangeKind.RESIZED
    (usage,), (share,), (schedule, _) = best.tenancy, best.shares, best.hall_schedules
    _, stored = best.operations
    assert usage.lent_node_slots > 0
    assert share.shortfall_gpu_slots == 0
    assert schedule.on[-1].end_slot < FULL.time_grid.slot_count, "switched off when its work is done"
    assert stored.battery is not None
    assert max(stored.battery.charge_w) > 0
    assert max(stored.battery.energy_wh) == 44_800
    assert {plan[job].mode for job in ("align", "steer")} == {"GB300x16", "audited"}, "one audit, in one pool"
    draft, distil = plan["draft"], plan["distil"]
    assert draft.end_slot <= distil.start_slot or distil.end_slot <= draft.start_slot, "together more than a domain"
    assert best.binding is not None
    assert not best.binding.issues
    racks = {run.job: run for run in best.binding.runs}
    assert racks.keys() == plan.keys()
    first = {run.job: {node for part in run.nodes for node in part.nodes} for run in best.binding.runs if run.start_slot == 0}
    assert (first["registry"], first["pretrain"]) == ({2}, {0, 4, 5}), "where they run already"
    assert first["ablation"] < {1, 3}, "on one of the two nodes that it has"
    assert len(best.conversions) == 13


def on_slots(result: Result, hall: str) -> set[int]:
    (spans,) = (schedule.on for schedule in result.hall_schedules if schedule.hall == hall)
    return {slot for span in spans for slot in range(span.start_slot, span.end_slot)}


def test_a_site_runs_its_switched_hall_load_battery_heat_and_peak_as_one(best: Result, plan: dict[str, Placement]) -> None:
    oslo = best.operations[0]
    mining, rigs = (load.power_w for load in oslo.flexible_loads)
    on = on_slots(best, "oslo-a")
    assert on == {slot for job in ("replica-a", "climate") for slot in range(plan[job].start_slot, plan[job].end_slot)}
    assert {slot for slot, watts in enumerate(rigs) if watts} == on, "rigs in the hall draw while it is on"
    assert all(mining[slot] >= 71_999 for slot in range(SLOT_COUNT) if slot not in on), "and those outside while it is off"
    assert max(mining[slot] for slot in on) < 72_000
    assert max(oslo.heat_w) > 0
    assert oslo.terms.demand_charge_micros > 0
    assert oslo.battery is not None
    given = {slot for slot, watts in enumerate(oslo.battery.discharge_w) if watts}
    taken = {slot for slot, watts in enumerate(oslo.battery.charge_w) if watts}
    assert given
    assert given <= on
    assert taken
    assert not taken & on
    assert oslo.battery.energy_wh[-1] >= 5_000


def test_without_its_commitment_the_hall_is_no_reason_to_curtail_the_mine(best: Result) -> None:
    always_on = tuple(
        replace(site, halls=tuple(replace(hall, commitment=None) for hall in site.halls)) if site.name == "oslo" else site
        for site in FULL.sites
    )
    free = solve(replace(FULL, sites=always_on), replace(PARAMS, bind=False))
    assert free.terms.objective_micros > best.terms.objective_micros + 1_000_000
    assert min(free.operations[0].flexible_loads[1].power_w) == 6_000, "the rigs inside draw in every slot"


def test_cp_sat_finds_the_same_worth(best: Result) -> None:
    result = solve(FULL, replace(PARAMS, engine="cp_sat", work_limit=1_000, bind=False))
    assert result.termination.reason is TerminationReason.OPTIMAL
    assert result.verified
    assert abs(result.terms.objective_micros - best.terms.objective_micros) < ROUNDING_MICROS


def test_the_price_engine_gives_a_verified_plan_with_a_bound_that_holds(best: Result) -> None:
    result = solve(FULL, SolveParams(engine="price", work_limit=20, thread_count=1))
    checked = verify_with_bound(exact(FULL), result)
    assert checked.violations == ()
    assert checked.bound_micros is not None
    assert result.terms.objective_micros <= best.terms.objective_micros + ROUNDING_MICROS
    assert checked.bound_micros >= best.terms.objective_micros


def test_the_command_line_solves_verifies_explains_and_reports_it(
    best: Result, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, page = str(tmp_path / "plan.json"), tmp_path / "page.html"
    assert main(["solve", str(FILE), *OPTIONS, "--out", out]) == ExitCode.SOLVED
    write_plan(best, tmp_path / "own.json")
    assert Path(out).read_bytes() == (tmp_path / "own.json").read_bytes()
    assert read_plan(out) == best
    for command in (["verify", str(FILE), out], ["explain", str(FILE), out], ["diff", str(FILE), out]):
        assert main(command) == ExitCode.SOLVED, command
    assert "ablation" in capsys.readouterr().out
    assert main(["report", str(FILE), out, "--out", str(page)]) == ExitCode.SOLVED
    text = page.read_text(encoding="utf-8")
    for section in (
        *("Priority tiers", "Sites at a glance", "Jobs by pool", "Power at the grid connection", "Heat against cooling"),
        *("What draws on the connection", "Money by slot", "The demand charge is on a peak", "Heat sold", "mining"),
        *(
            "Halls on and off",
            "Halls on standby",
            "Order and groups",
            "Nodes by time",
            "Data on its way",
            "Reservations and share floors",
        ),
        *("Where each job runs", "1 EUR = 0.87 GBP", "by its curve from"),
    ):
        assert section in text, section


async def test_the_service_gives_the_librarys_answer_byte_for_byte(service: Service, best: Result) -> None:
    request = service_pb2.SolvePlacementRequest(
        problem=convert.problem_to_proto(FULL),
        parameters={"engine": "highs", "work_limit": 10_000, "thread_count": 1, "bind": True},
    )
    answer = service_pb2.SolvePlacementResponse.FromString(
        await call_with_bytes(service.channel, SOLVE, request.SerializeToString(deterministic=True), NO_DEADLINE_SECONDS)
    )
    expected = service_pb2.SolvePlacementResponse(result=convert.result_to_proto(best))
    assert answer.SerializeToString(deterministic=True) == expected.SerializeToString(deterministic=True)
    plan = [each.assignment for each in best.placements]
    told = await service.client.check(FULL, plan, hall_schedules=best.hall_schedules, operations=best.operations)
    assert told.feasible
