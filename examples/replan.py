"""The grid calls: what runs is planned again under a curtailment, and the difference is what a dispatcher does.

python examples/replan.py
"""

from __future__ import annotations

from pathlib import Path

from optimizer import pipeline
from optimizer.changes.change import ChangeKind
from optimizer.comparison import compare
from optimizer.io.files import read_problem
from optimizer.params import SolveParams

INSTANCE = Path(__file__).parents[1] / "instances" / "uk-no" / "curtailed.json"
ACTIONS = {
    ChangeKind.PLACED: "start",
    ChangeKind.LEFT_OUT: "stop",
    ChangeKind.MOVED: "move",
    ChangeKind.RESIZED: "resize",
}


def main() -> None:
    problem = read_problem(INSTANCE)
    plan = pipeline.solve(problem, SolveParams(time_limit_seconds=120))
    assignments = [placement.assignment for placement in plan.placements]
    print(f"{plan.termination.reason}: worth {plan.terms.objective_micros / 1e6:,.2f} {problem.currency}")

    # Without an earlier plan, the difference is to what runs already.
    found = compare(problem, plan)
    print(f"{found.unchanged_count} jobs go on as before; {found.moved_gpu_hours:,.0f} GPU-hours move")
    for change in found.changes:
        print(f"{ACTIONS.get(change.kind, change.kind.lower()):>6}  {change.message}")
    for limit in found.new_limits:
        print(f"        {limit.kind} of {limit.element} keeps work out in {len(limit.slots)} hours")

    # The same snapshot planned again from that plan gives the same plan: nothing changes without a reason.
    again = pipeline.solve(problem, SolveParams(time_limit_seconds=120), initial=assignments)
    repeated = compare(problem, again, plan)
    print(f"Planned again: {len(repeated.changes)} changes")


if __name__ == "__main__":
    main()
