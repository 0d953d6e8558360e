"""The command as scripts and people call it: every command in a process of its own once, its output and its exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.cli.exit_codes import MEANINGS
from optimizer.io.files import read_plan, read_problem, write_plan, write_problem
from optimizer.problem import Problem
from tests.cli.calls import ENVIRONMENT, LOADSTONE, ROOT, in_own_process, in_this_process
from tests.report.samples import sample_problem

COMMANDS = (
    *("solve", "verify", "explain", "whatif", "admit", "diff", "report", "bind"),
    *("generate", "export", "import", "bench", "serve", "engines", "doctor"),
)


@pytest.fixture(scope="module")
def problem() -> Problem:
    return sample_problem(12)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory, problem: Problem) -> Path:
    path = tmp_path_factory.mktemp("cli") / "instance.json"
    write_problem(problem, path)
    return path


@pytest.fixture(scope="module")
def plan(instance: Path) -> Path:
    path = instance.with_name("plan.json")
    done = in_own_process("solve", instance, "--engine", "greedy", "--out", path)
    assert done.returncode == 0, done.stderr
    return path


def crowded(problem: Problem) -> Problem:
    """Every job must run, and the pools have one node each."""
    sites = tuple(
        replace(
            site,
            halls=tuple(replace(h, pools=tuple(replace(p, node_count=(1,)) for p in h.pools)) for h in site.halls),
        )
        for site in problem.sites
    )
    return replace(problem, sites=sites, jobs=tuple(replace(job, value=None) for job in problem.jobs))


def test_help_names_every_command_and_every_exit_code() -> None:
    done = in_own_process("--help")
    assert done.returncode == 0
    for name in COMMANDS:
        assert f"    {name} " in done.stdout
        assert in_own_process(name, "--help").returncode == 0
    assert all(f"{code:>3}  {meaning}" in done.stdout for code, meaning in MEANINGS.items())


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom optimizer.cli.parser import build_parser\nimport optimizer.cli.main\nbuild_parser().format_help()\n"
    )
    heavy = ("numpy", "numba", "highspy", "ortools", "pyomo", "grpc", "google.protobuf", "rich", "typer", "altair")
    program += f"print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=ENVIRONMENT, check=True)
    assert done.stdout.strip() == "[]"


def test_the_documentation_states_every_exit_code_and_json_field(instance: Path) -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert all(f"| {code.value} |" in text for code in MEANINGS)
    fields = json.loads(in_this_process("solve", instance, "--engine", "greedy", "--json").stdout)
    assert all(f"`{name}`" in text for name in fields)


def test_solve_prints_the_plan_and_writes_the_files(instance: Path, tmp_path: Path) -> None:
    plan, report = tmp_path / "plan.json.gz", tmp_path / "report.html"
    done = in_own_process("solve", instance, "--engine", "greedy", "--out", plan, "--report", report)
    assert done.returncode == 0
    result = read_plan(plan)
    assert result.verified
    assert f"{len(result.placements)} jobs run" in done.stdout or "of 12 jobs run" in done.stdout
    assert all(f"  {p.job} " in done.stdout for p in result.placements)
    assert report.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert f"Plan written to {plan}" in done.stdout


def test_json_is_one_object_and_nothing_else(instance: Path) -> None:
    done = in_own_process("solve", instance, "--engine", "greedy", "--json")
    found = json.loads(done.stdout)
    assert done.stderr == ""
    assert found["engine"] == "greedy"
    assert found["verified"] is True
    assert found["placed_count"] + found["unplaced_count"] == 12
    assert found["termination"] in ("FEASIBLE", "OPTIMAL")
    assert {"objective", "bound", "relative_gap", "wall_seconds"} <= found.keys()


def test_an_exact_engine_proves_its_plan(instance: Path) -> None:
    found = json.loads(in_own_process("solve", instance, "--engine", "highs", "--time-limit", "120", "--json").stdout)
    assert found["termination"] == "OPTIMAL"
    assert found["relative_gap"] == 0
    assert found["objective_micros"] <= found["bound_micros"]


def test_a_plan_to_start_from_is_taken(instance: Path, plan: Path) -> None:
    before = read_plan(plan).termination.objective_micros
    done = in_this_process("solve", instance, "--engine", "greedy", "--initial", plan, "--json")
    assert before is not None
    assert json.loads(done.stdout)["objective_micros"] >= before


def test_the_prices_of_the_plan_to_start_from_are_used(instance: Path, tmp_path: Path) -> None:
    common = ("solve", instance, "--engine", "price", "--work-limit", "20000", "--json")
    in_this_process(*common, "--out", tmp_path / "first.json")
    cold = read_plan(tmp_path / "first.json")
    in_this_process(*common, "--initial", tmp_path / "first.json", "--out", tmp_path / "second.json")
    warm = read_plan(tmp_path / "second.json")
    assert cold.termination.bound_micros is not None
    assert warm.termination.bound_micros is not None
    assert warm.termination.bound_micros <= cold.termination.bound_micros * (1 + 1e-9)
    assert warm.terms.objective_micros >= cold.terms.objective_micros


def test_infeasible_says_why_and_exits_with_3(problem: Problem, tmp_path: Path) -> None:
    path = tmp_path / "crowded.json"
    write_problem(crowded(problem), path)
    done = in_this_process("solve", path, "--engine", "highs", "--time-limit", "120", "--out", tmp_path / "none.json")
    assert done.returncode == 3, done.stderr
    assert "cannot all run" in done.stdout
    # What holds no plan is refused by verify, explained by explain, and drawn by report.
    assert in_this_process("verify", path, tmp_path / "none.json").returncode == 1
    assert "cannot all run" in in_this_process("explain", path, tmp_path / "none.json").stdout
    assert in_own_process("report", path, tmp_path / "none.json", "--out", tmp_path / "none.html").returncode == 0


def test_without_a_plan_the_exit_code_is_5(problem: Problem, tmp_path: Path) -> None:
    path = tmp_path / "crowded.json"
    write_problem(crowded(problem), path)
    done = in_this_process("solve", path, "--engine", "greedy", "--json")
    assert done.returncode == 5
    assert json.loads(done.stdout)["objective"] is None


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_an_interrupt_prints_the_best_plan(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    write_problem(sample_problem(300, slot_count=168, nodes=32), path)
    command = [*LOADSTONE, "solve", str(path), "--engine", "highs", "--time-limit", "100"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, start_new_session=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "incumbent" in line:
            break
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of the group
    out, err = process.communicate()
    assert "Stopping" in err
    assert "Traceback" not in err
    if process.returncode != 0:  # the engine may have been done just then
        assert process.returncode == 4
        assert "stopped on request" in out
    assert "Verified" in out


@pytest.mark.parametrize(
    ("content", "reason"),
    [("", "EMPTY_FILE"), ("{", "MALFORMED_JSON"), ("[1, 2]", None), ('{"name": "x"}', None), ("\udcff", "")],
)
def test_a_bad_file_is_one_line_a_violation(content: str, reason: str | None, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    done = in_this_process("solve", path)
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines
    assert all(line.startswith("error: ") and line.endswith("]") for line in lines)
    if reason:
        assert reason in done.stderr


def test_every_violation_has_its_line(problem: Problem, tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    sites = (replace(problem.sites[0], pue=(0.5,)), replace(problem.sites[1], region_code="nowhere"), *problem.sites[2:])
    write_problem(replace(problem, sites=sites), path)
    done = in_this_process("solve", path)
    assert done.returncode == 2
    assert "sites[0].pue" in done.stderr
    assert "sites[1].region_code" in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_files_and_unknown_names(instance: Path, plan: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing.json"
    for arguments in (
        ("solve", missing),
        ("verify", instance, missing),
        ("explain", missing, plan),
        ("report", instance, missing),
        ("export", missing, "--format", "lp"),
        ("import", "gap", missing, "--out", tmp_path / "x.json"),
        ("import", "nothing", instance, "--out", tmp_path / "x.json"),
        ("explain", instance, plan, "no-such-job"),
        ("generate", "uk-no", "--jobs", "0", "--out", tmp_path / "x.json"),
        ("solve", instance, "--gap", "7", "--threads", "0"),
        ("solve", instance, "--no-such-option"),
        ("report", instance, plan, "--out", tmp_path / "no" / "where.html"),
    ):
        done = in_this_process(*arguments)
        assert done.returncode == 2, (arguments, done.stderr)
        assert "Traceback" not in done.stderr
        assert done.stderr
    assert not (tmp_path / "x.json").exists()


def test_an_unknown_engine_is_not_available(instance: Path) -> None:
    done = in_this_process("solve", instance, "--engine", "abacus")
    assert done.returncode == 69
    assert "abacus" in done.stderr
    assert "greedy" in done.stderr


def test_a_server_that_is_not_there(instance: Path) -> None:
    done = in_own_process("solve", instance, "--server", "127.0.0.1:1")
    assert done.returncode == 69
    assert "Traceback" not in done.stderr


def test_verify_accepts_the_plan_and_refuses_a_changed_one(instance: Path, plan: Path, tmp_path: Path) -> None:
    done = in_own_process("verify", instance, plan)
    assert done.returncode == 0
    assert done.stdout.startswith("Verified: ")
    result = read_plan(plan)
    first = result.placements[0]
    terms = replace(first.terms, energy_cost_micros=first.terms.energy_cost_micros + 1)
    changed = tmp_path / "changed.json"
    write_plan(replace(result, placements=(replace(first, terms=terms), *result.placements[1:])), changed)
    refused = in_this_process("verify", instance, changed)
    assert refused.returncode == 1
    assert "energy_cost_micros" in refused.stdout
    assert json.loads(in_this_process("verify", instance, changed, "--json").stdout)["verified"] is False
    assert in_this_process("report", instance, changed, "--out", tmp_path / "r.html").returncode == 1
    assert not (tmp_path / "r.html").exists()


def test_explain_tells_of_placed_and_of_left_out_jobs(instance: Path, plan: Path, tmp_path: Path) -> None:
    result = read_plan(plan)
    placed = result.placements[0]
    done = in_own_process("explain", instance, plan, placed.job)
    assert done.returncode == 0
    assert f"{placed.job} runs at {placed.site}" in done.stdout
    # A plan made elsewhere gives no reasons: they are found here.
    optional = {job.name for job in read_problem(instance).jobs if job.value is not None}
    dropped = next(p for p in result.placements if p.job in optional)
    shorter = tmp_path / "shorter.json"
    write_plan(replace(result, placements=tuple(p for p in result.placements if p is not dropped)), shorter)
    done = in_this_process("explain", instance, shorter, dropped.job)
    assert done.returncode == 0
    assert f"{dropped.job} is left out: " in done.stdout
    assert dropped.job in in_this_process("explain", instance, shorter).stdout


def test_generate_makes_the_same_instance_from_the_same_seed(tmp_path: Path) -> None:
    one, two = tmp_path / "one.json", tmp_path / "two.json.gz"
    assert in_own_process("generate", "uk-no", "--jobs", "9", "--seed", "3", "--out", one).returncode == 0
    assert in_this_process("generate", "uk-no", "--jobs", "9", "--seed", "3", "--out", two).returncode == 0
    assert read_problem(one) == read_problem(two)
    assert len(read_problem(one).jobs) == 9


def test_import_turns_a_benchmark_into_an_instance(tmp_path: Path) -> None:
    source, out = tmp_path / "gap.txt", tmp_path / "gap.json"
    source.write_text("2 3\n1 2 3\n3 2 1\n1 1 1\n1 1 1\n2 2\n", encoding="utf-8")
    done = in_own_process("import", "gap", source, "--out", out)
    assert done.returncode == 0, done.stderr
    assert len(read_problem(out).jobs) == 3


@pytest.mark.parametrize("kind", ["lp", "mps"])
def test_export_writes_a_model(kind: str, instance: Path, tmp_path: Path) -> None:
    done = in_own_process("export", instance, "--format", kind, "--out", tmp_path / f"model.{kind}")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / f"model.{kind}").stat().st_size > 100


def test_doctor_finds_this_environment_fit() -> None:
    done = in_own_process("doctor", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout
    assert {f["what"] for f in found["imports"]} == {"ortools then highspy", "highspy then ortools"}
    assert all(f["fine"] for f in found["imports"])
    assert {"greedy", "highs", "cp_sat"} <= {f["what"] for f in found["engines"] if f["fine"]}


def test_bench_refuses_a_suite_it_does_not_know() -> None:
    done = in_own_process("bench", "no-such-suite", cwd=ROOT)
    assert done.returncode == 2
    assert "no-such-suite" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX pipes")
def test_a_closed_pipe_stops_nothing(instance: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    command = [*LOADSTONE, "solve", str(instance), "--engine", "greedy", "--out", str(plan)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate()
    assert process.returncode == 0, err
    assert "Broken" not in err
    assert read_plan(plan).verified
