"""Each peer gives a plan that verification passes and none beats a proved optimum; recorder, judge and table tell the truth."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.peers import main as command
from benchmarks.peers import runs
from benchmarks.peers.base import Answer, DeclinedError
from benchmarks.peers.instance import read_candidates
from benchmarks.peers.judge import Mark, judged
from benchmarks.peers.partition import assigned_sites, partition
from benchmarks.peers.recorder import Recorder, Snapshot
from benchmarks.peers.registry import peers
from benchmarks.peers.runs import Run, run_one
from benchmarks.peers.table import markdown, table
from benchmarks.peers.worker import FINISHED
from benchmarks.registry import UK_NO
from optimizer.columns.candidates import Candidates
from optimizer.columns.table import Selection
from optimizer.formulation.selections import empty_selection, value_of
from optimizer.verify.plan import verify

TINY = UK_NO / "tiny.json"
SECONDS = 1.0


@pytest.fixture(scope="module")
def tiny() -> Candidates:
    return read_candidates(TINY)


@pytest.fixture(scope="module")
def optimum() -> int:
    entries = json.loads((UK_NO / "best_known.json").read_text())["instances"]
    entry = next(entry for entry in entries if entry["instance"] == TINY.name)
    assert entry["proved"]
    return int(entry["objective_micros"])


class Heard:
    """A report that keeps everything."""

    def __init__(self) -> None:
        self.plans: list[tuple[Selection, int]] = []
        self.bounds: list[int] = []

    def plan(self, selection: Selection, objective: int) -> None:
        self.plans.append((selection, objective))

    def bound(self, objective_bound: int, certificate: object = None) -> None:
        self.bounds.append(objective_bound)


@pytest.fixture(scope="module", params=list(peers()))
def ran(request: pytest.FixtureRequest, tiny: Candidates) -> tuple[Answer, Heard]:
    peer = peers()[request.param]
    if why := peer.available():
        pytest.skip(why)
    heard = Heard()
    peer.prepare()
    try:
        return peer.run(tiny.columns, SECONDS, 0, 1, heard), heard
    except DeclinedError as error:
        pytest.skip(str(error))


class TestEachPeer:
    def test_its_plan_passes_verification(self, ran: tuple[Answer, Heard], tiny: Candidates) -> None:
        answer, _ = ran
        assert answer.selection is not None
        checked = verify(tiny.problem, tiny.assignments(answer.selection))
        assert checked.feasible
        assert checked.placements

    def test_every_plan_it_reports_is_what_it_claims(self, ran: tuple[Answer, Heard], tiny: Candidates) -> None:
        _, heard = ran
        assert heard.plans
        for selection, objective in heard.plans:
            checked = verify(tiny.problem, tiny.assignments(selection))
            assert checked.feasible
            assert checked.objective_micros == objective

    def test_it_does_not_beat_the_proved_optimum(self, ran: tuple[Answer, Heard], tiny: Candidates, optimum: int) -> None:
        answer, heard = ran
        assert max(objective for _, objective in heard.plans) <= optimum
        assert answer.selection is not None
        assert verify(tiny.problem, tiny.assignments(answer.selection)).objective_micros <= optimum

    def test_its_bounds_hold(self, ran: tuple[Answer, Heard], optimum: int) -> None:
        answer, heard = ran
        bounds = [*heard.bounds, *([] if answer.bound is None else [answer.bound])]
        assert all(bound >= optimum for bound in bounds)


class TestPartition:
    def test_parts_share_no_job_and_no_capacity(self, tiny: Candidates) -> None:
        columns = tiny.columns
        parts = list(partition(columns, assigned_sites(columns, np.random.default_rng(0))))
        jobs = [set(part.job.tolist()) for _, part in parts]
        assert sum(len(each) for each in jobs) == len(set().union(*jobs))
        used = np.zeros_like(columns.capacity)
        for _, part in parts:
            limits = np.unique(part.use_limit)
            used[limits] += part.capacity[limits]
        assert (used <= columns.capacity).all()

    def test_a_limit_that_two_parts_use_is_split(self, tiny: Candidates) -> None:
        columns = tiny.columns
        shared = replace(
            columns,
            limits=(*columns.limits, columns.limits[0]),
            capacity=np.vstack([columns.capacity, np.full((1, columns.slot_count), 100)]),
            use_first=columns.use_first + np.arange(columns.window_count + 1),
            use_limit=np.insert(columns.use_limit, columns.use_first[1:], len(columns.limits)).astype(np.int32),
            use_amount=np.insert(columns.use_amount, columns.use_first[1:], 1),
        )
        parts = [part for _, part in partition(shared, assigned_sites(shared, np.random.default_rng(0))) if part.window_count]
        assert len(parts) > 1
        assert sum(int(part.capacity[-1, 0]) for part in parts) <= 100
        assert all(0 < int(part.capacity[-1, 0]) < 100 for part in parts)

    def test_every_job_goes_where_it_has_a_window(self, tiny: Candidates) -> None:
        columns = tiny.columns
        sites = assigned_sites(columns, np.random.default_rng(1))
        for job, site in enumerate(sites.tolist()):
            own = columns.site[columns.job_first[job] : columns.job_first[job + 1]]
            assert site in own.tolist() or (site == -1 and not len(own))


def some_plan(found: Candidates) -> tuple[Selection, int]:
    """The first job alone, at its first start."""
    selection = empty_selection(found.columns)
    selection.window[0], selection.start[0] = 0, found.columns.start_first[0]
    objective = value_of(found.columns, selection)
    assert objective is not None
    return selection, objective


class TestRecorder:
    def test_keeps_the_best_plan_and_the_lowest_bound(self, tiny: Candidates, tmp_path: Path) -> None:
        selection, objective = some_plan(tiny)
        recorder = Recorder((60.0,), tmp_path)
        recorder.plan(selection, objective)
        recorder.plan(selection, objective - 1)
        recorder.bound(30)
        recorder.bound(50)
        recorder.finish()
        (path,) = tmp_path.glob("mark-*.npz")
        kept = Snapshot.read(path)
        assert (kept.objective_micros, kept.bound_micros) == (objective, 30)
        assert kept.selection is not None
        assert kept.selection.window.tolist() == selection.window.tolist()
        assert kept.peak_mb > 0

    def test_a_plan_that_places_nothing_is_no_plan(self, tiny: Candidates, tmp_path: Path) -> None:
        recorder = Recorder((60.0,), tmp_path)
        recorder.plan(empty_selection(tiny.columns), 0)
        recorder.finish()
        kept = Snapshot.read(next(iter(tmp_path.glob("mark-*.npz"))))
        assert kept.selection is None
        assert kept.first_plan_seconds is None

    def test_what_comes_after_a_mark_does_not_count_for_it(self, tiny: Candidates, tmp_path: Path) -> None:
        clock = [0.0]
        recorder = Recorder((10.0, 60.0), tmp_path, clock=lambda: clock[0])
        selection, objective = some_plan(tiny)
        recorder.bound(30)
        clock[0] = 11.0
        recorder.plan(selection, objective)
        recorder.finish()
        early, late = (Snapshot.read(tmp_path / f"mark-{mark}.npz") for mark in (10, 60))
        assert (early.objective_micros, early.bound_micros) == (None, 30)
        assert (late.objective_micros, late.first_plan_seconds) == (objective, 11.0)


def snapshot(selection: Selection | None, objective: int | None) -> Snapshot:
    return Snapshot(1.0, objective, None, 0.5, 0.5, 100.0, selection)


class TestJudge:
    def test_passes_a_true_plan(self, tiny: Candidates) -> None:
        selection, objective = some_plan(tiny)
        (mark,) = judged(tiny, [snapshot(selection, objective)]).marks
        assert (mark.objective_micros, mark.refused) == (objective, "")

    def test_refuses_a_wrong_claim(self, tiny: Candidates) -> None:
        selection, objective = some_plan(tiny)
        (mark,) = judged(tiny, [snapshot(selection, objective + 1)]).marks
        assert mark.objective_micros is None
        assert "claims" in mark.refused

    def test_refuses_a_plan_that_breaks_a_rule(self, tiny: Candidates) -> None:
        selection, objective = some_plan(tiny)
        selection.start[0] = tiny.columns.slot_count
        (mark,) = judged(tiny, [snapshot(selection, objective)]).marks
        assert mark.objective_micros is None
        assert mark.refused
        assert mark.first_plan_seconds is None


def a_run(peer: str, seed: int, objective: int | None, bound: int | None = None, refused: str = "") -> Run:
    mark = Mark(10.0, objective, bound, 1.0, 1.0, 50.0, refused)
    return Run("i", peer, seed, 2, 10.0, "a machine", FINISHED, 5, 50, (mark,))


class TestTable:
    def test_plan_is_the_median_of_the_seeds(self) -> None:
        (row,) = table([a_run("a", seed, objective) for seed, objective in enumerate((5, 9, 7))]).rows
        assert row.plans == (7,)

    def test_a_seed_without_a_plan_is_the_worst(self) -> None:
        one_of_three = [a_run("a", 0, 5), a_run("a", 1, None), a_run("a", 2, None)]
        two_of_three = [a_run("a", 0, 5), a_run("a", 1, 8), a_run("a", 2, None)]
        assert table(one_of_three).rows[0].plans == (None,)
        assert table(two_of_three).rows[0].plans == (5,)

    def test_gap_is_to_the_best_bound_of_any_peer(self) -> None:
        found = table([a_run("a", 0, 90), a_run("b", 0, 80, 100), a_run("c", 0, None, 120)])
        assert (found.best_bound, found.best_bound_peer) == (100, "b")
        assert [row.gap for row in found.rows] == [pytest.approx(0.1), pytest.approx(0.2), None]

    def test_a_bound_below_a_verified_plan_does_not_count(self) -> None:
        found = table([a_run("a", 0, 90, 89), a_run("b", 0, 80, 100)])
        assert found.best_bound == 100
        assert found.rows[0].bounds == (None,)
        assert any("refuted" in note for note in found.rows[0].notes)

    def test_a_run_comes_back_from_json(self) -> None:
        run = a_run("a", 0, 90, 100, "broke a rule")
        assert Run.from_json(run.to_json()) == run

    def test_markdown_names_machine_instance_and_failure(self) -> None:
        failed = replace(a_run("b", 0, None), ended="declined: too large", marks=())
        text = markdown([a_run("a", 0, 90_000_000, 100_000_000), failed])
        assert "a machine" in text
        assert "**i**" in text
        assert "| a | 90.00 | 100.00 | 10.000% |" in text
        assert "declined: too large" in text


class TestProcess:
    def ends_in_time(self, code: str, started: Path) -> bool:
        process = subprocess.Popen([sys.executable, "-c", code])
        try:
            return runs._ends_in_time(process, 0.1, started)
        finally:
            process.kill()
            process.wait()

    def test_a_run_past_its_grace_is_out_of_time(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(runs, "LEAST_GRACE_SECONDS", 0.1)
        (tmp_path / "started").touch()
        assert not self.ends_in_time("import time; time.sleep(300)", tmp_path / "started")

    def test_set_up_does_not_count(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(runs, "LEAST_GRACE_SECONDS", 0.0)
        assert self.ends_in_time("import time; time.sleep(0.5)", tmp_path / "started")


class TestCommand:
    def test_runs_a_peer_in_a_process_and_prints_its_table_again(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        raw = tmp_path / "runs.jsonl"
        asked = [str(TINY), "--seconds", "0.5,1", "--seeds", "0", "--threads", "1", "--peer", "greedy-restarts"]
        assert command.main([*asked, "--raw", str(raw)]) == 0
        printed = capsys.readouterr().out
        assert "| greedy-restarts | " in printed
        assert command.main(["--from-json", str(raw)]) == 0
        assert capsys.readouterr().out == printed

    def test_an_instance_that_cannot_be_read_is_a_failed_run(self, tmp_path: Path) -> None:
        run = run_one(tmp_path / "none.json", "greedy-restarts", (1.0,), 0, 1)
        assert run.ended.startswith("failed")
        assert run.marks == ()

    @pytest.mark.parametrize("wrong", [[], ["--seconds", "0", str(TINY)], [str(TINY), "--from-json", "x"]])
    def test_refuses_what_it_cannot_do(self, wrong: list[str]) -> None:
        with pytest.raises(SystemExit):
            command.main(wrong)
