"""What a curtailment costs: a service moves the grid limit back step by step, and says what each step is worth.

python examples/limit_worth.py
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from loadstone.client import AsyncPlacementClient

from optimizer.explain.limit_change import LimitChange
from optimizer.explain.sensitivity import LimitEffect
from optimizer.io.files import read_problem
from optimizer.limits import LimitKind
from optimizer.params import SolveParams
from server.app import start
from server.config import ServerConfig

CURTAILED = Path(__file__).parents[1] / "instances" / "uk-no" / "curtailed.json"
#: Work in place of time, and one thread: the same answer on any machine.
PARAMS = SolveParams(engine="price", work_limit=1_000, thread_count=1)


async def main() -> None:
    problem = read_problem(CURTAILED)
    # The connection of Slough gives 57.6 kW in place of 160 in its first eight hours.
    step = LimitChange(kind=LimitKind.GRID_IMPORT, element="slough", amount=20_000, first_slot=0, last_slot=7)

    # A scheduler talks to a service that runs somewhere; here it runs in the same program.
    server = await start(ServerConfig(port=0))
    try:
        async with AsyncPlacementClient(server.address) as client:
            plan = await client.solve(problem, PARAMS)
            found = await client.what_if(problem, plan, step, (1, 2, 3, 5), PARAMS)
    finally:
        await server.stop(0.0)
    print(f"The plan is worth {pounds(found.before.objective_micros)}, and none more than {pounds(found.before.bound_micros)}")
    for effect in found.effects:
        tell(effect)


def tell(effect: LimitEffect) -> None:
    interval = f"{pounds(effect.least_micros)} to {pounds(effect.most_micros)}"
    print(f"{effect.change.amount / 1000:+.0f} kW: {interval}; its prices said {pounds(effect.priced_micros)}")


def pounds(micros: int | None) -> str:
    return "not known" if micros is None else f"{micros / 1e6:,.2f} GBP"


if __name__ == "__main__":
    asyncio.run(main())
