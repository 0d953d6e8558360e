"""Generalized assignment: each item goes to exactly one agent within the agents' capacities, at minimum cost.

Item = mandatory job, agent = pool of one-GPU nodes, weight = gang, cost = mode cost. The file gives the counts of agents
``m`` and items ``n``, ``m`` rows of ``n`` costs, ``m`` rows of ``n`` weights, then ``m`` capacities.
"""

from __future__ import annotations

from pathlib import Path

from optimizer.io.importers.one_slot import one_slot_problem
from optimizer.io.importers.text import NumberReader
from optimizer.problem import ONE_HOUR, GpuPool, Job, Mode, Problem


def read_gap(path: Path) -> Problem:
    """The file as a problem of ``n`` jobs and ``m`` pools; its objective is minus the total cost.

    Agents and items are named ``agent-0`` and ``item-0`` on, as the published solutions count them.
    """
    reader = NumberReader(path)
    agent_count = reader.whole("the number of agents", least=1)
    item_count = reader.whole("the number of items", least=1)
    agents, items = range(agent_count), range(item_count)
    costs = [[reader.number(f"the cost of item {i} on agent {a}") for i in items] for a in agents]
    weights = [[reader.whole(f"the weight of item {i} on agent {a}") for i in items] for a in agents]
    capacities = [reader.whole(f"the capacity of agent {a}") for a in agents]
    reader.end()

    pools = tuple(GpuPool(name=f"agent-{a}", gpu_model="agent", node_count=(capacities[a],), gpus_per_node=1) for a in agents)
    jobs = tuple(
        Job(
            name=f"item-{i}",
            modes=tuple(
                Mode(
                    name=pools[a].name,
                    gpu_count=weights[a][i],
                    duration=ONE_HOUR,
                    cost=costs[a][i],
                    pools=(pools[a].name,),
                )
                for a in agents
            ),
        )
        for i in items
    )
    return one_slot_problem(path.name, pools, jobs)
