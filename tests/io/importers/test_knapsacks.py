"""Readers of gap, mkp and mmkp files: sizes, numbers, and the objective that a known choice must have."""

from __future__ import annotations

import gzip
from itertools import product
from pathlib import Path

import pytest

from optimizer.errors import InvalidProblemError
from optimizer.exact.problem import exact
from optimizer.io.best_known import read_best_known
from optimizer.io.importers import IMPORTERS, import_problem
from optimizer.solution import Assignment
from optimizer.validate import validate
from optimizer.verify.plan import verify

BENCHMARKS = Path(__file__).parents[3] / "instances" / "benchmarks"
KNOWN = read_best_known(BENCHMARKS)

GAP = "2 3\n4 1 7\n2 5 3\n3 2 2\n1 4 3\n5 4\n"
MKP = "3 2 0\n10 7 4.5\n3 0 2\n1 2 2\n4 3\n"
MMKP = "2 2 2\n5 4\n1\n3 1 0\n9 4 2\n2\n2.5 0 1\n6 2 3\n"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "problem.txt"
    path.write_text(text)
    return path


def plan(problem, modes: list[int | None], pools: list[str]):
    """The verification of choosing these modes (None: left out) on these pools."""
    assignments = [
        Assignment(job=job.name, mode=job.modes[mode].name, pool=pool, start_slot=0)
        for job, mode, pool in zip(problem.jobs, modes, pools, strict=True)
        if mode is not None
    ]
    return verify(exact(problem), assignments)


def optimum_by_trying(problem, choices: list[list[int | None]], pool_of) -> int | None:
    """The best objective, in micro-units, of the feasible plans among all combinations."""
    objectives = []
    for modes in product(*choices):
        found = plan(problem, list(modes), [pool_of(mode) for mode in modes])
        if not found.violations:
            objectives.append(found.terms.objective_micros)
    return max(objectives, default=None)


@pytest.mark.parametrize("record", KNOWN.values(), ids=lambda record: record.instance)
def test_every_shipped_file_reads_as_a_valid_problem(record):
    problem = import_problem(record.format, BENCHMARKS / record.instance)
    assert validate(problem) == ()
    assert problem.time_grid.slot_count == 1 or record.format == "mmrcpsp"


def test_every_shipped_file_has_a_record_and_every_record_a_file():
    shipped = {
        path.relative_to(BENCHMARKS).as_posix()
        for path in BENCHMARKS.glob("*/*")
        if path.is_file() and path.name != "README.md"
    }
    assert shipped == set(KNOWN)
    assert all(record.proved and record.objective_micros == record.bound_micros for record in KNOWN.values())


@pytest.mark.parametrize("record", [r for r in KNOWN.values() if r.published is not None], ids=lambda r: r.instance)
def test_a_published_number_is_the_objective_up_to_its_sign(record):
    sign = -1 if record.format in ("gap", "mmrcpsp") else 1
    assert record.objective_micros == sign * record.published * 1_000_000


@pytest.mark.parametrize("name", ["gap1-0", "gap6-0", "b10100"])
def test_a_published_gap_solution_verifies_with_the_published_cost(name):
    problem = import_problem("gap", BENCHMARKS / "gap" / name)
    agents = [int(word) for word in (BENCHMARKS / "gap" / "solutions" / f"{name}.txt").read_text().split()]
    found = plan(problem, agents, [f"agent-{agent}" for agent in agents])
    assert not found.violations
    assert found.terms.objective_micros == KNOWN[f"gap/{name}"].objective_micros


def test_gap_costs_weights_and_capacities_are_where_they_belong(tmp_path):
    problem = import_problem("gap", written(tmp_path, GAP))
    assert [pool.node_count for pool in problem.sites[0].halls[0].pools] == [(5,), (4,)]
    assert [[mode.cost for mode in job.modes] for job in problem.jobs] == [[4, 2], [1, 5], [7, 3]]
    assert [[mode.gpu_count for mode in job.modes] for job in problem.jobs] == [[3, 1], [2, 4], [2, 3]]
    assert [mode.pools for mode in problem.jobs[0].modes] == [("agent-0",), ("agent-1",)]


def test_gap_items_must_all_be_served_at_least_cost(tmp_path):
    problem = import_problem("gap", written(tmp_path, GAP))
    # by hand: items 0, 2 on agent 1 weigh 4 of 4 and cost 5; item 1 on agent 0 costs 1
    assert optimum_by_trying(problem, [[0, 1]] * 3, lambda mode: f"agent-{mode}") == -6_000_000
    assert plan(problem, [1, 0, None], ["agent-1", "agent-0", ""]).violations


