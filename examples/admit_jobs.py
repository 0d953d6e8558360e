"""A scheduler admits jobs as they come: a service plans the fleet, then quotes and places each new job beside the plan.

python examples/admit_jobs.py
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from loadstone.client import AsyncPlacementClient

from optimizer.admission import Admission, AdmissionPolicy
from optimizer.generate.uk_no import generate_uk_no
from optimizer.problem import Job, Mode
from server.app import start
from server.config import ServerConfig


async def main() -> None:
    problem = generate_uk_no(60, 0)
    mode = Mode(gpu_model="B200", gpu_count=8, duration=timedelta(hours=24), it_power_kw=10.0)
    huge = Mode(gpu_model="B200", gpu_count=80_000, duration=timedelta(hours=24), it_power_kw=100_000.0)
    arrivals = (
        Job(name="poor", value=0.01, modes=(mode,)),
        Job(name="fair", value=20.0, modes=(mode,)),
        Job(name="rich", value=5_000.0, modes=(mode,)),
        Job(name="huge", value=5_000_000.0, modes=(huge,)),
        Job(name="wrong", value=1.0),
    )

    # A scheduler talks to a service that runs somewhere; here it runs in the same program.
    server = await start(ServerConfig(port=0))
    try:
        async with AsyncPlacementClient(server.address) as client:
            plan = await client.solve(problem, engine="price", work_limit=5_000, thread_count=1)
            async with client.admission(problem, plan) as book:
                print(f"{len(book.assignments)} of {len(problem.jobs)} jobs run, worth {book.objective_micros / 1e6:,.0f}")
                for job in arrivals:
                    (admission,) = await book.admit((job,), AdmissionPolicy.PLACE_WITH_SURPLUS)
                    tell(admission)
            checked = await client.check(book.problem, book.assignments)
            worth = checked.objective_micros / 1e6
            print(f"The plan with them keeps every rule: {checked.feasible}; {len(book.assignments)} jobs, worth {worth:,.0f}")
    finally:
        await server.stop(0.0)


def tell(admission: Admission) -> None:
    print(f"{admission.job}: {admission.outcome}")
    if admission.placement is not None and admission.worth_micros is not None:
        cost = (admission.opportunity_cost_micros or 0) / 1e6
        print(f"  worth {admission.worth_micros / 1e6:,.2f}; the room it takes is worth {cost:,.2f} to others")
        print(f"  on {admission.placement.pool} from {admission.placement.start_time}")
    for violation in admission.violations:
        print(f"  {violation}")


if __name__ == "__main__":
    asyncio.run(main())
