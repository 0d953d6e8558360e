"""Reader of multi-mode project files: order, resources, the makespan as money, a horizon that holds an optimum."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.errors import InvalidProblemError
from optimizer.exact.problem import exact
from optimizer.io.best_known import read_best_known
from optimizer.io.importers import import_problem
from optimizer.solution import Assignment
from optimizer.validate import validate
from optimizer.verify.plan import Rule, verify

BENCHMARKS = Path(__file__).parents[3] / "instances" / "benchmarks"
SMALL = """jobs  (incl. supersource/sink ):	4
RESOURCES
- renewable                 : 1 R
- nonrenewable              : 1 N
- doubly constrained        : 0 D
****************
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
1	1	1	2
2	2	1	3
3	1	1	4
4	1	0
****************
REQUESTS/DURATIONS
jobnr.	mode	dur	R1	N1
----------------
1	1	0	0	0
2	1	1	3	5
	2	4	1	0
3	1	2	2	1
4	1	0	0	0
****************
 RESOURCE AVAILABILITIES
	R 1	N 1
	3	5
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "project.mm"
    path.write_text(text)
    return path


def plan(*placed: tuple[str, str, int]) -> list[Assignment]:
    return [Assignment(job=name, mode=mode, pool="project", start_slot=start) for name, mode, start in placed]


def test_the_objective_is_minus_the_makespan(tmp_path: Path) -> None:
    problem = import_problem("mmrcpsp", written(tmp_path, SMALL))
    assert validate(problem) == ()
    assert problem.time_grid.slot_count == 7
    slow = plan(("activity-2", "mode-2", 0), ("activity-3", "mode-1", 4), ("finish", "done", 6))
    checked = verify(exact(problem), slow)
    assert checked.feasible
    assert checked.objective_micros == -6_000_000
    fast = plan(("activity-2", "mode-1", 0), ("activity-3", "mode-1", 1), ("finish", "done", 3))
    assert [v.element for v in verify(exact(problem), fast).violations] == ["N1"]
    early = plan(("activity-2", "mode-2", 0), ("activity-3", "mode-1", 3), ("finish", "done", 6))
    assert [v.rule for v in verify(exact(problem), early).violations] == [Rule.STARTS_BEFORE_PREDECESSOR_ENDS]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("jobs  (incl. supersource/sink ):	4", "tasks: 4", "jobs"),
        ("- doubly constrained        : 0 D", "- doubly constrained        : 1 D", "doubly constrained"),
        ("2	2	1	3", "2	2	2	3", "successors"),
        ("2	2	1	3", "2	2	1	1", "above its own"),
        ("	2	4	1	0\n", "", "mode 2 of job 2"),
        ("3	1	2	2	1", "3	1	0	2	1", "at least 1 period"),
        ("N 1\n	3	5\n", "N 1\n	3\n", "the capacities"),
        ("N 1\n	3	5\n", "N 1\n", "the file ends here"),
        ("2	1	1	3	5", "2	1	one	3	5", "mode 1 of job 2"),
    ],
)
def test_a_file_that_is_not_of_the_format_says_where(tmp_path: Path, before: str, after: str, words: str) -> None:
    assert before in SMALL
    with pytest.raises(InvalidProblemError) as raised:
        import_problem("mmrcpsp", written(tmp_path, SMALL.replace(before, after, 1)))
    assert words in str(raised.value)


def test_every_shipped_file_is_valid_and_its_horizon_holds_the_optimum() -> None:
    known = [each for each in read_best_known(BENCHMARKS).values() if each.format == "mmrcpsp"]
    assert len(known) == 8
    for each in known:
        problem = import_problem("mmrcpsp", BENCHMARKS / each.instance)
        assert validate(problem) == ()
        assert len(problem.jobs) == 51
        assert each.published is not None
        assert problem.time_grid.slot_count > each.published
