"""The library in a few lines: read, solve, check, ask why, write the page."""

from __future__ import annotations

import sys
from pathlib import Path

from optimizer.execution.local import LocalExecutor
from optimizer.io.files import read_problem
from optimizer.params import SolveParams
from optimizer.pipeline import check
from optimizer.report import render_report

TINY = Path(__file__).parents[1] / "instances" / "uk-no" / "tiny.json"


def main(instance: Path = TINY) -> None:
    problem = read_problem(instance)
    result = LocalExecutor().solve(problem, SolveParams(time_limit_seconds=60))

    for placement in result.placements:
        print(f"{placement.job}: {placement.gpu_count} GPUs on {placement.pool} from {placement.start_time:%a %H:%M}")
    for left_out in result.unplaced:
        print(f"{left_out.job}: left out, {left_out.reason}")

    # Anyone can check a plan: assignments alone say everything, the rest follows from the problem.
    checked = check(problem, [placement.assignment for placement in result.placements])
    print(f"feasible: {checked.feasible}, objective {checked.objective_micros / 1e6:,.2f} {problem.currency}")
    print(f"gap: {result.termination.relative_gap}")
    Path("report.html").write_text(render_report(problem, result), encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
