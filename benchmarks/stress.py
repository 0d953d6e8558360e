"""Concurrent solves while worker processes are killed at random: the service lives, every other call is answered.

python -m benchmarks.stress --calls 100 --instance instances/uk-no/small.json
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path


def worker_processes(root: int | None = None) -> list[int]:
    """Worker processes under this process: descendants that lead a session of their own."""
    found = []
    pending = [os.getpid() if root is None else root]
    while pending:
        process_id = pending.pop()
        with suppress(OSError):
            for task in Path(f"/proc/{process_id}/task").iterdir():
                children = [int(child) for child in (task / "children").read_text(encoding="ascii").split()]
                pending += children
                found += [child for child in children if _leads_its_session(child)]
    return found


def _leads_its_session(process_id: int) -> bool:
    try:
        return os.getsid(process_id) == process_id
    except ProcessLookupError:
        return False


async def kill_at_random(*, seed: int, pause_seconds: float, kill_count: int | None = None) -> None:
    """Kill a worker now and then, ``kill_count`` times or until cancelled."""
    chance = random.Random(seed)
    killed = 0
    while kill_count is None or killed < kill_count:
        await asyncio.sleep(chance.uniform(0.5, 1.5) * pause_seconds)
        if workers := worker_processes():
            with suppress(ProcessLookupError):
                os.kill(chance.choice(workers), signal.SIGKILL)
                killed += 1


async def _main(call_count: int, instance: str, time_limit_seconds: float, pause_seconds: float, seed: int) -> int:
    from loadstone.client import AsyncPlacementClient

    from optimizer.errors import LoadstoneError
    from optimizer.io.files import read_problem
    from server.app import start
    from server.config import ServerConfig

    problem = read_problem(instance)
    server = await start(ServerConfig(port=0, queue_length=call_count))
    answers: Counter[str] = Counter()

    async def solve(client: AsyncPlacementClient) -> None:
        try:
            result = await client.solve(problem, time_limit_seconds=time_limit_seconds)
            answers[f"{result.termination.reason.value}, stopped by {result.termination.stopped_by.value}"] += 1
        except LoadstoneError as error:
            answers[type(error).__name__] += 1

    async with AsyncPlacementClient(server.address) as client:
        killer = asyncio.ensure_future(kill_at_random(seed=seed, pause_seconds=pause_seconds))
        await asyncio.gather(*(solve(client) for _ in range(call_count)))
        killer.cancel()
        with suppress(asyncio.CancelledError):
            await killer
        after = await client.solve(problem, time_limit_seconds=10 * time_limit_seconds)
    await server.stop(drain_seconds=5.0)
    for answer, count in sorted(answers.items()):
        print(f"{count:5d}  {answer}")
    print(f"a solve afterwards: {after.termination.reason.value}, verified: {after.verified}")
    return 0 if sum(answers.values()) == call_count and after.verified else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--instance", default="instances/uk-no/small.json")
    parser.add_argument("--time-limit", type=float, default=1.0)
    parser.add_argument("--pause", type=float, default=3.0, help="seconds between two kills, on average")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    sys.exit(asyncio.run(_main(arguments.calls, arguments.instance, arguments.time_limit, arguments.pause, arguments.seed)))
