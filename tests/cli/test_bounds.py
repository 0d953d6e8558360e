"""Bounds and prices on the command line: what verify says is proved, what explain and whatif print."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from optimizer.io.files import read_plan, write_plan, write_problem
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.solution import BoundSource, Result
from tests.certificates import priced_result
from tests.cli.calls import in_own_process, in_this_process
from tests.conformance.problems import GRID_TWO_HALLS, NODES


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bounds") / "nodes.json"
    write_problem(NODES, path)
    return path


def plan_file(nodes: Path, name: str, result: Result) -> Path:
    path = nodes.with_name(f"{name}.json")
    write_plan(result, path)
    return path


@pytest.fixture(scope="module")
def plan(nodes: Path) -> Path:
    return plan_file(nodes, "plan", proved())


@cache
def proved() -> Result:
    """Two of three jobs run, for 190, and a certificate proves that no plan is worth more."""
    result = solve(NODES, SolveParams(engine="highs", time_limit_seconds=60, thread_count=1))
    assert result.certificate is not None
    assert result.certificate.bound_micros == 190_000_000
    return result


def engines_word() -> Result:
    result = proved()
    end = replace(result.termination, bound_source=BoundSource.ENGINE)
    return replace(result, engine="highs", certificate=None, shadow_prices=(), termination=end)


def bound_lowered() -> Result:
    result = proved()
    assert result.certificate is not None
    lower = result.certificate.bound_micros - 1
    end = replace(result.termination, bound_micros=lower)
    return replace(result, certificate=replace(result.certificate, bound_micros=lower), termination=end)


def test_verify_prints_objective_bound_and_gap_as_facts(nodes: Path, plan: Path) -> None:
    done = in_this_process("verify", nodes, plan)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "Verified: 2 placements, objective £190.000000.",
        "Verified: no plan is worth more than £190.000000, by its certificate.",
        "Verified: the plan is optimal.",
    ]


def test_verify_says_when_the_prices_prove_more_than_is_claimed(nodes: Path) -> None:
    result = proved()
    assert result.certificate is not None
    weaker = result.certificate.bound_micros + 1_000_000
    end = replace(result.termination, bound_micros=weaker)
    certificate = replace(result.certificate, bound_micros=weaker)
    path = plan_file(nodes, "weaker", replace(result, certificate=certificate, termination=end))
    done = in_this_process("verify", nodes, path)
    assert done.returncode == 0
    assert "no plan is worth more than £190.000000" in done.stdout
    assert "The certificate claims £191.000000; its prices prove even less." in done.stdout


def test_verify_says_that_an_engines_bound_cannot_be_checked(nodes: Path) -> None:
    path = plan_file(nodes, "word", engines_word())
    done = in_this_process("verify", nodes, path)
    assert done.returncode == 0
    assert "Not checkable: highs states a bound of £190.000000 from its search tree" in done.stdout
    assert "no plan is worth more" not in done.stdout
    found = json.loads(in_this_process("verify", nodes, path, "--json").stdout)
    assert (found["bound"], found["relative_gap"], found["bound_source"]) == (None, None, "ENGINE")
    assert found["stated_bound_micros"] == 190_000_000


def test_verify_in_json_states_what_is_proved(nodes: Path, plan: Path) -> None:
    found = json.loads(in_this_process("verify", nodes, plan, "--json").stdout)
    assert found["verified"] is True
    assert (found["objective"], found["bound"], found["relative_gap"]) == (190.0, 190.0, 0.0)
    assert found["bound_source"] == "CERTIFICATE"


def test_a_bound_lowered_by_one_unit_is_refused(nodes: Path) -> None:
    path = plan_file(nodes, "lowered", bound_lowered())
    done = in_this_process("verify", nodes, path)
    assert done.returncode == 1
    assert "BOUND_NOT_PROVED" in done.stdout
    assert "Refused: " in done.stdout
    found = json.loads(in_this_process("verify", nodes, path, "--json").stdout)
    assert found["verified"] is False
    assert found["bound"] is None
    assert in_this_process("whatif", nodes, path, "pool_nodes:pool:+1").returncode == 1


def test_shadow_prices_that_are_not_the_certificates_are_refused(nodes: Path) -> None:
    result = proved()
    first, *rest = result.shadow_prices
    changed = replace(first, price_micros=(first.price_micros[0] + 1, *first.price_micros[1:]))
    done = in_this_process("verify", nodes, plan_file(nodes, "prices", replace(result, shadow_prices=(changed, *rest))))
    assert done.returncode == 1
    assert "shadow prices" in done.stdout


def test_explain_names_the_most_valuable_limits(nodes: Path, plan: Path) -> None:
    done = in_this_process("explain", nodes, plan)
    assert done.returncode == 0
    table = done.stdout.partition("What more would be worth")[2]
    assert "GPU nodes" in table
    assert "pool" in table
    assert "£" in table
    assert "What more would be worth" not in in_this_process("explain", nodes, plan_file(nodes, "none", engines_word())).stdout


def test_whatif_solves_again_and_states_the_interval(nodes: Path, plan: Path) -> None:
    done = in_own_process(
        "whatif", nodes, plan, "pool_nodes:pool:+1", "--times", "1,2", "--engine", "highs", "--time-limit", "120"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("What if: GPU nodes at pool, the whole horizon")
    one, two = (line.split() for line in done.stdout.splitlines()[2:4])
    assert one[:2] == ["+1", "node"]
    assert one[3:6] == ["£0.00", "£0.00", "£0.00"]
    assert two[:2] == ["+2", "nodes"]
    assert two[3:6] == ["£80.00", "£80.00", "£80.00"]


def test_whatif_says_whose_word_the_bounds_are(nodes: Path) -> None:
    word = plan_file(nodes, "said", engines_word())
    done = in_this_process("whatif", nodes, word, "pool_nodes:pool:+1", "--engine", "greedy", "--time-limit", "120")
    assert done.returncode == 0, done.stderr
    assert "Bounds of highs come from a search tree" in done.stdout
    assert done.stdout.count("not known") == 3  # the price, the most the optimum moves, whether the price holds


def test_whatif_in_json_and_what_it_refuses(nodes: Path, plan: Path) -> None:
    options = ("--engine", "highs", "--time-limit", "120")
    (found,) = json.loads(in_this_process("whatif", nodes, plan, "pool_nodes:pool:-1:0-3", *options, "--json").stdout)
    assert (found["kind"], found["element"], found["amount"], found["unit"]) == ("pool_nodes", "pool", -1, "nodes")
    assert (found["difference"], found["at_least"], found["at_most"]) == (-190.0, -190.0, -190.0)
    for words in ("pool_nodes:pond:+1", "pool_nodes:pool:+1:0-9", "pool_nodes:pool:-3", "nonsense", "hall_power:hall:+1kW"):
        done = in_this_process("whatif", nodes, plan, words, *options)
        assert done.returncode == 2, words
        assert done.stdout == ""
        assert done.stderr.startswith("error: ")
        assert "Traceback" not in done.stderr


def test_a_report_maps_the_worth_of_the_grid(tmp_path: Path) -> None:
    write_problem(GRID_TWO_HALLS, tmp_path / "grid.json")
    write_plan(priced_result("grid_two_halls"), tmp_path / "plan.json")
    done = in_this_process("report", tmp_path / "grid.json", tmp_path / "plan.json", "--out", tmp_path / "r.html")
    assert done.returncode == 0
    priced = any(p.kind == "grid_import" and any(p.worth_micros) for p in read_plan(tmp_path / "plan.json").shadow_prices)
    assert ("What one more megawatt of grid would be worth" in (tmp_path / "r.html").read_text(encoding="utf-8")) == priced


def test_a_plan_without_a_bound_says_so(nodes: Path) -> None:
    path = plan_file(nodes, "greedy", solve(NODES, SolveParams(engine="greedy")))
    assert "The plan states no bound." in in_this_process("verify", nodes, path).stdout