def test_mkp_items_are_optional_and_share_every_dimension(tmp_path):
    problem = import_problem("mkp", written(tmp_path, MKP))
    assert [job.value for job in problem.jobs] == [10, 7, 4.5]
    assert [resource.capacity for resource in problem.resources] == [(4,), (3,)]
    assert [(use.name, use.amount) for use in problem.jobs[1].modes[0].resource_uses] == [("dimension-1", 2)]
    # by hand: items 0 and 1 weigh (3, 3) of (4, 3); item 2 fits with neither
    assert optimum_by_trying(problem, [[0, None]] * 3, lambda _: "knapsack") == 17_000_000


def test_mmkp_takes_exactly_one_item_of_each_class(tmp_path):
    problem = import_problem("mmkp", written(tmp_path, MMKP))
    assert [[-mode.cost for mode in job.modes] for job in problem.jobs] == [[3, 9], [2.5, 6]]
    # by hand: 9 + 6 weighs (6, 5) of (5, 4); 9 + 2.5 weighs (4, 3); 3 + 6 is 9
    assert optimum_by_trying(problem, [[0, 1]] * 2, lambda _: "knapsack") == 11_500_000
    assert plan(problem, [1, None], ["knapsack", ""]).violations


@pytest.mark.parametrize("name", ["mknapcb1_00.txt", "mknapcb1_21.txt"])
def test_or_library_files_have_a_hundred_items_in_five_dimensions(name):
    problem = import_problem("mkp", BENCHMARKS / "mkp" / name)
    assert (len(problem.jobs), len(problem.resources)) == (100, 5)


def test_the_first_or_library_knapsack_has_its_numbers_in_place():
    problem = import_problem("mkp", BENCHMARKS / "mkp" / "mknapcb1_00.txt")
    assert [job.value for job in problem.jobs[:3]] == [504, 803, 667]
    assert [resource.capacity[0] for resource in problem.resources] == [11927, 13727, 11551, 13056, 13460]
    assert problem.jobs[0].modes[0].resource_uses[0].amount == 42


def test_a_gzipped_file_reads_the_same(tmp_path):
    plain = import_problem("gap", written(tmp_path, GAP))
    (tmp_path / "problem.txt").write_bytes(gzip.compress(GAP.encode()))
    assert import_problem("gap", tmp_path / "problem.txt") == plain


@pytest.mark.parametrize(
    ("format_name", "text", "line", "message"),
    [
        ("gap", "", 1, "expected the number of agents"),
        ("gap", "0 3\n", 1, "at least 1"),
        ("gap", "2 3\n4 1 x\n", 2, "expected the cost of item 2 on agent 0"),
        ("gap", "2 3\n4 1 nan\n", 2, "expected the cost of item 2 on agent 0"),
        ("gap", GAP.replace("3 2 2", "3 2.5 2"), 4, "expected the weight of item 1 on agent 0, a whole number"),
        ("gap", GAP.replace("3 2 2", "3 -2 2"), 4, "the weight of item 1 on agent 0 is -2"),
        ("gap", GAP.replace("5 4\n", "5\n"), 6, "expected the capacity of agent 1, a whole number; the file ends"),
        ("gap", GAP + "\n9\n", 8, "expected the end of the file; found '9'"),
        ("gap", "1e999999999 3\n", 1, "expected the number of agents, a whole number"),
        ("mkp", MKP.replace("4 3\n", "4\n"), 5, "expected the capacity of dimension 1"),
        ("mkp", MKP.replace("10 7", "10 seven"), 2, "the profit of item 1"),
        ("mmkp", MMKP.replace("\n2\n2.5", "\n3\n2.5"), 6, "expected the number of class 2; found 3"),
        ("mmkp", MMKP.replace("6 2 3", "6 2"), 8, "the weight of item 1 of class 2 for dimension-1"),
        ("mmkp", MMKP.replace("6 2 3", "1e999 2 3"), 8, "the profit of item 1 of class 2"),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(tmp_path, format_name, text, line, message):
    with pytest.raises(InvalidProblemError) as refused:
        import_problem(format_name, written(tmp_path, text))
    (violation,) = refused.value.violations
    assert violation.path.endswith(f"problem.txt:{line}")
    assert violation.reason == "MALFORMED_FILE"
    assert message in violation.message


@pytest.mark.parametrize("content", [b"\x1f\x8b damaged", b"2 3 \xff\xfe"])
def test_bytes_that_are_no_text_are_refused(tmp_path, content):
    path = tmp_path / "problem.txt"
    path.write_bytes(content)
    with pytest.raises(InvalidProblemError, match=r"problem\.txt"):
        import_problem("gap", path)


@pytest.mark.parametrize("format_name", IMPORTERS)
def test_a_missing_file_is_refused_by_name(tmp_path, format_name):
    with pytest.raises(InvalidProblemError, match=r"nowhere\.txt"):
        import_problem(format_name, tmp_path / "nowhere.txt")


def test_an_unknown_format_names_the_known_ones(tmp_path):
    with pytest.raises(InvalidProblemError, match="aiplace, gap, icon, mkp, mmkp"):
        import_problem("tsp", tmp_path / "x")
